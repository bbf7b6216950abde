import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ExplosionError, type ExplosionRule, NO_NORMS, type NormWatch, watchNorm } from '../../src/train/divergence.ts';

/** The update from which norms explode; undefined when they do not. */
function explosionOf(norms: readonly number[], rule: ExplosionRule = {}, clipNorm = 0): number | undefined {
  let watch: NormWatch = NO_NORMS;
  for (const [i, norm] of norms.entries()) {
    try {
      watch = watchNorm(watch, norm, i + 1, rule, clipNorm);
    } catch (error) {
      return (error as ExplosionError).from;
    }
  }
  return undefined;
}

const CALM = Array.from({ length: 120 }, (_, i) => 3 / Math.sqrt(1 + i / 10));

describe('a run is left alone', () => {
  test('whose norms are less than a hundred times apart', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        fc.array(fc.double({ min: 1, max: 99, noNaN: true }), { maxLength: 400 }),
        (size, norms) => {
          expect(explosionOf(norms.map((norm) => norm * size))).toBeUndefined();
        },
      ),
    );
  });

  test('in which no more than two outliers follow each other', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 8, max: 40 })), { maxLength: 30 }), (bursts) => {
        const norms = bursts.flatMap(([large, small]) => [...Array(large).fill(1e9), ...Array(small).fill(1)]);
        expect(explosionOf([...CALM, ...norms])).toBeUndefined();
      }),
    );
  });

  test('that is at its beginning', () => {
    expect(explosionOf([...CALM.slice(0, 97), 1e5, 1e5, 1e5])).toBeUndefined();
  });

  test('whose gradients have vanished, as when a few samples are learned by heart, and come back to what is hardly clipped', () => {
    expect(explosionOf([...CALM, ...Array(200).fill(1e-6), 30, 30, 30, 30], {}, 1)).toBeUndefined();
  });
});

describe('a run explodes', () => {
  test('that grows by some per cent with each update, long before its numbers end', () => {
    fc.assert(
      fc.property(fc.double({ min: 1.15, max: 10, noNaN: true }), (growth) => {
        const norms = Array.from({ length: 200 }, (_, i) => growth ** i);
        const from = explosionOf([...CALM, ...norms]) as number;
        const grown = growth ** (from - CALM.length - 1);
        expect(grown).toBeGreaterThan(50);
        expect(grown).toBeLessThan(1e4);
      }),
    );
  });

  test('that falls apart so slowly that the median of the last hundred norms would follow', () => {
    const slow = Array.from({ length: 800 }, (_, i) => 1.01 ** i);
    const from = explosionOf([...CALM, ...slow], {}, 1) as number;
    expect(1.01 ** (from - CALM.length - 1)).toBeCloseTo(100, -1);
  });

  test('as soon as there have been as many outliers as are too many', () => {
    expect(explosionOf([...CALM, 1e3, 1e3, 1e3])).toBe(121);
    expect(explosionOf([...CALM, 1e3, 1, 1e3, 1e3, 1e3])).toBe(123);
    expect(explosionOf([...CALM, 30], { times: 20, inARow: 1 })).toBe(121);
    expect(explosionOf([...CALM, 30, 30], { inARow: 2 })).toBeUndefined();
  });

  test('at the same update, wherever it was stopped and went on from the norms that were kept', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 121 }), (stop) => {
        const norms = [...CALM, 1e3, 1e3, 1e3];
        let watch = NO_NORMS;
        for (const [i, norm] of norms.slice(0, stop).entries()) watch = watchNorm(watch, norm, i + 1);
        watch = JSON.parse(JSON.stringify(watch)) as NormWatch;
        for (let i = stop; i < 122; i++) watch = watchNorm(watch, norms[i] as number, i + 1);
        expect(() => watchNorm(watch, 1e3, 123)).toThrow('the gradient explodes from update 121 on: its norm is 1.00e+3, 1.00e+3, 1.00e+3');
      }),
    );
  });
});
