/**
 * Adaptation in a folder: samples are packed, stages follow one another, each from the weights of the one before. What is finished is not
 * done again; what was interrupted goes on to the same bits.
 *
 *   latent/model.safetensors    the latent action tokenizer that was used, so that what comes of it can be adapted in turn
 *   packed/                     the samples of the training episodes
 *   stage-a/, stage-b/          the stages, as those of `gear train` (one-stage/ in the ablation)
 *   policy.safetensors          that of the last stage
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import type { LoaderDataset } from '../data/loader/config.ts';
import { openModel } from '../model/checkpoint.node.ts';
import { type Processor, processor } from '../model/processor.ts';
import type { DimensionStatistics } from '../robot/normalization.ts';
import type { ValueSource } from '../tensor/compile.ts';
import type { Engine } from '../tensor/engine.ts';
import type { HostTensor } from '../tensor/host.ts';
import { type AdaptationPlan, adaptationStages, configWith, ownParameters } from './adaptation.ts';
import { type LatentEncoder, latentFile, openLatentEncoder } from './latent-stage.node.ts';
import { type PackSetting, packDataset } from './pack.node.ts';
import { policyFile, trainPolicy } from './policy-stage.node.ts';
import { seeingOwnStatistics } from './projector-start.ts';
import type { StageProgress } from './stage.node.ts';

/** A checkpoint that is open. */
export interface AdaptStart {
  readonly processor: Processor;
  readonly values: ValueSource;
  /** What the weights and the latent action tokenizer are, such as their SHA-256: others make another run */
  readonly from: string;
  /** File of the latent action tokenizer that the policy was trained with */
  readonly latents: string;
}

/** A robot to learn. */
export interface AdaptTask {
  /** Name of the embodiment */
  readonly robot: string;
  /** Begin anew where the model has the robot's name already, but was never trained with it */
  readonly anew: boolean;
  /** Of the states of its training episodes */
  readonly states: DimensionStatistics;
  /** Training episodes */
  readonly dataset: LoaderDataset;
  /** Every so many moments are packed */
  readonly pack: number;
  readonly plan: AdaptationPlan;
  readonly seed: number;
}

/** Where and how, and whom to tell. */
export interface AdaptOptions {
  /** The folder of the run */
  readonly folder: string;
  readonly engine: Engine;
  /** Updates between two reports; 50 unless given */
  readonly reportEvery?: number;
  /** Threads that pack; one for each core unless given */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  /** Shards that are packed, of all */
  readonly onPacked?: PackSetting['onProgress'];
  readonly onStage?: (name: string) => void;
  readonly onProgress?: (stage: string, progress: StageProgress) => void;
  /** The policy before all stages, called `before`, and after each: to be measured */
  readonly onPolicy?: (name: string, processor: Processor, values: ValueSource) => Promise<void>;
}

/**
 * The file of the adapted policy, or undefined when the signal ended the run before. Throws when the model knows the robot already, when the
 * latent action tokenizer is another than the policy's, and as stages do.
 */
export async function adaptPolicy(start: AdaptStart, task: AdaptTask, options: AdaptOptions): Promise<string | undefined> {
  const { robot, anew, plan, seed } = task;
  const { folder, engine, reportEvery = 50, signal, onStage, onProgress, onPolicy } = options;
  const { files, config } = start.processor;
  const ready = processor(files, configWith(config, robot, anew));
  const own = ownValues(ready, task);
  const newborn: ValueSource = async (variable) => own.get(variable.name) ?? start.values(variable);
  const stages = adaptationStages(plan, ready, [...own.keys()]);
  const latents = await openLatentEncoder(start.latents, plan.batch, engine);
  try {
    requireSameCodes(start.latents, latents, ready);
    await mkdir(path.dirname(latentsIn(folder)), { recursive: true });
    if (!existsSync(latentsIn(folder))) await copyAtomically(start.latents, latentsIn(folder));
    await onPolicy?.('before', ready, newborn);
    const datasets = await packed(start, task, options, ready);
    if (datasets === undefined) return undefined;
    let last: string | undefined;
    for (const stage of stages) {
      onStage?.(stage.name);
      const setting = {
        ...{ folder: path.join(folder, stage.name), engine, datasets, questions: [], seed, reportEvery },
        ...(signal && { signal }),
        onProgress: (progress: StageProgress) => onProgress?.(stage.name, progress),
      };
      const earlier = last === undefined ? undefined : await openModel(last);
      try {
        const from = { processor: ready, latents, weights: earlier?.values ?? newborn, from: start.from };
        if (!(await trainPolicy(setting, stage, from))) return undefined;
      } finally {
        await earlier?.close();
      }
      last = policyFile(setting.folder);
      const { values, close } = await openModel(last);
      await (onPolicy?.(stage.name, ready, values) ?? Promise.resolve()).finally(close);
    }
    await copyAtomically(last as string, policyFile(folder));
    return policyFile(folder);
  } finally {
    await latents.dispose();
  }
}

/** What the robot's own parameters begin with, by name. */
function ownValues(ready: Processor, { robot, states, seed }: AdaptTask): Map<string, HostTensor> {
  const own = new Map(ownParameters(ready, robot, seed).map(({ name, initial }) => [name, initial()]));
  const first = `state_projectors.${robot}.fc1.weight`;
  const drawn = own.get(first);
  return drawn ? own.set(first, seeingOwnStatistics(drawn, ready.files.normalization.state, states)) : own;
}

/** Where a run keeps its latent action tokenizer. */
const latentsIn = (folder: string): string => latentFile(path.join(folder, 'latent'));

/** The training episodes as loaders read them fast; undefined when the signal ended that. */
async function packed(
  { latents }: AdaptStart,
  { dataset, pack }: AdaptTask,
  { folder, workers, signal, onStage, onPacked }: AdaptOptions,
  { config }: Processor,
): Promise<readonly LoaderDataset[] | undefined> {
  onStage?.(`packing ${dataset.name}`);
  const how = { every: pack, viewSize: config.imageSize, steps: config.chunk, latents, workers, signal, onProgress: onPacked };
  const done = await packDataset({ folder: path.join(folder, 'packed'), dataset, ...how }).catch((error: Error) => {
    if (!signal?.aborted) throw error;
    return undefined;
  });
  return done && !signal?.aborted ? [done] : undefined;
}

/** Throws when a tokenizer says other codes than the policy has words for. */
function requireSameCodes(file: string, { config: { codes } }: LatentEncoder, { config }: Processor): void {
  const { latent } = config.vocabulary;
  const different = (['slots', 'transitions', 'groups', 'entries'] as const).find((field) => codes[field] !== latent[field]);
  if (different !== undefined) {
    throw new Error(
      `${file} is the latent action tokenizer of another policy: it has ${codes[different]} ${different}, the model "${config.name}" ${latent[different]}`,
    );
  }
}

/** Copies a file; at any moment `to` is the old file or the new one. */
async function copyAtomically(from: string, to: string): Promise<void> {
  await copyFile(from, `${to}.tmp`);
  await rename(`${to}.tmp`, to);
}
