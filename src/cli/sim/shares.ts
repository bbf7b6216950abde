/**
 * Which seeds of which tasks are tried. Of each task, seeds are tried in their order until enough have succeeded. One is begun for each
 * demonstration that is missing, and one more for each failure, so that none is tried in vain, whoever is done first.
 */
import type { DemonstrationFacts, DemonstrationJob } from './demonstration.ts';
import type { RecordingSettings } from './recorder.ts';

/** A task's part. */
export interface Share {
  readonly task: string;
  /** Demonstrations that there should be */
  readonly wanted: number;
  /** All that were tried, by seed */
  readonly tried: readonly DemonstrationFacts[];
  /** Those that count, by seed */
  readonly kept: readonly DemonstrationFacts[];
}

/** All parts. */
export interface Shares {
  readonly all: readonly Share[];
  /** What to try next; undefined as long as what was begun may be enough. Tasks come in turn. Throws when a task fails too often. */
  next(): DemonstrationJob | undefined;
  /** What came of something that was tried */
  add(facts: DemonstrationFacts): void;
}

/** Failures of a task at which it is given up, on top of as many as demonstrations that are wanted */
const MOST_FAILURES = 10;

/** Shares out `episodes` to the tasks: the first ones get one more where it does not come out even. */
export function createShares(
  { tasks, seed, keepFailures }: Pick<RecordingSettings, 'tasks' | 'seed' | 'keepFailures'>,
  episodes: number,
): Shares {
  const all = tasks.map((task, i) => {
    const tried: DemonstrationFacts[] = [];
    return {
      task,
      wanted: Math.ceil((episodes - i) / tasks.length),
      begun: 0,
      tried,
      get kept() {
        return tried.filter(({ success }) => success || keepFailures);
      },
    };
  });
  return {
    all,
    next() {
      const lacking = all.filter(({ wanted, begun, tried, kept }) => begun < wanted + tried.length - kept.length);
      const [share] = lacking.toSorted((a, b) => a.begun - b.begun);
      if (!share) return undefined;
      const { task, wanted, tried, kept } = share;
      const failures = tried.length - kept.length;
      if (failures >= wanted + MOST_FAILURES) {
        throw new Error(`${task}: the expert failed with ${failures} of ${tried.length} seeds, which is too often to go on`);
      }
      return { task, seed: seed + share.begun++ };
    },
    add(facts) {
      const share = all.find(({ task }) => task === facts.task);
      if (!share) throw new Error(`${facts.task} is none of the tasks ${tasks.join(', ')}`);
      share.tried.push(facts);
      share.tried.sort((a, b) => a.seed - b.seed);
    },
  };
}
