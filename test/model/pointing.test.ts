/** Pointing: shares of tokens that stand for a place, and what comes out of them again. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { modelSize } from '../../src/model/configs.ts';
import { aimedAt, aimShares, pointAt, pointingLoss } from '../../src/model/pointing.ts';
import type { Layout } from '../../src/model/sequence.ts';
import { hostTensor } from '../../src/tensor/host.ts';
import { parameters } from '../../src/tensor/parameters.ts';
import { constant, type Tensor } from '../../src/tensor/tensor.ts';
import { evaluateWith } from '../nn/helpers.ts';

const evaluate = async (x: Tensor) => (await evaluateWith(new Map(), { x })).x;

const config = modelSize('nano');
const GRID = [4, 4] as const;
const N = 16;
const views: Layout['views'] = [
  { view: 'head', start: 2, end: 2 + N },
  { view: 'rightWrist', start: 2 + N, end: 2 + 2 * N },
];
const layout: Layout = { length: 40, views, state: { start: 34, end: 36 }, answers: { start: 36, end: 40 } };

const shares = (x: number, y: number): number[] => [...aimShares(x, y, GRID)];

describe('shares of tokens', () => {
  test('add up to 1, and have the place as their mean where tokens are around it', () => {
    const inside = fc.double({ min: 0.125, max: 0.875, noNaN: true });
    fc.assert(
      fc.property(inside, inside, (x, y) => {
        const all = shares(x, y);
        const mean = (of: (i: number) => number) => all.slice(0, N).reduce((sum, share, i) => sum + share * ((of(i) + 0.5) / 4), 0);
        expect(all.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
        expect(mean((i) => i % 4)).toBeCloseTo(x, 5);
        expect(mean((i) => Math.floor(i / 4))).toBeCloseTo(y, 5);
        expect(all.filter((share) => share > 0).length).toBeLessThanOrEqual(4);
      }),
    );
  });

  test('are those of tokens at the edge, and of none outside', () => {
    expect(shares(0, 0).indexOf(1)).toBe(0);
    expect(shares(1, 1).indexOf(1)).toBe(N - 1);
    for (const [x, y] of [
      [-0.01, 0.5],
      [0.5, 1.01],
      [Number.NaN, 0.5],
    ] as const)
      expect(shares(x, y).indexOf(1)).toBe(N);
  });
});

/** Logits f32[1, 2, 2, N + 1] whose softmax are shares of the right arm in both views; of the left one, even. */
const logitsOf = (head: number[], wrist: number[]): Tensor => {
  const even = new Array<number>(N + 1).fill(0);
  const log = (all: number[]): number[] => all.map((share) => Math.log(Math.max(share, 1e-12)));
  return constant(hostTensor('f32', [1, 2, 2, N + 1], [even, even, log(head), log(wrist)].flat()));
};

describe('where it is pointed', () => {
  const visible = (hidden: readonly number[]): Tensor =>
    constant(
      hostTensor(
        'bool',
        [1, layout.length],
        Array.from({ length: layout.length }, (_, i) => (hidden.includes(i) ? 0 : 1)),
      ),
    );

  test('is the place that the shares are of', async () => {
    const logits = logitsOf(shares(0.3, 0.7), shares(-1, -1));
    const places = await evaluate(aimedAt(logits, visible([34]), layout, config));
    const [x, y, none] = Array.from(places.data.subarray(6, 9), Number);
    expect(x).toBeCloseTo(0.3, 5);
    expect(y).toBeCloseTo(0.7, 5);
    expect(none).toBeCloseTo(0, 5);
    expect(Number(places.data[11])).toBeCloseTo(1, 5);
    // The left arm is not there.
    expect([...places.data.subarray(0, 6)]).toEqual(new Array(6).fill(0));
  });

  test('is nothing in a view that is not there', async () => {
    const places = await evaluate(aimedAt(logitsOf(shares(0.3, 0.7), shares(0.5, 0.5)), visible([2 + N]), layout, config));
    expect([...places.data.subarray(9, 12)]).toEqual([0, 0, 0]);
  });
});

test('the loss is the cross entropy of what is known, the accuracy that of the largest', async () => {
  const aims = constant(hostTensor('f32', [1, 2, 2, N + 1], [shares(0, 0), shares(0, 0), shares(0.125, 0.125), shares(-1, -1)].flat()));
  const weights = (all: number[]): Tensor => constant(hostTensor('f32', [1, 2, 2], all));
  const given = (all: number[]) =>
    pointingLoss(logitsOf(new Array(N + 1).fill(1 / (N + 1)), shares(0.9, 0.9)), { aims, aimWeights: weights(all) });
  const known = given([0, 0, 1, 0]);
  expect(Number((await evaluate(known.loss)).data[0])).toBeCloseTo(Math.log(N + 1), 5);
  expect(Number((await evaluate(known.accuracy)).data[0])).toBe(1);
  const wrong = given([0, 0, 0, 1]);
  expect(Number((await evaluate(wrong.accuracy)).data[0])).toBe(0);
  expect(Number((await evaluate(given([0, 0, 0, 0]).loss)).data[0])).toBe(0);
});

test('arms without a place of their state cannot point', () => {
  const hidden = constant(hostTensor('f32', [1, layout.length, 8], new Float32Array(8 * layout.length)));
  const { state: _, ...without } = layout;
  expect(() => pointAt(parameters({ seed: 1 }), hidden, without)).toThrow('the prompt has none');
  expect(pointAt(parameters({ seed: 1 }), hidden, layout).shape).toEqual([1, 2, 2, N + 1]);
});
