/**
 * LeRobot datasets of version 3.0: files of many episodes, metadata in parquet.
 *
 *     data/chunk-000/file-000.parquet
 *     videos/<camera>/chunk-000/file-000.mp4
 *     meta/info.json, stats.json, tasks.parquet, episodes/chunk-000/file-000.parquet
 *
 * The time of a frame in a video is the episode's `from_timestamp` plus the timestamp of its row.
 */
import { readdir } from 'node:fs/promises';
import { openParquet, type ParquetFile } from '../parquet.ts';
import { isCamera, type LeRobotInfo } from './info.ts';
import type { EpisodePlace, Layout, VideoPlace } from './layout.ts';
import { formatPath, pathInside } from './paths.ts';

type Record0 = Readonly<Record<string, unknown>>;

/** Reads the metadata. Throws with the file where they are missing or damaged. */
export async function readV30(root: string, info: LeRobotInfo): Promise<Layout> {
  const records = await readEpisodes(root, info);
  const tasks = await withParquet(root, 'meta/tasks.parquet', readTasks);
  // Rows count from the first episode of a file.
  const firstOfFile = new Map<string, number>();
  for (const record of records) {
    const { file, from } = dataOf(record);
    firstOfFile.set(file, Math.min(firstOfFile.get(file) ?? Number.POSITIVE_INFINITY, from));
  }
  return { episodes: records.map((record) => placeOf(info, record, firstOfFile)), tasks };
}

async function readEpisodes(root: string, info: LeRobotInfo): Promise<Record0[]> {
  const files = await episodeFiles(root);
  if (files.length === 0 && info.totalEpisodes > 0) {
    throw new Error(
      `${root}: there is no file meta/episodes/chunk-…/file-….parquet, but info.json says there are ${info.totalEpisodes} episodes`,
    );
  }
  const records: Record0[] = [];
  for (const file of files) records.push(...(await withParquet(root, file, readRecords)));
  return records.sort((a, b) => Number(a.episode_index) - Number(b.episode_index));
}

async function episodeFiles(root: string): Promise<string[]> {
  const list = async (folder: string): Promise<string[]> => {
    const entries = await readdir(await pathInside(root, folder)).catch((error: NodeJS.ErrnoException) => {
      // Not there, or a file among the folders
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
      throw new Error(`${root}: ${folder} cannot be read: ${error.message}`, { cause: error });
    });
    return entries.sort().map((entry) => `${folder}/${entry}`);
  };
  const files: string[] = [];
  for (const chunk of await list('meta/episodes')) files.push(...(await list(chunk)).filter((file) => file.endsWith('.parquet')));
  return files;
}

const NEEDED = ['episode_index', 'length', 'data/chunk_index', 'data/file_index', 'dataset_from_index', 'dataset_to_index'];

/** All episodes of a file, without their statistics. */
async function readRecords(file: ParquetFile): Promise<Record0[]> {
  const lacking = NEEDED.filter((column) => !file.columns.includes(column));
  if (lacking.length > 0) throw new Error(`${file.path}: there is no column ${lacking.join(', ')}`);
  const records = await file.readObjects(file.columns.filter((column) => !column.startsWith('stats/')));
  for (const [row, record] of records.entries()) {
    const bad = NEEDED.find((column) => !Number.isSafeInteger(record[column]) || (record[column] as number) < 0);
    if (bad) throw new Error(`${file.path}: ${bad} of row ${row} should be a whole number, found ${String(record[bad])}`);
  }
  return records;
}

/** Instructions by their number. Which column is the text, pandas' metadata say; without them it is the one that is not the number. */
async function readTasks(file: ParquetFile): Promise<Map<number, string>> {
  const column = indexColumn(file) ?? file.columns.find((name) => name === 'task') ?? file.columns.find((name) => name !== 'task_index');
  if (!column || !file.columns.includes('task_index')) {
    throw new Error(`${file.path}: there should be a column task_index and one with the instructions, found ${file.columns.join(', ')}`);
  }
  const numbers = await file.readNumbers('task_index', [1], 0, file.rows);
  const texts = await file.readStrings(column, 0, file.rows);
  return new Map(Array.from(numbers, (number, i) => [number, texts[i] ?? '']));
}

function indexColumn(file: ParquetFile): string | undefined {
  try {
    const { index_columns } = JSON.parse(file.metadata.pandas ?? '{}') as { index_columns?: unknown[] };
    return index_columns?.find((name): name is string => typeof name === 'string' && file.columns.includes(name));
  } catch {
    return undefined;
  }
}

function dataOf(record: Record0): { file: string; from: number } {
  return { file: `${record['data/chunk_index']}/${record['data/file_index']}`, from: Number(record.dataset_from_index) };
}

function placeOf(info: LeRobotInfo, record: Record0, firstOfFile: ReadonlyMap<string, number>): EpisodePlace {
  const length = Number(record.length);
  const { tasks } = record;
  return {
    index: Number(record.episode_index),
    length,
    tasks: Array.isArray(tasks) ? tasks.map(String) : typeof tasks === 'string' ? [tasks] : [],
    data() {
      const { file, from } = dataOf(record);
      const to = Number(record.dataset_to_index);
      if (to - from !== length) throw new Error(`meta/episodes says that it has ${length} rows, and that they are rows ${from} to ${to}`);
      const chunk = { chunk_index: Number(record['data/chunk_index']), file_index: Number(record['data/file_index']) };
      return { file: formatPath(info.dataPath, chunk), firstRow: from - (firstOfFile.get(file) ?? 0), whole: false };
    },
    video: (camera) => videoOf(info, record, camera),
  };
}

function videoOf(info: LeRobotInfo, record: Record0, camera: string): VideoPlace {
  const field = (name: string): number => {
    const value = record[`videos/${camera}/${name}`];
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
    const cameras = Object.keys(info.features).filter((key) => isCamera(info.features[key] as { dtype: string; shape: number[] }));
    throw new Error(
      `meta/episodes should have a number in videos/${camera}/${name}, found ${String(value)} (cameras: ${cameras.join(', ')})`,
    );
  };
  const values = { video_key: camera, chunk_index: field('chunk_index'), file_index: field('file_index') };
  return { file: formatPath(info.videoPath ?? '', values), from: field('from_timestamp'), to: field('to_timestamp') };
}

async function withParquet<T>(root: string, relative: string, use: (file: ParquetFile) => Promise<T>): Promise<T> {
  const file = await openParquet(await pathInside(root, relative));
  return use(file).finally(() => file.close());
}
