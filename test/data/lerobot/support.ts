/** Small datasets for tests: made in temporary folders, and broken on purpose. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from 'vitest';
import { INDEX_COLUMNS } from '../../../src/data/lerobot/info.ts';
import { createParquet, type ParquetValues } from '../../../src/data/parquet-write.ts';
import type { EpisodeSource, Feature, Frame, Rows } from '../../../src/data/source.ts';
import { createVideo } from '../../../src/data/video/writer.ts';

/** The piece of a real dataset that the tests have: two episodes of 60 frames, version 2.1, AV1. */
export const G1 = fileURLToPath(new URL('../../fixtures/g1-pick-bottle', import.meta.url));

/** What LeRobot 0.4.4 recorded: version 3.0, with pictures and long texts in the data file. `reference/lerobot_record.py` made it. */
export const RECORDED = fileURLToPath(new URL('../../fixtures/lerobot-images', import.meta.url));

/** A new folder for each test of a file; `here('a')` is a path in it. */
export function temporaryFolder(): (...names: string[]) => string {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'gear-data-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  return (...names) => path.join(folder, ...names);
}

/** An episode as tests write it: values of each feature in C order, and an instruction for each row. */
export interface TinyEpisode {
  readonly tasks: readonly string[];
  readonly values: Readonly<Record<string, readonly number[] | readonly string[]>>;
}

export interface TinyDataset {
  readonly fps: number;
  readonly features: Readonly<Record<string, Feature>>;
  readonly episodes: readonly TinyEpisode[];
}

const INDEX_TYPES = { timestamp: 'float32', frame_index: 'int64', episode_index: 'int64', index: 'int64', task_index: 'int64' } as const;

/** Writes a dataset of version 2.1 by hand, without cameras unless videos are put into it afterwards. */
export async function writeV21(root: string, { fps, features, episodes }: TinyDataset, chunksSize = 1000): Promise<void> {
  const tasks = [...new Set(episodes.flatMap((episode) => episode.tasks))];
  const columns = [
    ...Object.entries(features).flatMap(([name, { dtype, shape }]) => (dtype === 'video' ? [] : [{ name, dtype, shape }])),
    ...INDEX_COLUMNS.map((name) => ({ name, dtype: INDEX_TYPES[name], shape: [1] })),
  ];
  let first = 0;
  for (const [episode, { tasks: texts, values }] of episodes.entries()) {
    const rows = texts.map((_, i) => i);
    const chunk = `chunk-${String(Math.floor(episode / chunksSize)).padStart(3, '0')}`;
    const file = path.join(root, 'data', chunk, `episode_${String(episode).padStart(6, '0')}.parquet`);
    await mkdir(path.dirname(file), { recursive: true });
    const output = createParquet(file, columns);
    output.append(rows.length, {
      ...(values as Record<string, ParquetValues>),
      timestamp: rows.map((i) => i / fps),
      frame_index: rows,
      episode_index: rows.map(() => episode),
      index: rows.map((i) => first + i),
      task_index: texts.map((text) => tasks.indexOf(text)),
    });
    await output.finish();
    first += rows.length;
  }
  const lines = (records: readonly unknown[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join('');
  await mkdir(path.join(root, 'meta'), { recursive: true });
  await writeFile(path.join(root, 'meta', 'tasks.jsonl'), lines(tasks.map((task, task_index) => ({ task_index, task }))));
  const listed = episodes.map((episode, i) => ({ episode_index: i, tasks: [...new Set(episode.tasks)], length: episode.tasks.length }));
  await writeFile(path.join(root, 'meta', 'episodes.jsonl'), lines(listed));
  const info = {
    codebase_version: 'v2.1',
    robot_type: 'tiny',
    total_episodes: episodes.length,
    total_frames: first,
    total_tasks: tasks.length,
    chunks_size: chunksSize,
    fps,
    data_path: 'data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet',
    video_path: 'videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4',
    features: {
      ...features,
      ...Object.fromEntries(INDEX_COLUMNS.map((name) => [name, { dtype: INDEX_TYPES[name], shape: [1], names: null }])),
    },
  };
  await writeFile(path.join(root, 'meta', 'info.json'), JSON.stringify(info));
}

/** A dataset with a state of 3 numbers and a reward, at 10 Hz. */
export function tiny(...lengths: readonly number[]): TinyDataset {
  return {
    fps: 10,
    features: { state: { dtype: 'float32', shape: [3], names: ['x', 'y', 'z'] }, reward: { dtype: 'float64', shape: [1] } },
    episodes: lengths.map((length, e) => ({
      tasks: Array.from({ length }, (_, i) => (i < length / 2 ? 'pick' : `place ${e}`)),
      values: {
        state: Array.from({ length: 3 * length }, (_, i) => Math.fround(e + i / 7)),
        reward: Array.from({ length }, (_, i) => i / 3),
      },
    })),
  };
}

/** Changes the `info.json` of a dataset. */
export async function editInfo(root: string, edit: (info: Record<string, unknown>) => void): Promise<void> {
  const file = path.join(root, 'meta', 'info.json');
  const info = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  edit(info);
  await writeFile(file, JSON.stringify(info));
}

/** Pictures that differ from frame to frame: a grey that gets lighter, on a ramp. */
export function* greys(length: number, width = 32, height = 16, base = 20): Generator<Frame> {
  for (let i = 0; i < length; i++) {
    yield { width, height, data: Uint8Array.from({ length: 3 * width * height }, (_, at) => base + 10 * i + (Math.floor(at / 3) % width)) };
  }
}

/** Writes these pictures as a video. */
export async function writeVideo(
  file: string,
  length: number,
  options: { width?: number; height?: number; fps?: number; base?: number } = {},
) {
  const { width = 32, height = 16, fps = 10, base = 20 } = options;
  await mkdir(path.dirname(file), { recursive: true });
  const video = await createVideo(file, { width, height, fps, codec: 'h264' });
  for (const frame of greys(length, width, height, base)) video.write(frame);
  await video.finish();
}

/** All rows of all episodes. */
export async function allRows(source: EpisodeSource): Promise<Rows[]> {
  const rows: Rows[] = [];
  for (const i of source.episodes.keys()) rows.push(await source.readRows(i));
  return rows;
}
