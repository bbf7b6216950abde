/** Training losses. */
import { div, maximum, mul, neg } from '../tensor/ops/arithmetic.ts';
import { sum } from '../tensor/ops/broadcast.ts';
import { cast, stopGradient } from '../tensor/ops/cast.ts';
import { equal } from '../tensor/ops/compare.ts';
import { takeAlongAxis } from '../tensor/ops/gather.ts';
import { squeeze, unsqueeze } from '../tensor/ops/layout.ts';
import { argMax } from '../tensor/ops/reduce.ts';
import { logSoftmax } from '../tensor/ops/softmax.ts';
import { elementCount, type Tensor } from '../tensor/tensor.ts';

/** Which targets count, and how much. */
export interface CrossEntropyOptions {
  /** Weight of each target, f32 of the targets' shape; 0 leaves one out. All count the same by default. */
  readonly weights?: Tensor;
}

/**
 * Next-token loss (equation 1, as a mean): −log softmax(logits)[target], averaged over the targets by their weights.
 * logits f32[..., V], targets i64[...] in 0…V−1 → f32 scalar; 0 when all weights are 0.
 */
export function crossEntropy(logits: Tensor, targets: Tensor, { weights }: CrossEntropyOptions = {}): Tensor {
  const logProbabilities = logSoftmax(logits);
  const chosen = squeeze(takeAlongAxis(logProbabilities, unsqueeze(targets, -1), -1), -1);
  if (!weights) return neg(div(sum(chosen), elementCount(chosen)));
  return neg(div(sum(mul(chosen, weights)), maximum(sum(weights), 1e-6)));
}

/**
 * The share of targets whose logit is the largest, by their weights: logits f32[..., V], targets i64[...], weights f32[...] → f32 scalar
 * without a gradient; 0 when all weights are 0.
 */
export function tokenAccuracy(logits: Tensor, targets: Tensor, weights: Tensor): Tensor {
  const right = cast(equal(argMax(stopGradient(logits), -1), targets), 'f32');
  return div(sum(mul(right, weights)), maximum(sum(weights), 1e-6));
}
