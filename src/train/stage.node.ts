/**
 * A stage of training in a folder of its own:
 *
 *   state.safetensors     everything that changes: weights, their averages, moments, the number of the step; as metadata what decides the run
 *                         and the last norms of its gradient
 *   log.jsonl             a line for each report: the step, losses, the norm of the gradient, speed; those after the last state go when the
 *                         stage goes on
 *   sections.json         what the stage itself shows on the page of the run, such as predictions, as of the last state
 *   diverged.safetensors  the batch with which the loss or its gradient was not finite, or with which the gradient began to explode, if it ever
 *                         did, and the parameters with which training stopped (`parameters.<name>`); as metadata the number of the update,
 *                         that of the last update that the parameters have had, and why
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
import { ExplosionError, type ExplosionRule, NO_NORMS, type NormWatch, PARAMETERS, watchNorm } from './divergence.ts';
import { trainLoop } from './loop.ts';
import type { LogLine, StageProgress } from './progress.ts';

export type { LogLine, StageProgress } from './progress.ts';

import { DIVERGED, LOG, SECTIONS, STATE } from './report.node.ts';
import type { ReportSection } from './report.ts';

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
  /** When gradients explode, which ends the stage as what is not finite does */
  readonly explosion?: ExplosionRule;
  /** What to show on the page of the run, such as predictions; asked for when a state has been saved. It must leave the state as it is. */
  readonly sections?: (executable: Executable<'step'>, step: number) => Promise<readonly ReportSection[]>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: StageProgress) => void;
}

/**
 * Trains a stage to its end, or until `signal`; goes on from where it is. `finish` is given the executable and whether the stage has come to
 * its end. Throws when the folder is of a stage with other settings, naming them, and when training diverges, with the file that has the
 * batch; when something cannot be written, the last state is as it was.
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
    explosion,
    sections,
    signal,
    onProgress,
  } = options;
  await mkdir(folder, { recursive: true });
  const [state, log] = [path.join(folder, STATE), path.join(folder, LOG)];
  const resumes = existsSync(state);
  const before = resumes ? await requireSettings(state, settings) : {};
  const { step: update, accumulate } = training;
  const values = initial && !resumes ? { initial } : {};
  const executable: Executable<'step'> = accumulate
    ? await compile(engine, { step: update, accumulate }, values)
    : await compile(engine, { step: update }, values);
  let source: BatchSource | undefined;
  try {
    if (resumes) await loadState(state, executable);
    const counter = `${training.state}.step`;
    const first = scalarOf((await executable.read([counter])).get(counter));
    await keepLines(log, first);
    const begun = training.accumulate ? scalarOf((await executable.read([`${training.state}.parts`])).get(`${training.state}.parts`)) : 0;
    source = await options.batches(first * training.accumulation + begun);
    const batches = source;
    const means = meter();
    const started = performance.now();
    let watch = before.norms === undefined ? NO_NORMS : (JSON.parse(before.norms) as NormWatch);
    // `suspect` is the first batch whose gradient was an outlier, as long as those after it are.
    let [current, suspect, step, saved]: [Feeds, Feeds | undefined, number, number] = [{}, undefined, first, first];
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
      isSound: () => watch.outliers === 0,
      ...(signal && { signal }),
      onStep: (now, outputs) => {
        step = now;
        means.add(outputs);
        suspect = watch.outliers > 0 ? suspect : current;
        watch = watchNorm(watch, scalarOf(outputs.gradientNorm), step, explosion, training.clipNorm);
      },
      report: (progress) => {
        const told: StageProgress = { ...progress, metrics: means.take() };
        appendFileSync(log, `${JSON.stringify({ ...told, seconds: (performance.now() - started) / 1000 } satisfies LogLine)}\n`);
        onProgress?.(told);
      },
      save: async () => {
        await saveState(state, executable, { settings: JSON.stringify(settings), norms: JSON.stringify(watch) });
        saved = step;
        if (sections) await writeFileAtomically(path.join(folder, SECTIONS), [JSON.stringify(await sections(executable, step))]);
      },
    }).catch(async (error: NodeJS.ErrnoException) => {
      const kept = saved > 0 ? `the last state, after update ${saved}, is in ${state}` : 'there is no state yet';
      if (isOfDisk(error)) throw new Error(`training stopped after update ${step}: ${error.message}; ${kept}`, { cause: error });
      const explodes = error instanceof ExplosionError;
      if (!(explodes || error instanceof NonFiniteError)) throw error;
      const file = path.join(folder, DIVERGED);
      const update = explodes ? error.from : step + 1;
      const metadata = { settings: JSON.stringify(settings), update: `${update}`, after: `${step}`, reason: error.message };
      const batch = Object.entries((explodes && suspect) || current);
      await writeSafetensors(file, { metadata, tensors: new Map([...batch, ...(await parametersOf(executable, training))]) });
      throw new Error(`training diverged: ${error.message}. The batch is in ${file}, and ${kept}`, { cause: error });
    });
    return await finish(executable, done >= steps);
  } finally {
    await source?.close();
    await executable.dispose();
  }
}

/** Values of parameters after training, by name: their averages where averages are kept. */
export async function trainedValues(
  executable: Pick<Executable, 'read'>,
  { averages }: Pick<TrainingPrograms, 'averages'>,
  names: readonly string[],
): Promise<Map<string, HostTensor>> {
  const values = await executable.read(names.map((name) => averages.get(name) ?? name));
  return new Map(names.map((name) => [name, values.get(averages.get(name) ?? name) as HostTensor]));
}

/** Values of all variables but the optimisers', as they are stored beside a batch. */
async function parametersOf(executable: Executable<'step'>, { state }: TrainingPrograms): Promise<[string, HostTensor][]> {
  const names = executable.variables.map(({ name }) => name).filter((name) => !name.startsWith(`${state}.`));
  return Array.from(await executable.read(names), ([name, value]) => [PARAMETERS + name, value]);
}

/** Whether something could not be written, or read, for want of room or of rights. */
const isOfDisk = ({ code, cause }: NodeJS.ErrnoException): boolean =>
  ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EACCES', 'EIO'].includes(code ?? (cause as NodeJS.ErrnoException | undefined)?.code ?? '');

/** The metadata of a state. Throws unless it was made with these settings, naming the fields that differ. */
async function requireSettings(state: string, settings: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, string>>> {
  const { metadata, close } = await openSafetensors(state);
  await close();
  const before = JSON.parse(metadata.settings ?? '{}') as Record<string, unknown>;
  const now = JSON.parse(JSON.stringify(settings)) as Record<string, unknown>;
  const different = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(now[key]),
  );
  if (different.length > 0) {
    throw new Error(`${state} was made with other settings (${different.join(', ')}): go on with the same, or train in another folder`);
  }
  return metadata;
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
