/** A policy shown moments of recorded episodes, and what came of it. */
import type { EpisodeReader } from '../data/episodes.ts';
import { blockAt, type CanonicalSample, canonicalSample, momentsOf, motionAt } from '../data/samples.ts';
import type { Policy } from '../policy/policy.ts';
import { type Arm, CONTROL_RATE } from '../robot/canonical.ts';
import { randomStream } from '../tensor/random.ts';
import { type ArmStates, chunkErrors, errorsBeyond, METHODS, type Method, stillChunk, velocityChunk } from './offline.ts';
import { type ErrorCurves, errorCurves, type IntervalKind, intervalKind, type MomentErrors } from './offline-summary.ts';

/** Which moments, and how a policy is asked about them. */
export interface OfflineSettings {
  /** Positions of the episodes */
  readonly episodes: readonly number[];
  /** Steps at CONTROL_RATE between two moments of an episode */
  readonly every: number;
  /** Of the first moment of each episode, of the noise of chunks, and of the bootstrap */
  readonly seed: number;
  /** Where the arm of a robot that has one is put */
  readonly side: Arm;
}

/** A moment of an episode: steps at CONTROL_RATE after its first row. */
export interface Moment {
  readonly episode: number;
  readonly moment: number;
}

/** What came of it. */
export interface OfflineResult {
  readonly moments: readonly Moment[];
  readonly intervals: IntervalKind;
  readonly errors: Readonly<Record<Method, ErrorCurves>>;
  /** The policy's errors less those of each baseline about the same moments: below 0 where the policy is nearer */
  readonly beyond: Readonly<Record<Exclude<Method, 'policy'>, ErrorCurves>>;
}

/**
 * The moments of episodes: every so many steps from a random one on. Never the first, before which there is no velocity; the last have
 * fewer steps recorded than a chunk has. Throws when there are none.
 */
export function offlineMoments({ source }: Pick<EpisodeReader, 'source'>, { episodes, every, seed }: OfflineSettings): Moment[] {
  const all = episodes.flatMap((episode) => {
    const first = 1 + randomStream(seed, 'first moment', source.episodes[episode]?.index).integer(every);
    const count = Math.max(0, Math.ceil((momentsOf(source, episode) - first) / every));
    return Array.from({ length: count }, (_, i) => ({ episode, moment: first + i * every }));
  });
  if (all.length === 0) throw new Error(`${source.name}: none of the episodes is long enough for a moment every ${every} steps`);
  return all;
}

/**
 * Predicts at moments of episodes and compares with what was done. Throws, with episode and moment, when something cannot be read, and when
 * a policy predicts what is no motion. The signal ends it with an error.
 */
export async function evaluateOffline(
  reader: EpisodeReader,
  policy: Policy,
  settings: OfflineSettings,
  { signal, onProgress }: { readonly signal?: AbortSignal; readonly onProgress?: (done: number, all: number) => void } = {},
): Promise<OfflineResult> {
  const moments = offlineMoments(reader, settings);
  const of: Record<Method, MomentErrors[]> = { policy: [], still: [], velocity: [] };
  for (let begin = 0; begin < moments.length; begin += policy.batch) {
    signal?.throwIfAborted();
    onProgress?.(begin, moments.length);
    const some = moments.slice(begin, begin + policy.batch);
    const seen: Seen[] = [];
    for (const moment of some) seen.push(await see(reader, moment, policy, settings));
    const chunks = await policy.predict(seen.map(({ now, seed }) => ({ ...now, seed })));
    for (const [i, { now, before }] of seen.entries()) {
      const { episode, moment } = some[i] as Moment;
      const steps = policy.processor.config.chunk;
      const actions = {
        policy: chunks[i]?.actions as Float32Array,
        still: stillChunk(now, steps),
        velocity: velocityChunk(before, now, steps),
      };
      for (const method of METHODS) {
        try {
          of[method].push({ episode, errors: chunkErrors(actions[method], now) });
        } catch (error) {
          const where = `${reader.source.name}, episode ${reader.source.episodes[episode]?.index}, moment ${moment}`;
          throw new Error(`${where}: the chunk predicted is no motion: ${(error as Error).message}`, { cause: error });
        }
      }
    }
  }
  const curves = (errors: readonly MomentErrors[]): ErrorCurves => errorCurves(errors, settings.seed);
  const beyond = (method: Method): ErrorCurves =>
    curves(of.policy.map(({ episode, errors }, i) => ({ episode, errors: errorsBeyond(errors, (of[method][i] as MomentErrors).errors) })));
  return {
    moments,
    intervals: intervalKind(moments),
    errors: { policy: curves(of.policy), still: curves(of.still), velocity: curves(of.velocity) },
    beyond: { still: beyond('still'), velocity: beyond('velocity') },
  };
}

/** What there is at a moment, and where the arms were a step before. */
interface Seen {
  readonly now: CanonicalSample;
  readonly before: ArmStates;
  /** Of the noise of the chunk: of the moment alone, whatever the others are */
  readonly seed: number;
}

async function see(reader: EpisodeReader, { episode, moment }: Moment, policy: Policy, { seed, side }: OfflineSettings): Promise<Seen> {
  const { imageSize, chunk } = policy.processor.config;
  const options = { viewSize: imageSize, steps: chunk, side };
  const earlier = (moment - 1) / CONTROL_RATE;
  const { times, tracks } = await blockAt(reader, episode, earlier, 1);
  return {
    before: motionAt(tracks, times, earlier, 1, side),
    now: await canonicalSample(reader, episode, moment, options, { seed, draw: 0 }),
    seed: randomStream(seed, `noise of episode ${reader.source.episodes[episode]?.index}`, moment).next(),
  };
}
