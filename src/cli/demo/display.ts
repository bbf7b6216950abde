/** What is seen of trials that go on: bars and a picture that move where somebody watches a terminal, a line now and then elsewhere. */
import { type LiveMemory, readLive } from '../../eval/live.ts';
import { suiteOf } from '../../eval/tables.ts';
import type { Trial, TrialResult } from '../../eval/trial.ts';
import { formatDuration } from '../../train/progress.ts';
import type { Context } from '../context.ts';
import { barsOf, halfBlocks, type SuiteProgress, sideBySide, tidingOf } from './drawing.ts';

/** A display that is open. */
export interface Display {
  /** Counts a trial that is done. */
  add(result: TrialResult): void;
  /** Leaves what is there as it is. */
  close(): void;
}

/** Milliseconds from one picture to the next */
const REFRESH = 160;
/** Trials that are done of which is said how they ended */
const LATEST = 8;
/** Lines that are printed in all where nobody watches */
const REPORTS = 10;

/** Opens a display of trials, of which one is to be seen in `live`. */
export function openDisplay(trials: readonly Trial[], live: LiveMemory, context: Context): Display {
  const begun = performance.now();
  const suites = [...new Set(trials.map(suiteOf))];
  const counts = new Map(suites.map((suite) => [suite, { done: 0, successes: 0 }]));
  const progress = (): SuiteProgress[] =>
    suites.map((suite) => ({
      suite,
      ...(counts.get(suite) as { done: number; successes: number }),
      trials: trials.filter((trial) => suiteOf(trial) === suite).length,
    }));
  const last: TrialResult[] = [];
  let done = 0;
  const left = (): string =>
    done === 0 ? '' : `ETA ${formatDuration(((performance.now() - begun) / 1000 / done) * (trials.length - done))}`;
  const show = process.stderr.isTTY ? redrawn(process.stderr) : undefined;
  const draw = (): void =>
    show?.((columns, rows, colours) =>
      frame(progress(), { live, last, colours, columns, rows, left: `${done}/${trials.length} episodes  ${left()}` }),
    );
  const timer = show && setInterval(draw, REFRESH);
  draw();
  return {
    add(result) {
      const own = counts.get(suiteOf(result)) as { done: number; successes: number };
      own.done++;
      if (result.success) own.successes++;
      done++;
      last.unshift(result);
      last.splice(LATEST);
      if (show || Math.floor((done * REPORTS) / trials.length) === Math.floor(((done - 1) * REPORTS) / trials.length)) return;
      const said = progress().map(({ suite, successes, done: own }) => `${suite} ${successes}/${own}`);
      context.complain(`${`${done}`.padStart(`${trials.length}`.length)}/${trials.length} episodes  ${said.join('  ')}  ${left()}\n`);
    },
    close() {
      clearInterval(timer);
      draw();
    },
  };
}

/** What a frame is made for. */
interface FrameOptions {
  readonly live: LiveMemory;
  /** Trials that are done, the last one first */
  readonly last: readonly TrialResult[];
  /** Whether there are 24 bits of colour */
  readonly colours: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly left: string;
}

/** The lines of a moment: the picture, where there is room and colour for it, and bars beside or below it. */
function frame(progress: readonly SuiteProgress[], { live, last, colours, columns, rows, left }: FrameOptions): string[] {
  const seen = colours ? readLive(live) : undefined;
  const [title = '', instruction = ''] = seen?.caption.split('\n') ?? [];
  const beside = columns - live.size - 3;
  const words = (width: number): string[] => [
    ...barsOf(progress, width, colours),
    '',
    left.slice(0, width),
    '',
    ...last.map((result) => tidingOf(result, width, colours)),
    ...(seen ? ['', `▸ ${instruction}`.slice(0, width), `  ${title}`.slice(0, width)] : []),
  ];
  if (seen && beside >= 40 && rows > live.size / 2 + 1)
    return sideBySide(halfBlocks(seen.rgb, live.size), words(Math.min(beside, 72)), live.size);
  return words(Math.min(columns - 1, 72));
}

/** A function that draws lines over those that it drew before. */
function redrawn(stream: NodeJS.WriteStream): (lines: (columns: number, rows: number, colours: boolean) => string[]) => void {
  let above = 0;
  return (linesFor) => {
    const { columns = 80, rows = 24 } = stream;
    const lines = linesFor(columns, rows, stream.hasColors(2 ** 24)).slice(0, rows - 1);
    const up = above > 0 ? `\x1b[${above}A` : '';
    stream.write(`${up}\r${lines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`);
    above = lines.length;
  };
}
