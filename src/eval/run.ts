/** Trials, done by threads. */
import { workOff } from '../tensor/crew.node.ts';
import type { Engine } from '../tensor/engine.ts';
import { nodeEngine } from '../tensor/ort.node.ts';
import type { Scripted } from './actor.ts';
import { keyOf, outcome } from './evaluation.ts';
import type { LiveMemory } from './live.ts';
import type { Trace } from './trace.ts';
import { type Trial, type TrialResult, trialName } from './trial.ts';
import type { VideoOptions } from './video.ts';

/** What acts, as threads are told. */
export type ActorSource =
  | Scripted
  | {
      readonly checkpoint: string;
      /** Steps of a chunk that are carried out */
      readonly replan: number;
      /** Observations that are predicted for together */
      readonly batch: number;
    };

/** What threads are started with. */
export interface ThreadData {
  readonly actor: ActorSource;
  /** Where they show a trial that is going on */
  readonly live?: LiveMemory;
}

/** What a thread does: a trial, and perhaps a video of it. */
export interface TrialJob {
  readonly trial: Trial;
  readonly video?: VideoOptions;
}

/** A trial that is done. */
export interface TrialDone extends TrialResult {
  /** Of a trial that was filmed */
  readonly trace?: Trace;
}

/** What policies are computed with: one core for each thread. */
export const trialEngine = (): Engine => nodeEngine({ threads: 1, flushDenormals: true });

/** How trials are done. */
export interface RunOptions {
  /** Threads; one for each core unless given */
  readonly workers?: number;
  /** Ends the run after the trials that are going on */
  readonly signal?: AbortSignal;
  readonly onResult?: (result: TrialResult) => void;
  /** Where a trial is to be seen while it goes on; nowhere unless given */
  readonly live?: LiveMemory;
}

/**
 * Does trials, each thread with a policy of its own on one core. The results are in the order of the jobs, and do not depend on the number
 * of threads. Throws, with the name of the trial, when a policy gives what cannot be carried out.
 */
export async function runTrials(
  actor: ActorSource,
  jobs: readonly TrialJob[],
  { workers, signal, onResult, live }: RunOptions = {},
): Promise<TrialDone[]> {
  const results = new Map<string, TrialDone>();
  let begun = 0;
  await workOff<TrialJob, TrialDone>(
    {
      source: new URL('./worker.ts', import.meta.url),
      data: { actor, ...(live && { live }) } satisfies ThreadData,
      // More than a batch, so that batches are full while episodes end and others begin.
      atOnce: typeof actor === 'string' ? 1 : Math.ceil(1.5 * actor.batch),
      ...(workers !== undefined && { workers }),
      ...(signal && { signal }),
    },
    () => jobs[begun++],
    (result) => {
      results.set(keyOf(result), result);
      onResult?.(result);
    },
  );
  return jobs.map(({ trial }) => results.get(keyOf(trial)) as TrialDone);
}

/** Acts trials out once more, for their videos. Returns what was predicted in each. Throws when one does not end as it did. */
export async function filmTrials(
  actor: ActorSource,
  films: readonly { readonly result: TrialResult; readonly video: VideoOptions }[],
  options: RunOptions = {},
): Promise<Trace[]> {
  const again = await runTrials(
    actor,
    films.map(({ result, video }) => ({ trial: result, video })),
    options,
  );
  for (const [i, { result }] of films.entries()) {
    const [was, is] = [outcome(result), outcome(again[i] as TrialResult)];
    if (was !== is) throw new Error(`${trialName(result)} ${was}, and acted out again for its video ${is}`);
  }
  return again.map(({ trace }) => trace as Trace);
}
