/** Scaled-dot-product attention. */
import { CONTRIB, type Lowering, type LoweringNode } from '../lowering.ts';
import { broadcastShapes, type Shape, sameShape } from '../shape.ts';
import { apply, type Op, type OpNode, output, type Tensor, type TensorType, zeros } from '../tensor.ts';
import { add, mul, sub } from './arithmetic.ts';
import { sum, sumTo } from './broadcast.ts';
import { requireFloat, sameDType } from './elementwise.ts';
import { reshape, transpose } from './layout.ts';
import { matmul } from './matmul.ts';

interface AttentionAttributes {
  readonly scale: number;
}

interface Sizes {
  readonly batch: number;
  readonly heads: number;
  readonly groups: number;
  readonly queries: number;
  readonly keys: number;
  readonly width: number;
}

function sizesOf([q, k]: readonly TensorType[]): Sizes {
  const [batch, queries, heads, width] = (q as TensorType).shape as [number, number, number, number];
  const [, keys, groups] = (k as TensorType).shape as [number, number, number, number];
  return { batch, heads, groups, queries, keys, width };
}

/** [B, T, H, d] → [B, H, T, d], and the other way round */
const swapHeads = [0, 2, 1, 3] as const;

/**
 * inputs: q [B, T, H, d], k and v [B, S, G, d] with H a multiple of G, mask (added) broadcasting to [B, H, T, S].
 * outputs: o [B, T, H, d], probabilities [B, H, T, S]. When nothing reads the probabilities, that is outside training, and there
 * is no mask, the engine's fused kernel is used and they never exist: it is the faster one only then. Query heads that share a key
 * head are folded into rows.
 */
const Attention: Op<AttentionAttributes> = {
  name: 'Attention',
  infer: (inputs) => {
    const dtype = sameDType(inputs);
    requireFloat({ dtype, shape: [] });
    const [q, k, v, mask] = inputs.map(({ shape }) => shape) as [
      readonly number[],
      readonly number[],
      readonly number[],
      readonly number[] | undefined,
    ];
    if (q.length !== 4 || k.length !== 4 || v.length !== 4) throw new Error('q, k and v must be [batch, time, heads, width]');
    const { batch, heads, groups, queries, keys, width } = sizesOf(inputs);
    if (k[0] !== batch || k[3] !== width) throw new Error('k must have the batch and the width of q');
    if (!sameShape(v.slice(0, 3), k.slice(0, 3))) throw new Error('v must have the batch, time and heads of k');
    if (heads % groups !== 0) throw new Error(`${heads} query heads do not divide among ${groups} key heads`);
    const scores = [batch, heads, queries, keys];
    if (mask && !sameShape(broadcastShapes(mask, scores), scores)) throw new Error(`mask must broadcast to [${scores.join(', ')}]`);
    return [
      { dtype, shape: [batch, queries, heads, v[3] as number] },
      { dtype, shape: scores },
    ];
  },
  gradient: ([gradient, ofProbabilities], node, needs) => {
    const [q, k, v, mask] = node.inputs as [Tensor, Tensor, Tensor, Tensor | undefined];
    const { scale } = node.attributes;
    const { batch, heads, groups, queries, keys } = sizesOf(node.inputs);
    const result = output(node as OpNode, 0);
    const g = gradient ?? zeros(result.dtype, result.shape);
    const perGroup = (heads / groups) * queries;
    const folded = (x: Tensor): Tensor => reshape(transpose(x, swapHeads), [batch, groups, perGroup, x.shape[3] as number]);
    const unfolded = (x: Tensor, like: Tensor): Tensor =>
      transpose(reshape(x, [batch, like.shape[2] as number, like.shape[1] as number, like.shape[3] as number]), swapHeads);
    const [key, value] = [transpose(k, swapHeads), transpose(v, swapHeads)];
    const probabilities = output(node as OpNode, 1);
    const rows = reshape(probabilities, [batch, groups, perGroup, keys]);
    const dOut = folded(g);
    const throughOutput = matmul(dOut, value, { transposeB: true });
    const last = { axes: -1, keepDims: true };
    // Row sums of dP∘P equal those of dO∘O, which are cheaper (Dao et al., FlashAttention, appendix B.2), unless the
    // probabilities have a gradient of their own, as in second derivatives.
    const dRows = ofProbabilities ? add(throughOutput, reshape(ofProbabilities, rows.shape)) : throughOutput;
    const rowSums = ofProbabilities ? sum(mul(dRows, rows), last) : folded(sum(mul(g, result), last));
    const dScores = mul(rows, sub(dRows, rowSums));
    return [
      needs[0] ? unfolded(matmul(dScores, key, { scale }), q) : undefined,
      needs[1] ? unfolded(matmul(dScores, folded(q), { transposeA: true, scale }), k) : undefined,
      needs[2] ? unfolded(matmul(rows, dOut, { transposeA: true }), v) : undefined,
      mask && needs[3] ? sumTo(reshape(dScores, probabilities.shape), mask.shape) : undefined,
    ];
  },
  flops: ({ inputs, outputs: [y] }) => {
    const { batch, heads, queries, keys, width } = sizesOf(inputs);
    return 2 * batch * heads * queries * keys * (width + ((y as TensorType).shape[3] as number));
  },
  lower: (on, inputs, node) => {
    const { heads, groups } = sizesOf(node.inputs);
    const unmasked = node.inputs.length === 3;
    const fused = on.target.contrib && !node.used[1] && unmasked && heads === groups && node.inputs[0]?.dtype === 'f32';
    return fused ? [lowerFused(on, inputs, node), ''] : lowerComposed(on, inputs, node);
  },
};

function lowerFused(
  on: Lowering,
  values: readonly string[],
  { inputs, outputs, attributes: { scale } }: LoweringNode<AttentionAttributes>,
): string {
  const { batch, heads } = sizesOf(inputs);
  const merged = values.map((x, i) => {
    const [, time, , width] = (inputs[i] as TensorType).shape as [number, number, number, number];
    return on.emit('Reshape', [x, on.integers([batch, time, heads * width])]);
  });
  const y = on.emit('MultiHeadAttention', merged, { num_heads: { int: heads }, scale: { float: scale } }, CONTRIB);
  return on.emit('Reshape', [y, on.integers((outputs[0] as TensorType).shape)]);
}

function lowerComposed(
  on: Lowering,
  [q, k, v, mask]: readonly string[],
  { inputs, used, attributes: { scale } }: LoweringNode<AttentionAttributes>,
): [string, string] {
  const { batch, heads, groups, queries, keys, width } = sizesOf(inputs);
  const dtype = (inputs[0] as TensorType).dtype;
  const folded = [batch, groups, (heads / groups) * queries];
  const reshaped = (x: string, shape: readonly number[]): string => on.emit('Reshape', [x, on.integers(shape)]);
  /** [B, A, C, ...] → [B, C, A, ...]: moves nothing where one of the two is 1 */
  const swap = (x: string | undefined, [b, a, c, ...rest]: readonly number[]): string =>
    a === 1 || c === 1
      ? reshaped(x as string, [b as number, c as number, a as number, ...rest])
      : on.emit('Transpose', [x], { perm: { ints: swapHeads } });
  const [ofQueries, ofKeys, ofValues] = inputs.map(({ shape }) => shape) as [Shape, Shape, Shape];
  const rows = reshaped(swap(q, ofQueries), [...folded, width]);
  const raw =
    on.target.contrib && dtype === 'f32'
      ? on.emit('FusedMatMul', [rows, swap(k, ofKeys)], { transB: { int: 1 }, alpha: { float: scale } }, CONTRIB)
      : on.emit('Mul', [on.emit('MatMul', [rows, on.emit('Transpose', [k], { perm: { ints: [0, 2, 3, 1] } })]), on.scalar(dtype, scale)]);
  // Heads stay folded where a mask is the same for all that are, and nothing reads the probabilities.
  const ofMask = inputs[3]?.shape.slice(-3, -1) ?? [];
  const unfold = used[1] || ofMask.some((size) => size !== 1);
  const scores = unfold ? reshaped(raw, [batch, heads, queries, keys]) : raw;
  const probabilities = on.emit('Softmax', [mask === undefined ? scores : on.emit('Add', [scores, mask])], { axis: { int: -1 } });
  const mixed = on.emit('MatMul', [unfold ? reshaped(probabilities, [...folded, keys]) : probabilities, swap(v, ofValues)]);
  const byHead = [batch, heads, queries, ofValues[3] as number];
  return [swap(reshaped(mixed, byHead), byHead), probabilities];
}

/** Beyond queries, keys and values. */
export interface AttentionOptions {
  /** Added to the scores before the softmax; broadcasts to [B, H, T, S]. Use −∞ (or a very negative number) to hide. */
  readonly mask?: Tensor | undefined;
  /** Factor on the scores; 1/√d by default. */
  readonly scale?: number;
}

/**
 * softmax(q·kᵀ·scale + mask)·v: q [B, T, H, d], k [B, S, G, d], v [B, S, G, e] with G dividing H → [B, T, H, e]. A query from
 * which −∞ hides every key gets NaN.
 */
export function scaledDotProductAttention(q: Tensor, k: Tensor, v: Tensor, { mask, scale }: AttentionOptions = {}): Tensor {
  const attributes = { scale: scale ?? 1 / Math.sqrt(q.shape.at(-1) as number) };
  return apply(Attention, mask ? [q, k, v, mask] : [q, k, v], attributes)[0] as Tensor;
}
