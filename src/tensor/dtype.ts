/**
 * Element types, and how the host holds them.
 *
 * Half-precision values (f16, bf16) are held as their 16-bit patterns in a `Uint16Array`, booleans as bytes 0 and 1.
 */

export type DType = 'f32' | 'f16' | 'bf16' | 'f64' | 'i32' | 'i64' | 'u8' | 'bool';

export type Data = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array | Uint16Array;

interface DTypeInfo {
  readonly bytes: number;
  readonly kind: 'float' | 'integer' | 'bool';
  readonly array: new (buffer: ArrayBufferLike, byteOffset?: number, length?: number) => Data;
}

export const DTYPES: Readonly<Record<DType, DTypeInfo>> = {
  f32: { bytes: 4, kind: 'float', array: Float32Array },
  f16: { bytes: 2, kind: 'float', array: Uint16Array },
  bf16: { bytes: 2, kind: 'float', array: Uint16Array },
  f64: { bytes: 8, kind: 'float', array: Float64Array },
  i32: { bytes: 4, kind: 'integer', array: Int32Array },
  i64: { bytes: 8, kind: 'integer', array: BigInt64Array },
  u8: { bytes: 1, kind: 'integer', array: Uint8Array },
  bool: { bytes: 1, kind: 'bool', array: Uint8Array },
};

/** Whether a dtype is floating point: f32, f16, bf16 or f64. */
export const isFloat = (dtype: DType): boolean => DTYPES[dtype].kind === 'float';

/** Whether values are held as 16-bit patterns. */
export const isHalf = (dtype: DType): boolean => dtype === 'f16' || dtype === 'bf16';

/** `length` zeros of a dtype. */
export function allocate(dtype: DType, length: number): Data {
  return viewBytes(dtype, new ArrayBuffer(length * DTYPES[dtype].bytes));
}

/** The bytes of a buffer seen as elements of `dtype`. Throws a RangeError when the offset or length does not fit. */
export function viewBytes(dtype: DType, buffer: ArrayBufferLike, byteOffset = 0, byteLength?: number): Data {
  const { array: TypedArray, bytes } = DTYPES[dtype];
  return new TypedArray(buffer, byteOffset, byteLength === undefined ? undefined : byteLength / bytes);
}

const scratch = new DataView(new ArrayBuffer(8));

/** Nearest bf16 pattern (round half to even) of a number; NaN stays NaN. */
export function toBf16(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  if (Number.isNaN(value)) return (bits >>> 16) | 0x40;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** The number that a bf16 pattern stands for. */
export function fromBf16(pattern: number): number {
  scratch.setUint32(0, pattern << 16);
  return scratch.getFloat32(0);
}

/** Nearest IEEE half pattern (round half to even) of a number; overflow becomes infinity. */
export function toF16(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = Math.abs(Math.fround(value));
  if (Number.isNaN(value)) return sign | 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  // Below the smallest normal number the spacing is constant: 2^-24.
  if (magnitude < 2 ** -14) return sign | roundHalfEven(magnitude * 2 ** 24);
  const exponent = ((bits >>> 23) & 0xff) - 127;
  return sign | (((exponent + 14) << 10) + roundHalfEven(magnitude * 2 ** (10 - exponent)));
}

/** The number that an IEEE half pattern stands for. */
export function fromF16(pattern: number): number {
  const sign = pattern & 0x8000 ? -1 : 1;
  const exponent = (pattern >> 10) & 0x1f;
  const fraction = pattern & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** Numbers as elements of `dtype`. i64 goes through BigInt, which refuses fractions. */
export function fromNumbers(dtype: DType, values: ArrayLike<number>): Data {
  const data = allocate(dtype, values.length);
  const convert = { bf16: toBf16, f16: toF16 }[dtype as string];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (data instanceof BigInt64Array) data[i] = BigInt(value);
    else if (convert) data[i] = convert(value);
    else data[i] = dtype === 'bool' ? Number(value !== 0) : value;
  }
  return data;
}

/** Elements of `dtype` as numbers (f64; i64 beyond 2^53 loses precision). */
export function toNumbers(dtype: DType, data: Data): Float64Array {
  const numbers = new Float64Array(data.length);
  const convert = { bf16: fromBf16, f16: fromF16 }[dtype as string];
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number | bigint;
    numbers[i] = convert ? convert(value as number) : Number(value);
  }
  return numbers;
}
