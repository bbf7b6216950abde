/** Cases of reductions, running sums, rankings, softmax and normalisation. */
import type { DType } from '../../../../src/tensor/dtype.ts';
import * as ops from '../../../../src/tensor/ops/index.ts';
import type { Tensor } from '../../../../src/tensor/tensor.ts';
import {
  axesOf,
  axisOf,
  between,
  booleans,
  broadcastableTo,
  distinct,
  integers,
  oneOf,
  shapes,
  values,
} from '../../../support/arbitraries.ts';
import { lanes, map, type NdArray, ndarray, of, reduce, reshaped, total } from '../../../support/ndarray.ts';
import { FLOATS, INTEGERS, NUMERIC, numbersOf, type OpCase, opCase, type Sample, sample } from '../case.ts';

const mean = (list: readonly number[]): number => total(list) / list.length;
const largest = (list: readonly number[]): number => Math.max(...list);
const smallest = (list: readonly number[]): number => Math.min(...list);
const logSumExp = (list: readonly number[]): number => {
  const most = largest(list);
  return Number.isFinite(most) ? most + Math.log(total(list.map((x) => Math.exp(x - most)))) : most;
};

type Reduction = (x: Tensor, options?: ops.ReduceOptions) => Tensor;

/** Eighths as whole numbers, where the dtype holds no other. */
const whole = (dtype: DType, x: NdArray): NdArray => (INTEGERS.includes(dtype) ? map((value) => value * 8, x) : x);

/** Over all axes or some, named from either end. */
function reduction(op: Reduction, f: (list: number[]) => number, rest: Partial<OpCase> & { draws?: typeof distinct } = {}): OpCase {
  const { draws, ...options } = rest;
  return opCase({
    name: 'over any axes',
    ...options,
    draw: (g, dtype) => {
      const shape = g(shapes);
      const axes = g(axesOf, shape);
      const keepDims = g(booleans);
      const x = draws ? whole(dtype, g(draws, shape)) : g(numbersOf, dtype, shape);
      const named = axes && g(booleans) ? axes.map((axis) => axis - shape.length) : axes;
      return sample({
        inputs: [x],
        build: (x) => op(x, { keepDims, ...(named && { axes: named }) }),
        reference: (x) => reduce(x, axes, f, { keepDims }),
      });
    },
  });
}

const fixedReduction = (
  name: string,
  op: Reduction,
  f: (list: number[]) => number,
  rows: readonly number[][],
  rest: Partial<OpCase> = {},
): OpCase =>
  opCase({
    name,
    ...rest,
    draw: () => {
      const x = ndarray([rows.length, rows[0]?.length ?? 0], rows.flat());
      return sample({ inputs: [x], build: (x) => op(x, { axes: -1 }), reference: (x) => reduce(x, [1], f) });
    },
  });

/** Three equal extremes share the gradient, which no difference quotient shows: it is that of their mean. */
const ties = (op: Reduction, f: (list: number[]) => number): OpCase =>
  opCase({
    name: 'ties share the gradient',
    draw: () =>
      sample({
        inputs: [ndarray([2, 4], [1, 3, 3, 3, 5, 5, 5, 8])],
        build: (x) => op(x, { axes: [1] }),
        reference: (x) => reduce(x, [1], f),
        derivativeOf: (x) => reduce(x, [1], (list) => mean(list.filter((value) => Math.abs(value - f(list)) < 0.1))),
      }),
  });

/** Along an axis counted from either end. */
const along = (
  name: string,
  op: (x: Tensor, axis: number) => Tensor,
  f: (lane: number[]) => number[],
  rest: Partial<OpCase> = {},
): OpCase =>
  opCase({
    name,
    ...rest,
    draw: (g, dtype) => {
      const shape = g(shapes, { minRank: 1 });
      const axis = g(axisOf, shape);
      return sample({ inputs: [g(numbersOf, dtype, shape)], build: (x) => op(x, axis), reference: (x) => lanes(x, axis, f) });
    },
  });

/** Along the last axis of large values and of ones apart from each other. */
const extremes = (op: (x: Tensor) => Tensor, f: (lane: number[]) => number[]): OpCase =>
  opCase({
    name: 'large values',
    draw: () => sample({ inputs: [ndarray([3, 2], [900, 901, -900, -899, 50, -50])], build: op, reference: (x) => lanes(x, -1, f) }),
    // 901 in half precision is a multiple of 4.
    dtypes: ['f32', 'f64'],
  });

const softmax = (lane: number[]): number[] => lane.map((x) => Math.exp(x - logSumExp(lane)));
const logSoftmax = (lane: number[]): number[] => lane.map((x) => x - logSumExp(lane));
const argMax = (lane: number[]): number => lane.indexOf(largest(lane));
const runningSum = (lane: readonly number[]): number[] => lane.map((_, i) => total(lane.slice(0, i + 1)));
const descending = (lane: readonly number[]): number[] => lane.toSorted((a, b) => b - a);
const dropAxis = (shape: readonly number[], axis: number): number[] => shape.filter((_, i) => i !== axis && i !== axis + shape.length);

const EPSILON = 1e-3;

const normalized = (lane: readonly number[]): number[] => {
  const centre = mean(lane);
  const deviation = Math.sqrt(mean(lane.map((x) => (x - centre) ** 2)) + EPSILON);
  return lane.map((x) => (x - centre) / deviation);
};
const rmsNormalized = (lane: readonly number[]): number[] => {
  const size = Math.sqrt(mean(lane.map((x) => x * x)) + EPSILON);
  return lane.map((x) => x / size);
};

const times = (a: NdArray, b: NdArray): NdArray => map((x, y) => x * y, a, b);
const plus = (a: NdArray, b: NdArray): NdArray => map((x, y) => x + y, a, b);

/** With neither scale nor bias, with a scale, and with both (`bias` where the op has one). */
function normalizations(op: typeof ops.layerNorm, f: (lane: number[]) => number[], bias: boolean): OpCase[] {
  const plain = opCase({
    name: 'neither scale nor bias',
    looseness: 10,
    draw: (g) => {
      const x = g(values, [...g(shapes, { maxRank: 2 }), g(between, 2, 6)]);
      return sample({ inputs: [x], build: (x) => op(x, { epsilon: EPSILON }), reference: (x) => lanes(x, -1, f) });
    },
  });
  const affine = (withBias: boolean): OpCase =>
    opCase({
      name: withBias ? 'scale and bias' : 'scale',
      looseness: 10,
      draw: (g): Sample => {
        const width = g(between, 1, 6);
        const x = g(values, [...g(shapes, { maxRank: 2 }), width]);
        const [scale, shift] = [g(values, [width]), g(values, [width])];
        const build = (x: Tensor, scale: Tensor, bias?: Tensor): Tensor => op(x, { scale, bias, epsilon: EPSILON });
        const reference = (x: NdArray, scale: NdArray): NdArray => times(lanes(x, -1, f), scale);
        return withBias
          ? sample({ inputs: [x, scale, shift], build, reference: (x, scale, bias) => plus(reference(x, scale), bias) })
          : sample({ inputs: [x, scale], build, reference });
      },
    });
  return [plain, affine(false), ...(bias ? [affine(true)] : [])];
}

const groupNormCase = (affine: boolean): OpCase =>
  opCase({
    name: affine ? 'scale and bias' : 'neither scale nor bias',
    looseness: 10,
    draw: (g) => {
      const groups = g(between, 1, 3);
      const channels = groups * g(between, 1, 2);
      const shape = [g(between, 1, 2), channels, ...g(oneOf<number[]>, [[4], [3, 2], [2, 2]])];
      const perChannel = (v: NdArray): NdArray => reshaped(v, [channels, ...shape.slice(2).map(() => 1)]);
      const reference = (x: NdArray): NdArray =>
        reshaped(lanes(reshaped(x, [shape[0] as number, groups, x.data.length / groups / (shape[0] as number)]), -1, normalized), shape);
      const x = g(values, shape);
      if (!affine) return sample({ inputs: [x], build: (x) => ops.groupNorm(x, groups, { epsilon: EPSILON }), reference });
      return sample({
        inputs: [x, g(values, [channels]), g(values, [channels])],
        build: (x, scale, bias) => ops.groupNorm(x, groups, { scale, bias, epsilon: EPSILON }),
        reference: (x, scale, bias) => plus(times(reference(x), perChannel(scale)), perChannel(bias)),
      });
    },
  });

/** Cases by op. */
export const reductions = {
  sum: [reduction(ops.sum, total, { dtypes: NUMERIC })],
  sumTo: [
    opCase({
      name: 'a shape that broadcasts to it',
      dtypes: NUMERIC,
      draw: (g, dtype) => {
        const shape = g(shapes);
        const target = g(broadcastableTo, shape);
        const lead = shape.length - target.length;
        const axes = shape.flatMap((_, axis) => (axis < lead || target[axis - lead] === 1 ? [axis] : []));
        return sample({
          inputs: [g(numbersOf, dtype, shape)],
          build: (x) => ops.sumTo(x, target),
          reference: (x) => reshaped(reduce(x, axes, total, { keepDims: true }), target),
        });
      },
    }),
  ],
  mean: [reduction(ops.mean, mean)],
  max: [reduction(ops.max, largest, { dtypes: NUMERIC, draws: distinct, name: 'distinct values' }), ties(ops.max, largest)],
  min: [reduction(ops.min, smallest, { dtypes: NUMERIC, draws: distinct, name: 'distinct values' }), ties(ops.min, smallest)],
  sumOfSquares: [reduction(ops.sumOfSquares, (list) => total(list.map((x) => x * x)), { dtypes: NUMERIC })],
  logSumExp: [
    reduction(ops.logSumExp, logSumExp),
    fixedReduction(
      'large values',
      ops.logSumExp,
      logSumExp,
      [
        [900, 901],
        [-900, -899],
        [50, -50],
      ],
      { dtypes: ['f32', 'f64'], looseness: 10 },
    ),
    fixedReduction(
      'some or all −∞',
      ops.logSumExp,
      logSumExp,
      [
        [Number.NEGATIVE_INFINITY, 2],
        [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
      ],
      { differentiable: false, infinite: true },
    ),
  ],
  argMax: [
    opCase({
      name: 'the first of equals',
      differentiable: false,
      dtypes: [...FLOATS, ...INTEGERS],
      draw: (g) => {
        const shape = g(shapes, { minRank: 1 });
        const axis = g(axisOf, shape);
        return sample({
          inputs: [g(integers, shape, -2, 2)],
          build: (x) => ops.argMax(x, axis),
          reference: (x) =>
            of(
              'i64',
              reshaped(
                lanes(x, axis, (lane) => [argMax(lane)]),
                dropAxis(shape, axis),
              ),
            ),
        });
      },
    }),
  ],
  topK: [
    opCase({
      name: 'distinct values',
      dtypes: NUMERIC,
      draw: (g, dtype) => {
        const shape = g(shapes, { minRank: 1 });
        const axis = g(axisOf, shape);
        const k = g(between, 1, shape.at(axis < 0 ? axis : axis - shape.length) as number);
        return sample({
          inputs: [whole(dtype, g(distinct, shape))],
          build: (x) => {
            const { values, indices } = ops.topK(x, k, axis);
            return [values, indices];
          },
          reference: (x) => [
            lanes(x, axis, (lane) => descending(lane).slice(0, k)),
            lanes(
              x,
              axis,
              (lane) =>
                descending(lane)
                  .slice(0, k)
                  .map((value) => lane.indexOf(value)),
              'i64',
            ),
          ],
        });
      },
    }),
  ],
  cumSum: [
    along('from the start', ops.cumSum, runningSum, { dtypes: NUMERIC }),
    along(
      'from the end',
      (x, axis) => ops.cumSum(x, axis, { reverse: true }),
      (lane) => runningSum(lane.toReversed()).toReversed(),
      { dtypes: NUMERIC },
    ),
  ],
  softmax: [along('any axis', ops.softmax, softmax), extremes((x) => ops.softmax(x), softmax)],
  logSoftmax: [along('any axis', ops.logSoftmax, logSoftmax), extremes((x) => ops.logSoftmax(x), logSoftmax)],
  layerNorm: normalizations(ops.layerNorm, normalized, true),
  rmsNorm: normalizations(ops.rmsNorm, rmsNormalized, false),
  groupNorm: [groupNormCase(false), groupNormCase(true)],
};
