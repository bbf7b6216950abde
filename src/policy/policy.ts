/** A trained model in use: observations in, chunks of motion out, in metres and radians. */

import { type Aim, aimsOfSample } from '../model/pointing.ts';
import { predict, predictionPrograms } from '../model/predict.ts';
import { embodimentFeed, imagesFeed, type Processor, promptFeeds } from '../model/processor.ts';
import { ACTION_DIMS, ARMS, type Arm, STATE_DIMS, VIEWS } from '../robot/canonical.ts';
import { normaliseState, unnormaliseActions } from '../robot/normalization.ts';
import { compile, type ExecutableOptions } from '../tensor/compile.ts';
import type { Engine } from '../tensor/engine.ts';
import { hostTensor } from '../tensor/host.ts';
import { parameters } from '../tensor/parameters.ts';
import { normals, randomStream } from '../tensor/random.ts';
import { actionPrompt } from '../tokens/prompt.ts';

/** What a robot sees, feels and is asked for at a moment: the canonical record, not normalised. */
export interface PolicyObservation {
  /** u8[V, S, S, 3], S the model's `imageSize` */
  readonly images: Uint8Array;
  /** bool[V] */
  readonly viewMask: Uint8Array;
  /** f32[2, STATE_DIMS] and which of it is there */
  readonly state: Float32Array;
  readonly stateMask: Uint8Array;
  readonly instruction: string;
  /**
   * u8[S, S, 3]: a picture that shows by a mask which object the instruction means (the paper's appendix F). Only for a policy whose prompt
   * has a place for it; without one, the place is hidden.
   */
  readonly guide?: Uint8Array;
  readonly embodiment: string;
  /** Where the noise of its chunk comes from: the same number, the same chunk */
  readonly seed: number;
}

/** What a policy would do. */
export interface PolicyChunk {
  /** f32[K, 2, ACTION_DIMS]: relative to the poses observed, grippers absolute */
  readonly actions: Float32Array;
  /** Entries of the latent action tokens, by position */
  readonly latents: readonly number[];
  /** Where its grippers are going to close or open, in each view; none of a policy that does not point */
  readonly aims: readonly Aim[];
}

/** A policy, ready to predict. */
export interface Policy {
  readonly processor: Processor;
  /** Observations that are predicted together; fewer take as long */
  readonly batch: number;
  /** Chunks for at most `batch` observations. Calls wait for one another. */
  predict(observations: readonly PolicyObservation[]): Promise<PolicyChunk[]>;
  dispose(): Promise<void>;
}

/** How to run it. */
export interface PolicyOptions extends Pick<ExecutableOptions, 'quantize'> {
  readonly batch?: number;
}

/** Compiles a policy with values for its weights. Throws when values do not fit the model. */
export async function createPolicy(
  engine: Engine,
  processor: Processor,
  weights: NonNullable<ExecutableOptions['initial']>,
  { batch = 1, ...options }: PolicyOptions = {},
): Promise<Policy> {
  const { config, files, format, layouts } = processor;
  const programs = predictionPrograms(parameters({ seed: 0 }), batch, layouts.prompt, config);
  const executable = await compile(engine, programs, { ...options, initial: weights, frozen: true });
  const words = format.vocabulary;
  const size = config.chunk * ARMS.length * ACTION_DIMS;

  async function together(given: readonly PolicyObservation[]): Promise<PolicyChunk[]> {
    // A batch is always full: the first observation stands in for those that are missing.
    const all = Array.from({ length: batch }, (_, i) => given[i] ?? (given[0] as PolicyObservation));
    const stack = <T extends Float32Array | Uint8Array>(Type: new (length: number) => T, of: (one: PolicyObservation) => T): T => {
      const each = of(all[0] as PolicyObservation).length;
      const whole = new Type(batch * each);
      for (const [i, one] of all.entries()) whole.set(of(one), i * each);
      return whole;
    };
    const prompts = all.map(({ instruction, viewMask, guide }) =>
      actionPrompt(format, { instruction, views: VIEWS.filter((_, slot) => viewMask[slot] === 1), guide: guide !== undefined }),
    );
    const stateMask = stack(Uint8Array, (one) => one.stateMask);
    const state = stack(Float32Array, (one) => one.state);
    const side = config.imageSize;
    const guides =
      format.guide &&
      hostTensor(
        'u8',
        [batch, side, side, 3],
        stack(Uint8Array, (one) => guideOf(one, side)),
      );
    const chunk = [batch, config.chunk, ARMS.length, ACTION_DIMS];
    const noise = stack(Float32Array, ({ seed }) => normals(randomStream(seed, 'noise'), size));
    const actionMask = stack(Uint8Array, (one) => actionMaskOf(one, config.chunk));
    const { actions, latents, aims } = await predict(
      executable,
      {
        observation: {
          images: imagesFeed(
            hostTensor(
              'u8',
              [batch, VIEWS.length, side, side, 3],
              stack(Uint8Array, (one) => one.images),
            ),
            format,
            guides || undefined,
          ),
          ...promptFeeds(prompts, format),
          state: hostTensor('f32', [batch, ARMS.length, STATE_DIMS], normaliseState(files.normalization, state, stateMask)),
          stateMask: hostTensor('bool', [batch, ARMS.length, STATE_DIMS], stateMask),
          embodiment: embodimentFeed(
            all.map(({ embodiment }) => embodiment),
            config,
          ),
        },
        actionMask: hostTensor('bool', chunk, actionMask),
        noise: hostTensor('f32', chunk, noise),
      },
      config,
    );
    const values = unnormaliseActions(files.normalization, actions.data as Float32Array, actionMask);
    return given.map((one, i) => ({
      actions: values.slice(i * size, (i + 1) * size),
      latents: [...words.latentEntries(latents[i] ?? [])],
      aims: aims ? aimsOfSample(aims, i, layouts.prompt, one) : [],
    }));
  }

  let last: Promise<unknown> = Promise.resolve();
  return {
    processor,
    batch,
    predict(observations) {
      if (observations.length > batch)
        throw new Error(`the policy predicts ${batch} observations at a time, but was given ${observations.length}`);
      if (observations.length === 0) return Promise.resolve([]);
      const result = last.then(() => together(observations));
      last = result.catch(() => undefined);
      return result;
    },
    dispose: () => executable.dispose(),
  };
}

/** u8[S, S, 3]: black without a guide. Throws when it has another size. */
function guideOf({ guide }: PolicyObservation, side: number): Uint8Array {
  const length = 3 * side ** 2;
  if (guide && guide.length !== length)
    throw new Error(`the guide has ${guide.length} levels, but the policy sees pictures of ${side} × ${side}: expected ${length}`);
  return guide ?? new Uint8Array(length);
}

/** bool[K, 2, ACTION_DIMS]: the arms that have a state have actions, for all steps of a chunk. */
function actionMaskOf({ stateMask }: PolicyObservation, steps: number): Uint8Array {
  const arms = ARMS.map((_: Arm, slot) => stateMask[slot * STATE_DIMS] as number);
  const each = Uint8Array.from({ length: ARMS.length * ACTION_DIMS }, (_, i) => arms[Math.floor(i / ACTION_DIMS)] as number);
  const mask = new Uint8Array(steps * each.length);
  for (let step = 0; step < steps; step++) mask.set(each, step * each.length);
  return mask;
}
