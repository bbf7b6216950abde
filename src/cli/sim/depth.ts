/** `gear sim depth` */
import { readPosedViews } from '../../data/posed-views.ts';
import type { Context } from '../context.ts';
import { interruptible } from '../interrupt.ts';
import type { DepthCommandOptions } from '../sim.ts';
import { checkingUsage } from '../usage.ts';
import { chooseTasks } from './choose.ts';
import { depthDataset } from './depth-maker.ts';
import { stagesOf } from './stages.ts';

/** Makes posed views. Ctrl-C ends it after the scenes that are being looked at, which are kept. */
export async function depth(tasks: readonly string[], options: DepthCommandOptions, context: Context): Promise<void> {
  const { out, moments, robots, size, seed, workers } = options;
  const settings = await checkingUsage(() => ({
    tasks: chooseTasks(tasks).map(({ name }) => name),
    robots: robots.split(',').map((name) => name.trim()),
    size,
    seed,
  }));
  const { resumed } = await interruptible((signal) =>
    depthDataset(out, settings, { moments, signal, onProgress: stagesOf(context, signal), ...(workers !== undefined && { workers }) }),
  );
  const { views, images } = await readPosedViews(out);
  const report = { root: out, moments: images.shape[0], views, size, seed, resumed };
  if (options.json) context.print(`${JSON.stringify(report, null, 2)}\n`);
  else context.print(`${out}: ${report.moments} moments with ${views.join(', ')}${resumed > 0 ? `, ${resumed} of an earlier run` : ''}\n`);
}
