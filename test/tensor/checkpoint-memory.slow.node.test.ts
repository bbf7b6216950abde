import { expect, test } from 'vitest';
import { runWorker } from '../../bench/worker.ts';

// The peak is higher when the machine is so busy that the collector falls behind: then it is measured again.
test('training with checkpoints needs much less memory', { timeout: 120_000, retry: 3 }, async () => {
  const [plain, saving] = [await runWorker('train', '--repeats', '1'), await runWorker('train-checkpoint', '--repeats', '1')];
  expect(saving.peakBytes).toBeLessThan(0.75 * plain.peakBytes);
});
