/** Cases of the ops that move values: reshaping, cutting, joining, gathering, scattering. */
import type { DType } from '../../../../src/tensor/dtype.ts';
import * as ops from '../../../../src/tensor/ops/index.ts';
import {
  axisOf,
  between,
  booleans,
  broadcastableTo,
  type Draw,
  integers,
  oneOf,
  permutations,
  shapes,
  values,
} from '../../../support/arbitraries.ts';
import {
  at,
  atOrZero,
  fromFunction,
  lanes,
  map,
  type NdArray,
  of,
  offset,
  positions,
  reshaped,
  transposed,
} from '../../../support/ndarray.ts';
import { ALL, INTEGERS, NUMERIC, numbersOf, type OpCase, opCase, sample } from '../case.ts';

const front = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

const withDim = (shape: readonly number[], axis: number, dim: number): number[] => shape.map((old, i) => (i === axis ? dim : old));

/** The box of `size` that begins at `start`; zero where that is outside. */
const box = (x: NdArray, start: readonly number[], size: readonly number[]): NdArray =>
  fromFunction(size, (index) =>
    atOrZero(
      x,
      index.map((i, axis) => i + (start[axis] as number)),
    ),
  );

/** `count` sizes that add up to `total`. */
function pieces(g: Draw, total: number, count: number): number[] {
  const cuts = Array.from({ length: count - 1 }, () => g(between, 1, total - 1)).sort((a, b) => a - b);
  return [...cuts, total].map((cut, i) => cut - (cuts[i - 1] ?? 0)).filter((size) => size > 0);
}

function joined(arrays: readonly NdArray[], axis: number): NdArray {
  const [first] = arrays as [NdArray];
  const whole = arrays.reduce((sum, { shape }) => sum + (shape[axis] as number), 0);
  return fromFunction(withDim(first.shape, axis, whole), (index) => {
    let rest = index[axis] as number;
    for (const x of arrays) {
      if (rest < (x.shape[axis] as number)) return at(x, withDim(index, axis, rest));
      rest -= x.shape[axis] as number;
    }
    return Number.NaN;
  });
}

const INDEX_TYPES: readonly DType[] = ['i64', 'i32'];

const gatherCase: OpCase = opCase({
  name: 'any axis, indices of any rank that repeat',
  dtypes: ALL,
  draw: (g, dtype) => {
    const shape = g(shapes, { minRank: 1, maxRank: 3 });
    const axis = g(axisOf, shape);
    const along = front(axis, shape.length);
    const chosen = g(shapes, { maxRank: 2 }).map((dim) => Math.min(dim, 4));
    const indices = of(g(oneOf<DType>, INDEX_TYPES), g(integers, chosen, 0, (shape[along] as number) - 1));
    const size = [...shape.slice(0, along), ...chosen, ...shape.slice(along + 1)];
    return sample({
      inputs: [g(numbersOf, dtype, shape), indices],
      build: (x, indices) => ops.gather(x, indices, axis),
      reference: (x, indices) =>
        fromFunction(size, (index) => {
          const picked = at(indices, index.slice(along, along + chosen.length));
          return at(x, [...index.slice(0, along), picked, ...index.slice(along + chosen.length)]);
        }),
    });
  },
});

/** A shape, an axis of it, and indices along it of another length. */
function drawAlong(g: Draw): { shape: number[]; axis: number; along: number; indices: NdArray } {
  const shape = g(shapes, { minRank: 1, maxRank: 3 });
  const axis = g(axisOf, shape);
  const along = front(axis, shape.length);
  const chosen = withDim(shape, along, g(between, 1, 5));
  return { shape, axis, along, indices: of(g(oneOf<DType>, INDEX_TYPES), g(integers, chosen, 0, (shape[along] as number) - 1)) };
}

/** Cases by op. */
export const layout = {
  reshape: [
    opCase({
      name: 'another order of sizes, one of them left open',
      dtypes: ALL,
      draw: (g, dtype) => {
        const shape = g(shapes);
        const target = g(permutations, shape.length).map((axis) => shape[axis] as number);
        const open = g(between, -1, shape.length - 1);
        return sample({
          inputs: [g(numbersOf, dtype, shape)],
          build: (x) => ops.reshape(x, withDim(target, open, -1)),
          reference: (x) => reshaped(x, target),
        });
      },
    }),
    opCase({
      name: 'flat and back',
      draw: (g) => {
        const shape = g(shapes);
        return sample({
          inputs: [g(values, shape)],
          build: (x) => ops.reshape(ops.square(ops.reshape(x, [-1])), shape),
          reference: (x) => map((v) => v * v, x),
        });
      },
    }),
  ],
  transpose: [
    opCase({
      name: 'any permutation',
      dtypes: ALL,
      draw: (g, dtype) => {
        const shape = g(shapes);
        const permutation = g(permutations, shape.length);
        return sample({
          inputs: [g(numbersOf, dtype, shape)],
          build: (x) => ops.transpose(x, permutation),
          reference: (x) => transposed(x, permutation),
        });
      },
    }),
    opCase({
      name: 'the last two axes',
      draw: (g) => {
        const shape = g(shapes, { minRank: 2 });
        const rank = shape.length;
        const permutation = [...shape.keys()].map((axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
        return sample({ inputs: [g(values, shape)], build: (x) => ops.transpose(x), reference: (x) => transposed(x, permutation) });
      },
    }),
  ],
  broadcastTo: [
    opCase({
      name: 'new and repeated axes',
      dtypes: ALL,
      draw: (g, dtype) => {
        const shape = g(shapes);
        return sample({
          inputs: [g(numbersOf, dtype, g(broadcastableTo, shape))],
          build: (x) => ops.broadcastTo(x, shape),
          reference: (x) => fromFunction(shape, (index) => at(x, index)),
        });
      },
    }),
  ],
  slice: [
    opCase({
      name: 'part of an axis, counted from either end',
      dtypes: ALL,
      draw: (g, dtype) => {
        const shape = g(shapes, { minRank: 1 });
        const axis = g(axisOf, shape);
        const along = front(axis, shape.length);
        const dim = shape[along] as number;
        const start = g(between, 0, dim - 1);
        const end = g(between, start + 1, dim);
        const fromEnd = g(booleans);
        const [first, last] = fromEnd ? [start - dim, end === dim ? undefined : end - dim] : [start, end];
        return sample({
          inputs: [g(numbersOf, dtype, shape)],
          build: (x) => ops.slice(x, axis, first, last),
          reference: (x) =>
            box(
              x,
              withDim(
                shape.map(() => 0),
                along,
                start,
              ),
              withDim(shape, along, end - start),
            ),
        });
      },
    }),
  ],
  sliceRange: [
    opCase({
      name: 'part of every axis',
      dtypes: ALL,
      draw: (g, dtype) => {
        const shape = g(shapes);
        const starts = shape.map((dim) => g(between, 0, dim - 1));
        const sizes = shape.map((dim, axis) => g(between, 1, dim - (starts[axis] as number)));
        return sample({
          inputs: [g(numbersOf, dtype, shape)],
          build: (x) =>
            ops.sliceRange(
              x,
              starts,
              sizes.map((size, axis) => size + (starts[axis] as number)),
            ),
          reference: (x) => box(x, starts, sizes),
        });
      },
    }),
  ],
  pad: [
    opCase({
      name: 'any widths, with 0 or 1',
      dtypes: ALL,
      draw: (g, dtype) => {
        const shape = g(shapes, { maxRank: 3 });
        const widths = shape.map(() => [g(between, 0, 2), g(between, 0, 2)] as const);
        const value = g(oneOf<number>, [0, 1]);
        const size = shape.map((dim, axis) => dim + (widths[axis]?.[0] as number) + (widths[axis]?.[1] as number));
        return sample({
          inputs: [g(numbersOf, dtype, shape)],
          build: (x) => ops.pad(x, widths, value),
          // Padding with a value is padding with 0 of what is above it.
          reference: (x) =>
            map(
              (v) => v + value,
              box(
                map((v) => v - value, x),
                widths.map(([before]) => -before),
                size,
              ),
            ),
        });
      },
    }),
  ],
  concat: [
    opCase({
      name: 'one to three tensors',
      dtypes: ALL,
      draw: (g, dtype) => {
        const shape = g(shapes, { minRank: 1, maxRank: 3 });
        const axis = g(axisOf, shape);
        const along = front(axis, shape.length);
        const inputs = Array.from({ length: g(between, 1, 3) }, () => g(numbersOf, dtype, withDim(shape, along, g(between, 1, 4))));
        return sample({ inputs, build: (...all) => ops.concat(all, axis), reference: (...all) => joined(all, along) });
      },
    }),
    opCase({
      name: 'a tensor with itself',
      draw: (g) => sample({ inputs: [g(values, [2, 3])], build: (x) => ops.concat([x, x], 1), reference: (x) => joined([x, x], 1) }),
    }),
  ],
  split: [
    opCase({
      name: 'given sizes',
      dtypes: ALL,
      draw: (g, dtype) => {
        const shape = g(shapes, { minRank: 1, maxRank: 3 });
        const axis = g(axisOf, shape);
        const along = front(axis, shape.length);
        const dim = shape[along] as number;
        const sizes = dim === 1 ? [1] : pieces(g, dim, g(between, 2, 3));
        const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0));
        return sample({
          inputs: [g(numbersOf, dtype, shape)],
          build: (x) => ops.split(x, sizes, axis),
          reference: (x) =>
            sizes.map((size, i) =>
              box(
                x,
                withDim(
                  shape.map(() => 0),
                  along,
                  starts[i] as number,
                ),
                withDim(shape, along, size),
              ),
            ),
        });
      },
    }),
    opCase({
      name: 'equal pieces, of which only one is used',
      draw: (g) =>
        sample({ inputs: [g(values, [2, 6])], build: (x) => ops.split(x, 3, 1)[1] ?? [], reference: (x) => box(x, [0, 2], [2, 2]) }),
    }),
  ],
  unsqueeze: [
    opCase({
      name: 'anywhere',
      dtypes: ALL,
      draw: (g, dtype) => {
        const shape = g(shapes, { maxRank: 3 });
        const axis = g(axisOf, [...shape, 1]);
        return sample({
          inputs: [g(numbersOf, dtype, shape)],
          build: (x) => ops.unsqueeze(x, axis),
          reference: (x) => reshaped(x, shape.toSpliced(front(axis, shape.length + 1), 0, 1)),
        });
      },
    }),
  ],
  squeeze: [
    opCase({
      name: 'anywhere',
      dtypes: ALL,
      draw: (g, dtype) => {
        const shape = g(shapes, { maxRank: 3 });
        const axis = g(axisOf, [...shape, 1]);
        const wide = shape.toSpliced(front(axis, shape.length + 1), 0, 1);
        return sample({ inputs: [g(numbersOf, dtype, wide)], build: (x) => ops.squeeze(x, axis), reference: (x) => reshaped(x, shape) });
      },
    }),
  ],

  gather: [gatherCase],
  takeAlongAxis: [
    opCase({
      name: 'any axis, indices that repeat',
      dtypes: ALL,
      draw: (g, dtype) => {
        const { shape, axis, along, indices } = drawAlong(g);
        return sample({
          inputs: [g(numbersOf, dtype, shape), indices],
          build: (x, indices) => ops.takeAlongAxis(x, indices, axis),
          reference: (x, indices) => fromFunction(indices.shape, (index) => at(x, withDim(index, along, at(indices, index)))),
        });
      },
    }),
  ],
  scatterAdd: [
    opCase({
      name: 'any axis, indices that repeat',
      dtypes: NUMERIC,
      draw: (g, dtype) => {
        const { shape, axis, along, indices } = drawAlong(g);
        return sample({
          inputs: [g(numbersOf, dtype, shape), indices, g(numbersOf, dtype, indices.shape)],
          build: (data, indices, updates) => ops.scatterAdd(data, indices, updates, axis),
          reference: (data, indices, updates) => {
            const sums = Float64Array.from(data.data);
            for (const index of positions(indices.shape)) {
              const place = offset(shape, withDim(index, along, at(indices, index)));
              sums[place] = (sums[place] as number) + at(updates, index);
            }
            return { shape, data: sums };
          },
        });
      },
    }),
  ],
  oneHot: (['f32', 'f64', 'f16', 'bf16', 'i32', 'i64', 'u8', 'bool'] as const).map((result) =>
    opCase({
      name: `${result}, with indices from the end and out of range`,
      dtypes: INTEGERS,
      also: result,
      draw: (g) => {
        const depth = g(between, 1, 4);
        const indices = g(integers, g(shapes, { maxRank: 3 }), -depth, depth + 1);
        return sample({
          inputs: [indices],
          build: (x) => ops.oneHot(x, depth, result),
          reference: (x) =>
            lanes(
              reshaped(x, [...x.shape, 1]),
              -1,
              ([hot = 0]) => Array.from({ length: depth }, (_, i) => Number(i === hot || i === hot + depth)),
              result,
            ),
        });
      },
    }),
  ),
};
