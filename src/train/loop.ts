/** The loop around a training program: batches in, updates done, progress told, checkpoints kept. */
import type { Executable, Feeds } from '../tensor/compile.ts';
import { type HostTensor, scalarOf } from '../tensor/host.ts';
import type { Progress } from './progress.ts';

/** Where the training programs keep their count of updates: see `trainingPrograms`. */
const STEP = 'optimizer.step';

/** What to run, for how long, and whom to tell. */
export interface LoopOptions {
  /** Has the programs `step` and, with accumulation, `accumulate`. */
  readonly executable: Executable<'step'> | Executable<'step' | 'accumulate'>;
  /** Batch `index` of the run. It must depend on nothing else, so that a resumed run sees what an uninterrupted one would. */
  readonly batch: (index: number) => Feeds | Promise<Feeds>;
  /** Updates in all, those of earlier sessions of the run included. */
  readonly steps: number;
  /** Batches per update; 1 by default. */
  readonly accumulation?: number;
  readonly samplesPerBatch: number;
  /** Floating-point operations per batch, for the progress report. */
  readonly flopsPerBatch: number;
  /** Called every `reportEvery` updates and after the last. */
  readonly report: (progress: Progress) => void;
  readonly reportEvery?: number;
  /** Called every `saveEvery` updates, after the last, and when the run is stopped. */
  readonly save?: (step: number) => Promise<void>;
  readonly saveEvery?: number;
  /** Stops the run after the update in progress. */
  readonly signal?: AbortSignal;
  /** Called after every update with what the program returned. */
  readonly onStep?: (step: number, outputs: Readonly<Record<string, HostTensor>>) => void;
}

/**
 * Trains until `steps` updates are done or `signal` is aborted; returns the number of updates done. It begins where the state of
 * the executable says the run is, so resuming is: load the state, call this again.
 */
export async function trainLoop({
  executable,
  batch,
  steps,
  accumulation = 1,
  samplesPerBatch,
  flopsPerBatch,
  report,
  reportEvery = 50,
  save,
  saveEvery = Number.POSITIVE_INFINITY,
  signal,
  onStep,
}: LoopOptions): Promise<number> {
  const first = await updatesDone(executable);
  const started = performance.now();
  let reported = { step: first, time: started };
  let step = first;
  let saved = first;
  const keep = async (): Promise<void> => {
    if (save && saved !== step) await save(step);
    saved = step;
  };
  while (step < steps && !signal?.aborted) {
    for (let part = 0; part < accumulation - 1; part++) {
      await (executable as Executable).run('accumulate', await batch(step * accumulation + part));
    }
    const outputs = await executable.run('step', await batch((step + 1) * accumulation - 1));
    step++;
    onStep?.(step, outputs);
    if (step % reportEvery === 0 || step === steps) {
      const now = performance.now();
      const batchesPerSecond = ((step - reported.step) * accumulation * 1000) / (now - reported.time);
      report({
        step,
        steps,
        loss: scalarOf(outputs.loss),
        samplesPerSecond: batchesPerSecond * samplesPerBatch,
        gigaflops: (batchesPerSecond * flopsPerBatch) / 1e9,
        secondsLeft: ((steps - step) * (now - started)) / 1000 / (step - first),
      });
      reported = { step, time: now };
    }
    if (step % saveEvery === 0) await keep();
  }
  await keep();
  return step;
}

/** Updates that the state of an executable has behind it. */
async function updatesDone(executable: Executable): Promise<number> {
  return scalarOf((await executable.read([STEP])).get(STEP));
}
