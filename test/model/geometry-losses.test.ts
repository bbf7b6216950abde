/** VGGT's losses against plain loops. */
import { expect, test } from 'vitest';
import { cameraLoss, depthLoss } from '../../src/model/geometry/losses.ts';
import { compile } from '../../src/tensor/compile.ts';
import { type HostTensor, hostTensor, scalarOf } from '../../src/tensor/host.ts';
import { randomStream } from '../../src/tensor/random.ts';
import { input } from '../../src/tensor/tensor.ts';
import { engine } from '../nn/helpers.ts';

const [B, V, S] = [2, 2, 4];
const random = randomStream(1, 'losses');
const draw = (shape: readonly number[], of: () => number): HostTensor =>
  hostTensor('f32', shape, Array.from({ length: shape.reduce((a, b) => a * b) }, of));
const at = ({ data }: HostTensor, i: number): number => data[i] as number;

test('of depth: errors and those of slopes, by confidence, where there is something', async () => {
  const maps = [B, V, S, S];
  const feeds = {
    depth: draw([...maps, 1], () => 0.5 + random.uniform()),
    confidence: draw(maps, () => 1 + random.uniform()),
    truth: draw(maps, () => 0.5 + random.uniform()),
    valid: draw(maps, () => (random.uniform() < 0.7 ? 1 : 0)),
  };
  const loss = depthLoss(
    { depth: input('depth', 'f32', [...maps, 1]), confidence: input('confidence', 'f32', maps) },
    { depth: input('truth', 'f32', maps), valid: input('valid', 'f32', maps) },
  );
  const executable = await compile(engine, { run: { outputs: { loss } } });
  const { loss: found } = await executable.run('run', feeds);
  await executable.dispose();

  const off = (i: number): number => at(feeds.depth, i) - at(feeds.truth, i);
  const meanOf = (terms: readonly number[]): number => terms.reduce((a, b) => a + b, 0) / terms.length;
  const there = Array.from({ length: B * V * S * S }, (_, i) => i).filter((i) => at(feeds.valid, i) === 1);
  const level = there.map((i) => at(feeds.confidence, i) * Math.abs(off(i)) - 0.2 * Math.log(at(feeds.confidence, i)));
  const slope = (step: number, fits: (i: number) => boolean) =>
    there.filter((i) => fits(i) && at(feeds.valid, i + step) === 1).map((i) => at(feeds.confidence, i) * Math.abs(off(i + step) - off(i)));
  const across = slope(1, (i) => i % S < S - 1);
  const down = slope(S, (i) => Math.floor(i / S) % S < S - 1);
  expect(scalarOf(found)).toBeCloseTo(meanOf(level) + meanOf(across) + meanOf(down), 5);
});

test('of cameras: Huber’s, of the views that there are, later guesses more', async () => {
  const shape = [B, V, 9];
  const feeds = {
    first: draw(shape, () => random.normal()),
    second: draw(shape, () => random.normal() / 5),
    cameras: draw(shape, () => random.normal() / 5),
    there: hostTensor('f32', [B, V], [1, 1, 1, 0]),
  };
  const loss = cameraLoss([input('first', 'f32', shape), input('second', 'f32', shape)], {
    cameras: input('cameras', 'f32', shape),
    there: input('there', 'f32', [B, V]),
  });
  const executable = await compile(engine, { run: { outputs: { loss } } });
  const { loss: found } = await executable.run('run', feeds);
  await executable.dispose();

  const huber = (x: number): number => (Math.abs(x) < 0.1 ? x ** 2 / 2 : 0.1 * (Math.abs(x) - 0.05)) / 0.1;
  const of = (guess: HostTensor): number => {
    let sum = 0;
    for (let i = 0; i < 3 * 9; i++) sum += huber(at(guess, i) - at(feeds.cameras, i));
    return sum / 3;
  };
  expect(scalarOf(found)).toBeCloseTo(0.6 * of(feeds.first) + of(feeds.second), 4);
});
