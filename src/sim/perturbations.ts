/**
 * What can be different from what a policy was trained with, after LIBERO-Plus (Fei et al. 2025, arXiv 2510.13626): seven kinds, each
 * with five strengths. A perturbation changes what is decided before an episode begins, and of that only what its name says; several
 * can be applied one after the other.
 */
import { unknownName } from '../robot/names.ts';
import { type RandomStream, randomStream } from '../tensor/random.ts';
import type { EpisodePlan } from './episode.ts';
import { perturbBackground } from './perturbations/background.ts';
import { perturbCamera } from './perturbations/camera.ts';
import { perturbLanguage } from './perturbations/language.ts';
import { perturbLayout } from './perturbations/layout.ts';
import { perturbLight } from './perturbations/light.ts';
import { perturbNoise } from './perturbations/noise.ts';
import { perturbRobot } from './perturbations/robot.ts';
import { STRONGEST } from './perturbations/strength.ts';
import type { SimRobot } from './robots.ts';

/** The kinds of perturbations. */
export const PERTURBATIONS = ['camera', 'robot', 'language', 'light', 'background', 'noise', 'layout'] as const;
/** See PERTURBATIONS. */
export type PerturbationKind = (typeof PERTURBATIONS)[number];

/** What a kind does: to a plan, for a robot, with so much strength. */
type Perturb = (plan: EpisodePlan, strength: number, random: RandomStream, robot: SimRobot) => EpisodePlan;

const PERTURB: Readonly<Record<PerturbationKind, Perturb>> = {
  camera: perturbCamera,
  robot: perturbRobot,
  language: perturbLanguage,
  light: perturbLight,
  background: perturbBackground,
  noise: perturbNoise,
  layout: perturbLayout,
};

/**
 * A perturbation, for `EpisodeOptions.change`. What it draws depends on its seed and on that of the episode; of one seed, a greater
 * strength is more of the same. Throws for an unknown kind, with the names that are most like it, and for strengths
 * and seeds that are none.
 */
export function perturbation(kind: string, strength: number, seed = 0): (plan: EpisodePlan, robot: SimRobot) => EpisodePlan {
  if (!isKind(kind)) throw unknownName('perturbation', kind, PERTURBATIONS);
  if (!(Number.isInteger(strength) && strength >= 1 && strength <= STRONGEST)) {
    throw new Error(`the perturbation ${kind} has the strength ${strength}: expected a whole number from 1 to ${STRONGEST}`);
  }
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new Error(`the seed of the perturbation ${kind} is ${seed}: expected a whole number from 0 up`);
  return (plan, robot) => PERTURB[kind](plan, strength, randomStream(plan.seed, `${plan.task.name} ${kind} ${seed}`), robot);
}

const isKind = (name: string): name is PerturbationKind => (PERTURBATIONS as readonly string[]).includes(name);

/** A kind and a strength. */
export interface PerturbationSpec {
  readonly kind: PerturbationKind;
  readonly strength: number;
}

/**
 * Kinds and strengths from a text: `camera:3,light:5`; none from an empty one. Throws for unknown kinds, strengths that are none, and
 * kinds that are there twice.
 */
export function parsePerturbations(text: string): PerturbationSpec[] {
  const specs: PerturbationSpec[] = [];
  for (const item of text.split(',').map((part) => part.trim())) {
    if (item === '' && text.trim() === '') continue;
    const [kind = '', strength, ...rest] = item.split(':').map((part) => part.trim());
    if (!isKind(kind)) throw unknownName('perturbation', kind, PERTURBATIONS);
    if (rest.length > 0 || strength === undefined || !/^[1-5]$/.test(strength)) {
      throw new Error(`the perturbation ${JSON.stringify(item)} has no strength: expected ${kind}:1 to ${kind}:${STRONGEST}`);
    }
    if (specs.some((spec) => spec.kind === kind)) throw new Error(`the perturbation ${kind} is there twice in ${JSON.stringify(text)}`);
    specs.push({ kind, strength: Number(strength) });
  }
  return specs;
}
