/** Evaluations: which trials there are, what became of them, and the tables that this makes. */
import type { PerturbationSpec } from '../sim/perturbations.ts';
import { type Share, wilson } from './intervals.ts';

/** All that decides an evaluation, beside the policy: JSON. */
export interface EvaluationSettings {
  /** Names of tasks */
  readonly tasks: readonly string[];
  readonly robot: string;
  /** Episodes of each task */
  readonly trials: number;
  /** The first seed of each task, far from those of training demonstrations */
  readonly seed: number;
  /** What is different from the worlds of training */
  readonly perturb: readonly PerturbationSpec[];
  /** Steps of a chunk that are carried out before the next one is predicted */
  readonly replan: number;
  /** Episodes of a task that are predicted for together: products of other sizes are rounded otherwise */
  readonly batch: number;
}

/** One episode of an evaluation. */
export interface Trial {
  readonly task: string;
  readonly seed: number;
}

/** What became of it. */
export interface TrialResult extends Trial {
  readonly instruction: string;
  readonly success: boolean;
  /** Control steps, 1/30 s each */
  readonly steps: number;
}

/** The file of an evaluation: all that made its numbers, and every trial. */
export interface EvaluationFile {
  readonly format: 'gear-vla evaluation 1';
  /** Of gear-vla */
  readonly version: string;
  /** `expert`, or the policy's file, its SHA-256 and the name of its model */
  readonly policy: 'expert' | { readonly file: string; readonly sha256: string; readonly model: string };
  readonly settings: EvaluationSettings;
  readonly results: readonly TrialResult[];
}

/** First seed unless told otherwise. Demonstrations are recorded from 0 up. */
export const FIRST_SEED = 1_000_000;

/** The trials of an evaluation, task by task, in groups that are predicted for together. */
export const trialsOf = ({ tasks, trials, seed, batch }: EvaluationSettings): Trial[][] =>
  tasks.flatMap((task) =>
    Array.from({ length: Math.ceil(trials / batch) }, (_, group) =>
      Array.from({ length: Math.min(batch, trials - group * batch) }, (_, i) => ({ task, seed: seed + group * batch + i })),
    ),
  );

/** Successes by some name of each trial, in the order in which names come first. */
export function sharesBy(results: readonly TrialResult[], nameOf: (trial: Trial) => string): Map<string, Share> {
  const counts = new Map<string, [successes: number, trials: number]>();
  for (const result of results) {
    const name = nameOf(result);
    const [successes, trials] = counts.get(name) ?? [0, 0];
    counts.set(name, [successes + (result.success ? 1 : 0), trials + 1]);
  }
  return new Map(Array.from(counts, ([name, [successes, trials]]) => [name, wilson(successes, trials)]));
}

/** `spatial` of `spatial/bowl-on-stove` */
export const suiteOf = ({ task }: Trial): string => task.split('/')[0] as string;

/** `85.0 (74.1–92.0)`, in percent */
export function formatShare({ value, low, high }: Share): string {
  const percent = (share: number): string => (100 * share).toFixed(1);
  return `${percent(value)} (${percent(low)}–${percent(high)})`;
}

/** The first trial in which two evaluations differ, in words; undefined when they are the same, digit by digit. */
export function firstDifference(before: readonly TrialResult[], after: readonly TrialResult[]): string | undefined {
  const again = new Map(after.map((result) => [`${result.task} ${result.seed}`, result]));
  for (const result of before) {
    const other = again.get(`${result.task} ${result.seed}`);
    const name = `${result.task}, seed ${result.seed}`;
    if (!other) return `${name} is missing`;
    const words = ({ success, steps }: TrialResult): string => `${success ? 'succeeded' : 'failed'} after ${steps} steps`;
    if (words(other) !== words(result)) return `${name} ${words(result)}, and now ${words(other)}`;
  }
  return undefined;
}
