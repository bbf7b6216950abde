/** The statistics that states and actions are normalised with, over everything that a policy is trained on. */
import { ACTION_DIMS, ARMS, CHUNK_STEPS, CONTROL_RATE, STATE_DIMS } from '../robot/canonical.ts';
import type { DimensionStatistics, Normalization, StepStatistics } from '../robot/normalization.ts';
import { type EpisodeReader, episodeReader } from './episodes.ts';
import { blockAt, momentsOf, motionAt } from './samples.ts';
import {
  addBlock,
  type FeatureStatistics,
  type FirstPass,
  finishStatistics,
  firstPass,
  type SecondPass,
  secondPass,
} from './statistics.ts';
import { type DatasetPart, episodesOf } from './tracks.ts';

/** Names of the numbers of an arm's action; a state begins with the same. */
export const ARM_DIMENSIONS = ['x', 'y', 'z', 'r11', 'r21', 'r31', 'r12', 'r22', 'r32', 'gripper'] as const;

/** How the statistics are made. */
export interface NormalizationOptions {
  /** Steps of a chunk; CHUNK_STEPS unless given */
  readonly steps?: number;
  /** Called after each episode of each of the two passes */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What datasets look like in the canonical form. Both have the dimensions ARM_DIMENSIONS; the arms are counted together. */
export interface CanonicalStatistics {
  /** Over all moments and arms */
  readonly state: FeatureStatistics;
  /** Over all moments, arms and steps of the chunks that follow */
  readonly actions: FeatureStatistics;
  /** Of each step of those chunks */
  readonly steps: readonly StepStatistics[];
}

/**
 * Exact statistics of canonical states and actions over whole datasets. Reads them twice; memory does not grow with them. Throws,
 * with episode and frame, where something cannot be read.
 */
export async function canonicalStatistics(
  datasets: readonly DatasetPart[],
  options: NormalizationOptions = {},
): Promise<CanonicalStatistics> {
  const { steps = CHUNK_STEPS, onProgress } = options;
  const readers = datasets.map((dataset) => episodeReader(dataset));
  const total = 2 * datasets.reduce((sum, dataset) => sum + episodesOf(dataset).length, 0);
  let done = 0;
  const each = async (state: FirstPass | SecondPass, actions: FirstPass | SecondPass, sums?: StepSums): Promise<void> => {
    for (const [i, dataset] of datasets.entries()) {
      for (const episode of episodesOf(dataset)) {
        await addEpisode(readers[i] as EpisodeReader, episode, steps, state, actions, sums);
        onProgress?.(++done, total);
      }
    }
  };
  try {
    const first = [firstPass(ACTION_DIMS), firstPass(ACTION_DIMS)] as const;
    await each(...first);
    const second = [secondPass(first[0]), secondPass(first[1])] as const;
    const sums = stepSums(steps);
    await each(...second, sums);
    const [state, actions] = [finishStatistics(first[0], second[0]), finishStatistics(first[1], second[1])];
    return { state, actions, steps: finishSteps(sums) };
  } finally {
    for (const reader of readers) reader.close();
  }
}

/** Moments that are counted at once. */
const TOGETHER = 256;

async function addEpisode(
  reader: EpisodeReader,
  episode: number,
  steps: number,
  state: FirstPass | SecondPass,
  actions: FirstPass | SecondPass,
  sums: StepSums | undefined,
): Promise<void> {
  const { source } = reader;
  const moments = momentsOf(source, episode);
  const where = `${source.name}, episode ${source.episodes[episode]?.index}`;
  for (let start = 0; start < moments; start += TOGETHER) {
    const states: Motions = { parts: [], masks: [] };
    const chunks: Motions = { parts: [], masks: [] };
    for (let moment = start; moment < Math.min(start + TOGETHER, moments); moment++) {
      const seconds = moment / CONTROL_RATE;
      const { tracks, times } = await blockAt(reader, episode, seconds, steps);
      const motion = motionAt(tracks, times, seconds, steps, ARMS[0]);
      for (const slot of ARMS.keys()) {
        // Of a state just pose and gripper; of an arm that is not there, a mask that says so.
        const at = slot * STATE_DIMS;
        states.parts.push(motion.state.subarray(at, at + ACTION_DIMS));
        states.masks.push(motion.stateMask.subarray(at, at + ACTION_DIMS));
      }
      chunks.parts.push(motion.actions);
      chunks.masks.push(motion.actionMask);
      if (sums) addSteps(sums, motion.actions, motion.actionMask);
    }
    addBlock(state, { data: concatenate(Float32Array, states.parts), mask: concatenate(Uint8Array, states.masks), where });
    addBlock(actions, { data: concatenate(Float32Array, chunks.parts), mask: concatenate(Uint8Array, chunks.masks), where });
  }
}

/** Sums by step and dimension, f64[K · ACTION_DIMS] each: how many, of values and of their squares. */
interface StepSums {
  readonly count: Float64Array;
  readonly sum: Float64Array;
  readonly squares: Float64Array;
}

function stepSums(steps: number): StepSums {
  const zeros = (): Float64Array => new Float64Array(steps * ACTION_DIMS);
  return { count: zeros(), sum: zeros(), squares: zeros() };
}

function addSteps({ count, sum, squares }: StepSums, actions: Float32Array, mask: Uint8Array): void {
  for (const [i, value] of actions.entries()) {
    if (mask[i] === 0) continue;
    const at = Math.floor(i / (ARMS.length * ACTION_DIMS)) * ACTION_DIMS + (i % ACTION_DIMS);
    count[at] = (count[at] as number) + 1;
    sum[at] = (sum[at] as number) + value;
    squares[at] = (squares[at] as number) + value * value;
  }
}

/** Means and deviations; steps that no chunk has are as the one before. */
function finishSteps({ count, sum, squares }: StepSums): StepStatistics[] {
  const steps: StepStatistics[] = [];
  for (let at = 0; at < count.length; at += ACTION_DIMS) {
    const before = steps.at(-1);
    if (count[at] === 0 && before) {
      steps.push(before);
      continue;
    }
    const each = Array.from({ length: ACTION_DIMS }, (_, d) => {
      const n = Math.max(count[at + d] as number, 1);
      const mean = (sum[at + d] as number) / n;
      return { mean, std: Math.sqrt(Math.max((squares[at + d] as number) / n - mean * mean, 0)) };
    });
    steps.push({ mean: each.map(({ mean }) => mean), std: each.map(({ std }) => std) });
  }
  return steps;
}

interface Motions {
  readonly parts: Float32Array[];
  readonly masks: Uint8Array[];
}

function concatenate<T extends Float32Array | Uint8Array>(Type: new (length: number) => T, parts: readonly T[]): T {
  const whole = new Type(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The normalisation that statistics make: of actions by the quantiles of all steps together, or step by step. */
export function normalizationOf(
  { state, actions, steps }: CanonicalStatistics,
  actionsBy: 'quantiles' | 'steps' = 'quantiles',
): Normalization {
  const all = normalisingStatistics(actions);
  return { rotation: 'rmat6d-columns', state: normalisingStatistics(state), actions: actionsBy === 'steps' ? { ...all, steps } : all };
}

/** What normalisation needs of statistics. */
export const normalisingStatistics = ({ mean, std, min, max, quantiles: { q01, q99 } }: FeatureStatistics): DimensionStatistics => ({
  mean,
  std,
  q01,
  q99,
  min,
  max,
});
