/** Runs `tensor-worker.ts` in a process of its own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What a measurement prints. */
export interface Measured {
  /** Median over the repeats */
  readonly seconds: number;
  /** Repeats, those to warm up included */
  readonly calls: number;
  /** Largest resident set of the process */
  readonly peakBytes: number;
  /** Of one repeat, in products */
  readonly flops: number;
}

/** One measurement. Throws what the process wrote to its standard error when it fails. */
export async function runWorker(mode: string, ...options: readonly string[]): Promise<Measured> {
  const worker = fileURLToPath(new URL('tensor-worker.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', import.meta.resolve('tsx'), worker, mode, ...options]);
  return JSON.parse(stdout) as Measured;
}
