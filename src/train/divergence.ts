/**
 * Gradients that explode. One large gradient is no divergence, as it is clipped; several in a row are, and each makes the weights worse. What is
 * large is told by the calmest hundred updates that the run has had: optimisers that do not mind the scale of gradients let a run fall apart
 * so slowly that a median of the last hundred would follow. The watch is a pure function of norms, and kept with the state of a run: one that
 * was stopped goes on with it, and ends where another would.
 */

/** What comes before the names of parameters in the file of a batch with which training diverged. */
export const PARAMETERS = 'parameters.';

/** When the norms of gradients are those of a run that explodes. */
export interface ExplosionRule {
  /**
   * A norm is an outlier above so many times the least median of a hundred norms so far, or the largest norm that is not clipped where that
   * is more: gradients may vanish and come back. 100 by default
   */
  readonly times?: number;
  /** Outliers in a row; 3 by default */
  readonly inARow?: number;
}

/** Norms that medians are of; a run that has not had as many is not judged: gradients are large at first. */
const MEDIAN_OF = 100;

/** Updates whose gradients were too large, one after the other. */
export class ExplosionError extends Error {
  /** The first of them */
  readonly from: number;

  constructor(norms: readonly number[], limit: number, from: number) {
    const said = norms.map((norm) => norm.toPrecision(3)).join(', ');
    super(`the gradient explodes from update ${from} on: its norm is ${said}, and more than ${limit.toPrecision(3)} is too much`);
    this.name = 'ExplosionError';
    this.from = from;
  }
}

/** What is known of the norms of a run: JSON. */
export interface NormWatch {
  /** The last norms, the oldest first */
  readonly norms: readonly number[];
  /** The least median of a hundred; nothing before there were as many */
  readonly calmest?: number;
  /** Outliers at the end: above 0, nobody knows yet whether the run explodes */
  readonly outliers: number;
}

/** What is known before the first update. */
export const NO_NORMS: NormWatch = { norms: [], outliers: 0 };

/** What is known after one more update, the `step`-th of the run. Throws an ExplosionError when that was the last outlier that is borne. */
export function watchNorm(
  { norms: before, calmest: calmestBefore }: NormWatch,
  norm: number,
  step: number,
  { times = 100, inARow = 3 }: ExplosionRule = {},
  clipNorm = 0,
): NormWatch {
  const norms = [...before, norm].slice(-MEDIAN_OF - inARow);
  // Of the updates before the last ones, which are judged.
  const judging = norms.slice(0, -inARow).slice(-MEDIAN_OF);
  if (judging.length < MEDIAN_OF) return { norms, outliers: 0 };
  const calmest = Math.min(calmestBefore ?? Number.POSITIVE_INFINITY, median(judging));
  const limit = times * Math.max(calmest, clipNorm);
  const judged = norms.slice(-inARow);
  const outliers = inARow - 1 - judged.findLastIndex((one) => one <= limit);
  if (outliers < inARow) return { norms, calmest, outliers };
  throw new ExplosionError(judged, limit, step - inARow + 1);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2;
}
