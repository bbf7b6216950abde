/** Cases of products: matrices, convolutions, attention, resampling. */
import { hostTensor } from '../../../../src/tensor/host.ts';
import * as ops from '../../../../src/tensor/ops/index.ts';
import { constant, type Tensor } from '../../../../src/tensor/tensor.ts';
import { between, booleans, broadcastableTo, type Draw, integers, oneOf, shapes, values } from '../../../support/arbitraries.ts';
import {
  at,
  atOrZero,
  fromFunction,
  lanes,
  map,
  matmul,
  type NdArray,
  ndarray,
  positions,
  swapLast,
  total,
} from '../../../support/ndarray.ts';
import { NO_F64, NUMERIC, numbersOf, type OpCase, opCase, type Sample, sample } from '../case.ts';

const plus = (a: NdArray, b: NdArray): NdArray => map((x, y) => x + y, a, b);

/** Both operands' shapes, of which the last axes are already exchanged where they are to be read transposed. */
function matrixShapes(g: Draw, transposeA: boolean, transposeB: boolean): [number[], number[]] {
  const [m, k, n] = [g(between, 1, 4), g(between, 1, 5), g(between, 1, 3)];
  const batch = g(shapes, { maxRank: 2 }).map((dim) => Math.min(dim, 3));
  const [batchA, batchB] = [g(broadcastableTo, batch), g(broadcastableTo, batch)];
  return [
    [...batchA, ...(transposeA ? [k, m] : [m, k])],
    [...batchB, ...(transposeB ? [n, k] : [k, n])],
  ];
}

const matmulCase = (transposeA: boolean, transposeB: boolean): OpCase =>
  opCase({
    name: `batches that broadcast, ${transposeA ? 'Aᵀ' : 'A'}·${transposeB ? 'Bᵀ' : 'B'}`,
    dtypes: NUMERIC,
    draw: (g, dtype) => {
      const [first, second] = matrixShapes(g, transposeA, transposeB);
      const read = (x: NdArray, transpose: boolean): NdArray => (transpose ? swapLast(x) : x);
      return sample({
        inputs: [g(numbersOf, dtype, first), g(numbersOf, dtype, second)],
        build: (a, b) => ops.matmul(a, b, { transposeA, transposeB }),
        reference: (a, b) => matmul(read(a, transposeA), read(b, transposeB)),
      });
    },
  });

const scaledMatmul: OpCase = opCase({
  name: 'with a factor',
  draw: (g) => {
    const [transposeA, transposeB] = [g(booleans), g(booleans)];
    const [first, second] = matrixShapes(g, transposeA, transposeB);
    return sample({
      inputs: [g(values, first), g(values, second)],
      build: (a, b) => ops.matmul(a, b, { transposeA, transposeB, scale: -0.375 }),
      reference: (a, b) => map((x) => x * -0.375, matmul(transposeA ? swapLast(a) : a, transposeB ? swapLast(b) : b)),
    });
  },
});

const affineCase = (bias: boolean): OpCase =>
  opCase({
    name: bias ? 'with bias' : 'without bias',
    dtypes: NUMERIC,
    draw: (g, dtype): Sample => {
      const [rows, width, out] = [g(shapes, { minRank: 1, maxRank: 3 }), g(between, 1, 5), g(between, 1, 4)];
      const [x, weight] = [g(numbersOf, dtype, [...rows, width]), g(numbersOf, dtype, [out, width])];
      if (!bias) return sample({ inputs: [x, weight], build: (x, w) => ops.affine(x, w), reference: (x, w) => matmul(x, swapLast(w)) });
      return sample({
        inputs: [x, weight, g(numbersOf, dtype, [out])],
        build: ops.affine,
        reference: (x, w, b) => plus(matmul(x, swapLast(w)), b),
      });
    },
  });

interface ConvSizes {
  readonly batch: number;
  readonly groups: number;
  /** Channels per group, of what goes in and what comes out. */
  readonly channels: number;
  readonly out: number;
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
}

function convSizes(g: Draw, rank: number): ConvSizes {
  const perAxis = (min: number, max: number): number[] => Array.from({ length: rank }, () => g(between, min, max));
  return {
    batch: g(between, 1, 2),
    groups: g(between, 1, 3),
    channels: g(between, 1, 2),
    out: g(between, 1, 2),
    kernel: perAxis(1, 3),
    stride: perAxis(1, 3),
    padding: perAxis(0, 2),
    dilation: perAxis(1, 2),
  };
}

const number = (list: readonly number[], i: number): number => list[i] as number;

/** Every output is the sum of what the kernel covers, in its group of channels. */
function convolved(x: NdArray, weight: NdArray, { groups, channels, out, stride, padding, dilation }: ConvSizes): NdArray {
  const [kernel, space] = [weight.shape.slice(2), x.shape.slice(2)];
  const size = space.map(
    (dim, i) => Math.floor((dim + 2 * number(padding, i) - number(dilation, i) * (number(kernel, i) - 1) - 1) / number(stride, i)) + 1,
  );
  return fromFunction([number(x.shape, 0), groups * out, ...size], ([n, o, ...position]) => {
    const first = Math.floor((o as number) / out) * channels;
    let sum = 0;
    for (const [c, ...tap] of positions([channels, ...kernel])) {
      const source = position.map((p, i) => p * number(stride, i) + number(tap, i) * number(dilation, i) - number(padding, i));
      sum += at(weight, [o as number, c as number, ...tap]) * atOrZero(x, [n as number, first + (c as number), ...source]);
    }
    return sum;
  });
}

/** Every input is spread out by the kernel: what falls on a place of the output adds up there. */
function spread(
  x: NdArray,
  weight: NdArray,
  size: readonly number[],
  { groups, channels, out, stride, padding, dilation }: ConvSizes,
): NdArray {
  const result = fromFunction([number(x.shape, 0), groups * out, ...size], () => 0);
  for (const [n, c, ...position] of positions(x.shape) as Iterable<[number, number, ...number[]]>) {
    const group = Math.floor(c / channels);
    for (const [o, ...tap] of positions([out, ...weight.shape.slice(2)]) as Iterable<[number, ...number[]]>) {
      const target = position.map((p, i) => p * number(stride, i) + number(tap, i) * number(dilation, i) - number(padding, i));
      if (target.some((t, i) => t < 0 || t >= number(size, i))) continue;
      const place = [n, group * out + o, ...target].reduce((offset, index, axis) => offset * number(result.shape, axis) + index, 0);
      result.data[place] = number(result.data as unknown as number[], place) + at(x, [n, c, ...position]) * at(weight, [c, o, ...tap]);
    }
  }
  return result;
}

const perChannel = (bias: NdArray, rank: number): NdArray => ndarray([bias.data.length, ...Array<number>(rank).fill(1)], bias.data);

const convCase = (rank: number, bias: boolean): OpCase =>
  opCase({
    name: `${rank}D ${bias ? 'with' : 'without'} bias; any stride, padding, dilation and groups`,
    ...NO_F64,
    draw: (g) => {
      const sizes = convSizes(g, rank);
      const { batch, groups, channels, out, kernel, stride, padding, dilation } = sizes;
      const reach = kernel.map((k, i) => number(dilation, i) * (k - 1) + 1);
      const space = reach.map((r, i) => Math.max(r - 2 * number(padding, i), 1) + g(between, 0, 3));
      const x = g(values, [batch, groups * channels, ...space]);
      const weight = g(values, [groups * out, channels, ...kernel]);
      const options = { stride, padding, dilation, groups };
      if (!bias) {
        return sample({
          inputs: [x, weight],
          build: (x, w) => ops.conv(x, w, undefined, options),
          reference: (x, w) => convolved(x, w, sizes),
        });
      }
      return sample({
        inputs: [x, weight, g(values, [groups * out])],
        build: (x, w, b) => ops.conv(x, w, b, options),
        reference: (x, w, b) => plus(convolved(x, w, sizes), perChannel(b, rank)),
      });
    },
  });

const convTransposeCase = (rank: number, bias: boolean): OpCase =>
  opCase({
    name: `${rank}D ${bias ? 'with' : 'without'} bias; any stride, padding, dilation, groups and output padding`,
    ...NO_F64,
    draw: (g) => {
      const sizes = convSizes(g, rank);
      const { batch, groups, channels, out, kernel, stride, padding, dilation } = sizes;
      const outputPadding = stride.map((s) => g(between, 0, s - 1));
      const reach = kernel.map((k, i) => number(dilation, i) * (k - 1) + 1);
      // Enough input for something to be left when the padding is cut off.
      const space = reach.map(
        (r, i) => Math.max(1, Math.ceil((2 * number(padding, i) + 1 - r) / number(stride, i)) + 1) + g(between, 0, 2),
      );
      const size = space.map(
        (dim, i) => number(stride, i) * (dim - 1) + number(reach, i) - 2 * number(padding, i) + number(outputPadding, i),
      );
      const x = g(values, [batch, groups * channels, ...space]);
      const weight = g(values, [groups * channels, out, ...kernel]);
      const options = { stride, padding, dilation, groups, outputPadding };
      if (!bias) {
        return sample({
          inputs: [x, weight],
          build: (x, w) => ops.convTranspose(x, w, undefined, options),
          reference: (x, w) => spread(x, w, size, sizes),
        });
      }
      return sample({
        inputs: [x, weight, g(values, [groups * out])],
        build: (x, w, b) => ops.convTranspose(x, w, b, options),
        reference: (x, w, b) => plus(spread(x, w, size, sizes), perChannel(b, rank)),
      });
    },
  });

const scalarOptions = (op: typeof ops.conv): OpCase =>
  opCase({
    name: 'one number for all axes',
    ...NO_F64,
    draw: (g) => {
      const sizes: ConvSizes = {
        batch: 1,
        groups: 1,
        channels: 2,
        out: 2,
        kernel: [2, 3],
        stride: [2, 2],
        padding: [1, 1],
        dilation: [1, 1],
      };
      const inputs = [g(values, [1, 2, 5, 4]), g(values, [2, 2, 2, 3])] as const;
      const reference =
        op === ops.conv ? (x: NdArray, w: NdArray) => convolved(x, w, sizes) : (x: NdArray, w: NdArray) => spread(x, w, [8, 7], sizes);
      return sample({ inputs, build: (x, w) => op(x, w, undefined, { stride: 2, padding: 1 }), reference });
    },
  });

/** A query's mean of the values, weighted by the exponential of its products with the keys. */
function attended(q: NdArray, k: NdArray, v: NdArray, scale: number, mask?: NdArray): NdArray {
  const [batch, queries, heads, width] = q.shape as [number, number, number, number];
  const [keys, groups, valueWidth] = [number(k.shape, 1), number(k.shape, 2), number(v.shape, 3)];
  const weights = fromFunction([batch, heads, queries, keys], ([b, h, t, s]) => {
    const group = Math.floor((h as number) / (heads / groups));
    const products = Array.from(
      { length: width },
      (_, i) => at(q, [b as number, t as number, h as number, i]) * at(k, [b as number, s as number, group, i]),
    );
    return scale * total(products) + (mask ? at(mask, [b as number, h as number, t as number, s as number]) : 0);
  });
  const probabilities = lanes(weights, -1, (lane) => {
    const most = Math.max(...lane);
    const exponentials = lane.map((x) => Math.exp(x - most));
    return exponentials.map((x) => x / total(exponentials));
  });
  return fromFunction([batch, queries, heads, valueWidth], ([b, t, h, i]) => {
    const group = Math.floor((h as number) / (heads / groups));
    return total(
      Array.from(
        { length: keys },
        (_, s) => at(probabilities, [b as number, h as number, t as number, s]) * at(v, [b as number, s, group, i as number]),
      ),
    );
  });
}

interface Heads {
  readonly q: NdArray;
  readonly k: NdArray;
  readonly v: NdArray;
  readonly scores: readonly number[];
}

/** ONNX Runtime holds factors of products in f32, whatever the dtype: for f64 to agree, 1/√width must be exact. */
const WIDTHS = [1, 4];

/** Queries, keys and values of which `sharing` query heads each have a key head in common. */
function drawHeads(g: Draw, sharing: number): Heads {
  const [batch, queries, keys, groups] = [g(between, 1, 2), g(between, 1, 3), g(between, 1, 4), g(between, 1, 2)];
  const [width, valueWidth] = [g(oneOf<number>, WIDTHS), g(between, 1, 3)];
  const heads = groups * sharing;
  return {
    q: g(values, [batch, queries, heads, width]),
    k: g(values, [batch, keys, groups, width]),
    v: g(values, [batch, keys, groups, valueWidth]),
    scores: [batch, heads, queries, keys],
  };
}

const attention = (name: string, sharing: number): OpCase[] => [
  opCase({
    name,
    draw: (g) => {
      const { q, k, v } = drawHeads(g, sharing);
      const scale = g(oneOf<number | undefined>, [undefined, 0.75]);
      return sample({
        inputs: [q, k, v],
        build: (q, k, v) => ops.scaledDotProductAttention(q, k, v, scale === undefined ? {} : { scale }),
        reference: (q, k, v) => attended(q, k, v, scale ?? 1 / Math.sqrt(number(q.shape, 3))),
      });
    },
  }),
  opCase({
    name: `${name}, a mask that broadcasts`,
    draw: (g) => {
      const { q, k, v, scores } = drawHeads(g, sharing);
      return sample({
        inputs: [q, k, v, g(values, g(broadcastableTo, scores))],
        build: (q, k, v, mask) => ops.scaledDotProductAttention(q, k, v, { mask }),
        reference: (q, k, v, mask) => attended(q, k, v, 1 / Math.sqrt(number(q.shape, 3)), mask),
      });
    },
  }),
  opCase({
    name: `${name}, keys hidden by −∞`,
    draw: (g) => {
      const { q, k, v, scores } = drawHeads(g, sharing);
      // The first key is always seen.
      const hide = g(integers, scores.slice(-2), 0, 1);
      const mask = fromFunction(hide.shape, (index) => (index[1] !== 0 && at(hide, index) ? Number.NEGATIVE_INFINITY : 0));
      return sample({
        inputs: [q, k, v, mask],
        build: (q, k, v, mask) => ops.scaledDotProductAttention(q, k, v, { mask }),
        reference: (q, k, v, mask) => attended(q, k, v, 1 / Math.sqrt(number(q.shape, 3)), mask),
        wrt: [0, 1, 2],
      });
    },
  }),
];

/** The kernel of bilinear (a = undefined) or bicubic interpolation. */
function kernel(t: number, a: number | undefined): number {
  const x = Math.abs(t);
  if (a === undefined) return Math.max(1 - x, 0);
  if (x < 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1;
  return x < 2 ? a * x ** 3 - 5 * a * x ** 2 + 8 * a * x - 4 * a : 0;
}

/** A row of pixels at another size, as PyTorch's `interpolate` has it. */
function resampled(
  row: readonly number[],
  size: number,
  { mode = 'bilinear', antialias = false, alignCorners = false }: ops.ResizeOptions,
): number[] {
  const ratio = row.length / size;
  const pixel = (i: number): number => number(row, Math.min(Math.max(i, 0), row.length - 1));
  return Array.from({ length: size }, (_, i) => {
    if (antialias) {
      const stretch = Math.max(ratio, 1);
      const centre = (i + 0.5) * ratio;
      const weights = row.map((_, j) => kernel((j + 0.5 - centre) / stretch, mode === 'bicubic' ? -0.5 : undefined));
      return total(row.map((value, j) => (value * number(weights, j)) / total(weights)));
    }
    const corner = size > 1 ? (i * (row.length - 1)) / (size - 1) : 0;
    const position = alignCorners ? corner : (i + 0.5) * ratio - 0.5;
    const near = [-1, 0, 1, 2].map((step) => Math.floor(position) + step);
    return total(near.map((j) => pixel(j) * kernel(j - position, mode === 'bicubic' ? -0.75 : undefined)));
  });
}

const RESIZES: readonly ops.ResizeOptions[] = [
  {},
  { antialias: true },
  { alignCorners: true },
  { mode: 'bicubic' },
  { mode: 'bicubic', antialias: true },
  { mode: 'bicubic', alignCorners: true },
];

const describeOptions = (options: ops.ResizeOptions): string => JSON.stringify(options);

const resizeCase = (options: ops.ResizeOptions): OpCase =>
  opCase({
    name: describeOptions(options),
    draw: (g) => {
      const shape = [...g(shapes, { maxRank: 2 }).map((dim) => Math.min(dim, 2)), g(between, 1, 6), g(between, 1, 6)];
      const [height, width] = [g(between, 1, 8), g(between, 1, 8)];
      return sample({
        inputs: [g(values, shape)],
        build: (x) => ops.resize(x, [height, width], options),
        reference: (x) =>
          lanes(
            lanes(x, -1, (row) => resampled(row, width, options)),
            -2,
            (column) => resampled(column, height, options),
          ),
      });
    },
  });

const matrixCase = (options: ops.ResizeOptions): OpCase =>
  opCase({
    name: describeOptions(options),
    dtypes: ['f32', 'f64'],
    draw: (g, dtype) => {
      const [from, to] = [g(between, 1, 6), g(between, 1, 8)];
      const matrix = (): Tensor => constant(hostTensor(dtype, [to, from], ops.interpolationMatrix(from, to, options)));
      return sample({
        inputs: [g(values, [from, 2])],
        build: (x) => ops.matmul(matrix(), x),
        reference: (x) => lanes(x, 0, (column) => resampled(column, to, options)),
      });
    },
  });

/** Pairs (i, i + d/2) turned, in plain loops. */
const turned = (x: NdArray, cos: NdArray, sin: NdArray): NdArray =>
  fromFunction(x.shape, (index) => {
    const [b, t, h, i] = index as [number, number, number, number];
    const half = number(x.shape, 3) / 2;
    const place = cos.shape.length === 3 ? [b, t, i % half] : [t, i % half];
    const [own, other] = [at(x, index), at(x, [b, t, h, (i + half) % (2 * half)])];
    return own * at(cos, place) + (i < half ? -1 : 1) * other * at(sin, place);
  });

const rotateCase = (name: string, each: boolean): OpCase =>
  opCase({
    name,
    draw: (g) => {
      const [batch, time, heads, half] = [g(between, 1, 3), g(between, 1, 4), g(between, 1, 3), g(between, 1, 9)];
      const table = each ? [batch, time, half] : [time, half];
      return sample({
        inputs: [g(values, [batch, time, heads, 2 * half]), g(values, table), g(values, table)],
        build: (x, cos, sin) => ops.rotate(x, cos, sin),
        reference: turned,
      });
    },
  });

/** Cases by op. */
export const linear = {
  rotate: [rotateCase('angles of all samples', false), rotateCase('angles of each sample', true)],
  matmul: [matmulCase(false, false), matmulCase(false, true), matmulCase(true, false), matmulCase(true, true), scaledMatmul],
  affine: [affineCase(true), affineCase(false)],
  conv: [convCase(1, false), convCase(1, true), convCase(2, false), convCase(2, true), scalarOptions(ops.conv)],
  convTranspose: [
    convTransposeCase(1, false),
    convTransposeCase(1, true),
    convTransposeCase(2, false),
    convTransposeCase(2, true),
    scalarOptions(ops.convTranspose),
  ],
  scaledDotProductAttention: [...attention('a key head for each query head', 1), ...attention('key heads shared by query heads', 2)],
  resize: RESIZES.map(resizeCase),
  interpolationMatrix: RESIZES.map(matrixCase),
};
