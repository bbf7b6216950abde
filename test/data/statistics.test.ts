import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { degenerateDimensions } from '../../src/data/degenerate.ts';
import {
  addBlock,
  addFrame,
  type Block,
  type FeatureStatistics,
  finishImages,
  finishStatistics,
  firstPass,
  imagePass,
  mergeImages,
  mergePass,
  secondPass,
  statisticsOf,
} from '../../src/data/statistics.ts';
import { normals, randomStream } from '../../src/tensor/random.ts';

/** Statistics of blocks that each have a pass of their own, merged in the order given. */
function merged(dims: number, blocks: readonly Block[]): FeatureStatistics {
  const first = firstPass(dims);
  for (const block of blocks) {
    const own = firstPass(dims);
    addBlock(own, block);
    mergePass(first, deserialize(serialize(own)));
  }
  const second = secondPass(first);
  for (const block of blocks) {
    const own = secondPass(first);
    addBlock(own, block);
    mergePass(second, deserialize(serialize(own)));
  }
  return finishStatistics(first, second);
}

/** The definition: all values sorted. */
function quantile(values: readonly number[], q: number): number {
  const { a, b, share } = around(values, q);
  return a + (b - a) * share;
}

/** The order statistics that a quantile lies between. */
function around(values: readonly number[], q: number): { readonly a: number; readonly b: number; readonly share: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = q * (sorted.length - 1);
  return { a: sorted[Math.floor(at)] as number, b: sorted[Math.ceil(at)] as number, share: at - Math.floor(at) };
}

/** Any finite f32, also tiny and huge ones, and often the same ones. */
const f32 = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1, -1, 1.4e-45, -1.4e-45, 3.4028234663852886e38),
  fc.integer({ min: -5, max: 5 }),
);

describe('statistics of rows', () => {
  test('are those of NumPy 2.2.6', async () => {
    // Three dimensions: ordinary numbers, small ones with many ties, and huge ones.
    const row = (i: number) => [
      (((i * 7919) % 10007) - 5000) / 64,
      ((i % 7) - 3) * 2 ** -20 * ((i * 31) % 101),
      1e30 * (((i * 17) % 13) - 6),
    ];
    const data = Float32Array.from({ length: 9000 }, (_, i) => row(Math.floor(i / 3))[i % 3] as number);
    // np.quantile(x, q, axis=0) and so on of x = data.astype(np.float64); the means by math.fsum
    expect(await statisticsOf(3, () => [{ data }])).toEqual({
      count: [3000, 3000, 3000],
      min: [-78.125, -0.000286102294921875, -5.999999788053342e30],
      max: [78.21875, 0.000286102294921875, 5.999999788053342e30],
      mean: [0.06723958333333334, -1.1444091796875e-8, 1.0000000150474662e27],
      // The last digit of NumPy's own rounding differs.
      std: [45.13642694217899, 0.00011043815352622399, 3.7419689769779906e30].map((std) => expect.closeTo(std, 12 - Math.log10(std))),
      quantiles: {
        q01: [-76.51671875, -0.0002661037445068359, -5.999999788053342e30],
        q10: [-62.5015625, -0.000148773193359375, -4.9999999241216036e30],
        q50: [0.0390625, 0, 0],
        q90: [62.5796875, 0.000148773193359375, 4.9999999241216036e30],
        q99: [76.68765625, 0.00026610374450683526, 5.999999788053342e30],
      },
    });
  });

  test('are the same to the last bit however the rows are ordered and split', async () => {
    const rows = fc.array(fc.tuple(f32, f32), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(rows, fc.infiniteStream(fc.nat(3)), async (values, splits) => {
        const whole = await statisticsOf(2, () => [{ data: Float32Array.from(values.flat()) }]);
        const shuffled = values.toSorted(() => (splits.next().value === 0 ? 1 : -1));
        const parts: number[][] = [[], [], [], []];
        for (const row of shuffled) parts[splits.next().value]?.push(...row);
        const blocks = parts.map((part) => ({ data: Float32Array.from(part) }));
        expect(merged(2, blocks)).toEqual(whole);
        expect(merged(2, blocks.toReversed())).toEqual(whole);
        expect(await statisticsOf(2, () => blocks)).toEqual(whole);
      }),
      { numRuns: 15 },
    );
  });

  test('are those of the definitions', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(f32, { minLength: 1, maxLength: 300 }), async (numbers) => {
        const data = Float32Array.from(numbers);
        const values = [...data];
        const { count, min, max, quantiles } = await statisticsOf(1, () => [{ data }]);
        expect([count, min, max]).toEqual([[values.length], [Math.min(...values) + 0], [Math.max(...values) + 0]]);
        for (const [i, q] of [0.01, 0.1, 0.5, 0.9, 0.99].entries()) {
          // Between −1e30 and 1e30 there is a 0, but for the rounding of either.
          const { a, b } = around(values, q);
          const atol = 1e-15 * Math.max(Math.abs(a), Math.abs(b)) + 1e-300;
          expect([Object.values(quantiles).flat()[i] as number]).toBeAllclose([quantile(values, q)], { rtol: 1e-14, atol });
        }
      }),
      { numRuns: 60 },
    );
  });

  test('are exact where sums in f64 are not', async () => {
    // 2^100 + 1 − 2^100, whose sum in f64 is 0
    const { mean } = await statisticsOf(1, () => [{ data: Float32Array.of(2 ** 100, 1, -(2 ** 100)) }]);
    expect(mean).toEqual([1 / 3]);
    const same = await statisticsOf(1, () => [{ data: new Float32Array(1000).fill(0.1) }]);
    expect([same.mean, same.std]).toEqual([[Math.fround(0.1)], [0]]);
  });

  test('weigh every row alike, unlike averages of the statistics of episodes', async () => {
    // A long episode near 0 and a short one near 10
    const long = { data: normals(randomStream(1, 'long'), 9000) };
    const short = { data: normals(randomStream(1, 'short'), 1000).map((x) => x + 10) };
    const whole = await statisticsOf(1, () => [long, short]);
    const each = await Promise.all([long, short].map((block) => statisticsOf(1, () => [block])));
    const average = (name: 'q01' | 'q50') => each.reduce((sum, { quantiles }) => sum + (quantiles[name][0] as number) / 2, 0);
    expect(whole.quantiles.q50[0]).toBeCloseTo(quantile([...long.data, ...short.data], 0.5), 12);
    expect(Math.abs(average('q50') - (whole.quantiles.q50[0] as number))).toBeGreaterThan(4);
    expect(Math.abs(average('q01') - (whole.quantiles.q01[0] as number))).toBeGreaterThan(4);
  });

  test('do not count what is masked, whatever it is', async () => {
    const data = Float32Array.of(1, Number.NaN, 2, 5, 3, Number.POSITIVE_INFINITY);
    const { count, mean, max } = await statisticsOf(2, () => [{ data, mask: Uint8Array.of(1, 0, 1, 1, 1, 0) }]);
    expect({ count, mean, max }).toEqual({ count: [3, 1], mean: [2, 5], max: [3, 5] });
  });

  test('of a dimension without values are zeros', async () => {
    const nothing = await statisticsOf(2, () => [{ data: Float32Array.of(1, 7), mask: Uint8Array.of(1, 0) }]);
    expect([nothing.count, nothing.min, nothing.max, nothing.std, nothing.quantiles.q99]).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
      [0, 0],
      [1, 0],
    ]);
  });

  test('are of f64 rounded to f32', async () => {
    const { max, mean } = await statisticsOf(1, () => [{ data: Float64Array.of(0.1) }]);
    expect([max, mean]).toEqual([[Math.fround(0.1)], [Math.fround(0.1)]]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e39])('are not of %f, and say where it is', (bad) => {
    const data = Float64Array.of(0, 1, 2, 3, 4, bad);
    expect(() => addBlock(firstPass(3), { data, where: 'episode 7' })).toThrow(`episode 7: row 1, dimension 2 is ${bad}, but`);
  });

  test('refuse what does not belong together', () => {
    expect(() => addBlock(firstPass(3), { data: new Float32Array(4) })).toThrow('4 values, which are no whole rows of 3');
    expect(() => addBlock(firstPass(1), { data: new Float32Array(4), mask: new Uint8Array(3) })).toThrow('4 values, but a mask of 3');
    expect(() => mergePass(firstPass(3), firstPass(2))).toThrow('pass 1 of 3 dimensions cannot take pass 1 of 2');
    const [one, other] = [1, 1000].map((value) => {
      const pass = firstPass(1);
      addBlock(pass, { data: Float32Array.of(value) });
      return pass;
    }) as [ReturnType<typeof firstPass>, ReturnType<typeof firstPass>];
    expect(() => mergePass(secondPass(one), secondPass(other))).toThrow('the second passes follow different first ones');
    expect(() => finishStatistics(one, secondPass(one))).toThrow('the first pass saw 1 values of dimension 0, the second 0');
    expect(() => firstPass(0)).toThrow('dims must be a whole number from 1 up, got 0');
  });
});

describe('statistics of pictures', () => {
  test('are those of NumPy 2.2.6, with levels from 0 to 1', () => {
    const data = Uint8Array.from({ length: 90 }, (_, i) => i * 37);
    const pass = imagePass();
    for (const y of [3, 0, 1, 2, 5, 4]) {
      const own = imagePass();
      addFrame(own, { width: 5, height: 1, data: data.subarray(15 * y, 15 * (y + 1)) });
      mergeImages(pass, own);
    }
    const { count, min, max, mean, std, quantiles } = finishImages(pass);
    expect(count).toEqual([30, 30, 30]);
    expect(min).toEqual([0, 3 / 255, 6 / 255]);
    expect(max).toEqual([249 / 255, 252 / 255, 1]);
    expect(mean).toBeAllclose([0.48901960784313725, 0.5002614379084966, 0.5115032679738563], { rtol: 1e-15 });
    expect(std).toBeAllclose([0.2899241792816775, 0.2901654874060534, 0.29016548740605347], { rtol: 1e-15 });
    expect(quantiles.q01).toBeAllclose([0.010235294117647058, 0.022, 0.03376470588235294], { rtol: 1e-14 });
    expect(quantiles.q10).toBeAllclose([0.1023529411764706, 0.11411764705882355, 0.1258823529411765], { rtol: 1e-14 });
    expect(quantiles.q50).toBeAllclose([0.48823529411764705, 0.5, 0.5117647058823529], { rtol: 1e-14 });
    expect(quantiles.q99).toBeAllclose([0.9662352941176471, 0.9780000000000001, 0.989764705882353], { rtol: 1e-14 });
  });

  test('of none are zeros', () => {
    expect(finishImages(imagePass())).toMatchObject({ count: [0, 0, 0], min: [0, 0, 0], std: [0, 0, 0] });
  });
});

test('degenerate dimensions are named, with the reason', async () => {
  const random = normals(randomStream(4, 'rows'), 4000);
  const names = ['position', 'still', 'noise', 'gripper', 'offset', 'absent'];
  const row = (i: number) => [
    random[i],
    3,
    1e-8 * (random[i] as number),
    i === 7 ? 1 : 1e-3 * (random[i] as number),
    1e5 + 1e-2 * (i % 3),
    0,
  ];
  const data = Float32Array.from({ length: 4000 * 6 }, (_, i) => row(Math.floor(i / 6))[i % 6] as number);
  const mask = Uint8Array.from(data, (_, i) => (i % 6 === 5 ? 0 : 1));
  const statistics = await statisticsOf(6, () => [{ data, mask }]);
  const found = degenerateDimensions(statistics, { names });
  expect(found.map(({ dimension, name, why }) => [dimension, name, why.replace(/\d[-\d.e/]*/g, '#')])).toEqual([
    [1, 'still', 'it is always #'],
    [2, 'noise', '# % of its values are within # of one another, which is less than #'],
    [3, 'gripper', '# % of its values are in # of its whole range'],
    [4, 'offset', '# % of its values are within # of one another, which is less than #'],
    [5, 'absent', 'it has no values'],
  ]);
  expect(found[2]).toMatchObject({ max: 1, q99: statistics.quantiles.q99[3] });
  expect(degenerateDimensions(statistics, { outliers: 1e4, absolute: 0, relative: 0 }).map(({ name }) => name)).toEqual(['1', '5']);
});

test('ten million values take seconds at most', { timeout: 30_000 }, async () => {
  const data = new Float32Array(1e6);
  const random = randomStream(1, 'many');
  for (let i = 0; i < data.length; i++) data[i] = random.next() - 2 ** 31;
  const began = performance.now();
  const blocks = Array.from({ length: 10 }, () => ({ data }));
  const { count } = await statisticsOf(20, () => blocks);
  expect(count[0]).toBe(500_000);
  // About 0.25 s on one core; ten times that says that something is wrong.
  expect(performance.now() - began).toBeLessThan(10_000);
});
