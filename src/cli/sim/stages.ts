/** How far work of two stages is: first things are made, then a dataset is put together of them. */
import type { Context } from '../context.ts';
import { progressOf } from '../progress.ts';

/** A function to be called with the stage, what was done by an earlier run, what is done and what there is to do. An interruption is said. */
export function stagesOf(context: Context, signal: AbortSignal): (stage: string, before: number, done: number, total: number) => void {
  let current: { readonly stage: string; readonly report: ReturnType<typeof progressOf> } | undefined;
  signal.addEventListener('abort', () => context.progress('ending when what is being made is done; Ctrl-C again ends at once'));
  return (stage, before, done, total) => {
    if (current?.stage !== stage) current = { stage, report: progressOf(context, stage, before) };
    if (!signal.aborted) current.report(done, total);
  };
}
