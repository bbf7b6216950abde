/** Whether a scene can be. */
import { unknownName } from '../robot/names.ts';
import { armsOf, type SimRobot } from './robots.ts';
import type { Scene } from './scene.ts';

/** Throws for names that cannot be, twins, and joints that do not fit. */
export function checkScene({ things, start }: Scene, robot: SimRobot): void {
  const ids = new Set<string>();
  for (const { id, model, joints = {} } of things) {
    if (!/^[a-z0-9][a-z0-9 -]*$/.test(id))
      throw new Error(`a thing is called ${JSON.stringify(id)}: expected lower-case letters, digits, spaces, dashes`);
    if (ids.has(id)) throw new Error(`two things of the scene are called ${JSON.stringify(id)}`);
    ids.add(id);
    const names = (model.parts ?? []).map(({ name }) => name);
    for (const name of Object.keys(joints)) if (!names.includes(name)) throw unknownName(`part of ${id}`, name, names);
  }
  for (const arm of armsOf(robot)) {
    const given = start?.[arm];
    const expected = robot.home[arm]?.length;
    if (given && (given.length !== expected || !given.every(Number.isFinite))) {
      throw new Error(`the ${arm} arm starts from [${given.join(', ')}]: expected ${expected} finite numbers`);
    }
  }
}
