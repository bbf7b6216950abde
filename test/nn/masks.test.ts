import { describe, expect, test } from 'vitest';
import { additiveMask, allMasks, causalMask, exceptMask, joinMasks, keyMask, segmentMask } from '../../src/nn/masks.ts';
import type { DType } from '../../src/tensor/dtype.ts';
import { type HostTensor, hostTensor, numbers } from '../../src/tensor/host.ts';
import { add } from '../../src/tensor/ops/arithmetic.ts';
import { cast } from '../../src/tensor/ops/cast.ts';
import { softmax } from '../../src/tensor/ops/softmax.ts';
import { constant, type Tensor } from '../../src/tensor/tensor.ts';
import { evaluateWith } from './helpers.ts';

const flags = (...rows: string[]): Tensor =>
  constant(hostTensor('bool', [rows.length, rows[0]?.length ?? 0], [...rows.join('')].map(Number)));

/** A mask as one string of 0 and 1 per query. */
async function show(mask: Tensor): Promise<string[]> {
  const { out } = await evaluateWith(new Map(), { out: mask });
  const keys = mask.shape.at(-1) as number;
  return [...numbers(out)].join('').match(new RegExp(`.{${keys}}`, 'g')) ?? [];
}

test('causal', async () => {
  expect(await show(causalMask(4))).toEqual(['1000', '1100', '1110', '1111']);
});

describe('segments', () => {
  test('known beforehand', async () => {
    const mask = segmentMask([5, 5, 7, 5]);
    expect(mask.shape).toEqual([1, 1, 4, 4]);
    expect(await show(mask)).toEqual(['1101', '1101', '0010', '1101']);
  });
  test('that are inputs, a row for each sample', async () => {
    const mask = segmentMask(constant(hostTensor('i64', [2, 3], [0, 0, 1, 2, 3, 3])));
    expect(mask.shape).toEqual([2, 1, 3, 3]);
    expect(await show(mask)).toEqual(['110', '110', '001', '100', '011', '011']);
  });
  test('of keys that are others than the queries', async () => {
    expect(await show(segmentMask([0, 1], [1, 0, 0]))).toEqual(['011', '100']);
  });
});

test('keys that are real', async () => {
  const mask = keyMask(flags('011', '111'));
  expect(mask.shape).toEqual([2, 1, 1, 3]);
  expect(await show(mask)).toEqual(['011', '111']);
});

test('all but some keys for some queries', async () => {
  const mask = exceptMask(flags('0011'), flags('0110'));
  expect(mask.shape).toEqual([1, 1, 4, 4]);
  expect(await show(mask)).toEqual(['1111', '1111', '1001', '1001']);
});

test('all masks together', async () => {
  const mask = allMasks(causalMask(3), keyMask(flags('011', '111')), segmentMask([0, 0, 1]));
  expect(mask.shape).toEqual([2, 1, 3, 3]);
  expect(await show(mask)).toEqual(['000', '010', '001', '100', '110', '001']);
});

describe('joined, for keys one after another', () => {
  test('booleans and numbers of visible keys', async () => {
    const mask = joinMasks([keyMask(flags('01', '11')), causalMask(2), 1]);
    expect(mask.shape).toEqual([2, 1, 2, 5]);
    expect(await show(mask)).toEqual(['01101', '01111', '11101', '11111']);
  });
  test('additive ones', async () => {
    const mask = joinMasks([constant(hostTensor('f32', [2, 1], [-1, -2])), 2]);
    const { out } = await evaluateWith(new Map(), { out: mask });
    expect(out).toEqual(hostTensor('f32', [2, 3], [-1, 0, 0, -2, 0, 0]));
  });
});

describe.each(['f32', 'f16', 'bf16'] as DType[])('additive in %s', (dtype) => {
  const scores = cast(constant(hostTensor('f32', [2, 3], [3, -40, 2, 1, 2, 3])), dtype);

  async function probabilities(mask: Tensor): Promise<HostTensor> {
    const { out } = await evaluateWith(new Map(), { out: cast(softmax(add(scores, additiveMask(mask, dtype))), 'f32') });
    return out;
  }

  test('hides exactly', async () => {
    const out = [...numbers(await probabilities(flags('010', '110')))];
    expect(out.slice(0, 3)).toEqual([0, 1, 0]);
    expect(out[5]).toBe(0);
  });
  test('leaves a query that sees nothing finite', async () => {
    const out = [...numbers(await probabilities(flags('000', '111')))];
    expect(out.every(Number.isFinite)).toBe(true);
    expect(out.slice(0, 3).reduce((a, b) => a + b)).toBeCloseTo(1, 2);
  });
});
