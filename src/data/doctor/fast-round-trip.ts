/**
 * Whether relative actions survive FAST as training uses it: chunks of the dataset, normalised by the quantiles of all of them, are
 * encoded and decoded by a tokenizer that is made of some, and tried on others. What comes back is within the bound of the quantisation
 * unless coefficients were cut off. Nothing is drawn at random: chunks are evenly spread, and of each episode there is the one with
 * the largest actions.
 */
import { ACTION_DIMS, ARMS, CHUNK_STEPS, CONTROL_RATE } from '../../robot/canonical.ts';
import { type Normalization, normaliseActions } from '../../robot/normalization.ts';
import { type ActionChunk, type FastTokenizer, quantisationBound, quantise } from '../../tokens/fast.ts';
import { fitFast } from '../../tokens/fast-fit.ts';
import { featuresOf } from '../binding.ts';
import { normalisingStatistics } from '../normalization.ts';
import { motionAt } from '../samples.ts';
import { addBlock, finishStatistics, firstPass, type SecondPass, secondPass } from '../statistics.ts';
import type { BoundSource } from '../tracks.ts';
import { type Findings, messageOf, short } from './findings.ts';
import { boundRows, type RawEpisode } from './rows.ts';

/** Chunks that are tried at most: evenly spread ones, and extreme ones */
const SPREAD = 256;
const EXTREMES = 128;
/** Chunks that are looked at begin so many seconds apart; and rows that are read at once for them. */
const STRIDE = 1 / 6;
const ROWS = 512;
/** The published tokenizer's scale and lowest coefficient */
const FAST_SCALE = 10;
const FAST_LOWEST = -354;
/** What there is room for below the lowest coefficient, as when a tokenizer is made for training (`data/fast.ts`) */
const SPARE = 64;
/**
 * Up to so many moments, training makes its tokenizer of so large a part of them (4,000) that a chunk that overlaps an extreme one is
 * among them; of more, an extreme chunk may be alone.
 */
const WELL_COVERED = 40_000;
/** A dimension that moves less is not normalised (`robot/normalization.ts`). */
const STILL = 1e-5;

/** A chunk and where it begins. */
interface Sample {
  readonly episode: number;
  readonly frame: number;
  /** f32[K, arms, ACTION_DIMS] */
  readonly actions: Float32Array;
}

/** A chunk that is far from the usual, and one that overlaps it. */
interface Extreme {
  readonly sample: Sample;
  readonly beside: Sample | undefined;
  /** In standard deviations */
  readonly size: number;
}

/** Goes through all chunks twice, and tries some at the end. Chunks that cannot be read are left to other checks. */
export interface FastCheck {
  /** First for all episodes: what actions are like. */
  collect(raw: RawEpisode, episode: number): Promise<void>;
  /** Then for all again, the n-th of `of`: chooses chunks. */
  choose(raw: RawEpisode, episode: number, n: number, of: number): Promise<void>;
  /** Returns how many chunks were chosen. */
  end(findings: Findings): number;
}

/** Begins. `tokenizer` is tried as it is, with all chosen chunks; one is made from half of them unless it is given. */
export function fastCheck(bound: BoundSource, tokenizer?: FastTokenizer): FastCheck {
  const first = firstPass(ACTION_DIMS);
  let second: SecondPass | undefined;
  const moments = createMoments();
  let rows = 0;
  const even: Sample[] = [];
  const extremes: Extreme[] = [];
  return {
    async collect(raw, episode) {
      rows += raw.length;
      await eachChunk(bound, raw, episode, ({ actions }) => {
        addBlock(first, { data: actions });
        moments.add(actions);
      });
    },
    async choose(raw, episode, n, of) {
      second ??= secondPass(first);
      const into = second;
      const deviation = moments.deviation();
      const wanted = Math.floor(((n + 1) * SPREAD) / of) - Math.floor((n * SPREAD) / of);
      const beginnings = beginningsOf(bound, raw);
      const share = Math.min(wanted, beginnings.length);
      const chosen = new Set(Array.from({ length: share }, (_, i) => beginnings[Math.floor(((i + 0.5) * beginnings.length) / share)]));
      let most: Extreme | undefined;
      let before: Sample | undefined;
      await eachChunk(bound, raw, episode, (sample) => {
        addBlock(into, { data: sample.actions });
        if (chosen.has(sample.frame)) even.push(sample);
        const size = deviation(sample.actions);
        if (most && !most.beside && most.sample === before) most = { ...most, beside: sample };
        if (!most || size > most.size) most = { sample, beside: before, size };
        before = sample;
      });
      if (most) extremes.push(most);
      if (extremes.length > EXTREMES) extremes.sort((a, b) => b.size - a.size).pop();
    },
    end(findings) {
      if (!second || even.length + extremes.length === 0) return 0;
      const normalise = normaliser({ actions: normalisingStatistics(finishStatistics(first, second)) });
      const covered = (rows / bound.source.fps) * CONTROL_RATE <= WELL_COVERED;
      const beside = covered ? extremes.flatMap((extreme) => extreme.beside ?? []) : [];
      const tried = distinct([...even, ...extremes.map(({ sample }) => sample)]);
      const isExtreme = new Set(extremes.map(({ sample }) => placeOf(sample)));
      const half = (odd: boolean): Sample[] => tried.filter((sample, i) => (isExtreme.has(placeOf(sample)) || i % 2 === 1) === odd);
      const fitted = [...half(false), ...beside];
      roundTrip(findings, { tried, tested: tokenizer || fitted.length === 0 ? tried : half(true), fitted, normalise, tokenizer });
      return tried.length;
    },
  };
}

/** Rows that a chunk is made of. */
const spanOf = ({ source: { fps } }: BoundSource): number => Math.ceil((CHUNK_STEPS / CONTROL_RATE) * fps) + 1;

/** Where chunks begin: evenly, and so that the last one ends with the episode. */
function beginningsOf(bound: BoundSource, raw: RawEpisode): number[] {
  const last = raw.length - spanOf(bound);
  if (last < 0) return [];
  const stride = Math.max(1, Math.round(STRIDE * bound.source.fps));
  return [...Array.from({ length: Math.ceil(last / stride) }, (_, i) => i * stride), last];
}

/** All chunks that can be read. */
async function eachChunk(bound: BoundSource, raw: RawEpisode, episode: number, use: (sample: Sample) => void): Promise<void> {
  const columns = featuresOf(bound.binding);
  const { fps, name } = bound.source;
  const span = spanOf(bound);
  const beginnings = beginningsOf(bound, raw);
  const read = async (frames: readonly number[]): Promise<void> => {
    const [from, to] = [frames[0] as number, (frames.at(-1) as number) + span];
    let found: Sample[];
    try {
      const rows = boundRows({ ...(await raw.read(columns, from, to)), from: 0 }, fps);
      const tracks = bound.tracks(rows, name);
      found = frames.map((frame) => {
        const { actions, actionMask } = motionAt(tracks, rows.timestamps, (frame - from) / fps, CHUNK_STEPS, ARMS[0]);
        return { episode, frame, actions: armsThere(actions, actionMask) };
      });
    } catch {
      // NaN, missing columns: found where rows are looked at. Chunks without may be sound.
      if (frames.length === 1) return;
      for (const frame of frames) await read([frame]);
      return;
    }
    for (const sample of found) if (sample.actions.every(Number.isFinite)) use(sample);
  };
  for (let i = 0; i < beginnings.length; ) {
    const start = beginnings[i] as number;
    const together = beginnings.slice(i).findIndex((frame) => frame >= start + ROWS);
    const end = together < 0 ? beginnings.length : i + together;
    await read(beginnings.slice(i, end));
    i = end;
  }
}

/** The actions of arms that are there. */
function armsThere(actions: Float32Array, mask: Uint8Array): Float32Array {
  const slots = [...ARMS.keys()].filter((slot) => mask[slot * ACTION_DIMS]);
  const parts = Array.from({ length: CHUNK_STEPS }, (_, k) => slots.map((slot) => (k * ARMS.length + slot) * ACTION_DIMS)).flat();
  const there = new Float32Array(parts.length * ACTION_DIMS);
  for (const [i, at] of parts.entries()) there.set(actions.subarray(at, at + ACTION_DIMS), i * ACTION_DIMS);
  return there;
}

/** Means and deviations, to know extreme chunks before the quantiles are known. */
function createMoments(): { add(actions: Float32Array): void; deviation(): (actions: Float32Array) => number } {
  const [sum, squares] = [new Float64Array(ACTION_DIMS), new Float64Array(ACTION_DIMS)];
  let count = 0;
  return {
    add(actions) {
      count += actions.length / ACTION_DIMS;
      for (const [i, value] of actions.entries()) {
        const d = i % ACTION_DIMS;
        sum[d] = (sum[d] as number) + value;
        squares[d] = (squares[d] as number) + value * value;
      }
    },
    deviation() {
      const mean = sum.map((total) => total / count);
      const std = squares.map((total, d) => Math.sqrt(Math.max(0, total / count - (mean[d] as number) ** 2)));
      return (actions) =>
        actions.reduce((most, value, i) => {
          const d = i % ACTION_DIMS;
          const scale = std[d] as number;
          return scale > STILL ? Math.max(most, Math.abs(value - (mean[d] as number)) / scale) : most;
        }, 0);
    },
  };
}

const normaliser =
  (normalization: Pick<Normalization, 'actions'>) =>
  ({ actions }: Sample): ActionChunk => ({
    horizon: CHUNK_STEPS,
    dims: actions.length / CHUNK_STEPS,
    data: normaliseActions(normalization, actions),
  });

const placeOf = ({ episode, frame }: Sample): string => `${episode}/${frame}`;

/** Each chunk once, in order. */
function distinct(samples: readonly Sample[]): Sample[] {
  const sorted = [...samples].sort((a, b) => a.episode - b.episode || a.frame - b.frame);
  return sorted.filter(({ episode, frame }, i) => episode !== sorted[i - 1]?.episode || frame !== sorted[i - 1]?.frame);
}

interface Trial {
  readonly tried: readonly Sample[];
  /** Those that go there and back */
  readonly tested: readonly Sample[];
  /** Those that a tokenizer is made of, unless it is given */
  readonly fitted: readonly Sample[];
  readonly normalise: (sample: Sample) => ActionChunk;
  readonly tokenizer: FastTokenizer | undefined;
}

function roundTrip(findings: Findings, { tried, tested, fitted, normalise, tokenizer: given }: Trial): void {
  let tokenizer: FastTokenizer;
  try {
    tokenizer = given ?? fitFast((fitted.length > 0 ? fitted : tried).map(normalise), { scale: FAST_SCALE, everyByte: true, spare: SPARE });
  } catch (error) {
    const worst = tried.map((sample) => Math.max(...Array.from(normalise(sample).data, Math.abs)));
    const { episode, frame } = tried[worst.indexOf(Math.max(...worst))] as Sample;
    const message = `no FAST tokenizer can be made: ${messageOf(error)}. A normalised action of ${short(Math.max(...worst))} is in the chunk that begins here`;
    findings.add({ check: 'fast', severity: 'error', episode, frame, message });
    return;
  }
  tryAll(findings, tested, normalise, tokenizer, given ? '' : `, by a tokenizer made from ${fitted.length || tried.length} others`);
  if (!given) wouldBeClipped(findings, tried, normalise);
}

function tryAll(
  findings: Findings,
  samples: readonly Sample[],
  normalise: Trial['normalise'],
  tokenizer: FastTokenizer,
  made: string,
): void {
  const bound = quantisationBound(CHUNK_STEPS, tokenizer.config.scale).value;
  let [worst, count] = [0, 0];
  let first: { sample: Sample; why?: string } | undefined;
  for (const sample of samples) {
    const chunk = normalise(sample);
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
    first ??= { sample, ...(why !== undefined && { why }) };
  }
  if (!first) return;
  const { sample, why } = first;
  findings.add({
    check: 'fast',
    severity: 'error',
    episode: sample.episode,
    frame: sample.frame,
    frames: count,
    message: `FAST does not give back ${count} of ${samples.length} chunks of normalised actions${made}: ${why ?? `they are off by up to ${short(worst)}, where rounding explains ${short(bound)}`}`,
  });
}

function wouldBeClipped(findings: Findings, samples: readonly Sample[], normalise: Trial['normalise']): void {
  const clipped = samples.filter((sample) => Math.min(...quantise(normalise(sample), FAST_SCALE)) < FAST_LOWEST);
  if (!clipped[0]) return;
  findings.add({
    check: 'fast',
    severity: 'warning',
    episode: clipped[0].episode,
    frame: clipped[0].frame,
    frames: clipped.length,
    message: `the published FAST tokenizer cuts off ${clipped.length} of ${samples.length} chunks: they have outliers, coefficients below ${FAST_LOWEST}`,
  });
}
