/**
 * The safetensors format: u64 LE header length, JSON `{name: {dtype, shape, data_offsets}, __metadata__}`, then raw data in C
 * order. Both directions check everything the format promises, so that a damaged file is an error and never a wrong number.
 */
import { DTYPES, type DType, viewBytes } from './dtype.ts';
import { bytesOf, type HostTensor } from './host.ts';
import { type Shape, sizeOf } from './shape.ts';

const DTYPE_NAMES: Readonly<Record<string, DType>> = {
  F32: 'f32',
  F16: 'f16',
  BF16: 'bf16',
  F64: 'f64',
  I32: 'i32',
  I64: 'i64',
  U8: 'u8',
  BOOL: 'bool',
};
const NAME_OF = Object.fromEntries(Object.entries(DTYPE_NAMES).map(([name, dtype]) => [dtype, name])) as Record<DType, string>;

/** The reference implementation's limit. */
const MAX_HEADER_BYTES = 100_000_000;

/** Type and place of a tensor in a file. */
export interface TensorEntry {
  readonly dtype: DType;
  readonly shape: Shape;
  /** Bytes of the tensor, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/** What is in a file, and where. */
export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** Where the data begins in the file. */
  readonly dataStart: number;
}

/** A file in memory. */
export interface SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

/** Something wrong with a safetensors file: what, and at which byte of the file. */
export class SafetensorsError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(`${message} (at byte ${offset})`);
    this.name = 'SafetensorsError';
    this.offset = offset;
  }
}

/** Length of the header from the first 8 bytes. Throws when there are fewer, or when it cannot be true. */
export function headerLength(start: Uint8Array, fileBytes: number): number {
  if (start.length < 8 || fileBytes < 8) throw new SafetensorsError(`the file has ${fileBytes} bytes, too few for a header`, 0);
  const length = Number(new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES) {
    throw new SafetensorsError(`the header claims ${length} bytes; more than ${MAX_HEADER_BYTES} are refused`, 0);
  }
  if (8 + length > fileBytes) {
    throw new SafetensorsError(`the header claims ${length} bytes, but the file has only ${fileBytes - 8} after its first 8`, 0);
  }
  return length;
}

/** The header from its JSON bytes. Throws on malformed entries and on data that overlaps, has gaps or leaves the file. */
export function parseHeader(json: Uint8Array, fileBytes: number): SafetensorsHeader {
  const dataStart = 8 + json.length;
  const text = decodeHeader(json);
  const { __metadata__: metadata = {}, ...entries } = parseJson(text);
  // A quote inside a JSON string is escaped: each of these is the key of an entry, even of one that a later namesake replaced.
  const written = text.match(/(?<!\\)"data_offsets"\s*:/g)?.length ?? 0;
  if (written > Object.keys(entries).length) throw new SafetensorsError('two tensors have the same name', 8);
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    throw new SafetensorsError('__metadata__ must map strings to strings', 8 + text.indexOf('"__metadata__"'));
  }
  const tensors = new Map(
    Object.entries(entries).map(([name, entry]) => [name, parseEntry(name, entry, 8 + text.indexOf(JSON.stringify(name)))]),
  );
  let position = 0;
  for (const [name, { begin, end }] of [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position) {
      const problem = `the data of "${name}" begins ${begin} bytes into the data, but what comes before it ends at ${position}`;
      throw new SafetensorsError(problem, dataStart + begin);
    }
    position = end;
  }
  if (dataStart + position !== fileBytes) {
    const problem = `the tensors need ${position} bytes of data, but the file has ${fileBytes - dataStart}: truncated, or not this header's`;
    throw new SafetensorsError(problem, Math.min(fileBytes, dataStart + position));
  }
  return { metadata: metadata as Record<string, string>, tensors, dataStart };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function decodeHeader(json: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(json);
  } catch {
    throw new SafetensorsError('the header is not UTF-8', 8);
  }
}

function parseJson(text: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    throw new SafetensorsError(`the header is not JSON: ${(error as Error).message}`, 8);
  }
  if (!isRecord(header)) throw new SafetensorsError('the header is not a JSON object', 8);
  return header;
}

function parseEntry(name: string, value: unknown, offset: number): TensorEntry {
  const { dtype: dtypeName, shape, data_offsets: offsets } = (isRecord(value) ? value : {}) as Record<string, unknown>;
  const whole = (list: unknown): list is number[] => Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (typeof dtypeName !== 'string' || !Object.hasOwn(DTYPE_NAMES, dtypeName)) {
    throw new SafetensorsError(
      `"${name}" has dtype ${JSON.stringify(dtypeName)}; known are ${Object.keys(DTYPE_NAMES).join(', ')}`,
      offset,
    );
  }
  const dtype = DTYPE_NAMES[dtypeName] as DType;
  if (!whole(shape) || !whole(offsets) || offsets.length !== 2) throw new SafetensorsError(`the entry of "${name}" is malformed`, offset);
  const [begin, end] = offsets as [number, number];
  const bytes = sizeOf(shape) * DTYPES[dtype].bytes;
  if (end - begin !== bytes) {
    throw new SafetensorsError(`"${name}" is ${dtypeName}[${shape}], ${bytes} bytes, but its offsets span ${end - begin}`, offset);
  }
  return { dtype, shape, begin, end };
}

/** A tensor in memory of its own, from its bytes. Throws when a boolean is neither 0 nor 1. */
export function tensorFromBytes(name: string, { dtype, shape, begin }: TensorEntry, bytes: Uint8Array<ArrayBuffer>): HostTensor {
  const invalid = dtype === 'bool' ? bytes.findIndex((byte) => byte > 1) : -1;
  if (invalid >= 0) throw new SafetensorsError(`"${name}" is BOOL, but has a byte ${bytes[invalid]} in its data`, begin + invalid);
  return { dtype, shape, data: viewBytes(dtype, bytes.buffer, 0, bytes.byteLength) };
}

/** A whole file from memory. */
export function parseSafetensors(file: Uint8Array): SafetensorsFile {
  const length = headerLength(file.subarray(0, 8), file.length);
  const { metadata, tensors, dataStart } = parseHeader(file.subarray(8, 8 + length), file.length);
  const read = (name: string, entry: TensorEntry): HostTensor =>
    tensorFromBytes(name, entry, file.slice(dataStart + entry.begin, dataStart + entry.end));
  return { metadata, tensors: new Map([...tensors].map(([name, entry]) => [name, read(name, entry)])) };
}

/** The header and then the tensors' bytes, in the order of the map; concatenated they are the file. Throws for reserved names. */
export function* safetensorsParts({ tensors, metadata }: SafetensorsFile): Generator<Uint8Array> {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let position = 0;
  for (const [name, tensor] of tensors) {
    if (name === '__metadata__' || name === '__proto__') throw new Error(`a tensor in a safetensors file cannot be called "${name}"`);
    const end = position + tensor.data.byteLength;
    header[name] = { dtype: NAME_OF[tensor.dtype], shape: tensor.shape, data_offsets: [position, end] };
    position = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Padded with spaces to a multiple of 8, so that the data is aligned, as the reference implementation does.
  const start = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(start.buffer).setBigUint64(0, BigInt(start.length - 8), true);
  start.set(json, 8);
  yield start;
  for (const tensor of tensors.values()) yield bytesOf(tensor);
}
