/** Softmax and its logarithm along one axis. */
import { normalizeAxis } from '../shape.ts';
import { apply1, type Op, type OpNode, output, type Tensor, type TensorType } from '../tensor.ts';
import { mul, sub } from './arithmetic.ts';
import { type ReduceAttributes, type ReduceOptions, reduce, reducedShape, sum } from './broadcast.ts';
import { isInf, where } from './compare.ts';
import { requireFloat } from './elementwise.ts';
import { exp } from './math.ts';

type AxisGradient = (g: Tensor, y: Tensor, axis: number) => Tensor;

function alongAxis(name: string, gradient: AxisGradient): Op<{ axis: number }> {
  return {
    name,
    infer: ([x]) => {
      requireFloat(x as TensorType);
      return [{ dtype: (x as TensorType).dtype, shape: (x as TensorType).shape }];
    },
    gradient: ([g], node) => [gradient(g as Tensor, output(node as OpNode, 0), node.attributes.axis)],
    lower: (on, inputs, { attributes: { axis } }) => on.emit(name, inputs, { axis: { int: axis } }),
  };
}

const Softmax = alongAxis('Softmax', (g, y, axis) => mul(y, sub(g, sum(mul(g, y), { axes: axis, keepDims: true }))));
const LogSoftmax = alongAxis('LogSoftmax', (g, y, axis) => sub(g, mul(exp(y), sum(g, { axes: axis, keepDims: true }))));

const ReduceLogSumExp: Op<ReduceAttributes> = {
  name: 'ReduceLogSumExp',
  infer: ([x], { axes }) => {
    requireFloat(x as TensorType);
    return [{ dtype: (x as TensorType).dtype, shape: reducedShape((x as TensorType).shape, axes) }];
  },
  gradient: ([g], node) => {
    const y = output(node as OpNode, 0);
    return [mul(g as Tensor, exp(sub(node.inputs[0] as Tensor, where(isInf(y), 0, y))))];
  },
  // ONNX Runtime's own kernel overflows for large inputs in some dtypes: the largest value is taken out
  // by hand, where it is finite: −∞ alone makes −∞.
  lower: (on, [x], { attributes: { axes }, inputs }) => {
    const over = on.integers(axes);
    const keep = { keepdims: { int: 1 } };
    const largest = on.emit('ReduceMax', [x, over], keep);
    const max = on.emit('Where', [on.emit('IsInf', [largest]), on.scalar((inputs[0] as TensorType).dtype, 0), largest]);
    const total = on.emit('ReduceSum', [on.emit('Exp', [on.emit('Sub', [x, max])]), over], keep);
    return on.emit('Add', [on.emit('Log', [total]), max]);
  },
};

/** eˣ / Σ eˣ along an axis, the last by default */
export const softmax = (x: Tensor, axis = -1): Tensor => apply1(Softmax, [x], { axis: normalizeAxis(axis, x.shape.length) });
/** log(eˣ / Σ eˣ) along an axis, the last by default */
export const logSoftmax = (x: Tensor, axis = -1): Tensor => apply1(LogSoftmax, [x], { axis: normalizeAxis(axis, x.shape.length) });
/** log Σ eˣ, without overflow; −∞ where all values are −∞ */
export const logSumExp = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce(ReduceLogSumExp, x, options);
