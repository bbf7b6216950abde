/**
 * Weights on disk, piece by piece: files of many gigabytes are read and written through one small buffer. Written files are safetensors
 * as published ones are: `model.safetensors`, or `model-0000i-of-0000n.safetensors` and their index.
 */
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { DTYPES, type DType, viewBytes } from '../../tensor/dtype.ts';
import { writeFileAtomically } from '../../tensor/files.node.ts';
import { bytesOf, type HostTensor, type TensorType } from '../../tensor/host.ts';
import { withSafetensors } from '../../tensor/safetensors.node.ts';
import { headerLength, type TensorEntry } from '../../tensor/safetensors.ts';
import { sizeOf } from '../../tensor/shape.ts';

/** The most that is read at a time. */
const PIECE_BYTES = 4 * 2 ** 20;

const [SINGLE, INDEX] = ['model.safetensors', 'model.safetensors.index.json'];

/** Bytes of a tensor. */
export const bytesIn = ({ dtype, shape }: TensorType): number => sizeOf(shape) * DTYPES[dtype].bytes;

/** Published weights that are open. */
export interface WeightFiles {
  readonly tensors: ReadonlyMap<string, TensorType>;
  /** The values of a tensor in order, whole multiples of `unit` at a time. A piece is valid until the next is asked for. */
  pieces(name: string, unit?: number): AsyncGenerator<HostTensor>;
  close(): Promise<void>;
}

/** A tensor's entry, and where its bytes are. */
interface Place extends TensorEntry {
  readonly file: string;
  /** Where the data of its file begins */
  readonly dataStart: number;
}

/** Opens the weights in a folder. Throws when there are none, when a file is damaged or missing, or when files and index do not agree. */
export async function openWeights(folder: string): Promise<WeightFiles> {
  const places = await placesIn(folder);
  const handles = new Map<string, FileHandle>();
  const handleOf = async (file: string): Promise<FileHandle> => {
    const handle = handles.get(file) ?? (await open(file, 'r'));
    handles.set(file, handle);
    return handle;
  };

  async function* pieces(name: string, unit = 1): AsyncGenerator<HostTensor> {
    const { file, dtype, dataStart, begin, end } = places.get(name) as Place;
    const handle = await handleOf(file);
    const step = unit * DTYPES[dtype].bytes;
    const buffer = new ArrayBuffer(Math.min(end - begin, step * Math.max(1, Math.floor(PIECE_BYTES / step))));
    for (let at = begin; at < end; at += buffer.byteLength) {
      const length = Math.min(buffer.byteLength, end - at);
      await readExactly(handle, new Uint8Array(buffer, 0, length), dataStart + at, file);
      yield { dtype, shape: [length / DTYPES[dtype].bytes], data: viewBytes(dtype, buffer, 0, length) };
    }
  }
  const close = async (): Promise<void> => {
    for (const handle of handles.values()) await handle.close();
  };
  return { tensors: places, pieces, close };
}

async function placesIn(folder: string): Promise<Map<string, Place>> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) throw new Error(`there is no folder ${folder}`);
  // Opening checks all headers, their files' lengths and the index.
  const tensors = await withSafetensors(folder, async (reader) => reader.tensors).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Error(`${folder}: its index names a file that is not there: ${error.path}`) : error;
  });
  const sharded = !(await stat(path.join(folder, SINGLE)).catch(() => undefined));
  const { weight_map: files = {} } = sharded
    ? (JSON.parse(await readFile(path.join(folder, INDEX), 'utf8')) as { weight_map: Record<string, string> })
    : {};
  const starts = new Map<string, number>();
  const places = new Map<string, Place>();
  for (const [name, entry] of tensors) {
    const file = path.join(folder, files[name] ?? SINGLE);
    if (!starts.has(file)) starts.set(file, await dataStartOf(file));
    places.set(name, { ...entry, file, dataStart: starts.get(file) as number });
  }
  return places;
}

async function dataStartOf(file: string): Promise<number> {
  const handle = await open(file, 'r');
  try {
    const start = new Uint8Array(8);
    await readExactly(handle, start, 0, file);
    return 8 + headerLength(start, (await handle.stat()).size);
  } finally {
    await handle.close();
  }
}

async function readExactly(handle: FileHandle, into: Uint8Array, position: number, file: string): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) throw new Error(`${file} ended at byte ${position + done} while it was read`);
    done += bytesRead;
  }
}

/** A tensor to be written. */
export interface OutgoingTensor extends TensorType {
  readonly name: string;
  /** Its values in order, in pieces of its dtype */
  readonly pieces: () => AsyncIterable<HostTensor>;
}

/** How files are written. */
export interface WriteOptions {
  readonly metadata: Readonly<Record<string, string>>;
  /** Bytes of tensors in a file at most; a larger tensor has a file of its own. */
  readonly shardBytes: number;
  /** Called with the bytes of each piece. */
  readonly onWritten?: (bytes: number) => void;
}

/**
 * Writes tensors into a folder and flushes them to the disk. Each file has the metadata. Returns the files' names; with the last of them they
 * are weights that can be opened. Throws when a tensor's pieces are not all of it.
 */
export async function writeWeights(folder: string, tensors: readonly OutgoingTensor[], options: WriteOptions): Promise<string[]> {
  const shards = shardsOf(tensors, options.shardBytes);
  const five = (n: number): string => `${n}`.padStart(5, '0');
  const nameOf = (i: number): string => (shards.length === 1 ? SINGLE : `model-${five(i + 1)}-of-${five(shards.length)}.safetensors`);
  const names = shards.map((_, i) => nameOf(i));
  for (const [i, shard] of shards.entries()) await writeShard(path.join(folder, nameOf(i)), shard, options);
  if (shards.length === 1) return names;
  const index = {
    metadata: { total_size: tensors.reduce((sum, tensor) => sum + bytesIn(tensor), 0) },
    weight_map: Object.fromEntries(shards.flatMap((shard, i) => shard.map(({ name }) => [name, nameOf(i)]))),
  };
  await writeFileAtomically(path.join(folder, INDEX), [`${JSON.stringify(index, null, 2)}\n`]);
  return [...names, INDEX];
}

/** Tensors in their order, as many to a file as go in. */
function shardsOf(tensors: readonly OutgoingTensor[], most: number): OutgoingTensor[][] {
  const shards: OutgoingTensor[][] = [[]];
  let bytes = 0;
  for (const tensor of tensors) {
    const own = bytesIn(tensor);
    if (bytes > 0 && bytes + own > most) {
      shards.push([]);
      bytes = 0;
    }
    shards.at(-1)?.push(tensor);
    bytes += own;
  }
  return shards;
}

async function writeShard(file: string, tensors: readonly OutgoingTensor[], { metadata, onWritten }: WriteOptions): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(headerOf(tensors, metadata));
    for (const tensor of tensors) {
      let left = bytesIn(tensor);
      for await (const piece of tensor.pieces()) {
        const bytes = bytesOf(piece);
        await handle.writeFile(bytes);
        left -= bytes.length;
        onWritten?.(bytes.length);
      }
      if (left !== 0) throw new Error(`the pieces of "${tensor.name}" are ${left} bytes short of it`);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The first bytes of a safetensors file, before its data: padded to a multiple of 8, as `safetensorsParts` does. */
function headerOf(tensors: readonly OutgoingTensor[], metadata: Readonly<Record<string, string>>): Uint8Array {
  let end = 0;
  const entries = tensors.map((tensor): [string, unknown] => {
    const begin = end;
    end += bytesIn(tensor);
    return [tensor.name, { dtype: dtypeName(tensor.dtype), shape: tensor.shape, data_offsets: [begin, end] }];
  });
  const json = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }));
  const start = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(start.buffer).setBigUint64(0, BigInt(start.length - 8), true);
  start.set(json, 8);
  return start;
}

/** `F32`, `BF16`, … */
const dtypeName = (dtype: DType): string => dtype.toUpperCase();
