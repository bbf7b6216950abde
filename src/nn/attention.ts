/**
 * Multi-head attention (Vaswani et al. 2017), with fewer key heads than query heads where wanted (grouped-query, Ainslie et al.
 * 2023): of tokens to each other, and of tokens to a context.
 */
import { scaledDotProductAttention } from '../tensor/ops/attention.ts';
import { reshape, slice } from '../tensor/ops/layout.ts';
import { affine } from '../tensor/ops/matmul.ts';
import { type Scope, zerosInit } from '../tensor/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { fail, fanInInit, parameterFor } from './layer.ts';
import { linear } from './linear.ts';
import { additiveMask } from './masks.ts';
import { type NormOptions, norm } from './norm.ts';
import { applyRotary, type RotaryTable } from './rotary.ts';

/** What queries attend to: one layer's keys and values. */
export interface KeysValues {
  /** f32[B, S, G, d], normalised and rotated */
  readonly keys: Tensor;
  /** f32[B, S, G, d] */
  readonly values: Tensor;
}

/** Heads, names and masks, with the defaults of a plain transformer. */
export interface AttentionOptions {
  /** Query heads, H. */
  readonly heads: number;
  /** Key and value heads, G, each shared by H/G query heads: H by default. */
  readonly groups?: number;
  /** Channels of a head, d: D/H by default. */
  readonly headWidth?: number;
  /**
   * How the checkpoint keeps the projections. `separate`: `q_proj`, `k_proj`, `v_proj`, `o_proj` (Llama, Qwen2), the default.
   * `fused`: `qkv` with the rows of q, k and v one after another, and `proj` (timm, DINOv2, VGGT).
   */
  readonly projections?: 'separate' | 'fused';
  /** Biases of the query, key and value projections; true by default. */
  readonly qkvBias?: boolean;
  /** Bias of the output projection; true by default. */
  readonly outBias?: boolean;
  /** Normalise each head's queries and keys (`q_norm`, `k_norm`), before rotation. */
  readonly qkNorm?: NormOptions | undefined;
  /** Rotates queries and keys. */
  readonly rotary?: RotaryTable | undefined;
  /** Broadcasts to [B, H, T, S]: bool, true where a query sees a key (see `masks.ts`), or floating-point and added to the scores. */
  readonly mask?: Tensor | undefined;
}

/** The same, for tokens that attend to themselves. */
export interface SelfAttentionOptions extends AttentionOptions {
  /**
   * What is attended to, given the layer's own keys and values: just those by default. A cache's (`CacheStep.append`), or
   * another network's joined with them (`joinKeysValues`); it may also note them for a network that comes later.
   */
  readonly attendTo?: ((own: KeysValues) => KeysValues) | undefined;
}

/** Every token attends to every token: x f32[B, T, D] → f32[B, T, D]. */
export function selfAttention(scope: Scope, x: Tensor, { attendTo = (own) => own, ...options }: SelfAttentionOptions): Tensor {
  const attended = attendTo(keysValues(scope, x, options));
  return attend(scope, queries(scope, x, options), attended, { ...options, width: x.shape.at(-1) as number });
}

/** The same, for tokens that attend to others. */
export interface CrossAttentionOptions extends Omit<AttentionOptions, 'rotary'> {
  /** f32[B, S, C]: what keys and values are made from. */
  readonly context: Tensor;
}

/** Tokens of x f32[B, T, D] attend to those of `context` → f32[B, T, D]. With `fused` projections C must be D. */
export function crossAttention(scope: Scope, x: Tensor, { context, ...options }: CrossAttentionOptions): Tensor {
  const width = x.shape.at(-1) as number;
  if (options.projections === 'fused' && context.shape.at(-1) !== width) {
    fail(scope, `fused projections need a context as wide as x, ${width} channels, but it has ${context.shape.at(-1)}`);
  }
  const shared = { ...options, headWidth: headSizes(scope, x, options).d };
  return attend(scope, queries(scope, x, shared), keysValues(scope, context, shared), { ...shared, width });
}

/** x f32[B, T, D] → f32[B, T, H, d], normalised and rotated. */
function queries(scope: Scope, x: Tensor, options: AttentionOptions): Tensor {
  const { heads, d } = headSizes(scope, x, options);
  return positioned(scope, 'q_norm', projectHeads(scope, x, 'q', heads, d, options), options);
}

/** x f32[B, S, D] → keys and values f32[B, S, G, d]. */
function keysValues(scope: Scope, x: Tensor, options: AttentionOptions): KeysValues {
  const { groups, d } = headSizes(scope, x, options);
  const keys = positioned(scope, 'k_norm', projectHeads(scope, x, 'k', groups, d, options), options);
  return { keys, values: projectHeads(scope, x, 'v', groups, d, options) };
}

interface AttendOptions extends Pick<AttentionOptions, 'projections' | 'outBias' | 'mask'> {
  /** Output channels. */
  readonly width: number;
}

/** Attention itself and the output projection: q f32[B, T, H, d] → f32[B, T, width]. */
function attend(
  scope: Scope,
  q: Tensor,
  { keys, values }: KeysValues,
  { width, projections = 'separate', outBias = true, mask }: AttendOptions,
): Tensor {
  const [batch, time] = q.shape as [number, number];
  const added = mask?.dtype === 'bool' ? additiveMask(mask, q.dtype) : mask;
  const mixed = scaledDotProductAttention(q, keys, values, { mask: added });
  const out = scope.in(projections === 'fused' ? 'proj' : 'o_proj');
  return linear(out, reshape(mixed, [batch, time, -1]), { out: width, bias: outBias });
}

interface HeadSizes {
  readonly heads: number;
  readonly groups: number;
  readonly d: number;
}

function headSizes(scope: Scope, x: Tensor, { heads, groups = heads, headWidth }: AttentionOptions): HeadSizes {
  if (x.shape.length !== 3) fail(scope, `attention expects [batch, time, channels], found [${x.shape.join(', ')}]`);
  const width = x.shape[2] as number;
  const d = headWidth ?? width / heads;
  if (!Number.isInteger(d)) fail(scope, `${width} channels do not divide among ${heads} heads: give headWidth`);
  if (heads % groups !== 0) fail(scope, `${heads} query heads do not divide among ${groups} key heads`);
  return { heads, groups, d };
}

/**
 * x f32[B, T, D] → f32[B, T, count, d]. Of a fused weight [(H + 2G)·d, D] the rows of one projection are cut out: a third of the
 * weight is far smaller than a third of the activations.
 */
function projectHeads(scope: Scope, x: Tensor, which: 'q' | 'k' | 'v', count: number, d: number, options: AttentionOptions): Tensor {
  const { heads, groups = heads, projections = 'separate', qkvBias = true } = options;
  const [batch, time, width] = x.shape as [number, number, number];
  const shape = [batch, time, count, d];
  if (projections === 'separate') return reshape(linear(scope.in(`${which}_proj`), x, { out: count * d, bias: qkvBias }), shape);
  const qkv = scope.in('qkv');
  const rows = (heads + 2 * groups) * d;
  const start = { q: 0, k: heads, v: heads + groups }[which] * d;
  const part = (whole: Tensor): Tensor => slice(whole, 0, start, start + count * d);
  const weight = part(parameterFor(x, qkv, 'weight', [rows, width], fanInInit));
  return reshape(affine(x, weight, qkvBias ? part(parameterFor(x, qkv, 'bias', [rows], zerosInit)) : undefined), shape);
}

function positioned(scope: Scope, name: string, heads: Tensor, { qkNorm, rotary }: AttentionOptions): Tensor {
  const normalized = qkNorm ? norm(scope.in(name), heads, qkNorm) : heads;
  return rotary ? applyRotary(normalized, rotary) : normalized;
}
