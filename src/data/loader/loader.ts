/**
 * Batches for training, made ahead of time by worker threads. Batch n goes to worker n mod W and batches are handed out in order, so
 * the stream does not depend on the number of workers, and goes on from any batch: all state is the number of the next one.
 *
 * Back-pressure: a worker gets its next batch to make only when one has been taken, so at most `ahead` batches (fewer if `memory` says
 * so) are being made or waiting.
 */
import { CHUNK_STEPS } from '../../robot/canonical.ts';
import { startThread } from '../../tensor/threads.node.ts';
import { type Batch, batchBytes } from './batch.ts';
import type { LoaderConfig } from './config.ts';
import { type BatchMaker, batchMaker } from './maker.ts';
import type { WorkerData } from './worker.ts';

/** How batches are made; none of this changes what they are. */
export interface LoaderOptions {
  /** Worker threads; 0 makes batches in this thread, when they are asked for. 1 unless given. */
  readonly workers?: number;
  /** Batches being made or waiting; twice the number of workers unless given */
  readonly ahead?: number;
  /** Bytes that these may take together; 1 GiB unless given */
  readonly memory?: number;
  /** Number of the first batch: `Batch.index + 1` of the last one used, to go on with a run. 0 unless given. */
  readonly start?: number;
}

/** An endless stream of batches. */
export interface Loader {
  /** Number of the batch that `next` gives: to be stored with a checkpoint. */
  readonly position: number;
  /** Batches that are being made or waiting */
  readonly pending: number;
  /**
   * The next batch; calls wait for one another. Throws, with dataset, episode and frame, when one of its samples cannot be read;
   * `position` then stays.
   */
  next(): Promise<Batch>;
  /** Ends the workers, each after the batch that it is making. A loader that is not closed keeps the process alive. */
  close(): Promise<void>;
}

/**
 * Starts a loader. Throws when a number makes no sense, when the memory does not hold one batch for each worker, and when the datasets
 * cannot be opened.
 */
export async function createLoader(config: LoaderConfig, options: LoaderOptions = {}): Promise<Loader> {
  const { workers = 1, ahead = 2 * workers, memory = 2 ** 30, start = 0 } = options;
  for (const [name, value, least] of [
    ['workers', workers, 0],
    ['ahead', ahead, workers],
    ['start', start, 0],
  ] as const) {
    if (!(Number.isSafeInteger(value) && value >= least))
      throw new Error(`loader: "${name}" must be a whole number from ${least} up, got ${value}`);
  }
  if (!(memory > 0)) throw new Error(`loader: "memory" must be a number of bytes, got ${memory}`);
  // Opened here as well: what is wrong with a dataset is found before workers start.
  const maker = await batchMaker(config);
  if (workers === 0) return inThisThread(maker, start);
  await maker.close();

  const { samples, batchSize, ranks = 1 } = config;
  const bytes = batchBytes(batchSize / ranks, { steps: CHUNK_STEPS, ...samples });
  const fits = Math.min(ahead, Math.floor(memory / bytes));
  if (fits < workers) {
    throw new Error(
      `loader: ${workers} workers need ${mebibytes(workers * bytes)} MiB for a batch each, but may use ${mebibytes(memory)}; take fewer workers`,
    );
  }
  return withWorkers({ config, meanings: maker.meanings }, { workers, ahead: fits, start });
}

const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);

/** The same function, whose calls begin when the ones before have ended, well or not. */
function inTurn<T>(f: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const result = last.then(f);
    last = result.catch(() => undefined);
    return result;
  };
}

function inThisThread(maker: BatchMaker, start: number): Loader {
  let position = start;
  return {
    get position() {
      return position;
    },
    pending: 0,
    next: inTurn(async () => {
      const batch = await maker.make(position);
      position++;
      return batch;
    }),
    close: () => maker.close(),
  };
}

/** A batch that is being made. */
interface Waiting {
  readonly batch: Promise<Batch>;
  readonly resolve: (batch: Batch) => void;
  readonly reject: (error: Error) => void;
}

function waitFor(): Waiting {
  let [resolve, reject]: [Waiting['resolve'], Waiting['reject']] = [() => undefined, () => undefined];
  const batch = new Promise<Batch>((...settle) => {
    [resolve, reject] = settle;
  });
  // Whoever asks for the batch gets the error; until then it is nobody's.
  batch.catch(() => undefined);
  return { batch, resolve, reject };
}

type Answer = { readonly batch: Batch } | { readonly error: Error };

function withWorkers(
  data: WorkerData,
  { workers: count, ahead, start }: Required<Pick<LoaderOptions, 'workers' | 'ahead' | 'start'>>,
): Loader {
  let [position, ordered, broken] = [start, start, undefined as Error | undefined];
  let closed = false;
  const waiting = new Map<number, Waiting>();

  const workers = Array.from({ length: count }, () => {
    const worker = startThread(new URL('./worker.ts', import.meta.url), data);
    const making: number[] = [];
    worker.on('message', (answer: Answer) => {
      const index = making.shift() as number;
      if ('batch' in answer) waiting.get(index)?.resolve(answer.batch);
      else waiting.get(index)?.reject(answer.error);
    });
    const fail = (error: Error): void => {
      // An error is followed by the end of the thread, which says less.
      broken ??= new Error(`a worker of the loader ended: ${error.message}`, { cause: error });
      for (const { reject } of waiting.values()) reject(broken);
    };
    worker.on('error', fail);
    const ended = new Promise<void>((resolve) => {
      worker.on('exit', (code) => {
        resolve();
        if (!closed) fail(new Error(`exit code ${code}`));
      });
    });
    return { worker, making, ended };
  });

  function order(): void {
    while (ordered < position + ahead) {
      const { worker, making } = workers[ordered % count] as (typeof workers)[number];
      waiting.set(ordered, waitFor());
      making.push(ordered);
      worker.postMessage(ordered++);
    }
  }

  order();
  return {
    get position() {
      return position;
    },
    get pending() {
      return waiting.size;
    },
    next: inTurn(async () => {
      if (broken) throw broken;
      if (closed) throw new Error('the loader has been closed');
      const batch = await (waiting.get(position) as Waiting).batch;
      waiting.delete(position++);
      order();
      return batch;
    }),
    async close() {
      closed = true;
      for (const { worker } of workers) worker.postMessage('close');
      await Promise.all(workers.map(({ ended }) => ended));
    },
  };
}
