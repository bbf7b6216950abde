/** What VGGT is trained with (Wang et al. 2025, equation 2): losses of cameras and of depth, without those of point maps and of tracks. */
import { abs, add, div, maximum, minimum, mul, sub } from '../../tensor/ops/arithmetic.ts';
import { sum } from '../../tensor/ops/broadcast.ts';
import { reshape, slice } from '../../tensor/ops/layout.ts';
import { log } from '../../tensor/ops/math.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { DepthMaps } from './depth-head.ts';

/** What there is to find, for V views of B moments, in units of each scene: the mean distance of what is seen from the first camera is 1. */
export interface GeometryTargets {
  /** f32[B, V, S, S] */
  readonly depth: Tensor;
  /** f32[B, V, S, S]: 1 where there is something, 0 elsewhere and in views that there are not */
  readonly valid: Tensor;
  /** f32[B, V, 9], as `cameraHead` gives them */
  readonly cameras: Tensor;
  /** f32[B, V]: 1 for views that there are */
  readonly there: Tensor;
}

/** Where errors of cameras begin to count in proportion, not by their squares; how much less a guess counts than the one after it */
const [HUBER, DISCOUNT] = [0.1, 0.6];
/** How much it is worth to be sure */
const ALPHA = 0.2;

const meanOver = (x: Tensor, weights: Tensor): Tensor => div(sum(mul(x, weights)), maximum(sum(weights), 1));

/** Huber's loss of all guesses f32[B, V, 9], one after the other: f32 scalar. Earlier ones count less, as upstream. */
export function cameraLoss(guesses: readonly Tensor[], { cameras, there }: Pick<GeometryTargets, 'cameras' | 'there'>): Tensor {
  const views = reshape(there, [...there.shape, 1]);
  const each = guesses.map((guess, i) => {
    const off = abs(sub(guess, cameras));
    const near = minimum(off, HUBER);
    const huber = div(mul(near, sub(off, mul(near, 0.5))), HUBER);
    return mul(meanOver(sum(huber, { axes: 2, keepDims: true }), views), DISCOUNT ** (guesses.length - 1 - i));
  });
  return each.reduce(add);
}

/**
 * Errors of depth and of its slopes, each weighted by how sure the network is, less what it is worth to be sure (aleatoric uncertainty): f32
 * scalar.
 */
export function depthLoss({ depth, confidence }: DepthMaps, truth: Pick<GeometryTargets, 'depth' | 'valid'>): Tensor {
  const off = sub(reshape(depth, confidence.shape), truth.depth);
  const level = meanOver(sub(mul(confidence, abs(off)), mul(log(confidence), ALPHA)), truth.valid);
  const slopes = [2, 3].map((axis) => {
    const side = off.shape[axis] as number;
    const [before, after] = [(x: Tensor) => slice(x, axis, 0, side - 1), (x: Tensor) => slice(x, axis, 1, side)];
    const both = mul(before(truth.valid), after(truth.valid));
    return meanOver(mul(before(confidence), abs(sub(after(off), before(off)))), both);
  });
  return slopes.reduce(add, level);
}
