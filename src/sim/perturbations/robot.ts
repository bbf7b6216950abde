/** A robot that does not wait at home. */
import { ARMS, type Arm } from '../../robot/canonical.ts';
import { forwardKinematics } from '../../robot/kinematics.ts';
import { length3, subtract3, type Vec3 } from '../../robot/vectors.ts';
import type { RandomStream } from '../../tensor/random.ts';
import type { EpisodePlan } from '../episode.ts';
import { armsOf, type SimRobot } from '../robots.ts';
import type { Thing } from '../scene.ts';
import { toWorld } from '../world.ts';
import { shareOf } from './strength.ts';

/** Radians that all joints of an arm are away from home together, at most: the root of the sum of their squares */
const MOST = 0.5;
/** Radians that joints keep away from their limits */
const MARGIN = 0.05;
/** Metres that tools are above things, and above the table */
const ABOVE = { things: 0.06, table: 0.09 } as const;
/** Metres between the tools of two arms */
const APART = 0.15;
/** Tools still point down: the least cosine */
const DOWN = 0.75;
/** Directions that are tried before less is */
const ATTEMPTS = 60;

/** Changes where the arms start from, and nothing else. Where tools would be among things, an arm is less far away from home. */
export function perturbRobot(plan: EpisodePlan, strength: number, random: RandomStream, robot: SimRobot): EpisodePlan {
  const start: { [arm in Arm]?: readonly number[] } = { ...plan.scene.start };
  const tools: Vec3[] = [];
  for (const arm of ARMS.filter((name) => armsOf(robot).includes(name))) {
    const from = start[arm] ?? (robot.home[arm] as readonly number[]);
    const size = MOST * shareOf(strength, random);
    const found = firstOf(6 * ATTEMPTS, (attempt) => {
      const joints = away(from, size * (1 - Math.floor(attempt / ATTEMPTS) / 6), random);
      const tool = toolIfFree(robot, arm, joints, plan.scene.things);
      return tool && tools.every((other) => length3(subtract3(tool, other)) >= APART) ? { joints, tool } : undefined;
    });
    if (!found) continue;
    start[arm] = found.joints;
    tools.push(found.tool);
  }
  return { ...plan, scene: { ...plan.scene, start } };
}

/** Joints so far from others, in any direction. */
function away(from: readonly number[], size: number, random: RandomStream): number[] {
  const way = from.map(() => random.normal());
  const length = Math.sqrt(way.reduce((sum, x) => sum + x * x, 0));
  return from.map((q, i) => q + (size * (way[i] as number)) / length);
}

/** Where the tool is (world frame) with its joints so; undefined where joints or tool may not be. */
function toolIfFree(robot: SimRobot, arm: Arm, joints: readonly number[], things: readonly Thing[]): Vec3 | undefined {
  const chain = robot.arms[arm]?.chain;
  if (!chain) return undefined;
  const within = chain.joints.every(({ limits }, i) => {
    const q = joints[i] as number;
    return !limits || (q >= limits[0] + MARGIN && q <= limits[1] - MARGIN);
  });
  if (!within) return undefined;
  const { position, rotation } = toWorld(robot, forwardKinematics(chain, joints));
  if (-rotation[8] < DOWN || position[2] < ABOVE.table) return undefined;
  return things.every((thing) => isAbove(position, thing)) ? position : undefined;
}

/** Whether a tool is beside a thing or high enough above it. */
function isAbove([x, y, z]: Vec3, { model: { bounds }, pose }: Thing): boolean {
  const [low, high] = bounds;
  const sideways = length3([Math.max(-low[0], high[0]), Math.max(-low[1], high[1]), 0]);
  const [dx, dy] = [x - pose.position[0], y - pose.position[1]];
  // A hand is some 10 cm wide on either side.
  return Math.sqrt(dx * dx + dy * dy) > sideways + 0.1 || z >= pose.position[2] + high[2] + ABOVE.things;
}

/** The first of so many attempts that comes to something. */
function firstOf<T>(attempts: number, make: (attempt: number) => T | undefined): T | undefined {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const made = make(attempt);
    if (made !== undefined) return made;
  }
  return undefined;
}
