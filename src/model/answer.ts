/**
 * Answers to questions about pictures, a token at a time, the likeliest each. Two programs share a cache of keys and values: `read` is
 * called once for a batch of questions and fills it, `decode` once for each token and adds to it.
 */
import { type CacheStep, cacheStep, keyValueCache } from '../nn/cache.ts';
import type { Executable, Feeds } from '../tensor/compile.ts';
import type { Program } from '../tensor/graph.ts';
import { type HostTensor, hostTensor } from '../tensor/host.ts';
import { add } from '../tensor/ops/arithmetic.ts';
import { cast } from '../tensor/ops/cast.ts';
import { slice } from '../tensor/ops/layout.ts';
import { argMax } from '../tensor/ops/reduce.ts';
import type { Parameters, Scope } from '../tensor/parameters.ts';
import { input, type Tensor } from '../tensor/tensor.ts';
import { type Prompt, type PromptFormat, type QuestionSampleInput, questionSample } from '../tokens/prompt.ts';
import { type IdRange, vocabulary } from '../tokens/vocabulary.ts';
import type { ModelConfig } from './config.ts';
import { axesOf, observationInputs, readSequence, visibleTokens } from './gear-vla.ts';
import { embedTokens, languageModel, logits } from './language.ts';
import type { Layout } from './sequence.ts';

/** A question with the places of all of a batch, up to where its answer begins. Throws as `questionSample` does. */
export function askingPrompt(format: PromptFormat, asked: Omit<QuestionSampleInput, 'answer'>): Prompt {
  const { ids, targets, trained, visible, spans } = questionSample(format, { ...asked, answer: '' });
  const end = ids.length - asked.answerLength;
  return {
    ids: ids.slice(0, end),
    targets: targets.slice(0, end),
    trained: trained.slice(0, end),
    visible: visible.slice(0, end),
    spans: spans.filter(({ start }) => start < end),
  };
}

/** The layout of such prompts, from that of questions with answers (`processor.layouts.question`). */
export function askingLayout({ views, answers }: Layout): Layout {
  const length = answers.start + 1;
  return { length, views, answers: { start: length - 1, end: length } };
}

/** The programs of answering. */
export interface AnswerPrograms {
  /** Inputs: questions as an observation without a state. Output `token` i64[B, 1]: the first of each answer. */
  readonly read: Program;
  /** Inputs: `token` i64[B, 1] and where it is (`at` i64[B, 3, 1]). Output `token` i64[B, 1]: the next one. */
  readonly decode: Program;
}

/** How many questions are answered, and how. */
export interface AnswerOptions {
  readonly batch: number;
  /** Tokens of an answer, at most; its end is one */
  readonly answerLength: number;
  /** Ids that answers are made of: those of the model's text unless given, of which a tokenizer may have fewer */
  readonly words?: IdRange;
}

/** Makes the programs. `layout` is that of questions without answers. */
export function answerPrograms(
  parameters: Parameters,
  layout: Layout,
  config: ModelConfig,
  { batch, answerLength, words = vocabulary(config.vocabulary).text }: AnswerOptions,
): AnswerPrograms {
  const { language } = config;
  const capacity = layout.length + answerLength - 1;
  const cache = keyValueCache(parameters.in('cache', 'question'), { ...language, batch, capacity });

  const questions = observationInputs(batch, layout, config);
  const { hidden, layers } = readSequence(parameters, questions, layout, config);
  const filled = cacheStep(cache, layout.length, { real: visibleTokens(questions, layout), restart: true });
  for (const [layer, own] of layers.entries()) filled.append(layer, own);

  const step = cacheStep(cache, 1);
  return {
    read: {
      outputs: { token: likeliest(parameters, slice(hidden, 1, layout.length - 1), words, config) },
      updates: filled.updates,
    },
    decode: { outputs: { token: nextToken(parameters, step, batch, words, config) }, updates: step.updates },
  };
}

/** The token after one that was said: i64[B, 1]. Declares inputs `token` and `at`. */
function nextToken(scope: Scope, { mask, append }: CacheStep, batch: number, words: IdRange, config: ModelConfig): Tensor {
  const token = input('token', 'i64', [batch, 1]);
  const positions = axesOf(input('at', 'i64', [batch, 3, 1]));
  const embedded = embedTokens(scope, token, config.language);
  const { hidden } = languageModel(scope, embedded, { positions, mask, attendTo: append }, config.language);
  return likeliest(scope, hidden, words, config);
}

/** The likeliest of some ids: hidden f32[B, 1, D] → i64[B, 1]. */
const likeliest = (scope: Scope, hidden: Tensor, words: IdRange, { language }: ModelConfig): Tensor =>
  add(cast(argMax(logits(scope, hidden, language, words), 2), 'i64'), words.start);

/** Where an answer ends. */
export interface AnswerEnd {
  /** The id that says so */
  readonly end: number;
  /** Tokens at most, the end being one */
  readonly answerLength: number;
}

/**
 * Ids of answers, a row for each question, without their ends; those that have none are cut. `questions` are the values of the inputs of
 * `read`. Calls for one executable must wait for one another, for they share its cache. Throws when the questions lack something.
 */
export async function decodeAnswers(
  executable: Executable<keyof AnswerPrograms>,
  questions: Feeds,
  { end, answerLength }: AnswerEnd,
): Promise<number[][]> {
  const { positions } = questions;
  if (!positions) throw new Error('decodeAnswers: the questions have no positions');
  const [batch, axes, length] = positions.shape as [number, number, number];
  const places = Array.from(positions.data, Number);
  // Padding has position 0: what comes next is after the largest.
  const begin = Array.from({ length: batch }, (_, b) => 1 + Math.max(...places.slice(b * axes * length, (b + 1) * axes * length)));
  const answers = begin.map((): number[] => []);
  const open = new Set(answers);
  let { token } = (await executable.run('read', questions)) as { token: HostTensor };
  for (let i = 0; ; i++) {
    for (const [b, said] of answers.entries()) {
      const id = Number(token.data[b]);
      if (id === end) open.delete(said);
      else if (open.has(said)) said.push(id);
    }
    if (open.size === 0 || i === answerLength - 1) return answers;
    const at = begin.flatMap((from) => new Array<number>(axes).fill(from + i));
    ({ token } = (await executable.run('decode', { token, at: hostTensor('i64', [batch, axes, 1], at) })) as { token: HostTensor });
  }
}
