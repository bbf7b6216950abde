/** `meta/info.json` of a LeRobot dataset, version 2.1 or 3.0: what it says, checked, in one form for both. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Feature } from '../source.ts';
import { type PathFields, pathFields, pathInside } from './paths.ts';

/** What a dataset says about itself. */
export interface LeRobotInfo {
  readonly version: '2.1' | '3.0';
  /** Rows per second */
  readonly fps: number;
  readonly robotType?: string;
  readonly totalEpisodes: number;
  readonly totalFrames: number;
  /** Episodes (2.1) or files (3.0) in a folder `chunk-…` */
  readonly chunksSize: number;
  readonly dataPath: string;
  /** Only for datasets with videos */
  readonly videoPath?: string;
  /** All features, indices and timestamps included; the shape of cameras is [height, width, channels] */
  readonly features: Readonly<Record<string, Feature>>;
  /** The file as it is */
  readonly raw: Readonly<Record<string, unknown>>;
  /** What is wrong without keeping anything from being read, one sentence each */
  readonly problems: readonly string[];
}

/** Columns that every LeRobot dataset has beside its features. */
export const INDEX_COLUMNS = ['timestamp', 'frame_index', 'episode_index', 'index', 'task_index'] as const;

/** Whether frames of a feature are pictures. */
export const isCamera = ({ dtype }: Feature): boolean => dtype === 'video' || dtype === 'image';

const count = z.int().nonnegative();
const names: z.ZodType<Names> = z.lazy(() => z.union([z.string(), z.number(), z.null(), z.array(names), z.record(z.string(), names)]));
type Names = string | number | null | Names[] | { [key: string]: Names };

const schema = z.looseObject({
  codebase_version: z.string(),
  robot_type: z.string().nullish(),
  fps: z.number().positive(),
  total_episodes: count,
  total_frames: count,
  chunks_size: z.int().positive().default(1000),
  data_path: z.string(),
  video_path: z.string().nullish(),
  features: z.record(
    z.string(),
    z.looseObject({ dtype: z.string(), shape: z.array(z.int().positive()).nonempty(), names: names.nullish() }),
  ),
});

/** How older datasets come to be readable. The scripts went with LeRobot 0.4. */
const CONVERSIONS: Readonly<Record<string, string>> = {
  '1': 'convert it with LeRobot 0.3: python -m lerobot.datasets.v2.convert_dataset_v1_to_v2, then lerobot.datasets.v21.convert_dataset_v20_to_v21',
  '2.0': 'convert it with LeRobot 0.3: python -m lerobot.datasets.v21.convert_dataset_v20_to_v21 --repo-id=<name>',
};

/** Reads and checks the `meta/info.json` of a dataset. Throws with the file, the field and what would be right. */
export async function readInfo(root: string): Promise<LeRobotInfo> {
  const file = await pathInside(root, 'meta/info.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => missing(root, file, error));
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is no JSON: ${(error as Error).message}`, { cause: error });
  }
  return parseInfo(file, raw);
}

async function missing(root: string, file: string, error: NodeJS.ErrnoException): Promise<never> {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw new Error(`${file} cannot be read: ${error.message}`, { cause: error });
  if (await stat(path.join(root, 'meta_data', 'info.json')).catch(() => undefined)) throw tooOld(path.join(root, 'meta_data'), 'v1.x');
  throw new Error(`${root} is no LeRobot dataset: there is no meta/info.json in it`, { cause: error });
}

const tooOld = (where: string, version: string): Error => {
  const how = CONVERSIONS[/^v?1(\.|$)/.test(version) ? '1' : '2.0'];
  return new Error(`${where}: this is a LeRobot dataset of version ${version}, and only 2.1 and 3.0 can be read; ${how}`);
};

/** Checks the content of an `info.json`; `file` is named in errors. */
function parseInfo(file: string, raw: unknown): LeRobotInfo {
  const version = versionOf(file, raw);
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw new Error(`${file}: ${issues(parsed.error)}`);
  const info = parsed.data;
  const problems: string[] = [];
  const features = Object.fromEntries(
    Object.entries(info.features).map(([name, feature]) => [name, featureOf(name, feature, (what) => problems.push(`${file}: ${what}`))]),
  );
  if (Object.values(features).some(({ dtype }) => dtype === 'video') && !info.video_path) {
    throw new Error(`${file}: there are features of dtype video, but no video_path`);
  }
  checkTemplate(file, 'data_path', info.data_path, version === '2.1' ? ['episode_chunk', 'episode_index'] : ['chunk_index', 'file_index']);
  if (info.video_path) {
    const fields: PathFields =
      version === '2.1' ? ['episode_chunk', 'episode_index', 'video_key'] : ['chunk_index', 'file_index', 'video_key'];
    checkTemplate(file, 'video_path', info.video_path, fields);
  }
  return {
    version,
    fps: info.fps,
    ...(info.robot_type && { robotType: info.robot_type }),
    totalEpisodes: info.total_episodes,
    totalFrames: info.total_frames,
    chunksSize: info.chunks_size,
    dataPath: info.data_path,
    ...(info.video_path && { videoPath: info.video_path }),
    features,
    raw: raw as Record<string, unknown>,
    problems,
  };
}

function versionOf(file: string, raw: unknown): '2.1' | '3.0' {
  const found: unknown = (raw as { codebase_version?: unknown } | null)?.codebase_version;
  if (typeof found !== 'string') throw new Error(`${file}: codebase_version should be "v2.1" or "v3.0", found ${JSON.stringify(found)}`);
  if (/^v?2\.1(\.|$)/.test(found)) return '2.1';
  if (/^v?3\.0(\.|$)/.test(found)) return '3.0';
  if (/^v?(1(\.|$)|2\.0|2$)/.test(found)) throw tooOld(file, found);
  throw new Error(`${file}: this is a LeRobot dataset of version ${found}, and only 2.1 and 3.0 can be read`);
}

/** What zod found, in one line. */
export function issues(error: z.ZodError): string {
  return error.issues.map(({ path: at, message }) => (at.length > 0 ? `${at.join('.')}: ${message}` : message)).join('; ');
}

function checkTemplate(file: string, field: string, template: string, allowed: PathFields): void {
  try {
    pathFields(template, allowed);
  } catch (error) {
    throw new Error(`${file}: ${field}: ${(error as Error).message}`, { cause: error });
  }
}

/** A feature in our form: names flat, cameras with channels last. */
function featureOf(
  name: string,
  { dtype, shape, names }: { dtype: string; shape: number[]; names?: Names | undefined },
  problem: (what: string) => void,
): Feature {
  const flat = flatNames(names ?? null);
  if (dtype === 'video' || dtype === 'image') return { dtype, shape: channelsLast(shape, flat) };
  const size = shape.reduce((product, n) => product * n, 1);
  if (flat.length === 0) return { dtype, shape };
  if (flat.length === size) return { dtype, shape, names: flat };
  // A single name for a whole vector is common, and no harm: nobody can mean an element by it.
  if (flat.length > 1) problem(`feature "${name}" has ${flat.length} names for ${size} values, so that its elements have none`);
  return { dtype, shape };
}

/** `[a, b]`, `[[a, b]]` and `{motors: [a, b]}` as `[a, b]`. */
function flatNames(names: Names): string[] {
  if (names === null) return [];
  if (typeof names !== 'object') return [String(names)];
  return Object.values(names).flatMap(flatNames);
}

function channelsLast(shape: readonly number[], names: readonly string[]): readonly number[] {
  const [first, second, third] = shape;
  if (first === undefined || second === undefined || third === undefined) return shape;
  const leading = /^channels?$|^c$/i.test(names[0] ?? '') || (names.length !== 3 && first <= 4 && third > 4);
  return leading ? [second, third, first] : shape;
}
