/**
 * LeRobot datasets of version 2.1: one parquet file and one video per camera for every episode, metadata in JSON lines.
 *
 *     data/chunk-000/episode_000000.parquet
 *     videos/chunk-000/<camera>/episode_000000.mp4
 *     meta/info.json, episodes.jsonl, episodes_stats.jsonl, tasks.jsonl
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { issues, type LeRobotInfo } from './info.ts';
import type { EpisodePlace, Layout } from './layout.ts';
import { formatPath, pathInside } from './paths.ts';

const episode = z.looseObject({
  episode_index: z.int().nonnegative(),
  length: z.int().nonnegative(),
  tasks: z.array(z.string()).default([]),
});
const task = z.looseObject({ task_index: z.int().nonnegative(), task: z.string() });

/** Reads the metadata. Throws with file and line where they are missing or damaged. */
export async function readV21(root: string, info: LeRobotInfo): Promise<Layout> {
  const episodes = await readLines(root, 'meta/episodes.jsonl', episode);
  const tasks = await readLines(root, 'meta/tasks.jsonl', task);
  return {
    episodes: episodes.sort((a, b) => a.episode_index - b.episode_index).map((found) => placeOf(info, found)),
    tasks: new Map(tasks.map((found) => [found.task_index, found.task])),
  };
}

function placeOf(info: LeRobotInfo, { episode_index, length, tasks }: z.infer<typeof episode>): EpisodePlace {
  const values = { episode_index, episode_chunk: Math.floor(episode_index / info.chunksSize) };
  return {
    index: episode_index,
    length,
    tasks,
    data: () => ({ file: formatPath(info.dataPath, values), firstRow: 0, whole: true }),
    video: (camera) => ({ file: formatPath(info.videoPath ?? '', { ...values, video_key: camera }), from: 0 }),
  };
}

/** The objects of a file with one per line. */
async function readLines<T>(root: string, relative: string, schema: z.ZodType<T>): Promise<T[]> {
  const file = await pathInside(root, relative);
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Error(`${file} cannot be read: ${error.message}`, { cause: error });
  });
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      throw new Error(`${file}:${i + 1} is no JSON: ${(error as Error).message}`, { cause: error });
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw new Error(`${file}:${i + 1}: ${issues(parsed.error)}`);
    return [parsed.data];
  });
}
