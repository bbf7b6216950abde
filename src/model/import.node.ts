/**
 * `gear import`: published weights of Qwen2.5-VL and VGGT as a checkpoint of this project, a folder that `openSafetensors` opens, with the
 * model's configuration in its metadata. Tensors go through memory a few megabytes at a time, and the checkpoint is there whole or not at
 * all.
 */
import { lstat, mkdir, open, readdir, readFile, rename, rm, rmdir, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { bytesOf, convert, type HostTensor, type TensorType } from '../tensor/host.ts';
import { sameShape } from '../tensor/shape.ts';
import type { ModelConfig } from './config.ts';
import { configMisfits, fittingSize } from './import/configs.ts';
import { bytesIn, type OutgoingTensor, openWeights, type WeightFiles, writeWeights } from './import/files.node.ts';
import { tableStatistics } from './import/new-rows.ts';
import { type ImportedTensor, ImportMismatch, type ImportPlan, type ImportSource, planImport } from './import.ts';
import { NOT_TIED, qwenConfig } from './qwen-config.ts';

/** What to import, from where, and how. */
export interface ImportOptions {
  /** Folder of Qwen2.5-VL: `config.json` and `model.safetensors`, or several files and their index */
  readonly qwen: string;
  /** Folder of VGGT, the same; its `config.json` may be missing. Not needed for a model without 3D encoder */
  readonly vggt?: string | undefined;
  /** Folder of the checkpoint: not there yet, or empty */
  readonly out: string;
  /** The size whose numbers are the published ones by default */
  readonly config?: ModelConfig | undefined;
  /** Of all tensors; each as it was published by default */
  readonly dtype?: 'f32' | 'bf16' | undefined;
  /** Of the rows of new tokens; 42 by default */
  readonly seed?: number | undefined;
  /** Bytes of tensors in one file at most: 5 GB by default, as is usual */
  readonly shardBytes?: number | undefined;
  /** Ends it: nothing is left */
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes that are written, and those that will be */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What was imported. */
export interface ImportReport extends ImportPlan {
  readonly config: ModelConfig;
  /** Bytes of all tensors that were written */
  readonly bytes: number;
}

/** Tells temporary folders of one process apart. */
let begun = 0;

/**
 * Makes a checkpoint. What no published model has is not in it, and begins at its initial values (`openModel`): the metadata have the names
 * of those parameters (`initial`, JSON). Throws, and leaves nothing, when a folder or file is missing or damaged, when configurations differ,
 * an ImportMismatch when tensors do not fit, and when the disk is too small.
 */
export async function importCheckpoint(options: ImportOptions): Promise<ImportReport> {
  const { qwen, vggt, out, dtype, shardBytes = 5e9, seed = 42, signal, onProgress } = options;
  const root = path.resolve(out);
  await mustBeFree(root);
  const sources: WeightFiles[] = [];
  const opened = async (folder: string): Promise<WeightFiles> => {
    const files = await openWeights(folder);
    sources.push(files);
    return files;
  };
  try {
    const files = { qwen: await opened(qwen), vggt: vggt === undefined ? NOTHING : await opened(vggt) };
    const config = await configFor(options, files.qwen);
    if (vggt === undefined && config.geometry.use !== 'none') {
      throw new Error(`"${config.name}" has a 3D encoder: say where VGGT is`);
    }
    const plan = planImport(config, { qwen: files.qwen.tensors, vggt: files.vggt.tensors }, dtype);
    if (plan.missing.length + plan.wrong.length > 0) throw new ImportMismatch(config, plan);
    await mustBeTied(plan, files.qwen);
    const tensors = [...plan.used, ...plan.kept].map((tensor) => outgoing(tensor, files, seed));
    const bytes = tensors.reduce((sum, tensor) => sum + bytesIn(tensor), 0);
    let done = 0;
    await writeFolder(root, bytes, (folder) =>
      writeWeights(folder, tensors, {
        metadata: { config: JSON.stringify(config), initial: JSON.stringify(plan.initial.map(({ name }) => name)) },
        shardBytes,
        onWritten: (more) => {
          signal?.throwIfAborted();
          done += more;
          onProgress?.(done, bytes);
        },
      }),
    );
    return { config, bytes, ...plan };
  } finally {
    for (const files of sources) await files.close();
  }
}

/** Weights where there are none. */
const NOTHING: WeightFiles = {
  tensors: new Map(),
  pieces: (name) => {
    throw new Error(`there is no "${name}"`);
  },
  close: async () => undefined,
};

/** The configuration that was asked for, or the one that fits. Throws when its numbers are not the published ones. */
async function configFor({ qwen, vggt, config }: ImportOptions, weights: WeightFiles): Promise<ModelConfig> {
  const given = await readJson(path.join(qwen, 'config.json'));
  if (given === undefined) throw new Error(`${qwen} has no config.json`);
  const tied = !weights.tensors.has('lm_head.weight');
  const published = {
    qwen: await naming(qwen, () => qwenConfig(given, { tied })),
    ...(vggt !== undefined && { vggt: await readJson(path.join(vggt, 'config.json')) }),
  };
  if (!config) return fittingSize(published);
  const misfits = configMisfits(config, published);
  if (misfits.length > 0) throw new Error(`the published models are not those of "${config.name}": ${misfits.join('; ')}`);
  return config;
}

/** A file of JSON; undefined where there is none. */
async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : naming(file, () => JSON.parse(text));
}

/** Runs `f`; an error gets the name of the file. */
function naming<T>(file: string, f: () => T): T {
  try {
    return f();
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** Throws when an output layer is left over, because the table of tokens serves as one, and it is not the same. */
async function mustBeTied({ leftOver, used }: ImportPlan, weights: WeightFiles): Promise<void> {
  const head = leftOver.find(({ published }) => published === 'lm_head.weight');
  if (!head) return;
  const table = used.find(({ name }) => name === 'model.embed_tokens.weight')?.published as string;
  const { dtype, shape } = weights.tensors.get(table) as TensorType;
  if (head.dtype !== dtype || !sameShape(head.shape, shape)) throw new Error(NOT_TIED);
  const rows = weights.pieces(table);
  for await (const piece of weights.pieces(head.published)) {
    const { value } = await rows.next();
    if (Buffer.compare(bytesOf(piece), bytesOf(value)) !== 0) throw new Error(NOT_TIED);
  }
}

/** A tensor as it is written: converted, with new rows where it has any. */
function outgoing(
  { name, published, source, dtype, shape, newRows = 0 }: ImportedTensor,
  files: Readonly<Record<ImportSource, WeightFiles>>,
  seed: number,
): OutgoingTensor {
  async function* pieces(): AsyncGenerator<HostTensor> {
    for await (const piece of files[source].pieces(published)) yield convert(piece, dtype);
    if (newRows === 0) return;
    const width = shape[1] as number;
    const statistics = tableStatistics(width);
    for await (const rows of files[source].pieces(published, width)) statistics.add(rows);
    yield* statistics.newRows(name, newRows, dtype, seed);
  }
  return { name, dtype, shape, pieces };
}

/** Throws unless there is nothing, or a folder (be it behind a link) that is empty but for what is our own. */
async function mustBeFree(root: string, own?: string): Promise<void> {
  const entries = await readdir(root).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      const link = await lstat(root).catch(() => undefined);
      if (!link) return [];
      throw new Error(`${root} is a link to what is not there: make that folder, or choose another`);
    }
    throw new Error(`${root} cannot become a checkpoint: ${error.message}`, { cause: error });
  });
  const other = entries.find((name) => name !== own);
  if (other !== undefined) throw new Error(`${root} is not empty (there is ${other} in it); choose a new folder`);
}

/**
 * Fills a temporary folder in `root` and moves the files up, in the order that `fill` gives their names: with the last of them the
 * checkpoint is there. So `root` may be an empty folder that cannot be replaced: one that is linked to, or where a disk is mounted. When
 * something goes wrong, all that was made is removed.
 */
async function writeFolder(root: string, bytes: number, fill: (folder: string) => Promise<readonly string[]>): Promise<void> {
  const temporary = path.join(root, `import.${process.pid}.${++begun}.tmp`);
  const made: string[] = [];
  const written: string[] = [];
  try {
    await makeFolders(root, made);
    await mkdir(temporary);
    written.push(temporary);
    const { bavail, bsize } = await statfs(root);
    if (bavail * bsize < bytes) {
      const gigabytes = (n: number): string => `${(n / 1e9).toFixed(1)} GB`;
      throw new Error(`${root} needs ${gigabytes(bytes)}, but only ${gigabytes(bavail * bsize)} are free there`);
    }
    const names = await fill(temporary);
    await mustBeFree(root, path.basename(temporary));
    for (const [i, name] of names.entries()) {
      // The last one makes it a checkpoint: the others must be found after a power cut if that one is.
      if (i === names.length - 1) await syncFolder(root);
      await rename(path.join(temporary, name), path.join(root, name));
      written.push(path.join(root, name));
    }
    await rmdir(temporary);
  } catch (error) {
    for (const file of written) await rm(file, { recursive: true, force: true });
    for (const folder of made.reverse()) {
      // Others may have put something into it meanwhile.
      if ((await readdir(folder)).length === 0) await rmdir(folder);
    }
    throw error;
  }
  for (const folder of [root, ...made.map((one) => path.dirname(one))]) await syncFolder(folder);
}

/** Makes a folder and those around it where they are missing; adds what it makes to `made`, the outermost first. */
async function makeFolders(folder: string, made: string[]): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found) return;
  await makeFolders(path.dirname(folder), made);
  // Undefined where somebody else was faster.
  if ((await mkdir(folder, { recursive: true })) !== undefined) made.push(folder);
}

/** Makes new names in a folder survive a power cut. Not every platform can open folders. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
