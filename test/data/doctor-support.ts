/** Datasets of a robot arm that moves about, sound until a test plants something in them. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createParquet, type ParquetValues } from '../../src/data/parquet-write.ts';
import { shippedEmbodiment } from '../../src/robot/embodiments/shipped.ts';
import { forwardKinematics, type KinematicChain } from '../../src/robot/kinematics.ts';
import { encodeRotation, type RotationConvention } from '../../src/robot/rotation-conventions.ts';
import { writeVideo } from './lerobot/support.ts';

export const FPS = 30;
export const TASK = 'pick up the cup';

/** How a video is; as its rows unless given. */
interface VideoSpec {
  readonly frames?: number;
  readonly width?: number;
  readonly fps?: number;
}

/** What a test changes. */
export interface Planted {
  readonly lengths?: readonly number[];
  /** How poses are written, and declared unless `declared` says otherwise */
  readonly convention?: RotationConvention;
  readonly declared?: RotationConvention;
  /** Leave the binding out */
  readonly unbound?: true;
  /** The numbers of a row of a feature, or of an index */
  readonly row?: (column: string, episode: number, row: number, values: number[]) => number[];
  /** Frames of an episode's video and how it is encoded; null for none at all */
  readonly video?: (episode: number) => VideoSpec | null;
  /** Without cameras, tests are faster. */
  readonly camera?: true;
  readonly info?: (info: Record<string, unknown>) => void;
  /** Lines of episodes.jsonl, tasks.jsonl and episodes_stats.jsonl */
  readonly episodes?: (lines: Record<string, unknown>[]) => void;
  readonly tasks?: (lines: Record<string, unknown>[]) => void;
  readonly statistics?: (lines: { stats: Record<string, Record<string, number[]>> }[]) => void;
  /** More features, by their first values */
  readonly features?: Readonly<Record<string, { names?: readonly string[]; of: (row: number) => number[] }>>;
}

/** Of the state: joints 0 to 6, position 7 to 9, rotation from 10 on, and the gripper. Of the action: position, rotation, gripper. */
export const ROTATION_AT = 10;

const panda = shippedEmbodiment('panda');

/** Joints at a row: slow waves about a posture in the middle of the limits. */
const jointsAt = (episode: number, row: number): number[] =>
  [0, -0.5, 0, -2, 0, 1.6, 0.8].map((middle, j) => middle + 0.3 * Math.sin(row / (12 + j) + j + episode));

/** Writes a dataset of version 2.1 with what was planted. */
export async function writeArm(root: string, planted: Planted = {}): Promise<void> {
  const {
    lengths = [40, 40],
    convention = 'quaternion-wxyz',
    camera,
    video = () => ({}) as VideoSpec,
    row: change = (_c, _e, _r, values) => values,
  } = planted;
  const { chain } = (await panda).arms[0] as { chain: KinematicChain };
  const rotationDims = encodeRotation(convention, [1, 0, 0, 0, 1, 0, 0, 0, 1]).length;
  const pose = (episode: number, row: number): number[] => {
    const { position, rotation } = forwardKinematics(chain, jointsAt(episode, row));
    return [...position, ...sameSide(convention, encodeRotation(convention, rotation))];
  };
  const gripper = (row: number): number => 0.5 + 0.5 * Math.sin(row / 9);
  const features: Record<
    string,
    { dtype: string; shape: number[]; names?: readonly string[]; of: (episode: number, row: number) => number[] }
  > = {
    'observation.state': { dtype: 'float32', shape: [11 + rotationDims], of: (e, r) => [...jointsAt(e, r), ...pose(e, r), gripper(r)] },
    action: { dtype: 'float32', shape: [4 + rotationDims], of: (e, r) => [...pose(e, r + 1), gripper(r + 1)] },
    ...Object.fromEntries(
      Object.entries(planted.features ?? {}).map(([name, { names, of }]) => [
        name,
        { dtype: 'float32', shape: [of(0).length], ...(names && { names }), of: (_: number, r: number) => of(r) },
      ]),
    ),
  };
  const indices = { timestamp: 'float32', frame_index: 'int64', episode_index: 'int64', index: 'int64', task_index: 'int64' };
  const columns = [
    ...Object.entries(features).map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
    ...Object.entries(indices).map(([name, dtype]) => ({ name, dtype, shape: [1] })),
  ];
  let first = 0;
  const statistics: { episode_index: number; stats: Record<string, Record<string, number[]>> }[] = [];
  for (const [episode, length] of lengths.entries()) {
    const rows = Array.from({ length }, (_, i) => i);
    const index: Record<string, (row: number) => number> = {
      timestamp: (row) => row / FPS,
      frame_index: (row) => row,
      episode_index: () => episode,
      index: (row) => first + row,
      task_index: () => 0,
    };
    const values: Record<string, ParquetValues> = {};
    for (const [name, { of }] of Object.entries(features))
      values[name] = rows.flatMap((row) => change(name, episode, row, of(episode, row)));
    for (const [name, of] of Object.entries(index)) values[name] = rows.flatMap((row) => change(name, episode, row, [of(row)]));
    const file = path.join(root, 'data', 'chunk-000', `episode_${String(episode).padStart(6, '0')}.parquet`);
    await mkdir(path.dirname(file), { recursive: true });
    const output = createParquet(file, columns);
    output.append(length, values);
    await output.finish();
    statistics.push({
      episode_index: episode,
      stats: Object.fromEntries(
        Object.entries(features).map(([name, { shape }]) => [name, statisticsOf(values[name] as number[], shape[0] as number)]),
      ),
    });
    const wanted = camera ? video(episode) : null;
    if (wanted) {
      const { frames = length, width = 32, fps = FPS } = wanted;
      await writeVideo(videoFile(root, episode), frames, { width, fps, base: 0 });
    }
    first += length;
  }
  planted.statistics?.(statistics);
  const episodes: Record<string, unknown>[] = lengths.map((length, i) => ({ episode_index: i, tasks: [TASK], length }));
  planted.episodes?.(episodes);
  const tasks: Record<string, unknown>[] = [{ task_index: 0, task: TASK }];
  planted.tasks?.(tasks);
  const info = infoOf(planted, features, indices, lengths, rotationDims);
  planted.info?.(info);
  await mkdir(path.join(root, 'meta'), { recursive: true });
  await writeFile(path.join(root, 'meta', 'info.json'), JSON.stringify(info));
  for (const [name, lines] of Object.entries({ episodes, tasks, episodes_stats: statistics })) {
    await writeFile(path.join(root, 'meta', `${name}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }
}

/** Where an episode's video is. */
export const videoFile = (root: string, episode: number): string =>
  path.join(root, 'videos', 'chunk-000', 'camera', `episode_${String(episode).padStart(6, '0')}.mp4`);

/** Where an episode's rows are. */
export const dataFile = (root: string, episode: number): string =>
  path.join(root, 'data', 'chunk-000', `episode_${String(episode).padStart(6, '0')}.parquet`);

/** `encodeRotation` chooses the sign by the first number, which may be near 0. This arm's tool points down: x of the quaternion is large. */
function sameSide(convention: RotationConvention, values: readonly number[]): readonly number[] {
  if (!convention.startsWith('quaternion')) return values;
  const x = values[convention === 'quaternion-wxyz' ? 1 : 0] as number;
  return x < 0 ? values.map((value) => -value) : values;
}

function infoOf(
  { convention = 'quaternion-wxyz', declared = convention, unbound, camera, lengths: _ }: Planted,
  features: Record<string, { dtype: string; shape: number[]; names?: readonly string[] }>,
  indices: Record<string, string>,
  lengths: readonly number[],
  rotationDims: number,
): Record<string, unknown> {
  const place = (feature: string, at: number) => ({
    kind: 'pose',
    position: { feature, columns: [at, at + 1, at + 2] },
    rotation: { feature, columns: Array.from({ length: rotationDims }, (_n, i) => at + 3 + i), convention: declared },
  });
  const hand = (feature: string, column: number) => ({ feature, columns: [column], closed: 0, open: 1 });
  const binding = {
    embodiment: 'panda',
    arms: {
      either: {
        state: { ...place('observation.state', 7), joints: { feature: 'observation.state', columns: [0, 1, 2, 3, 4, 5, 6] } },
        gripper: hand('observation.state', 10 + rotationDims),
        command: { place: place('action', 0), gripper: hand('action', 3 + rotationDims) },
      },
    },
    ...(camera && { cameras: { head: 'camera' } }),
  };
  return {
    codebase_version: 'v2.1',
    robot_type: 'panda',
    total_episodes: lengths.length,
    total_frames: lengths.reduce((sum, length) => sum + length, 0),
    chunks_size: 1000,
    fps: FPS,
    data_path: 'data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet',
    video_path: 'videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4',
    features: {
      ...Object.fromEntries(Object.entries(features).map(([name, { dtype, shape, names = null }]) => [name, { dtype, shape, names }])),
      ...(camera && { camera: { dtype: 'video', shape: [16, 32, 3], names: ['height', 'width', 'channels'] } }),
      ...Object.fromEntries(Object.entries(indices).map(([name, dtype]) => [name, { dtype, shape: [1], names: null }])),
    },
    ...(unbound ? {} : { gear: { binding } }),
  };
}

function statisticsOf(values: readonly number[], width: number): Record<string, number[]> {
  const columns = Array.from({ length: width }, (_, d) =>
    values.filter((value, i) => i % width === d && Number.isFinite(value)).map(Math.fround),
  );
  const mean = columns.map((column) => column.reduce((sum, value) => sum + value, 0) / column.length);
  return {
    min: columns.map((column) => Math.min(...column)),
    max: columns.map((column) => Math.max(...column)),
    mean,
    std: columns.map((column, d) => Math.sqrt(column.reduce((sum, value) => sum + (value - (mean[d] as number)) ** 2, 0) / column.length)),
    count: [values.length / width],
  };
}
