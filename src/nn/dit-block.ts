/**
 * The diffusion transformer's block (Peebles and Xie 2023; names and numbers of facebookresearch/DiT, models.py): the condition,
 * a time say, sets shift, scale and gate of each branch. The layers that compute these start at zero, so a block is the identity
 * at first, and a network with a `ditHead` gives zeros.
 */

import { silu } from '../tensor/ops/activation.ts';
import { add, mul } from '../tensor/ops/arithmetic.ts';
import { reshape, split } from '../tensor/ops/layout.ts';
import { layerNorm } from '../tensor/ops/normalize.ts';
import { type Scope, zerosInit } from '../tensor/parameters.ts';
import { formatShape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type SelfAttentionOptions, selfAttention } from './attention.ts';
import { fail } from './layer.ts';
import { linear } from './linear.ts';
import { type FeedForwardOptions, feedForward } from './mlp.ts';

const EPSILON = 1e-6;

/** Of `SelfAttentionOptions`: projections are `fused` by default. */
export interface DitBlockOptions extends SelfAttentionOptions {
  /** f32[B, C], or one per token f32[B, T, C]. */
  readonly condition: Tensor;
  /** An MLP of 4·D hidden channels with GELU's tanh approximation by default. */
  readonly feedForward?: FeedForwardOptions;
}

/**
 * x += gate₁·attn(modulate(x, shift₁, scale₁)); x += gate₂·mlp(modulate(x, shift₂, scale₂)): f32[B, T, D] → f32[B, T, D].
 * Declares `attn`, `mlp` and `adaLN_modulation.1` [6·D, C]; the norms learn nothing of their own.
 */
export function ditBlock(scope: Scope, x: Tensor, { condition, feedForward: mlpOptions, ...attention }: DitBlockOptions): Tensor {
  const mlp: FeedForwardOptions = mlpOptions ?? { kind: 'mlp', hidden: 4 * (x.shape.at(-1) as number), activation: 'gelu-tanh' };
  const [shift1, scale1, gate1, shift2, scale2, gate2] = modulation(scope, x, condition, 6) as Six;
  const mixed = selfAttention(scope.in('attn'), modulate(x, shift1, scale1), { projections: 'fused', ...attention });
  const between = add(x, mul(gate1, mixed));
  return add(between, mul(gate2, feedForward(scope.in('mlp'), modulate(between, shift2, scale2), mlp)));
}

type Six = [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];

/** What the head is told, and how wide its result is. */
export interface DitHeadOptions {
  readonly condition: Tensor;
  /** Output channels. */
  readonly out: number;
}

/** The last layer: f32[B, T, D] → f32[B, T, out]. Declares `adaLN_modulation.1` [2·D, C] and `linear`, both zero at first. */
export function ditHead(scope: Scope, x: Tensor, { condition, out }: DitHeadOptions): Tensor {
  const [shift, scale] = modulation(scope, x, condition, 2) as [Tensor, Tensor];
  return linear(scope.in('linear'), modulate(x, shift, scale), { out, init: zerosInit });
}

/** LN(x)·(1 + scale) + shift, the norm without parameters */
const modulate = (x: Tensor, shift: Tensor, scale: Tensor): Tensor => add(mul(layerNorm(x, { epsilon: EPSILON }), add(scale, 1)), shift);

/** linear(silu(condition)) cut into `count` tensors [B, 1 or T, D] */
function modulation(scope: Scope, x: Tensor, condition: Tensor, count: number): Tensor[] {
  const [batch, time, width] = x.shape as [number, number, number];
  const [rows, ...rest] = condition.shape as [number, ...number[]];
  const perToken = rest.length === 2;
  if (rows !== batch || (perToken ? rest[0] !== time : rest.length !== 1)) {
    fail(scope, `expected a condition [${batch}, C] or [${batch}, ${time}, C], found ${formatShape(condition.shape)}`);
  }
  const all = linear(scope.in('adaLN_modulation', 1), silu(condition), { out: count * width, init: zerosInit });
  return split(perToken ? all : reshape(all, [batch, 1, count * width]), count, 2);
}
