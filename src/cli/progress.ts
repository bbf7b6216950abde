/** Long commands say how far they are. */
import { formatDuration } from '../train/progress.ts';
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
