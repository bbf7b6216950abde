/**
 * Normalisation of canonical states and actions: one set of statistics for all robots, stored with every checkpoint.
 *
 * Each dimension is mapped by its 1 % and 99 % quantiles to [−1, 1], without clipping, as openpi does (`transforms.py`, `Normalize`
 * with `use_quantiles`): y = (x − q01) / (q99 − q01 + 10⁻⁶) · 2 − 1. Two departures. A dimension whose quantiles hardly differ is
 * guarded: there (openpi #814) one outlier becomes −3200 and drowns the rest. And joints are not mapped by statistics, which would mix
 * the joints of different robots, but measured in units of π.
 *
 * Actions may instead be mapped step by step: a chunk's last step is thirty times as far as its first, and with one scale for all, errors
 * in the first steps, which are those that are carried out, hardly count (see `StepStatistics`).
 *
 * Both arm slots share the statistics of an arm, so that exchanging the slots and normalising may be done in either order.
 */
import { ACTION_DIMS, ARMS, POSE_DIMS, STATE_DIMS } from './canonical.ts';

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

/** Of one step of all chunks, by dimension. */
export interface StepStatistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Of actions. */
export interface ActionStatistics extends DimensionStatistics {
  /** By step of a chunk: where it is given, actions are mapped by it, and not by the quantiles of all steps together */
  readonly steps?: readonly StepStatistics[];
}

/** What states and actions are normalised with. A part of every checkpoint. */
export interface Normalization {
  /** How rotations are written in both; normalisation of any other convention would be silently wrong. */
  readonly rotation: 'rmat6d-columns';
  /** Of one arm: pose 9, gripper 1 */
  readonly state: DimensionStatistics;
  /** Of one arm: relative pose 9, gripper 1 */
  readonly actions: ActionStatistics;
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

/** Standard deviations of a step that are mapped to [−1, 1]: about as many values of a normal distribution as between its quantiles */
const DEVIATIONS = 2;
/** No step is mapped finer than this: metres, entries of a rotation, shares of a gripper's stroke. What is smaller need not be told apart. */
const [FINEST_METRES, FINEST_ROTATION, FINEST_GRIPPER] = [0.005, 0.05, 0.05];
const finest = (dimension: number): number => (dimension < 3 ? FINEST_METRES : dimension < POSE_DIMS ? FINEST_ROTATION : FINEST_GRIPPER);

/** The map of each step and dimension, [K, ARMS, ACTION_DIMS]: mean ± DEVIATIONS standard deviations to [−1, 1]. */
function stepMap(steps: readonly StepStatistics[]): Pick<AffineMap, 'offset' | 'scale'> {
  const both = (of: (step: StepStatistics) => readonly number[]): Float64Array =>
    Float64Array.from(steps.flatMap((step) => ARMS.flatMap(() => [...of(step)])));
  return {
    offset: both(({ mean }) => mean),
    scale: both(({ std }) => std).map((std, i) => Math.max(DEVIATIONS * std, finest(i % ACTION_DIMS))),
  };
}

/** Applies the map to vectors that lie one after the other; where `mask` is 0 the result is 0. */
function apply(values: Float32Array, dims: number, map: (value: number, dimension: number) => number, mask?: Uint8Array): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) if (mask?.[i] !== 0) out[i] = map(values[i] as number, i % dims);
  return out;
}

/** f32[…, K, ARMS, 10] → the same: actions of arms, normalised. Where the mask is 0 the result is 0. */
export function normaliseActions({ actions }: Pick<Normalization, 'actions'>, values: Float32Array, mask?: Uint8Array): Float32Array {
  const { offset, scale } = actionMapOf(actions, values);
  return apply(values, scale.length, (x, d) => (x - (offset[d] as number)) / (scale[d] as number), mask);
}

/** The inverse of `normaliseActions`. */
export function unnormaliseActions({ actions }: Pick<Normalization, 'actions'>, values: Float32Array, mask?: Uint8Array): Float32Array {
  const { offset, scale } = actionMapOf(actions, values);
  return apply(values, scale.length, (y, d) => y * (scale[d] as number) + (offset[d] as number), mask);
}

/**
 * A normalised chunk f32[K, ARMS, 10] without its end: steps after the last one that is there say what that one does, and stay there. For
 * tokens, which tell a whole chunk or nothing; `mask` is 0 where a chunk goes on after the end of an episode.
 */
export function heldActions({ actions }: Pick<Normalization, 'actions'>, normalised: Float32Array, mask: Uint8Array): Float32Array {
  const { offset, scale } = actionMapOf(actions, normalised);
  const held = normalised.slice();
  const each = ARMS.length * ACTION_DIMS;
  for (let i = each; i < held.length; i++) {
    if (mask[i] !== 0 || mask[i % each] === 0) continue;
    const [before, now] = [(i - each) % scale.length, i % scale.length];
    const value = (held[i - each] as number) * (scale[before] as number) + (offset[before] as number);
    held[i] = (value - (offset[now] as number)) / (scale[now] as number);
  }
  return held;
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
const stepMaps = new WeakMap<readonly StepStatistics[], Pick<AffineMap, 'offset' | 'scale'>>();

/** The map of actions: of each dimension, or of each step and arm as well. Throws when the values are not such vectors, or chunks. */
function actionMapOf(actions: ActionStatistics, values: Float32Array): Pick<AffineMap, 'offset' | 'scale'> {
  const { steps } = actions;
  if (!steps) return mapOf(actions, values);
  const chunk = steps.length * ARMS.length * ACTION_DIMS;
  if (values.length % chunk !== 0)
    throw new Error(
      `normalisation: ${values.length} values are no chunks of ${steps.length} steps, ${ARMS.length} arms and ${ACTION_DIMS} numbers`,
    );
  const known = stepMaps.get(steps);
  if (known) return known;
  const wrong = steps.findIndex(({ mean, std }) => mean.length !== ACTION_DIMS || std.length !== ACTION_DIMS);
  if (wrong >= 0) throw new Error(`normalisation: the statistics of step ${wrong} have not ${ACTION_DIMS} dimensions, as an arm has`);
  const map = stepMap(steps);
  stepMaps.set(steps, map);
  return map;
}

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
