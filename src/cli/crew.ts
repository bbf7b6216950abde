/** Work shared out to threads: each gets the next job when it has done its last one. What comes out must not depend on who does what. */
import os from 'node:os';
import { parentPort, type Worker } from 'node:worker_threads';
import { startThread } from '../tensor/threads.node.ts';

/** Threads unless told otherwise: one for each core that this process may use. */
const usualWorkers = (): number => os.availableParallelism();

/** Who does the work. */
export interface CrewOptions {
  /** The `.ts` file that a thread runs, which calls `answerJobs` */
  readonly source: URL;
  /** What it is started with */
  readonly data?: unknown;
  /** Threads at most; they are started when there is something to do. `usualWorkers()` unless given. */
  readonly workers?: number;
  /** Ends the work after the jobs that are being done */
  readonly signal?: AbortSignal;
}

/** What a thread answers to a job. */
type Answer<Result> = { readonly result: Result } | { readonly error: Error };

/**
 * Has jobs done until `next` has none. It is asked by each thread in turn, after `done` with the thread's last result, which may have
 * made new jobs. When a job fails or the signal says so, no more are begun; what is being done is done, and then the error is thrown.
 */
export async function workOff<Job, Result>(
  { source, data, workers = usualWorkers(), signal }: CrewOptions,
  next: () => Job | undefined,
  done: (result: Result, job: Job) => void,
): Promise<void> {
  let failed: { readonly error: unknown } | undefined;
  async function thread(): Promise<void> {
    let worker: Worker | undefined;
    try {
      while (!failed && !signal?.aborted) {
        const job = next();
        if (job === undefined) break;
        worker ??= startThread(source, data);
        done(await ask<Result>(worker, job), job);
      }
    } catch (error) {
      failed ??= { error };
    } finally {
      // It ends by itself then. One that is ended from outside, in the middle of a native encoder, takes the process with it.
      worker?.postMessage('close');
    }
  }
  await Promise.all(Array.from({ length: workers }, thread));
  if (failed) throw failed.error;
  signal?.throwIfAborted();
}

/** Sends a job and waits for the answer. Throws what the job throws, and when the thread ends meanwhile. */
function ask<Result>(worker: Worker, job: unknown): Promise<Result> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(new Error(`a thread ended: ${error.message}`, { cause: error }));
    const ended = (code: number): void => fail(new Error(`exit code ${code}`));
    worker.once('error', fail);
    worker.once('exit', ended);
    worker.once('message', (answer: Answer<Result>) => {
      worker.off('error', fail);
      worker.off('exit', ended);
      if ('result' in answer) resolve(answer.result);
      else reject(answer.error);
    });
    worker.postMessage({ job });
  });
}

/**
 * A thread's side: does the jobs that come, one after the other, until it is told to end. Errors begin with the job's name. Throws where
 * there is no one to send any.
 */
export function answerJobs<Job, Result>(work: (job: Job) => Promise<Result>, nameOf: (job: Job) => string): void {
  const port = parentPort;
  if (!port) throw new Error('this file is for a thread: it is started by workOff');
  port.on('message', async (message: { job: Job } | 'close') => {
    if (message === 'close') {
      port.close();
      return;
    }
    try {
      port.postMessage({ result: await work(message.job) } satisfies Answer<Result>);
    } catch (error) {
      port.postMessage({ error: new Error(`${nameOf(message.job)}: ${(error as Error).message}`) } satisfies Answer<Result>);
    }
  });
}
