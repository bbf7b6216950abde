/** `gear sim record` */
import { parsePerturbations } from '../../sim/perturbations.ts';
import type { Context } from '../context.ts';
import { interruptible } from '../interrupt.ts';
import type { RecordOptions } from '../sim.ts';
import { checkingUsage } from '../usage.ts';
import { chooseRobot, chooseTasks } from './choose.ts';
import { type RecordingSettings, recordDataset } from './recorder.ts';
import { stagesOf } from './stages.ts';

/** Records demonstrations. Ctrl-C ends it after those that are being made, which are kept. */
export async function record(names: readonly string[], options: RecordOptions, context: Context): Promise<void> {
  const { out, episodes, seed, size, workers, calm = false, keepFailures = false, guides, opening } = options;
  const settings = await checkingUsage((): RecordingSettings => {
    const tasks = chooseTasks(names);
    const robot = chooseRobot(options.robot, tasks);
    const perturb = parsePerturbations(options.perturb);
    const kept = { ...(guides && { guides }), ...(opening !== undefined && { opening }) };
    return { tasks: tasks.map(({ name }) => name), robot, seed, size, perturb, calm, keepFailures, ...kept };
  });
  const report = await interruptible((signal) =>
    recordDataset(out, settings, { episodes, signal, onProgress: stagesOf(context, signal), ...(workers !== undefined && { workers }) }),
  );
  if (options.json) {
    context.print(`${JSON.stringify({ ...report, ...settings }, null, 2)}\n`);
    return;
  }
  const count = (n: number, noun: string): string => `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`;
  const { failed, resumed } = report;
  context.print(
    `${out}: ${count(report.episodes, 'episode')}, ${count(report.frames, 'frame')} of ${count(settings.tasks.length, 'task')}\n`,
  );
  if (resumed > 0) context.print(`${count(resumed, 'demonstration')} of an earlier run ${resumed === 1 ? 'was' : 'were'} used\n`);
  if (failed.length > 0) {
    const named = failed.map(({ task, seed: number }) => `${task} ${number}`).join(', ');
    context.print(
      `the expert failed with ${count(failed.length, 'seed')}, ${keepFailures ? 'which are kept' : 'replaced by later ones'}: ${named}\n`,
    );
  }
}
