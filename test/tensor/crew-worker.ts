/** A thread for `crew.test.ts`: waits a little, and says how many jobs it has at the same time. */
import { threadId, workerData } from 'node:worker_threads';
import { answerJobs } from '../../src/tensor/crew.node.ts';

/** What it answers. */
export interface Done {
  readonly square: number;
  readonly thread: number;
  readonly atOnce: number;
}

let going = 0;

answerJobs(
  async (job: number): Promise<Done> => {
    going++;
    const atOnce = going;
    await new Promise((resolve) => setTimeout(resolve, 5));
    going--;
    if (job === workerData) throw new Error('not this one');
    if (job === -1) process.exit(3);
    return { square: job * job, thread: threadId, atOnce };
  },
  (job) => `job ${job}`,
);
