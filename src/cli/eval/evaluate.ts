/** `gear eval` */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import {
  type EvaluationFile,
  type EvaluationSettings,
  firstDifference,
  formatShare,
  sharesBy,
  suiteOf,
  type Trial,
  type TrialResult,
  trialsOf,
} from '../../eval/evaluation.ts';
import { openPolicy } from '../../policy/checkpoint.node.ts';
import { parsePerturbations } from '../../sim/perturbations.ts';
import { writeFileAtomically } from '../../tensor/files.node.ts';
import type { Context } from '../context.ts';
import { workOff } from '../crew.ts';
import type { EvalOptions } from '../eval.ts';
import { interruptible } from '../interrupt.ts';
import { packageInfo } from '../package.ts';
import { progressOf } from '../progress.ts';
import { chooseRobot, chooseTasks } from '../sim/choose.ts';
import { checkingUsage } from '../usage.ts';
import type { EvalWorkerData } from './worker.ts';

/** Evaluates. Ctrl-C ends it after the episodes that are going on; nothing is written then. */
export async function evaluate(policy: string, options: EvalOptions, context: Context): Promise<void> {
  const before = options.replay === undefined ? undefined : await readEvaluation(options.replay);
  const settings = before?.settings ?? (await checkingUsage(() => settingsOf(options)));
  const identity = await identify(policy, settings);
  if (before && JSON.stringify(checksum(before.policy)) !== JSON.stringify(checksum(identity))) {
    context.complain(`gear: ${options.replay} is of another policy (SHA-256 ${checksum(before.policy)}): it may well do otherwise\n`);
  }
  const results = await interruptible((signal) => runTrials(policy, settings, options, context, signal));
  const file: EvaluationFile = { format: 'gear-vla evaluation 1', version: packageInfo().version, policy: identity, settings, results };
  if (options.out !== undefined) await writeFileAtomically(options.out, [`${JSON.stringify(file, null, 1)}\n`]);
  context.print(options.json ? `${JSON.stringify(file)}\n` : table(results));
  const difference = before && firstDifference(before.results, results);
  if (difference !== undefined) throw new Error(`${options.replay} does not repeat: ${difference}`);
}

function settingsOf({ suite, robot, perturb, trials, seed, replan, batch }: EvalOptions): EvaluationSettings {
  const tasks = chooseTasks(suite.split(','));
  return {
    tasks: tasks.map(({ name }) => name),
    robot: chooseRobot(robot, tasks),
    trials,
    seed,
    perturb: parsePerturbations(perturb),
    replan,
    batch,
  };
}

/** The evaluation in a file. Throws when it is none. */
async function readEvaluation(file: string): Promise<EvaluationFile> {
  const read = JSON.parse(await readFile(file, 'utf8')) as Partial<EvaluationFile>;
  if (read.format !== 'gear-vla evaluation 1') throw new Error(`${file} is no evaluation of gear eval`);
  return read as EvaluationFile;
}

/** What is evaluated. Throws when it is no policy, and when it does not know the robot or chunks are shorter than what is carried out. */
async function identify(policy: string, { robot, replan }: EvaluationSettings): Promise<EvaluationFile['policy']> {
  if (policy === 'expert') return 'expert';
  const { processor, close } = await openPolicy(policy);
  await close();
  const { name, chunk, embodiment } = processor.config;
  if (!embodiment.names.includes(robot)) {
    throw new Error(`${policy} knows no embodiment "${robot}"; it knows ${embodiment.names.join(', ')}`);
  }
  if (replan > chunk)
    throw new Error(`${policy} predicts ${chunk} steps at a time, so no more can be carried out than these, not ${replan}`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(policy), hash);
  return { file: policy, sha256: hash.digest('hex'), model: name };
}

const checksum = (policy: EvaluationFile['policy']): string => (policy === 'expert' ? 'expert' : policy.sha256);

/** Does all trials. What comes of them does not depend on who does what. */
async function runTrials(
  policy: string,
  settings: EvaluationSettings,
  { workers }: EvalOptions,
  context: Context,
  signal: AbortSignal,
): Promise<TrialResult[]> {
  const jobs = trialsOf(settings);
  const all = jobs.flat();
  const { robot, perturb, replan, batch } = settings;
  const data: EvalWorkerData = { settings: { robot, perturb, replan }, batch, ...(policy !== 'expert' && { policy }) };
  const found = new Map<string, TrialResult>();
  const report = progressOf(context, 'trials');
  await workOff<Trial[], TrialResult[]>(
    { source: new URL('./worker.ts', import.meta.url), data, signal, ...(workers !== undefined && { workers }) },
    () => jobs.shift(),
    (results) => {
      for (const result of results) found.set(`${result.task} ${result.seed}`, result);
      report(found.size, all.length);
    },
  );
  return all.map(({ task, seed }) => found.get(`${task} ${seed}`) as TrialResult);
}

/** Success by task and by suite, in percent with 95 % intervals. */
function table(results: readonly TrialResult[]): string {
  const rows: (readonly [string, string])[] = [];
  const bySuite = sharesBy(results, suiteOf);
  for (const [suite, share] of bySuite) {
    rows.push([suite, `${formatShare(share)}  ${share.successes} of ${share.trials}`]);
    const own = results.filter((result) => suiteOf(result) === suite);
    for (const [task, each] of sharesBy(own, (trial) => trial.task)) {
      rows.push([`  ${task.slice(suite.length + 1)}`, `${formatShare(each)}  ${each.successes} of ${each.trials}`]);
    }
  }
  const mean = [...bySuite.values()].reduce((sum, { value }) => sum + value, 0) / bySuite.size;
  if (bySuite.size > 1) rows.push(['mean of suites', (100 * mean).toFixed(1)]);
  const width = Math.max(...rows.map(([name]) => name.length));
  return `success in percent, 95 % intervals (Wilson)\n${rows.map(([name, text]) => `${name.padEnd(width)}  ${text}\n`).join('')}`;
}
