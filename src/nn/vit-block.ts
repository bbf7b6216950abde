/** The vision transformer's pre-norm block, as in DINOv2 and VGGT; with other norms and MLPs, as in Qwen2.5-VL's vision tower. */
import { add, mul } from '../tensor/ops/arithmetic.ts';
import { constantInit, type Scope } from '../tensor/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type SelfAttentionOptions, selfAttention } from './attention.ts';
import { parameterFor } from './layer.ts';
import { type FeedForwardOptions, feedForward } from './mlp.ts';
import { type NormOptions, norm } from './norm.ts';

/** Of `SelfAttentionOptions`: projections are `fused` by default. */
export interface VitBlockOptions extends SelfAttentionOptions {
  /** Both norms: LayerNorm with ε = 1e-6 by default (DINOv2; VGGT's own blocks have 1e-5). */
  readonly norm?: NormOptions;
  /** An MLP of 4·D hidden channels with exact GELU by default. */
  readonly feedForward?: FeedForwardOptions;
  /** First value of LayerScale's γ (Touvron et al. 2021, "Going deeper"); no LayerScale when left out. */
  readonly layerScale?: number | undefined;
}

/**
 * x += γ₁·attn(norm₁ x); x += γ₂·mlp(norm₂ x): f32[B, T, D] → f32[B, T, D].
 * Declares `norm1`, `attn`, `ls1.gamma`, `norm2`, `mlp`, `ls2.gamma`.
 */
export function vitBlock(scope: Scope, x: Tensor, options: VitBlockOptions): Tensor {
  const width = x.shape.at(-1) as number;
  const {
    norm: normOptions = { kind: 'layer', epsilon: 1e-6 },
    feedForward: feedForwardOptions = { kind: 'mlp', hidden: 4 * width },
    layerScale: gamma,
    ...attention
  } = options;
  const scaled = (name: string, branch: Tensor): Tensor => (gamma === undefined ? branch : layerScale(scope.in(name), branch, gamma));

  const mixed = selfAttention(scope.in('attn'), norm(scope.in('norm1'), x, normOptions), { projections: 'fused', ...attention });
  const between = add(x, scaled('ls1', mixed));
  const transformed = feedForward(scope.in('mlp'), norm(scope.in('norm2'), between, normOptions), feedForwardOptions);
  return add(between, scaled('ls2', transformed));
}

/** A learned factor per channel, `gamma` [D]: f32[..., D] → f32[..., D]. */
const layerScale = (scope: Scope, x: Tensor, init: number): Tensor =>
  mul(x, parameterFor(x, scope, 'gamma', x.shape.slice(-1), constantInit(init)));
