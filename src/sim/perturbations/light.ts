/** Another light: from elsewhere, stronger or weaker, warmer or colder, with deeper or fainter shadows. */
import { matrixFromAxisAngle, rotateVector } from '../../robot/rotation.ts';
import { length3, scale3, type Vec3 } from '../../robot/vectors.ts';
import { cos, sin } from '../../tensor/portable-math.ts';
import type { RandomStream } from '../../tensor/random.ts';
import type { EpisodePlan } from '../episode.ts';
import type { Light } from '../render/types.ts';
import { factor, shareOf, sign } from './strength.ts';

/** How different a light becomes at most: radians that it turns, and factors */
const MOST = { turn: 1.1, directional: 2, ambient: 1.6, temperature: 2 } as const;
/** Light comes from so far above the table at least: the sine of its height. */
const LOWEST = 0.45;
/** Directional and ambient part together, at most: with more, what is bright turns white. */
const BRIGHTEST = 1.4;
/** Kelvin */
const TEMPERATURES = [2800, 12000] as const;

/** Changes the light of the room, and nothing else. */
export function perturbLight(plan: EpisodePlan, strength: number, random: RandomStream): EpisodePlan {
  const { table, floor, wall, name, light } = plan.scene.room;
  const room = { name, table, floor, wall, light: otherLight(light, strength, random) };
  return { ...plan, scene: { ...plan.scene, room } };
}

/** A light that differs from another by so much strength. */
export function otherLight({ direction, directional, ambient, temperature }: Light, strength: number, random: RandomStream): Light {
  const angle = 2 * Math.PI * random.uniform();
  const turn = scale3([cos(angle), sin(angle), 0], MOST.turn * shareOf(strength, random));
  const change = (most: number): number => factor(most, shareOf(strength, random), sign(random));
  const [bright, dim] = [directional * change(MOST.directional), ambient * change(MOST.ambient)];
  const scale = Math.min(1, BRIGHTEST / (bright + dim));
  return {
    direction: fromAbove(rotateVector(matrixFromAxisAngle(turn), scale3(direction, 1 / length3(direction)))),
    directional: bright * scale,
    ambient: dim * scale,
    temperature: Math.min(Math.max(temperature * change(MOST.temperature), TEMPERATURES[0]), TEMPERATURES[1]),
  };
}

/** The direction that is nearest to one of length 1 and comes down steeply enough. */
function fromAbove([x, y, z]: Vec3): Vec3 {
  if (z <= -LOWEST) return [x, y, z];
  const across = Math.sqrt(x * x + y * y);
  const scale = Math.sqrt(1 - LOWEST * LOWEST) / across;
  return [x * scale, y * scale, -LOWEST];
}
