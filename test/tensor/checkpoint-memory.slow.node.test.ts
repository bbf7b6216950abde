import { expect, test } from 'vitest';
import { runWorker } from '../../bench/worker.ts';

test('training with checkpoints needs much less memory', { timeout: 120_000 }, async () => {
  const [plain, saving] = [await runWorker('train', '--repeats', '1'), await runWorker('train-checkpoint', '--repeats', '1')];
  expect(saving.peakBytes).toBeLessThan(0.75 * plain.peakBytes);
});
