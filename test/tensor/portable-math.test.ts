/** The portable functions beside the engine's own, which are right to about an ulp, and the same bits in Node and in Chromium. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acos, atan, atan2, cos, exp, log, power, sin, tan } from '../../src/tensor/portable-math.ts';
import { randomStream } from '../../src/tensor/random.ts';

const near = (ours: number, theirs: number, ulps: number): void => {
  const scale = Math.max(Math.abs(theirs), 2 ** -1022) * 2 ** -52;
  if (!(Object.is(ours, theirs) || ours === theirs || Math.abs(ours - theirs) <= ulps * scale))
    expect([ours, ulps]).toEqual([theirs, ulps]);
};
const finite = (size: number) => fc.double({ min: -size, max: size, noNaN: true });

test.each<[string, (x: number) => number, (x: number) => number, number, number]>([
  ['sin', sin, Math.sin, 1e5, 2],
  ['cos', cos, Math.cos, 1e5, 2],
  ['tan', tan, Math.tan, 100, 4],
  ['atan', atan, Math.atan, 1e6, 2],
  ['exp', exp, Math.exp, 700, 2],
])('%s', (_, ours, theirs, size, ulps) => {
  fc.assert(
    fc.property(fc.oneof(finite(size), finite(Math.min(size, 4)), finite(1e-3)), (x) => near(ours(x), theirs(x), ulps)),
    { numRuns: 20000 },
  );
});

test('log, acos, atan2 and power', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, noNaN: true }), (x) => near(log(x), Math.log(x), 2)),
    { numRuns: 20000 },
  );
  fc.assert(
    fc.property(finite(1), (x) => near(acos(x), Math.acos(x), 4)),
    { numRuns: 20000 },
  );
  fc.assert(
    fc.property(finite(10), finite(10), (y, x) => near(atan2(y, x), Math.atan2(y, x), 2)),
    { numRuns: 20000 },
  );
  fc.assert(
    fc.property(fc.double({ min: 1e-3, max: 10 }), fc.double({ min: -3, max: 3, noNaN: true }), (x, y) => near(power(x, y), x ** y, 32)),
  );
});

test('ends and corners', () => {
  for (const [y, x] of [
    [0, 0],
    [0, -1],
    [-0, -1],
    [1, 0],
    [-1, 0],
    [1, 1],
    [1, -1],
    [-1, -1],
  ] as const)
    expect(atan2(y, x)).toBe(Math.atan2(y, x));
  expect([exp(0), exp(-1000), exp(1000), log(1), log(0), acos(1), acos(-1), sin(0), cos(0), power(0, 2)]).toEqual([
    1,
    0,
    Number.POSITIVE_INFINITY,
    0,
    Number.NEGATIVE_INFINITY,
    0,
    Math.PI,
    0,
    1,
    0,
  ]);
  expect(log(-1)).toBeNaN();
  expect(() => sin(1e6)).toThrow('sine or cosine of 1000000: expected at most ±100000 radians');
});

test('the same bits in every engine', () => {
  const { uniform } = randomStream(0, 'portable');
  const value = new Float64Array(1);
  const words = new Uint32Array(value.buffer);
  const hashes = [
    sin,
    cos,
    tan,
    atan,
    (x: number) => exp(x / 10),
    (x: number) => log(Math.abs(x)),
    (x: number) => atan2(x, 3),
    (x: number) => acos(x / 100),
  ].map((f) => {
    let hash = 0x811c9dc5;
    for (let i = 0; i < 10000; i++) {
      value[0] = f(200 * uniform() - 100);
      for (const word of words) hash = Math.imul(hash ^ word, 0x01000193);
    }
    return hash >>> 0;
  });
  expect(hashes).toMatchInlineSnapshot(`
    [
      3365147684,
      1314937521,
      1844515668,
      2558974154,
      1854480080,
      4167471324,
      3894280872,
      1229034445,
    ]
  `);
});
