/**
 * The latent action tokenizer (appendix, figures 5 and 6; after VideoWorld 2, Ren et al. 2026): a causal VQ-VAE that writes what happens
 * between the frames of a video as codes, so that videos without actions teach actions as well.
 *
 * A causal encoder gives features of patches in the order of time; four queries for each transition gather from them what changed, and
 * see no later frame; each is quantised in the codebook of its group. A decoder has to tell from the first frame and the codes how the
 * following frames differ: what a frame looks like it knows already, so codes are of what moved. It is dropped after training.
 */

import { fail } from '../nn/layer.ts';
import { add, div, maximum, mul, square, sub } from '../tensor/ops/arithmetic.ts';
import { broadcastTo, sum } from '../tensor/ops/broadcast.ts';
import { cast } from '../tensor/ops/cast.ts';
import { concat, reshape, slice, unsqueeze } from '../tensor/ops/layout.ts';
import { mean } from '../tensor/ops/reduce.ts';
import type { Scope } from '../tensor/parameters.ts';
import { ones, type Tensor } from '../tensor/tensor.ts';
import type { LatentActionConfig } from './latent-actions/config.ts';
import { decodeChanges } from './latent-actions/decoder.ts';
import { latentQueries, visualFeatures } from './latent-actions/encoder.ts';
import { type CodebookStep, codebookStep, commitmentLoss, type Quantised, quantise } from './latent-actions/quantizer.ts';

export { type LatentActionConfig, latentActionConfig } from './latent-actions/config.ts';
export { drawPicks } from './latent-actions/quantizer.ts';

/** What a window of frames says. */
export interface LatentActions extends Quantised {
  /** f32[B, P, width]: the first frame's features, for the decoder */
  readonly first: Tensor;
}

/**
 * The latent actions of frames f32[B, frames, 3, H, W] in [0, 1]. Codes of transition j do not depend on frames after j + 1.
 * Declares `encoder`, `queries` and `quantizer`, and nothing of the decoder. Throws when frames have another shape.
 */
export function latentTokenizer(scope: Scope, frames: Tensor, config: LatentActionConfig): LatentActions {
  const seen = framesSeen(scope, frames, config);
  const features = visualFeatures(scope.in('encoder'), seen, config);
  const queries = latentQueries(scope.in('queries'), features, config);
  const patches = (features.shape[1] as number) / (seen.shape[1] as number);
  return { ...quantise(scope.in('quantizer'), queries, config), first: slice(features, 1, 0, patches) };
}

/** The frames that there are codes for: all of them, or the first and the last. */
function framesSeen(scope: Scope, frames: Tensor, { frames: count, imageSize, variant }: LatentActionConfig): Tensor {
  const [, ...rest] = frames.shape;
  const expected = [count, 3, imageSize, imageSize];
  if (rest.join() !== expected.join()) fail(scope, `expected frames [batch, ${expected.join(', ')}], found [${frames.shape.join(', ')}]`);
  return variant === 'causal' ? frames : concat([slice(frames, 1, 0, 1), slice(frames, 1, count - 1, count)], 1);
}

/** How each frame after the first differs from it, as decoded: f32[B, transitions, 3, H, W]. Declares `decoder`. */
export const latentChanges = (scope: Scope, { first, quantised }: LatentActions, config: LatentActionConfig): Tensor =>
  decodeChanges(scope.in('decoder'), first, quantised, config);

/** What training needs beside frames. */
export interface LatentLossOptions {
  /** i64[groups, entries]: the latents that dead entries are put at, from `drawPicks` */
  readonly picks: Tensor;
  /** bool[B, frames]: false for frames that there are not, past the end of an episode: they count for nothing. All are there by default. */
  readonly real?: Tensor;
  /**
   * The same windows in another appearance, f32[B, frames, 3, H, W], which the decoder is to tell from the codes of `frames` and its own
   * first frame: codes are then of nothing but what the two have in common. `frames` themselves by default, as in the paper.
   */
  readonly shown?: Tensor;
}

/** Mean squared change of a video in which as good as nothing moves: a thousandth of the range of levels */
const STILL = 1e-6;

/** Losses of a batch, and what it teaches the codebooks. All but `perplexity` are f32 scalars. */
export interface LatentLoss extends CodebookStep {
  /** reconstruction / copying + commitment·(how far latents are from their entries) */
  readonly loss: Tensor;
  /** Mean squared error of the frames after the first; levels are from 0 to 1 */
  readonly reconstruction: Tensor;
  /** The same for copies of the first frame: what is to be beaten */
  readonly copying: Tensor;
  readonly commitment: Tensor;
}

/** The training loss of frames f32[B, frames, 3, H, W] in [0, 1]. `updates` belong among those of the training program. */
export function latentTokenizerLoss(
  scope: Scope,
  frames: Tensor,
  { picks, real, shown = frames }: LatentLossOptions,
  config: LatentActionConfig,
): LatentLoss {
  const { transitions, slots } = config.codes;
  const actions = latentTokenizer(scope, frames, config);
  const target = framesSeen(scope, shown, config);
  const start = slice(target, 1, 0, 1);
  const first = shown === frames ? actions.first : visualFeatures(scope.in('encoder'), start, config);
  const batch = frames.shape[0] as number;
  // f32[B, transitions]: a transition is there when the frame is that it leads to.
  const there = real ? cast(slice(real, 1, config.frames - transitions, config.frames), 'f32') : ones('f32', [batch, transitions]);
  const overFrames = (errors: Tensor): Tensor => div(sum(mul(mean(errors, { axes: [2, 3, 4] }), there)), maximum(sum(there), 1));

  const changes = sub(slice(target, 1, 1, transitions + 1), start);
  const reconstruction = overFrames(square(sub(latentChanges(scope, { ...actions, first }, config), changes)));
  const copying = overFrames(square(changes));
  const counted = reshape(broadcastTo(unsqueeze(there, -1), [batch, transitions, slots]), [batch, transitions * slots]);
  const commitment = commitmentLoss(actions, counted);
  // In units of copying, so that the weights of the two do not depend on how much moves. What stands still costs nothing.
  const loss = add(div(reconstruction, add(copying, STILL)), mul(commitment, config.commitment));
  const step = codebookStep(scope.in('quantizer'), actions, { picks, real: counted }, config);
  return { loss, reconstruction, copying, commitment, ...step };
}
