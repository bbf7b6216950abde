/** `gear eval` */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import pc from 'picocolors';
import { type EvaluationFile, type EvaluationSettings, keyOf, machine, writeEvaluation } from '../../eval/evaluation.ts';
import { wilson } from '../../eval/intervals.ts';
import { filmTrials, type RunOptions, runTrials } from '../../eval/run.ts';
import { asMarkdown, asText, type Table, tablesOf } from '../../eval/tables.ts';
import { type Trial, type TrialResult, trialsOf } from '../../eval/trial.ts';
import { filmsOf } from '../../eval/video.ts';
import { writeFileAtomically } from '../../tensor/files.node.ts';
import { formatDuration } from '../../train/progress.ts';
import type { Context } from '../context.ts';
import type { EvalOptions } from '../eval.ts';
import { interruptible } from '../interrupt.ts';
import { packageInfo } from '../package.ts';
import { progressOf } from '../progress.ts';
import { checkPlace } from '../sim/place.ts';
import { workOn } from '../sim/unfinished.ts';
import { checkingUsage } from '../usage.ts';
import { settingsOf } from './choose.ts';
import { openJournal } from './journal.ts';
import { checkPolicy, type FoundPolicy, findPolicy } from './policy.ts';
import { replay } from './replay.ts';
import { writeReport } from './report.ts';

/** What may be said beside `--replay` */
const BESIDE_REPLAY = ['replay', 'workers', 'json'];

/** Evaluates, or does an evaluation again. `given` are the options that somebody gave. Ctrl-C ends it after the trials that are going on. */
export async function evaluate(
  policy: string | undefined,
  options: EvalOptions,
  given: readonly string[],
  context: Context,
): Promise<void> {
  const { replay: file } = options;
  if (file === undefined) return anew(policy, options, context);
  await checkingUsage(() => {
    const other = given.find((name) => !BESIDE_REPLAY.includes(name));
    if (other !== undefined)
      throw new Error(`--replay does what ${file} says: leave out --${other.replace(/[A-Z]/g, '-$&').toLowerCase()}`);
  });
  await replay(file, policy, options, context);
}

async function anew(name: string | undefined, options: EvalOptions, context: Context): Promise<void> {
  await checkingUsage(async () => {
    if (name === undefined) throw new Error('what is to be evaluated? a checkpoint, expert, random or still');
    settingsOf(options);
    if (options.out !== undefined) await checkPlace(options.out, 'an evaluation', ['.json']);
    if (options.markdown !== undefined) await checkPlace(options.markdown, 'a file of tables', ['.md']);
    if (options.report !== undefined) await checkPlace(options.report, 'a page', ['.html']);
  });
  const { out, videos } = options;
  if (out !== undefined && existsSync(out)) {
    throw new Error(`${out} is there already: choose another name, or do it again with --replay ${out}`);
  }
  const policy = await findPolicy(name as string, options);
  const settings = settingsOf(options, policy.robots);
  await checkPolicy(policy, settings);
  if (videos !== undefined) await mkdir(videos, { recursive: true });
  const begun = performance.now();
  const { evaluation, resumed } = await interruptible(async (signal) => {
    const done = await evaluateInto(out, policy, settings, { ...options, signal }, context);
    const { report, workers } = options;
    if (report !== undefined) {
      const command = commandOf(name as string, options);
      await writeReport(report, policy, done.evaluation, { command, signal, ...(workers !== undefined && { workers }) }, context);
    }
    return done;
  });
  const tables = tablesOf(evaluation.results, { name: policy.name, ...(options.perTask && { perTask: true }) });
  if (options.markdown !== undefined) await writeFileAtomically(options.markdown, [asMarkdown(tables)]);
  const seconds = (performance.now() - begun) / 1000;
  context.print(options.json ? asJson(evaluation, tables, seconds) : asReport(evaluation, tables, { seconds, resumed }, context));
}

/** Does the trials that are not done yet, and the videos, and writes the file. */
async function evaluateInto(
  out: string | undefined,
  policy: FoundPolicy,
  settings: EvaluationSettings,
  options: RunOptions & Pick<EvalOptions, 'videos'>,
  context: Context,
): Promise<{ evaluation: Omit<EvaluationFile, 'format'>; resumed: number }> {
  const trials = trialsOf(settings);
  const made = { version: packageInfo().version, machine: machine(), policy: policy.identity };
  const finish = async (before: readonly TrialResult[], add: (result: TrialResult) => void) => {
    const results = await resume(policy, trials, before, add, options, context);
    if (options.videos !== undefined) await film(policy, results, options.videos, options, context);
    return { evaluation: { ...made, date: new Date().toISOString(), settings, results }, resumed: before.length };
  };
  if (out === undefined) return finish([], () => undefined);
  const work = { target: out, settings: { ...made, ...settings }, wanted: `${trials.length} trials` };
  return workOn(work, async (folder, isDone) => {
    const journal = openJournal(path.join(folder, 'trials.jsonl'));
    let done = journal.results.length;
    isDone(done);
    const finished = await finish(journal.results, (result) => {
      journal.add(result);
      isDone(++done);
    });
    await writeEvaluation(out, finished.evaluation);
    return finished;
  });
}

/** All results, in the order of the trials. */
async function resume(
  { source }: FoundPolicy,
  trials: readonly Trial[],
  before: readonly TrialResult[],
  add: (result: TrialResult) => void,
  { workers, signal }: RunOptions,
  context: Context,
): Promise<TrialResult[]> {
  const known = new Map(before.map((result) => [keyOf(result), result]));
  const todo = trials.filter((trial) => !known.has(keyOf(trial)));
  const report = progressOf(context, 'trials', before.length);
  report(before.length, trials.length);
  await runTrials(
    source,
    todo.map((trial) => ({ trial })),
    {
      ...(workers !== undefined && { workers }),
      ...(signal && { signal }),
      onResult(result) {
        add(result);
        known.set(keyOf(result), result);
        report(known.size, trials.length);
      },
    },
  );
  return trials.map((trial) => known.get(keyOf(trial)) as TrialResult);
}

async function film(
  { source, imageSize }: FoundPolicy,
  results: readonly TrialResult[],
  folder: string,
  { workers, signal }: RunOptions,
  context: Context,
): Promise<void> {
  const films = filmsOf(results, folder, 2 * imageSize);
  const report = progressOf(context, 'videos');
  let done = 0;
  await filmTrials(source, films, {
    ...(workers !== undefined && { workers }),
    ...(signal && { signal }),
    onResult: () => report(++done, films.length),
  });
}

/** What gives the same numbers on the command line. */
const commandOf = (name: string, { suite, robot, perturb, trials, seed, replan, batch }: EvalOptions): string =>
  Object.entries({ suite, robot, perturb, trials, seed, replan, batch })
    .filter(([, value]) => value !== undefined)
    .reduce((line, [option, value]) => `${line} --${option} ${value}`, `gear eval ${name}`);

const successes = (results: readonly TrialResult[]): number => results.filter(({ success }) => success).length;

const asJson = (evaluation: Omit<EvaluationFile, 'format'>, tables: readonly Table[], seconds: number): string => {
  const { results, ...made } = evaluation;
  return `${JSON.stringify({ ...made, seconds, success: wilson(successes(results), results.length), tables, results }, null, 2)}\n`;
};

function asReport(
  { results }: Pick<EvaluationFile, 'results'>,
  tables: readonly Table[],
  { seconds, resumed }: { seconds: number; resumed: number },
  { colors }: Context,
): string {
  const { bold, dim } = pc.createColors(colors);
  const earlier = resumed > 0 ? `, and ${resumed} of an earlier run` : '';
  const note = `${results.length - resumed} trials in ${formatDuration(seconds)}${earlier}; per cent, with 95 % intervals (Wilson)`;
  return `${asText(tables, bold)}\n${dim(note)}\n`;
}
