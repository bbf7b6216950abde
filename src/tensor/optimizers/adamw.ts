/** AdamW: Loshchilov and Hutter 2019, algorithm 2, with PyTorch's conventions (decay scaled by the learning rate). */
import { add, div, mul, sub } from '../ops/arithmetic.ts';
import { exp, sqrt } from '../ops/math.ts';
import type { Tensor } from '../tensor.ts';
import type { Optimizer } from './optimizer.ts';
import { constantSchedule, type Schedule } from './schedule.ts';

/** PyTorch's defaults, but for the learning rate. */
export interface AdamWOptions {
  readonly learningRate: number | Schedule;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** Decoupled: the parameter shrinks by learningRate · weightDecay, whatever its gradient. */
  readonly weightDecay?: number;
}

/**
 * m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², θ ← (1−ηλ)θ − η·(m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + ε). Factors are gathered in scalars,
 * so that each pass over memory does something.
 */
export function adamw({ learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 }: AdamWOptions): Optimizer {
  const schedule = typeof learningRate === 'number' ? constantSchedule(learningRate) : learningRate;
  return {
    learningRate: schedule,
    update: ({ parameter, gradient, clip, step, moment }) => {
      const [m, v] = [moment('exp_avg'), moment('exp_avg_sq')];
      const clipped = clip ?? 1;
      const first = add(mul(m.tensor, beta1), mul(gradient, scaled(clipped, 1 - beta1)));
      const second = add(mul(v.tensor, beta2), mul(mul(gradient, gradient), scaled(clip ? mul(clip, clip) : 1, 1 - beta2)));
      const rate = schedule(step);
      const count = add(step, 1);
      const correction1 = sub(1, exp(mul(count, Math.log(beta1))));
      const correction2 = sqrt(sub(1, exp(mul(count, Math.log(beta2)))));
      const direction = div(first, add(sqrt(second), mul(correction2, epsilon)));
      const value = sub(decayed(parameter.tensor, rate, weightDecay), mul(direction, mul(rate, div(correction2, correction1))));
      return {
        value,
        moments: [
          [m, first],
          [v, second],
        ],
      };
    },
  };
}

const scaled = (factor: Tensor | number, by: number): Tensor | number => (typeof factor === 'number' ? factor * by : mul(factor, by));

/** (1 − rate·weightDecay)·θ */
export function decayed(parameter: Tensor, rate: Tensor, weightDecay: number): Tensor {
  return weightDecay === 0 ? parameter : mul(parameter, sub(1, mul(rate, weightDecay)));
}
