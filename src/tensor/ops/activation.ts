/** Activation functions. */

import { CONTRIB } from '../lowering.ts';
import { apply1, type Tensor } from '../tensor.ts';
import { add, mul, sub } from './arithmetic.ts';
import { cast } from './cast.ts';
import { greater } from './compare.ts';
import { unaryOp } from './elementwise.ts';
import { clip, erf, exp, sigmoid, tanh } from './math.ts';

const Relu = unaryOp({ name: 'Relu', gradient: (g, _, y) => mul(g, cast(greater(y, 0), g.dtype)) });

/** ln(2/√(2π)): what turns e^(−x²/2) into twice the standard normal density. */
const LOG_TWICE_DENSITY = Math.log(2 / Math.sqrt(2 * Math.PI));

/** x·Φ(x). Its derivative Φ(x) + x·φ(x) is written as ½·(1 + erf(x/√2) + x·2φ(x)): every pass over memory counts. */
const Gelu = unaryOp({
  name: 'Gelu',
  gradient: (g, x) => {
    const s = mul(x, Math.SQRT1_2);
    const bell = mul(x, exp(sub(LOG_TWICE_DENSITY, mul(s, s))));
    return mul(mul(g, add(add(erf(s), bell), 1)), 0.5);
  },
  lower: (on, [x], { inputs }) => {
    const dtype = inputs[0]?.dtype ?? 'f32';
    if (dtype === 'f32') return on.emit('Gelu', [x]);
    const error = on.emit('Erf', [on.emit('Mul', [x, on.scalar(dtype, Math.SQRT1_2)])]);
    const cdf = on.emit('Mul', [on.emit('Add', [error, on.scalar(dtype, 1)]), on.scalar(dtype, 0.5)]);
    return on.emit('Mul', [x, cdf]);
  },
});

const ROOT_2_OVER_PI = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;

/** ½x·(1 + tanh u), u = √(2/π)·(x + 0.044715·x³): Hendrycks & Gimpel's approximation. */
const GeluTanh = unaryOp({
  name: 'GeluTanh',
  gradient: (g, value) => {
    // Beyond ±10 the derivative is 0 or 1 already, and x³ would overflow.
    const x = clip(value, -10, 10);
    const square = mul(x, x);
    const t = tanh(mul(x, add(mul(square, ROOT_2_OVER_PI * GELU_CUBIC), ROOT_2_OVER_PI)));
    const slope = add(mul(square, 3 * ROOT_2_OVER_PI * GELU_CUBIC), ROOT_2_OVER_PI);
    const inner = mul(mul(x, slope), sub(1, mul(t, t)));
    return mul(g, mul(add(add(t, 1), inner), 0.5));
  },
  lower: (on, [x], { inputs }) => {
    const dtype = inputs[0]?.dtype ?? 'f32';
    if (dtype === 'f32') return on.emit('Gelu', [x], { approximate: { string: 'tanh' } });
    const number = (value: number): string => on.scalar(dtype, value);
    const square = on.emit('Mul', [x, x]);
    const factor = on.emit('Add', [on.emit('Mul', [square, number(ROOT_2_OVER_PI * GELU_CUBIC)]), number(ROOT_2_OVER_PI)]);
    const t = on.emit('Tanh', [on.emit('Mul', [x, factor])]);
    return on.emit('Mul', [on.emit('Mul', [x, number(0.5)]), on.emit('Add', [t, number(1)])]);
  },
});

/** x·σ(x), also called swish. */
const Silu = unaryOp({
  name: 'Silu',
  gradient: (g, x, y) => {
    const s = sigmoid(x);
    return mul(g, add(s, mul(y, sub(1, s))));
  },
  lower: (on, [x], { inputs }) => {
    const dtype = inputs[0]?.dtype ?? 'f32';
    if (on.target.contrib && dtype === 'f32') return on.emit('QuickGelu', [x], { alpha: { float: 1 } }, CONTRIB);
    if (dtype !== 'f64') return on.emit('Mul', [x, on.emit('Sigmoid', [x])]);
    // ONNX Runtime fuses x·σ(x) to its QuickGelu, which has no kernel for f64.
    return on.emit('Div', [x, on.emit('Add', [on.emit('Exp', [on.emit('Neg', [x])]), on.scalar(dtype, 1)])]);
  },
});

/** max(x, 0) */
export const relu = (x: Tensor): Tensor => apply1(Relu, [x], null);
/** x·Φ(x), exact (erf); or its tanh approximation when `approximate` */
export const gelu = (x: Tensor, { approximate = false }: { approximate?: boolean } = {}): Tensor =>
  apply1(approximate ? GeluTanh : Gelu, [x], null);
/** x·σ(x) */
export const silu = (x: Tensor): Tensor => apply1(Silu, [x], null);
