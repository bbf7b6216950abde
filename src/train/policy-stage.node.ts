/**
 * Stages that train the policy: embodied pre-training (equation 1, without the action expert), continuous policy (with it), fine-tuning and
 * adaptation are the same program with other data and other parameters trained.
 */
import path from 'node:path';
import type { LoaderDataset } from '../data/loader/config.ts';
import { savePolicy } from '../model/checkpoint.node.ts';
import { isTrained, type Objective, objective, pointingObjective } from '../model/gear-vla.ts';
import type { Processor } from '../model/processor.ts';
import type { ExecutableOptions, Feeds } from '../tensor/compile.ts';
import { graphOf } from '../tensor/graph.ts';
import type { HostTensor } from '../tensor/host.ts';
import { matchesName } from '../tensor/names.ts';
import { add, mul } from '../tensor/ops/arithmetic.ts';
import { adamw } from '../tensor/optimizers/adamw.ts';
import { muon } from '../tensor/optimizers/muon.ts';
import { type ParameterGroup, trainingPrograms } from '../tensor/optimizers/training.ts';
import { type Parameters, parameters } from '../tensor/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { actionBatches } from './action-batches.node.ts';
import type { PolicyStage } from './experiment.ts';
import { type LatentEncoder, type StageSetting, scheduleOf } from './latent-stage.node.ts';
import { samplePredictions } from './predictions.node.ts';
import { QUESTIONS, questionBatches, questionLayout } from './question-batches.node.ts';
import { predictionsSection } from './report-predictions.ts';
import { runStage, trainedValues } from './stage.node.ts';

/** Where and on what a stage runs. */
export interface PolicySetting extends StageSetting {
  /** Of questions */
  readonly questions: readonly LoaderDataset[];
}

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
export async function trainPolicy(setting: PolicySetting, stage: PolicyStage, start: PolicyStart): Promise<boolean> {
  const { folder, engine, datasets, questions, seed, ...telling } = setting;
  const { processor, latents, weights, from } = start;
  const { config, files } = processor;
  const { steps, clipNorm, accumulation = 1, ema, snapshots } = stage;
  const scope = parameters({ seed });
  const { loss, metrics } = stageObjective(scope, stage, processor);
  const groups = groupsOf(scope, stage, processor);
  const training = trainingPrograms({
    ...{ loss, parameters: scope, groups, clipNorm, accumulation, metrics },
    ...(ema !== undefined && { ema }),
  });
  const trained = scope.trainable().map(({ name }) => name);
  // Not every stage reads everything: without the expert nobody asks for a chunk.
  const read = graphOf(training.step).inputs.map(({ name }) => name);
  const augment = stage.augment && defined(stage.augment);
  const { batch, flow, only } = stage;
  const predictions = stage.data && samplePredictions({ datasets, batch, seed, engine, flow, ...(only && { only }) }, processor, latents);
  return runStage(
    {
      folder,
      settings: { stage, model: config, processor: files, datasets, questions, seed, from },
      engine,
      training,
      ...(weights && { initial: weights }),
      steps,
      samplesPerBatch: (stage.data ? stage.batch : 0) + (stage.questions?.batch ?? 0),
      ...telling,
      ...(snapshots !== undefined && { saveEvery: snapshots }),
      ...((predictions || snapshots !== undefined) && {
        sections: async (executable, step) => {
          if (snapshots !== undefined && step % snapshots === 0 && step < steps)
            await savePolicy(snapshotFile(folder, step), processor, await trainedValues(executable, training, trained));
          if (!predictions) return [];
          const samples = await predictions(await trainedValues(executable, training, trained));
          return [predictionsSection(samples, processor.format.vocabulary.codes.slots)];
        },
      }),
      batches: async (first) => {
        const sources = [
          ...(stage.data
            ? [await actionBatches({ datasets, batch, seed, augment, ...(only && { only }) }, processor, latents, first)]
            : []),
          ...(stage.questions
            ? [await questionBatches({ datasets: questions, batch: stage.questions.batch, seed, augment }, processor, first)]
            : []),
        ];
        return {
          async next() {
            const feeds: Feeds = Object.assign({}, ...(await Promise.all(sources.map((source) => source.next()))));
            return Object.fromEntries(read.map((name) => [name, feeds[name] as HostTensor]));
          },
          close: async () => {
            for (const source of sources) await source.close();
          },
        };
      },
    },
    async (executable, done) => {
      if (done) await savePolicy(policyFile(folder), processor, await trainedValues(executable, training, trained));
      return done;
    },
  );
}

/** The sum of what a stage learns from actions and from questions, and its parts: f32 scalars. */
export function stageObjective(
  scope: Parameters,
  { data, batch, flow, only, questions }: PolicyStage,
  processor: Processor,
): { readonly loss: Tensor; readonly metrics: Readonly<Record<string, Tensor>> } {
  const { config, layouts } = processor;
  const learned = (): Objective =>
    only === 'pointing'
      ? pointingObjective(scope, batch, layouts.prompt, config)
      : objective(scope, batch, layouts.sample, config, { chunk: flow });
  const actions = data && learned();
  const asked = questions && objective(scope, questions.batch, questionLayout(processor), config, { prefix: QUESTIONS });
  const losses = [...(actions ? [actions.loss] : []), ...(asked ? [mul(asked.loss, questions.weight)] : [])];
  return {
    loss: losses.reduce(add),
    metrics: {
      ...actions?.parts,
      ...actions?.accuracies,
      ...(asked && { questions: asked.loss, questionAccuracy: asked.accuracies.tokenAccuracy as Tensor }),
    },
  };
}

/** What a finished stage leaves. */
export const policyFile = (folder: string): string => path.join(folder, 'policy.safetensors');

/** The policy after so many updates of a stage that keeps `snapshots`. */
const snapshotFile = (folder: string, step: number): string => path.join(folder, `policy-${step}.safetensors`);

/** Who trains what: Muon the matrices of blocks, AdamW the rest, nobody what is frozen. Throws for a pattern that matches nothing. */
export function groupsOf(
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
