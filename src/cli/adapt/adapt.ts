/** `gear adapt` */
import path from 'node:path';
import pc from 'picocolors';
import { canonicalStatistics, normalizationOf } from '../../data/normalization.ts';
import type { BoundSource } from '../../data/tracks.ts';
import type { OfflineSettings } from '../../eval/offline-run.ts';
import { asText } from '../../eval/tables.ts';
import type { Processor } from '../../model/processor.ts';
import { openPolicy } from '../../policy/checkpoint.node.ts';
import { readEmbodiment } from '../../robot/embodiments.node.ts';
import { nodeEngine } from '../../tensor/ort.node.ts';
import { type AdaptStart, type AdaptTask, adaptPolicy } from '../../train/adapt.node.ts';
import { configWith, splitEpisodes } from '../../train/adaptation.ts';
import { dataFit, fitWarnings } from '../../train/adaptation-fit.ts';
import type { AdaptCommandOptions } from '../adapt.ts';
import type { Context } from '../context.ts';
import { withDataset } from '../data/open.ts';
import { interruptible } from '../interrupt.ts';
import { progressOf, stageTeller } from '../progress.ts';
import { checkingUsage } from '../usage.ts';
import { identityOf, latentsOf, requireSameRobot, sha256 } from './inputs.ts';
import { type Made, type Measured, readBeforeAfter, withPolicy, writeBeforeAfter } from './measure.ts';
import { beforeAfterTables } from './table.ts';

/** Where the arm of a robot that has one is put, in training and when it is measured */
const SIDE = 'right';

/** Adapts. Ctrl-C ends it after the update in progress; the same command goes on. */
export async function adapt(checkpoint: string, options: AdaptCommandOptions, context: Context): Promise<void> {
  const { data, binding, anew = false, embodiment: file, json } = options;
  const robot = await checkingUsage(() => readEmbodiment(file));
  const latents = await checkingUsage(() => latentsOf(checkpoint, options.latents));
  const identity = { ...(await identityOf(checkpoint)), latents: await sha256(latents) };
  const { processor, values, close } = await openPolicy(checkpoint);
  try {
    await checkingUsage(() => configWith(processor.config, robot.name, anew));
    const { bold, dim } = pc.createColors(context.colors);
    await withDataset(data, binding === undefined ? {} : { binding }, async (_, bound) => {
      requireSameRobot(data, bound, robot, file);
      const prepared = await prepare(identity, processor, bound, options);
      for (const warning of prepared.made.warnings) context.complain(`gear: note that ${warning}\n`);
      const start = { processor, values, latents, from: `${identity.sha256} with latent actions of ${identity.latents}` };
      const { policy, made, measured } = await run(start, { ...prepared, bound }, options, context);
      const note = `${measured.moments} moments of ${made.data.heldOut.length} held-out episodes; means, with 95 % intervals (${measured.intervals})`;
      const text = (): string => `${asText(beforeAfterTables(measured, processor.config.chunk), bold)}\n${dim(note)}\n${policy}\n`;
      context.print(json ? `${JSON.stringify({ policy, made, measured }, null, 2)}\n` : text());
    });
  } finally {
    await close();
  }
}

/** What is done to what, with which settings, and how well the checkpoint fits the data. */
interface Prepared {
  readonly task: AdaptTask;
  readonly settings: OfflineSettings;
  readonly made: Made;
}

async function prepare(
  identity: Made['policy'],
  processor: Processor,
  bound: BoundSource,
  options: AdaptCommandOptions,
): Promise<Prepared> {
  const { data, binding, anew = false, pack, every, seed } = options;
  const { source, embodiment } = bound;
  const { training, heldOut } = splitEpisodes(source.episodes.length, seed);
  const part = { ...bound, episodes: training };
  const robot = embodiment.name;
  const plan = planOf(options);
  const { state: states } = normalizationOf(await canonicalStatistics([part], { steps: 1 }));
  const where = { path: path.resolve(data), ...(binding !== undefined && { binding: path.resolve(binding) }) };
  const fit = await dataFit(part, processor, SIDE);
  const numbers = (positions: readonly number[]): number[] => positions.map((position) => source.episodes[position]?.index as number);
  return {
    task: { ...{ robot, anew, states, pack, plan, seed }, dataset: { name: robot, ...where, episodes: training, side: SIDE } },
    settings: { episodes: heldOut, every, seed, side: SIDE },
    made: {
      policy: identity,
      data: { path: data, robot, training: numbers(training), heldOut: numbers(heldOut) },
      settings: { ...plan, anew, pack, every, seed, side: SIDE },
      ...{ fit, warnings: fitWarnings(fit, processor) },
    },
  };
}

/** Trains and measures. Throws when it is interrupted, too. */
async function run(
  start: AdaptStart,
  { task, settings, made, bound }: Prepared & { readonly bound: BoundSource },
  { out, threads, workers }: AdaptCommandOptions,
  context: Context,
): Promise<{ readonly policy: string; readonly made: Made; readonly measured: Measured }> {
  const engine = nodeEngine({ flushDenormals: true, ...(threads !== undefined && { threads }) });
  const teller = stageTeller(context);
  let measured = await readBeforeAfter(out, made);
  const policy = await interruptible((signal) =>
    adaptPolicy(start, task, {
      ...{ folder: out, engine, signal, ...(workers !== undefined && { workers }) },
      onStage: teller.begin,
      onPacked: progressOf(context, 'shard'),
      onProgress: teller.report,
      onPolicy: async (name, processor, values) => {
        const setting = { engine, bound, settings, signal, onProgress: progressOf(context, 'moments') };
        measured = await withPolicy(measured, name, [processor, values], setting);
        await writeBeforeAfter(out, made, measured);
      },
    }).catch((error: Error) => {
      if (!signal.aborted) throw error;
      return undefined;
    }),
  );
  context.progress('');
  if (policy === undefined || !measured) throw new Error(`interrupted: the same command goes on from what is in ${out}`);
  return { policy, made, measured };
}

const planOf = ({ stepsA, stepsB, learningRateA, learningRateB, oneStage = false, batch }: AdaptCommandOptions): AdaptTask['plan'] => ({
  projector: { steps: stepsA, learningRate: learningRateA },
  endToEnd: { steps: stepsB, learningRate: learningRateB },
  ...{ oneStage, batch },
});
