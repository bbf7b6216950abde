/** Embedding of a continuous time, as in DiT (facebookresearch/DiT, models.py, after Nichol and Dhariwal 2021). */
import { hostTensor } from '../tensor/host.ts';
import { mul } from '../tensor/ops/arithmetic.ts';
import { concat, unsqueeze } from '../tensor/ops/layout.ts';
import { cos, sin } from '../tensor/ops/math.ts';
import type { Scope } from '../tensor/parameters.ts';
import { constant, type Tensor } from '../tensor/tensor.ts';
import { mistake } from './layer.ts';
import { mlp } from './mlp.ts';

/** Width and frequencies. */
export interface SinusoidalOptions {
  /** Channels, half of them cosines: even. */
  readonly width: number;
  /** The slowest wave takes 2π·maxPeriod units of time; 10000 by default. */
  readonly maxPeriod?: number;
  /** Factor on the time: 1 by default. For times in [0, 1] 1000 is usual, for diffusion's steps 1. */
  readonly scale?: number;
}

/** [cos(t·ωᵢ), sin(t·ωᵢ)], ωᵢ = scale·maxPeriod^(−2i/width): time f32[...] → f32[..., width]. Throws when the width is odd. */
export function sinusoidalEmbedding(time: Tensor, { width, maxPeriod = 10000, scale = 1 }: SinusoidalOptions): Tensor {
  if (width % 2 !== 0) mistake(`sinusoidalEmbedding: the width must be even, got ${width}`);
  const half = width / 2;
  const waves = Array.from({ length: half }, (_, i) => scale * maxPeriod ** (-i / half));
  const angles = mul(unsqueeze(time, -1), constant(hostTensor(time.dtype, [half], waves)));
  return concat([cos(angles), sin(angles)], -1);
}

/** The same, and the width of the embedding. */
export interface TimestepOptions extends Omit<SinusoidalOptions, 'width'> {
  /** Output channels, and those between the two layers. */
  readonly width: number;
  /** Channels of the sinusoidal embedding; 256 by default. */
  readonly waves?: number;
}

/** Sinusoidal embedding, linear, SiLU, linear: time f32[B] → f32[B, width]. Declares `mlp.0` and `mlp.2`. */
export function timestepEmbedding(scope: Scope, time: Tensor, { width, waves = 256, ...options }: TimestepOptions): Tensor {
  const embedded = sinusoidalEmbedding(time, { ...options, width: waves });
  return mlp(scope.in('mlp'), embedded, { hidden: width, out: width, activation: 'silu', names: ['0', '2'] });
}
