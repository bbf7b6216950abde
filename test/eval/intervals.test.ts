import { describe, expect, test } from 'vitest';
import { formatInterval, meanShare, wilson } from '../../src/eval/intervals.ts';

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
    expect(formatInterval(wilson(17, 20))).toBe('85.0 (64.0–94.8)');
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

describe('the mean of shares', () => {
  test('of as many trials each is as sure as all trials together', () => {
    const { value, low, high } = wilson(31, 60);
    const mean = meanShare([wilson(17, 20), wilson(11, 20), wilson(3, 20)]);
    expect(mean.value).toBeCloseTo(value, 12);
    expect(mean.low).toBeCloseTo(low, 12);
    expect(mean.high).toBeCloseTo(high, 12);
  });

  test('counts each the same, and is as unsure as the smallest makes it', () => {
    const mean = meanShare([wilson(1000, 1000), wilson(0, 2)]);
    expect(mean.value).toBe(0.5);
    expect(mean.high - mean.low).toBeGreaterThan(0.5);
    expect(meanShare([wilson(3, 3), wilson(7, 7), wilson(1, 1)])).toMatchObject({ value: 1, high: 1 });
  });

  test('of nothing there is none', () => {
    expect(() => meanShare([])).toThrow('no shares');
  });
});
