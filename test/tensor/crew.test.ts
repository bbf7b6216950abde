import { expect, test, vi } from 'vitest';
import { type CrewOptions, workOff } from '../../src/tensor/crew.node.ts';
import type { Done } from './crew-worker.ts';

// Threads load the sources for themselves.
vi.setConfig({ testTimeout: 30_000 });

const source = new URL('./crew-worker.ts', import.meta.url);

/** Has numbers squared. */
async function square(jobs: readonly number[], options: Omit<CrewOptions, 'source'>): Promise<Map<number, Done>> {
  const found = new Map<number, Done>();
  let begun = 0;
  await workOff<number, Done>(
    { source, ...options },
    () => jobs[begun++],
    (done, job) => found.set(job, done),
  );
  return found;
}

const numbers = Array.from({ length: 12 }, (_, i) => i);

test('each job is done once, by as many threads as there are, as many at a time as each may have', async () => {
  const found = await square(numbers, { workers: 2, atOnce: 3 });
  expect([...found.keys()].sort((a, b) => a - b)).toEqual(numbers);
  for (const [job, done] of found) expect(done.square).toBe(job * job);
  expect(new Set([...found.values()].map(({ thread }) => thread)).size).toBe(2);
  expect(Math.max(...[...found.values()].map(({ atOnce }) => atOnce))).toBe(3);
});

test('few jobs are shared out, and none at all start no thread', async () => {
  const found = await square([1, 2], { workers: 2, atOnce: 8 });
  expect(new Set([...found.values()].map(({ thread }) => thread)).size).toBe(2);
  expect(await square([], {})).toEqual(new Map());
});

test('a job that fails ends the work, after what is being done', async () => {
  let done = 0;
  let begun = 0;
  const work = workOff<number, Done>(
    { source, data: 2, workers: 1, atOnce: 2 },
    () => (begun < 100 ? begun++ : undefined),
    () => done++,
  );
  await expect(work).rejects.toThrow('job 2: not this one');
  expect(begun).toBeLessThanOrEqual(6);
  expect(done).toBe(begun - 1);
});

test('a thread that ends is an error, for all that it was doing', async () => {
  await expect(square([1, -1, 3, 4, 5], { workers: 1, atOnce: 3 })).rejects.toThrow('a thread ended: exit code 3');
});

test('a signal ends the work after what is being done', async () => {
  const controller = new AbortController();
  const found: number[] = [];
  const work = workOff<number, Done>(
    { source, workers: 1, signal: controller.signal },
    () => found.length,
    (_, job) => {
      found.push(job);
      if (job === 2) controller.abort(new Error('enough'));
    },
  );
  await expect(work).rejects.toThrow('enough');
  expect(found).toEqual([0, 1, 2]);
});
