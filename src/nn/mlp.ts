/** The feed-forward half of a transformer block. */
import { gelu, relu, silu } from '../tensor/ops/activation.ts';
import { mul } from '../tensor/ops/arithmetic.ts';
import type { Scope } from '../tensor/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { unknownKind } from './layer.ts';
import { linear } from './linear.ts';

export type Activation = 'gelu' | 'gelu-tanh' | 'silu' | 'relu';

/** `gelu` is exact (erf), `gelu-tanh` its approximation, `silu` x·σ(x). Throws when it is none of these. */
export function activate(x: Tensor, activation: Activation): Tensor {
  switch (activation) {
    case 'gelu':
      return gelu(x);
    case 'gelu-tanh':
      return gelu(x, { approximate: true });
    case 'silu':
      return silu(x);
    case 'relu':
      return relu(x);
    default:
      return unknownKind('activation', activation);
  }
}

/** Widths and activation. */
export interface MlpOptions {
  /** Channels between the two layers. */
  readonly hidden: number;
  /** Output channels: those of the input by default. */
  readonly out?: number;
  /** `gelu` by default */
  readonly activation?: Activation;
  /** true by default */
  readonly bias?: boolean;
  /** What the checkpoint calls the two layers: `fc1` and `fc2` by default, as timm, DINOv2 and VGGT do. */
  readonly names?: readonly [string, string];
}

/** linear → activation → linear: f32[..., D] → f32[..., out]. Declares `fc1` and `fc2`. */
export function mlp(
  scope: Scope,
  x: Tensor,
  { hidden, out = x.shape.at(-1) as number, activation = 'gelu', bias = true, names = ['fc1', 'fc2'] }: MlpOptions,
): Tensor {
  const [first, second] = names;
  return linear(scope.in(second), activate(linear(scope.in(first), x, { out: hidden, bias }), activation), { out, bias });
}

/** Widths. */
export interface SwiGluOptions {
  readonly hidden: number;
  readonly out?: number;
  /** false by default; Qwen2.5's vision tower has them, its language model does not. */
  readonly bias?: boolean;
}

/** down(silu(gate(x))·up(x)): f32[..., D] → f32[..., out]. Declares `gate_proj`, `up_proj`, `down_proj`. Shazeer 2020, "GLU variants". */
export function swiGlu(scope: Scope, x: Tensor, { hidden, out = x.shape.at(-1) as number, bias = false }: SwiGluOptions): Tensor {
  const gate = silu(linear(scope.in('gate_proj'), x, { out: hidden, bias }));
  const up = linear(scope.in('up_proj'), x, { out: hidden, bias });
  return linear(scope.in('down_proj'), mul(gate, up), { out, bias });
}

export type FeedForwardOptions = ({ readonly kind: 'mlp' } & MlpOptions) | ({ readonly kind: 'swiglu' } & SwiGluOptions);

/** Whichever of the two a model uses. Throws when it is neither. */
export function feedForward(scope: Scope, x: Tensor, options: FeedForwardOptions): Tensor {
  switch (options.kind) {
    case 'mlp':
      return mlp(scope, x, options);
    case 'swiglu':
      return swiGlu(scope, x, options);
    default:
      return unknownKind('feed-forward layer', (options as { kind: never }).kind);
  }
}
