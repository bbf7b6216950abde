/** Elementwise arithmetic with broadcasting. A number stands for a scalar of the other operand's dtype. */
import { apply1, type Operand, operands, type Tensor } from '../tensor.ts';
import { cast } from './cast.ts';
import { greater, greaterOrEqual, less, lessOrEqual } from './compare.ts';
import { binaryOp, requireNumeric, unaryOp } from './elementwise.ts';

const Add = binaryOp({ name: 'Add', gradient: [(g) => g, (g) => g] });
const Sub = binaryOp({ name: 'Sub', gradient: [(g) => g, (g) => neg(g)] });
const Mul = binaryOp({ name: 'Mul', gradient: [(g, _, b) => mul(g, b), (g, a) => mul(g, a)] });
const Div = binaryOp({ name: 'Div', gradient: [(g, _, b) => div(g, b), (g, _a, b, y) => neg(div(mul(g, y), b))] });
// Where the operands are equal each gets the whole gradient times 1/2, as in PyTorch.
const share = (g: Tensor, wins: Tensor, ties: Tensor): Tensor => mul(g, mul(add(cast(wins, g.dtype), cast(ties, g.dtype)), 0.5));
const Max = binaryOp({
  name: 'Max',
  gradient: [(g, a, b) => share(g, greaterOrEqual(a, b), greater(a, b)), (g, a, b) => share(g, lessOrEqual(a, b), less(a, b))],
});
const Min = binaryOp({
  name: 'Min',
  gradient: [(g, a, b) => share(g, lessOrEqual(a, b), less(a, b)), (g, a, b) => share(g, greaterOrEqual(a, b), greater(a, b))],
});
const Neg = unaryOp({ name: 'Neg', gradient: (g) => neg(g), accepts: requireNumeric });
const Abs = unaryOp({ name: 'Abs', gradient: (g, x) => mul(g, sign(x)), accepts: requireNumeric });
const Sign = unaryOp({ name: 'Sign', gradient: null, accepts: requireNumeric });
const Reciprocal = unaryOp({ name: 'Reciprocal', gradient: (g, _, y) => neg(mul(g, mul(y, y))) });
const Floor = unaryOp({ name: 'Floor', gradient: null });
const Ceil = unaryOp({ name: 'Ceil', gradient: null });
const Round = unaryOp({ name: 'Round', gradient: null });

/** a + b */
export const add = (a: Operand, b: Operand): Tensor => apply1(Add, operands(a, b), null);
/** a − b */
export const sub = (a: Operand, b: Operand): Tensor => apply1(Sub, operands(a, b), null);
/** a · b, element by element */
export const mul = (a: Operand, b: Operand): Tensor => apply1(Mul, operands(a, b), null);
/** a / b; whole numbers are divided towards zero */
export const div = (a: Operand, b: Operand): Tensor => apply1(Div, operands(a, b), null);
export const maximum = (a: Operand, b: Operand): Tensor => apply1(Max, operands(a, b), null);
export const minimum = (a: Operand, b: Operand): Tensor => apply1(Min, operands(a, b), null);
export const neg = (x: Tensor): Tensor => apply1(Neg, [x], null);
export const abs = (x: Tensor): Tensor => apply1(Abs, [x], null);
/** −1, 0 or 1; no gradient */
export const sign = (x: Tensor): Tensor => apply1(Sign, [x], null);
/** 1 / x */
export const reciprocal = (x: Tensor): Tensor => apply1(Reciprocal, [x], null);
/** Towards −∞; no gradient */
export const floor = (x: Tensor): Tensor => apply1(Floor, [x], null);
/** Towards +∞; no gradient */
export const ceil = (x: Tensor): Tensor => apply1(Ceil, [x], null);
/** To the nearest whole number, halves to the even one; no gradient */
export const round = (x: Tensor): Tensor => apply1(Round, [x], null);
/** x², cheaper than `pow(x, 2)` */
export const square = (x: Tensor): Tensor => mul(x, x);
