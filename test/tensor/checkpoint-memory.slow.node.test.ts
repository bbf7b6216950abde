import { expect, test } from 'vitest';
import { runWorker } from '../../bench/worker.ts';

// Many layers, so that what is saved is much more than what a busy machine adds because its collector falls behind.
test('training with checkpoints needs much less memory', { timeout: 240_000, retry: 1 }, async () => {
  const options = ['--repeats', '1', '--layers', '12'];
  const [plain, saving] = [await runWorker('train', ...options), await runWorker('train-checkpoint', ...options)];
  expect(saving.peakBytes).toBeLessThan(0.75 * plain.peakBytes);
});
