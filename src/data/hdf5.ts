/**
 * HDF5 files, read in parts by way of h5wasm: HDF5's own library in WebAssembly, which in Node reads from the file itself. Errors
 * become one sentence; the library's own are traces of twenty lines.
 *
 * An HDF5 file can say that its data are in another one (external links, virtual datasets), or at some place of any file at all
 * (external storage). Whoever makes a dataset could so have the secrets of those who read it served as numbers, so nothing but the file
 * itself is opened here.
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

/**
 * Opens a file. Throws an Error that names it when it is missing, no HDF5, or cut off. What leads to other files cannot be read: that
 * throws with both names.
 */
export async function openHDF5(file: string): Promise<HDF5File> {
  const library = await ready;
  library.activate_throwing_error_handler();
  watchOpening(library);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw new Error(`there is no HDF5 file ${file}`);
  const own = path.resolve(file);
  const root = attempt(file, () => new File(own, 'r'), { failure: ' cannot be opened as HDF5', own });
  const get = (name: string): Group | Dataset | undefined =>
    (attempt(`${file}: ${name}`, () => root.get(name)) as Group | Dataset | null) ?? undefined;
  const groupOf = (name: string): Group => {
    const group = get(name);
    if (group?.type !== 'Group') throw new Error(`${file} has no group ${name}`);
    return group as Group;
  };
  return {
    path: file,
    keys(name) {
      const group = groupOf(name);
      return attempt(`${file}: ${name}`, () => group.keys());
    },
    has: (name) => get(name) !== undefined,
    attribute(name, attribute) {
      const group = groupOf(name);
      return attempt(`${file}: ${name}`, () => group.attrs[attribute]?.value ?? undefined);
    },
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
  // Of sources that cannot be opened, the library would give the fill value.
  const source = metadata.virtual_sources?.find(({ file_name }) => file_name !== '.');
  if (source) throw new Error(outside(`${file}: ${name}`, source.file_name));
  const [rows = 0, ...rest] = shape;
  return {
    dtype: dtypeOf(metadata),
    shape,
    read(from, to) {
      if (!(from >= 0 && from <= to && to <= rows))
        throw new Error(`${file}: ${name} has ${rows} rows, [${from}, ${to}) are not among them`);
      const ranges: [number, number][] = [[from, to], ...rest.map((size): [number, number] => [0, size])];
      return attempt(`${file}: ${name}`, () => dataset.slice(ranges), { failure: ' cannot be read' }) as never;
    },
  };
}

/** HDF5's classes of types: 0 integer, 1 floating point, 8 enumeration, as which h5py stores truth values. */
function dtypeOf({ type, size, signed, enum_type }: Dataset['metadata']): string {
  if (type === 0) return `${signed ? 'int' : 'uint'}${8 * size}`;
  if (type === 1) return `float${8 * size}`;
  return type === 8 && enum_type?.nmembers === 2 && size === 1 ? 'bool' : 'other';
}

/** While the library works for a function here: the file that it may open, and the first one that it was not allowed to. */
let watched: { readonly own: string | undefined; refused?: string } | undefined;

type H5Module = Awaited<typeof ready>;

/** Libraries that are watched. */
const libraries = new WeakSet<H5Module>();

/** Emscripten's file system, as far as it is needed here: all files that the library opens, it opens by `open`. */
interface FileSystem {
  open(name: string, flags: number, ...rest: unknown[]): unknown;
  readonly ErrnoError: new (code: number) => Error;
}

/** Lets the library open nothing for us but what `attempt` allows. What others in this process do with it is their affair. */
function watchOpening(library: H5Module): void {
  if (libraries.has(library)) return;
  libraries.add(library);
  const fs = library.FS as unknown as FileSystem;
  const { open } = fs;
  const plugins = library.get_plugin_search_paths().map((folder) => path.resolve(folder));
  fs.open = (name, flags, ...rest) => {
    const wanted = path.resolve(name);
    const isPlugin = plugins.some((folder) => wanted === folder || wanted.startsWith(folder + path.sep));
    // The library writes its errors into a temporary file, which is a new one.
    const isNew = (flags & O_CREAT_EXCL) === O_CREAT_EXCL;
    if (!watched || wanted === watched.own || isPlugin || isNew) return open(name, flags, ...rest);
    watched.refused ??= name;
    throw new fs.ErrnoError(EACCES);
  };
}

/** What Emscripten, as musl and WASI, calls these */
const O_CREAT_EXCL = 0o300;
const EACCES = 2;

/** Why data in other files are not read */
function outside(what: string, file: string): string {
  return `${what} leads to another file, ${file}, and what is not in the file itself is not read: copy it into the file`;
}

/**
 * Runs `f`, in which no file can be opened but `own`: throws when it was tried, also where the library goes on without. Of an error of
 * the library, the innermost cause is left, behind `what` and `failure`.
 */
function attempt<T>(what: string, f: () => T, { failure: did = '', own }: { failure?: string; own?: string } = {}): T {
  const watch: NonNullable<typeof watched> = { own };
  watched = watch;
  let failure: unknown;
  try {
    const result = f();
    if (watch.refused === undefined) return result;
  } catch (error) {
    failure = error;
  } finally {
    watched = undefined;
  }
  if (watch.refused !== undefined) throw new Error(outside(what, watch.refused), { cause: failure });
  const { message } = failure as Error;
  const causes = [...message.matchAll(/^ *#\d+: .* in \w+\(\): (.*)$/gm)].map(([, cause]) => cause);
  throw new Error(`${what}${did}: ${causes.at(-1) ?? message}`, { cause: failure });
}
