/** The metadata of a dataset that is being written: `info.json`, `stats.json`, `tasks.parquet` and `episodes/…`. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../../tensor/files.node.ts';
import { createParquet, huggingfaceMetadata, type ParquetColumn, type ParquetValues, pandasMetadata } from '../parquet-write.ts';
import type { Feature } from '../source.ts';
import type { VideoInfo } from '../video/probe.ts';
import { isCamera } from './info.ts';
import { rowStatistics, type StoredStatistics, statisticsColumns, statisticsValues } from './statistics.ts';
import type { LeRobotWriterOptions } from './write.ts';
import { DATA_PATH, type DataFiles, INDEX_FEATURES } from './write-data.ts';
import { VIDEO_PATH, type VideoTrack } from './write-videos.ts';

/** Writes the metadata of what data files and videos hold. */
export async function writeMetadata(
  root: string,
  options: LeRobotWriterOptions,
  data: DataFiles,
  tracks: ReadonlyMap<string, VideoTrack>,
): Promise<void> {
  const features = { ...options.features, ...INDEX_FEATURES };
  const statistics = new Map<string, { shape: readonly number[]; episodes: readonly StoredStatistics[]; all: StoredStatistics }>();
  for (const [name, feature] of Object.entries(features)) {
    if (feature.dtype === 'string') continue;
    const pictures = tracks.get(name)?.statistics ?? data.pictures.get(name);
    if (pictures) statistics.set(name, { shape: [3, 1, 1], episodes: pictures.episodes, all: pictures.all() });
    else statistics.set(name, { shape: feature.shape, ...(await rowStatistics({ name, shape: feature.shape }, data.written())) });
  }
  await writeJson(path.join(root, 'meta', 'stats.json'), Object.fromEntries([...statistics].map(([name, { all }]) => [name, all])));
  await writeTasks(path.join(root, 'meta', 'tasks.parquet'), data.tasks);
  await writeEpisodes(path.join(root, 'meta', 'episodes', 'chunk-000', 'file-000.parquet'), data, tracks, statistics);
  await writeJson(path.join(root, 'meta', 'info.json'), infoOf(options, features, data, tracks));
}

/** Writes a file of metadata as LeRobot does. */
export const writeJson = (file: string, content: unknown): Promise<void> =>
  writeFileAtomically(file, [`${JSON.stringify(content, undefined, 4)}\n`]);

function infoOf(
  options: LeRobotWriterOptions,
  features: Readonly<Record<string, Feature>>,
  data: DataFiles,
  tracks: ReadonlyMap<string, VideoTrack>,
): unknown {
  const { fps, robotType, dataFileMegabytes = 100, videoFileMegabytes = 200, chunksSize = 1000, extra = {} } = options;
  return {
    ...extra,
    codebase_version: 'v3.0',
    robot_type: robotType ?? null,
    total_episodes: data.episodes.length,
    total_frames: data.frames,
    total_tasks: data.tasks.length,
    chunks_size: chunksSize,
    data_files_size_in_mb: dataFileMegabytes,
    video_files_size_in_mb: videoFileMegabytes,
    fps,
    splits: { train: `0:${data.episodes.length}` },
    data_path: DATA_PATH,
    video_path: tracks.size > 0 ? VIDEO_PATH : null,
    features: Object.fromEntries(
      Object.entries(features).map(([name, feature]) => [name, describe(feature, fps, tracks.get(name)?.video)]),
    ),
  };
}

/** A feature as `info.json` has it. */
function describe(feature: Feature, fps: number, video?: VideoInfo): unknown {
  const { dtype, shape, names } = feature;
  if (dtype !== 'video') return { dtype, shape, names: isCamera(feature) ? ['height', 'width', 'channels'] : (names ?? null), fps };
  const info = video && {
    'video.height': video.height,
    'video.width': video.width,
    'video.codec': video.codec,
    'video.pix_fmt': video.pixelFormat ?? 'yuv420p',
    'video.is_depth_map': false,
    'video.fps': fps,
    'video.channels': 3,
    has_audio: false,
  };
  return { dtype, shape, names: ['height', 'width', 'channels'], ...(info && { info }) };
}

/** The instructions as pandas writes a frame whose index they are. */
async function writeTasks(file: string, tasks: readonly string[]): Promise<void> {
  const index = '__index_level_0__';
  const columns = [
    { name: 'task_index', dtype: 'int64' },
    { name: index, dtype: 'string' },
  ];
  const output = createParquet(file, columns, { metadata: { pandas: pandasMetadata('task_index', index) } });
  output.append(tasks.length, { task_index: tasks.map((_, i) => i), [index]: tasks });
  await output.finish();
}

async function writeEpisodes(
  file: string,
  { episodes }: DataFiles,
  tracks: ReadonlyMap<string, VideoTrack>,
  statistics: ReadonlyMap<string, { readonly shape: readonly number[]; readonly episodes: readonly StoredStatistics[] }>,
): Promise<void> {
  const columns: ParquetColumn[] = [];
  const values: Record<string, ParquetValues> = {};
  const add = (name: string, dtype: string, of: ParquetValues): void => {
    columns.push({ name, dtype });
    values[name] = of;
  };
  const whole = (name: string, of: (episode: (typeof episodes)[number], i: number) => number): void => add(name, 'int64', episodes.map(of));
  whole('episode_index', (_, i) => i);
  whole('data/chunk_index', ({ chunk }) => chunk);
  whole('data/file_index', ({ file: number }) => number);
  whole('dataset_from_index', ({ from }) => from);
  whole('dataset_to_index', ({ from, length }) => from + length);
  for (const [camera, { places }] of tracks) {
    add(
      `videos/${camera}/chunk_index`,
      'int64',
      places.map(({ chunk }) => chunk),
    );
    add(
      `videos/${camera}/file_index`,
      'int64',
      places.map(({ file: number }) => number),
    );
    add(
      `videos/${camera}/from_timestamp`,
      'float64',
      places.map(({ from }) => from),
    );
    add(
      `videos/${camera}/to_timestamp`,
      'float64',
      places.map(({ to }) => to),
    );
  }
  add(
    'tasks',
    'strings',
    episodes.map(({ tasks }) => tasks),
  );
  whole('length', ({ length }) => length);
  for (const [name, { shape, episodes: found }] of statistics) {
    columns.push(...statisticsColumns(name, shape));
    Object.assign(values, statisticsValues(name, found));
  }
  whole('meta/episodes/chunk_index', () => 0);
  whole('meta/episodes/file_index', () => 0);
  await mkdir(path.dirname(file), { recursive: true });
  const output = createParquet(file, columns, { metadata: { huggingface: huggingfaceMetadata(columns) } });
  output.append(episodes.length, values);
  await output.finish();
}
