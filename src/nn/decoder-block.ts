/** The language model's pre-norm block, as in Llama and Qwen2.5: RMSNorm, grouped-query attention, SwiGLU. */
import { add } from '../tensor/ops/arithmetic.ts';
import type { Scope } from '../tensor/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type SelfAttentionOptions, selfAttention } from './attention.ts';
import { swiGlu } from './mlp.ts';
import { rmsNorm } from './norm.ts';

/** Of `SelfAttentionOptions`: there is no output bias by default, as in Qwen2.5. Causality is the mask's affair. */
export interface DecoderBlockOptions extends SelfAttentionOptions {
  /** Hidden channels of the SwiGLU. */
  readonly hidden: number;
  /** Of both norms; 1e-6 by default. */
  readonly epsilon?: number;
}

/**
 * x += attn(norm x); x += mlp(norm x): f32[B, T, D] → f32[B, T, D].
 * Declares `input_layernorm`, `self_attn`, `post_attention_layernorm`, `mlp`.
 */
export function decoderBlock(scope: Scope, x: Tensor, { hidden, epsilon = 1e-6, ...attention }: DecoderBlockOptions): Tensor {
  const before = rmsNorm(scope.in('input_layernorm'), x, { epsilon });
  const between = add(x, selfAttention(scope.in('self_attn'), before, { outBias: false, ...attention }));
  const after = rmsNorm(scope.in('post_attention_layernorm'), between, { epsilon });
  return add(between, swiGlu(scope.in('mlp'), after, { hidden }));
}
