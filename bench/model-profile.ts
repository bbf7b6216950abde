/** Where the time of a chunk goes, op by op, in each of its programs: `npm run bench -- model-profile`. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { modelSize } from '../src/model/configs.ts';
import { runModelWorker } from './model.ts';
import { randomCase, writeCase } from './model-case.ts';
import type { Report } from './report.ts';
import { byOp, type TraceEvent } from './tensor-profile.ts';

const MOST = 10;

/** Profiles the chunks of the `model` benchmark: the ten most expensive kinds of ops, per chunk. The profiler's own time is in the sums. */
export async function modelProfile(): Promise<Report> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gear-profile-'));
  try {
    const file = path.join(folder, 'nano.safetensors');
    await writeCase(file, randomCase(modelSize('nano'), 1));
    const { calls } = await runModelWorker('chunk', file, '--trace', path.join(folder, 'trace'));
    const traces = await readdir(folder);
    const rows: Report['rows'][number][] = [];
    for (const program of ['read', 'decode', 'flow']) {
      const trace = traces.find((name) => name.startsWith(`trace-${program}`)) as string;
      const events = JSON.parse(await readFile(path.join(folder, trace), 'utf8')) as TraceEvent[];
      const ops = byOp(events, calls);
      rows.push(...ops.slice(0, MOST).map((row) => ({ program, ...row })), { program, op: `and ${Math.max(0, ops.length - MOST)} others` });
    }
    return { name: 'model-profile', goals: [], rows };
  } finally {
    await rm(folder, { recursive: true });
  }
}
