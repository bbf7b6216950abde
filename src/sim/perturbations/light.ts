/** Another light: from elsewhere, stronger or weaker, warmer or colder, with deeper or fainter shadows. */
import { matrixFromAxisAngle, rotateVector } from '../../robot/rotation.ts';
import { length3, scale3, type Vec3 } from '../../robot/vectors.ts';
import { cos, sin } from '../../tensor/portable-math.ts';
import type { RandomStream } from '../../tensor/random.ts';
import type { EpisodePlan } from '../episode.ts';
import type { Light } from '../render/types.ts';
import { factor, shareOf, sign } from './strength.ts';

/** How different a light becomes at most: radians, and factors. Of the directional part it is nearer to 1, for what is too bright turns white. */
const MOST = { turn: 1.1, directional: 2.2, ambient: 1.7, temperature: 2.2 } as const;
/** Light comes from so far above the table at least: the sine of its height. */
const LOWEST = 0.35;

/** Changes the light of the room, and nothing else. */
export function perturbLight(plan: EpisodePlan, strength: number, random: RandomStream): EpisodePlan {
  const { room } = plan.scene;
  return { ...plan, scene: { ...plan.scene, room: { ...room, light: otherLight(room.light, strength, random) } } };
}

/** A light that differs from another. */
export function otherLight({ direction, directional, ambient, temperature }: Light, strength: number, random: RandomStream): Light {
  const angle = 2 * Math.PI * random.uniform();
  const turn = scale3([cos(angle), sin(angle), 0], MOST.turn * shareOf(strength, random));
  const change = (most: number): number => factor(most, shareOf(strength, random), sign(random));
  return {
    direction: fromAbove(rotateVector(matrixFromAxisAngle(turn), scale3(direction, 1 / length3(direction)))),
    directional: Math.min(directional * change(MOST.directional), 1.6),
    ambient: Math.min(ambient * change(MOST.ambient), 0.9),
    temperature: Math.min(Math.max(temperature * change(MOST.temperature), 2500), 12000),
  };
}

/** The direction that is nearest to one of length 1 and comes down steeply enough. */
function fromAbove([x, y, z]: Vec3): Vec3 {
  if (z <= -LOWEST) return [x, y, z];
  const across = Math.sqrt(x * x + y * y);
  const scale = Math.sqrt(1 - LOWEST * LOWEST) / across;
  return [x * scale, y * scale, -LOWEST];
}
