/** Training of the small segmenter on simulated scenes, and how well it does on others. */
import { compile } from '../../tensor/compile.ts';
import type { Engine } from '../../tensor/engine.ts';
import { type HostTensor, hostTensor, scalarOf } from '../../tensor/host.ts';
import { mul, sub } from '../../tensor/ops/arithmetic.ts';
import { softplus } from '../../tensor/ops/math.ts';
import { mean } from '../../tensor/ops/reduce.ts';
import { adamw } from '../../tensor/optimizers/adamw.ts';
import { cosineSchedule } from '../../tensor/optimizers/schedule.ts';
import { trainingPrograms } from '../../tensor/optimizers/training.ts';
import { parameters } from '../../tensor/parameters.ts';
import { type RandomStream, randomStream } from '../../tensor/random.ts';
import { input } from '../../tensor/tensor.ts';
import type { Segmenter } from './guide.ts';
import { maskOverlap, type PixelBox } from './masks.ts';
import { roughBox, type SegmenterExample } from './segmenter-data.ts';
import { CHANNELS, cutMask, cutSquare, SIDE, segmenterNet } from './segmenter-net.ts';

/** How to train it. */
export interface SegmenterTraining {
  readonly steps: number;
  /** Things of a step; 32 by default */
  readonly batch?: number;
  /** 3e-3 by default, along a cosine */
  readonly learningRate?: number;
  readonly seed: number;
  readonly onStep?: (step: number, loss: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Trains one on examples with boxes that are not quite right; returns its weights by name. The same seed and examples give the same ones.
 * Throws the signal's reason when it is aborted, and without examples.
 */
export async function trainSegmenter(
  engine: Engine,
  examples: readonly SegmenterExample[],
  { steps, batch = 32, learningRate = 3e-3, seed, onStep, signal }: SegmenterTraining,
): Promise<Map<string, HostTensor>> {
  if (examples.length === 0) throw new Error('there are no examples to train a segmenter with');
  const scope = parameters({ seed });
  const [seen, wanted] = [
    [batch, CHANNELS, SIDE, SIDE],
    [batch, 1, SIDE, SIDE],
  ] as const;
  const logits = segmenterNet(scope, input('squares', 'f32', seen));
  // Cross-entropy of a yes or no: log(1 + eˣ) − xy
  const loss = mean(sub(softplus(logits), mul(logits, input('masks', 'f32', wanted))));
  const schedule = cosineSchedule(learningRate, { total: steps + 1, warmup: Math.ceil(steps / 30) });
  const training = trainingPrograms({
    loss,
    parameters: scope,
    groups: [{ match: '*', optimizer: adamw({ learningRate: schedule }) }],
    clipNorm: 1,
  });
  const weights = scope.trainable().map(({ name }) => name);
  const executable = await compile(engine, { step: training.step });
  try {
    for (let step = 0; step < steps; step++) {
      signal?.throwIfAborted();
      const outputs = await executable.run('step', drawBatch(examples, batch, seed, step));
      onStep?.(step + 1, scalarOf(outputs.loss));
    }
    return await executable.read(weights);
  } finally {
    await executable.dispose();
  }
}

/** Things of a step in other colours and light, half of them as in a mirror: what counts is where something ends, and not what it is. */
function drawBatch(examples: readonly SegmenterExample[], batch: number, seed: number, step: number): Record<string, HostTensor> {
  const random = randomStream(seed, 'segmenter batch', step);
  const [plane, each] = [SIDE * SIDE, CHANNELS * SIDE * SIDE];
  const squares = new Float32Array(batch * each);
  const masks = new Float32Array(batch * plane);
  for (let b = 0; b < batch; b++) {
    const { picture, box: own, mask } = examples[random.integer(examples.length)] as SegmenterExample;
    const box = roughBox(own, random);
    const [square, target] = [squares.subarray(b * each, (b + 1) * each), masks.subarray(b * plane, (b + 1) * plane)];
    cutSquare(picture, box, square);
    target.set(cutMask(mask, picture, box));
    recolour(square, random);
    if (random.integer(2) === 1) for (const rows of [square, target]) mirror(rows);
  }
  return { squares: hostTensor('f32', [batch, CHANNELS, SIDE, SIDE], squares), masks: hostTensor('f32', [batch, 1, SIDE, SIDE], masks) };
}

/** Red, green and blue in another order, each brighter or darker; the box stays. */
function recolour(square: Float32Array, random: RandomStream): void {
  const plane = SIDE * SIDE;
  const before = square.slice(0, 3 * plane);
  const light = 0.7 + 0.6 * random.uniform();
  for (const [to, from] of random.permutation(3).entries()) {
    const [gain, offset] = [light * (0.8 + 0.4 * random.uniform()), 0.2 * (random.uniform() - 0.5)];
    for (let i = 0; i < plane; i++) {
      square[to * plane + i] = Math.min(1, Math.max(0, gain * (before[from * plane + i] as number) + offset));
    }
  }
}

function mirror(planes: Float32Array): void {
  for (let from = 0; from < planes.length; from += SIDE) planes.subarray(from, from + SIDE).reverse();
}

/** How well masks agree with the exact ones, of some examples. */
export interface SegmenterScore {
  /** Mean intersection over union, of the segmenter and of filling the box */
  readonly overlap: number;
  readonly box: number;
  readonly things: number;
}

/** Tries a segmenter on examples, with boxes that are not quite right. */
export async function scoreSegmenter(segmenter: Segmenter, examples: readonly SegmenterExample[], seed: number): Promise<SegmenterScore> {
  const random = randomStream(seed, 'segmenter score');
  let [overlap, box] = [0, 0];
  for (const { picture, box: own, mask } of examples) {
    const rough = roughBox(own, random);
    overlap += maskOverlap(await segmenter.segment(picture, rough), mask);
    box += maskOverlap(filled(rough, picture), mask);
  }
  return { overlap: overlap / examples.length, box: box / examples.length, things: examples.length };
}

/** The mask of all of a box. */
function filled([left, top, right, bottom]: PixelBox, { width, height }: { readonly width: number; readonly height: number }): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [(i % width) + 0.5, Math.floor(i / width) + 0.5];
    return x >= left && x < right && y >= top && y < bottom ? 1 : 0;
  });
}
