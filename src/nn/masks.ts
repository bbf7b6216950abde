/**
 * Who may attend to whom: booleans, true where a query sees a key, that broadcast to [B, H, T, S]. `attention` takes them as they
 * are, or anything to be added to its scores.
 */
import type { DType } from '../tensor/dtype.ts';
import { hostTensor } from '../tensor/host.ts';
import { broadcastTo } from '../tensor/ops/broadcast.ts';
import { and, equal, lessOrEqual, not, where } from '../tensor/ops/compare.ts';
import { concat, reshape } from '../tensor/ops/layout.ts';
import { broadcastShapes } from '../tensor/shape.ts';
import { constant, full, scalar, type Tensor } from '../tensor/tensor.ts';

/**
 * Scores of hidden keys. Finite, so that a query that sees nothing (padding) gets an average and not a NaN; low enough that
 * e^(score − maximum) is exactly 0 beside any visible key.
 */
const hidden = (dtype: DType): number => (dtype === 'f16' ? -3e4 : -1e9);

/** What attention adds to its scores: 0 where `visible` (bool) holds, a very negative number elsewhere. */
export function additiveMask(visible: Tensor, dtype: DType = 'f32'): Tensor {
  return where(visible, scalar(dtype, 0), scalar(dtype, hidden(dtype)));
}

/** Keys up to the query's own position, for `tokens` queries and keys: bool[T, T]. */
export function causalMask(tokens: number): Tensor {
  const positions = Array.from({ length: tokens }, (_, i) => i);
  const along = (shape: readonly number[]): Tensor => constant(hostTensor('i32', shape, positions));
  return lessOrEqual(along([1, tokens]), along([tokens, 1]));
}

/** Ids known when the graph is made, one for each of T tokens; or i32[B, T] or i64[B, T]. */
export type SegmentIds = readonly number[] | Tensor;

/**
 * Keys in the query's own segment (a window, an image, a document): bool[B, 1, T, S], B = 1 for static ids. Keys may have ids of
 * their own, for cross-attention.
 */
export function segmentMask(queries: SegmentIds, keys: SegmentIds = queries): Tensor {
  const ids = (of: SegmentIds): Tensor => ('node' in of ? of : constant(hostTensor('i32', [1, of.length], of)));
  return equal(asQueries(ids(queries)), asKeys(ids(keys)));
}

/** Keys that are real: bool[B, S] → bool[B, 1, 1, S]. */
export const keyMask = (real: Tensor): Tensor => asKeys(real);

/** All but the given keys for the given queries: queries bool[B, T], keys bool[B, S] → bool[B, 1, T, S]. Drops a modality, say. */
export const exceptMask = (queries: Tensor, keys: Tensor): Tensor => not(and(asQueries(queries), asKeys(keys)));

/** Keys that all of the masks show. */
export const allMasks = (first: Tensor, ...others: readonly Tensor[]): Tensor => others.reduce(and, first);

/**
 * The mask for keys one after another, such as another network's and one's own: each part is the mask of its keys, or their
 * number where all are visible. All masks are booleans, or all are to be added.
 */
export function joinMasks(parts: readonly (Tensor | number)[]): Tensor {
  const masks = parts.filter((part) => typeof part !== 'number');
  const dtype = masks[0]?.dtype ?? 'bool';
  const rows = broadcastShapes([1], ...masks.map(({ shape }) => shape.slice(0, -1)));
  const widened = parts.map((part) =>
    typeof part === 'number'
      ? full(dtype, [...rows, part], dtype === 'bool' ? 1 : 0)
      : broadcastTo(part, [...rows, part.shape.at(-1) as number]),
  );
  return concat(widened, -1);
}

/** [B, T] → [B, 1, T, 1] */
const asQueries = (x: Tensor): Tensor => reshape(x, [x.shape[0] as number, 1, x.shape[1] as number, 1]);
/** [B, S] → [B, 1, 1, S] */
const asKeys = (x: Tensor): Tensor => reshape(x, [x.shape[0] as number, 1, 1, x.shape[1] as number]);
