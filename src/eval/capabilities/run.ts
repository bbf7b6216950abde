/** A model's answers, beside those of the same model without pictures, those of the questions alone, and chance. */
import { askingPrompt } from '../../model/answer.ts';
import type { Answerer } from '../../policy/answerer.ts';
import { VIEWS } from '../../robot/canonical.ts';
import { type Answered, bestGuess, likelyAnswers } from './guess.ts';
import type { CapabilitySample } from './samples.ts';
import { type Score, scoreAnswer } from './score.ts';

/** Who answers: the model; the same with black pictures; the answers to similar questions, without any model. */
export const ANSWERERS = ['model', 'blind', 'question'] as const;

/** See ANSWERERS. */
export type AnswererName = (typeof ANSWERERS)[number];

/** What was said to a question, and how good it is. */
export interface CapabilityResult extends Answered {
  readonly said: Readonly<Record<AnswererName, string>>;
  readonly scores: Readonly<Record<AnswererName, Score>>;
  /** Share of right answers, and mean measure, of answering by chance */
  readonly chance: Chance;
}

/** What is expected of chance: one of the possible answers where these are known, of similar questions otherwise. */
export interface Chance {
  readonly right: number;
  readonly measure?: number;
}

/** How it is done. */
export interface CapabilityRunOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number) => void;
}

/** What a model said of a sample, with and without pictures. */
type Said = Omit<CapabilitySample, 'images' | 'viewMask'> & { readonly side: number } & Record<'model' | 'blind', string | undefined>;

/** Asks a model about all samples, a batch at a time. Questions that it has no room for count as wrong. */
export async function runCapabilities(
  answerer: Answerer,
  samples: AsyncIterable<CapabilitySample>,
  { signal, onProgress }: CapabilityRunOptions = {},
): Promise<CapabilityResult[]> {
  const all: Said[] = [];
  let pending: CapabilitySample[] = [];
  const flush = async (): Promise<void> => {
    all.push(...(await askTwice(answerer, pending)));
    pending = [];
    onProgress?.(all.length);
  };
  for await (const sample of samples) {
    signal?.throwIfAborted();
    pending.push(sample);
    if (pending.length === answerer.batch) await flush();
  }
  if (pending.length > 0) await flush();
  return all.map((one) => resultOf(one, all));
}

/** With pictures, and with black ones in their places. */
async function askTwice(answerer: Answerer, samples: readonly CapabilitySample[]): Promise<Said[]> {
  const side = answerer.processor.config.imageSize;
  const read = samples.filter((sample) => isReadable(answerer, sample));
  const seen = await answerer.answer(read);
  const unseen = await answerer.answer(read.map((one) => ({ ...one, images: new Uint8Array(one.images.length) })));
  return samples.map((sample) => {
    const { images: _, viewMask: __, ...rest } = sample;
    const i = read.indexOf(sample);
    return { ...rest, side, model: seen[i], blind: unseen[i] };
  });
}

/** Whether a model has room for a question. */
function isReadable({ processor: { files, format } }: Answerer, { question, viewMask }: CapabilitySample): boolean {
  const lengths = files.prompt.question ?? { questionLength: 0, answerLength: 0 };
  try {
    askingPrompt(format, { question, views: VIEWS.filter((_, slot) => viewMask[slot] === 1), ...lengths });
    return true;
  } catch {
    return false;
  }
}

function resultOf({ side, model, blind, ...sample }: Said, all: readonly Said[]): CapabilityResult {
  const { kind, truth, choices } = sample;
  const likely = likelyAnswers(sample, all);
  const said = { model: model ?? '', blind: blind ?? '', question: bestGuess(kind, likely) };
  const score = (text: string): Score => scoreAnswer(kind, text, truth, side);
  const unread: Score = { ...score(''), right: false, wellFormed: false };
  return {
    ...sample,
    said,
    scores: {
      model: model === undefined ? unread : score(model),
      blind: blind === undefined ? unread : score(blind),
      question: score(said.question),
    },
    chance: chanceOf((choices ?? likely).map(score)),
  };
}

/** The mean of answering in each of some ways; never right without any. */
function chanceOf(scores: readonly Score[]): Chance {
  const measures = scores.flatMap(({ measure }) => (measure === undefined ? [] : [measure]));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return { right: mean(scores.map(({ right }) => Number(right))), ...(measures.length > 0 && { measure: mean(measures) }) };
}
