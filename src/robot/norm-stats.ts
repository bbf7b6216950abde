/**
 * openpi's `norm_stats.json`, read and written (openpi: shared/normalize.py): `{"norm_stats": {"state": {mean, std, q01, q99},
 * "actions": {…}}}`, under `assets/<asset_id>/` of a checkpoint there. Its vectors hold both arm slots, left before right.
 */
import * as z from 'zod';
import { ACTION_DIMS } from './canonical.ts';
import { type DimensionStatistics, type Normalization, OPENPI_EPSILON, quantileMap } from './normalization.ts';

const vector = z.array(z.number());
const file = z.object({
  norm_stats: z.record(z.string(), z.object({ mean: vector, std: vector, q01: vector.nullish(), q99: vector.nullish() })),
});

/**
 * The statistics of every key of a norm_stats.json. Throws when it is none, when the vectors of a key differ in length, and when
 * it has no quantiles (openpi writes them as null where it normalises by mean and deviation).
 */
export function parseNormStats(text: string): Readonly<Record<string, DimensionStatistics>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`norm_stats.json is not JSON: ${(error as Error).message}`);
  }
  const parsed = file.safeParse(json);
  if (!parsed.success) throw new Error(`this is no norm_stats.json of openpi: ${z.prettifyError(parsed.error)}`);
  return Object.fromEntries(
    Object.entries(parsed.data.norm_stats).map(([key, { mean, std, q01, q99 }]) => {
      if (!q01 || !q99) throw new Error(`norm_stats.json: "${key}" has no q01 and q99; compute its statistics with quantiles`);
      const lengths = [mean, std, q01, q99].map((values) => values.length);
      if (new Set(lengths).size > 1) {
        throw new Error(`norm_stats.json: mean, std, q01 and q99 of "${key}" differ in length: ${lengths.join(', ')}`);
      }
      return [key, { mean, std, q01, q99 }];
    }),
  );
}

/** The text of a norm_stats.json that openpi loads. Smallest and largest values have no place in it. */
function formatNormStats(statistics: Readonly<Record<string, DimensionStatistics>>): string {
  const entries = Object.entries(statistics).map(([key, { mean, std, q01, q99 }]) => [key, { mean, std, q01, q99 }]);
  return `${JSON.stringify({ norm_stats: Object.fromEntries(entries) }, null, 2)}\n`;
}

/**
 * A normalisation as openpi's file: 2 × 10 numbers for `state` (poses and grippers; joints need no statistics) and for `actions`. The
 * quantiles of guarded dimensions are replaced by those with which openpi's formula gives our values, and does not divide by almost 0.
 * Throws for actions that are normalised step by step, for which that file has no place.
 */
export function toOpenpi({ state, actions }: Normalization): string {
  if (actions.steps)
    throw new Error('norm_stats.json has one scale for all steps of a chunk, but these actions are normalised step by step');
  const twice = (values: ArrayLike<number>): number[] => [...Array.from(values), ...Array.from(values)];
  const both = (statistics: DimensionStatistics) => {
    const { offset, scale, guarded } = quantileMap(statistics);
    const [q01, q99] = [[...statistics.q01], [...statistics.q99]];
    for (const { dimension: d } of guarded) {
      q01[d] = (offset[d] as number) - (scale[d] as number);
      q99[d] = (offset[d] as number) + (scale[d] as number) - OPENPI_EPSILON;
    }
    return { mean: twice(statistics.mean), std: twice(statistics.std), q01: twice(q01), q99: twice(q99) };
  };
  return formatNormStats({ state: both(state), actions: both(actions) });
}

/**
 * A normalisation from openpi's file: vectors of one arm (10 numbers) or of both (20). Throws when the two arms differ, since ours
 * share their statistics, or when the vectors have other lengths, which then belong to another action space.
 */
export function fromOpenpi(text: string): Normalization {
  const parsed = parseNormStats(text);
  return { rotation: 'rmat6d-columns', state: ofOneArm(parsed, 'state'), actions: ofOneArm(parsed, 'actions') };
}

function ofOneArm(parsed: Readonly<Record<string, DimensionStatistics>>, key: string): DimensionStatistics {
  const statistics = parsed[key];
  if (!statistics) throw new Error(`norm_stats.json has no "${key}", only ${Object.keys(parsed).join(', ') || 'nothing'}`);
  const dims = statistics.mean.length;
  if (dims !== ACTION_DIMS && dims !== 2 * ACTION_DIMS) {
    throw new Error(`norm_stats.json: "${key}" has ${dims} dimensions; ours are ${ACTION_DIMS} (one arm) or ${2 * ACTION_DIMS} (both)`);
  }
  const arm = (name: 'mean' | 'std' | 'q01' | 'q99'): number[] => {
    const left = statistics[name].slice(0, ACTION_DIMS);
    const differs = statistics[name].slice(ACTION_DIMS).findIndex((value, i) => value !== left[i]);
    if (differs >= 0) {
      throw new Error(`norm_stats.json: ${name} of "${key}" differs between the arms at dimension ${differs}; ours share statistics`);
    }
    return left;
  };
  return { mean: arm('mean'), std: arm('std'), q01: arm('q01'), q99: arm('q99') };
}
