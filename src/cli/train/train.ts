/** `gear train` */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { nodeEngine } from '../../tensor/ort.node.ts';
import { trainExperiment } from '../../train/experiment.node.ts';
import type { Experiment } from '../../train/experiment.ts';
import { formatProgress } from '../../train/progress.ts';
import type { Context } from '../context.ts';
import { interruptible } from '../interrupt.ts';
import { chooseTasks } from '../sim/choose.ts';
import { recordDataset } from '../sim/recorder.ts';
import { stagesOf } from '../sim/stages.ts';
import type { TrainCommandOptions } from '../train.ts';
import { checkingUsage } from '../usage.ts';
import { readExperiment } from './config.ts';

/** Trains. Ctrl-C ends it after the update in progress; the same command goes on. */
export async function train(config: string, options: TrainCommandOptions, context: Context): Promise<void> {
  const experiment = await checkingUsage(() => readExperiment(config));
  const { out, data = path.join(out, 'data'), threads, workers, json } = options;
  const engine = nodeEngine({ flushDenormals: true, ...(threads !== undefined && { threads }) });
  const policy = await interruptible(async (signal) => {
    await recordWhatIsMissing(experiment, data, context, signal, workers);
    return trainExperiment(experiment, {
      folder: out,
      data,
      engine,
      signal,
      onStage: (name) => context.progress(`${name} …`),
      onProgress: (stage, progress) => {
        const { loss: _, ...metrics } = progress.metrics;
        const parts = Object.entries(metrics).map(([name, value]) => `${name} ${value.toFixed(3)}`);
        context.progress(`${stage}: ${formatProgress(progress)}  ${parts.join('  ')}`);
      },
    });
  });
  context.progress('');
  if (policy === undefined) throw new Error(`interrupted: the same command goes on from what is in ${out}`);
  context.print(json ? `${JSON.stringify({ policy, experiment: experiment.name })}\n` : `${policy}\n`);
}

/** Records the demonstrations that the experiment wants and that are not there. */
async function recordWhatIsMissing(
  { data: datasets, model }: Experiment,
  data: string,
  context: Context,
  signal: AbortSignal,
  workers: number | undefined,
): Promise<void> {
  for (const [name, { path: where = name, record }] of Object.entries(datasets)) {
    const target = path.resolve(data, where);
    if (existsSync(target)) continue;
    if (!record) throw new Error(`there is no dataset "${name}" at ${target}: say where datasets are with --data`);
    const { tasks, robot, episodes, seed, size = model.imageSize } = record;
    await recordDataset(
      target,
      { tasks: chooseTasks(tasks).map((task) => task.name), robot, seed, size, perturb: [], calm: false, keepFailures: false },
      { episodes, signal, onProgress: stagesOf(context, signal), ...(workers !== undefined && { workers }) },
    );
  }
}
