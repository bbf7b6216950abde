/** How sure a share is. */

/** A number from 0 to 1, and between what it lies in 95 of 100 cases. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A share of trials. */
export interface Share extends Interval {
  readonly successes: number;
  readonly trials: number;
}

/** The 97.5 % quantile of the normal distribution */
const Z = 1.959963984540054;

/**
 * Wilson's score interval (Wilson 1927), 95 %: unlike the normal one it makes sense for few trials, and for none or all successes. Throws
 * unless there are trials, and no more successes than these.
 */
export function wilson(successes: number, trials: number): Share {
  if (!(Number.isInteger(trials) && trials > 0 && Number.isInteger(successes) && successes >= 0 && successes <= trials)) {
    throw new Error(`${successes} successes in ${trials} trials: expected whole numbers, and trials`);
  }
  return { successes, trials, ...scoreInterval(successes / trials, trials) };
}

/**
 * The mean of shares, each counting the same, as the paper averages suites. Its interval is that of as many trials as would give a mean of
 * this variance, k² / Σ 1/nᵢ: all of them together when each share has as many. Throws without shares.
 */
export function meanShare(shares: readonly Share[]): Interval {
  if (shares.length === 0) throw new Error('there are no shares to take the mean of');
  const mean = shares.reduce((sum, { value }) => sum + value, 0) / shares.length;
  return scoreInterval(mean, shares.length ** 2 / shares.reduce((sum, { trials }) => sum + 1 / trials, 0));
}

function scoreInterval(value: number, trials: number): Interval {
  const middle = value + Z ** 2 / (2 * trials);
  const half = Z * Math.sqrt(Math.max(0, value * (1 - value)) / trials + Z ** 2 / (4 * trials ** 2));
  const scale = 1 + Z ** 2 / trials;
  // At the ends rounding must not leave [0, 1].
  return { value, low: value <= 0 ? 0 : (middle - half) / scale, high: value >= 1 ? 1 : (middle + half) / scale };
}

/** `85.0 (74.1–92.0)`, in per cent */
export function formatInterval({ value, low, high }: Interval): string {
  const percent = (share: number): string => (100 * share).toFixed(1);
  return `${percent(value)} (${percent(low)}–${percent(high)})`;
}
