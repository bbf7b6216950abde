/** dtype changes, and the ops that steer gradients without computing anything. */
import { type DType, isFloat } from '../dtype.ts';
import { hostTensor } from '../host.ts';
import { ONNX_TYPE } from '../onnx-proto.ts';
import { sameShape } from '../shape.ts';
import { apply1, type Op, type Tensor, type TensorType } from '../tensor.ts';

const Cast: Op<{ to: DType }> = {
  name: 'Cast',
  infer: ([x], { to }) => [{ dtype: to, shape: (x as TensorType).shape }],
  gradient: ([g], { inputs: [x], attributes: { to } }) => {
    const from = (x as Tensor).dtype;
    return [isFloat(from) && isFloat(to) ? cast(g as Tensor, from) : undefined];
  },
  lower: (on, inputs, { attributes: { to } }) => on.emit('Cast', inputs, { to: { int: ONNX_TYPE[to] } }),
};

const same = ([x]: readonly TensorType[]): readonly TensorType[] => [{ dtype: (x as TensorType).dtype, shape: (x as TensorType).shape }];

const StopGradient: Op<null> = { name: 'StopGradient', infer: same, gradient: null, lower: (_, [x]) => x as string };

const StraightThrough: Op<null> = {
  name: 'StraightThrough',
  infer: ([value, surrogate]) => {
    const [a, b] = [value as TensorType, surrogate as TensorType];
    if (a.dtype !== b.dtype || !sameShape(a.shape, b.shape)) throw new Error('value and surrogate must have the same shape and dtype');
    return same([a]);
  },
  gradient: ([g]) => [undefined, g],
  lower: (_, [value]) => value as string,
};

/**
 * Computes nothing, but not before `after` is known: keeps an engine from doing `x`'s consumers early or merging them
 * with twins. A Reshape to x's own shape (free of copies in ONNX Runtime), plus a zero that only running can tell.
 */
const Barrier: Op<null> = {
  name: 'Barrier',
  infer: ([x]) => same([x as TensorType]),
  gradient: ([g]) => [g, undefined],
  lower: (on, [x, after], { inputs }) => {
    if (inputs[1]?.shape.includes(0)) return x as string;
    const flat = on.emit('Reshape', [after, on.integers([-1])]);
    const element = on.emit('Cast', [on.emit('Slice', [flat, on.integers([0]), on.integers([1])])], { to: { int: ONNX_TYPE.f32 } });
    const never = on.emit('And', [on.emit('IsNaN', [element]), on.emit('IsInf', [element])]);
    const zero = on.emit('Cast', [never], { to: { int: ONNX_TYPE.i64 } });
    const shape = (inputs[0] as TensorType).shape;
    const known = on.constant(hostTensor('i64', [shape.length], shape));
    return on.emit('Reshape', [
      x,
      shape.length === 0 ? on.emit('Slice', [zero, on.integers([0]), on.integers([0])]) : on.emit('Add', [known, zero]),
    ]);
  },
};

/** The same values in another dtype. Floats become integers towards zero; anything but zero becomes true. */
export const cast = (x: Tensor, to: DType): Tensor => (x.dtype === to ? x : apply1(Cast, [x], { to }));

/** The value of `x`, through which no gradient flows. */
export const stopGradient = (x: Tensor): Tensor => apply1(StopGradient, [x], null);

/** The value of `value` with the gradient of `surrogate`: the straight-through estimator of quantisers. */
export const straightThrough = (value: Tensor, surrogate: Tensor): Tensor => apply1(StraightThrough, [value, surrogate], null);

/** The value of `x`, available only once `after` has been computed. */
export const barrier = (x: Tensor, after: Tensor): Tensor => apply1(Barrier, [x, after], null);
