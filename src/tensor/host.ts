/** Tensors in the host's memory: what goes into a program, comes out of it, and lies in a file. */
import { allocate, type Data, DTYPES, type DType, fromNumbers, toNumbers } from './dtype.ts';
import { formatShape, requireShape, type Shape, sameShape, sizeOf } from './shape.ts';

/** What is known of a tensor before its values. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Values in C order. `data` has as many elements as the shape says. */
export interface HostTensor extends TensorType {
  readonly data: Data;
}

/**
 * A host tensor from numbers, or from a typed array that is kept without a copy when it fits the dtype.
 * Throws when the number of elements is not the shape's.
 */
export function hostTensor(dtype: DType, shape: Shape, values: Data | readonly number[]): HostTensor {
  requireShape(shape);
  if (values.length !== sizeOf(shape)) {
    throw new Error(`a tensor ${dtype}${formatShape(shape)} holds ${sizeOf(shape)} values, but ${values.length} were given`);
  }
  const data =
    ArrayBuffer.isView(values) && values instanceof DTYPES[dtype].array ? values : fromNumbers(dtype, values as readonly number[]);
  return { dtype, shape, data };
}

/** A tensor of shape []. */
export const hostScalar = (dtype: DType, value: number): HostTensor => hostTensor(dtype, [], [value]);

/** A tensor full of zeros (false for bool). */
export const hostZeros = (dtype: DType, shape: Shape): HostTensor => ({ dtype, shape, data: allocate(dtype, sizeOf(shape)) });

/** All values as numbers. */
export const numbers = (tensor: HostTensor): Float64Array => toNumbers(tensor.dtype, tensor.data);

/** The only value of a one-element tensor. Throws when there are more, or no tensor at all. */
export function scalarOf(tensor: HostTensor | undefined): number {
  if (!tensor) throw new Error('expected a tensor of one value, but there is none: is its name right?');
  if (tensor.data.length !== 1) throw new Error(`expected one value, but the tensor is ${describe(tensor)}`);
  return toNumbers(tensor.dtype, tensor.data)[0] as number;
}

/** The same values in another dtype (rounded where it is narrower). */
export function convert(tensor: HostTensor, dtype: DType): HostTensor {
  if (tensor.dtype === dtype) return tensor;
  const data = tensor.dtype === 'bf16' && dtype === 'f32' ? widened(tensor.data as Uint16Array) : fromNumbers(dtype, numbers(tensor));
  return { ...tensor, dtype, data };
}

/** bf16 patterns as f32, of which they are the upper halves: weights of published checkpoints are too many for a detour by f64. */
function widened(patterns: Uint16Array): Float32Array {
  const bits = new Uint32Array(patterns.length);
  for (let i = 0; i < bits.length; i++) bits[i] = (patterns[i] as number) << 16;
  return new Float32Array(bits.buffer);
}

/** The tensor's memory as bytes, without a copy. */
export function bytesOf(tensor: HostTensor): Uint8Array {
  return new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
}

/** Bytes that tensors of these types take together. */
export const bytesOfAll = (types: readonly TensorType[]): number =>
  types.reduce((sum, { dtype, shape }) => sum + sizeOf(shape) * DTYPES[dtype].bytes, 0);

/** `f32[16, 230, 256]` */
export const describe = ({ dtype, shape }: TensorType): string => `${dtype}${formatShape(shape)}`;

/** Throws unless `actual` has the expected dtype and shape; `what` names it in the message. */
export function checkType(what: string, actual: TensorType, expected: TensorType): void {
  if (actual.dtype !== expected.dtype || !sameShape(actual.shape, expected.shape)) {
    throw new Error(`${what} should be ${describe(expected)}, but is ${describe(actual)}`);
  }
}
