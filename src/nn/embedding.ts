/** Table look-up. */
import { gather } from '../tensor/ops/gather.ts';
import { type Initializer, normalInit, type Scope } from '../tensor/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Size and first values of the table. */
export interface EmbeddingOptions {
  /** Rows of the table: ids run from 0 to count − 1. */
  readonly count: number;
  readonly width: number;
  /** Normal with deviation 0.02 by default, as GPT-2 and Qwen2.5 (PyTorch's own default is 1). */
  readonly init?: Initializer;
}

/** ids i64[...] (or i32) → f32[..., width]. Declares `weight` [count, width]. An id out of range fails when the program runs. */
export function embedding(scope: Scope, ids: Tensor, { count, width, init = normalInit(0.02) }: EmbeddingOptions): Tensor {
  return gather(scope.parameter('weight', [count, width], { init }), ids);
}
