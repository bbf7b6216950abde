/** The yardsticks of other tests, measured themselves. */
import { describe, expect, test } from 'vitest';
import { hostTensor } from '../../src/tensor/host.ts';
import { lanes, matmul, ndarray, reduce, total, transposed } from './ndarray.ts';
import { erf, roundHalfEven, toBfloat16, toHalf } from './special.ts';

describe('toBeAllclose', () => {
  const four = ndarray([2, 2], [1, 2, 3, 4]);

  test('accepts what differs by no more than the tolerance', () => {
    expect([1.009]).toBeAllclose([1], { rtol: 0.01, atol: 0 });
    expect([0.009]).toBeAllclose([0], { rtol: 0, atol: 0.01 });
    expect(hostTensor('bf16', [2], [1, 2])).toBeAllclose(ndarray([2], [1, 2]), { rtol: 0, atol: 0 });
    expect([Number.NaN, Number.POSITIVE_INFINITY]).toBeAllclose([Number.NaN, Number.POSITIVE_INFINITY]);
  });

  test('refuses what differs by more', () => {
    expect([1.011]).not.toBeAllclose([1], { rtol: 0.01, atol: 0 });
    expect([Number.NaN]).not.toBeAllclose([1]);
    expect([1]).not.toBeAllclose([Number.NaN]);
    expect([1]).not.toBeAllclose([Number.POSITIVE_INFINITY]);
    expect([Number.NEGATIVE_INFINITY]).not.toBeAllclose([Number.POSITIVE_INFINITY]);
    expect([1, 2]).not.toBeAllclose([1]);
    expect(four).not.toBeAllclose(ndarray([4], [1, 2, 3, 4]));
  });

  test('names the worst element, its index, and both values', () => {
    expect(() => expect(ndarray([2, 2], [1, 2.5, 3, 5])).toBeAllclose(four, { rtol: 0, atol: 0.1 })).toThrow(
      '2 of 4 elements are not close (rtol 0, atol 0.1); worst at [1, 1]: got 5, expected 4, off by 1',
    );
    expect(() => expect(ndarray([4], [1, 2, 3, 4])).toBeAllclose(four)).toThrow('expected shape [2, 2], but got [4]');
  });
});

test('arrays are indexed in C order', () => {
  const x = ndarray([2, 3], [1, 2, 3, 4, 5, 6]);
  expect([...transposed(x, [1, 0]).data]).toEqual([1, 4, 2, 5, 3, 6]);
  expect([...reduce(x, [0], total).data]).toEqual([5, 7, 9]);
  expect(reduce(x, [-1], total, { keepDims: true }).shape).toEqual([2, 1]);
  expect([...lanes(x, -1, (lane) => lane.toReversed()).data]).toEqual([3, 2, 1, 6, 5, 4]);
  expect([...matmul(x, transposed(x, [1, 0])).data]).toEqual([14, 32, 32, 77]);
});

test('erf has its published values', () => {
  // Abramowitz and Stegun, table 7.1, and its symmetry.
  const table = [
    [0, 0],
    [0.5, 0.5204998778],
    [1, 0.8427007929],
    [2, 0.995322265],
    [3, 0.9999779095],
    [-1, -0.8427007929],
  ] as const;
  for (const [x, value] of table) expect(Math.abs(erf(x) - value)).toBeLessThan(1e-9);
});

test('halves are rounded to the even neighbour', () => {
  expect([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4, -2.6].map(roundHalfEven).map((x) => x + 0)).toEqual([-2, -2, 0, 0, 2, 2, 2, -3]);
});

test('numbers are rounded to 11 and to 8 significant bits', () => {
  expect([1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519, 65520, 2 ** -25, 3 * 2 ** -26].map(toHalf)).toEqual([
    1,
    1 + 2 ** -9,
    65504,
    Number.POSITIVE_INFINITY,
    0,
    2 ** -24,
  ]);
  expect([1 + 2 ** -8, 1 + 3 * 2 ** -8, 3.4e38].map(toBfloat16)).toEqual([1, 1 + 2 ** -6, Number.POSITIVE_INFINITY]);
});
