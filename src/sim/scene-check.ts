/** Whether a scene can be. */

import { ARMS } from '../robot/canonical.ts';
import { unknownName } from '../robot/names.ts';
import { checkPose } from '../robot/se3.ts';
import { armsOf, type SimRobot } from './robots.ts';
import type { Scene } from './scene.ts';

/** Joints may be out of their limits by so much, radians or metres */
const ROUNDING = 1e-6;

/** Throws for names that cannot be, twins, poses that are none, and joints that the things or the robot lack or that are out of their range. */
export function checkScene({ things, start, cameras = {} }: Scene, robot: SimRobot): void {
  const ids = new Set<string>();
  for (const { id, model, pose, joints = {} } of things) {
    if (!/^[a-z0-9][a-z0-9 -]*$/.test(id))
      throw new Error(`a thing is called ${JSON.stringify(id)}: expected lower-case letters, digits, spaces, dashes`);
    if (ids.has(id)) throw new Error(`two things of the scene are called ${JSON.stringify(id)}`);
    ids.add(id);
    checkPose(id, pose);
    const names = (model.parts ?? []).map(({ name }) => name);
    for (const [name, value] of Object.entries(joints)) {
      const part = (model.parts ?? []).find((other) => other.name === name);
      if (!part) throw unknownName(`part of ${id}`, name, names);
      const [low, high] = part.joint.range;
      if (!(value >= low && value <= high)) throw new Error(`${name} of ${id} is at ${value}: expected ${low} to ${high}`);
    }
  }
  for (const arm of ARMS) {
    const given = start?.[arm];
    if (!given) continue;
    const own = robot.arms[arm];
    if (!own)
      throw new Error(`the scene has a start for the ${arm} arm, but ${robot.embodiment.name} has only ${armsOf(robot).join(', ')}`);
    const { joints } = own.chain;
    if (given.length !== joints.length || !given.every(Number.isFinite)) {
      throw new Error(`the ${arm} arm starts from [${given.join(', ')}]: expected ${joints.length} finite numbers`);
    }
    for (const [i, { name, limits }] of joints.entries()) {
      const value = given[i] as number;
      if (limits && !(value >= limits[0] - ROUNDING && value <= limits[1] + ROUNDING)) {
        throw new Error(`${name} starts from ${value}: expected ${limits[0]} to ${limits[1]}`);
      }
    }
  }
  for (const [view, { move = [], turn = [], zoom = 1 }] of Object.entries(cameras)) {
    if (![...move, ...turn, zoom].every(Number.isFinite) || zoom <= 0) {
      throw new Error(
        `the ${view} camera is moved by [${move.join(', ')}], turned by [${turn.join(', ')}], zoomed by ${zoom}: expected finite numbers`,
      );
    }
  }
}
