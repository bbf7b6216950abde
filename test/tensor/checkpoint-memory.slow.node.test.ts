import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const WORKER = fileURLToPath(new URL('../../bench/tensor-worker.ts', import.meta.url));

async function peakBytes(mode: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', import.meta.resolve('tsx'), WORKER, mode, '--repeats', '1']);
  return (JSON.parse(stdout) as { peakBytes: number }).peakBytes;
}

test('training with checkpoints needs much less memory', { timeout: 120_000 }, async () => {
  const [plain, saving] = [await peakBytes('train'), await peakBytes('train-checkpoint')];
  expect(saving).toBeLessThan(0.75 * plain);
});
