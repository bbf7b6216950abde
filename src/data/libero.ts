/**
 * Demonstrations in LIBERO's layout (Liu et al. 2023, github.com/Lifelong-Robot-Learning/LIBERO: scripts/create_dataset.py), which
 * is robomimic's with other names: `data/demo_N/{actions, rewards, dones, robot_states, obs/{agentview_rgb, ee_pos, …}}`.
 *
 * Features are called by their paths in a demonstration: `actions`, `obs/joint_states`. The state of the simulator (`states`) is
 * left out: its size depends on the scene.
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { HDF5_FILE } from './formats.ts';
import { type HDF5File, openHDF5, type StoredArray } from './hdf5.ts';
import type { Column, EpisodeInfo, EpisodeSource, Feature, Frame, FrameReader, RowRange, Rows } from './source.ts';

/**
 * How stored pictures are turned. They are stored as OpenGL renders them, bottom row first.
 *
 * - `rotated`: by 180°, as OpenVLA, openpi and LeRobot train and evaluate on LIBERO. It is upright, but left and right are
 *   exchanged with respect to what the camera would see (openvla issue 295).
 * - `upright`: rows in reverse order, which is what the camera sees: for anything that computes with its pose.
 * - `stored`: not at all.
 */
export type LiberoImages = 'rotated' | 'upright' | 'stored';

/** How to read demonstrations. */
export interface LiberoOptions {
  /** How pictures are turned: `rotated` unless given, so that a policy sees what the public evaluation of LIBERO sends to it */
  readonly images?: LiberoImages;
}

/** One demonstration: a group in a file. */
interface Demo {
  readonly file: string;
  /** `data/demo_0` */
  readonly group: string;
}

/** Files that are open at the same time. Others are opened again when they are needed. */
const OPEN_FILES = 8;

/** LIBERO's control rate, where the file does not say another one */
const CONTROL_RATE = 20;

/**
 * Opens a file, or all `*.hdf5` in a folder and those in it, in the order of their names; demonstrations are in the order of their
 * numbers. Throws an Error that says what is missing in which file, also when the files have different features, and when data are
 * kept in other files.
 */
export async function openLibero(root: string, options: LiberoOptions = {}): Promise<EpisodeSource> {
  const { images = 'rotated' } = options;
  const paths = filesIn(root);
  const files = fileCache();
  try {
    const demos: Demo[] = [];
    const episodes: EpisodeInfo[] = [];
    let model: { readonly file: string; readonly layout: Layout } | undefined;
    for (const file of paths) {
      const opened = await files.open(file);
      const groups = demosOf(opened);
      const tasks = tasksOf(opened);
      const layout = layoutOf(opened, groups[0] as string);
      model ??= { file, layout };
      checkSame(file, layout, model.file, model.layout);
      for (const group of groups) {
        episodes.push({ index: episodes.length, length: lengthOf(opened, group), tasks });
        demos.push({ file, group });
      }
    }
    const { features, fps, robotType } = (model as NonNullable<typeof model>).layout;
    const demo = (episode: number): Demo & EpisodeInfo => {
      const [found, info] = [demos[episode], episodes[episode]];
      if (!found || !info) throw new Error(`${root} has ${demos.length} demonstrations, and no number ${episode}`);
      return { ...found, ...info };
    };
    const cameras = Object.keys(features).filter((name) => features[name]?.dtype === 'image');
    return {
      name: path.basename(path.resolve(root)),
      root,
      format: 'libero-hdf5',
      fps,
      ...(robotType !== undefined && { robotType }),
      features,
      cameras,
      episodes,
      readRows: async (episode, range) => {
        const chosen = demo(episode);
        return readRows(await files.open(chosen.file), chosen, { features, fps }, range);
      },
      openCamera: async (episode, camera) => {
        if (!cameras.includes(camera)) throw new Error(`${root} has no camera "${camera}", only ${cameras.join(', ') || 'none'}`);
        const chosen = demo(episode);
        await files.open(chosen.file);
        return openCamera(files, chosen, camera, fps, images);
      },
      close: async () => files.close(),
    };
  } catch (error) {
    files.close();
    throw error;
  }
}

function filesIn(root: string): string[] {
  const stats = statSync(root, { throwIfNoEntry: false });
  if (!stats) throw new Error(`there is no file or folder ${root}`);
  if (stats.isFile()) return [root];
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => HDF5_FILE.test(name));
  if (names.length === 0) throw new Error(`${root} has no *.hdf5`);
  return names.sort().map((name) => path.join(root, name));
}

/** Keeps the files that were used last open. */
interface FileCache {
  open(file: string): Promise<HDF5File>;
  close(): void;
}

function fileCache(): FileCache {
  const opened = new Map<string, Promise<HDF5File>>();
  const drop = (file: string): void => {
    const dropped = opened.get(file);
    opened.delete(file);
    void dropped?.then((handle) => handle.close()).catch(() => undefined);
  };
  return {
    open(file) {
      const handle = opened.get(file) ?? openHDF5(file);
      opened.delete(file);
      opened.set(file, handle);
      handle.catch(() => opened.delete(file));
      const [oldest] = opened.keys();
      if (opened.size > OPEN_FILES && oldest !== undefined) drop(oldest);
      return handle;
    },
    close: () => [...opened.keys()].forEach(drop),
  };
}

/** The groups `data/demo_N` of a file, by number. */
function demosOf(file: HDF5File): string[] {
  if (!file.has('data')) throw new Error(`${file.path} has no group data: it is no file of demonstrations in LIBERO's layout`);
  const numbers = file.keys('data').flatMap((key) => /^demo_(\d+)$/.exec(key)?.[1] ?? []);
  if (numbers.length === 0) throw new Error(`${file.path} has no demonstrations, data/demo_0 and so on`);
  return numbers.sort((a, b) => Number(a) - Number(b)).map((number) => `data/demo_${number}`);
}

function lengthOf(file: HDF5File, group: string): number {
  if (!file.has(`${group}/actions`)) throw new Error(`${file.path}: ${group} has no actions`);
  return file.array(`${group}/actions`).shape[0] ?? 0;
}

/**
 * The instruction: `language_instruction` in the attribute `problem_info` (text, or a list of its characters), else the name of
 * the file, as LIBERO itself does: `KITCHEN_SCENE3_turn_on_the_stove_demo.hdf5`.
 */
function tasksOf(file: HDF5File): string[] {
  const info = jsonAttribute(file, 'problem_info') as { language_instruction?: string | string[] } | undefined;
  const said = info?.language_instruction;
  if (said !== undefined) return [Array.isArray(said) ? said.join('') : said];
  const named = /^(?:[A-Z_]+SCENE\d+_)?(.+)_demo\.(hdf5|h5)$/.exec(path.basename(file.path))?.[1];
  return named === undefined ? [] : [named.replaceAll('_', ' ')];
}

function jsonAttribute(file: HDF5File, name: string): unknown {
  const text = file.attribute('data', name);
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file.path}: the attribute ${name} of data is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** What all demonstrations of a dataset have in common. */
interface Layout {
  readonly features: Record<string, Feature>;
  readonly fps: number;
  readonly robotType?: string;
}

function layoutOf(file: HDF5File, group: string): Layout {
  if (!file.has(`${group}/obs`)) throw new Error(`${file.path}: ${group} has no observations (obs)`);
  const names = [
    ...file.keys(group).filter((key) => !['obs', 'next_obs', 'states'].includes(key)),
    ...file.keys(`${group}/obs`).map((key) => `obs/${key}`),
  ];
  const features: Record<string, Feature> = {};
  for (const name of names) {
    const feature = featureOf(file.array(`${group}/${name}`));
    if (feature) features[name] = feature;
  }
  const env = jsonAttribute(file, 'env_args') as { env_kwargs?: { control_freq?: number; robots?: string | string[] } } | undefined;
  const { control_freq: fps = CONTROL_RATE, robots } = env?.env_kwargs ?? {};
  const robotType = Array.isArray(robots) ? robots[0] : robots;
  return { features, fps, ...(robotType !== undefined && { robotType }) };
}

/** Undefined for what is neither a camera nor rows of numbers. */
function featureOf({ dtype, shape }: StoredArray): Feature | undefined {
  const [, ...row] = shape;
  if (dtype === 'uint8' && row.length === 3 && row[2] === 3) return { dtype: 'image', shape: row };
  return dtype !== 'other' && shape.length >= 1 && row.length <= 2 ? { dtype, shape: row.length === 0 ? [1] : row } : undefined;
}

function checkSame(file: string, layout: Layout, modelFile: string, model: Layout): void {
  const described = ({ features, fps }: Layout): string[] => [
    `${fps} rows per second`,
    ...Object.entries(features).map(([name, { dtype, shape }]) => `${name} ${dtype}[${shape.join(', ')}]`),
  ];
  const [mine, other] = [new Set(described(layout)), new Set(described(model))];
  const differences = [
    ...[...other].filter((one) => !mine.has(one)).map((one) => `lacks ${one}`),
    ...[...mine].filter((one) => !other.has(one)).map((one) => `has ${one}`),
  ];
  if (differences.length > 0) throw new Error(`${file} is no part of one dataset with ${modelFile}: it ${differences.join(', ')}`);
}

function readRows(file: HDF5File, demo: Demo & EpisodeInfo, { features, fps }: Layout, range: RowRange = {}): Rows {
  const numeric = Object.keys(features).filter((name) => features[name]?.dtype !== 'image');
  const { from = 0, to = demo.length, columns: names = numeric } = range;
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= demo.length)) {
    throw new Error(`${file.path}: ${demo.group} has ${demo.length} rows, [${from}, ${to}) are not among them`);
  }
  const columns: Record<string, Column> = {};
  for (const name of names) {
    const feature = features[name];
    if (!feature || feature.dtype === 'image') throw new Error(`${file.path} has no column "${name}", only ${numeric.join(', ')}`);
    columns[name] = readColumn(file, demo, name, feature, from, to);
  }
  const length = to - from;
  return {
    from,
    length,
    timestamps: Float64Array.from({ length }, (_, i) => (from + i) / fps),
    tasks: Array.from({ length }, () => demo.tasks[0]),
    columns,
  };
}

function readColumn(file: HDF5File, demo: Demo & EpisodeInfo, name: string, { shape }: Feature, from: number, to: number): Column {
  const stored = file.array(`${demo.group}/${name}`);
  const [rows, ...row] = stored.shape;
  if (rows !== demo.length) throw new Error(`${file.path}: ${demo.group}/${name} has ${rows} rows, but there are ${demo.length} actions`);
  if ((row.join() || '1') !== shape.join()) {
    throw new Error(`${file.path}: rows of ${demo.group}/${name} have shape [${row.join(', ')}], elsewhere [${shape.join(', ')}]`);
  }
  if (from === to) return { shape, data: new Float64Array(0) };
  const values = stored.read(from, to);
  if (values instanceof Float32Array || values instanceof Float64Array) return { shape, data: values };
  const data = Float64Array.from(values as ArrayLike<number | bigint>, Number);
  const wrong = values instanceof BigInt64Array || values instanceof BigUint64Array ? data.findIndex((n) => !Number.isSafeInteger(n)) : -1;
  if (wrong >= 0) {
    const place = `row ${from + Math.floor((wrong * (to - from)) / data.length)}`;
    throw new Error(`${file.path}: ${place} of ${demo.group}/${name} holds ${values[wrong]}, which is no number up to 2^53`);
  }
  return { shape, data };
}

function openCamera(files: FileCache, demo: Demo & EpisodeInfo, camera: string, fps: number, images: LiberoImages): FrameReader {
  const name = `${demo.group}/${camera}`;
  return {
    length: demo.length,
    async at(seconds): Promise<Frame> {
      const file = await files.open(demo.file);
      const row = Math.round(seconds * fps);
      if (!(row >= -1 && row <= demo.length)) {
        throw new Error(`${demo.file}: ${name} has no frame at ${seconds} s, only from 0 to ${(demo.length - 1) / fps} s`);
      }
      const stored = file.array(name);
      const [rows = 0, height = 0, width = 0, channels] = stored.shape;
      if (rows !== demo.length || channels !== 3 || stored.dtype !== 'uint8') {
        throw new Error(
          `${demo.file}: ${name} should be u8[${demo.length}, height, width, 3], but is ${stored.dtype}[${stored.shape.join(', ')}]`,
        );
      }
      const nearest = Math.min(Math.max(row, 0), demo.length - 1);
      const data = stored.read(nearest, nearest + 1) as unknown as Uint8Array;
      return { width, height, data: turned(data, width, height, images) };
    },
    close: () => undefined,
  };
}

/** A stored picture, u8[height, width, 3], turned as asked for. */
function turned(data: Uint8Array, width: number, height: number, images: LiberoImages): Uint8Array {
  if (images === 'stored') return data;
  const result = new Uint8Array(data.length);
  const row = 3 * width;
  for (let y = 0; y < height; y++) {
    const from = data.subarray((height - 1 - y) * row, (height - y) * row);
    if (images === 'upright') result.set(from, y * row);
    else for (let x = 0; x < width; x++) result.set(from.subarray(3 * (width - 1 - x), 3 * (width - x)), y * row + 3 * x);
  }
  return result;
}
