/**
 * A chunk of the paper's 8B model on this machine: `npm run bench -- large`. Random weights in codes of 4 or 8 bits, the real programs:
 * pictures of 448², three views, 866 tokens, sixteen latent tokens decoded, ten steps of flow.
 *
 * Needs 8 GB of disk in the folder for temporary files, and 16 GB of memory. CONFIG=small is quicker;
 * FORMATS=4/128/f32,8/32/int8 (bits, block size, activations) measures others.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { goal, type Report, round } from './report.ts';
import { runWorker } from './worker.ts';

/** What `large-worker.ts` prints: seconds, bytes and operations. */
export interface LargeRun {
  readonly parameters: number;
  readonly load: number;
  /** Of a chunk, the first one: weights are paged in on the way */
  readonly seconds: number;
  /** What all calls of each program took, and what there was to do */
  readonly calls: readonly { readonly call: string; readonly seconds: number; readonly flops: number; readonly bytes: number }[];
  /** Most ever resident, mapped pages of the weights' file included */
  readonly peakBytes: number;
  readonly ownBytes: number;
  readonly mappedBytes: number;
}

const CONFIG = process.env.CONFIG ?? 'paper-8b';
const FORMATS = (process.env.FORMATS ?? '4/32/f32,4/32/int8').split(',');
const WORKER = fileURLToPath(new URL('large-worker.ts', import.meta.url));

async function run(format: string): Promise<LargeRun> {
  const options = ['--import', import.meta.resolve('tsx'), WORKER, CONFIG, ...format.split('/')];
  return JSON.parse((await promisify(execFile)(process.execPath, options)).stdout) as LargeRun;
}

/** Bytes per second that one core copies, read and written counted each. */
function copyRate(): number {
  const [from, to] = [new Uint8Array(2 ** 29).fill(1), new Uint8Array(2 ** 29).fill(2)];
  const times = [0, 1, 2].map(() => {
    const start = performance.now();
    to.set(from);
    return (performance.now() - start) / 1000;
  });
  return (2 * from.length) / Math.min(...times);
}

/** Runs every format once, in turn. */
export async function large(): Promise<Report> {
  const { flops, seconds } = await runWorker('matmul');
  const [matmulRate, memoryRate] = [flops / seconds, copyRate()];
  const results: LargeRun[] = [];
  const rows: Record<string, string | number>[] = [];
  for (const format of FORMATS) {
    process.stderr.write(`\r\u001b[K${format}`);
    const result = await run(format);
    results.push(result);
    for (const call of result.calls) {
      rows.push({
        'bits/block/activations': format,
        call: call.call,
        seconds: round(call.seconds),
        'GFLOP/s': round(call.flops / call.seconds / 1e9),
        'of f32 matmul': round(call.flops / call.seconds / matmulRate),
        'GB/s of weights': round(call.bytes / call.seconds / 1e9),
        'of a core copying': round(call.bytes / call.seconds / memoryRate),
      });
    }
    rows.push({
      'bits/block/activations': format,
      call: 'chunk',
      seconds: round(result.seconds),
      'load s': round(result.load),
      'peak GiB': round(result.peakBytes / 2 ** 30),
      'own GiB': round(result.ownBytes / 2 ** 30),
      'mapped GiB': round(result.mappedBytes / 2 ** 30),
    });
  }
  process.stderr.write('\r\u001b[K');
  const peak = Math.max(...results.map(({ peakBytes }) => peakBytes)) / 2 ** 30;
  const parameters = results[0]?.parameters ?? 0;
  return {
    name: `${CONFIG}, ${round(parameters / 1e9)} B parameters, a chunk`,
    goals: [goal('peak resident memory', peak, '≤', 24, 'GiB')],
    rows,
  };
}
