/**
 * The stage that pre-trains the 3D encoder where there is no VGGT to start from: depth and cameras of posed views, with VGGT's heads and losses
 * (`model/geometry/`). The heads are of no further use; the encoder is what the policy begins with.
 */
import path from 'node:path';
import { CAMERA_DIMS, momentOf, readPosedViews } from '../data/posed-views.ts';
import type { ModelConfig } from '../model/config.ts';
import { cameraLoss, depthLoss, type GeometryTargets } from '../model/geometry/losses.ts';
import { type GeometryConfig, type SceneGeometry, vggt } from '../model/geometry.ts';
import { compile, type Feeds } from '../tensor/compile.ts';
import type { HostTensor } from '../tensor/host.ts';
import { add, div } from '../tensor/ops/arithmetic.ts';
import { cast } from '../tensor/ops/cast.ts';
import { greater } from '../tensor/ops/compare.ts';
import { transpose } from '../tensor/ops/layout.ts';
import { adamw } from '../tensor/optimizers/adamw.ts';
import { trainingPrograms } from '../tensor/optimizers/training.ts';
import { type Parameters, parameters } from '../tensor/parameters.ts';
import { randomStream } from '../tensor/random.ts';
import { readSafetensors, writeSafetensors } from '../tensor/safetensors.node.ts';
import { input, type Tensor } from '../tensor/tensor.ts';
import type { Experiment } from './experiment.ts';
import { baselineOf, momentFeeds, stackFeeds } from './geometry-moments.ts';
import { type StageSetting, scheduleOf } from './latent-stage.node.ts';
import { geometrySection, type HeldOut, type ViewPrediction } from './report-geometry.node.ts';
import { runStage, trainedValues } from './stage.node.ts';

/** Where it runs, and the folder of posed views. */
export interface GeometrySetting extends Omit<StageSetting, 'datasets'> {
  readonly data: string;
}

type GeometryStage = NonNullable<Experiment['geometry']>;

/** One moment of so many is not trained on, and errors are told of these */
const HELD_OUT = 20;
/** Moments that errors are told of, and that are shown, at most */
const [MEASURED, SHOWN] = [64, 3];

/** Trains the encoder of a model; returns whether it came to its end, with `model.safetensors` in the folder. */
export async function trainGeometry(setting: GeometrySetting, stage: GeometryStage, model: ModelConfig): Promise<boolean> {
  const { folder, engine, data, seed, ...telling } = setting;
  const { steps, batch, learningRate, warmup, camera, depthHead } = stage;
  const config = configOf(model, { camera, depthHead });
  const all = await readPosedViews(data);
  const [count, views, size] = all.images.shape as [number, number, number];
  if (size !== model.imageSize) throw new Error(`${data} has views of ${size} pixels, but the model has ${model.imageSize}`);
  const moments = Array.from({ length: count }, (_, i) => momentFeeds(momentOf(all, i)));
  const [measured, trained] = [moments.filter((_, i) => i % HELD_OUT === 0), moments.filter((_, i) => i % HELD_OUT !== 0)];
  if (trained.length === 0) throw new Error(`${data} has one moment: expected two at least, of which one is held out`);

  const scope = parameters({ seed });
  const { seen, targets } = networkOf(scope, batch, views, size, config);
  const losses = { camera: cameraLoss(seen.poses, targets), depth: depthLoss(seen.depth as NonNullable<SceneGeometry['depth']>, targets) };
  const training = trainingPrograms({
    loss: add(losses.camera, losses.depth),
    parameters: scope,
    groups: [{ match: '*', optimizer: adamw({ learningRate: scheduleOf({ steps, warmup })(learningRate), weightDecay: 0.05 }) }],
    clipNorm: 1,
    metrics: losses,
  });
  const names = scope.trainable().map(({ name }) => name);
  const heldOut = measured.slice(0, MEASURED);
  return runStage(
    {
      folder,
      settings: { geometry: stage, encoder: config, data, moments: count, seed },
      engine,
      training,
      steps,
      samplesPerBatch: batch,
      ...telling,
      batches: async (start) => {
        let n = start;
        return {
          next: async () => {
            const random = randomStream(seed, `posed views ${n++}`);
            return stackFeeds(Array.from({ length: batch }, () => trained[random.integer(trained.length)] as Feeds));
          },
          close: async () => {},
        };
      },
      sections: async (executable) => {
        const weights = await trainedValues(executable, training, names);
        const found = await predicted(setting, heldOut, weights, config, [views, size]);
        return [await geometrySection(found, baselineOf(trained), SHOWN)];
      },
    },
    async (executable, done) => {
      if (done) {
        await writeSafetensors(geometryFile(folder), {
          metadata: { geometry: JSON.stringify(config) },
          tensors: await trainedValues(executable, training, names),
        });
      }
      return done;
    },
  );
}

/** What a finished stage leaves. */
export const geometryFile = (folder: string): string => path.join(folder, 'model.safetensors');

/** Weights of the encoder that a stage left, by their names in the policy, for those variables that it has them of. */
export async function readEncoder(folder: string): Promise<(variable: { readonly name: string }) => HostTensor | undefined> {
  const { tensors } = await readSafetensors(geometryFile(folder));
  return ({ name }) => (name.startsWith('aggregator.') ? tensors.get(name) : undefined);
}

/** The encoder of a model with heads: that of depth reads four layers, as evenly apart as there are. */
function configOf(
  { geometry: { encoder } }: ModelConfig,
  { camera, depthHead }: Pick<GeometryStage, 'camera' | 'depthHead'>,
): GeometryConfig {
  const layers = [1, 2, 3, 4].map((quarter) => Math.max(0, Math.round((quarter * encoder.depth) / 4) - 1));
  return { ...encoder, camera, depthHead: { ...depthHead, layers: layers as [number, number, number, number] } };
}

/** The network over its inputs, named like the parts of posed views, and what it is to find. */
function networkOf(
  scope: Parameters,
  batch: number,
  views: number,
  size: number,
  config: GeometryConfig,
): { readonly seen: SceneGeometry; readonly targets: GeometryTargets } {
  const images = input('images', 'u8', [batch, views, size, size, 3]);
  const there = input('there', 'f32', [batch, views]);
  const pixels = div(transpose(cast(images, 'f32'), [0, 1, 4, 2, 3]), 255);
  const seen = vggt(scope, pixels, config, { real: greater(there, 0) });
  const maps = (name: string): Tensor => input(name, 'f32', [batch, views, size, size]);
  return {
    seen,
    targets: { depth: maps('depth'), valid: maps('valid'), cameras: input('cameras', 'f32', [batch, views, CAMERA_DIMS]), there },
  };
}

/** What the network finds in moments, one after the other, beside what is there. */
async function predicted(
  { engine }: Pick<GeometrySetting, 'engine'>,
  moments: readonly Feeds[],
  weights: ReadonlyMap<string, HostTensor>,
  config: GeometryConfig,
  [views, size]: readonly [number, number],
): Promise<HeldOut[]> {
  const { seen } = networkOf(parameters({ seed: 0 }), 1, views, size, config);
  const outputs = { depth: (seen.depth as NonNullable<SceneGeometry['depth']>).depth, camera: seen.poses.at(-1) as Tensor };
  const executable = await compile(engine, { find: { outputs } }, { initial: ({ name }) => weights.get(name), frozen: true });
  try {
    const all: HeldOut[] = [];
    for (const moment of moments) {
      const { images, there } = stackFeeds([moment]) as { images: HostTensor; there: HostTensor };
      const found = await executable.run('find', { images, there });
      all.push(viewsFrom(moment, found.depth as HostTensor, found.camera as HostTensor));
    }
    return all;
  } finally {
    await executable.dispose();
  }
}

/** The views of a moment that there are, with what was found of each. */
function viewsFrom(moment: Feeds, depth: HostTensor, camera: HostTensor): HeldOut {
  const part = (name: string): Float32Array => (moment[name] as HostTensor).data as Float32Array;
  const size = (moment.depth as HostTensor).shape[1] as number;
  const cut = <T extends Float32Array | Uint8Array>(data: T, view: number, each: number): T =>
    data.subarray(view * each, (view + 1) * each) as T;
  return Array.from(part('there')).flatMap((there, view): ViewPrediction[] => {
    if (there !== 1) return [];
    return [
      {
        view,
        size,
        image: cut((moment.images as HostTensor).data as Uint8Array, view, 3 * size ** 2),
        valid: cut(part('valid'), view, size ** 2),
        depth: { true: cut(part('depth'), view, size ** 2), found: cut(depth.data as Float32Array, view, size ** 2) },
        camera: { true: cut(part('cameras'), view, CAMERA_DIMS), found: cut(camera.data as Float32Array, view, CAMERA_DIMS) },
      },
    ];
  });
}
