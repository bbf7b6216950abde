/** A small decoder-only transformer: what `induction.ts` trains and the benchmarks measure. */

import { embedding } from '../src/nn/embedding.ts';
import { linear } from '../src/nn/linear.ts';
import { causalMask } from '../src/nn/masks.ts';
import { layerNorm } from '../src/nn/norm.ts';
import { rotary1d } from '../src/nn/rotary.ts';
import { vitBlock } from '../src/nn/vit-block.ts';
import { add } from '../src/tensor/ops/arithmetic.ts';
import { normalInit, type Scope } from '../src/tensor/parameters.ts';
import type { Tensor } from '../src/tensor/tensor.ts';

export interface TransformerConfig {
  readonly vocabulary: number;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  /** How positions are told apart: a learned table added to the tokens, or rotations of queries and keys. */
  readonly positions: 'learned' | 'rotary';
  /** Wraps each block: `checkpoint`, to recompute blocks in the backward pass. */
  readonly wrap?: (block: () => Tensor) => Tensor;
}

/** tokens i64[B, T] → logits f32[B, T, V]; position t sees tokens up to t. */
export function transformer(
  scope: Scope,
  tokens: Tensor,
  { vocabulary, width, heads, layers, positions, wrap = (f) => f() }: TransformerConfig,
): Tensor {
  const time = tokens.shape[1] as number;
  const mask = causalMask(time);
  const rotary = positions === 'rotary' ? rotary1d([...Array(time).keys()], { width: width / heads }) : undefined;
  let x = embedding(scope.in('embed'), tokens, { count: vocabulary, width });
  if (positions === 'learned') x = add(x, scope.parameter('position', [time, width], { init: normalInit(0.02) }));
  for (let layer = 0; layer < layers; layer++) {
    const entering = x;
    x = wrap(() => vitBlock(scope.in('blocks', layer), entering, { heads, mask, rotary, norm: { kind: 'layer', epsilon: 1e-5 } }));
  }
  return linear(scope.in('head'), layerNorm(scope.in('norm'), x), { out: vocabulary, bias: false });
}
