/** Dimensions that there is nothing to normalise by, and features that are no vectors. */
import type { FeatureStatistics } from './statistics.ts';

/** Features with more numbers in a row than this are pictures in all but name: nobody looks at statistics of each. */
export const WIDEST = 512;

/** When a dimension is hardly one. */
export interface DegenerateOptions {
  /** What errors and reports call the dimensions; their numbers unless given */
  readonly names?: readonly string[];
  /** Least q99 − q01, in the units of the feature; 1e-6 */
  readonly absolute?: number;
  /** Least q99 − q01 as a part of the larger magnitude of the two; 1e-4 */
  readonly relative?: number;
  /** Most that max − min may be as a multiple of q99 − q01; 100 */
  readonly outliers?: number;
}

/** A dimension that normalisation by quantiles would blow up. */
export interface DegenerateDimension {
  readonly dimension: number;
  readonly name: string;
  readonly q01: number;
  readonly q99: number;
  readonly min: number;
  readonly max: number;
  /** A clause for a message */
  readonly why: string;
}

/**
 * The dimensions whose q99 − q01 is too small to divide by: joints that never move, grippers that are hardly ever used, columns
 * of padding. Divided by it, noise fills the whole range and the few other values are hundreds of times larger.
 */
export function degenerateDimensions(statistics: FeatureStatistics, options: DegenerateOptions = {}): DegenerateDimension[] {
  const { names, absolute = 1e-6, relative = 1e-4, outliers = 100 } = options;
  return statistics.count.flatMap((count, dimension) => {
    const at = (values: readonly number[]): number => values[dimension] as number;
    const [q01, q99] = [at(statistics.quantiles.q01), at(statistics.quantiles.q99)];
    const [min, max] = [at(statistics.min), at(statistics.max)];
    const range = q99 - q01;
    const least = Math.max(absolute, relative * Math.max(Math.abs(q01), Math.abs(q99)));
    const why = (): string | undefined => {
      if (count === 0) return 'it has no values';
      if (min === max) return `it is always ${min}`;
      if (range < least) return `98 % of its values are within ${range} of one another, which is less than ${least}`;
      if (max - min > outliers * range) return `98 % of its values are in 1/${Math.round((max - min) / range)} of its whole range`;
      return undefined;
    };
    const reason = why();
    return reason === undefined ? [] : [{ dimension, name: names?.[dimension] ?? `${dimension}`, q01, q99, min, max, why: reason }];
  });
}
