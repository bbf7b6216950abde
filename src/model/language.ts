/** Qwen2.5-VL's language model (Bai et al. 2025): the decoder of Qwen2.5 with multimodal rotary positions. */
import type { KeysValues } from '../nn/attention.ts';
import { decoderBlock } from '../nn/decoder-block.ts';
import { embedding } from '../nn/embedding.ts';
import { fail, fanInInit, parameterFor } from '../nn/layer.ts';
import { linear } from '../nn/linear.ts';
import { causalMask } from '../nn/masks.ts';
import { rmsNorm } from '../nn/norm.ts';
import { multimodalRotary } from '../nn/rotary.ts';
import { checkpoint } from '../tensor/gradients.ts';
import { hostTensor } from '../tensor/host.ts';
import { gather } from '../tensor/ops/gather.ts';
import { concat, reshape, slice } from '../tensor/ops/layout.ts';
import { affine } from '../tensor/ops/matmul.ts';
import type { Scope } from '../tensor/parameters.ts';
import { formatShape } from '../tensor/shape.ts';
import { constant, type Tensor } from '../tensor/tensor.ts';
import type { IdRange } from '../tokens/vocabulary.ts';
import type { MultimodalPositions } from './multimodal-positions.ts';

/** Sizes of the language model; behind each the name of the published configuration. */
export interface LanguageConfig {
  /** Rows of the embedding (`vocab_size`) */
  readonly vocabulary: number;
  /** `hidden_size` */
  readonly width: number;
  /** `num_hidden_layers` */
  readonly layers: number;
  /** Query heads (`num_attention_heads`) */
  readonly heads: number;
  /** Key and value heads (`num_key_value_heads`) */
  readonly groups: number;
  /** Channels of a head (`head_dim`): width/heads by default */
  readonly headWidth?: number;
  /** Hidden channels of the SwiGLU (`intermediate_size`) */
  readonly hidden: number;
  /** Of all norms (`rms_norm_eps`) */
  readonly epsilon: number;
  /** `rope_theta` */
  readonly ropeBase: number;
  /** Pairs of channels that turn with time, height and width (`mrope_section`) */
  readonly sections: readonly [time: number, height: number, width: number];
  /** Whether the output layer is the embedding's table (`tie_word_embeddings`) */
  readonly tied: boolean;
}

/** Where tokens are, whom they see, and what is seen of them on the way. */
export interface LanguageOptions {
  readonly positions: MultimodalPositions;
  /** Broadcasts to [B, H, T, S]: bool, or floating-point and added to the scores. Causal by default. */
  readonly mask?: Tensor | undefined;
  /** What a layer attends to, given its own keys and values: just those by default. A cache's (`CacheStep.append`), say. */
  readonly attendTo?: ((layer: number, own: KeysValues) => KeysValues) | undefined;
  /** Called with f32[B, T, D] after every layer, before the last norm. */
  readonly onLayer?: ((layer: number, hidden: Tensor) => void) | undefined;
  /** Compute the inside of layers again in the backward pass (`checkpoint`); false by default. */
  readonly recompute?: boolean;
}

/** What the language model makes of a sequence. */
export interface LanguageResult {
  /** f32[B, T, D], after the last norm: for `logits` */
  readonly hidden: Tensor;
  /** Per layer the sequence's own keys and values f32[B, T, G, d]: for the action expert */
  readonly layers: readonly KeysValues[];
}

/** ids i64[...] (or i32) → f32[..., D]. Declares `model.embed_tokens.weight`. */
export function embedTokens(scope: Scope, ids: Tensor, { vocabulary, width }: LanguageConfig): Tensor {
  return embedding(scope.in('model', 'embed_tokens'), ids, { count: vocabulary, width });
}

/**
 * Embeddings f32[B, T, D] with rows of `features` f32[N, D] at some places instead: visual tokens over the placeholders of an image.
 * `places` are numbers b·T + t, known when the graph is made, in the order of the features. Throws when there are not N.
 */
export function placeFeatures(embeddings: Tensor, features: Tensor, places: readonly number[]): Tensor {
  const [batch, time, width] = embeddings.shape as [number, number, number];
  if (places.length !== features.shape[0]) throw new Error(`${places.length} places for features ${formatShape(features.shape)}`);
  const source = Array.from({ length: batch * time }, (_, i) => i);
  for (const [i, place] of places.entries()) source[place] = batch * time + i;
  const rows = concat([reshape(embeddings, [batch * time, width]), features], 0);
  return gather(rows, constant(hostTensor('i64', [batch, time], source)));
}

/** Embeddings f32[B, T, D] → what follows from them. Declares `model.layers` and `model.norm`. Throws when positions are not T. */
export function languageModel(
  scope: Scope,
  embeddings: Tensor,
  { positions, mask, attendTo = (_, own) => own, onLayer, recompute = false }: LanguageOptions,
  { layers: depth, width, heads, groups, headWidth = width / heads, hidden, epsilon, ropeBase, sections }: LanguageConfig,
): LanguageResult {
  const time = embeddings.shape[1] as number;
  for (const axis of positions) {
    const tokens = 'node' in axis ? axis.shape.at(-1) : axis.length;
    if (tokens !== time) fail(scope.in('model'), `there are ${time} tokens, but positions of ${tokens}`);
  }
  const rotary = multimodalRotary(positions, { width: headWidth, base: ropeBase, sections });
  const visible = mask ?? causalMask(time);
  const layers: KeysValues[] = [];
  let x = embeddings;
  for (let i = 0; i < depth; i++) {
    const input = x;
    const layer = (): Tensor =>
      decoderBlock(scope.in('model', 'layers', i), input, {
        heads,
        groups,
        headWidth,
        hidden,
        epsilon,
        rotary,
        mask: visible,
        attendTo: (own) => {
          layers.push(own);
          return attendTo(i, own);
        },
      });
    x = recompute ? checkpoint(layer) : layer();
    onLayer?.(i, x);
  }
  return { hidden: rmsNorm(scope.in('model', 'norm'), x, { epsilon }), layers };
}

/**
 * Next-token scores: hidden f32[..., D] → f32[..., vocabulary], or of some ids only f32[..., end − start]. Declares `lm_head.weight`, or
 * shares the embedding's table.
 */
export function logits(
  scope: Scope,
  hidden: Tensor,
  { vocabulary, width, tied }: LanguageConfig,
  { start, end }: IdRange = { start: 0, end: vocabulary },
): Tensor {
  const own = tied ? scope.in('model', 'embed_tokens') : scope.in('lm_head');
  if (end - start === vocabulary) return linear(own, hidden, { out: vocabulary, bias: false });
  return affine(hidden, slice(parameterFor(hidden, own, 'weight', [vocabulary, width], fanInInit), 0, start, end));
}
