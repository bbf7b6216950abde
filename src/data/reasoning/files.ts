/**
 * Samples of reasoning in files. A dataset is a folder with shards, `part-00000.parquet` or `.jsonl` and on, and `reasoning.json`,
 * which lists them with their rows and is written last: without it, the dataset is not complete. A single shard can be opened, too,
 * and so can JSONL files that were written by hand.
 *
 * A line of JSONL is a sample as in `reasoning.ts`, its pictures with `path` or with `base64` in place of `bytes`. In parquet, the
 * columns `kind` and `question` are texts, `labels` is JSON with what else the sample has, `sizes` is JSON with [width, height] of
 * every picture, and `image_0`, `image_1`, … are pictures as Hugging Face stores them, structs of `bytes` and `path`.
 *
 * Paths of pictures are relative to the folder of the shard, and never lead out of it.
 */
import { mkdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../../tensor/files.node.ts';
import { checkSample, type Image, pictureFormat, type ReasoningSample } from '../reasoning.ts';
import { Recent } from '../recent.ts';
import { jsonLine, openJsonl } from './jsonl.ts';
import { openParquetShard, writeParquetShard } from './parquet.ts';

/** How to write a dataset. */
export interface WriteReasoningOptions {
  readonly format?: 'parquet' | 'jsonl';
  /** Most samples in a shard; 1000 */
  readonly rowsPerShard?: number;
  /** Bytes of pictures at which a shard is closed before that; 256 MiB */
  readonly bytesPerShard?: number;
  /** Whether pictures that are bytes go inside the shards, or beside them, into a folder `images`; `inside` */
  readonly images?: 'inside' | 'beside';
}

/** A dataset that is open for reading. */
export interface ReasoningSource {
  /** The folder that paths of pictures are relative to */
  readonly root: string;
  /** Samples */
  readonly length: number;
  /** One sample, read on its own. Throws with file and row when it is not valid. */
  read(index: number): Promise<ReasoningSample>;
  /** All samples in order; few are in memory at a time. */
  samples(): AsyncGenerator<ReasoningSample>;
  /** Closes its files as soon as nothing is being read from them. */
  close(): void;
}

/** A file with samples. Rows that are read from it are not checked yet. */
export interface Shard {
  readonly file: string;
  readonly rows: number;
  /** Rows [from, to) */
  read(from: number, to: number): Promise<unknown[]>;
  close(): Promise<void>;
}

const INDEX = 'reasoning.json';

const indexSchema = z.strictObject({
  format: z.literal('gear-vla reasoning 1'),
  shards: z.array(z.strictObject({ file: z.string().regex(/^[\w.-]+\.(parquet|jsonl)$/), rows: z.int().positive() })),
});

/** Shards that are kept open. */
const MOST_OPEN = 64;

/** Rows that are read at once when all are read in order. */
const ROWS_AT_ONCE = 32;

/**
 * Writes a dataset as the samples come; memory is bounded by one shard. Returns how many there were. Throws, naming the sample and
 * the field, when one is not valid, and when the folder has a dataset already. Every file is written whole or not at all.
 */
export async function writeReasoning(
  folder: string,
  samples: Iterable<ReasoningSample> | AsyncIterable<ReasoningSample>,
  options: WriteReasoningOptions = {},
): Promise<number> {
  const { format = 'parquet', rowsPerShard = 1000, bytesPerShard = 2 ** 28, images = 'inside' } = options;
  if (!(Number.isInteger(rowsPerShard) && rowsPerShard > 0)) {
    throw new Error(`writeReasoning: rowsPerShard must be a whole number from 1 up, got ${rowsPerShard}`);
  }
  await mkdir(folder, { recursive: true });
  const index = path.join(folder, INDEX);
  if (await stat(index).catch(() => undefined)) throw new Error(`${index} exists: there is a dataset in this folder already`);
  const shards: { file: string; rows: number }[] = [];
  let pending: ReasoningSample[] = [];
  let bytes = 0;
  let count = 0;
  const flush = async (): Promise<void> => {
    if (pending.length === 0) return;
    const file = `part-${`${shards.length}`.padStart(5, '0')}.${format}`;
    if (format === 'parquet') await writeParquetShard(path.join(folder, file), pending);
    else await writeFileAtomically(path.join(folder, file), pending.map(jsonLine));
    shards.push({ file, rows: pending.length });
    pending = [];
    bytes = 0;
  };
  for await (const sample of samples) {
    const checked = checkSample(sample, `sample ${count}`);
    const kept = images === 'beside' ? await putBeside(folder, checked, count) : checked;
    pending.push(kept);
    bytes += kept.images.reduce((sum, image) => sum + ('bytes' in image ? image.bytes.length : 0), 0);
    count++;
    if (pending.length >= rowsPerShard || bytes >= bytesPerShard) await flush();
  }
  await flush();
  await writeFileAtomically(index, [`${JSON.stringify({ format: 'gear-vla reasoning 1', shards }, null, 2)}\n`]);
  return count;
}

/** The sample with paths of files for its bytes. */
async function putBeside(folder: string, sample: ReasoningSample, number: number): Promise<ReasoningSample> {
  const images: Image[] = [];
  for (const [i, image] of sample.images.entries()) {
    if ('path' in image) {
      images.push(image);
      continue;
    }
    const name = `images/${`${number}`.padStart(8, '0')}-${i}.${pictureFormat(image.bytes) === 'png' ? 'png' : 'jpg'}`;
    await mkdir(path.join(folder, 'images'), { recursive: true });
    await writeFileAtomically(path.join(folder, name), [image.bytes]);
    images.push({ path: name, width: image.width, height: image.height });
  }
  return { ...sample, images };
}

/**
 * Opens a dataset's folder, or a single `.parquet` or `.jsonl` file. Throws when the folder has no index. Shards are opened when
 * something is read from them, which throws when they do not have as many rows as the index says.
 */
export async function openReasoning(where: string): Promise<ReasoningSource> {
  const isFolder = (await stat(where)).isDirectory();
  const root = isFolder ? where : path.dirname(where);
  const shards = isFolder ? await readIndex(where) : [await measured(where)];
  const open = new Recent<number, OpenShard>(MOST_OPEN, ({ shard, used }) => {
    used.then(async () => (await shard).close()).catch(() => undefined);
  });
  const starts: number[] = [];
  let length = 0;
  for (const { rows } of shards) {
    starts.push(length);
    length += rows;
  }

  /** Rows of a shard, which is not closed meanwhile. */
  async function readRows(number: number, from: number, to: number): Promise<ReasoningSample[]> {
    const { file, rows } = shards[number] as ListedShard;
    const entry = open.get(number, () => ({ shard: openShard(path.join(root, file), rows), used: Promise.resolve() }));
    // What could not be opened may be there the next time.
    entry.shard.catch(() => open.forget(number));
    const read = entry.shard.then((shard) => shard.read(from, to));
    entry.used = Promise.allSettled([entry.used, read]);
    return (await read).map((row, i) => checkSample(row, `${path.join(root, file)}: row ${from + i}`));
  }

  async function read(index: number): Promise<ReasoningSample> {
    if (!(Number.isInteger(index) && index >= 0 && index < length)) {
      throw new Error(`${where} has ${length} samples, and none with number ${index}`);
    }
    const number = starts.findLastIndex((start) => start <= index);
    const row = index - (starts[number] as number);
    const [sample] = await readRows(number, row, row + 1);
    return sample as ReasoningSample;
  }

  async function* samples(): AsyncGenerator<ReasoningSample> {
    for (const [number, { rows }] of shards.entries()) {
      for (let from = 0; from < rows; from += ROWS_AT_ONCE) yield* await readRows(number, from, Math.min(from + ROWS_AT_ONCE, rows));
    }
  }

  return { root, length, read, samples, close: () => open.clear() };
}

interface ListedShard {
  readonly file: string;
  readonly rows: number;
}

interface OpenShard {
  readonly shard: Promise<Shard>;
  /** Settles when nothing is being read from it any more */
  used: Promise<unknown>;
}

/**
 * The bytes of a picture's file. Throws when a path leads out of the folder, by links for instance, when there is no file, and when
 * it is neither JPEG nor PNG.
 */
export async function readPicture(root: string, image: Image): Promise<Uint8Array> {
  if ('bytes' in image) return image.bytes;
  const [folder, file] = [await realpath(root), await realpath(path.join(root, image.path))];
  if (!file.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep)) {
    throw new Error(`${path.join(root, image.path)} leads to ${file}, which is outside of ${folder}`);
  }
  const bytes = new Uint8Array(await readFile(file));
  if (!pictureFormat(bytes)) throw new Error(`${file} is neither a JPEG nor a PNG file`);
  return bytes;
}

async function readIndex(folder: string): Promise<ListedShard[]> {
  const file = path.join(folder, INDEX);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new Error(`${folder} has no ${INDEX}: it is no dataset, or one that was not written to its end`);
    throw error;
  });
  try {
    return indexSchema.parse(JSON.parse(text)).shards;
  } catch (error) {
    throw new Error(`${file} is not valid: ${error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message}`);
  }
}

/** A file that no index lists. */
async function measured(file: string): Promise<ListedShard> {
  const shard = await openShard(file);
  await shard.close();
  return { file: path.basename(file), rows: shard.rows };
}

async function openShard(file: string, rows?: number): Promise<Shard> {
  const shard = await (file.endsWith('.parquet') ? openParquetShard(file) : openJsonl(file));
  if (rows === undefined || shard.rows === rows) return shard;
  await shard.close();
  throw new Error(`${file} has ${shard.rows} rows, but was to have ${rows}`);
}
