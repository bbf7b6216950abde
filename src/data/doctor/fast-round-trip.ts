/**
 * Whether relative actions survive FAST: chunks of the dataset, normalised by their own quantiles, encoded and decoded. What comes back
 * is within the bound of the quantisation unless coefficients were cut off.
 */
import { ACTION_DIMS, ARMS, CHUNK_STEPS, CONTROL_RATE } from '../../robot/canonical.ts';
import { quantileMap } from '../../robot/normalization.ts';
import { randomStream } from '../../tensor/random.ts';
import { type ActionChunk, type FastTokenizer, quantisationBound, quantise } from '../../tokens/fast.ts';
import { fitFast } from '../../tokens/fast-fit.ts';
import { featuresOf } from '../binding.ts';
import { motionAt } from '../samples.ts';
import { statisticsOf } from '../statistics.ts';
import type { BoundSource } from '../tracks.ts';
import { type Findings, messageOf, short } from './findings.ts';
import { boundRows, type RawEpisode } from './rows.ts';

/** Chunks that are tried, of the whole dataset and of one episode at most */
const CHUNKS = 256;
const CHUNKS_OF_EPISODE = 64;
/** The published tokenizer's scale, lowest coefficient, and the size of vocabulary that its `fit` has by default */
const FAST_SCALE = 10;
const FAST_LOWEST = -354;
const FAST_VOCABULARY = 1024;

/** A chunk and where it begins. */
interface Sample {
  readonly episode: number;
  readonly frame: number;
  /** f32[K, arms, ACTION_DIMS] */
  readonly actions: Float32Array;
}

/** Collects chunks, and tries them at the end. */
export interface FastCheck {
  /** Takes some chunks of the n-th of `of` episodes. Those that cannot be read are left to other checks. */
  collect(raw: RawEpisode, episode: number, n: number, of: number): Promise<void>;
  /** Returns how many chunks were tried. */
  end(findings: Findings): Promise<number>;
}

/** Begins. `tokenizer` is tried as it is; one is made from the chunks unless it is given. */
export function fastCheck(bound: BoundSource, seed: number, tokenizer?: FastTokenizer): FastCheck {
  const samples: Sample[] = [];
  const columns = featuresOf(bound.binding);
  const { fps, name } = bound.source;
  const span = Math.ceil((CHUNK_STEPS / CONTROL_RATE) * fps) + 1;
  return {
    async collect(raw, episode, n, of) {
      const share = Math.floor(((n + 1) * CHUNKS) / of) - Math.floor((n * CHUNKS) / of);
      const beginnings = raw.length - span + 1;
      if (beginnings < 1) return;
      const random = randomStream(seed, 'doctor: chunks', episode);
      const frames = new Set(Array.from({ length: Math.min(share, CHUNKS_OF_EPISODE, beginnings) }, () => random.integer(beginnings)));
      for (const frame of [...frames].sort((a, b) => a - b)) {
        try {
          const block = await raw.read(columns, frame, frame + span);
          const rows = boundRows({ ...block, from: 0 }, fps);
          const { actions, actionMask } = motionAt(bound.tracks(rows, name), rows.timestamps, 0, CHUNK_STEPS, ARMS[0]);
          samples.push({ episode, frame, actions: armsThere(actions, actionMask) });
        } catch {
          // NaN, missing columns: found where rows are looked at.
        }
      }
    },
    async end(findings) {
      if (samples.length > 0) await roundTrip(findings, samples, tokenizer);
      return samples.length;
    },
  };
}

/** The actions of arms that are there. */
function armsThere(actions: Float32Array, mask: Uint8Array): Float32Array {
  const slots = [...ARMS.keys()].filter((slot) => mask[slot * ACTION_DIMS]);
  const parts = Array.from({ length: CHUNK_STEPS }, (_, k) => slots.map((slot) => (k * ARMS.length + slot) * ACTION_DIMS)).flat();
  return Float32Array.from(parts.flatMap((at) => [...actions.subarray(at, at + ACTION_DIMS)]));
}

async function roundTrip(findings: Findings, samples: readonly Sample[], given: FastTokenizer | undefined): Promise<void> {
  const statistics = await statisticsOf(ACTION_DIMS, () => samples.map(({ actions }) => ({ data: actions })));
  const { offset, scale } = quantileMap({ ...statistics, ...statistics.quantiles });
  const dims = (samples[0] as Sample).actions.length / CHUNK_STEPS;
  const chunks = samples.map(({ actions }): ActionChunk => {
    const data = Float64Array.from(actions, (x, i) => (x - (offset[i % ACTION_DIMS] as number)) / (scale[i % ACTION_DIMS] as number));
    return { horizon: CHUNK_STEPS, dims, data };
  });
  let tokenizer: FastTokenizer;
  try {
    tokenizer = given ?? fitFast(chunks, { scale: FAST_SCALE, vocabularySize: FAST_VOCABULARY });
  } catch (error) {
    const worst = chunks.map(({ data }) => Math.max(...Array.from(data, Math.abs)));
    const { episode, frame } = samples[worst.indexOf(Math.max(...worst))] as Sample;
    const message = `no FAST tokenizer can be made: ${messageOf(error)}. A normalised action of ${short(Math.max(...worst))} is in the chunk that begins here`;
    findings.add({ check: 'fast', severity: 'error', episode, frame, message });
    return;
  }
  tryAll(findings, samples, chunks, tokenizer);
  if (!given) wouldBeClipped(findings, samples, chunks);
}

function tryAll(findings: Findings, samples: readonly Sample[], chunks: readonly ActionChunk[], tokenizer: FastTokenizer): void {
  const bound = quantisationBound(CHUNK_STEPS, tokenizer.config.scale).value;
  let [worst, count] = [0, 0];
  let first: { sample: Sample; why?: string } | undefined;
  for (const [i, chunk] of chunks.entries()) {
    let error = Number.POSITIVE_INFINITY;
    let why: string | undefined;
    try {
      const back = tokenizer.decode(tokenizer.encode(chunk), chunk);
      // What comes back is f32.
      error = back.reduce((most, value, k) => Math.max(most, Math.abs(value - (chunk.data[k] as number)) - 1e-6 * Math.abs(value)), 0);
    } catch (thrown) {
      why = messageOf(thrown);
    }
    if (error <= bound + 1e-6) continue;
    worst = Math.max(worst, error);
    count++;
    first ??= { sample: samples[i] as Sample, ...(why !== undefined && { why }) };
  }
  if (!first) return;
  const { sample, why } = first;
  findings.add({
    check: 'fast',
    severity: 'error',
    episode: sample.episode,
    frame: sample.frame,
    frames: count,
    message: `FAST does not give back ${count} of ${chunks.length} chunks of normalised actions: ${why ?? `they are off by up to ${short(worst)}, where rounding explains ${short(bound)}`}`,
  });
}

function wouldBeClipped(findings: Findings, samples: readonly Sample[], chunks: readonly ActionChunk[]): void {
  const clipped = chunks.flatMap((chunk, i) => (Math.min(...quantise(chunk, FAST_SCALE)) < FAST_LOWEST ? [samples[i] as Sample] : []));
  if (!clipped[0]) return;
  findings.add({
    check: 'fast',
    severity: 'warning',
    episode: clipped[0].episode,
    frame: clipped[0].frame,
    frames: clipped.length,
    message: `the published FAST tokenizer cuts off ${clipped.length} of ${chunks.length} chunks: they have outliers, coefficients below ${FAST_LOWEST}`,
  });
}
