/**
 * Safetensors files on disk: written whole or not at all, read tensor by tensor, however large they are.
 *
 * A checkpoint in several files has an index beside them, `{"metadata": {…}, "weight_map": {tensor: file}}`, as the published
 * ones have (`model.safetensors.index.json`).
 */
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from './files.node.ts';
import type { HostTensor } from './host.ts';
import {
  headerLength,
  parseHeader,
  SafetensorsError,
  type SafetensorsFile,
  safetensorsParts,
  type TensorEntry,
  tensorFromBytes,
} from './safetensors.ts';

/** A checkpoint that is open. Only its headers are in memory. */
export interface SafetensorsReader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** One tensor, read from its bytes on disk. Throws when there is none of that name. */
  read(name: string): Promise<HostTensor>;
  close(): Promise<void>;
}

/** Writes a whole file or, when something goes wrong, leaves what was there: see `writeFileAtomically`. */
export async function writeSafetensors(file: string, content: SafetensorsFile): Promise<void> {
  await writeFileAtomically(file, safetensorsParts(content));
}

/**
 * Opens a file, an index of several, or a folder with `model.safetensors` or its index. Throws an Error that names the file, the
 * byte and the reason when a header is damaged, and when index and files do not agree.
 */
export async function openSafetensors(where: string): Promise<SafetensorsReader> {
  const file = (await stat(where)).isDirectory() ? await checkpointIn(where) : where;
  return file.endsWith('.json') ? openSharded(file) : openSingle(file);
}

/** Calls `use` with an open checkpoint and closes it, whatever happens. */
export async function withSafetensors<T>(where: string, use: (reader: SafetensorsReader) => Promise<T>): Promise<T> {
  const reader = await openSafetensors(where);
  return use(reader).finally(() => reader.close());
}

/** All tensors of a checkpoint. */
export async function readSafetensors(where: string): Promise<SafetensorsFile> {
  return withSafetensors(where, async ({ metadata, tensors, read }) => {
    const values = new Map<string, HostTensor>();
    for (const name of tensors.keys()) values.set(name, await read(name));
    return { metadata, tensors: values };
  });
}

async function checkpointIn(folder: string): Promise<string> {
  for (const name of ['model.safetensors', 'model.safetensors.index.json']) {
    const file = path.join(folder, name);
    if (await stat(file).catch(() => undefined)) return file;
  }
  throw new Error(`${folder} has neither model.safetensors nor model.safetensors.index.json`);
}

async function openSingle(file: string): Promise<SafetensorsReader> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const start = await readAt(handle, 0, Math.min(8, size));
    const { metadata, tensors, dataStart } = parseHeader(await readAt(handle, 8, headerLength(start, size)), size);
    const read = async (name: string): Promise<HostTensor> => {
      const entry = tensors.get(name);
      if (!entry) throw new Error(`${file} has no tensor "${name}"`);
      const bytes = await readAt(handle, dataStart + entry.begin, entry.end - entry.begin);
      return naming(file, () => tensorFromBytes(name, { ...entry, begin: dataStart + entry.begin }, bytes));
    };
    return { metadata, tensors, read, close: () => handle.close() };
  } catch (error) {
    await handle.close();
    return naming(file, () => {
      throw error;
    });
  }
}

/** Runs `f`; an error in the format gets the name of the file. */
function naming<T>(file: string, f: () => T): T {
  try {
    return f();
  } catch (error) {
    throw error instanceof SafetensorsError ? new Error(`${file}: ${error.message}`, { cause: error }) : error;
  }
}

async function openSharded(index: string): Promise<SafetensorsReader> {
  const weightMap = parseIndex(index, await readFile(index, 'utf8'));
  const shards = new Map<string, SafetensorsReader>();
  const close = async (): Promise<void> => {
    for (const shard of shards.values()) await shard.close();
  };
  try {
    for (const file of new Set(weightMap.values())) shards.set(file, await openSingle(path.join(path.dirname(index), file)));
    const tensors = new Map<string, TensorEntry>();
    for (const [name, file] of weightMap) {
      const entry = shards.get(file)?.tensors.get(name);
      if (!entry) throw new Error(`${index}: "${name}" should be in ${file}, which does not have it`);
      tensors.set(name, entry);
    }
    const unlisted = [...shards].flatMap(([file, shard]) => [...shard.tensors.keys()].filter((name) => weightMap.get(name) !== file));
    if (unlisted.length > 0) throw new Error(`${index}: its files have tensors that it does not list there: ${unlisted.join(', ')}`);
    const metadata = Object.assign({}, ...[...shards.values()].map((shard) => shard.metadata)) as Record<string, string>;
    const read = (name: string): Promise<HostTensor> => {
      const shard = shards.get(weightMap.get(name) ?? '');
      return shard ? shard.read(name) : Promise.reject(new Error(`${index} has no tensor "${name}"`));
    };
    return { metadata, tensors, read, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Tensor → file. Throws when the index is malformed, or names a file that is not beside it. */
function parseIndex(index: string, text: string): Map<string, string> {
  let weightMap: unknown;
  try {
    weightMap = (JSON.parse(text) as { weight_map?: unknown }).weight_map;
  } catch (error) {
    throw new Error(`${index} is not JSON: ${(error as Error).message}`);
  }
  if (typeof weightMap !== 'object' || weightMap === null || Array.isArray(weightMap)) throw new Error(`${index} has no weight_map`);
  const entries = Object.entries(weightMap);
  for (const [name, file] of entries) {
    if (typeof file !== 'string' || !file.endsWith('.safetensors') || file !== path.basename(file) || file.includes('\\')) {
      throw new Error(`${index}: "${name}" is said to be in ${JSON.stringify(file)}, which is no file beside the index`);
    }
  }
  return new Map(entries as [string, string][]);
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, 2 ** 30), position + done);
    if (bytesRead === 0) throw new Error(`the file ended at byte ${position + done} while it was read`);
    done += bytesRead;
  }
  return bytes;
}
