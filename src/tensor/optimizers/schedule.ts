/** Learning-rate schedules: f32 scalar from the number of updates done, computed inside the program. */
import { add, div, minimum, mul } from '../ops/arithmetic.ts';
import { clip, cos } from '../ops/math.ts';
import { scalar, type Tensor } from '../tensor.ts';

/** `step`: updates done so far, f32 scalar → learning rate, f32 scalar */
export type Schedule = (step: Tensor) => Tensor;

/** How to begin. */
export interface WarmupOptions {
  /** Updates over which the rate rises linearly to its peak; the first update has 1/warmup of it. */
  readonly warmup?: number;
}

/** A constant rate, after a linear warm-up. */
export function constantSchedule(rate: number, { warmup = 0 }: WarmupOptions = {}): Schedule {
  return (step) => (warmup === 0 ? scalar('f32', rate) : mul(warmedUp(step, warmup), rate));
}

/** How to begin and to end. */
export interface CosineOptions extends WarmupOptions {
  /** Update at which the rate reaches its floor and stays there. */
  readonly total: number;
  /** Rate at the end; 0 by default. */
  readonly floor?: number;
}

/** Linear warm-up to `peak`, then half a cosine down to `floor` (Loshchilov and Hutter 2017, without restarts). */
export function cosineSchedule(peak: number, { total, warmup = 0, floor = 0 }: CosineOptions): Schedule {
  if (!(total > warmup)) throw new Error(`cosineSchedule: total (${total}) must be more than warmup (${warmup})`);
  return (step) => {
    const progress = clip(div(add(step, -warmup), total - warmup), 0, 1);
    const decayed = add(mul(add(cos(mul(progress, Math.PI)), 1), (peak - floor) / 2), floor);
    return warmup === 0 ? decayed : mul(warmedUp(step, warmup), decayed);
  };
}

const warmedUp = (step: Tensor, warmup: number): Tensor => minimum(div(add(step, 1), warmup), 1);
