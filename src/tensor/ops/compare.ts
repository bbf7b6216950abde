/** Comparisons and logic: results are bool and carry no gradient; `where` chooses by them. */
import { ONNX_TYPE } from '../onnx-proto.ts';
import { broadcastShapes } from '../shape.ts';
import { apply1, type Op, type Operand, operands, scalar, type Tensor, type TensorType } from '../tensor.ts';
import { sumTo } from './broadcast.ts';
import { binaryOp, requireFloat, sameDType, unaryOp } from './elementwise.ts';

const comparison = (name: string): Op<null> => binaryOp({ name, gradient: null, result: 'bool' });
const logic = (name: string): Op<null> => binaryOp({ name, gradient: null, accepts: requireBool });

function requireBool({ dtype }: TensorType): void {
  if (dtype !== 'bool') throw new Error(`needs a bool tensor, got ${dtype}`);
}

const Equal = comparison('Equal');
const Less = comparison('Less');
const LessOrEqual = comparison('LessOrEqual');
const Greater = comparison('Greater');
const GreaterOrEqual = comparison('GreaterOrEqual');
const And = logic('And');
const Or = logic('Or');
const Not = unaryOp({ name: 'Not', gradient: null, accepts: requireBool });

const test = (name: string): Op<null> => ({
  name,
  infer: ([x]) => {
    requireFloat(x as TensorType);
    return [{ dtype: 'bool', shape: (x as TensorType).shape }];
  },
  gradient: null,
  lower: (on, inputs) => on.emit(name, inputs),
});
const IsNaN = test('IsNaN');
const IsInf = test('IsInf');

const Where: Op<null> = {
  name: 'Where',
  infer: ([condition, a, b]) => {
    requireBool(condition as TensorType);
    const dtype = sameDType([a as TensorType, b as TensorType]);
    return [{ dtype, shape: broadcastShapes(...[condition, a, b].map((x) => (x as TensorType).shape)) }];
  },
  gradient: ([g], { inputs: [condition, a, b] }, needs) => {
    const zero = scalar((g as Tensor).dtype, 0);
    return [
      undefined,
      needs[1] ? sumTo(where(condition as Tensor, g as Tensor, zero), (a as Tensor).shape) : undefined,
      needs[2] ? sumTo(where(condition as Tensor, zero, g as Tensor), (b as Tensor).shape) : undefined,
    ];
  },
  lower: (on, inputs, node) => {
    // ONNX Runtime has no Where kernel for bool: bytes travel as u8.
    if (node.outputs[0]?.dtype !== 'bool') return on.emit('Where', inputs);
    const [condition, a, b] = inputs as [string, string, string];
    const asByte = (x: string): string => on.emit('Cast', [x], { to: { int: ONNX_TYPE.u8 } });
    return on.emit('Cast', [on.emit('Where', [condition, asByte(a), asByte(b)])], { to: { int: ONNX_TYPE.bool } });
  },
};

/** a = b */
export const equal = (a: Operand, b: Operand): Tensor => apply1(Equal, operands(a, b), null);
/** a ≠ b */
export const notEqual = (a: Operand, b: Operand): Tensor => not(equal(a, b));
/** a < b */
export const less = (a: Operand, b: Operand): Tensor => apply1(Less, operands(a, b), null);
/** a ≤ b */
export const lessOrEqual = (a: Operand, b: Operand): Tensor => apply1(LessOrEqual, operands(a, b), null);
/** a > b */
export const greater = (a: Operand, b: Operand): Tensor => apply1(Greater, operands(a, b), null);
/** a ≥ b */
export const greaterOrEqual = (a: Operand, b: Operand): Tensor => apply1(GreaterOrEqual, operands(a, b), null);
/** Both hold; bool tensors, broadcasting */
export const and = (a: Tensor, b: Tensor): Tensor => apply1(And, [a, b], null);
/** At least one holds; bool tensors, broadcasting */
export const or = (a: Tensor, b: Tensor): Tensor => apply1(Or, [a, b], null);
/** The opposite of a bool tensor */
export const not = (x: Tensor): Tensor => apply1(Not, [x], null);
/** Whether the value is NaN */
export const isNan = (x: Tensor): Tensor => apply1(IsNaN, [x], null);
/** Whether the value is +∞ or −∞ */
export const isInf = (x: Tensor): Tensor => apply1(IsInf, [x], null);
/** Whether the value is neither NaN nor infinite */
export const isFiniteNumber = (x: Tensor): Tensor => not(or(isNan(x), isInf(x)));

/** `a` where `condition` (bool) holds, else `b`; all three broadcast. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  return apply1(Where, [condition, ...operands(a, b)], null);
}
