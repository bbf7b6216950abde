/** `gear train` */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { KINDS } from '../../sim/reasoning/sample.ts';
import { nodeEngine } from '../../tensor/ort.node.ts';
import { trainExperiment } from '../../train/experiment.node.ts';
import type { Experiment } from '../../train/experiment.ts';
import { keepOrigin } from '../../train/report.node.ts';
import type { Context } from '../context.ts';
import { interruptible } from '../interrupt.ts';
import { progressOf, stageTeller } from '../progress.ts';
import { chooseTasks } from '../sim/choose.ts';
import { depthDataset } from '../sim/depth-maker.ts';
import { chooseKinds } from '../sim/reason.ts';
import { reasonDataset } from '../sim/reasoner.ts';
import { recordDataset } from '../sim/recorder.ts';
import { stagesOf } from '../sim/stages.ts';
import type { TrainCommandOptions } from '../train.ts';
import { checkingUsage } from '../usage.ts';
import { readExperiment } from './config.ts';
import { livePage, originOf } from './page.ts';

/** Trains. Ctrl-C ends it after the update in progress; the same command goes on. */
export async function train(config: string, options: TrainCommandOptions, context: Context): Promise<void> {
  const experiment = await checkingUsage(() => readExperiment(config, options.set));
  const { out, data = path.join(out, 'data'), threads, workers, json } = options;
  const engine = nodeEngine({ flushDenormals: true, ...(threads !== undefined && { threads }) });
  const [teller, page] = [stageTeller(context), livePage(out, context)];
  let shards = progressOf(context, 'shard');
  const policy = await interruptible(async (signal) => {
    await recordWhatIsMissing(experiment, data, context, signal, workers);
    await mkdir(out, { recursive: true });
    await keepOrigin(out, originOf(experiment));
    const policy = await trainExperiment(experiment, {
      folder: out,
      data,
      engine,
      ...(workers !== undefined && { workers }),
      signal,
      onStage: (name) => {
        shards = progressOf(context, 'shard');
        teller.begin(name);
      },
      onPacked: (done, all) => shards(done, all),
      onProgress: (stage, progress) => {
        teller.report(stage, progress);
        page.update();
      },
    });
    if (policy !== undefined) page.update();
    return policy;
  }).finally(page.settle);
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
  const usual = { signal, onProgress: stagesOf(context, signal), ...(workers !== undefined && { workers }) };
  for (const [name, { path: where = name, record, reason, depth, guide }] of Object.entries(datasets)) {
    const target = path.resolve(data, where);
    if (existsSync(target)) continue;
    if (reason) {
      const { samples, kinds, seed, size = model.imageSize } = reason;
      const settings = { split: 'training', kinds: kinds ? chooseKinds(kinds) : KINDS, size, seed } as const;
      await reasonDataset(target, settings, { samples, ...usual });
      continue;
    }
    if (depth) {
      const { moments, tasks, robots, seed, size = model.imageSize } = depth;
      await depthDataset(target, { tasks: chooseTasks(tasks).map((task) => task.name), robots, size, seed }, { moments, ...usual });
      continue;
    }
    if (!record) throw new Error(`there is no dataset "${name}" at ${target}: say where datasets are with --data`);
    const { tasks, robot, episodes, seed, opening, size = model.imageSize } = record;
    await recordDataset(
      target,
      {
        tasks: chooseTasks(tasks).map((task) => task.name),
        robot,
        seed,
        size,
        perturb: [],
        calm: false,
        keepFailures: false,
        ...(guide && { guides: true }),
        ...(opening !== undefined && { opening }),
      },
      { episodes, ...usual },
    );
  }
}
