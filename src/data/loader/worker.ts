/** A worker thread of the loader: opens the datasets for itself and makes the batches it is told to. */
import { parentPort, workerData } from 'node:worker_threads';
import { transferables } from './batch.ts';
import type { LoaderConfig } from './config.ts';
import { batchMaker, type Meanings } from './maker.ts';

/** What a worker is started with. */
export interface WorkerData {
  readonly config: LoaderConfig;
  readonly meanings: Meanings;
}

const port = parentPort;
if (!port) throw new Error('this file is a worker of the loader, started by loader.ts');
const { config, meanings } = workerData as WorkerData;
const maker = batchMaker(config, meanings);
// Its error is the answer to the first batch.
maker.catch(() => undefined);

let last: Promise<void> = Promise.resolve();
let closing = false;
port.on('message', (message: number | 'close') => {
  if (message === 'close') {
    closing = true;
    last = last.then(close);
  } else {
    last = last.then(() => answer(message));
  }
});

/** Makes a batch, one after the other: samples that are being made share the videos that are open. */
async function answer(index: number): Promise<void> {
  if (closing) return;
  try {
    const batch = await (await maker).make(index);
    port?.postMessage({ batch }, transferables(batch));
  } catch (error) {
    port?.postMessage({ error });
  }
}

/** The thread ends by itself then. One that is ended from outside, in the middle of a native decoder, takes the process with it. */
async function close(): Promise<void> {
  await (await maker.catch(() => undefined))?.close();
  port?.close();
}
