/**
 * Normalisation of canonical states and actions: one set of statistics for all robots, stored with every checkpoint.
 *
 * Each dimension is mapped by its 1 % and 99 % quantiles to [−1, 1], without clipping, as openpi does (`transforms.py`, `Normalize`
 * with `use_quantiles`): y = (x − q01) / (q99 − q01 + 10⁻⁶) · 2 − 1. Two departures. A dimension whose quantiles hardly differ is
 * guarded: there (openpi #814) one outlier becomes −3200 and drowns the rest. And joints are not mapped by statistics, which would mix
 * the joints of different robots, but measured in units of π.
 *
 * Both arm slots share the statistics of an arm, so that exchanging the slots and normalising may be done in either order.
 */
import { ACTION_DIMS, STATE_DIMS } from './canonical.ts';

/** Of each dimension of a vector, over a whole dataset or mixture. */
export interface DimensionStatistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** 1 % and 99 % quantiles */
  readonly q01: readonly number[];
  readonly q99: readonly number[];
  /** Smallest and largest value; openpi does not store them */
  readonly min?: readonly number[];
  readonly max?: readonly number[];
}

/** What states and actions are normalised with. A part of every checkpoint. */
export interface Normalization {
  /** How rotations are written in both; normalisation of any other convention would be silently wrong. */
  readonly rotation: 'rmat6d-columns';
  /** Of one arm: pose 9, gripper 1 */
  readonly state: DimensionStatistics;
  /** Of one arm and one step: relative pose 9, gripper 1 */
  readonly actions: DimensionStatistics;
}

/** A dimension whose quantiles are closer than this share of its range, or this distance, is guarded. */
const GUARD_SHARE = 0.01;
const GUARD_DISTANCE = 1e-4;

/** What openpi adds to the range of the quantiles before it divides by it. */
export const OPENPI_EPSILON = 1e-6;

/** y = (x − offset) / scale, per dimension. */
export interface AffineMap {
  readonly offset: Float64Array;
  readonly scale: Float64Array;
  /** The dimensions that are guarded, with the reason */
  readonly guarded: readonly { readonly dimension: number; readonly why: string }[];
}

/**
 * The map of each dimension to [−1, 1]. A guarded dimension keeps its middle at 0 and maps its whole range (min to max) to [−1, 1],
 * or, when that is no range either, is only shifted: every value stays finite and the inverse exact.
 * Throws when a quantile is missing, not finite, or q99 < q01.
 */
export function quantileMap({ q01, q99, min, max }: DimensionStatistics): AffineMap {
  if (q01.length !== q99.length) throw new Error(`normalisation: q01 has ${q01.length} dimensions and q99 ${q99.length}`);
  const offset = new Float64Array(q01.length);
  const scale = new Float64Array(q01.length);
  const guarded: { dimension: number; why: string }[] = [];
  for (const [d, low] of q01.entries()) {
    const high = q99[d] as number;
    if (!(Number.isFinite(low) && Number.isFinite(high) && low <= high)) {
      throw new Error(`normalisation: dimension ${d} has the quantiles q01 = ${low}, q99 = ${high}; they must be finite and ordered`);
    }
    const [least, most] = [min?.[d] ?? low, max?.[d] ?? high];
    const range = high - low;
    if (range > GUARD_DISTANCE && range >= GUARD_SHARE * (most - least)) {
      scale[d] = (range + OPENPI_EPSILON) / 2;
      offset[d] = low + (scale[d] as number);
    } else {
      const wide = most - least > GUARD_DISTANCE;
      scale[d] = wide ? (most - least) / 2 : 1;
      offset[d] = wide ? (most + least) / 2 : (low + high) / 2;
      const spread = `98 % of the values lie within ${range.toPrecision(3)}`;
      guarded.push({
        dimension: d,
        why: wide ? `${spread}, but all within ${(most - least).toPrecision(3)}: mapped by min and max` : `${spread}: only shifted`,
      });
    }
  }
  return { offset, scale, guarded };
}

/** Applies the map to vectors that lie one after the other; where `mask` is 0 the result is 0. */
function apply(values: Float32Array, dims: number, map: (value: number, dimension: number) => number, mask?: Uint8Array): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) if (mask?.[i] !== 0) out[i] = map(values[i] as number, i % dims);
  return out;
}

/** f32[…, 10] → f32[…, 10]: actions of arms, normalised. Where the mask is 0 the result is 0. */
export function normaliseActions({ actions }: Pick<Normalization, 'actions'>, values: Float32Array, mask?: Uint8Array): Float32Array {
  const { offset, scale } = mapOf(actions, values);
  return apply(values, ACTION_DIMS, (x, d) => (x - (offset[d] as number)) / (scale[d] as number), mask);
}

/** The inverse of `normaliseActions`. */
export function unnormaliseActions({ actions }: Pick<Normalization, 'actions'>, values: Float32Array, mask?: Uint8Array): Float32Array {
  const { offset, scale } = mapOf(actions, values);
  return apply(values, ACTION_DIMS, (y, d) => y * (scale[d] as number) + (offset[d] as number), mask);
}

/** f32[…, STATE_DIMS] → the same: states of arms; poses and grippers by statistics, joints in units of π. */
export function normaliseState({ state }: Normalization, values: Float32Array, mask?: Uint8Array): Float32Array {
  const { offset, scale } = mapOf(state, values, STATE_DIMS);
  const map = (x: number, d: number): number => (d < ACTION_DIMS ? (x - (offset[d] as number)) / (scale[d] as number) : x / Math.PI);
  return apply(values, STATE_DIMS, map, mask);
}

/** The inverse of `normaliseState`. */
export function unnormaliseState({ state }: Normalization, values: Float32Array, mask?: Uint8Array): Float32Array {
  const { offset, scale } = mapOf(state, values, STATE_DIMS);
  const map = (y: number, d: number): number => (d < ACTION_DIMS ? y * (scale[d] as number) + (offset[d] as number) : y * Math.PI);
  return apply(values, STATE_DIMS, map, mask);
}

const maps = new WeakMap<DimensionStatistics, AffineMap>();

/** The map of statistics of an arm, made once. Throws when the values are not vectors of `dims` numbers. */
function mapOf(statistics: DimensionStatistics, values: Float32Array, dims: number = ACTION_DIMS): AffineMap {
  if (values.length % dims !== 0) throw new Error(`normalisation: ${values.length} values are no vectors of ${dims} numbers`);
  const known = maps.get(statistics);
  if (known) return known;
  const map = quantileMap(statistics);
  if (map.scale.length !== ACTION_DIMS) {
    throw new Error(`normalisation: the statistics have ${map.scale.length} dimensions, but an arm has ${ACTION_DIMS}: pose 9, gripper 1`);
  }
  maps.set(statistics, map);
  return map;
}
