/** The chunks of actions of an episode, and their FAST tokens. */
import type { ActionChunk } from '../../robot/actions.ts';
import { ACTION_DIMS, ARMS, type Arm, CONTROL_RATE, POSE_DIMS } from '../../robot/canonical.ts';
import {
  type DimensionStatistics,
  type Normalization,
  normaliseActions,
  quantileMap,
  unnormaliseActions,
} from '../../robot/normalization.ts';
import { rotationAngle } from '../../robot/rotation.ts';
import { readPose } from '../../robot/se3.ts';
import { length3, subtract3 } from '../../robot/vectors.ts';
import type { FastTokenizer } from '../../tokens/fast.ts';
import { fitFast } from '../../tokens/fast-fit.ts';
import { ARM_DIMENSIONS, normalisingStatistics } from '../normalization.ts';
import { motionAt } from '../samples.ts';
import { type FeatureStatistics, statisticsOf } from '../statistics.ts';
import type { ArmTrack } from '../tracks.ts';
import { type ChunksData, pack, type TokensData } from './record.ts';

/** What chunks and tokens are made with. */
export interface ChunkOptions {
  /** Steps of a chunk */
  readonly steps: number;
  /** Where the arm of a robot with one arm goes */
  readonly side: Arm;
  /** Statistics that actions are normalised with; those of the episode's own chunks unless given */
  readonly statistics?: DimensionStatistics;
  /** The tokenizer; one made from the episode's own chunks unless given */
  readonly fast?: FastTokenizer;
  /** Rows at most for which tokens are made; the samples are always among them */
  readonly most: number;
}

/** Chunks at `samples`, and the statistics of all actions that were looked at (arms counted together). */
export interface EpisodeChunks {
  readonly data: ChunksData;
  readonly statistics: FeatureStatistics;
}

/** The chunks that follow rows of an episode. Throws when there is no action in it at all. */
export async function chunksOf(
  tracks: readonly ArmTrack[],
  times: Float64Array,
  samples: readonly number[],
  options: ChunkOptions,
): Promise<EpisodeChunks> {
  const { steps, side, most } = options;
  const every = Math.ceil(times.length / most);
  const spread = Array.from({ length: Math.ceil(times.length / every) }, (_, i) => i * every);
  const rows = [...new Set([...spread, ...samples])].sort((a, b) => a - b);
  const chunks = new Map(rows.map((row) => [row, motionAt(tracks, times, times[row] as number, steps, side)]));
  const all = [...chunks.values()].map(({ actions, actionMask }) => ({ data: actions, mask: actionMask }));
  const statistics = await statisticsOf(ACTION_DIMS, () => all);
  if (statistics.count.every((count) => count === 0)) throw new Error('no row is followed by an action');
  const normalization = { actions: options.statistics ?? normalisingStatistics(statistics) };
  const map = quantileMap(normalization.actions);
  const chunkOf = (row: number): ActionChunk => {
    const { actions, actionMask } = chunks.get(row) as { actions: Float32Array; actionMask: Uint8Array };
    return { actions, mask: actionMask };
  };
  const data = {
    steps,
    rate: CONTROL_RATE,
    names: ARM_DIMENSIONS,
    arms: ARMS,
    present: samples.map((row) => presentOf(chunkOf(row))),
    actions: packAll(samples.map((row) => chunkOf(row).actions)),
    offset: pack(map.offset),
    scale: pack(map.scale),
  };
  try {
    return { data: { ...data, tokens: tokensOf(chunkOf, rows, samples, normalization, options), problem: undefined }, statistics };
  } catch (error) {
    return { data: { ...data, tokens: undefined, problem: (error as Error).message }, statistics };
  }
}

const packAll = (parts: readonly Float32Array[]): string => pack(Float32Array.from(parts.flatMap((part) => [...part])));

/** How many steps of each arm are there. They come first: what is masked is past the end. */
function presentOf({ mask }: ActionChunk): number[] {
  const steps = mask.length / (ARMS.length * ACTION_DIMS);
  const there = (step: number, slot: number): number => mask[(step * ARMS.length + slot) * ACTION_DIMS] as number;
  return [...ARMS.keys()].map((slot) => Array.from({ length: steps }, (_, step) => there(step, slot)).reduce((a, b) => a + b, 0));
}

/** Tokens of a chunk and what they say. */
interface Tokens {
  readonly ids: Int32Array;
  /** f32[K, 2, 10], not normalised */
  readonly decoded: Float32Array;
  readonly error: RoundTrip;
}

/** How far a decoded chunk is from the one that was encoded, over what is not masked. */
interface RoundTrip {
  /** Millimetres, greatest */
  readonly position: number;
  /** Degrees, greatest */
  readonly rotation: number;
  /** 0 … 1, greatest */
  readonly gripper: number;
  /** Of normalised numbers */
  readonly rms: number;
}

/** Throws when no tokenizer can be made. */
function tokensOf(
  chunkOf: (row: number) => ActionChunk,
  rows: readonly number[],
  samples: readonly number[],
  normalization: Pick<Normalization, 'actions'>,
  options: ChunkOptions,
): TokensData {
  const { steps } = options;
  const dims = ARMS.length * ACTION_DIMS;
  const stepsAt = (row: number): number => Math.max(...presentOf(chunkOf(row)));
  const normalised = ({ actions, mask }: ActionChunk): Float32Array => normaliseActions(normalization, actions, mask);
  const whole = rows.filter((row) => stepsAt(row) === steps);
  if (whole.length === 0) throw new Error('only whole chunks are made tokens of, and the episode is shorter than one');
  const fast = options.fast ?? fitFast(whole.map((row) => ({ horizon: steps, dims, data: normalised(chunkOf(row)) })));
  const made = (row: number): Tokens | Error => {
    const chunk = chunkOf(row);
    const data = normalised(chunk);
    try {
      const ids = fast.encode({ horizon: steps, dims, data });
      const back = fast.decode(ids, { horizon: steps, dims });
      const decoded = unnormaliseActions(normalization, back, chunk.mask);
      return { ids, decoded, error: { ...distances(chunk, decoded), rms: rootMeanSquare(chunk, data, back) } };
    } catch (error) {
      return error as Error;
    }
  };
  const tokens = new Map(whole.map((row) => [row, made(row)]));
  const at = (row: number): Tokens | undefined => {
    const found = tokens.get(row);
    return found instanceof Error ? undefined : found;
  };
  const over = (read: (tokens: Tokens) => number): string => pack(whole.map((row) => (at(row) ? read(at(row) as Tokens) : Number.NaN)));
  const counts = whole.flatMap((row) => at(row)?.ids.length ?? []);
  const own = options.fast ? 'a given tokenizer' : `a tokenizer made from ${whole.length} chunks of this episode`;
  return {
    made: `${own}; actions normalised with ${options.statistics ? 'given statistics' : "the episode's own statistics"}`,
    vocabulary: fast.model.tokens.length,
    scale: fast.config.scale,
    ids: samples.map((row) => (at(row) ? [...(at(row) as Tokens).ids] : null)),
    problems: samples.map((row) => {
      const found = tokens.get(row);
      if (!found) return `none: ${stepsAt(row)} of ${steps} steps are left, and only whole chunks are made tokens of`;
      return found instanceof Error ? found.message : null;
    }),
    decoded: packAll(samples.map((row) => at(row)?.decoded ?? new Float32Array(steps * dims).fill(Number.NaN))),
    meaning: meaningOf(fast, new Set(samples.flatMap((row) => [...(at(row)?.ids ?? [])]))),
    over: {
      rows: whole,
      tokens: over(({ ids }) => ids.length),
      position: over(({ error }) => error.position),
      rotation: over(({ error }) => error.rotation),
      gripper: over(({ error }) => error.gripper),
      rms: over(({ error }) => error.rms),
    },
    ...(counts.length > 0 && { mean: counts.reduce((sum, count) => sum + count, 0) / counts.length }),
  };
}

function distances({ actions, mask }: ActionChunk, decoded: Float32Array): Omit<RoundTrip, 'rms'> {
  let [position, rotation, gripper] = [0, 0, 0];
  for (let at = 0; at < actions.length; at += ACTION_DIMS) {
    if (mask[at] === 0) continue;
    const [wanted, got] = [readPose(actions, at), readPose(decoded, at)];
    position = Math.max(position, 1000 * length3(subtract3(got.position, wanted.position)));
    rotation = Math.max(rotation, (180 / Math.PI) * rotationAngle(wanted.rotation, got.rotation));
    gripper = Math.max(gripper, Math.abs((decoded[at + POSE_DIMS] as number) - (actions[at + POSE_DIMS] as number)));
  }
  return { position, rotation, gripper };
}

function rootMeanSquare({ mask }: ActionChunk, wanted: Float32Array, got: Float32Array): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    if (mask[i] === 0) continue;
    sum += ((got[i] as number) - (wanted[i] as number)) ** 2;
    count++;
  }
  return Math.sqrt(sum / count);
}

/** The coefficients of tokens; `null` for one that is not whole characters. */
function meaningOf({ tokenBytes, config }: FastTokenizer, ids: ReadonlySet<number>): Record<number, readonly number[] | null> {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const read = (id: number): number[] | null => {
    try {
      return Array.from(strict.decode(tokenBytes[id]), (character) => (character.codePointAt(0) as number) + config.minToken);
    } catch {
      return null;
    }
  };
  return Object.fromEntries([...ids].map((id) => [id, read(id)]));
}
