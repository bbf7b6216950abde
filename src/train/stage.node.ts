/**
 * A stage of training in a folder of its own:
 *
 *   state.safetensors   everything that changes: weights, moments, the number of the step; with what decides the run as metadata
 *   log.jsonl           a line for each report: the step, losses, the norm of the gradient, speed; those after the last state go when the
 *                       stage goes on
 *   diverged.safetensors  the batch with which the loss or its gradient was not finite, if it ever was
 *
 * A stage that was interrupted goes on from its state, and ends with the same bits as one that was not.
 */
import { appendFileSync, existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { compile, type Executable, type ExecutableOptions, type Feeds, NonFiniteError } from '../tensor/compile.ts';
import type { Engine } from '../tensor/engine.ts';
import { writeFileAtomically } from '../tensor/files.node.ts';
import { type HostTensor, scalarOf } from '../tensor/host.ts';
import type { TrainingPrograms } from '../tensor/optimizers/training.ts';
import { openSafetensors, writeSafetensors } from '../tensor/safetensors.node.ts';
import { loadState, saveState } from '../tensor/state.node.ts';
import { trainLoop } from './loop.ts';
import type { Progress } from './progress.ts';

/** Batches in order, from some number on. */
export interface BatchSource {
  next(): Promise<Feeds>;
  close(): Promise<void>;
}

/** What to train. */
export interface StageOptions {
  readonly folder: string;
  /** JSON of all that decides what comes of it: a stage goes on only with the same */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly engine: Engine;
  readonly training: TrainingPrograms;
  /** Values that variables begin with, those of an earlier stage say; initial values by default */
  readonly initial?: NonNullable<ExecutableOptions['initial']>;
  /** Batches from number `start` on */
  readonly batches: (start: number) => Promise<BatchSource>;
  readonly samplesPerBatch: number;
  /** Updates in all */
  readonly steps: number;
  /** Updates between two states on disk; 500 by default */
  readonly saveEvery?: number;
  readonly reportEvery?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: StageProgress) => void;
}

/** Where a stage stands: means of its outputs since the last report. */
export interface StageProgress extends Progress {
  readonly metrics: Readonly<Record<string, number>>;
}

/** A line of the log. */
export interface LogLine extends StageProgress {
  /** Seconds that this session of the run has trained for */
  readonly seconds: number;
}

const [STATE, LOG, DIVERGED] = ['state.safetensors', 'log.jsonl', 'diverged.safetensors'];

/**
 * Trains a stage to its end, or until `signal`; goes on from where it is. `finish` is given the executable and whether the stage has come to
 * its end. Throws when the folder is of a stage with other settings, naming them, and when the loss diverges, with the file that has the
 * batch.
 */
export async function runStage<T>(
  options: StageOptions,
  finish: (executable: Executable<'step'>, done: boolean) => Promise<T>,
): Promise<T> {
  const {
    folder,
    settings,
    engine,
    training,
    initial,
    steps,
    samplesPerBatch,
    saveEvery = 500,
    reportEvery = 50,
    signal,
    onProgress,
  } = options;
  await mkdir(folder, { recursive: true });
  const [state, log] = [path.join(folder, STATE), path.join(folder, LOG)];
  const resumes = existsSync(state);
  if (resumes) await requireSettings(state, settings);
  const executable = await compile(engine, { step: training.step }, initial && !resumes ? { initial } : {});
  let source: BatchSource | undefined;
  try {
    if (resumes) await loadState(state, executable);
    const counter = `${training.state}.step`;
    const first = scalarOf((await executable.read([counter])).get(counter));
    await keepLines(log, first);
    source = await options.batches(first);
    const batches = source;
    const means = meter();
    const started = performance.now();
    let current: Feeds = {};
    const done = await trainLoop({
      training,
      executable,
      batch: async () => {
        current = await batches.next();
        return current;
      },
      steps,
      samplesPerBatch,
      reportEvery,
      saveEvery,
      ...(signal && { signal }),
      onStep: (_, outputs) => means.add(outputs),
      report: (progress) => {
        const told: StageProgress = { ...progress, metrics: means.take() };
        appendFileSync(log, `${JSON.stringify({ ...told, seconds: (performance.now() - started) / 1000 } satisfies LogLine)}\n`);
        onProgress?.(told);
      },
      save: () => saveState(state, executable, { settings: JSON.stringify(settings) }),
    }).catch(async (error: Error) => {
      if (!(error instanceof NonFiniteError)) throw error;
      const file = path.join(folder, DIVERGED);
      await writeSafetensors(file, { metadata: { settings: JSON.stringify(settings) }, tensors: new Map(Object.entries(current)) });
      throw new Error(`training diverged: ${error.message}. The batch is in ${file}, the last state in ${state}`, { cause: error });
    });
    return await finish(executable, done >= steps);
  } finally {
    await source?.close();
    await executable.dispose();
  }
}

/** Throws unless a state was made with these settings, naming the fields that differ. */
async function requireSettings(state: string, settings: Readonly<Record<string, unknown>>): Promise<void> {
  const reader = await openSafetensors(state);
  await reader.close();
  const before = JSON.parse(reader.metadata.settings ?? '{}') as Record<string, unknown>;
  const now = JSON.parse(JSON.stringify(settings)) as Record<string, unknown>;
  const different = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(now[key]),
  );
  if (different.length > 0) {
    throw new Error(`${state} was made with other settings (${different.join(', ')}): go on with the same, or train in another folder`);
  }
}

/** Keeps the lines of a log up to a step: those after it are of updates that were not kept. */
async function keepLines(log: string, step: number): Promise<void> {
  if (!existsSync(log)) return;
  const lines = (await readFile(log, 'utf8')).split('\n').filter((line) => line !== '');
  const kept = lines.filter((line) => stepOf(line) <= step);
  if (kept.length < lines.length)
    await writeFileAtomically(
      log,
      kept.map((line) => `${line}\n`),
    );
}

/** The step of a line; a line that was cut off when the process was killed is after all others. */
function stepOf(line: string): number {
  try {
    return (JSON.parse(line) as LogLine).step;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Means of scalar outputs. */
function meter(): { add(outputs: Readonly<Record<string, HostTensor>>): void; take(): Record<string, number> } {
  let [sums, count]: [Record<string, number>, number] = [{}, 0];
  return {
    add(outputs) {
      count++;
      for (const [name, value] of Object.entries(outputs)) sums[name] = (sums[name] ?? 0) + scalarOf(value);
    },
    take() {
      const means = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / count]));
      [sums, count] = [{}, 0];
      return means;
    },
  };
}
