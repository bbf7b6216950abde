/**
 * What a policy predicts, as it would in use (`model/predict.ts`), of a few samples of the data that it learns from: the first of the mixture,
 * as they are before anything is augmented.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { encodeSmall } from '../data/images.ts';
import type { Batch, Origin } from '../data/loader/batch.ts';
import { createLoader } from '../data/loader/loader.ts';
import { PACKED_INFO } from '../data/packed.ts';
import { type Aim, aimsOfSample } from '../model/pointing.ts';
import { predict, predictionPrograms } from '../model/predict.ts';
import { embodimentFeed, imagesFeed, type Processor, promptFeeds } from '../model/processor.ts';
import { ACTION_DIMS, ARMS, CONTROL_RATE, STATE_DIMS, VIEWS, type View } from '../robot/canonical.ts';
import { normaliseState, unnormaliseActions } from '../robot/normalization.ts';
import { compile } from '../tensor/compile.ts';
import type { Engine } from '../tensor/engine.ts';
import { type HostTensor, hostTensor } from '../tensor/host.ts';
import { parameters } from '../tensor/parameters.ts';
import { normals, randomStream } from '../tensor/random.ts';
import { sizeOf } from '../tensor/shape.ts';
import { actionPrompt } from '../tokens/prompt.ts';
import type { BatchSetting } from './action-batches.node.ts';
import type { LatentEncoder } from './latent-stage.node.ts';
import type { SamplePrediction } from './report-predictions.ts';

/** Of what, and how it is predicted. */
export interface PredictionSetting extends Omit<BatchSetting, 'augment'> {
  readonly engine: Engine;
  /** Whether the action expert is trained: without it no motion is predicted */
  readonly flow: boolean;
}

/** Samples at most */
const SHOWN = 4;
/** Pixels of the longer side of pictures at most, and their JPEG's quality */
const [PIXELS, QUALITY] = [224, 90];

/**
 * A function that predicts with the weights that it is given, by name; what is not among them is at its initial value. The samples are read
 * when it is first called. Noise is drawn from the seed, the same for all samples. Throws as loaders do.
 */
export function samplePredictions(
  setting: PredictionSetting,
  processor: Processor,
  latents: LatentEncoder,
): (weights: ReadonlyMap<string, HostTensor>) => Promise<SamplePrediction[]> {
  let samples: Promise<Sample[]> | undefined;
  return async (weights) => {
    samples ??= firstSamples(setting, processor, latents);
    const all = await samples;
    const predictions = await predicted(all, weights, processor, setting);
    const spoken = processor.config.latentActions !== 'none' && !setting.only;
    const moves = setting.flow && !setting.only;
    return Promise.all(
      all.map(async (sample, i): Promise<SamplePrediction> => {
        const { motion, said, aims } = predictions[i] as Predicted;
        return {
          origin: placeOf(sample.origin),
          instruction: sample.instruction,
          views: await picturesOf(sample, aims, processor),
          recorded: { actions: sample.actions, actionMask: sample.actionMask },
          ...(moves && { predicted: motion }),
          ...(spoken && { latents: { said, recorded: sample.codes } }),
        };
      }),
    );
  };
}

/** A sample as it was recorded: the canonical record, not normalised, and entries of its latent actions. */
interface Sample {
  readonly origin: Origin;
  readonly instruction: string;
  readonly embodiment: string;
  /** u8[V, S, S, 3] */
  readonly images: Uint8Array;
  readonly viewMask: Uint8Array;
  readonly state: Float32Array;
  readonly stateMask: Uint8Array;
  readonly actions: Float32Array;
  readonly actionMask: Uint8Array;
  /** f32[2, V, 2] and bool[2, V] */
  readonly aims: Float32Array;
  readonly aimMask: Uint8Array;
  readonly codes: readonly number[];
}

/** The first samples of the first batch. */
async function firstSamples(
  { datasets, batch, seed }: PredictionSetting,
  { config }: Processor,
  latents: LatentEncoder,
): Promise<Sample[]> {
  const isPacked = datasets.every((dataset) => existsSync(path.join(dataset.path, PACKED_INFO)));
  const samples = { viewSize: config.imageSize, steps: config.chunk, ...(!isPacked && { latent: { size: latents.config.imageSize } }) };
  const loader = await createLoader({ datasets, batchSize: batch, seed, samples }, { workers: 0 });
  const first: Batch = await loader.next().finally(loader.close);
  const codes = first.codes ?? (await latents.encode(first.tensors.latentFrames));
  const { images, viewMask, state, stateMask, actions, actionMask, aims, aimMask } = first.tensors;
  return Array.from({ length: Math.min(SHOWN, batch) }, (_, b) => ({
    origin: first.origins[b] as Origin,
    instruction: first.instructions[b] as string,
    embodiment: first.embodiments[b] as string,
    images: rowOf(images, b) as Uint8Array,
    viewMask: rowOf(viewMask, b) as Uint8Array,
    state: rowOf(state, b) as Float32Array,
    stateMask: rowOf(stateMask, b) as Uint8Array,
    actions: rowOf(actions, b) as Float32Array,
    actionMask: rowOf(actionMask, b) as Uint8Array,
    aims: rowOf(aims, b) as Float32Array,
    aimMask: rowOf(aimMask, b) as Uint8Array,
    codes: Array.from(codes[b] as ArrayLike<number>),
  }));
}

/** A copy of the part of a tensor that is sample b's. */
function rowOf({ shape, data }: HostTensor, b: number): HostTensor['data'] {
  const size = sizeOf(shape.slice(1));
  return data.slice(b * size, (b + 1) * size);
}

/** What comes of a sample: f32[K, 2, ACTION_DIMS] in metres, entries of latent actions, and where it aims. */
interface Predicted {
  readonly motion: Float32Array;
  readonly said: readonly number[];
  readonly aims: readonly Aim[];
}

/** Predicts all samples at once. */
async function predicted(
  samples: readonly Sample[],
  weights: ReadonlyMap<string, HostTensor>,
  { config, files, format, layouts }: Processor,
  { engine, seed }: PredictionSetting,
): Promise<Predicted[]> {
  const count = samples.length;
  const programs = predictionPrograms(parameters({ seed: 0 }), count, layouts.prompt, config);
  const executable = await compile(engine, programs, { initial: ({ name }) => weights.get(name), frozen: true });
  try {
    const stack = (dtype: 'u8' | 'bool' | 'f32', shape: readonly number[], of: (sample: Sample) => ArrayLike<number>): HostTensor =>
      hostTensor(
        dtype,
        [count, ...shape],
        samples.flatMap((sample) => Array.from(of(sample))),
      );
    const prompts = samples.map(({ instruction, viewMask }) => actionPrompt(format, { instruction, views: viewsIn(viewMask) }));
    const chunk = [config.chunk, ARMS.length, ACTION_DIMS];
    const noise = normals(randomStream(seed, 'noise'), sizeOf(chunk));
    const actionMask = stack('bool', chunk, ({ stateMask }) => armsIn(stateMask, config.chunk));
    const side = config.imageSize;
    const images = stack('u8', [VIEWS.length, side, side, 3], (one) => one.images);
    const observation = {
      images: imagesFeed(images, format),
      ...promptFeeds(prompts, format),
      state: stack('f32', [ARMS.length, STATE_DIMS], ({ state, stateMask }) => normaliseState(files.normalization, state, stateMask)),
      stateMask: stack('bool', [ARMS.length, STATE_DIMS], ({ stateMask }) => stateMask),
      embodiment: embodimentFeed(
        samples.map(({ embodiment }) => embodiment),
        config,
      ),
    };
    const { actions, latents, aims } = await predict(
      executable,
      { observation, actionMask, noise: stack('f32', chunk, () => noise) },
      config,
    );
    const motion = unnormaliseActions(files.normalization, actions.data as Float32Array, actionMask.data as Uint8Array);
    const each = sizeOf(chunk);
    return samples.map((sample, i) => ({
      aims: aims ? aimsOfSample(aims, i, layouts.prompt, sample) : [],
      motion: motion.slice(i * each, (i + 1) * each),
      said: [...format.vocabulary.latentEntries(latents[i] as readonly number[])],
    }));
  } finally {
    await executable.dispose();
  }
}

const viewsIn = (viewMask: Uint8Array): View[] => VIEWS.filter((_, slot) => viewMask[slot] === 1);

/** bool[K, 2, ACTION_DIMS]: arms that have a state move at all steps. */
const armsIn = (stateMask: Uint8Array, steps: number): number[] =>
  Array.from({ length: steps * ARMS.length * ACTION_DIMS }, (_, i) => {
    const slot = Math.floor(i / ACTION_DIMS) % ARMS.length;
    return stateMask[slot * STATE_DIMS] as number;
  });

/** `bottle, episode 3, 1.4 s` */
const placeOf = ({ source, episode, moment }: Origin): string => `${source}, episode ${episode}, ${(moment / CONTROL_RATE).toFixed(1)} s`;

/** The views that the policy sees, as `data:` addresses. */
async function picturesOf(
  { images, viewMask, aims, aimMask }: Sample,
  predicted: readonly Aim[],
  { config, format }: Processor,
): Promise<SamplePrediction['views']> {
  const [side, each] = [config.imageSize, 3 * config.imageSize ** 2];
  return Promise.all(
    viewsIn(viewMask)
      .filter((view) => format.views.includes(view))
      .map(async (view) => {
        const slot = VIEWS.indexOf(view);
        const frame = { width: side, height: side, data: images.subarray(slot * each, (slot + 1) * each) };
        const jpeg = await encodeSmall(frame, PIXELS, QUALITY);
        const recorded = ARMS.flatMap((_, arm): [number, number][] => {
          const at = arm * VIEWS.length + slot;
          const [x, y] = [aims[2 * at] as number, aims[2 * at + 1] as number];
          return aimMask[at] === 1 && x >= 0 && x <= 1 && y >= 0 && y <= 1 ? [[x, y]] : [];
        });
        const said = predicted.filter((aim) => aim.view === view && aim.seen > 0.5).map(({ x, y }): [number, number] => [x, y]);
        const pointed = config.pointing > 0 ? { recorded, predicted: said } : { recorded: [], predicted: [] };
        return { view, aims: pointed, picture: `data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}` };
      }),
  );
}
