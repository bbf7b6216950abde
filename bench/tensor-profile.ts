/** Where the time of a training step goes, op by op: `npm run bench -- tensor-profile`. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Report, round } from './report.ts';
import { runWorker } from './worker.ts';

/** An event of the engine's trace; `dur` is in microseconds. */
export interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

/** Profiles the transformer of the `tensor` benchmark. The engine's profiler itself takes some time, and it is in the sums. */
export async function tensorProfile(): Promise<Report> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gear-profile-'));
  try {
    const { calls } = await runWorker('train', '--trace', path.join(folder, 'trace'));
    const [file] = await readdir(folder);
    const events = JSON.parse(await readFile(path.join(folder, file as string), 'utf8')) as TraceEvent[];
    return { name: 'tensor-profile', goals: [], rows: byOp(events, calls) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Times of all kinds of ops per step, the most expensive first. */
export function byOp(events: readonly TraceEvent[], calls: number): Report['rows'] {
  const kernels = events.filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'));
  const sums = new Map<string, { time: number; count: number }>();
  for (const { args, dur } of kernels) {
    const op = args?.op_name ?? 'unknown';
    const { time, count } = sums.get(op) ?? { time: 0, count: 0 };
    sums.set(op, { time: time + dur, count: count + 1 });
  }
  const total = kernels.reduce((sum, { dur }) => sum + dur, 0);
  const rows = [...sums].sort(([, a], [, b]) => b.time - a.time);
  return rows.map(([op, { time, count }]) => ({
    op,
    'ms a step': round(time / 1000 / calls),
    'nodes a step': round(count / calls),
    '%': round((100 * time) / total),
  }));
}
