/**
 * HDF5 files, read in parts by way of h5wasm: HDF5's own library in WebAssembly, which in Node reads from the file itself. Errors
 * become one sentence; the library's own are traces of twenty lines.
 */
import { statSync } from 'node:fs';
import path from 'node:path';
import { type Dataset, File, type Group, ready } from 'h5wasm/node';

/** An array in a file. */
export interface StoredArray {
  /** `float32`, `float64`, `uint8`, `int64`, `bool`, …; `other` for what is no number */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Entries [from, to) of the first axis, in C order. Throws with file and name when they cannot be read. */
  read(from: number, to: number): ArrayLike<number | bigint> & ArrayBufferView;
}

/** A file that is open for reading. Names are paths from its root, such as `data/demo_0/actions`. */
export interface HDF5File {
  readonly path: string;
  /** What a group holds, in the order of names. Throws when there is no such group. */
  keys(group: string): string[];
  has(name: string): boolean;
  /** An attribute of a group; undefined when there is none */
  attribute(group: string, name: string): unknown;
  /** Throws with file and name when there is no such array. */
  array(name: string): StoredArray;
  close(): void;
}

/** Opens a file. Throws an Error that names it when it is missing, no HDF5, or cut off. */
export async function openHDF5(file: string): Promise<HDF5File> {
  const library = await ready;
  library.activate_throwing_error_handler();
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw new Error(`there is no HDF5 file ${file}`);
  const root = attempt(`${file} cannot be opened as HDF5`, () => new File(path.resolve(file), 'r'));
  const get = (name: string): Group | Dataset | undefined =>
    (attempt(`${file}: ${name}`, () => root.get(name)) as Group | Dataset | null) ?? undefined;
  const groupOf = (name: string): Group => {
    const group = get(name);
    if (group?.type !== 'Group') throw new Error(`${file} has no group ${name}`);
    return group as Group;
  };
  return {
    path: file,
    keys: (name) => groupOf(name).keys(),
    has: (name) => get(name) !== undefined,
    attribute: (name, attribute) => groupOf(name).attrs[attribute]?.value ?? undefined,
    array(name) {
      const dataset = get(name);
      if (dataset?.type !== 'Dataset') throw new Error(`${file} has no array ${name}`);
      return storedArray(file, name, dataset as Dataset);
    },
    close: () => void root.close(),
  };
}

function storedArray(file: string, name: string, dataset: Dataset): StoredArray {
  const { shape, metadata } = attempt(`${file}: ${name}`, () => ({ shape: dataset.shape ?? [], metadata: dataset.metadata }));
  const [rows = 0, ...rest] = shape;
  return {
    dtype: dtypeOf(metadata),
    shape,
    read(from, to) {
      if (!(from >= 0 && from <= to && to <= rows))
        throw new Error(`${file}: ${name} has ${rows} rows, [${from}, ${to}) are not among them`);
      const ranges: [number, number][] = [[from, to], ...rest.map((size): [number, number] => [0, size])];
      return attempt(`${file}: ${name} cannot be read`, () => dataset.slice(ranges)) as never;
    },
  };
}

/** HDF5's classes of types: 0 integer, 1 floating point, 8 enumeration, as which h5py stores truth values. */
function dtypeOf({ type, size, signed, enum_type }: Dataset['metadata']): string {
  if (type === 0) return `${signed ? 'int' : 'uint'}${8 * size}`;
  if (type === 1) return `float${8 * size}`;
  return type === 8 && enum_type?.nmembers === 2 && size === 1 ? 'bool' : 'other';
}

/** Runs `f`. Of an error of the library, the innermost cause is left. */
function attempt<T>(what: string, f: () => T): T {
  try {
    return f();
  } catch (error) {
    const { message } = error as Error;
    const causes = [...message.matchAll(/^ *#\d+: .* in \w+\(\): (.*)$/gm)].map(([, cause]) => cause);
    throw new Error(`${what}: ${causes.at(-1) ?? message}`, { cause: error });
  }
}
