/** How well what a checkpoint learned from its data without gradients (statistics, FAST tokens, places for words) fits the data of another robot. */
import { episodeReader } from '../data/episodes.ts';
import { ARM_DIMENSIONS } from '../data/normalization.ts';
import { blockAt, momentsOf, motionAt } from '../data/samples.ts';
import { type DatasetPart, episodesOf } from '../data/tracks.ts';
import type { Processor } from '../model/processor.ts';
import { ACTION_DIMS, ARMS, type Arm, CONTROL_RATE, STATE_DIMS } from '../robot/canonical.ts';
import { normaliseActions, normaliseState } from '../robot/normalization.ts';
import { quantise } from '../tokens/fast.ts';
import { actionPrompt } from '../tokens/prompt.ts';

/** Shares, 0 … 1. */
export interface DataFit {
  /** Moments that were looked at */
  readonly moments: number;
  /** f64[ARM_DIMENSIONS]: values farther than `FAR` from the middle, where those of the checkpoint's data are within 1 but for 2 % */
  readonly state: readonly number[];
  readonly actions: readonly number[];
  /** Chunks with more FAST tokens than there is room for */
  readonly cut: number;
  /** Chunks with a coefficient below the lowest that FAST has a token for */
  readonly clipped: number;
}

/** What counts as far: half as far again as nearly all of the checkpoint's data. */
const FAR = 1.5;
/** Moments at most, evenly from all */
const MOMENTS = 1000;
/** Shares beyond which a user is told */
const TOLD = 0.05;

/**
 * Shares over moments of episodes. Throws, with the text, for an instruction that there is no room for, and, with the moment, for a chunk that
 * FAST has no tokens for.
 */
export async function dataFit(part: DatasetPart, { config, files, fast, format }: Processor, side: Arm): Promise<DataFit> {
  const { source } = part;
  const episodes = episodesOf(part);
  for (const instruction of new Set(episodes.flatMap((episode) => source.episodes[episode]?.tasks ?? []))) {
    actionPrompt(format, { instruction });
  }
  const every = Math.max(1, Math.ceil(episodes.reduce((sum, episode) => sum + momentsOf(source, episode), 0) / MOMENTS));
  const [state, actions] = [farCounter(), farCounter()];
  let [moments, cut, clipped] = [0, 0, 0];
  const reader = episodeReader(part);
  try {
    for (const episode of episodes) {
      for (let moment = 0; moment < momentsOf(source, episode); moment += every) {
        const seconds = moment / CONTROL_RATE;
        const { tracks, times } = await blockAt(reader, episode, seconds, config.chunk);
        const motion = motionAt(tracks, times, seconds, config.chunk, side);
        const normalState = normaliseState(files.normalization, motion.state, motion.stateMask);
        const data = normaliseActions(files.normalization, motion.actions, motion.actionMask);
        state.add(normalState, motion.stateMask, STATE_DIMS);
        actions.add(data, motion.actionMask, ACTION_DIMS);
        const chunk = { horizon: config.chunk, dims: ARMS.length * ACTION_DIMS, data };
        const where = `${source.name}, episode ${source.episodes[episode]?.index}, moment ${moment}`;
        moments++;
        if (tokensIn(() => fast.encode(chunk).length, where) > format.fastLength) cut++;
        if (quantise(chunk, fast.config.scale).some((coefficient) => coefficient < fast.config.minToken)) clipped++;
      }
    }
  } finally {
    reader.close();
  }
  if (moments === 0) throw new Error(`${source.name}: no episode is longer than one step`);
  return { moments, state: state.shares(), actions: actions.shares(), cut: cut / moments, clipped: clipped / moments };
}

function tokensIn(count: () => number, where: string): number {
  try {
    return count();
  } catch (error) {
    throw new Error(`${where}: the checkpoint's FAST tokenizer cannot say what was done: ${(error as Error).message}`, { cause: error });
  }
}

/** Counts what is far, by dimension of an arm. */
function farCounter(): { add(values: Float32Array, mask: Uint8Array, dims: number): void; shares(): number[] } {
  const [far, all] = [ARM_DIMENSIONS.map(() => 0), ARM_DIMENSIONS.map(() => 0)] as [number[], number[]];
  return {
    add(values, mask, dims) {
      for (const [i, value] of values.entries()) {
        const d = i % dims;
        if (d >= ARM_DIMENSIONS.length || mask[i] !== 1) continue;
        (all[d] as number)++;
        if (Math.abs(value) > FAR) (far[d] as number)++;
      }
    },
    shares: () => far.map((count, d) => count / Math.max(1, all[d] as number)),
  };
}

/**
 * What a user should know before training, one sentence each; nothing where all fits. Far states are none of it: a new projector begins as if
 * they were not.
 */
export function fitWarnings({ actions, cut, clipped }: Omit<DataFit, 'state'>, { format }: Pick<Processor, 'format'>): string[] {
  const far = actions.flatMap((share, d) => (share > TOLD ? [`${ARM_DIMENSIONS[d]} ${percent(share)}`] : []));
  return [
    ...(far.length > 0
      ? [`actions lie far outside the statistics of the checkpoint, which are kept: beyond ±${FAR} are ${far.join(', ')}`]
      : []),
    ...(cut > TOLD
      ? [`${percent(cut)} of the chunks have more than the ${format.fastLength} FAST tokens that there is room for: their ends are cut`]
      : []),
    ...(clipped > TOLD ? [`${percent(clipped)} of the chunks have coefficients below the lowest that FAST has tokens for`] : []),
  ];
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
