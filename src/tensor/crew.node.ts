/** Work shared out to threads: each gets the next job when it has done one. What comes out must not depend on who does what. */
import os from 'node:os';
import { parentPort } from 'node:worker_threads';
import { startThread } from './threads.node.ts';

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
  /** Jobs that a thread has at the same time; 1 unless given */
  readonly atOnce?: number;
  /** Ends the work after the jobs that are being done */
  readonly signal?: AbortSignal;
}

/** A job on its way to a thread. */
interface Asked<Job> {
  readonly id: number;
  readonly job: Job;
}

/** What a thread answers to a job. */
type Answer<Result> = { readonly id: number } & ({ readonly result: Result } | { readonly error: Error });

/** A thread that does jobs. */
interface JobThread {
  /** Throws what the job throws, and when the thread ends meanwhile. */
  ask<Result>(job: unknown): Promise<Result>;
  close(): void;
}

/**
 * Has jobs done until `next` has none. It is asked by each thread in turn, after `done` with the thread's last result, which may have
 * made new jobs. When a job fails or the signal says so, no more are begun; what is being done is done, and then the error is thrown.
 */
export async function workOff<Job, Result>(
  { source, data, workers = usualWorkers(), atOnce = 1, signal }: CrewOptions,
  next: () => Job | undefined,
  done: (result: Result, job: Job) => void,
): Promise<void> {
  let failed: { readonly error: unknown } | undefined;
  const threads = new Array<JobThread | undefined>(workers);
  async function oneAfterTheOther(thread: number): Promise<void> {
    try {
      while (!failed && !signal?.aborted) {
        const job = next();
        if (job === undefined) break;
        threads[thread] ??= openThread(source, data);
        done(await (threads[thread] as JobThread).ask<Result>(job), job);
      }
    } catch (error) {
      failed ??= { error };
    }
  }
  // Threads take turns, so that each has something to do when there are few jobs.
  await Promise.all(Array.from({ length: workers * atOnce }, (_, i) => oneAfterTheOther(i % workers)));
  for (const thread of threads) thread?.close();
  if (failed) throw failed.error;
  signal?.throwIfAborted();
}

function openThread(source: URL, data: unknown): JobThread {
  const worker = startThread(source, data);
  const asked = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  let [last, ended] = [0, undefined as Error | undefined];
  const end = (error: Error): void => {
    ended ??= new Error(`a thread ended: ${error.message}`, { cause: error });
    for (const { reject } of asked.values()) reject(ended);
    asked.clear();
  };
  worker.on('error', end);
  worker.on('exit', (code) => end(new Error(`exit code ${code}`)));
  worker.on('message', (answer: Answer<unknown>) => {
    const { resolve, reject } = asked.get(answer.id) as NonNullable<ReturnType<typeof asked.get>>;
    asked.delete(answer.id);
    if ('result' in answer) resolve(answer.result);
    else reject(answer.error);
  });
  return {
    ask: <Result>(job: unknown) =>
      new Promise<Result>((resolve, reject) => {
        if (ended) return reject(ended);
        const id = ++last;
        asked.set(id, { resolve: resolve as (result: unknown) => void, reject });
        worker.postMessage({ id, job } satisfies Asked<unknown>);
      }),
    // It ends by itself then. One that is ended from outside, in the middle of a native encoder, takes the process with it.
    close: () => worker.postMessage('close'),
  };
}

/**
 * A thread's side: does the jobs that come until it is told to end; as many at the same time as it is given. Errors begin with the job's
 * name. Throws where there is no one to send any.
 */
export function answerJobs<Job, Result>(work: (job: Job) => Promise<Result>, nameOf: (job: Job) => string): void {
  const port = parentPort;
  if (!port) throw new Error('this file is for a thread: it is started by workOff');
  port.on('message', async (message: Asked<Job> | 'close') => {
    if (message === 'close') {
      port.close();
      return;
    }
    const { id, job } = message;
    try {
      port.postMessage({ id, result: await work(job) } satisfies Answer<Result>);
    } catch (error) {
      port.postMessage({ id, error: new Error(`${nameOf(job)}: ${(error as Error).message}`) } satisfies Answer<Result>);
    }
  });
}
