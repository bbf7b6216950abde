/** Guided trials, done by threads, and the table that compares ways to say which thing is meant. */
import { workOff } from '../../tensor/crew.node.ts';
import { keyOf } from '../evaluation.ts';
import { formatInterval, meanShare, wilson } from '../intervals.ts';
import type { ActorSource, RunOptions } from '../run.ts';
import { suiteOf, type Table } from '../tables.ts';
import type { Trial, TrialResult } from '../trial.ts';
import { nameOfWay, type Way } from './ways.ts';

/** A policy from a checkpoint: nothing else can be guided. */
export type GuidedActor = Exclude<ActorSource, string>;

/** Who says where the thing is: the simulator, or the policy's own model, which is asked. */
export type GrounderName = 'exact' | 'model';

/** What threads are started with. */
export interface GuidedThreadData extends GuidedActor {
  readonly grounder: GrounderName;
}

/** What a thread does: a trial, its thing told in some way. */
export interface GuidedJob {
  readonly trial: Trial;
  readonly way: Way;
}

/** A trial, and what became of it. */
export interface GuidedResult extends TrialResult {
  readonly way: Way;
  /** Intersection over union of the first mask and the exact one; undefined where there never was a mask */
  readonly overlap?: number;
}

/** How guided trials are done. */
export interface GuidedRunOptions extends Omit<RunOptions, 'onResult'> {
  /** `exact` unless given */
  readonly grounder?: GrounderName;
  readonly onResult?: (result: GuidedResult) => void;
}

/** Does each trial in each way, in turn; results in this order. Throws as `runTrials` does. */
export async function runGuided(
  actor: GuidedActor,
  trials: readonly Trial[],
  ways: readonly Way[],
  { grounder = 'exact', workers, signal, onResult }: GuidedRunOptions = {},
): Promise<GuidedResult[]> {
  const jobs = trials.flatMap((trial) => ways.map((way): GuidedJob => ({ trial, way })));
  const nameOf = (trial: Trial, way: Way): string => `${keyOf(trial)} ${nameOfWay(way)}`;
  const results = new Map<string, GuidedResult>();
  let begun = 0;
  await workOff<GuidedJob, GuidedResult>(
    {
      source: new URL('./worker.ts', import.meta.url),
      data: { ...actor, grounder } satisfies GuidedThreadData,
      atOnce: Math.ceil(1.5 * actor.batch),
      ...(workers !== undefined && { workers }),
      ...(signal && { signal }),
    },
    () => jobs[begun++],
    (result) => {
      results.set(nameOf(result, result.way), result);
      onResult?.(result);
    },
  );
  return jobs.map(({ trial, way }) => results.get(nameOf(trial, way)) as GuidedResult);
}

/**
 * Ways one below the other; suites side by side (of the grasping suite its tasks), their mean, how well masks agree with the exact ones,
 * and in how many trials there was never one. Per cent, with Wilson's 95 % intervals.
 */
export function guidedTable(results: readonly GuidedResult[], name: string): Table {
  const columnOf = (one: GuidedResult): string => (suiteOf(one) === 'grasp' ? one.task.slice('grasp/'.length) : suiteOf(one));
  const conditionOf = (one: GuidedResult): string =>
    one.perturbation === 'none' ? columnOf(one) : `${columnOf(one)}, ${one.perturbation}`;
  const columns = [...new Set(results.map(conditionOf))];
  const ways = [...new Set(results.map(({ way }) => nameOfWay(way)))];
  return {
    title: `Success by how the object is told: ${name}`,
    rows: [
      ['', ...columns, ...(columns.length > 1 ? ['average'] : []), 'mask IoU', 'without mask'],
      ...ways.map((way) => {
        const own = results.filter((one) => nameOfWay(one.way) === way);
        const shares = columns.map((column) => {
          const some = own.filter((one) => conditionOf(one) === column);
          return wilson(some.filter(({ success }) => success).length, some.length);
        });
        return [way, ...shares.map(formatInterval), ...(columns.length > 1 ? [formatInterval(meanShare(shares))] : []), ...maskCells(own)];
      }),
    ],
  };
}

/** Mean overlap, and trials without any mask; nothing of what is told by name. */
function maskCells(own: readonly GuidedResult[]): [string, string] {
  if (own[0]?.way.kind === 'name') return ['–', '–'];
  const overlaps = own.flatMap(({ overlap }) => (overlap === undefined ? [] : [overlap]));
  const mean = overlaps.reduce((sum, overlap) => sum + overlap, 0) / overlaps.length;
  return [overlaps.length > 0 ? mean.toFixed(3) : '–', `${own.length - overlaps.length}`];
}
