/** How sure a share is. */

/** A share of trials, and between what it lies in 95 of 100 cases. */
export interface Share {
  readonly successes: number;
  readonly trials: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
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
  const value = successes / trials;
  const middle = value + Z ** 2 / (2 * trials);
  const half = Z * Math.sqrt((value * (1 - value)) / trials + Z ** 2 / (4 * trials ** 2));
  const scale = 1 + Z ** 2 / trials;
  // At the ends rounding must not leave [0, 1].
  return {
    successes,
    trials,
    value,
    low: successes === 0 ? 0 : (middle - half) / scale,
    high: successes === trials ? 1 : (middle + half) / scale,
  };
}
