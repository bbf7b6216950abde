/**
 * The causal encoder of the latent action tokenizer: features of patches in the order of time, and queries that gather from them what
 * changed (figures 5 and 6). Whatever belongs to a frame depends on that frame and earlier ones, to the bit.
 */
import { crossAttention } from '../../nn/attention.ts';
import { mlp } from '../../nn/mlp.ts';
import { layerNorm } from '../../nn/norm.ts';
import { patchEmbed } from '../../nn/patch-embed.ts';
import { vitBlock } from '../../nn/vit-block.ts';
import { hostTensor } from '../../tensor/host.ts';
import { add, div, sub } from '../../tensor/ops/arithmetic.ts';
import { broadcastTo } from '../../tensor/ops/broadcast.ts';
import { lessOrEqual } from '../../tensor/ops/compare.ts';
import { concat, reshape, slice } from '../../tensor/ops/layout.ts';
import { normalInit, type Scope } from '../../tensor/parameters.ts';
import { constant, type Tensor } from '../../tensor/tensor.ts';
import type { LatentActionConfig } from './config.ts';

/** Of learned positions and queries */
const LEARNED = { init: normalInit(0.02) };

/** About how much levels differ from grey, and where something moves from the frame before: both are seen in these units. */
const DEVIATION = { levels: 0.25, changes: 0.1 };

/** Each number `count` times in a row: the frames of tokens, say. */
export const repeated = (numbers: readonly number[], count: number): number[] =>
  numbers.flatMap((number) => Array.from({ length: count }, () => number));

/** The numbers from 0 to before `count`. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Keys whose frame is the query's or an earlier one (figure 6), from the frames of both: bool[T, S]. */
export function frameCausalMask(queries: readonly number[], keys: readonly number[]): Tensor {
  const along = (shape: readonly number[], frames: readonly number[]): Tensor => constant(hostTensor('i32', shape, frames));
  return lessOrEqual(along([1, keys.length], keys), along([queries.length, 1], queries));
}

/**
 * Features of patches: frames f32[B, F, 3, H, W], all or the first ones → f32[B, F·P, width], frame after frame. A patch is embedded with its change since
 * the frame before, as by a causal convolution over two frames. Declares `patch_embed`, `space`, `time`, `blocks.<i>`, `norm`.
 */
export function visualFeatures(scope: Scope, frames: Tensor, { patch, width, heads, depth, codes }: LatentActionConfig): Tensor {
  const [batch, count, channels, height, wide] = frames.shape as [number, number, number, number, number];
  const before = concat([slice(frames, 1, 0, 1), slice(frames, 1, 0, count - 1)], 1);
  const [levels, changes] = [div(sub(frames, 0.5), DEVIATION.levels), div(sub(frames, before), DEVIATION.changes)];
  const seen = reshape(concat([levels, changes], 2), [batch * count, 2 * channels, height, wide]);
  const embedded = patchEmbed(scope.in('patch_embed'), seen, { patch: [patch, patch], width });
  const patches = embedded.shape[1] as number;
  const space = scope.parameter('space', [patches, width], LEARNED);
  const time = slice(scope.parameter('time', [codes.transitions + 1, 1, width], LEARNED), 0, 0, count);
  const placed = add(add(reshape(embedded, [batch, count, patches, width]), space), time);
  const times = repeated(upTo(count), patches);
  const mask = frameCausalMask(times, times);
  let x = reshape(placed, [batch, count * patches, width]);
  for (let i = 0; i < depth; i++) x = vitBlock(scope.in('blocks', i), x, { heads, mask });
  return layerNorm(scope.in('norm'), x);
}

/**
 * What queries gather: features f32[B, F·P, width] → f32[B, transitions·slots, width]. Those of transition j are of frame j + 1, and
 * see no later one. Declares `slots`, `times`, and `blocks.<i>`: `norm1`, `attn`, `norm2`, `mlp`.
 */
export function latentQueries(scope: Scope, features: Tensor, { width, heads, queryDepth, codes }: LatentActionConfig): Tensor {
  const { transitions, slots } = codes;
  const [batch, tokens] = features.shape as [number, number];
  const mask = frameCausalMask(
    repeated(upTo(transitions + 1).slice(1), slots),
    repeated(upTo(transitions + 1), tokens / (transitions + 1)),
  );
  const queries = add(scope.parameter('times', [transitions, 1, width], LEARNED), scope.parameter('slots', [slots, width], LEARNED));
  let x = broadcastTo(reshape(queries, [1, transitions * slots, width]), [batch, transitions * slots, width]);
  for (let i = 0; i < queryDepth; i++) {
    const block = scope.in('blocks', i);
    x = add(x, crossAttention(block.in('attn'), layerNorm(block.in('norm1'), x), { heads, context: features, mask }));
    x = add(x, mlp(block.in('mlp'), layerNorm(block.in('norm2'), x), { hidden: 4 * width }));
  }
  return x;
}
