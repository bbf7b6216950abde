/** Predictions for several episodes that go on at the same time, in batches as full as there are episodes to fill them. */
import type { Policy, PolicyChunk, PolicyObservation } from '../policy/policy.ts';

/** Asks for a chunk, and waits until enough others have asked. */
export type Predict = (observation: PolicyObservation) => Promise<PolicyChunk>;

/** Somebody who waits for a chunk. */
interface Waiting {
  readonly observation: PolicyObservation;
  resolve(chunk: PolicyChunk): void;
  reject(error: unknown): void;
}

/**
 * A function that runs work which asks a policy for chunks. A batch is predicted when it is full, or when all work that is going on waits
 * for a chunk: so more work at a time than the policy's batch keeps batches full. What comes out does not depend on who was together with
 * whom, since a policy predicts for each observation by itself.
 */
export function predictTogether({
  batch,
  predict,
}: Pick<Policy, 'batch' | 'predict'>): <T>(work: (predict: Predict) => Promise<T>) => Promise<T> {
  let going = 0;
  let waiting: Waiting[] = [];

  async function predictFor(some: readonly Waiting[]): Promise<void> {
    try {
      const chunks = await predict(some.map(({ observation }) => observation));
      for (const [i, { resolve }] of some.entries()) resolve(chunks[i] as PolicyChunk);
    } catch (error) {
      // One by one, so that only the one at fault is told.
      if (some.length > 1) for (const one of some) await predictFor([one]);
      else some[0]?.reject(error);
    }
  }

  function sendBatch(): void {
    const some = waiting.slice(0, batch);
    waiting = waiting.slice(batch);
    void predictFor(some);
  }

  /** Those that are not full wait for a turn of the event loop, in which other work may begin. */
  function sendBatches(): void {
    while (waiting.length >= batch) sendBatch();
    if (waiting.length > 0 && waiting.length === going) {
      setImmediate(() => {
        if (waiting.length > 0 && waiting.length === going) sendBatch();
      });
    }
  }

  return async (work) => {
    going++;
    try {
      return await work(
        (observation) =>
          new Promise((resolve, reject) => {
            waiting.push({ observation, resolve, reject });
            sendBatches();
          }),
      );
    } finally {
      going--;
      sendBatches();
    }
  };
}
