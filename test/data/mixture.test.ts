import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MixtureConfig, type MixtureDraw, mixture, PERIOD } from '../../src/data/mixture.ts';

const draws = (config: MixtureConfig, from: number, to: number): MixtureDraw[] => {
  const { at } = mixture(config);
  return Array.from({ length: to - from }, (_, i) => at(from + i));
};

const two: MixtureConfig = {
  seed: 1,
  sources: [
    { name: 'robots', length: 70, weight: 3 },
    { name: 'questions', length: 11, weight: 1 },
  ],
};

const configs = fc
  .record({
    seed: fc.nat(),
    lengths: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 }),
    weights: fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 100, noNaN: true })), { minLength: 5, maxLength: 5 }),
  })
  .filter(({ lengths, weights }) => lengths.some((_, i) => (weights[i] as number) > 0))
  .map(({ seed, lengths, weights }) => ({
    seed,
    sources: lengths.map((length, i) => ({ name: `source ${i}`, length, weight: weights[i] as number })),
  }));

describe('a mixture', () => {
  test('goes through every source sample by sample, epoch by epoch', () => {
    fc.assert(
      fc.property(configs, (config) => {
        const drawn = draws(config, 0, 1500);
        for (const { name, length } of config.sources) {
          const own = drawn.filter(({ source }) => source === name);
          for (let begin = 0; begin + length <= own.length; begin += length) {
            const epoch = own.slice(begin, begin + length);
            expect(new Set(epoch.map(({ sample }) => sample))).toEqual(new Set(Array(length).keys()));
            expect(new Set(epoch.map((draw) => draw.epoch))).toEqual(new Set([begin / length]));
          }
          const rest = own.slice(Math.floor(own.length / length) * length);
          expect(new Set(rest.map(({ sample }) => sample)).size).toBe(rest.length);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('keeps the proportions to within a sample, from the first on', () => {
    fc.assert(
      fc.property(configs, (config) => {
        const { at, shares } = mixture(config);
        const share = shares(0);
        const total = config.sources.reduce((sum, { weight }) => sum + weight, 0);
        const counts = Object.fromEntries(config.sources.map(({ name }) => [name, 0]));
        for (const { name, weight } of config.sources) expect(share[name]).toBeCloseTo(weight / total, 4);
        for (let n = 1; n <= 2000; n++) {
          const { source } = at(n - 1);
          counts[source] = (counts[source] as number) + 1;
          const worst = config.sources.map(({ name }) => Math.abs((counts[name] as number) - n * (share[name] as number)));
          if (!(Math.max(...worst) < 1)) throw new Error(`after ${n}: ${JSON.stringify(counts)}`);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('has exactly its shares in every period', () => {
    const config = { ...two, sources: [...two.sources, { name: 'rare', length: 5, weight: 1e-9 }] };
    const { at, shares } = mixture(config);
    const counts = new Map<string, number>();
    for (let n = 7 * PERIOD; n < 8 * PERIOD; n++) counts.set(at(n).source, (counts.get(at(n).source) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({ robots: 49151, questions: 16384, rare: 1 });
    expect(shares(0)).toEqual({ robots: 49151 / PERIOD, questions: 1 / 4, rare: 1 / PERIOD });
  });

  test('goes on at any position, and in any number of workers, as if it had not stopped', () => {
    const whole = draws(two, 0, 500);
    expect(draws(two, 123, 500)).toEqual(whole.slice(123));
    const workers = [0, 1, 2].map(() => mixture(two));
    expect(whole.map((_, n) => workers[n % 3]?.at(n))).toEqual(whole);
  });

  test('far out, after 10^12 samples, is as quick and as exact', () => {
    const n = 1e12;
    const seen = draws(two, n, n + 280).filter(({ source }) => source === 'robots');
    const epochs = new Map(seen.map(({ epoch }) => [epoch, seen.filter((draw) => draw.epoch === epoch)]));
    const complete = [...epochs.values()].filter(({ length }) => length === 70);
    expect(complete.length).toBeGreaterThanOrEqual(2);
    for (const epoch of complete) expect(new Set(epoch.map(({ sample }) => sample)).size).toBe(70);
  });

  test('is divided among ranks', () => {
    const { batch } = mixture(two);
    const whole = draws(two, 0, 96);
    for (const ranks of [1, 2, 3, 4, 12]) {
      const parts = [...Array(8).keys()].flatMap((index) =>
        [...Array(ranks).keys()].flatMap((rank) => batch(index, { size: 12, rank, ranks })),
      );
      expect(parts).toEqual(whole);
    }
    expect(() => batch(0, { size: 12, rank: 0, ranks: 5 })).toThrow('a batch of 12 cannot be divided among 5 ranks');
    expect(() => batch(0, { size: 12, rank: 2, ranks: 2 })).toThrow('there is no rank 2 among 2');
  });

  test('with stages changes its weights at their positions, and goes on with each source where it was', () => {
    const sources = [
      { name: 'understanding', length: 40, weight: 1 },
      { name: 'perception', length: 30, weight: 0 },
      { name: 'action', length: 20, weight: 0 },
    ];
    const stages = [
      { from: 100, weights: { understanding: 1, perception: 1 } },
      { from: PERIOD + 200, weights: { perception: 1, action: 3 } },
    ];
    const drawn = draws({ seed: 5, sources, stages }, 0, PERIOD + 400);
    const share = (from: number, to: number) => {
      const of = drawn.slice(from, to);
      return sources.map(({ name }) => of.filter(({ source }) => source === name).length / of.length);
    };
    expect(share(0, 100)).toEqual([1, 0, 0]);
    expect(share(100, 200)).toEqual([0.5, 0.5, 0]);
    expect(share(PERIOD + 200, PERIOD + 400)).toEqual([0, 0.25, 0.75]);
    for (const { name, length } of sources) {
      const own = drawn.filter(({ source }) => source === name);
      expect(own.map(({ epoch }) => epoch)).toEqual(own.map((_, i) => Math.floor(i / length)));
    }
  });

  test('draws a source in an order of its own, whatever is beside it', () => {
    const alone = draws({ seed: 1, sources: two.sources.slice(0, 1) }, 0, 150);
    const mixed = draws(two, 0, 400).filter(({ source }) => source === 'robots');
    expect(mixed.slice(0, 150)).toEqual(alone);
    expect(draws({ ...two, seed: 2 }, 0, 150)).not.toEqual(draws(two, 0, 150));
  });

  test('shuffles well: any sample is as likely anywhere, and after any other', () => {
    for (const length of [3, 5, 10]) {
      const { at } = mixture({ seed: 3, sources: [{ name: 'a', length, weight: 1 }] });
      const epochs = 8000;
      const pairs = new Map<string, number>();
      for (let epoch = 0; epoch < epochs; epoch++) {
        for (const place of [0, length - 2]) {
          const pair = `${place}: ${at(epoch * length + place).sample}, ${at(epoch * length + place + 1).sample}`;
          pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
        }
      }
      const cells = 2 * length * (length - 1);
      const expected = (2 * epochs) / cells;
      const chiSquare = [...pairs.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      expect(pairs.size).toBe(cells);
      // Mean plus five standard deviations of χ² with as many degrees of freedom
      expect(chiSquare).toBeLessThan(cells + 5 * Math.sqrt(2 * cells));
    }
  });

  test('of large sources has no order that is left over', () => {
    const length = 1_000_003;
    const { at } = mixture({ sources: [{ name: 'a', length, weight: 1 }] });
    const n = 20_000;
    const samples = Array.from({ length: n }, (_, i) => at(i).sample / length);
    const mean = samples.reduce((a, b) => a + b, 0) / n;
    const lag = samples.slice(1).reduce((sum, x, i) => sum + (x - 0.5) * ((samples[i] as number) - 0.5), 0) / n;
    // Five standard errors of both
    expect(Math.abs(mean - 0.5)).toBeLessThan((5 * Math.sqrt(1 / 12)) / Math.sqrt(n));
    expect(Math.abs(lag)).toBeLessThan(5 / 12 / Math.sqrt(n));
  });

  const a = { name: 'a', length: 3, weight: 1 };
  test.each<[string, unknown, string]>([
    ['two sources of one name', { sources: [a, a] }, '"a" is the name of an earlier source, too'],
    ['no weights', { sources: [{ ...a, weight: 0 }] }, 'all weights are 0'],
    ['a negative weight', { sources: [{ ...a, weight: -1 }] }, 'sources[0].weight'],
    ['an empty source', { sources: [{ ...a, length: 0 }] }, 'sources[0].length'],
    ['no sources', { sources: [] }, 'sources'],
    ['an unknown key', { sources: [{ ...a, wieght: 2 }] }, '"wieght"'],
    ['an unknown name', { sources: [a], stages: [{ from: 5, weights: { b: 1 } }] }, 'no source has this name; there are a'],
    ['a stage without weights', { sources: [a], stages: [{ from: 5, weights: { a: 0 } }] }, 'stages[0].weights'],
    [
      'stages out of order',
      {
        sources: [a],
        stages: [
          { from: 5, weights: { a: 1 } },
          { from: 5, weights: { a: 1 } },
        ],
      },
      'a stage at 5 cannot follow one at 5',
    ],
  ])('refuses %s', (_, config, message) => {
    expect(() => mixture(config as MixtureConfig)).toThrow(message);
  });

  test('refuses positions that are none', () => {
    expect(() => mixture(two).at(-1)).toThrow('a position is a whole number from 0 up, got -1');
    expect(() => mixture(two).at(0.5)).toThrow('got 0.5');
  });
});

test('weights may be as different as numbers can be', () => {
  const sources = (...weights: number[]) => weights.map((weight, i) => ({ name: `${i}`, length: 10, weight }));
  expect(mixture({ sources: sources(1e308, 1e308) }).shares(0)).toEqual({ 0: 0.5, 1: 0.5 });
  expect(mixture({ sources: sources(1e300, 1e-300) }).shares(0)).toEqual({ 0: 1 - 2 ** -16, 1: 2 ** -16 });
});
