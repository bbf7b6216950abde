/** A trained model that answers questions about pictures: texts in, texts out. */

import { answerPrograms, askingLayout, askingPrompt, decodeAnswers } from '../model/answer.ts';
import { imagesFeed, type Processor, promptFeeds } from '../model/processor.ts';
import { VIEWS } from '../robot/canonical.ts';
import { compile, type ExecutableOptions } from '../tensor/compile.ts';
import type { Engine } from '../tensor/engine.ts';
import { hostTensor } from '../tensor/host.ts';
import { parameters } from '../tensor/parameters.ts';
import type { QuestionSampleInput } from '../tokens/prompt.ts';
import type { PolicyOptions } from './policy.ts';

/** A question about pictures, as the canonical record has them. */
export interface PictureQuestion {
  readonly question: string;
  /** u8[V, S, S, 3], S the model's `imageSize` */
  readonly images: Uint8Array;
  /** bool[V]: which of them there are; the head view always is */
  readonly viewMask: Uint8Array;
}

/** A model, ready to answer. */
export interface Answerer {
  readonly processor: Processor;
  /** Questions that are answered together; fewer take as long */
  readonly batch: number;
  /** The likeliest answers, token by token; those that come to no end are cut. Any number of questions; calls wait for one another. */
  answer(questions: readonly PictureQuestion[]): Promise<string[]>;
  dispose(): Promise<void>;
}

/**
 * Compiles a model with values for its weights. Throws when it was not trained with questions, and has no room for any; `answer` throws for
 * questions that are too long, that have special tokens in them, or that come without the head view.
 */
export async function createAnswerer(
  engine: Engine,
  processor: Processor,
  weights: NonNullable<ExecutableOptions['initial']>,
  { batch = 1, ...options }: PolicyOptions = {},
): Promise<Answerer> {
  const { config, files, format, layouts, text } = processor;
  const asked = files.prompt.question;
  if (!asked || !layouts.question)
    throw new Error(
      `the model "${config.name}" answers no questions: it was trained without (\`question\` in its prompt says how long they are)`,
    );
  const lengths: Pick<QuestionSampleInput, 'questionLength' | 'answerLength'> = asked;
  const words = { start: 0, end: text.vocabularySize };
  const programs = answerPrograms(parameters({ seed: 0 }), askingLayout(layouts.question), config, { ...lengths, batch, words });
  // Of the model's weights those of actions are of no use here.
  const initial = typeof weights === 'function' ? weights : ({ name }: { readonly name: string }) => weights.get(name);
  const executable = await compile(engine, programs, { ...options, initial, frozen: true });
  const side = config.imageSize;
  const size = VIEWS.length * side ** 2 * 3;
  const ends = { end: text.tokenId('<|im_end|>'), answerLength: lengths.answerLength };

  async function together(given: readonly PictureQuestion[]): Promise<string[]> {
    // A batch is always full: the first question stands in for those that are missing.
    const all = Array.from({ length: batch }, (_, i) => given[i] ?? (given[0] as PictureQuestion));
    const prompts = all.map(({ question, viewMask }) =>
      askingPrompt(format, { question, views: VIEWS.filter((_, slot) => viewMask[slot] === 1), ...lengths }),
    );
    const images = new Uint8Array(batch * size);
    for (const [i, one] of all.entries()) images.set(one.images, i * size);
    const shown = hostTensor('u8', [batch, VIEWS.length, side, side, 3], images);
    // Questions have no place for a guide, whatever actions have.
    const feeds = { images: imagesFeed(shown, { ...format, guide: false }), ...promptFeeds(prompts, format) };
    const answers = await decodeAnswers(executable, feeds, ends);
    return given.map((_, i) => text.decode(answers[i] as number[]));
  }

  async function inTurn(questions: readonly PictureQuestion[]): Promise<string[]> {
    const answers: string[] = [];
    for (let from = 0; from < questions.length; from += batch) answers.push(...(await together(questions.slice(from, from + batch))));
    return answers;
  }

  let last: Promise<unknown> = Promise.resolve();
  return {
    processor,
    batch,
    answer(questions) {
      const result = last.then(() => inTurn(questions));
      last = result.catch(() => undefined);
      return result;
    },
    dispose: () => executable.dispose(),
  };
}
