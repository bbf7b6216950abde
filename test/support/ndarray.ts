/**
 * Arrays in plain loops: an independent statement of what ops compute, in f64 and without any of the library's code. Slow and
 * obvious on purpose.
 */
import type { DType } from '../../src/tensor/dtype.ts';

/** Values in C order, whole numbers and truth values (0 and 1) among them. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
  /** Where it is not the dtype that a test is about: indices, the results of comparisons. */
  readonly dtype?: DType | undefined;
}

export type Index = readonly number[];

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, dim) => size * dim, 1);

export function ndarray(shape: readonly number[], values: ArrayLike<number>, dtype?: DType): NdArray {
  if (values.length !== sizeOf(shape)) throw new Error(`[${shape.join(', ')}] does not hold ${values.length} values`);
  return { shape, data: Float64Array.from(values), dtype };
}

/** The same array, of a dtype of its own. */
export const of = (dtype: DType, x: NdArray): NdArray => ({ ...x, dtype });

/** All indices of a shape, the last axis fastest. */
export function* positions(shape: readonly number[]): Generator<number[]> {
  const total = sizeOf(shape);
  for (let count = 0; count < total; count++) {
    const index = Array<number>(shape.length);
    let rest = count;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const dim = shape[axis] as number;
      index[axis] = rest % dim;
      rest = Math.floor(rest / dim);
    }
    yield index;
  }
}

/** The array of `shape` whose entry at each index is `f(index)`. */
export function fromFunction(shape: readonly number[], f: (index: Index) => number, dtype?: DType): NdArray {
  const data = new Float64Array(sizeOf(shape));
  let i = 0;
  for (const index of positions(shape)) data[i++] = f(index);
  return { shape, data, dtype };
}

/** Position in C order. Leading axes of `index` that `shape` lacks are ignored, and axes of size 1 repeat: broadcasting. */
export function offset(shape: readonly number[], index: Index): number {
  let result = 0;
  const lead = index.length - shape.length;
  for (let axis = 0; axis < shape.length; axis++) {
    const dim = shape[axis] as number;
    result = result * dim + (dim === 1 ? 0 : (index[lead + axis] as number));
  }
  return result;
}

/** The entry at an index, with broadcasting. */
export const at = (x: NdArray, index: Index): number => x.data[offset(x.shape, index)] as number;

/** The entry at an index, or 0 outside the array: zero padding. */
export const atOrZero = (x: NdArray, index: Index): number =>
  index.every((i, axis) => i >= 0 && i < (x.shape[axis] as number)) ? at(x, index) : 0;

/** The shape that arrays broadcast to. */
function commonShape(...shapes: (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const dims = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    return dims.find((dim) => dim !== 1) ?? 1;
  });
}

/** `f` of entries of the same index, with broadcasting. */
export function map(f: (...values: number[]) => number, ...arrays: readonly NdArray[]): NdArray {
  return fromFunction(commonShape(...arrays.map(({ shape }) => shape)), (index) => f(...arrays.map((x) => at(x, index))));
}

/** Each lane along `axis` (counted from the end if negative) replaced by `f(lane)`. All results must have one length. */
export function lanes(x: NdArray, axis: number, f: (lane: number[]) => readonly number[], dtype?: DType): NdArray {
  const along = axis < 0 ? axis + x.shape.length : axis;
  const replaced = (index: Index, i: number): number[] => index.map((old, k) => (k === along ? i : old));
  const outer = x.shape.map((dim, k) => (k === along ? 1 : dim));
  const length = x.shape[along] as number;
  const results = [...positions(outer)].map((index) => f(Array.from({ length }, (_, i) => at(x, replaced(index, i)))));
  const size = results[0]?.length ?? length;
  const shape = x.shape.map((dim, k) => (k === along ? size : dim));
  return fromFunction(shape, (index) => results[offset(outer, index)]?.[index[along] as number] as number, dtype);
}

/** The values along `axes` (all if undefined) replaced by `f` of them; the axes stay with size 1 if `keepDims`. */
export function reduce(
  x: NdArray,
  axes: readonly number[] | undefined,
  f: (values: number[]) => number,
  { keepDims = false }: { keepDims?: boolean } = {},
): NdArray {
  const reduced = x.shape.map((_, axis) => axes === undefined || axes.includes(axis) || axes.includes(axis - x.shape.length));
  const kept = x.shape.map((dim, axis) => (reduced[axis] ? 1 : dim));
  const collected = Array.from({ length: sizeOf(kept) }, (): number[] => []);
  for (const index of positions(x.shape)) collected[offset(kept, index)]?.push(at(x, index));
  return ndarray(keepDims ? kept : kept.filter((_, axis) => !reduced[axis]), collected.map(f));
}

/** The same values in C order under another shape. */
export const reshaped = (x: NdArray, shape: readonly number[]): NdArray => ndarray(shape, x.data, x.dtype);

/** Axis i of the result is axis `permutation[i]` of `x`. */
export function transposed(x: NdArray, permutation: readonly number[]): NdArray {
  const shape = permutation.map((axis) => x.shape[axis] as number);
  return fromFunction(
    shape,
    (index) =>
      at(
        x,
        x.shape.map((_, axis) => index[permutation.indexOf(axis)] as number),
      ),
    x.dtype,
  );
}

/** The last two axes exchanged. */
export function swapLast(x: NdArray): NdArray {
  const axes = [...x.shape.keys()];
  return transposed(x, [...axes.slice(0, -2), ...axes.slice(-2).reverse()]);
}

/** Matrix product over the last two axes; the others broadcast. */
export function matmul(a: NdArray, b: NdArray): NdArray {
  const [rows, inner, columns] = [a.shape.at(-2), a.shape.at(-1), b.shape.at(-1)] as [number, number, number];
  const shape = [...commonShape(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns];
  return fromFunction(shape, (index) => {
    const [batch, row, column] = [index.slice(0, -2), index.at(-2) as number, index.at(-1) as number];
    return total(Array.from({ length: inner }, (_, k) => at(a, [...batch, row, k]) * at(b, [...batch, k, column])));
  });
}

export const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
