/** Normalisation layers over the last axis. */
import { layerNorm as normalizeLayer, rmsNorm as normalizeRms } from '../tensor/ops/normalize.ts';
import { onesInit, type Scope, zerosInit } from '../tensor/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { parameterFor, unknownKind } from './layer.ts';

/** What keeps the division finite. */
export interface EpsilonOptions {
  /** Added to the variance: 1e-5 for `layerNorm` (PyTorch's default), 1e-6 for `rmsNorm` (Qwen2.5's). */
  readonly epsilon?: number;
}

/**
 * (x − mean)/√(variance + ε)·weight + bias: f32[..., D] → f32[..., D]. Declares `weight` [D] (ones) and `bias` [D] (zeros).
 * Ba et al. 2016. Without parameters it is the op of the same name.
 */
export function layerNorm(scope: Scope, x: Tensor, { epsilon = 1e-5 }: EpsilonOptions = {}): Tensor {
  const width = x.shape.slice(-1);
  const scale = parameterFor(x, scope, 'weight', width, onesInit);
  return normalizeLayer(x, { epsilon, scale, bias: parameterFor(x, scope, 'bias', width, zerosInit) });
}

/** x/√(mean of squares + ε)·weight: f32[..., D] → f32[..., D]. Declares `weight` [D] (ones). Zhang and Sennrich 2019. */
export function rmsNorm(scope: Scope, x: Tensor, { epsilon = 1e-6 }: EpsilonOptions = {}): Tensor {
  return normalizeRms(x, { epsilon, scale: parameterFor(x, scope, 'weight', x.shape.slice(-1), onesInit) });
}

/** Which norm. */
export interface NormOptions extends EpsilonOptions {
  readonly kind: 'layer' | 'rms';
}

/** Whichever of the two a model uses. Throws when it is neither. */
export function norm(scope: Scope, x: Tensor, { kind, ...options }: NormOptions): Tensor {
  switch (kind) {
    case 'layer':
      return layerNorm(scope, x, options);
    case 'rms':
      return rmsNorm(scope, x, options);
    default:
      return unknownKind('norm', kind);
  }
}
