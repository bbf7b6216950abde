/** The stage that trains the latent action tokenizer (appendix, figures 5 and 6), and the tokenizer in use. */
import path from 'node:path';
import type { LoaderDataset } from '../data/loader/config.ts';
import { createLoader } from '../data/loader/loader.ts';
import { drawPicks, type LatentActionConfig, latentActionConfig, latentTokenizer, latentTokenizerLoss } from '../model/latent-actions.ts';
import { compile } from '../tensor/compile.ts';
import type { Engine } from '../tensor/engine.ts';
import { type HostTensor, numbers } from '../tensor/host.ts';
import { div } from '../tensor/ops/arithmetic.ts';
import { cast } from '../tensor/ops/cast.ts';
import { slice, squeeze, transpose } from '../tensor/ops/layout.ts';
import { adamw } from '../tensor/optimizers/adamw.ts';
import { cosineSchedule } from '../tensor/optimizers/schedule.ts';
import { trainingPrograms } from '../tensor/optimizers/training.ts';
import { parameters } from '../tensor/parameters.ts';
import { readSafetensors, writeSafetensors } from '../tensor/safetensors.node.ts';
import { input, type Tensor } from '../tensor/tensor.ts';
import type { Experiment } from './experiment.ts';
import { runStage, type StageProgress } from './stage.node.ts';

/** Where and on what a stage runs. */
export interface StageSetting {
  readonly folder: string;
  readonly engine: Engine;
  readonly datasets: readonly LoaderDataset[];
  readonly seed: number;
  /** Updates between two reports */
  readonly reportEvery?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: StageProgress) => void;
}

/** Frames u8[B, F, S, S, 3] as the tokenizer takes them: f32[B, F, 3, S, S] in [0, 1]. */
const videoOf = (frames: Tensor): Tensor => div(transpose(cast(frames, 'f32'), [0, 1, 4, 2, 3]), 255);

const framesInput = (batch: number, { frames, imageSize }: LatentActionConfig): Tensor =>
  input('frames', 'u8', [batch, frames, imageSize, imageSize, 3]);

/** Trains the tokenizer; returns whether it came to its end, with `model.safetensors` in the folder. */
export async function trainLatentTokenizer(
  setting: StageSetting,
  { config, steps, batch, learningRate, warmup }: Experiment['latent'],
): Promise<boolean> {
  const { folder, engine, datasets, seed, ...telling } = setting;
  const scope = parameters({ seed });
  const picks = input('picks', 'i64', [config.codes.groups, config.codes.entries]);
  const real = input('real', 'bool', [batch, config.frames]);
  const { loss, reconstruction, copying, commitment, perplexity, updates } = latentTokenizerLoss(
    scope,
    videoOf(framesInput(batch, config)),
    { picks, real },
    config,
  );
  const group = (i: number): Tensor => squeeze(slice(perplexity, 0, i, i + 1), 0);
  const training = trainingPrograms({
    loss,
    parameters: scope,
    groups: [{ match: '*', optimizer: adamw({ learningRate: scheduleOf({ steps, warmup })(learningRate), weightDecay: 0.01 }) }],
    clipNorm: 1,
    metrics: {
      reconstruction,
      copying,
      commitment,
      ...Object.fromEntries(Array.from({ length: config.codes.groups }, (_, i) => [`perplexity${i}`, group(i)])),
    },
  });
  const step = { ...training.step, updates: new Map([...(training.step.updates ?? []), ...updates]) };
  return runStage(
    {
      folder,
      settings: { latent: { config, steps, batch, learningRate, warmup }, datasets, seed },
      engine,
      training: { ...training, step },
      steps,
      samplesPerBatch: batch,
      ...telling,
      batches: async (start) => {
        const samples = { viewSize: 0, latent: { size: config.imageSize } };
        const loader = await createLoader({ datasets, batchSize: batch, seed, samples }, { start });
        return {
          next: async () => {
            const { tensors, index } = await loader.next();
            return { frames: tensors.latentFrames, real: tensors.latentMask, picks: drawPicks(seed, index, batch, config) };
          },
          close: loader.close,
        };
      },
    },
    async (executable, done) => {
      if (done) {
        const names = Array.from(scope.variables.keys()).filter((name) => !name.startsWith(`${training.state}.`));
        await writeSafetensors(latentFile(folder), {
          metadata: { latent: JSON.stringify(config) },
          tensors: await executable.read(names),
        });
      }
      return done;
    },
  );
}

/** What a finished stage leaves. */
export const latentFile = (folder: string): string => path.join(folder, 'model.safetensors');

/** A cosine after a warm-up; 3 % of the steps unless told otherwise. */
export const scheduleOf = ({
  steps,
  warmup = Math.ceil(0.03 * steps),
}: {
  readonly steps: number;
  readonly warmup?: number | undefined;
}) => {
  return (peak: number) => cosineSchedule(peak, { total: Math.max(steps, warmup + 1), warmup });
};

/** A tokenizer that says the codes of windows. */
export interface LatentEncoder {
  readonly config: LatentActionConfig;
  /** Entries by latent position, of windows u8[B, F, S, S, 3] */
  encode(frames: HostTensor): Promise<Float64Array[]>;
  dispose(): Promise<void>;
}

/** Opens a tokenizer for batches of a size. Throws when the file is none. */
export async function openLatentEncoder(file: string, batch: number, engine: Engine): Promise<LatentEncoder> {
  const { metadata, tensors } = await readSafetensors(file);
  if (metadata.latent === undefined)
    throw new Error(`${file} is no latent action tokenizer: it has no configuration (\`latent\` in its metadata)`);
  const config = latentActionConfig(JSON.parse(metadata.latent));
  const { codes } = latentTokenizer(parameters({ seed: 0 }), videoOf(framesInput(batch, config)), config);
  const initial = ({ name }: { readonly name: string }): HostTensor => tensors.get(name) ?? missing(file, name);
  const executable = await compile(engine, { encode: { outputs: { codes } } }, { initial, frozen: true });
  return {
    config,
    async encode(frames) {
      const all = numbers((await executable.run('encode', { frames })).codes as HostTensor);
      const each = all.length / batch;
      return Array.from({ length: batch }, (_, b) => all.slice(b * each, (b + 1) * each));
    },
    dispose: () => executable.dispose(),
  };
}

function missing(file: string, name: string): never {
  throw new Error(`${file} has no "${name}"`);
}
