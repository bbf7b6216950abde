import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normals, philox, randomStream } from '../../src/tensor/random.ts';

describe('random streams', () => {
  // Known answers of the authors' Random123, tests/kat_vectors, philox4x32 with 10 rounds.
  test.each<[number[], number[], number[]]>([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [Array(4).fill(0xffffffff), Array(2).fill(0xffffffff), [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('philox of %j under %j', (counter, key, expected) => {
    expect(philox(counter as never, key as never)).toEqual(expected);
  });

  test('go on from a position as if they had not stopped', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50 }), (before) => {
        const whole = randomStream(3, 'snapshot', 7);
        for (let i = 0; i < before; i++) (i % 3 ? whole.next : whole.normal)();
        const resumed = randomStream(3, 'snapshot', 7, whole.position);
        expect(Array.from({ length: 9 }, resumed.uniform)).toEqual(Array.from({ length: 9 }, whole.uniform));
      }),
    );
  });

  test('depend on seed, name and index, and on nothing else', () => {
    const first = (seed: number, name: string, index?: number) => randomStream(seed, name, index).next();
    expect(first(1, 'a', 2)).toBe(first(1, 'a', 2));
    expect(new Set([first(1, 'a'), first(2, 'a'), first(1, 'b'), first(1, 'a', 1), first(11, 'a'), first(1, 'a1')]).size).toBe(6);
  });

  test('refuse an index or a position that is no whole number', () => {
    expect(() => randomStream(1, 'a', Number.NaN)).toThrow('index and position must be whole numbers from 0 up, got NaN and 0');
    expect(() => randomStream(1, 'a', 0, 1.5)).toThrow('got 0 and 1.5');
  });

  test('have the moments of their distributions', () => {
    const n = 200_000;
    const random = randomStream(5, 'moments');
    const moment = (draw: () => number, power: number) => Array.from({ length: n }, () => draw() ** power).reduce((a, b) => a + b, 0) / n;
    // Five standard errors of each estimate.
    expect(Math.abs(moment(random.uniform, 1) - 1 / 2)).toBeLessThan((5 * Math.sqrt(1 / 12)) / Math.sqrt(n));
    expect(Math.abs(moment(random.uniform, 2) - 1 / 3)).toBeLessThan((5 * Math.sqrt(4 / 45)) / Math.sqrt(n));
    expect(Math.abs(moment(random.normal, 1))).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(moment(random.normal, 2) - 1)).toBeLessThan((5 * Math.sqrt(2)) / Math.sqrt(n));
    expect(Math.abs(moment(random.normal, 4) - 3)).toBeLessThan((5 * Math.sqrt(96)) / Math.sqrt(n));
  });

  test('of different names are not correlated', () => {
    const n = 100_000;
    const [a, b] = [normals(randomStream(5, 'weight.0'), n), normals(randomStream(5, 'weight.1'), n)];
    const correlation = a.reduce((sum, value, i) => sum + value * (b[i] as number), 0) / n;
    expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(n));
  });

  test('integers fall in range and equally often', () => {
    const dice = randomStream(2, 'dice');
    const seen = Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) {
      const face = dice.integer(7);
      seen[face] = (seen[face] as number) + 1;
    }
    const chiSquare = seen.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    // 99.99 % of χ² with 6 degrees of freedom
    expect(chiSquare).toBeLessThan(27.9);
    expect(() => dice.integer(0)).toThrow('integer: the bound must be a whole number from 1 to 2^32, got 0');
  });

  test('permutations hold every index once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.integer(), (length, seed) => {
        const order = randomStream(seed, 'order').permutation(length);
        expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
      }),
    );
  });
});
