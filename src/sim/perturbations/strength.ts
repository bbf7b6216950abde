/** How much a perturbation changes. */
import { length3, scale3, type Vec3 } from '../../robot/vectors.ts';
import { exp, log } from '../../tensor/portable-math.ts';
import type { RandomStream } from '../../tensor/random.ts';

/** The greatest strength; the least is 1. */
export const STRONGEST = 5;

/** Of the most that there is, a share that grows with the strength: between 0.8 and 1 times strength / 5. */
export const shareOf = (strength: number, random: RandomStream): number => ((1 - 0.2 * random.uniform()) * strength) / STRONGEST;

/** A direction in space, each as likely as any other. */
export function direction(random: RandomStream): Vec3 {
  const v: Vec3 = [random.normal(), random.normal(), random.normal()];
  const length = length3(v);
  return length > 1e-6 ? scale3(v, 1 / length) : [1, 0, 0];
}

/** Up or down. */
export const sign = (random: RandomStream): 1 | -1 => (random.uniform() < 0.5 ? 1 : -1);

/** A factor: `most` or 1 / `most` where the share is 1, 1 where it is 0. */
export const factor = (most: number, share: number, upOrDown: 1 | -1): number => exp(upOrDown * share * log(most));
