/** Reductions, running sums and rankings along axes. */
import { normalizeAxes, normalizeAxis, requireWhole } from '../shape.ts';
import { apply, apply1, type Op, type OpNode, output, type Tensor, type TensorType, zeros } from '../tensor.ts';
import { div, mul, square } from './arithmetic.ts';
import { broadcastTo, type ReduceAttributes, type ReduceOptions, reduce, reducedShape, sum } from './broadcast.ts';
import { cast } from './cast.ts';
import { equal } from './compare.ts';
import { requireFloat, requireNumeric } from './elementwise.ts';
import { scatterAdd } from './gather.ts';

type ReduceGradient = (g: Tensor, x: Tensor, y: Tensor) => Tensor;

function reduceOp(name: string, accepts: (x: TensorType) => void, gradient: ReduceGradient): Op<ReduceAttributes> {
  return {
    name,
    infer: ([x], { axes }) => {
      const { dtype, shape } = x as TensorType;
      accepts({ dtype, shape });
      if (axes.some((axis) => shape[axis] === 0)) throw new Error('there is nothing to reduce: an axis is empty');
      return [{ dtype, shape: reducedShape(shape, axes) }];
    },
    gradient: ([g], node) => [gradient(g as Tensor, node.inputs[0] as Tensor, output(node as OpNode, 0))],
    lower: (on, [x], { attributes: { axes } }) => on.emit(name, [x, on.integers(axes)], { keepdims: { int: 1 } }),
  };
}

const ReduceMean = reduceOp('ReduceMean', requireFloat, (g, x, y) => broadcastTo(mul(g, countOf(y) / countOf(x)), x.shape));

const ReduceSumSquare = reduceOp('ReduceSumSquare', requireNumeric, (g, x) => mul(mul(x, g), 2));

const countOf = ({ shape }: Tensor): number => shape.reduce((size, dim) => size * dim, 1);

/** Entries equal to the extreme share its gradient equally, as in PyTorch's amax. */
function shareAmongTies(g: Tensor, x: Tensor, y: Tensor): Tensor {
  const ties = cast(equal(x, y), g.dtype);
  const axes = x.shape.map((_, axis) => axis).filter((axis) => y.shape[axis] !== x.shape[axis]);
  return mul(ties, div(g, axes.length === 0 ? 1 : sum(ties, { axes, keepDims: true })));
}
const ReduceMax = reduceOp('ReduceMax', requireNumeric, shareAmongTies);
const ReduceMin = reduceOp('ReduceMin', requireNumeric, shareAmongTies);

const ArgMax: Op<{ axis: number }> = {
  name: 'ArgMax',
  infer: ([x], { axis }) => {
    requireNumeric(x as TensorType);
    if ((x as TensorType).shape[axis] === 0) throw new Error('there is nothing to choose from: the axis is empty');
    return [{ dtype: 'i64', shape: (x as TensorType).shape.filter((_, i) => i !== axis) }];
  },
  gradient: null,
  lower: (on, inputs, { attributes: { axis } }) => on.emit('ArgMax', inputs, { axis: { int: axis }, keepdims: { int: 0 } }),
};

const TopK: Op<{ k: number; axis: number }> = {
  name: 'TopK',
  infer: ([x], { k, axis }) => {
    const { dtype, shape } = x as TensorType;
    requireNumeric({ dtype, shape });
    requireWhole('k', [k]);
    if (k > (shape[axis] as number)) throw new Error(`k is ${k}, but axis ${axis} has only ${shape[axis]} entries`);
    const result = shape.map((dim, i) => (i === axis ? k : dim));
    return [
      { dtype, shape: result },
      { dtype: 'i64', shape: result },
    ];
  },
  gradient: ([g], node) => {
    const x = node.inputs[0] as Tensor;
    return [g && scatterAdd(zeros(x.dtype, x.shape), output(node as OpNode, 1), g, node.attributes.axis)];
  },
  lower: (on, [x], { attributes: { k, axis } }) => on.emitMany('TopK', 2, [x, on.integers([k])], { axis: { int: axis } }),
};

interface CumSumAttributes {
  readonly axis: number;
  readonly reverse: boolean;
}

const CumSum: Op<CumSumAttributes> = {
  name: 'CumSum',
  infer: ([x]) => {
    requireNumeric(x as TensorType);
    return [{ dtype: (x as TensorType).dtype, shape: (x as TensorType).shape }];
  },
  gradient: ([g], { attributes: { axis, reverse } }) => [cumSum(g as Tensor, axis, { reverse: !reverse })],
  lower: (on, [x], { attributes: { axis, reverse } }) => {
    return on.emit('CumSum', [x, on.scalar('i64', axis)], { reverse: { int: Number(reverse) } });
  },
};

/** Mean of all values, or of those along some axes. */
export const mean = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce(ReduceMean, x, options);
/** Largest value; ties share the gradient equally */
export const max = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce(ReduceMax, x, options);
/** Smallest value; ties share the gradient equally */
export const min = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce(ReduceMin, x, options);

/** Index (i64) of the first largest entry along an axis, which is dropped. */
export const argMax = (x: Tensor, axis: number): Tensor => apply1(ArgMax, [x], { axis: normalizeAxis(axis, x.shape.length) });

/** The `k` largest entries along an axis in descending order, and their indices (i64). */
export function topK(x: Tensor, k: number, axis = -1): { values: Tensor; indices: Tensor } {
  const [values, indices] = apply(TopK, [x], { k, axis: normalizeAxis(axis, x.shape.length) }) as [Tensor, Tensor];
  return { values, indices };
}

/** Running sum along an axis, from its end when `reverse`. */
export function cumSum(x: Tensor, axis: number, { reverse = false }: { reverse?: boolean } = {}): Tensor {
  return apply1(CumSum, [x], { axis: normalizeAxis(axis, x.shape.length), reverse });
}

/** Sum of the squares of all values, or of those along some axes. */
export const sumOfSquares = (x: Tensor, options: ReduceOptions = {}): Tensor =>
  normalizeAxes(options.axes, x.shape.length).length === 0 ? square(x) : reduce(ReduceSumSquare, x, options);
