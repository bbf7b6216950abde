/**
 * Where demonstrations begin. From home alone, where a tool is tells where it goes: once on its way, a policy need not look which thing is
 * meant, and so it does not learn to (de Haan et al. 2019, "Causal confusion in imitation learning"). So an expert works for a while and
 * its tools are taken somewhere else, unseen, before a demonstration begins.
 */
import type { Arm } from '../robot/canonical.ts';
import { matrixFromAxisAngle, multiplyRotations } from '../robot/rotation.ts';
import type { Pose } from '../robot/se3.ts';
import { length3, subtract3, type Vec3 } from '../robot/vectors.ts';
import type { RandomStream } from '../tensor/random.ts';
import type { Episode } from './episode.ts';
import { createExpert } from './expert.ts';
import { armsOf } from './robots.ts';
import { heldBy } from './skills/attempt.ts';
import { clearance, travelTo } from './skills/move.ts';
import { type Hands, type Skill, together } from './skills/skill.ts';
import { toWorld } from './world.ts';

/** How far from home tools are taken, metres, either way; arms of robots with two stay on their own side. Upwards and downwards alike. */
const AWAY = { forth: 0.18, aside: { alone: 0.28, two: 0.1 }, up: 0.12 } as const;
/** Radians about the vertical, either way */
const TURNED = 0.6;
/** Share of beginnings in which some of the work is done, and control steps of it at most */
const [BEGUN, WORK_STEPS] = [0.4, 90];
/** Control steps that tools are given to get there at most; wherever they are then, the demonstration begins */
const WANDER_STEPS = 60;
/** Metres that count as there */
const THERE = 0.02;

/** Takes the tools of an episode that has just begun elsewhere, by draws of `random`: nothing of it is part of a demonstration. */
export function beginElsewhere(episode: Episode, random: RandomStream): void {
  const { world } = episode;
  const worked = random.uniform() < BEGUN ? random.integer(WORK_STEPS) : 0;
  const expert = episode.expert();
  for (let step = 0; step < worked && !episode.succeeded(); step++) world.step(expert.act());
  const goals = new Map(armsOf(world.robot).map((arm) => [arm, placeOf(episode, arm, random)]));
  const wanderer = createExpert(world, [], { plan: (hands) => wander(hands, goals) });
  const isAway = (): boolean =>
    [...goals].some(([arm, { position }]) => {
      const tool = world.told()[arm];
      return tool !== undefined && length3(subtract3(toWorld(world.robot, tool.pose).position, position)) > THERE;
    });
  for (let step = 0; step < WANDER_STEPS && isAway(); step++) world.step(wanderer.act());
}

/** A pose over the table and over all that stands there, world frame. */
function placeOf({ world }: Episode, arm: Arm, random: RandomStream): Pose {
  const { position, rotation } = toWorld(world.robot, world.homeTool(arm));
  const either = (most: number): number => (2 * random.uniform() - 1) * most;
  const [x, y, z] = position;
  const aside = armsOf(world.robot).length > 1 ? AWAY.aside.two : AWAY.aside.alone;
  const to: Vec3 = [x + either(AWAY.forth), y + either(aside), z + either(AWAY.up)];
  const turned = matrixFromAxisAngle([0, 0, either(TURNED)]);
  const free = clearance(world, to, to, heldBy(world, arm));
  return { position: [to[0], to[1], Math.max(to[2], free)], rotation: multiplyRotations(turned, rotation) };
}

/** All arms to their places at once; grippers stay as they are. */
function* wander(hands: Hands, goals: ReadonlyMap<Arm, Pose>): Skill {
  const skills = [...goals].map(([arm, goal]) => {
    const carried = heldBy(hands.world, arm);
    const gripper = carried === undefined ? 1 : 0;
    return travelTo(hands, arm, () => goal, { gripper, ...(carried !== undefined && { carried, below: 0.05 }) });
  });
  return yield* together(...skills);
}
