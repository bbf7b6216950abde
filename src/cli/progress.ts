/** Long commands say how far they are. */
import { formatDuration, type StageProgress, stageBlock, stageLine } from '../train/progress.ts';
import type { Context } from './context.ts';

/**
 * A function to be called with what is done and what there is to do; writes `what 3/12  ETA 0:05` where somebody watches. `before` was
 * done by an earlier run.
 */
export function progressOf(context: Context, what: string, before = 0): (done: number, total: number) => void {
  const start = performance.now();
  return (done, total) => {
    const left = done > before ? ((performance.now() - start) / 1000 / (done - before)) * (total - done) : undefined;
    context.progress(done >= total ? '' : `${what} ${done}/${total}${left === undefined ? '' : `  ETA ${formatDuration(left)}`}`);
  };
}

/** A terminal that somebody watches, as far as is drawn on it. */
export type Terminal = Pick<NodeJS.WriteStream, 'columns' | 'write'>;

/** What is told of stages of training. */
export interface StageTeller {
  /** Something begins, a stage for example. */
  begin(what: string): void;
  /** A stage's report. */
  report(stage: string, progress: StageProgress): void;
}

/**
 * Tells of stages: where somebody watches a terminal, each has a few lines that are drawn in place and left when the next one begins;
 * elsewhere, in a log say, each report is a line.
 */
export function stageTeller(
  context: Context,
  terminal: Terminal | undefined = process.stderr.isTTY ? process.stderr : undefined,
): StageTeller {
  if (!terminal) {
    return {
      begin: (what) => context.complain(`${what} …\n`),
      report: (stage, progress) => context.complain(`${stageLine(stage, progress)}\n`),
    };
  }
  let [now, losses, drawn]: [string, number[], number] = ['', [], 0];
  return {
    begin(what) {
      [now, losses, drawn] = [what, [], 0];
      context.progress(`${what} …`);
    },
    report(stage, progress) {
      if (stage !== now) [now, losses, drawn] = [stage, [], 0];
      losses.push(progress.metrics.loss ?? progress.loss);
      const lines = stageBlock(stage, progress, losses, terminal.columns ?? 80);
      terminal.write(`${drawn > 0 ? `\x1b[${drawn}A` : ''}\r${lines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`);
      drawn = lines.length;
    },
  };
}
