/** `gear demo` */
import { existsSync } from 'node:fs';
import os from 'node:os';
import pc from 'picocolors';
import { refusal } from '../../eval/abilities.ts';
import { type EvaluationSettings, machine } from '../../eval/evaluation.ts';
import { liveMemory } from '../../eval/live.ts';
import { ofOneRobot } from '../../eval/report.ts';
import { runTrials } from '../../eval/run.ts';
import { asText, suiteOf, tablesOf } from '../../eval/tables.ts';
import { NOMINAL, type Trial, trialsOf } from '../../eval/trial.ts';
import { openPolicy } from '../../policy/checkpoint.node.ts';
import { SUITES } from '../../sim/tasks/task.ts';
import { taskNamed } from '../../sim/tasks/tasks.ts';
import { formatDuration } from '../../train/progress.ts';
import type { Context } from '../context.ts';
import type { DemoOptions } from '../demo.ts';
import { settingsOf } from '../eval/choose.ts';
import { checkPolicy, type FoundPolicy, findPolicy } from '../eval/policy.ts';
import { writeReport } from '../eval/report.ts';
import { interruptible } from '../interrupt.ts';
import { packageInfo } from '../package.ts';
import { checkPlace } from '../sim/place.ts';
import { checkingUsage } from '../usage.ts';
import { openDisplay } from './display.ts';
import { SHIPPED_POLICY } from './shipped.ts';

/** How the policy acts: as `gear eval` does, but with fewer episodes at the same time, so that some end while others go on */
const ACTING = { replan: 10, batch: 4 } as const;
/** Pixels of a side of the live picture: a cell of the terminal shows two */
const LIVE_SIZE = 48;
/** Seconds that a control step takes a core: physics, its share of a prediction, and for a video pictures besides */
const STEP_SECONDS = { trial: 0.004, film: 0.016 } as const;
/** Seconds before the first trial begins: threads load the sources, the policy is compiled */
const START_SECONDS = 4;

/** Evaluates a slice of every suite that the policy can do, and writes the page. Throws when there is nothing that it can do. */
export async function demo(options: DemoOptions, context: Context): Promise<void> {
  const { policy: name, suites = SUITES.join(','), trials, out, workers = os.availableParallelism() } = options;
  const asked = { suite: suites, perturb: NOMINAL, trials, ...ACTING };
  await checkingUsage(async () => {
    settingsOf(asked);
    await checkPlace(out, 'a page', ['.html']);
  });
  if (name === SHIPPED_POLICY && !existsSync(name)) {
    throw new Error(`the shipped policy ${name} is not there: name another with --policy, or see the scripted one with --policy expert`);
  }
  const policy = await findPolicy(name, ACTING);
  const { settings, notices } = await possible(policy, settingsOf(asked, policy.robots));
  await checkPolicy(policy, settings);
  for (const notice of notices) context.print(`${notice}\n`);
  const todo = trialsOf(settings);
  const count = new Set(settings.tasks.map((task) => suiteOf({ task }))).size;
  const about = formatDuration(estimate(todo, workers));
  context.print(
    `${policy.name}: ${todo.length} episodes of ${settings.tasks.length} tasks in ${count === 1 ? 'one suite' : `${count} suites`}; ` +
      `about ${about} min on ${workers === 1 ? 'one thread' : `${workers} threads`} of a quiet machine\n`,
  );
  const begun = performance.now();
  const command = ['gear demo', ...(name === SHIPPED_POLICY ? [] : ['--policy', name]), '--suites', suites, '--trials', trials].join(' ');
  const { results, films } = await interruptible(async (signal) => {
    const results = await watched(policy, todo, { workers, signal }, context);
    const made = { version: packageInfo().version, date: new Date().toISOString(), machine: machine(), policy: policy.identity };
    const films = await writeReport(out, policy, { ...made, settings, results }, { command, notices, workers, signal }, context);
    return { results, films };
  });
  const { bold, dim, green } = pc.createColors(context.colors);
  const seconds = formatDuration((performance.now() - begun) / 1000);
  const tables = tablesOf(ofOneRobot(results), { name: policy.name }).filter(({ title }) => !title.startsWith('Grasping'));
  context.print(`\n${asText(tables, bold)}\n`);
  context.print(`${dim(`${results.length} episodes in ${seconds}; per cent, with 95 % intervals (Wilson)`)}\n`);
  context.print(`${green(out)} shows how, with ${films} video${films === 1 ? '' : 's'}: open it in a browser\n`);
}

/** What the policy can do of what is asked, and what it cannot, in words. Throws when that is all. */
async function possible(
  { source }: FoundPolicy,
  settings: EvaluationSettings,
): Promise<{ settings: EvaluationSettings; notices: string[] }> {
  if (typeof source === 'string') return { settings, notices: [] };
  const { processor, close } = await openPolicy(source.checkpoint);
  await close();
  const refused = new Map<string, string>();
  for (const trial of trialsOf(settings)) {
    const why = refused.has(trial.task) ? undefined : await refusal(processor, trial);
    if (why !== undefined) refused.set(trial.task, why);
  }
  const tasks = settings.tasks.filter((task) => !refused.has(task));
  const notices = [...new Set([...refused.keys()].map((task) => suiteOf({ task })))].map((suite) => {
    const own = [...refused].filter(([task]) => suiteOf({ task }) === suite);
    return `Left out is what this policy cannot do: ${own.length === 1 ? 'a task' : `${own.length} tasks`} of ${suite}: ${own[0]?.[1]}`;
  });
  if (tasks.length === 0) throw new Error(`${source.checkpoint} can do nothing of what is asked: ${notices.join('; ')}`);
  const needed = new Set(trialsOf({ ...settings, tasks, trials: 1 }).map(({ robot }) => robot));
  return { settings: { ...settings, tasks, robots: settings.robots.filter((robot) => needed.has(robot)) }, notices };
}

/** Seconds that all will take if every episode goes on to its limit, with videos of two successes and two failures of each suite. */
function estimate(trials: readonly Trial[], workers: number): number {
  const steps = trials.map(({ task }) => taskNamed(task).steps);
  const total = steps.reduce((sum, own) => sum + own, 0);
  const films = Math.min(trials.length, 4 * new Set(trials.map(suiteOf)).size);
  const work = total * STEP_SECONDS.trial + (films / trials.length) * total * STEP_SECONDS.film;
  return 2 * START_SECONDS + work / workers;
}

/** Does trials, with a display of them. */
async function watched(
  policy: FoundPolicy,
  trials: readonly Trial[],
  { workers, signal }: { readonly workers: number; readonly signal: AbortSignal },
  context: Context,
) {
  const live = liveMemory(LIVE_SIZE);
  const display = openDisplay(trials, live, context);
  try {
    return await runTrials(
      policy.source,
      trials.map((trial) => ({ trial })),
      { workers, signal, live, onResult: display.add },
    );
  } finally {
    display.close();
  }
}
