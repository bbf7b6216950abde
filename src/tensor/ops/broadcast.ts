/** Broadcasting and summing: each is the derivative of the other. */
import { broadcastShapes, normalizeAxes, type Shape, sameShape } from '../shape.ts';
import { apply1, type Op, type Tensor, type TensorType } from '../tensor.ts';
import { reshape } from './layout.ts';

const Expand: Op<{ shape: Shape }> = {
  name: 'Expand',
  infer: ([x], { shape }) => {
    const { dtype, shape: from } = x as TensorType;
    if (!sameShape(broadcastShapes(from, shape), shape)) throw new Error(`does not broadcast to [${shape.join(', ')}]`);
    return [{ dtype, shape }];
  },
  gradient: ([g], { inputs: [x] }) => [sumTo(g as Tensor, (x as Tensor).shape)],
  lower: (on, [x], { attributes: { shape } }) => on.emit('Expand', [x, on.integers(shape)]),
};

/** What to reduce over. */
export interface ReduceOptions {
  /** Axes to reduce; all of them by default. Negative ones count from the end. */
  readonly axes?: number | readonly number[];
  /** Keep the reduced axes with size 1. */
  readonly keepDims?: boolean;
}

/** `axes` ascending from the front; reduced axes are kept with size 1, and dropped by a reshape afterwards. */
export interface ReduceAttributes {
  readonly axes: readonly number[];
}

/** The shape with reduced axes of size 1. */
export const reducedShape = (shape: Shape, axes: readonly number[]): Shape => shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));

const ReduceSum: Op<ReduceAttributes> = {
  name: 'ReduceSum',
  infer: ([x], { axes }) => {
    const { dtype, shape } = x as TensorType;
    if (dtype === 'u8' || dtype === 'bool') throw new Error(`arithmetic on ${dtype} is not defined: cast it first`);
    return [{ dtype, shape: reducedShape(shape, axes) }];
  },
  gradient: ([g], { inputs: [x] }) => [broadcastTo(g as Tensor, (x as Tensor).shape)],
  lower: (on, [x], { attributes: { axes } }) => on.emit('ReduceSum', [x, on.integers(axes)], { keepdims: { int: 1 } }),
};

/** `x` repeated along axes of size 1, and along new leading axes, to `shape`. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply1(Expand, [x], { shape });
}

/** Applies a reduction that keeps its axes, and drops them unless they are to be kept. */
export function reduce(op: Op<ReduceAttributes>, x: Tensor, { axes, keepDims = false }: ReduceOptions): Tensor {
  const normal = normalizeAxes(axes, x.shape.length);
  if (normal.length === 0) return x;
  const kept = apply1(op, [x], { axes: normal });
  return keepDims
    ? kept
    : reshape(
        kept,
        x.shape.filter((_, axis) => !normal.includes(axis)),
      );
}

/** Sum of all values, or of those along some axes. */
export const sum = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce(ReduceSum, x, options);

/** Sums `x` over the axes along which a tensor of `shape` would have to be repeated to get its shape. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const repeated = (dim: number, axis: number): boolean => axis < lead || (shape[axis - lead] === 1 && dim !== 1);
  const axes = x.shape.map((dim, axis) => (repeated(dim, axis) ? axis : -1)).filter((axis) => axis >= 0);
  return reshape(sum(x, { axes }), shape);
}
