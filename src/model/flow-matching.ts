/** Flow matching (equation 2; Lipman et al. 2023): a straight way from noise to an action, and the velocity along it. */
import { add, div, maximum, mul, square, sub } from '../tensor/ops/arithmetic.ts';
import { sum } from '../tensor/ops/broadcast.ts';
import { reshape } from '../tensor/ops/layout.ts';
import type { RandomStream } from '../tensor/random.ts';
import { full, type Tensor } from '../tensor/tensor.ts';

/** How flow times are drawn. Noise is at 0. */
export type FlowTimes =
  /** Alike between 0 and 1 */
  | { readonly kind: 'uniform' }
  /** 0.999·(1 − b), b from Beta(alpha, beta): π0's (Black et al. 2024) with 1.5 and 1, which draws more times near noise */
  | { readonly kind: 'beta'; readonly alpha: number; readonly beta: number };

/** π0's times. */
export const PI0_TIMES: FlowTimes = { kind: 'beta', alpha: 1.5, beta: 1 };

/** Draws a flow time: 0 noise … 1 action. Throws for parameters of a beta distribution other than beta = 1, which are not supported. */
export function drawFlowTime(times: FlowTimes, random: RandomStream): number {
  if (times.kind === 'uniform') return random.uniform();
  if (times.beta !== 1 || !(times.alpha > 0))
    throw new Error(`flow times from Beta(${times.alpha}, ${times.beta}): expected Beta(α > 0, 1)`);
  // The distribution function of Beta(α, 1) is x^α. In π0's own words time 1 is noise.
  return 0.999 * (1 - random.uniform() ** (1 / times.alpha));
}

/** A chunk on its way, and where it goes. */
export interface FlowPoint {
  /** A_τ = τA + (1 − τ)ε */
  readonly noisy: Tensor;
  /** A − ε */
  readonly velocity: Tensor;
}

/** Actions f32[B, K, A], noise of the same shape, time f32[B]. */
export function flowPoint(actions: Tensor, noise: Tensor, time: Tensor): FlowPoint {
  const velocity = sub(actions, noise);
  return { noisy: add(noise, mul(reshape(time, [-1, 1, 1]), velocity)), velocity };
}

/** The mean of squared errors over what there is: predicted, velocity, real f32[B, K, A] → f32 scalar; 0 when there is nothing. */
export const flowLoss = (predicted: Tensor, velocity: Tensor, real: Tensor): Tensor =>
  div(sum(mul(square(sub(predicted, velocity)), real)), maximum(sum(real), 1));

/** From noise to an action along a velocity field, by Euler's method in so many steps: noise f32[B, K, A] → f32[B, K, A]. */
export function integrateFlow(noise: Tensor, steps: number, velocity: (at: Tensor, time: Tensor) => Tensor): Tensor {
  const batch = noise.shape[0] as number;
  let at = noise;
  for (let i = 0; i < steps; i++) at = add(at, mul(velocity(at, full('f32', [batch], i / steps)), 1 / steps));
  return at;
}
