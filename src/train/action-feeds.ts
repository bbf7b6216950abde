/** From a batch of samples to all inputs of the model's objective (`objective`): prompts, targets, and what is drawn for them. */
import type { Batch } from '../data/loader/batch.ts';
import { drawFlowTime } from '../model/flow-matching.ts';
import { aimFeeds, embodimentFeed, imagesFeed, type Processor, promptFeeds } from '../model/processor.ts';
import { drawDropping } from '../model/sequence.ts';
import { ACTION_DIMS, ARMS, VIEWS, type View } from '../robot/canonical.ts';
import { heldActions } from '../robot/normalization.ts';
import type { Feeds } from '../tensor/compile.ts';
import { type HostTensor, hostTensor } from '../tensor/host.ts';
import { normals, randomStream } from '../tensor/random.ts';
import { sizeOf } from '../tensor/shape.ts';
import { actionPrompt, type Prompt } from '../tokens/prompt.ts';

/** A batch, and what was cut off of it. */
export interface ActionFeeds {
  readonly feeds: Feeds;
  /** Samples whose chunk had more FAST tokens than the format has room for: the last, of the highest frequencies, are left out. */
  readonly cut: number;
}

/**
 * The inputs of the objective for a batch, normalised by the processor's statistics. `codes` are entries of latent actions by sample and
 * position. Noise, flow times and dropped modalities are drawn from `seed` and the number of the batch alone. Throws for embodiments that
 * the model does not know, and for instructions that are too long.
 */
export function actionFeeds(
  batch: Batch,
  codes: readonly ArrayLike<number>[],
  { config, fast, files, format }: Processor,
  seed: number,
): ActionFeeds {
  const { tensors, instructions, embodiments, index } = batch;
  const size = instructions.length;
  const chunk = [config.chunk, ARMS.length, ACTION_DIMS];
  let cut = 0;
  const prompts = instructions.map((instruction, b): Prompt => {
    const data = heldActions(files.normalization, rowOf(tensors.actions, b) as Float32Array, rowOf(tensors.actionMask, b) as Uint8Array);
    const tokens = fast.encode({ horizon: config.chunk, dims: ARMS.length * ACTION_DIMS, data });
    if (tokens.length > format.fastLength) cut++;
    return actionPrompt(format, {
      instruction,
      ...seenIn(tensors, b),
      latents: codes[b] as ArrayLike<number>,
      fast: tokens.subarray(0, format.fastLength),
    });
  });
  const random = randomStream(seed, 'samples', index);
  const times = Float32Array.from({ length: size }, () => drawFlowTime(config.expert.times, random));
  const dropped = Array.from({ length: size }, () => drawDropping(config.dropping, random));
  const flags = (of: (one: (typeof dropped)[number]) => boolean): HostTensor =>
    hostTensor(
      'bool',
      [size, 1],
      Uint8Array.from(dropped, (one) => (of(one) ? 1 : 0)),
    );
  const { images, state, stateMask, actions, actionMask } = tensors;
  const feeds = {
    images: imagesFeed(images, format, tensors.guides),
    state,
    stateMask,
    actions,
    actionMask,
    ...promptFeeds(prompts, format),
    ...tokenTargets(prompts),
    ...(config.pointing > 0 && aimFeeds(tensors, format)),
    embodiment: embodimentFeed(embodiments, config),
    noise: hostTensor('f32', [size, ...chunk], normals(randomStream(seed, 'noise', index), size * sizeOf(chunk))),
    time: hostTensor('f32', [size], times),
    dropWrist: flags(({ wrist }) => wrist),
    dropState: flags(({ state: hidden }) => hidden),
  };
  return { feeds, cut };
}

/** The inputs of the objective of pointing alone (`pointingObjective`) for a batch. Throws as `actionFeeds` does. */
export function pointingFeeds({ tensors, instructions, embodiments }: Batch, { config, format }: Processor): Feeds {
  const { images, state, stateMask } = tensors;
  const prompts = instructions.map((instruction, b): Prompt => actionPrompt(format, { instruction, ...seenIn(tensors, b) }));
  return {
    images: imagesFeed(images, format, tensors.guides),
    ...{ state, stateMask },
    ...promptFeeds(prompts, format),
    ...aimFeeds(tensors, format),
    embodiment: embodimentFeed(embodiments, config),
  };
}

/** The pictures that a sample has. */
const seenIn = ({ guideMask, viewMask }: Batch['tensors'], b: number): { readonly guide: boolean; readonly views: View[] } => ({
  guide: guideMask?.data[b] === 1,
  views: VIEWS.filter((_, slot) => rowOf(viewMask, b)[slot] === 1),
});

/** What is to be said at each place of prompts, and where that is trained: `targets` and `weights` of the objective. */
export function tokenTargets(prompts: readonly Prompt[]): { readonly targets: HostTensor; readonly weights: HostTensor } {
  const shape = [prompts.length, prompts[0]?.ids.length ?? 0];
  return {
    targets: hostTensor('i64', shape, BigInt64Array.from(prompts.flatMap(({ targets }) => Array.from(targets, BigInt)))),
    weights: hostTensor('f32', shape, Float32Array.from(prompts.flatMap(({ trained }) => Array.from(trained)))),
  };
}

/** The part of a tensor that is sample b's. */
function rowOf({ shape, data }: HostTensor, b: number): HostTensor['data'] {
  const size = sizeOf(shape.slice(1));
  return data.subarray(b * size, (b + 1) * size);
}
