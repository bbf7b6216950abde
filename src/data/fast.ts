/** A FAST tokenizer for the actions of datasets: made from their own chunks, normalised as training normalises them. */
import { ACTION_DIMS, ARMS, type Arm, CHUNK_STEPS, CONTROL_RATE } from '../robot/canonical.ts';
import { type Normalization, normaliseActions } from '../robot/normalization.ts';
import { randomStream } from '../tensor/random.ts';
import type { ActionChunk, FastTokenizer } from '../tokens/fast.ts';
import { type FitFastOptions, fitFast } from '../tokens/fast-fit.ts';
import { episodeReader } from './episodes.ts';
import { blockAt, momentsOf, motionAt } from './samples.ts';
import { type DatasetPart, episodesOf } from './tracks.ts';

/** How the chunks are chosen, and what the tokenizer is to be like. */
export interface FastOptions extends FitFastOptions {
  /** Steps of a chunk; CHUNK_STEPS unless given */
  readonly steps?: number;
  /** Chunks at most, drawn evenly from all moments; 4,000 unless given */
  readonly chunks?: number;
  readonly seed?: number;
}

/**
 * How far below the lowest coefficient of the chosen chunks one may be in the others, unless `spare` says so: an action may be
 * 64 / (10 √30) ≈ 1.2 lower at all steps of a chunk, of a range of about −1 … 1.
 */
const SPARE = 64;

/**
 * Makes a tokenizer from whole chunks of datasets, both arm slots as one vector of 2 · ACTION_DIMS numbers; a slot that is not there is
 * 0, as it is when it is encoded, and the one arm of a robot goes to the dataset's side, a random one unless given. It encodes all chunks, not only the chosen ones: all
 * bytes have tokens, and there is room below the lowest coefficient. Throws when no episode is as long as a chunk.
 */
export async function fitFastTo(
  datasets: readonly (DatasetPart & { readonly side?: Arm | undefined })[],
  normalization: Normalization,
  options: FastOptions = {},
): Promise<FastTokenizer> {
  const { steps = CHUNK_STEPS, chunks: most = 4000, seed = 42, ...fit } = options;
  const random = randomStream(seed, 'FAST chunks');
  const places = datasets.flatMap((dataset) =>
    episodesOf(dataset).map((episode) => ({
      dataset,
      episode,
      // A moment is followed by one step at least; chunks are whole, so steps − 1 fewer.
      moments: Math.max(0, momentsOf(dataset.source, episode) - steps + 1),
    })),
  );
  const total = places.reduce((sum, { moments }) => sum + moments, 0);
  if (total === 0) throw new Error(`no episode is as long as a chunk of ${steps} steps, so there is nothing to make a FAST tokenizer from`);
  const share = Math.min(1, most / total);
  const chunks: ActionChunk[] = [];
  let [wanted, taken] = [0, 0];
  for (const { dataset, episode, moments } of places) {
    wanted += moments * share;
    const count = Math.round(wanted) - taken;
    taken += count;
    const chosen = random
      .permutation(moments)
      .slice(0, count)
      .sort((a, b) => a - b);
    const reader = episodeReader(dataset);
    try {
      for (const moment of chosen) {
        const seconds = moment / CONTROL_RATE;
        const { tracks, times } = await blockAt(reader, episode, seconds, steps);
        const { actions, actionMask } = motionAt(tracks, times, seconds, steps, dataset.side ?? ARMS[random.integer(2)] ?? 'left');
        chunks.push({ horizon: steps, dims: ARMS.length * ACTION_DIMS, data: normaliseActions(normalization, actions, actionMask) });
      }
    } finally {
      reader.close();
    }
  }
  return fitFast(chunks, { everyByte: true, spare: SPARE, ...fit });
}
