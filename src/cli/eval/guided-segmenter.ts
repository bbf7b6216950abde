/** `gear train-segmenter` */
import { existsSync } from 'node:fs';
import { createSegmenter, saveSegmenter } from '../../eval/guided/segmenter.ts';
import { type SegmenterExample, type SegmenterSplit, segmenterScene } from '../../eval/guided/segmenter-data.ts';
import { type SegmenterScore, scoreSegmenter, trainSegmenter } from '../../eval/guided/segmenter-train.ts';
import { nodeEngine } from '../../tensor/ort.node.ts';
import type { Context } from '../context.ts';
import type { TrainSegmenterOptions } from '../eval.ts';
import { interruptible } from '../interrupt.ts';
import { progressOf } from '../progress.ts';
import { checkPlace } from '../sim/place.ts';
import { checkingUsage } from '../usage.ts';

/** Scenes that it is tried on, of objects and rooms that training never sees: for each so many of training */
const [HELD_OUT_SCENES, SCORED] = [0.2, 2000] as const;

/** Trains a segmenter on simulated scenes, tries it on others, and writes it. Ctrl-C ends it, and nothing is written. */
export async function trainSegmenterFile(
  file: string,
  { scenes, steps, seed, threads, json }: TrainSegmenterOptions,
  context: Context,
): Promise<void> {
  await checkingUsage(() => checkPlace(file, 'a segmenter', ['.safetensors']));
  if (existsSync(file)) throw new Error(`${file} is there already: choose another name`);
  const engine = nodeEngine(threads === undefined ? {} : { threads });
  const score = await interruptible(async (signal) => {
    const examples = await examplesOf('training', seed, scenes, signal, context);
    const report = progressOf(context, 'steps');
    const weights = await trainSegmenter(engine, examples, { steps, seed, signal, onStep: (step) => report(step, steps) });
    const heldOut = await examplesOf('heldOut', seed, Math.ceil(HELD_OUT_SCENES * scenes), signal, context);
    const segmenter = await createSegmenter(engine, weights);
    const found = await scoreSegmenter(segmenter, heldOut.slice(0, SCORED), seed).finally(segmenter.dispose);
    await saveSegmenter(file, weights, { scenes, steps, seed, things: examples.length, heldOut: found });
    return found;
  });
  context.print(json ? `${JSON.stringify({ file, scenes, steps, seed, heldOut: score }, null, 2)}\n` : asReport(file, score));
}

async function examplesOf(
  split: SegmenterSplit,
  seed: number,
  scenes: number,
  signal: AbortSignal,
  context: Context,
): Promise<SegmenterExample[]> {
  const report = progressOf(context, split === 'training' ? 'scenes' : 'held-out scenes');
  const examples: SegmenterExample[] = [];
  for (let i = 0; i < scenes; i++) {
    signal.throwIfAborted();
    examples.push(...(await segmenterScene(split, seed, i)));
    report(i + 1, scenes);
  }
  return examples;
}

const asReport = (file: string, { overlap, box, things }: SegmenterScore): string =>
  `${file}: mean IoU ${overlap.toFixed(3)} on ${things} unseen things, from boxes that are off by up to a tenth; the box itself ${box.toFixed(3)}\n`;
