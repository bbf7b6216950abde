/** Worse sensors: grain, blur, and an exposure that is off. */
import type { RandomStream } from '../../tensor/random.ts';
import type { EpisodePlan } from '../episode.ts';
import { factor, shareOf, sign } from './strength.ts';

/** At most: of 255, pixels, factor of the light */
const MOST = { grain: 25, blur: 1.25, exposure: 1.6 } as const;

/** Adds noise to what the cameras see, and changes nothing else. */
export function perturbNoise(plan: EpisodePlan, strength: number, random: RandomStream): EpisodePlan {
  const noise = {
    grain: MOST.grain * shareOf(strength, random),
    blur: MOST.blur * shareOf(strength, random),
    exposure: factor(MOST.exposure, shareOf(strength, random), sign(random)),
    seed: random.next(),
  };
  return { ...plan, scene: { ...plan.scene, noise } };
}
