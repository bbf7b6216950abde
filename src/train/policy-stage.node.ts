/**
 * Stages that train the policy: embodied pre-training (equation 1, without the action expert), continuous policy (with it), fine-tuning and
 * adaptation are the same program with other data and other parameters trained.
 */
import path from 'node:path';
import { createLoader } from '../data/loader/loader.ts';
import { savePolicy } from '../model/checkpoint.node.ts';
import { isTrained, objective } from '../model/gear-vla.ts';
import type { Processor } from '../model/processor.ts';
import type { ExecutableOptions } from '../tensor/compile.ts';
import { graphOf } from '../tensor/graph.ts';
import type { HostTensor } from '../tensor/host.ts';
import { matchesName } from '../tensor/names.ts';
import { adamw } from '../tensor/optimizers/adamw.ts';
import { muon } from '../tensor/optimizers/muon.ts';
import { type ParameterGroup, trainingPrograms } from '../tensor/optimizers/training.ts';
import { type Parameters, parameters } from '../tensor/parameters.ts';
import { actionFeeds } from './action-feeds.ts';
import type { PolicyStage } from './experiment.ts';
import { type LatentEncoder, type StageSetting, scheduleOf } from './latent-stage.node.ts';
import { runStage } from './stage.node.ts';

/** What a stage begins with. */
export interface PolicyStart {
  readonly processor: Processor;
  readonly latents: LatentEncoder;
  /** Weights; initial values unless given */
  readonly weights?: NonNullable<ExecutableOptions['initial']>;
  /** What the weights are, for the settings: another start makes another run */
  readonly from?: string;
}

/** Matrices of blocks: what Muon is for. Embeddings, projections in and out, and vectors are AdamW's. */
const BLOCKS = /\b(layers|blocks|frame_blocks|global_blocks)\.\d+\..*\.weight$/;

/** Trains a stage; returns whether it came to its end, with `policy.safetensors` in the folder. */
export async function trainPolicy(setting: StageSetting, stage: PolicyStage, start: PolicyStart): Promise<boolean> {
  const { folder, engine, datasets, seed, ...telling } = setting;
  const { processor, latents, weights, from } = start;
  const { config, files, layouts } = processor;
  const { batch, steps, clipNorm, flow, augment } = stage;
  const scope = parameters({ seed });
  const { loss, parts } = objective(scope, batch, layouts.sample, config, { chunk: flow });
  const training = trainingPrograms({ loss, parameters: scope, groups: groupsOf(scope, stage, processor), clipNorm, metrics: parts });
  const trained = scope.trainable().map(({ name }) => name);
  // Not every stage reads everything: without the expert nobody asks for a chunk.
  const read = graphOf(training.step).inputs.map(({ name }) => name);
  return runStage(
    {
      folder,
      settings: { stage, model: config, processor: files, datasets, seed, from },
      engine,
      training,
      ...(weights && { initial: weights }),
      steps,
      samplesPerBatch: batch,
      ...telling,
      batches: async (first) => {
        const samples = {
          viewSize: config.imageSize,
          steps: config.chunk,
          latent: { size: latents.config.imageSize },
          ...(augment && { augment: defined(augment) }),
          ...(stage.side && { side: stage.side }),
        };
        const loader = await createLoader(
          { datasets, batchSize: batch, seed, samples, normalization: files.normalization },
          { start: first },
        );
        return {
          next: async () => {
            const made = await loader.next();
            const { feeds } = actionFeeds(made, await latents.encode(made.tensors.latentFrames), processor, seed);
            return Object.fromEntries(read.map((name) => [name, feeds[name] as HostTensor]));
          },
          close: loader.close,
        };
      },
    },
    async (executable, done) => {
      if (done) await savePolicy(policyFile(folder), processor, await executable.read(trained));
      return done;
    },
  );
}

/** What a finished stage leaves. */
export const policyFile = (folder: string): string => path.join(folder, 'policy.safetensors');

/** Who trains what: Muon the matrices of blocks, AdamW the rest, nobody what is frozen. Throws for a pattern that matches nothing. */
function groupsOf(
  scope: Parameters,
  { train, muon: muonRate, learningRate, steps, warmup }: PolicyStage,
  { config }: Processor,
): ParameterGroup[] {
  const schedule = scheduleOf({ steps, warmup });
  const idle = train?.find((pattern) => !scope.trainable().some(({ name }) => matchesName(pattern, name)));
  if (idle !== undefined) throw new Error(`"${idle}" is to be trained, but the model "${config.name}" has no parameter of such a name`);
  const frozen = scope
    .trainable()
    .filter(({ name }) => !isTrained(name, config) || (train && !train.some((pattern) => matchesName(pattern, name))))
    .map(({ name }): ParameterGroup => ({ match: name, optimizer: 'frozen' }));
  const matrices = muonRate === undefined ? [] : scope.trainable().filter(({ name, shape }) => shape.length === 2 && BLOCKS.test(name));
  return [
    ...frozen,
    ...matrices.map(
      ({ name }): ParameterGroup => ({ match: name, optimizer: muon({ learningRate: schedule(muonRate as number), weightDecay: 0 }) }),
    ),
    { match: '*', optimizer: adamw({ learningRate: schedule(learningRate), weightDecay: 0 }) },
  ];
}

/** A record without the fields that are undefined. */
function defined<T extends object>(record: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as never;
}
