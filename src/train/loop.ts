/** The loop around a training program: batches in, updates done, progress told, checkpoints kept. */
import type { Executable, Feeds } from '../tensor/compile.ts';
import { flopsOf } from '../tensor/flops.ts';
import { type HostTensor, scalarOf } from '../tensor/host.ts';
import type { TrainingPrograms } from '../tensor/optimizers/training.ts';
import type { Progress } from './progress.ts';

/** What to run, for how long, and whom to tell. */
export interface LoopOptions {
  /** What to run: its `step` and, with accumulation, `accumulate` are among the programs of `executable`. */
  readonly training: TrainingPrograms;
  readonly executable: Executable<'step'> | Executable<'step' | 'accumulate'>;
  /** Batch `index` of the run. It must depend on nothing else, so that a resumed run sees what an uninterrupted one would. */
  readonly batch: (index: number) => Feeds | Promise<Feeds>;
  /** Updates in all, those of earlier sessions of the run included. */
  readonly steps: number;
  readonly samplesPerBatch: number;
  /** Called every `reportEvery` updates and after the last. */
  readonly report: (progress: Progress) => void;
  readonly reportEvery?: number;
  /** Called every `saveEvery` updates, after the last, and when the run is stopped. */
  readonly save?: (step: number) => Promise<void>;
  readonly saveEvery?: number;
  /** Whether the state may take the place of the one before it: saving waits until it may, but not beyond the last update. Always by default. */
  readonly isSound?: () => boolean;
  /** Stops the run after the update in progress. */
  readonly signal?: AbortSignal;
  /** Called after every update with what the program returned. */
  readonly onStep?: (step: number, outputs: Readonly<Record<string, HostTensor>>) => void;
}

/**
 * Trains until `steps` updates are done or `signal` is aborted; returns the number of updates done. It begins where the state of
 * the executable says the run is, in the middle of an update if need be, so resuming is: load the state, call this again.
 */
export async function trainLoop({
  training,
  executable,
  batch,
  steps,
  samplesPerBatch,
  report,
  reportEvery = 50,
  save,
  saveEvery = Number.POSITIVE_INFINITY,
  isSound = () => true,
  signal,
  onStep,
}: LoopOptions): Promise<number> {
  const { accumulation } = training;
  const flopsPerBatch = flopsOf(training.step);
  const first = await numberIn(executable, `${training.state}.step`);
  const begun = accumulation > 1 ? await numberIn(executable, `${training.state}.parts`) : 0;
  if (begun >= accumulation) throw new Error(`an update was begun with ${begun} batches, but updates are to have ${accumulation}`);
  const started = performance.now();
  let reported = { step: first, time: started };
  let step = first;
  let [saved, isDue] = [first, false];
  const keep = async (): Promise<void> => {
    if (save && saved !== step) await save(step);
    [saved, isDue] = [step, false];
  };
  while (step < steps && !signal?.aborted) {
    for (let part = step === first ? begun : 0; part < accumulation - 1; part++) {
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
    isDue ||= step % saveEvery === 0;
    if (isDue && isSound()) await keep();
  }
  if (step >= steps || isSound()) await keep();
  return step;
}

/** The value of a variable that holds one number. */
const numberIn = async (executable: Executable, name: string): Promise<number> => scalarOf((await executable.read([name])).get(name));
