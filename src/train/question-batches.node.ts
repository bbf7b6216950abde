/** Batches of embodied reasoning (table 4): pictures, questions and answers as the inputs of the objective, `QUESTIONS` before their names. */
import { createLoader } from '../data/loader/loader.ts';
import { imagesFeed, type Processor, promptFeeds } from '../model/processor.ts';
import type { Layout } from '../model/sequence.ts';
import { VIEWS } from '../robot/canonical.ts';
import { type Prompt, questionSample } from '../tokens/prompt.ts';
import type { BatchSetting } from './action-batches.node.ts';
import { tokenTargets } from './action-feeds.ts';
import type { BatchSource } from './stage.node.ts';

/** What the inputs of questions are called, beside those of actions. */
export const QUESTIONS = 'questions.';

/** The layout of questions. Throws when the processor has no room for any. */
export function questionLayout({ layouts, config }: Processor): Layout {
  if (!layouts.question)
    throw new Error(`the model "${config.name}" is to learn from questions: say in \`processor.question\` how long they may be`);
  return layouts.question;
}

/** Batches from number `first` on. Answers are cut to the length that there is room for. Throws for questions that are too long. */
export async function questionBatches(
  { datasets, batch, seed, augment }: BatchSetting,
  { config, format, files }: Processor,
  first: number,
): Promise<BatchSource> {
  const samples = { viewSize: config.imageSize, steps: config.chunk, ...(augment && { augment }) };
  const loader = await createLoader({ datasets, batchSize: batch, seed, samples }, { start: first });
  const lengths = files.prompt.question ?? { questionLength: 0, answerLength: 0 };
  return {
    async next() {
      const { tensors, instructions, answers } = await loader.next();
      const shown = tensors.viewMask.data;
      const prompts = instructions.map((question, b): Prompt => {
        const views = VIEWS.filter((_, slot) => shown[b * VIEWS.length + slot] === 1);
        return questionSample(format, { question, answer: answers[b] as string, views, ...lengths });
      });
      const feeds = {
        images: imagesFeed(tensors.images, { ...format, guide: false }),
        ...promptFeeds(prompts, format),
        ...tokenTargets(prompts),
      };
      return Object.fromEntries(Object.entries(feeds).map(([name, value]) => [QUESTIONS + name, value]));
    },
    close: loader.close,
  };
}
