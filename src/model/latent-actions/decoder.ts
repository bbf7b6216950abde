/**
 * The decoder of the latent action tokenizer, which only training needs: how each frame differs from the first one, from what the first
 * one looks like and the codes of the transitions up to it.
 */
import { linear } from '../../nn/linear.ts';
import { layerNorm } from '../../nn/norm.ts';
import { vitBlock } from '../../nn/vit-block.ts';
import { add } from '../../tensor/ops/arithmetic.ts';
import { broadcastTo } from '../../tensor/ops/broadcast.ts';
import { concat, reshape, slice, transpose, unsqueeze } from '../../tensor/ops/layout.ts';
import { normalInit, type Scope, zerosInit } from '../../tensor/parameters.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { LatentActionConfig } from './config.ts';
import { frameCausalMask, repeated, upTo } from './encoder.ts';

const LEARNED = { init: normalInit(0.02) };

/**
 * Features of the first frame's patches f32[B, P, width] and codes f32[B, transitions·slots, codeWidth] → what frame j + 1 has more
 * than the first one, f32[B, transitions, 3, H, W]. Patches of a frame and the codes up to its transition attend to each other.
 * Starts with no change at all. Declares `first`, `times`, `codes`, `places`, `blocks.<i>`, `norm`, `change`.
 */
export function decodeChanges(scope: Scope, first: Tensor, quantised: Tensor, config: LatentActionConfig): Tensor {
  const { width, heads, decoderDepth, patch, imageSize, codes } = config;
  const { transitions, slots } = codes;
  const [batch, patches] = first.shape as [number, number];
  const length = transitions * slots;
  const times = scope.parameter('times', [transitions, 1, width], LEARNED);
  const canvas = add(unsqueeze(linear(scope.in('first'), first, { out: width }), 1), times);
  const said = add(linear(scope.in('codes'), quantised, { out: width }), scope.parameter('places', [length, width], LEARNED));
  const tokens = concat([canvas, broadcastTo(unsqueeze(said, 1), [batch, transitions, length, width])], 2);

  const frames = repeated(upTo(transitions), slots);
  const visible = frameCausalMask(upTo(transitions), [...repeated([0], patches), ...frames]);
  const mask = reshape(broadcastTo(visible, [batch, ...visible.shape]), [batch * transitions, 1, 1, patches + length]);
  let x = reshape(tokens, [batch * transitions, patches + length, width]);
  for (let i = 0; i < decoderDepth; i++) x = vitBlock(scope.in('blocks', i), x, { heads, mask });

  const drawn = layerNorm(scope.in('norm'), slice(x, 1, 0, patches));
  const cells = linear(scope.in('change'), drawn, { out: 3 * patch * patch, init: zerosInit });
  const side = imageSize / patch;
  const grid = reshape(cells, [batch, transitions, side, side, 3, patch, patch]);
  return reshape(transpose(grid, [0, 1, 4, 2, 5, 3, 6]), [batch, transitions, 3, imageSize, imageSize]);
}
