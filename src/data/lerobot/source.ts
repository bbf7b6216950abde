/** LeRobot datasets of both versions as episodes of rows and frames. */
import { readFile } from 'node:fs/promises';
import type { ParquetFile, StoredImage } from '../parquet.ts';
import type { Column, EpisodeSource, Feature, FrameReader, RowRange, Rows } from '../source.ts';
import { openFrames } from './cameras.ts';
import { openFiles } from './files.ts';
import { INDEX_COLUMNS, isCamera, type LeRobotInfo } from './info.ts';
import type { DataPlace, EpisodePlace, Layout, VideoPlace } from './layout.ts';
import { pathInside } from './paths.ts';
import { sharedVideos } from './videos.ts';

/** What LeRobot datasets have beyond other sources: where things lie, and what cannot be a number. */
export interface LeRobotExtra {
  readonly info: LeRobotInfo;
  /** Instructions by `task_index` */
  readonly tasks: ReadonlyMap<number, string>;
  /** What the metadata get wrong without keeping anything from being read, one sentence each */
  readonly problems: readonly string[];
  /** Where an episode's rows are; `path` is absolute. Throws when the metadata contradict themselves or lead out of the dataset. */
  dataFile(episode: number): Promise<DataPlace & { readonly path: string }>;
  /** Where a camera's frames are; undefined for pictures that are in the data file. Throws like `dataFile`. */
  videoFile(episode: number, camera: string): Promise<(VideoPlace & { readonly path: string }) | undefined>;
  /** Rows [from, to) of a feature of dtype `string`. */
  readStrings(episode: number, feature: string, from?: number, to?: number): Promise<(string | undefined)[]>;
  /** Encoded pictures of rows [from, to) of a feature of dtype `image`. */
  readImages(episode: number, camera: string, from?: number, to?: number): Promise<StoredImage[]>;
}

/** A LeRobot dataset that is open for reading. */
export type LeRobotSource = EpisodeSource & { readonly lerobot: LeRobotExtra };

/** Whether a source is a LeRobot dataset, with what these have beyond others. */
export const isLeRobot = (source: EpisodeSource): source is LeRobotSource => 'lerobot' in source;

/** Makes a source of what the metadata say. Files of data are opened when their episodes are read. */
export function lerobotSource(name: string, root: string, info: LeRobotInfo, layout: Layout): LeRobotSource {
  const files = openFiles(root);
  const videos = sharedVideos();
  const { episodes, tasks } = layout;
  const features = Object.fromEntries(Object.entries(info.features).filter(([key]) => !(INDEX_COLUMNS as readonly string[]).includes(key)));
  const cameras = Object.keys(features).filter((key) => isCamera(features[key] as Feature));

  function placeOf(episode: number): EpisodePlace {
    const place = episodes[episode];
    if (!place) throw new Error(`${name} has ${episodes.length} episodes, there is none in position ${episode}`);
    return place;
  }

  /** Runs `f`; errors say which episode they are about. */
  async function about<T>(episode: number, f: (place: EpisodePlace) => Promise<T>): Promise<T> {
    const place = placeOf(episode);
    try {
      return await f(place);
    } catch (error) {
      throw new Error(`${name}, episode ${place.index}: ${(error as Error).message}`, { cause: error });
    }
  }

  function rangeOf(place: EpisodePlace, { from = 0, to = place.length }: RowRange): { from: number; to: number } {
    if (Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from <= to && to <= place.length) return { from, to };
    throw new Error(`rows ${from} to ${to} were asked for, but it has ${place.length}`);
  }

  /** Calls `use` with the file of an episode and the number of its first row in it. */
  async function withRows<T>(place: EpisodePlace, use: (file: ParquetFile, firstRow: number) => Promise<T>): Promise<T> {
    const { file, firstRow, whole } = place.data();
    return files.with(file, (parquet) => {
      const says = `the metadata give it ${place.length} rows`;
      if (whole && parquet.rows !== place.length) throw new Error(`${parquet.path} has ${parquet.rows} rows, but ${says}`);
      if (firstRow + place.length > parquet.rows) {
        throw new Error(`${parquet.path} has ${parquet.rows} rows, but ${says}, from row ${firstRow} of that file`);
      }
      return use(parquet, firstRow);
    });
  }

  function featureOf(column: string): Feature {
    const feature = info.features[column];
    const numeric = Object.keys(info.features).filter((key) => isNumeric(info.features[key] as Feature));
    if (!feature) throw new Error(`there is no feature "${column}", only ${Object.keys(info.features).join(', ')}`);
    if (!isNumeric(feature))
      throw new Error(`feature "${column}" has no numbers (dtype ${feature.dtype}); those with are ${numeric.join(', ')}`);
    return feature;
  }

  async function readColumn(file: ParquetFile, column: string, from: number, to: number): Promise<Column> {
    const { shape } = featureOf(column);
    return { shape, data: await file.readNumbers(column, shape, from, to) };
  }

  const defaultColumns = Object.keys(features).filter((key) => isNumeric(features[key] as Feature));

  const readRows = (episode: number, range: RowRange = {}): Promise<Rows> =>
    about(episode, (place) => {
      const { from, to } = rangeOf(place, range);
      return withRows(place, async (file, firstRow) => {
        const begin = firstRow + from;
        const end = firstRow + to;
        await checkEpisode(file, place, begin, end);
        const columns: Record<string, Column> = {};
        for (const column of range.columns ?? defaultColumns) columns[column] = await readColumn(file, column, begin, end);
        await checkRate(file, place, firstRow);
        const timestamps = await readTimestamps(file, info, from, begin, end);
        return { from, length: to - from, timestamps, tasks: await tasksOf(file, place, tasks, begin, end), columns };
      });
    });

  // Whose timestamps were looked at
  const ofRate = new Set<EpisodePlace>();

  async function checkRate(file: ParquetFile, place: EpisodePlace, firstRow: number): Promise<void> {
    if (!info.features.timestamp || ofRate.has(place)) return;
    const rows = Math.min(place.length, ROWS_OF_RATE);
    checkTimestamps(file, info, await file.readNumbers('timestamp', [1], firstRow, firstRow + rows));
    ofRate.add(place);
  }

  const videoFile: LeRobotExtra['videoFile'] = async (episode, camera) => {
    cameraOf(camera);
    if (info.features[camera]?.dtype !== 'video') return undefined;
    const place = placeOf(episode).video(camera);
    return { ...place, path: await pathInside(root, place.file) };
  };

  function cameraOf(camera: string): Feature {
    const feature = info.features[camera];
    if (feature && isCamera(feature)) return feature;
    throw new Error(`there is no camera "${camera}", only ${cameras.join(', ') || 'none'}`);
  }

  /** Pictures in the data file. Where it has only paths, the files that they name are read. */
  async function imagesOf(place: EpisodePlace, camera: string, from: number, to: number): Promise<StoredImage[]> {
    const found = await withRows(place, (file, firstRow) => file.readImages(camera, firstRow + from, firstRow + to));
    return Promise.all(
      found.map(async (image) => {
        if (image.bytes || !image.path) return image;
        return { ...image, bytes: await readFile(await pathInside(root, image.path)) };
      }),
    );
  }

  const openCamera = (episode: number, camera: string): Promise<FrameReader> =>
    about(episode, async (place) => {
      const feature = cameraOf(camera);
      const video = await videoFile(episode, camera);
      return openFrames({ camera, feature, fps: info.fps, rows: place.length, ...(video && { video }), videos, images });

      function images(from: number, to: number): Promise<StoredImage[]> {
        return imagesOf(place, camera, from, to);
      }
    });

  return {
    name,
    root,
    format: info.version === '2.1' ? 'lerobot-v2.1' : 'lerobot-v3.0',
    fps: info.fps,
    ...(info.robotType !== undefined && { robotType: info.robotType }),
    features,
    cameras,
    episodes: episodes.map(({ index, length, tasks }) => ({ index, length, tasks })),
    readRows,
    openCamera,
    close: () => {
      videos.close();
      return files.close();
    },
    lerobot: {
      info,
      tasks,
      problems: [...info.problems, ...contradictions(info, layout)],
      dataFile: async (episode) => {
        const place = placeOf(episode).data();
        return { ...place, path: await pathInside(root, place.file) };
      },
      videoFile,
      readStrings: (episode, feature, from, to) =>
        about(episode, (place) => {
          const range = rangeOf(place, { ...(from !== undefined && { from }), ...(to !== undefined && { to }) });
          return withRows(place, (file, firstRow) => file.readStrings(feature, firstRow + range.from, firstRow + range.to));
        }),
      readImages: (episode, camera, from, to) =>
        about(episode, (place) => {
          const range = rangeOf(place, { ...(from !== undefined && { from }), ...(to !== undefined && { to }) });
          return imagesOf(place, camera, range.from, range.to);
        }),
    },
  };
}

const isNumeric = (feature: Feature): boolean => !isCamera(feature) && feature.dtype !== 'string';

/** Rows of another episode under this one's name would be a silent disaster. */
async function checkEpisode(file: ParquetFile, place: EpisodePlace, from: number, to: number): Promise<void> {
  if (!file.columns.includes('episode_index')) return;
  const found = await file.readNumbers('episode_index', [1], from, to);
  const other = found.findIndex((index) => index !== place.index);
  if (other < 0) return;
  throw new Error(`${file.path}: row ${from + other} should be one of episode ${place.index}, but its episode_index is ${found[other]}`);
}

/** Fewer rows than this say too little about how fast they follow one another; more than that, nothing new. */
const ROWS_FOR_RATE = 8;
const ROWS_OF_RATE = 256;
/** How far the rate of the timestamps may be from the dataset's. Clocks drift, but not that much. */
const RATE_TOLERANCE = 0.1;

/**
 * Throws when the first timestamps of an episode contradict `fps`: by the time that is between most of them, for where frames were
 * dropped, that is nothing about the rate.
 */
function checkTimestamps(file: ParquetFile, { fps }: LeRobotInfo, timestamps: Float32Array | Float64Array): void {
  if (timestamps.length < ROWS_FOR_RATE) return;
  const steps = Float64Array.from({ length: timestamps.length - 1 }, (_, i) => (timestamps[i + 1] as number) - (timestamps[i] as number));
  const step = steps.sort()[steps.length >> 1] as number;
  if (Math.abs(step * fps - 1) <= RATE_TOLERANCE) return;
  const found = `its rows are ${step.toPrecision(4)} s apart (${(1 / step).toPrecision(4)} per second)`;
  throw new Error(`${file.path}: by their timestamps ${found}, but meta/info.json says fps ${fps}`);
}

/** Timestamps of rows [begin, end) of a file, the first of which is frame `from`. */
async function readTimestamps(file: ParquetFile, info: LeRobotInfo, from: number, begin: number, end: number): Promise<Float64Array> {
  if (!info.features.timestamp) return Float64Array.from({ length: end - begin }, (_, i) => (from + i) / info.fps);
  return Float64Array.from(await file.readNumbers('timestamp', [1], begin, end));
}

/** The instructions of rows [begin, end) of a file. */
async function tasksOf(
  file: ParquetFile,
  place: EpisodePlace,
  tasks: ReadonlyMap<number, string>,
  begin: number,
  end: number,
): Promise<(string | undefined)[]> {
  if (!file.columns.includes('task_index')) return new Array(end - begin).fill(place.tasks.length === 1 ? place.tasks[0] : undefined);
  const indices = await file.readNumbers('task_index', [1], begin, end);
  return Array.from(indices, (index, i) => {
    const task = tasks.get(index);
    if (task !== undefined) return task;
    throw new Error(`${file.path}: row ${begin + i} has task_index ${index}, but meta/tasks has only ${tasks.size} tasks, not that one`);
  });
}

/** Where `info.json` and the other metadata do not say the same. */
function contradictions(info: LeRobotInfo, { episodes }: Layout): string[] {
  const problems: string[] = [];
  if (info.totalEpisodes !== episodes.length) {
    problems.push(`meta/info.json says there are ${info.totalEpisodes} episodes, but ${episodes.length} are listed`);
  }
  const frames = episodes.reduce((sum, { length }) => sum + length, 0);
  if (info.totalFrames !== frames) {
    problems.push(`meta/info.json says there are ${info.totalFrames} frames, but the episodes have ${frames} in all`);
  }
  const seen = new Set<number>();
  for (const { index } of episodes) {
    if (seen.has(index)) problems.push(`episode ${index} is listed twice`);
    seen.add(index);
  }
  return problems;
}
