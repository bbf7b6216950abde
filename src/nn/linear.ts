/** The affine layer. */
import { affine } from '../tensor/ops/matmul.ts';
import { type Initializer, type Scope, zerosInit } from '../tensor/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { fanInInit, parameterFor } from './layer.ts';

/** Size and first values of the layer. */
export interface LinearOptions {
  /** Output channels. */
  readonly out: number;
  /** true by default */
  readonly bias?: boolean;
  /** First values of the weight: PyTorch's default, uniform in ±1/√in. */
  readonly init?: Initializer;
  /** First values of the bias: zeros (PyTorch draws them like the weight). */
  readonly biasInit?: Initializer;
}

/**
 * x·Wᵀ + b: x f32[..., in] → f32[..., out]. Declares `weight` [out, in] and `bias` [out].
 * In the scope of an `embedding` of `out` rows it shares that table: tied input and output embeddings.
 */
export function linear(scope: Scope, x: Tensor, { out, bias = true, init = fanInInit, biasInit = zerosInit }: LinearOptions): Tensor {
  const weight = parameterFor(x, scope, 'weight', [out, x.shape.at(-1) as number], init);
  return affine(x, weight, bias ? parameterFor(x, scope, 'bias', [out], biasInit) : undefined);
}
