/** Normalisation: openpi's formula where it is safe, a guard where it is not, an exact inverse, and openpi's file. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromOpenpi, parseNormStats, toOpenpi } from '../../src/robot/norm-stats.ts';
import {
  type ActionStatistics,
  heldActions,
  type Normalization,
  normaliseActions,
  normaliseState,
  quantileMap,
  unnormaliseActions,
  unnormaliseState,
} from '../../src/robot/normalization.ts';

const statistics = (change: Partial<ActionStatistics> = {}): ActionStatistics => ({
  mean: Array(10).fill(0.1),
  std: Array(10).fill(0.2),
  q01: Array.from({ length: 10 }, (_, d) => -0.3 - d / 100),
  q99: Array.from({ length: 10 }, (_, d) => 0.5 + d / 100),
  min: Array(10).fill(-1),
  max: Array(10).fill(1.5),
  ...change,
});
const normalization: Normalization = { rotation: 'rmat6d-columns', state: statistics(), actions: statistics() };

test('is the formula of openpi', () => {
  const { offset, scale, guarded } = quantileMap(statistics());
  const { q01, q99 } = statistics();
  for (const x of [-1, -0.3, 0, 0.123, 0.5, 1.5]) {
    for (let d = 0; d < 10; d++) {
      const [low, high] = [q01[d] as number, q99[d] as number];
      expect((x - (offset[d] as number)) / (scale[d] as number)).toBeCloseTo(((x - low) / (high - low + 1e-6)) * 2 - 1, 12);
    }
  }
  expect(guarded).toEqual([]);
});

test('guards what would blow up', () => {
  const map = quantileMap({
    mean: [],
    std: [],
    // A constant, a gripper that was opened once, one whose quantiles are close beside its range, a sound one
    q01: [0.7, 0, -0.001, -1],
    q99: [0.7, 0, 0.001, 1],
    min: [0.7, 0, -2, -1.2],
    max: [0.7, 1, 2, 1.2],
  });
  expect(map.guarded.map(({ dimension }) => dimension)).toEqual([0, 1, 2]);
  expect([...map.scale]).toEqual([1, 0.5, 2, 1 + 5e-7]);
  expect([...map.offset.subarray(0, 3)]).toEqual([0.7, 0.5, 0]);
  expect(map.guarded[0]?.why).toBe('98 % of the values lie within 0.00: only shifted');
});

const values = (length: number) => fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: length, maxLength: length });

test('the inverse undoes it, whatever the statistics', () => {
  const bounds = fc.tuple(fc.double({ min: -2, max: 2, noNaN: true }), fc.double({ min: 0, max: 2, noNaN: true }));
  fc.assert(
    fc.property(fc.array(bounds, { minLength: 10, maxLength: 10 }), values(40), values(36), (pairs, actions, state) => {
      const q01 = pairs.map(([low]) => low);
      const q99 = pairs.map(([low, range]) => low + range);
      const some = statistics({ q01, q99, min: q01.map((q) => q - 1), max: q99 });
      const both = { ...normalization, state: some, actions: some };
      const [a, s] = [Float32Array.from(actions), Float32Array.from(state)];
      expect(unnormaliseActions(both, normaliseActions(both, a))).toBeAllclose(a, { atol: 1e-6 });
      expect(unnormaliseState(both, normaliseState(both, s))).toBeAllclose(s, { atol: 1e-6 });
    }),
  );
});

test('what is masked becomes 0, even where it is not a number', () => {
  const actions = new Float32Array(20).fill(0.2);
  actions.fill(Number.NaN, 10);
  const mask = new Uint8Array(20).fill(1, 0, 10);
  const out = normaliseActions(normalization, actions, mask);
  expect(out.subarray(10)).toEqual(new Float32Array(10));
  expect(out.subarray(0, 10).every((y) => y !== 0)).toBe(true);
});

/** Three steps, each twice as wide as the one before, around means of their own. */
const steps = [1, 2, 4].map((wide) => ({ mean: Array(10).fill(wide / 10), std: Array(10).fill(wide / 20) }));
const byStep: Normalization = { ...normalization, actions: statistics({ steps }) };

test('step by step: two deviations of each to [−1, 1], nothing finer than is worth telling apart', () => {
  // [3 steps, 2 arms, 10]: everywhere one deviation above the mean
  const above = Float32Array.from({ length: 60 }, (_, i) => (2 ** Math.floor(i / 20) * 3) / 20);
  expect(normaliseActions(byStep, above)).toBeAllclose(new Float32Array(60).fill(0.5), { atol: 1e-6 });
  const still = { ...byStep, actions: statistics({ steps: [{ mean: Array(10).fill(0), std: Array(10).fill(1e-9) }] }) };
  const [metres, , , rotation, , , , , , gripper] = normaliseActions(still, new Float32Array(20).fill(0.01));
  expect([metres, rotation, gripper]).toBeAllclose([2, 0.2, 0.2], { atol: 1e-6 });
  expect(() => normaliseActions(byStep, new Float32Array(40))).toThrow('40 values are no chunks of 3 steps, 2 arms and 10 numbers');
  expect(() => toOpenpi(byStep)).toThrow('normalised step by step');
});

test('the inverse undoes that as well, and what is past the end of an episode is held there', () => {
  fc.assert(
    fc.property(values(60), fc.integer({ min: 1, max: 3 }), (actions, there) => {
      const chunk = Float32Array.from(actions);
      expect(unnormaliseActions(byStep, normaliseActions(byStep, chunk))).toBeAllclose(chunk, { atol: 1e-5 });
      // One arm, of which `there` steps are there
      const mask = Uint8Array.from(chunk, (_, i) => (i < 20 * there && i % 20 >= 10 ? 1 : 0));
      const held = unnormaliseActions(byStep, heldActions(byStep, normaliseActions(byStep, chunk, mask), mask));
      const last = (i: number): number => chunk[20 * Math.min(Math.floor(i / 20), there - 1) + (i % 20)] as number;
      expect(held.filter((_, i) => i % 20 >= 10)).toBeAllclose(
        chunk.map((_, i) => last(i)).filter((_, i) => i % 20 >= 10),
        { atol: 1e-4 },
      );
    }),
  );
});

test('joints are measured in units of π', () => {
  const state = new Float32Array(36).fill(Math.PI / 2);
  expect(normaliseState(normalization, state).subarray(10, 18)).toEqual(new Float32Array(8).fill(0.5));
});

test('goes to openpi and comes back', () => {
  const text = toOpenpi(normalization);
  const { state, actions } = JSON.parse(text).norm_stats;
  expect(Object.keys(actions)).toEqual(['mean', 'std', 'q01', 'q99']);
  expect(state.q01).toHaveLength(20);
  const { min, max, ...kept } = statistics();
  expect(fromOpenpi(text)).toEqual({ rotation: 'rmat6d-columns', state: kept, actions: kept });
});

test('is the same map for openpi and after it, also where dimensions are guarded', () => {
  const some = statistics({
    q01: [0.7, 0, -0.001, ...Array(7).fill(-0.5)],
    q99: [0.7, 0, 0.001, ...Array(7).fill(0.5)],
    min: [0.7, 0, -2, ...Array(7).fill(-1)],
    max: [0.7, 1, 2, ...Array(7).fill(1)],
  });
  const before = quantileMap(some);
  expect(before.guarded).toHaveLength(3);
  const after = fromOpenpi(toOpenpi({ ...normalization, actions: some })).actions;
  const map = quantileMap(after);
  expect(map.guarded).toEqual([]);
  expect([...map.offset]).toBeAllclose([...before.offset], { atol: 1e-9 });
  expect([...map.scale]).toBeAllclose([...before.scale], { atol: 1e-9 });
});

test('reads statistics of other action spaces by name', () => {
  const seven = { mean: Array(7).fill(0), std: Array(7).fill(1), q01: Array(7).fill(-1), q99: Array(7).fill(1) };
  expect(parseNormStats(JSON.stringify({ norm_stats: { actions: seven } }))).toEqual({ actions: seven });
  expect(() => fromOpenpi(JSON.stringify({ norm_stats: { state: seven, actions: seven } }))).toThrow(
    'norm_stats.json: "state" has 7 dimensions; ours are 10 (one arm) or 20 (both)',
  );
});

test.each([
  ['{"norm_stats": ', 'norm_stats.json is not JSON'],
  ['{"state": {}}', 'this is no norm_stats.json of openpi'],
  ['{"norm_stats": {"state": {"mean": [0], "std": [1], "q01": null, "q99": null}}}', '"state" has no q01 and q99'],
  ['{"norm_stats": {"state": {"mean": [0], "std": [1], "q01": [0, 0], "q99": [1]}}}', 'differ in length: 1, 1, 2, 1'],
  ['{"norm_stats": {}}', 'has no "state", only nothing'],
])('%s is refused', (text, message) => {
  expect(() => fromOpenpi(text)).toThrow(message);
});

test('refuses statistics that make no sense', () => {
  expect(() => quantileMap(statistics({ q99: Array(10).fill(-1) }))).toThrow('dimension 0 has the quantiles q01 = -0.3, q99 = -1');
  expect(() => quantileMap(statistics({ q01: [Number.NaN, ...Array(9).fill(0)] }))).toThrow('must be finite and ordered');
  expect(() => normaliseActions(normalization, new Float32Array(19))).toThrow('19 values are no vectors of 10 numbers');
  const seven = { mean: [], std: [], q01: Array(7).fill(-1), q99: Array(7).fill(1) };
  expect(() => normaliseActions({ ...normalization, actions: seven }, new Float32Array(20))).toThrow('the statistics have 7 dimensions');
  const left = JSON.parse(toOpenpi(normalization));
  left.norm_stats.actions.q99[13] = 9;
  expect(() => fromOpenpi(JSON.stringify(left))).toThrow('q99 of "actions" differs between the arms at dimension 3');
});
