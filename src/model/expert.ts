/**
 * The action expert (section 3.1, figure 2): a diffusion transformer over the steps of a noisy chunk. Layer i attends to its own tokens
 * and to the keys and values that a layer of the language model has of the latent action tokens, and of nothing else unless the
 * configuration says so. They come detached: no gradient of this network's loss reaches the language model (equation 2).
 */
import type { KeysValues } from '../nn/attention.ts';
import { joinKeysValues } from '../nn/cache.ts';
import { ditBlock, ditHead } from '../nn/dit-block.ts';
import { fail } from '../nn/layer.ts';
import { linear } from '../nn/linear.ts';
import { joinMasks, keyMask } from '../nn/masks.ts';
import { type Positions, rotary1d } from '../nn/rotary.ts';
import { timestepEmbedding } from '../nn/timestep.ts';
import { checkpoint } from '../tensor/gradients.ts';
import { add, mul } from '../tensor/ops/arithmetic.ts';
import { normalInit, type Scope } from '../tensor/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Size of the expert. Heads are as wide as the language model's, and share its keys and values, so it has as many groups. */
export interface ExpertConfig {
  readonly width: number;
  readonly layers: number;
  /** Query heads */
  readonly heads: number;
  /** Hidden channels of the MLPs */
  readonly hidden: number;
}

/** What the expert is told beside the noisy chunk. */
export interface ExpertInput {
  /** f32[B]: flow time τ, 0 noise … 1 action */
  readonly time: Tensor;
  /** Of each layer of the language model, the keys and values f32[B, S, G, d] of what the expert sees of it */
  readonly context: readonly KeysValues[];
  /** bool[B, 1, 1 or K, S]: which of these it sees; all unless given */
  readonly visible?: Tensor;
  /** Where the steps of the chunk are in the language model's sequence: those after the latent action tokens. i64[B, K] or i64[K] */
  readonly positions: Positions;
  /** Base of the language model's rotary embedding */
  readonly ropeBase: number;
  /** f32[B, K, A], 0 or 1: which numbers of the chunk there are; the others are read as 0 */
  readonly real: Tensor;
  /** bool[B, K]: which steps there are, in training: not those past the end of an episode, which others do not see; all by default */
  readonly there?: Tensor;
  /** Compute the inside of blocks again in the backward pass; false by default */
  readonly recompute?: boolean | undefined;
  /** f32[B, width] each: added to the condition of all layers (table 13, "output-aware", say); none by default */
  readonly told?: readonly Tensor[];
}

/** The layer of the language model whose keys and values layer i of the expert attends to: spread evenly, the last with the last. */
export const matchingLayer = (i: number, layers: number, languageLayers: number): number =>
  Math.floor(((i + 1) * languageLayers) / layers) - 1;

/**
 * The velocity of a chunk at a flow time: noisy f32[B, K, A] → f32[B, K, A]. 0 everywhere at first. Declares `action_in`, `step`,
 * `time`, `blocks.i`, `head`. Throws when the expert has more layers than the language model.
 */
export function actionExpert(scope: Scope, noisy: Tensor, input: ExpertInput, config: ExpertConfig): Tensor {
  const [, steps, numbers] = noisy.shape as [number, number, number];
  const { width, layers, heads, hidden } = config;
  const { context, visible, there, positions, ropeBase, real, recompute = false } = input;
  if (layers > context.length) fail(scope, `it has ${layers} layers, more than the ${context.length} of the language model`);
  const [groups, headWidth] = (context[0] as KeysValues).keys.shape.slice(2) as [number, number];
  const time = timestepEmbedding(scope.in('time'), input.time, { width, scale: 1000 });
  const condition = (input.told ?? []).reduce(add, time);
  const rotary = rotary1d(positions, { width: headWidth, base: ropeBase });
  const seenTokens = (context[0] as KeysValues).keys.shape[1] as number;
  const mask = visible || there ? joinMasks([visible ?? seenTokens, there ? keyMask(there) : steps]) : undefined;
  const step = scope.parameter('step', [1, steps, width], { init: normalInit(0.02) });
  let x = add(linear(scope.in('action_in'), mul(noisy, real), { out: width }), step);
  for (let i = 0; i < layers; i++) {
    const seen = context[matchingLayer(i, layers, context.length)] as KeysValues;
    const input = x;
    const block = (): Tensor =>
      ditBlock(scope.in('blocks', i), input, {
        condition,
        heads,
        groups,
        headWidth,
        rotary,
        mask,
        attendTo: (own) => joinKeysValues([seen, own]),
        feedForward: { kind: 'mlp', hidden, activation: 'gelu-tanh' },
      });
    x = recompute ? checkpoint(block) : block();
  }
  return ditHead(scope.in('head'), x, { condition, out: numbers });
}
