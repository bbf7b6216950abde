/** The videos of a report: which trials are worth looking at, acted out once more, in as many bytes as a page can hold. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type ActorSource, filmTrials, type RunOptions } from './run.ts';
import { suiteOf } from './tables.ts';
import type { Trace } from './trace.ts';
import type { TrialResult } from './trial.ts';

/** A trial with its video. */
export interface ReportFilm {
  readonly result: TrialResult;
  /** MP4 (H.264), CONTROL_RATE frames a second: the views side by side */
  readonly video: Uint8Array;
  readonly trace: Trace;
}

/** How a report is filmed. */
export interface ReportFilmsOptions extends RunOptions {
  /** Pixels of a side of each view, even */
  readonly size: number;
  /** Successes, and as many failures, of each suite at most; 2 unless given */
  readonly each?: number;
  /** Bytes of all videos at most; those of later trials are left out. 10 MB unless given: a third more in the page */
  readonly bytes?: number;
  /** Told how many videos there will be */
  readonly onBegin?: (films: number) => void;
}

/** Of H.264: half the bytes of other videos, and hardly to be told from them at this size */
const CRF = 28;

/** Films some trials again. Throws when one does not end as it did. */
export async function filmReport(
  source: ActorSource,
  results: readonly TrialResult[],
  { size, each = 2, bytes = 10e6, onBegin, ...options }: ReportFilmsOptions,
): Promise<ReportFilm[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gear-films-'));
  try {
    const films = worthFilming(results, each).map((result, i) => ({
      result,
      video: { file: path.join(folder, `${i}.mp4`), size, crf: CRF },
    }));
    onBegin?.(films.length);
    const traces = await filmTrials(source, films, options);
    const all: ReportFilm[] = [];
    for (const [i, { result, video }] of films.entries()) {
      all.push({ result, video: await readFile(video.file), trace: traces[i] as Trace });
    }
    return fitting(all, bytes);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Of each suite as many successes and as many failures as asked for, if there are: first one of each kind of failure, and of each task.
 * In the order of the results' suites, successes first.
 */
export function worthFilming(results: readonly TrialResult[], each: number): TrialResult[] {
  const suites = [...new Set(results.map(suiteOf))];
  return suites.flatMap((suite) => {
    const own = results.filter((result) => suiteOf(result) === suite);
    return [own.filter(({ success }) => success), own.filter(({ success }) => !success)].flatMap((some) => mostDifferent(some, each));
  });
}

/** Those that share the least with those before them: first the kind of failure, then task, robot and condition. */
function mostDifferent(results: readonly TrialResult[], count: number): TrialResult[] {
  const chosen: TrialResult[] = [];
  const rest = [...results];
  /** How many share each with it, as digits of a number: what comes first outweighs all that follows. */
  const likeness = (one: TrialResult): number =>
    (['failure', 'task', 'robot', 'perturbation'] as const).reduce(
      (sum, key) => sum * count + chosen.filter((other) => other[key] === one[key]).length,
      0,
    );
  while (chosen.length < count && rest.length > 0) {
    const costs = rest.map(likeness);
    chosen.push(...rest.splice(costs.indexOf(Math.min(...costs)), 1));
  }
  return chosen;
}

/** The first films that have no more bytes than this together; longer ones are passed over. */
function fitting(films: readonly ReportFilm[], bytes: number): ReportFilm[] {
  let left = bytes;
  return films.filter(({ video }) => {
    if (video.length > left) return false;
    left -= video.length;
    return true;
  });
}
