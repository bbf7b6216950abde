/** The data files of a dataset that is being written: rows of all features, and timestamps and indices. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { decodeImage } from '../images.ts';
import { openParquet, type StoredImage } from '../parquet.ts';
import { createParquet, huggingfaceMetadata, type ParquetColumn, type ParquetOutput, type ParquetValues } from '../parquet-write.ts';
import type { Feature } from '../source.ts';
import { addFrame, finishImages, type ImagePass, imagePass, mergeImages } from '../statistics.ts';
import { type StatisticsEpisode, type StoredStatistics, sampledFrames, stored } from './statistics.ts';
import type { EpisodeContent, LeRobotWriterOptions, RowBlock, WrittenEpisode } from './write.ts';

/** Where files are, as LeRobot names them. */
export const DATA_PATH = 'data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet';

/** Timestamps and indices, in the order of LeRobot. */
export const INDEX_FEATURES: Readonly<Record<string, Feature>> = {
  timestamp: { dtype: 'float32', shape: [1] },
  frame_index: { dtype: 'int64', shape: [1] },
  episode_index: { dtype: 'int64', shape: [1] },
  index: { dtype: 'int64', shape: [1] },
  task_index: { dtype: 'int64', shape: [1] },
};

/** Rows in a block when what was written is read again */
const BLOCK = 8192;

/** Statistics of pictures: of each episode, and of all. */
export interface PictureStatistics {
  readonly episodes: readonly StoredStatistics[];
  all(): StoredStatistics;
}

/** The data files of a dataset. */
export interface DataFiles {
  readonly episodes: readonly WrittenEpisode[];
  /** Rows in all */
  readonly frames: number;
  /** Instructions in the order of their numbers */
  readonly tasks: readonly string[];
  /** Of features of dtype `image` */
  readonly pictures: ReadonlyMap<string, PictureStatistics>;
  addEpisode(content: EpisodeContent): Promise<void>;
  finish(): Promise<void>;
  abandon(): Promise<void>;
  /** What was written, once it is finished, to compute statistics */
  written(): readonly StatisticsEpisode[];
}

/** Begins the files in a folder. */
export function createDataFiles(root: string, options: LeRobotWriterOptions): DataFiles {
  const { features, dataFileMegabytes = 100, chunksSize = 1000, imageStatistics = 'sampled' } = options;
  const columns = columnsOf({ ...features, ...INDEX_FEATURES });
  const rowBytes = columns.reduce((sum, { dtype, shape = [1] }) => sum + bytesOf(dtype) * shape.reduce((size, n) => size * n, 1), 0);
  const episodes: WrittenEpisode[] = [];
  const tasks = new Map<string, number>();
  const pictures = new Map(
    Object.entries(features).flatMap(([name, { dtype }]) => (dtype === 'image' ? [[name, pictureStatistics()] as const] : [])),
  );
  let output: ParquetOutput | undefined;
  let number = -1;
  let frames = 0;
  let imageBytes = 0;

  const fileOf = (n: number): string => dataFile(root, Math.floor(n / chunksSize), n % chunksSize);

  /** The file for an episode: the current one, unless that would become too large. */
  async function fileFor(length: number): Promise<ParquetOutput> {
    if (output && (output.rows === 0 || (output.rows + length) * rowBytes + imageBytes <= dataFileMegabytes * 2 ** 20)) return output;
    await output?.finish();
    number++;
    imageBytes = 0;
    await mkdir(path.dirname(fileOf(number)), { recursive: true });
    output = createParquet(fileOf(number), columns, { metadata: { huggingface: huggingfaceMetadata(columns) } });
    return output;
  }

  async function addEpisode({ length, rows }: EpisodeContent): Promise<void> {
    if (!(Number.isInteger(length) && length > 0)) throw new Error(`an episode needs at least one row, got ${length}`);
    const file = await fileFor(length);
    const firstRow = file.rows;
    const own = new Set<string>();
    const sampled = imageStatistics === 'all' ? undefined : new Set(sampledFrames(length));
    let row = 0;
    for await (const block of rows) {
      if (row + block.length > length) throw new Error(`${length} rows were announced, but there are more`);
      const texts = Array.from({ length: block.length }, (_, i) =>
        typeof block.tasks === 'string' ? block.tasks : (block.tasks[i] ?? ''),
      );
      for (const text of texts) {
        own.add(text);
        if (!tasks.has(text)) tasks.set(text, tasks.size);
      }
      const indices = indexValues(block, { fps: options.fps, row, episode: episodes.length, first: frames });
      const task_index = texts.map((text) => tasks.get(text) as number);
      file.append(block.length, { ...featureValues(features, block), ...indices, task_index });
      for (const [name, statistics] of pictures) {
        for (const [i, image] of (block.images?.[name] ?? []).entries()) {
          const where = `the picture of "${name}" in row ${row + i}`;
          const bytes = await checkedPicture(where, features[name] as Feature, image);
          imageBytes += bytes.length;
          if (sampled?.has(row + i) ?? true) statistics.add(await decodeImage(bytes, where));
        }
      }
      row += block.length;
    }
    if (row !== length) throw new Error(`${length} rows were announced, but there are ${row}`);
    for (const statistics of pictures.values()) statistics.endEpisode();
    episodes.push({ length, tasks: [...own], from: frames, chunk: Math.floor(number / chunksSize), file: number % chunksSize, firstRow });
    frames += length;
  }

  async function* blocksOf(
    { chunk, file, firstRow, length }: WrittenEpisode,
    feature: string,
  ): AsyncGenerator<Float32Array | Float64Array> {
    const { shape } = { ...features, ...INDEX_FEATURES }[feature] as Feature;
    const parquet = await openParquet(dataFile(root, chunk, file));
    try {
      for (let from = 0; from < length; from += BLOCK) {
        yield await parquet.readNumbers(feature, shape, firstRow + from, firstRow + Math.min(length, from + BLOCK));
      }
    } finally {
      await parquet.close();
    }
  }

  return {
    episodes,
    get frames() {
      return frames;
    },
    get tasks() {
      return [...tasks.keys()];
    },
    pictures,
    addEpisode,
    async finish() {
      if (!output) throw new Error(`${root}: a dataset needs at least one episode`);
      await output.finish();
      output = undefined;
    },
    async abandon() {
      await output?.abandon();
    },
    written: () => episodes.map((episode) => ({ blocks: (feature) => blocksOf(episode, feature) })),
  };
}

const dataFile = (root: string, chunk: number, file: number): string =>
  path.join(root, 'data', `chunk-${String(chunk).padStart(3, '0')}`, `file-${String(file).padStart(3, '0')}.parquet`);

const columnsOf = (features: Readonly<Record<string, Feature>>): ParquetColumn[] =>
  Object.entries(features).flatMap(([name, { dtype, shape }]) => (dtype === 'video' ? [] : [{ name, dtype, shape }]));

/** About as many bytes as a value takes before compression; pictures are counted as they come. */
function bytesOf(dtype: string): number {
  if (dtype === 'image') return 0;
  if (dtype === 'string') return 16;
  return Number(/\d+$/.exec(dtype)?.[0] ?? 8) / 8;
}

/** The bytes of a picture. Throws when there are none, when they are no picture, and when it has another size than its feature. */
async function checkedPicture(where: string, { shape }: Feature, { bytes, path: file }: StoredImage): Promise<Uint8Array> {
  const named = file === undefined ? '' : ` but a path, ${file}, which means nothing to others`;
  if (!bytes || bytes.length === 0) throw new Error(`${where} has no bytes${named}`);
  const { width, height } = await sharp(bytes)
    .metadata()
    .catch((error: Error) => {
      throw new Error(`${where} is no picture that can be read: ${error.message}`, { cause: error });
    });
  if (height === shape[0] && width === shape[1]) return bytes;
  throw new Error(`${where} is ${width}×${height}, but its feature says ${shape[1]}×${shape[0]} (shape [${shape.join(', ')}])`);
}

function featureValues(features: Readonly<Record<string, Feature>>, block: RowBlock): Record<string, ParquetValues> {
  const values: Record<string, ParquetValues> = {};
  const unknown = Object.keys(block.columns).find((name) => !features[name]);
  if (unknown !== undefined) throw new Error(`there are values of "${unknown}", which is no feature of the dataset`);
  for (const [name, { dtype, shape }] of Object.entries(features)) {
    if (dtype === 'video') continue;
    const column = block.columns[name];
    if (column && column.shape.join() !== shape.join()) {
      throw new Error(`feature "${name}" has shape [${shape.join(', ')}], but values of shape [${column.shape.join(', ')}] came`);
    }
    const found = dtype === 'string' ? block.strings?.[name] : dtype === 'image' ? block.images?.[name] : column?.data;
    if (!found) throw new Error(`there are no values of feature "${name}" (dtype ${dtype})`);
    values[name] = found;
  }
  return values;
}

/** Timestamps and indices of a block; `row` is its first frame in the episode and `first` the episode's first in the dataset. */
function indexValues(
  { length, timestamps }: RowBlock,
  { fps, row, episode, first }: { fps: number; row: number; episode: number; first: number },
): Record<string, ParquetValues> {
  const each = (value: (i: number) => number): Float64Array => Float64Array.from({ length }, (_, i) => value(i));
  return {
    timestamp: timestamps ?? each((i) => (row + i) / fps),
    frame_index: each((i) => row + i),
    episode_index: each(() => episode),
    index: each((i) => first + row + i),
  };
}

/** Collects statistics of the pictures of one camera. */
export function pictureStatistics(): PictureStatistics & { add(frame: Parameters<typeof addFrame>[1]): void; endEpisode(): void } {
  const all = imagePass();
  const episodes: StoredStatistics[] = [];
  let current: ImagePass = imagePass();
  let frames = 0;
  let allFrames = 0;
  return {
    episodes,
    add(frame) {
      addFrame(current, frame);
      frames++;
    },
    endEpisode() {
      episodes.push(stored(finishImages(current), [3, 1, 1], frames));
      mergeImages(all, current);
      allFrames += frames;
      current = imagePass();
      frames = 0;
    },
    all: () => stored(finishImages(all), [3, 1, 1], allFrames),
  };
}
