import { describe, expect, test } from 'vitest';
import { firstDifference, formatShare, sharesBy, suiteOf, type TrialResult, trialsOf } from '../../src/eval/evaluation.ts';
import { wilson } from '../../src/eval/intervals.ts';

describe("Wilson's interval", () => {
  // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of %d in %d is as published', (successes, trials, low, high) => {
    const share = wilson(successes, trials);
    expect([share.low, share.high].map((bound) => Number(bound.toFixed(4)))).toEqual([low, high]);
    expect(share.value).toBe(successes / trials);
  });

  test('of failures mirrors that of successes, and ends at 0 and 1', () => {
    for (const [successes, trials] of [
      [3, 7],
      [0, 5],
      [5, 5],
    ] as const) {
      const [share, other] = [wilson(successes, trials), wilson(trials - successes, trials)];
      expect(other.low).toBeCloseTo(1 - share.high, 12);
      expect(other.high).toBeCloseTo(1 - share.low, 12);
    }
    expect(wilson(5, 5).high).toBe(1);
    expect(formatShare(wilson(17, 20))).toBe('85.0 (64.0–94.8)');
  });

  test.each([
    [1, 0],
    [2, 1],
    [-1, 3],
    [0.5, 3],
  ])('refuses %d in %d', (successes, trials) => {
    expect(() => wilson(successes, trials)).toThrow('expected whole numbers, and trials');
  });
});

const result = (task: string, seed: number, success: boolean, steps = 10): TrialResult => ({ task, seed, success, steps, instruction: '' });

test('trials are counted by what they are called', () => {
  const settings = { tasks: ['object/a', 'goal/b'], robot: 'panda', trials: 3, seed: 5, perturb: [], replan: 10, batch: 2 };
  expect(trialsOf(settings).map((group) => group.map(({ task, seed }) => `${task} ${seed}`))).toEqual([
    ['object/a 5', 'object/a 6'],
    ['object/a 7'],
    ['goal/b 5', 'goal/b 6'],
    ['goal/b 7'],
  ]);
  const results = [result('object/a', 5, true), result('object/a', 6, false), result('object/c', 5, true), result('goal/b', 5, false)];
  const shares = sharesBy(results, suiteOf);
  expect([...shares].map(([name, { successes, trials }]) => [name, successes, trials])).toEqual([
    ['object', 2, 3],
    ['goal', 0, 1],
  ]);
});

test('the first difference of two evaluations is named', () => {
  const before = [result('object/a', 5, true), result('object/a', 6, false)];
  expect(firstDifference(before, [...before].reverse())).toBeUndefined();
  expect(firstDifference(before, [before[0] as TrialResult, result('object/a', 6, false, 11)])).toBe(
    'object/a, seed 6 failed after 10 steps, and now failed after 11 steps',
  );
  expect(firstDifference(before, before.slice(1))).toBe('object/a, seed 5 is missing');
});
