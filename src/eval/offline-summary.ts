/** Errors of many moments as means, and how sure they are. */
import { ARMS, type Arm } from '../robot/canonical.ts';
import { randomStream } from '../tensor/random.ts';
import { type ChunkErrors, ERROR_KINDS, type ErrorKind } from './offline.ts';

/** A mean by step of the horizon, and between what it lies in 95 of 100 cases; NaN where nothing was recorded. */
export interface Curve {
  readonly value: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** An arm, or both together: the mean of the two. */
export type ArmOrBoth = Arm | 'both';

/** Curves by arm and by what is wrong. Arms that there are not are missing, and so is `both` then. */
export type ErrorCurves = { readonly [arm in ArmOrBoth]?: Readonly<Record<ErrorKind, Curve>> };

/** Errors of one moment. */
export interface MomentErrors {
  /** Position of the episode */
  readonly episode: number;
  readonly errors: ChunkErrors;
}

/**
 * Where intervals come from: 2,000 samples of as many episodes, drawn with replacement (percentiles of the bootstrap); of one episode,
 * standard errors over its moments, as if these were independent, which neighbours are not.
 */
export type IntervalKind = 'bootstrap over episodes' | 'standard errors over the moments of one episode';

/** Samples of the bootstrap */
const SAMPLES = 2000;
/** The 97.5 % quantile of the normal distribution */
const Z = 1.959963984540054;

/** Where the intervals of such moments come from. */
export const intervalKind = (moments: readonly Pick<MomentErrors, 'episode'>[]): IntervalKind =>
  new Set(moments.map(({ episode }) => episode)).size > 1 ? 'bootstrap over episodes' : 'standard errors over the moments of one episode';

/** Means over moments, each counting the same, by arm, kind and step. `seed` is the bootstrap's. Throws without moments. */
export function errorCurves(moments: readonly MomentErrors[], seed: number): ErrorCurves {
  if (moments.length === 0) throw new Error('there are no moments to take the mean of');
  const episodes = [...new Set(moments.map(({ episode }) => episode))];
  const samples = episodes.length > 1 ? drawSamples(episodes.length, seed) : [];
  const steps = (moments[0] as MomentErrors).errors.translation.length / ARMS.length;
  const groups = episodes.map((episode) => moments.filter((one) => one.episode === episode).map(({ errors }) => errors));
  const curve = (read: (errors: ChunkErrors, step: number) => number): Curve => {
    const all = Array.from({ length: steps }, (_, step) => {
      const values = groups.map((group) => group.map((errors) => read(errors, step)).filter((value) => !Number.isNaN(value)));
      return samples.length > 0 ? bootstrap(values, samples) : standardError(values.flat());
    });
    return { value: all.map(([value]) => value), low: all.map(([, low]) => low), high: all.map(([, , high]) => high) };
  };
  const kinds = (read: (values: Float64Array, step: number) => number): Record<ErrorKind, Curve> =>
    Object.fromEntries(ERROR_KINDS.map((kind) => [kind, curve((errors, step) => read(errors[kind], step))])) as never;
  const present = ARMS.filter((_, slot) =>
    moments.some(({ errors }) => errors.translation.some((value, i) => i % ARMS.length === slot && !Number.isNaN(value))),
  );
  const at = (values: Float64Array, step: number, arm: Arm): number => values[step * ARMS.length + ARMS.indexOf(arm)] as number;
  return {
    ...(present.length > 1 && { both: kinds((values, step) => mean(present.map((arm) => at(values, step, arm)))) }),
    ...Object.fromEntries(present.map((arm) => [arm, kinds((values, step) => at(values, step, arm))])),
  };
}

/** How often each of some episodes is in each sample of the bootstrap. */
function drawSamples(episodes: number, seed: number): Uint32Array[] {
  const random = randomStream(seed, 'bootstrap');
  return Array.from({ length: SAMPLES }, () => {
    const times = new Uint32Array(episodes);
    for (let i = 0; i < episodes; i++) (times[random.integer(episodes)] as number)++;
    return times;
  });
}

type Estimate = readonly [value: number, low: number, high: number];

/** The mean of values by episode. Samples that have none of them say nothing. */
function bootstrap(values: readonly (readonly number[])[], samples: readonly Uint32Array[]): Estimate {
  const sums = values.map((own) => own.reduce((sum, value) => sum + value, 0));
  const means = samples
    .map((times) => {
      let [sum, count] = [0, 0];
      for (const [i, often] of times.entries()) {
        sum += often * (sums[i] as number);
        count += often * (values[i] as readonly number[]).length;
      }
      return sum / count;
    })
    .filter((value) => !Number.isNaN(value))
    .sort((a, b) => a - b);
  const quantile = (share: number): number => means[Math.round(share * (means.length - 1))] ?? Number.NaN;
  return [mean(values.flat()), quantile(0.025), quantile(0.975)];
}

function standardError(values: readonly number[]): Estimate {
  const value = mean(values);
  const variance = values.reduce((sum, one) => sum + (one - value) ** 2, 0) / (values.length - 1);
  const half = Z * Math.sqrt(variance / values.length);
  return [value, value - half, value + half];
}

/** NaN without values */
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
