/** Elementwise functions of floating-point tensors. */
import { isFloat } from '../dtype.ts';
import { captureSite, TensorError } from '../site.ts';
import { apply1, type Operand, operands, type Tensor } from '../tensor.ts';
import { div, mul, neg, sub } from './arithmetic.ts';
import { cast } from './cast.ts';
import { and, equal, greaterOrEqual, lessOrEqual, where } from './compare.ts';
import { binaryOp, requireNumeric, unaryOp } from './elementwise.ts';

const Exp = unaryOp({ name: 'Exp', gradient: (g, _, y) => mul(g, y) });
const Log = unaryOp({ name: 'Log', gradient: (g, x) => div(g, x) });
const Pow = binaryOp({
  name: 'Pow',
  gradient: [(g, a, b) => mul(g, where(equal(b, 0), 0, mul(b, pow(a, sub(b, 1))))), (g, a, _, y) => mul(g, mul(y, log(a)))],
});
const Sqrt = unaryOp({ name: 'Sqrt', gradient: (g, _, y) => div(mul(g, 0.5), y) });
const Rsqrt = unaryOp({
  name: 'Rsqrt',
  gradient: (g, x, y) => mul(mul(g, -0.5), div(y, x)),
  lower: (on, inputs) => on.emit('Reciprocal', [on.emit('Sqrt', inputs)]),
});
const Sin = unaryOp({ name: 'Sin', gradient: (g, x) => mul(g, cos(x)) });
const Cos = unaryOp({ name: 'Cos', gradient: (g, x) => neg(mul(g, sin(x))) });
const Tanh = unaryOp({ name: 'Tanh', gradient: (g, _, y) => mul(g, sub(1, mul(y, y))) });
const Sigmoid = unaryOp({ name: 'Sigmoid', gradient: (g, _, y) => mul(g, mul(y, sub(1, y))) });
const Erf = unaryOp({ name: 'Erf', gradient: (g, x) => mul(g, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))) });
const Softplus = unaryOp({ name: 'Softplus', gradient: (g, x) => mul(g, sigmoid(x)) });

interface Bounds {
  readonly min: number;
  readonly max: number;
}

const Clip = unaryOp<Bounds>({
  name: 'Clip',
  accepts: requireNumeric,
  gradient: (g, x, _, { min, max }) => mul(g, cast(and(greaterOrEqual(x, min), lessOrEqual(x, max)), g.dtype)),
  lower: (on, [x], { attributes: { min, max }, inputs }) => {
    const bound = (value: number): string | undefined =>
      Number.isFinite(value) ? on.scalar((inputs[0] as Tensor).dtype, value) : undefined;
    return on.emit('Clip', [x, bound(min), bound(max)]);
  },
});

/** eˣ */
export const exp = (x: Tensor): Tensor => apply1(Exp, [x], null);
/** Natural logarithm */
export const log = (x: Tensor): Tensor => apply1(Log, [x], null);
/** a to the power of b; the gradient with respect to b needs a > 0 */
export const pow = (a: Operand, b: Operand): Tensor => apply1(Pow, operands(a, b), null);
export const sqrt = (x: Tensor): Tensor => apply1(Sqrt, [x], null);
/** 1 / √x */
export const rsqrt = (x: Tensor): Tensor => apply1(Rsqrt, [x], null);
/** Of radians */
export const sin = (x: Tensor): Tensor => apply1(Sin, [x], null);
/** Of radians */
export const cos = (x: Tensor): Tensor => apply1(Cos, [x], null);
export const tanh = (x: Tensor): Tensor => apply1(Tanh, [x], null);
/** 1 / (1 + e^−x) */
export const sigmoid = (x: Tensor): Tensor => apply1(Sigmoid, [x], null);
/** Gauss error function */
export const erf = (x: Tensor): Tensor => apply1(Erf, [x], null);
/** log(1 + eˣ) */
export const softplus = (x: Tensor): Tensor => apply1(Softplus, [x], null);

/** Values outside [min, max] become the bound; the gradient there is zero. Infinite bounds are no bounds. NaN stays NaN. */
export function clip(x: Tensor, min: number, max: number): Tensor {
  const fraction = [min, max].find((bound) => Number.isFinite(bound) && !Number.isInteger(bound));
  if (!isFloat(x.dtype) && fraction !== undefined)
    throw new TensorError(`clip: ${x.dtype} cannot be bounded by ${fraction}`, captureSite());
  return apply1(Clip, [x], { min, max });
}
