/** Ops that move values without changing them: reshape, transpose, slice and pad, concat and split. */
import { normalizeAxis, requireWhole, type Shape, sameShape, sizeOf } from '../shape.ts';
import { captureSite, TensorError } from '../site.ts';
import { apply, apply1, type Op, type Tensor, type TensorType, zeros } from '../tensor.ts';

const Reshape: Op<{ shape: Shape }> = {
  name: 'Reshape',
  infer: ([x], { shape }) => {
    const { dtype, shape: from } = x as TensorType;
    requireWhole('sizes', shape);
    if (sizeOf(from) !== sizeOf(shape)) throw new Error(`cannot reshape ${sizeOf(from)} values into [${shape.join(', ')}]`);
    return [{ dtype, shape }];
  },
  gradient: ([g], { inputs: [x] }) => [reshape(g as Tensor, (x as Tensor).shape)],
  // In ONNX, a 0 means the size that the axis had, unless it is allowed to mean 0.
  lower: (on, [x], { attributes: { shape } }) =>
    on.emit('Reshape', [x, on.integers(shape)], shape.includes(0) ? { allowzero: { int: 1 } } : undefined),
};

const Transpose: Op<{ permutation: readonly number[] }> = {
  name: 'Transpose',
  infer: ([x], { permutation }) => {
    const { dtype, shape } = x as TensorType;
    if (permutation.length !== shape.length || [...permutation].sort((a, b) => a - b).some((axis, i) => axis !== i)) {
      throw new Error(`[${permutation.join(', ')}] is not a permutation of the ${shape.length} axes`);
    }
    return [{ dtype, shape: permutation.map((axis) => shape[axis] as number) }];
  },
  gradient: ([g], { attributes: { permutation } }) => [transpose(g as Tensor, invert(permutation))],
  lower: (on, inputs, { attributes: { permutation } }) => on.emit('Transpose', inputs, { perm: { ints: permutation } }),
};

const invert = (permutation: readonly number[]): number[] => permutation.map((_, axis) => permutation.indexOf(axis));

interface SliceAttributes {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const Slice: Op<SliceAttributes> = {
  name: 'Slice',
  infer: ([x], { starts, ends }) => {
    const { dtype, shape } = x as TensorType;
    shape.forEach((dim, axis) => {
      const [start, end] = [starts[axis] as number, ends[axis] as number];
      if (!(start >= 0 && start <= end && end <= dim)) throw new Error(`axis ${axis} has ${dim} entries: ${start} to ${end} is not in it`);
    });
    return [{ dtype, shape: shape.map((_, axis) => (ends[axis] as number) - (starts[axis] as number)) }];
  },
  gradient: ([g], { inputs: [x], attributes: { starts, ends } }) => [
    pad(
      g as Tensor,
      (x as Tensor).shape.map((dim, axis) => [starts[axis] as number, dim - (ends[axis] as number)]),
    ),
  ],
  lower: (on, [x], { attributes: { starts, ends }, inputs }) => {
    const shape = (inputs[0] as TensorType).shape;
    const axes = shape.map((_, axis) => axis).filter((axis) => starts[axis] !== 0 || ends[axis] !== shape[axis]);
    const pick = (values: readonly number[]): string => on.integers(axes.map((axis) => values[axis] as number));
    return on.emit('Slice', [x, pick(starts), pick(ends), on.integers(axes)]);
  },
};

interface PadAttributes {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly value: number;
}

const Pad: Op<PadAttributes> = {
  name: 'Pad',
  infer: ([x], { before, after }) => {
    const { dtype, shape } = x as TensorType;
    if (before.length !== shape.length) throw new Error(`expected ${shape.length} pairs of padding, got ${before.length}`);
    requireWhole('padding', [...before, ...after]);
    return [{ dtype, shape: shape.map((dim, axis) => (before[axis] as number) + dim + (after[axis] as number)) }];
  },
  gradient: ([g], { inputs: [x], attributes: { before } }) => [
    sliceRange(
      g as Tensor,
      before,
      (x as Tensor).shape.map((dim, axis) => (before[axis] as number) + dim),
    ),
  ],
  lower: (on, [x], { attributes: { before, after, value }, inputs }) =>
    on.emit('Pad', [x, on.integers([...before, ...after]), value === 0 ? undefined : on.scalar((inputs[0] as TensorType).dtype, value)]),
};

const Concat: Op<{ axis: number }> = {
  name: 'Concat',
  infer: (inputs, { axis }) => {
    const first = inputs[0] as TensorType;
    for (const { dtype, shape } of inputs) {
      if (dtype !== first.dtype) throw new Error(`operands have different dtypes, ${first.dtype} and ${dtype}: cast one of them`);
      if (shape.length !== first.shape.length || shape.some((dim, i) => i !== axis && dim !== first.shape[i])) {
        throw new Error(`shapes must agree on every axis but ${axis}`);
      }
    }
    const total = inputs.reduce((sum, { shape }) => sum + (shape[axis] as number), 0);
    return [{ dtype: first.dtype, shape: first.shape.map((dim, i) => (i === axis ? total : dim)) }];
  },
  gradient: ([g], { inputs, attributes: { axis } }) =>
    split(
      g as Tensor,
      inputs.map(({ shape }) => shape[axis] as number),
      axis,
    ),
  lower: (on, inputs, { attributes: { axis } }) => on.emit('Concat', inputs, { axis: { int: axis } }),
};

const Split: Op<{ sizes: readonly number[]; axis: number }> = {
  name: 'Split',
  infer: ([x], { sizes, axis }) => {
    const { dtype, shape } = x as TensorType;
    requireWhole('sizes', sizes);
    const total = sizes.reduce((a, b) => a + b, 0);
    if (total !== shape[axis]) throw new Error(`sizes add up to ${total}, but axis ${axis} has ${shape[axis]} entries`);
    return sizes.map((size) => ({ dtype, shape: shape.map((dim, i) => (i === axis ? size : dim)) }));
  },
  gradient: (gs, { outputs, attributes: { axis } }) => [
    concat(
      gs.map((g, i) => g ?? zeros((outputs[i] as TensorType).dtype, (outputs[i] as TensorType).shape)),
      axis,
    ),
  ],
  lower: (on, [x], { attributes: { sizes, axis } }) => on.emitMany('Split', sizes.length, [x, on.integers(sizes)], { axis: { int: axis } }),
};

/** The same values in C order under another shape; one dimension may be −1, meaning what is left. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = shape.reduce((size, dim) => (dim === -1 ? size : size * dim), 1);
  const resolved = shape.map((dim) => (dim === -1 ? sizeOf(x.shape) / known : dim));
  if (sameShape(resolved, x.shape)) return x;
  // Of reshapes one after another the last one counts.
  const { node } = x;
  const source = node.kind === 'op' && node.op === Reshape ? (node.inputs[0] as Tensor) : x;
  return sameShape(resolved, source.shape) ? source : apply1(Reshape, [source], { shape: resolved });
}

/** Axis i of the result is axis `permutation[i]` of `x`; without a permutation the last two axes swap. */
export function transpose(x: Tensor, permutation?: readonly number[]): Tensor {
  const rank = x.shape.length;
  const axes = permutation?.map((axis) => normalizeAxis(axis, rank)) ?? [...Array(Math.max(rank - 2, 0)).keys(), rank - 1, rank - 2];
  return axes.every((axis, i) => axis === i) && axes.length === rank ? x : apply1(Transpose, [x], { permutation: axes });
}

/** Entries `start` (included) to `end` (excluded; to the end when left out) of one axis; negative ones count from the end. */
export function slice(x: Tensor, axis: number, start: number, end?: number): Tensor {
  const at = normalizeAxis(axis, x.shape.length);
  const dim = x.shape[at] as number;
  const from = start < 0 ? start + dim : start;
  const to = end === undefined ? dim : end < 0 ? end + dim : end;
  return sliceRange(
    x,
    x.shape.map((_, i) => (i === at ? from : 0)),
    x.shape.map((d, i) => (i === at ? to : d)),
  );
}

/** The box from `starts` (included) to `ends` (excluded), one entry per axis. */
export function sliceRange(x: Tensor, starts: readonly number[], ends: readonly number[]): Tensor {
  const whole = starts.every((start, axis) => start === 0 && ends[axis] === x.shape[axis]);
  return whole ? x : apply1(Slice, [x], { starts, ends });
}

/** Adds `[before, after]` entries of `value` at the ends of each axis. */
export function pad(x: Tensor, widths: readonly (readonly [number, number] | readonly number[])[], value = 0): Tensor {
  const [before, after] = [0, 1].map((side) => widths.map((pair) => pair[side] as number)) as [number[], number[]];
  return widths.length === x.shape.length && [...before, ...after].every((n) => n === 0) ? x : apply1(Pad, [x], { before, after, value });
}

/** Joins tensors along an axis. */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const [first] = tensors;
  if (first === undefined) throw new TensorError('Concat(): needs at least one tensor', captureSite());
  return tensors.length === 1 ? first : apply1(Concat, tensors, { axis: normalizeAxis(axis, first.shape.length) });
}

/** Cuts an axis into pieces of the given sizes, or into `sizes` equal ones. */
export function split(x: Tensor, sizes: number | readonly number[], axis: number): Tensor[] {
  const at = normalizeAxis(axis, x.shape.length);
  const pieces = typeof sizes === 'number' ? Array<number>(sizes).fill((x.shape[at] as number) / sizes) : sizes;
  return pieces.length === 1 && pieces[0] === x.shape[at] ? [x] : apply(Split, [x], { sizes: pieces, axis: at });
}

/** Inserts an axis of size 1. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis(axis, x.shape.length + 1);
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

/** Removes an axis of size 1. */
export function squeeze(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis(axis, x.shape.length);
  return reshape(
    x,
    x.shape.filter((_, i) => i !== at),
  );
}
