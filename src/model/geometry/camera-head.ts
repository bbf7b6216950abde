/**
 * VGGT's camera head: from the views' camera tokens to where their cameras are, by a small transformer over the views that corrects its
 * own guess a few times (`vggt/heads/camera_head.py`).
 */
import { linear } from '../../nn/linear.ts';
import { keyMask } from '../../nn/masks.ts';
import { mlp } from '../../nn/mlp.ts';
import { layerNorm } from '../../nn/norm.ts';
import { vitBlock } from '../../nn/vit-block.ts';
import { relu, silu } from '../../tensor/ops/activation.ts';
import { add, mul } from '../../tensor/ops/arithmetic.ts';
import { broadcastTo } from '../../tensor/ops/broadcast.ts';
import { cast, stopGradient } from '../../tensor/ops/cast.ts';
import { concat, reshape, slice, split } from '../../tensor/ops/layout.ts';
import { layerNorm as normalize } from '../../tensor/ops/normalize.ts';
import { type Scope, zerosInit } from '../../tensor/parameters.ts';
import type { Tensor } from '../../tensor/tensor.ts';

/** Size of the head. VGGT-1B has depth 4 and 16 heads. */
export interface CameraHeadConfig {
  readonly depth: number;
  readonly heads: number;
  /** Hidden channels of the trunk's MLPs by channels; 4 by default. */
  readonly mlpRatio?: number;
  /** How often the guess is corrected; 4 by default. */
  readonly iterations?: number;
  /** First value of LayerScale's γ, 0.01 by default; `false` for none. */
  readonly layerScale?: number | false;
}

/** Which views there are. */
export interface ViewOptions {
  /** bool[B, S]: views that are there. The others are hidden from these. All by default. */
  readonly real?: Tensor | undefined;
}

/** Numbers of a pose: translation 3, quaternion (x, y, z, w) 4, vertical and horizontal field of view 2 (`absT_quaR_FoV`). */
const POSE = 9;
const FIELD_OF_VIEW = 7;

/**
 * Poses after each iteration: tokens of the aggregator's last layer f32[B, S, P, C], camera tokens first → f32[B, S, 9] each:
 * translation from the first camera's frame (unit: the scene's scale), quaternion x, y, z, w (not normalised), vertical and horizontal
 * field of view in radians. The scope is `camera_head`.
 */
export function cameraHead(
  scope: Scope,
  tokens: Tensor,
  { depth, heads, mlpRatio = 4, iterations = 4, layerScale = 0.01 }: CameraHeadConfig,
  { real }: ViewOptions = {},
): Tensor[] {
  const [batch, views, , width] = tokens.shape as [number, number, number, number];
  // Upstream runs the heads in single precision, whatever the aggregator runs in.
  const camera = layerNorm(scope.in('token_norm'), cast(reshape(slice(tokens, 2, 0, 1), [batch, views, width]), 'f32'));
  const still = normalize(camera, { epsilon: 1e-6 });
  const mask = real && keyMask(real);

  const correction = (guess: Tensor): Tensor => {
    const embedded = linear(scope.in('embed_pose'), guess, { out: width });
    const modulation = linear(scope.in('poseLN_modulation', 1), silu(embedded), { out: 3 * width });
    const [shift, scale, gate] = split(modulation, 3, 2) as [Tensor, Tensor, Tensor];
    let x = add(camera, mul(gate, add(mul(still, add(scale, 1)), shift)));
    for (let i = 0; i < depth; i++) {
      x = vitBlock(scope.in('trunk', i), x, {
        heads,
        mask,
        norm: { kind: 'layer', epsilon: 1e-5 },
        feedForward: { kind: 'mlp', hidden: Math.floor(width * mlpRatio) },
        layerScale: layerScale === false ? undefined : layerScale,
      });
    }
    return mlp(scope.in('pose_branch'), layerNorm(scope.in('trunk_norm'), x), { hidden: Math.floor(width / 2), out: POSE });
  };

  const empty = scope.parameter('empty_pose_tokens', [1, 1, POSE], { init: zerosInit });
  let pose = correction(broadcastTo(empty, [batch, views, POSE]));
  const poses = [activated(pose)];
  for (let i = 1; i < iterations; i++) {
    // Each iteration is trained on its own: the guess before is given.
    const guess = stopGradient(pose);
    pose = add(guess, correction(guess));
    poses.push(activated(pose));
  }
  return poses;
}

/** Fields of view are not negative. */
const activated = (pose: Tensor): Tensor => concat([slice(pose, 2, 0, FIELD_OF_VIEW), relu(slice(pose, 2, FIELD_OF_VIEW))], 2);
