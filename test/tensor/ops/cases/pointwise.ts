/** Cases of the ops that work element by element. */
import { type DType, isFloat } from '../../../../src/tensor/dtype.ts';
import * as ops from '../../../../src/tensor/ops/index.ts';
import type { Operand, Tensor } from '../../../../src/tensor/tensor.ts';
import {
  broadcastableTo,
  broadcastShapes,
  distinct,
  integers,
  oneOf,
  shapes,
  type ValueOptions,
  values,
} from '../../../support/arbitraries.ts';
import { map, type NdArray, ndarray, of } from '../../../support/ndarray.ts';
import { erf, roundHalfEven, sigmoid, toBfloat16, toHalf } from '../../../support/special.ts';
import { ALL, FLOATS, INTEGERS, NO_F64, NUMERIC, numbersOf, type OpCase, opCase, sample } from '../case.ts';

/** Away from whole numbers and halves. */
const OFF_GRID: ValueOptions = { step: 0.25, offset: 0.125 };

interface UnaryOptions extends Partial<Pick<OpCase, 'dtypes' | 'missing' | 'looseness'>> {
  readonly from?: ValueOptions;
  readonly name?: string;
}

function unary(op: (x: Tensor) => Tensor, f: (x: number) => number, { from, name = 'any shape', ...rest }: UnaryOptions = {}): OpCase {
  return opCase({
    name,
    ...rest,
    draw: (g, dtype) => {
      const x = g(numbersOf, dtype, g(shapes), from);
      return sample({ inputs: [x], build: op, reference: (x) => map(f, x) });
    },
  });
}

/** The op on the given values; where it has a kink, `slope` is a function with the derivative that the op should claim. */
function special(
  op: (x: Tensor) => Tensor,
  f: (x: number) => number,
  at: readonly number[],
  { slope = f, ...rest }: Partial<OpCase> & { slope?: (x: number) => number } = {},
): OpCase {
  return opCase({
    name: `of ${at.join(', ')}`,
    ...rest,
    draw: () => sample({ inputs: [ndarray([at.length], at)], build: op, reference: (x) => map(f, x), derivativeOf: (x) => map(slope, x) }),
  });
}

type Binary = (a: Operand, b: Operand) => Tensor;
type BinaryReference = (a: number, b: number) => number;

interface BinaryOptions extends Partial<Pick<OpCase, 'dtypes'>> {
  readonly a?: ValueOptions;
  readonly b?: ValueOptions;
}

/** Of two tensors that broadcast, of one tensor with itself, and of a tensor and a number on either side. */
function binary(op: Binary, f: BinaryReference, { a: left, b: right, ...rest }: BinaryOptions = {}): OpCase[] {
  const broadcast = opCase({
    name: 'shapes that broadcast',
    ...rest,
    draw: (g, dtype) => {
      const [first = [], second = []] = g(broadcastShapes, 2);
      const inputs = [g(numbersOf, dtype, first, left), g(numbersOf, dtype, second, right)] as const;
      return sample({ inputs, build: (a, b) => op(a, b), reference: (a, b) => map(f, a, b) });
    },
  });
  const withNumber = opCase({
    name: 'a tensor and a number',
    ...rest,
    draw: (g, dtype) => {
      const inputs = [g(numbersOf, dtype, g(shapes), left), g(numbersOf, dtype, g(shapes), right)] as const;
      return sample({
        inputs,
        build: (a, b) => [op(a, 3), op(2, b)],
        reference: (a, b) => [map((x) => f(x, 3), a), map((x) => f(2, x), b)],
      });
    },
  });
  return [broadcast, withNumber];
}

/** Comparisons meet equal operands often when there are few values. */
const comparison = (op: Binary, f: (a: number, b: number) => boolean): OpCase[] => [
  opCase({
    name: 'shapes that broadcast',
    dtypes: NUMERIC,
    differentiable: false,
    draw: (g) => {
      const [first = [], second = []] = g(broadcastShapes, 2);
      const inputs = [g(integers, first, -2, 2), g(integers, second, -2, 2)] as const;
      return sample({
        inputs,
        build: (a, b) => op(a, b),
        reference: (a, b) =>
          of(
            'bool',
            map((x, y) => Number(f(x, y)), a, b),
          ),
      });
    },
  }),
];

const logic = (op: (...operands: Tensor[]) => Tensor, f: (...values: boolean[]) => boolean, operands: number): OpCase[] => [
  opCase({
    name: 'shapes that broadcast',
    dtypes: ['bool'],
    draw: (g) => {
      const inputs = g(broadcastShapes, operands).map((shape) => g(integers, shape, 0, 1));
      return sample({ inputs, build: op, reference: (...all) => map((...bits) => Number(f(...bits.map(Boolean))), ...all) });
    },
  }),
];

const CLASSES = [0, -1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3];

const classifier = (op: (x: Tensor) => Tensor, f: (x: number) => boolean): OpCase[] => [
  opCase({
    name: 'numbers, infinities and NaN',
    differentiable: false,
    draw: () =>
      sample({
        inputs: [ndarray([2, 3], CLASSES)],
        build: op,
        reference: (x) =>
          of(
            'bool',
            map((v) => Number(f(v)), x),
          ),
        wrt: [],
      }),
  }),
];

const clamp = (x: number, min: number, max: number): number => Math.min(Math.max(x, min), max);

/** Positive, and far enough from 0 for the inverse powers of x in derivatives to stay small. */
const POSITIVE: ValueOptions = { min: 0.5, max: 3 };
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const gelu = (x: number): number => 0.5 * x * (1 + erf(x / Math.SQRT2));
const geluTanh = (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
const power = (exponent: number): OpCase =>
  unary(
    (x) => ops.pow(x, exponent),
    (x) => x ** exponent,
    { name: `to the power of ${exponent}`, from: OFF_GRID },
  );

/** Holds any two values of a dtype apart from each other, so that neither a maximum nor a minimum changes hands. */
const LEFT: ValueOptions = { step: 0.25, offset: 0 };
const RIGHT: ValueOptions = { step: 0.25, offset: 0.125 };

const pairsWithTies = (op: Binary, f: BinaryReference): OpCase =>
  opCase({
    name: 'equal operands, which share the gradient',
    draw: () =>
      sample({ inputs: [ndarray([3], [1, 2, 3]), ndarray([3], [1, 3, 2])], build: (a, b) => op(a, b), reference: (a, b) => map(f, a, b) }),
  });

/** Numbers as a dtype holds them. */
const CONVERSIONS: Readonly<Record<DType, (x: number) => number>> = {
  f64: (x) => x,
  f32: Math.fround,
  f16: toHalf,
  bf16: toBfloat16,
  i64: Math.trunc,
  i32: Math.trunc,
  u8: Math.trunc,
  bool: (x) => Number(x !== 0),
};

const castTo = (to: DType): OpCase =>
  opCase({
    name: `to ${to}`,
    dtypes: ALL,
    also: to,
    differentiable: isFloat(to),
    draw: (g, dtype) => {
      const whole: ValueOptions = to === 'u8' ? { min: 0, max: 250 } : { min: -100, max: 100 };
      const x = g(numbersOf, dtype, g(shapes), whole);
      const input = to === 'u8' ? map(Math.abs, x) : x;
      const reference = (x: NdArray): NdArray => of(to, map(CONVERSIONS[to], x));
      // Rounding has steps that differences would see and gradients do not.
      const derivativeOf = isFloat(to) ? (x: NdArray): NdArray => of(to, x) : reference;
      return sample({ inputs: [input], build: (x) => ops.cast(x, to), reference, derivativeOf, wrt: isFloat(to) ? [0] : [] });
    },
  });

const ANY_KIND: readonly DType[] = ['f32', 'i64', 'bool'];

/** Cases by op. */
export const pointwise = {
  add: binary(ops.add, (a, b) => a + b, { dtypes: NUMERIC }),
  sub: binary(ops.sub, (a, b) => a - b, { dtypes: NUMERIC }),
  mul: binary(ops.mul, (a, b) => a * b, { dtypes: NUMERIC }),
  div: [
    ...binary(ops.div, (a, b) => a / b, { b: POSITIVE }),
    opCase({
      name: 'whole numbers, towards zero',
      dtypes: INTEGERS,
      draw: (g) => {
        const [first = [], second = []] = g(broadcastShapes, 2);
        const divisor = map((x) => (x === 0 ? -7 : x), g(integers, second, -4, 4));
        return sample({
          inputs: [g(integers, first, -20, 20), divisor],
          build: (a, b) => ops.div(a, b),
          reference: (a, b) => map((x, y) => Math.trunc(x / y), a, b),
        });
      },
    }),
  ],
  maximum: [...binary(ops.maximum, Math.max, { a: LEFT, b: RIGHT, dtypes: NUMERIC }), pairsWithTies(ops.maximum, Math.max)],
  minimum: [...binary(ops.minimum, Math.min, { a: LEFT, b: RIGHT, dtypes: NUMERIC }), pairsWithTies(ops.minimum, Math.min)],
  neg: [unary(ops.neg, (x) => -x, { dtypes: NUMERIC })],
  abs: [unary(ops.abs, Math.abs, { from: OFF_GRID, dtypes: NUMERIC }), special(ops.abs, Math.abs, [0, -1, 2])],
  sign: [unary(ops.sign, Math.sign, { from: OFF_GRID, dtypes: NUMERIC }), special(ops.sign, Math.sign, [0, -0.5, 7], { slope: () => 0 })],
  reciprocal: [unary(ops.reciprocal, (x) => 1 / x, { from: POSITIVE })],
  floor: [unary(ops.floor, Math.floor, { from: OFF_GRID }), special(ops.floor, Math.floor, [-1, -0.5, 0, 2.75], { slope: () => 0 })],
  ceil: [unary(ops.ceil, Math.ceil, { from: OFF_GRID }), special(ops.ceil, Math.ceil, [-1, -0.5, 0, 2.25], { slope: () => 0 })],
  round: [
    unary(ops.round, roundHalfEven, { from: OFF_GRID }),
    special(ops.round, roundHalfEven, [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.25], { slope: () => 0 }),
  ],
  square: [unary(ops.square, (x) => x * x, { dtypes: NUMERIC })],

  exp: [unary(ops.exp, Math.exp), special(ops.exp, Math.exp, [Number.NEGATIVE_INFINITY, 0, 5])],
  log: [
    unary(ops.log, Math.log, { from: POSITIVE }),
    special(ops.log, Math.log, [0, 1, -1, Number.POSITIVE_INFINITY], { differentiable: false, infinite: true }),
  ],
  pow: [
    opCase({
      name: 'shapes that broadcast',
      draw: (g) => {
        const [first = [], second = []] = g(broadcastShapes, 2);
        const inputs = [g(values, first, POSITIVE), g(values, second)] as const;
        return sample({ inputs, build: (a, b) => ops.pow(a, b), reference: (a, b) => map((x, y) => x ** y, a, b) });
      },
    }),
    opCase({
      name: 'whole numbers',
      dtypes: INTEGERS,
      draw: (g) => {
        const [first = [], second = []] = g(broadcastShapes, 2);
        const inputs = [g(integers, first, -3, 3), g(integers, second, 0, 4)] as const;
        return sample({ inputs, build: (a, b) => ops.pow(a, b), reference: (a, b) => map((x, y) => x ** y, a, b) });
      },
    }),
    power(2),
    power(3),
    power(-1),
  ],
  sqrt: [unary(ops.sqrt, Math.sqrt, { from: POSITIVE })],
  rsqrt: [unary(ops.rsqrt, (x) => 1 / Math.sqrt(x), { from: POSITIVE })],
  sin: [unary(ops.sin, Math.sin)],
  cos: [unary(ops.cos, Math.cos)],
  tanh: [unary(ops.tanh, Math.tanh), special(ops.tanh, Math.tanh, [-1000, -8, 0, 8, 1000])],
  sigmoid: [unary(ops.sigmoid, sigmoid), special(ops.sigmoid, sigmoid, [-1000, -20, 0, 20, 1000])],
  erf: [unary(ops.erf, erf, { ...NO_F64 }), special(ops.erf, erf, [-50, -3, 0, 3, 50], { ...NO_F64 })],
  softplus: [unary(ops.softplus, softplus, NO_F64), special(ops.softplus, softplus, [-1000, -20, 0, 20, 1000], NO_F64)],
  clip: [
    unary(
      (x) => ops.clip(x, -0.5, 1),
      (x) => clamp(x, -0.5, 1),
      { from: OFF_GRID },
    ),
    unary(
      (x) => ops.clip(x, -2, 3),
      (x) => clamp(x, -2, 3),
      { from: OFF_GRID, dtypes: INTEGERS, name: 'whole numbers' },
    ),
    unary(
      (x) => ops.clip(x, Number.NEGATIVE_INFINITY, 1),
      (x) => Math.min(x, 1),
      { from: OFF_GRID, name: 'no lower bound' },
    ),
    unary(
      (x) => ops.clip(x, 0, Number.POSITIVE_INFINITY),
      (x) => Math.max(x, 0),
      { from: OFF_GRID, name: 'no upper bound' },
    ),
    special(
      (x) => ops.clip(x, -1, 1),
      (x) => clamp(x, -1, 1),
      [-2, -1, 0, 1, 2],
      { slope: (x) => clamp(x, -1.1, 1.1) },
    ),
  ],

  relu: [
    unary(ops.relu, (x) => Math.max(x, 0), { from: OFF_GRID }),
    special(ops.relu, (x) => Math.max(x, 0), [-1, 0, 1], { slope: (x) => (x > 0.1 ? x : 0) }),
  ],
  gelu: [
    unary(ops.gelu, gelu, { name: 'exact', ...NO_F64 }),
    unary((x) => ops.gelu(x, { approximate: true }), geluTanh, { name: 'approximate' }),
    special(ops.gelu, gelu, [-30, -4, 0, 4, 30], NO_F64),
    special((x) => ops.gelu(x, { approximate: true }), geluTanh, [-30, -4, 0, 4, 30], { name: 'approximate, of −30 to 30' }),
  ],
  silu: [unary(ops.silu, (x) => x * sigmoid(x)), special(ops.silu, (x) => x * sigmoid(x), [-80, -4, 0, 4, 80])],

  equal: comparison(ops.equal, (a, b) => a === b),
  notEqual: comparison(ops.notEqual, (a, b) => a !== b),
  less: comparison(ops.less, (a, b) => a < b),
  lessOrEqual: comparison(ops.lessOrEqual, (a, b) => a <= b),
  greater: comparison(ops.greater, (a, b) => a > b),
  greaterOrEqual: comparison(ops.greaterOrEqual, (a, b) => a >= b),
  and: logic(
    (a, b) => ops.and(a as Tensor, b as Tensor),
    (a, b) => Boolean(a && b),
    2,
  ),
  or: logic(
    (a, b) => ops.or(a as Tensor, b as Tensor),
    (a, b) => Boolean(a || b),
    2,
  ),
  not: logic(
    (x) => ops.not(x as Tensor),
    (x) => !x,
    1,
  ),
  isNan: classifier(ops.isNan, Number.isNaN),
  isInf: classifier(ops.isInf, (x) => Math.abs(x) === Number.POSITIVE_INFINITY),
  isFiniteNumber: classifier(ops.isFiniteNumber, Number.isFinite),
  where: [
    opCase({
      name: 'shapes that broadcast',
      dtypes: ALL,
      draw: (g, dtype) => {
        const [first = [], second = [], third = []] = g(broadcastShapes, 3);
        return sample({
          inputs: [of('bool', g(integers, first, 0, 1)), g(numbersOf, dtype, second), g(numbersOf, dtype, third)],
          build: (condition, a, b) => ops.where(condition, a, b),
          reference: (condition, a, b) => map((c, x, y) => (c ? x : y), condition, a, b),
        });
      },
    }),
    opCase({
      name: 'a tensor or a number',
      dtypes: NUMERIC,
      draw: (g, dtype) => {
        const shape = g(shapes);
        return sample({
          inputs: [of('bool', g(integers, g(broadcastableTo, shape), 0, 1)), g(numbersOf, dtype, shape)],
          build: (condition, a) => [ops.where(condition, a, 3), ops.where(condition, 4, a)],
          reference: (condition, a) => [map((c, x) => (c ? x : 3), condition, a), map((c, x) => (c ? 4 : x), condition, a)],
        });
      },
    }),
  ],

  cast: FLOATS.concat(INTEGERS, 'u8', 'bool').map(castTo),
  stopGradient: [
    opCase({
      name: 'a factor that counts as a constant',
      draw: (g) => {
        const x = g(values, g(shapes));
        return sample({
          inputs: [x],
          build: (x) => ops.mul(x, ops.stopGradient(x)),
          reference: (x) => map((v) => v * v, x),
          derivativeOf: (moved) => map((v, constant) => v * constant, moved, x),
        });
      },
    }),
  ],
  straightThrough: [
    opCase({
      name: 'rounding with the gradient of a square',
      draw: (g) =>
        sample({
          inputs: [g(values, g(shapes), OFF_GRID)],
          build: (x) => ops.straightThrough(ops.round(x), ops.square(x)),
          reference: (x) => map(roundHalfEven, x),
          derivativeOf: (x) => map((v) => v * v, x),
        }),
    }),
  ],
  barrier: [
    opCase({
      name: 'after something of any dtype',
      draw: (g) => {
        const after = of(g(oneOf<DType>, ANY_KIND), g(integers, g(shapes), 0, 1));
        const inputs = [g(distinct, g(shapes)), after] as const;
        return sample({ inputs, build: (x, after) => ops.barrier(ops.square(x), after), reference: (x) => map((v) => v * v, x) });
      },
    }),
  ],
};
