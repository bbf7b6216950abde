/** What one arm does for a goal, and when there is nothing to do. */
import type { Arm } from '../../robot/canonical.ts';
import { type Goal, holders, thingOf } from '../goals.ts';
import { CAREFUL } from '../motion.ts';
import { armsOf } from '../robots.ts';
import type { World } from '../world.ts';
import { goHome, moveTo } from './move.ts';
import { operate } from './operate.ts';
import { pick } from './pick.ts';
import { place } from './place.ts';
import { push } from './push.ts';
import { type Hands, type Skill, together } from './skill.ts';

/** One attempt of an arm at a goal, after so many in vain. */
export function* attempt(hands: Hands, arm: Arm, goal: Goal, tries = 0): Skill {
  const { world } = hands;
  const holding = holders(world, goal.object).includes(arm);
  switch (goal.kind) {
    case 'joint':
      return yield* operate(hands, arm, goal);
    case 'lifted': {
      const lift = goal.height - world.poseOf(goal.object).position[2] + 0.05;
      return yield* holding ? raise(hands, arm, lift) : pick(hands, arm, goal.object, { lift, tries });
    }
    case 'placed':
    case 'beside':
      if (goal.kind === 'beside' && thingOf(world, goal.object).model.grasps.length === 0) return yield* push(hands, arm, goal);
      if (!holding && (yield* pick(hands, arm, goal.object, { tries })) === 'failed') return 'failed';
      return yield* place(hands, arm, goal);
  }
}

/** Straight up by so many metres, with what it holds. */
function* raise(hands: Hands, arm: Arm, by: number): Skill {
  const { position, rotation } = hands.tool(arm);
  const [x, y, z] = position;
  return yield* moveTo(hands, arm, () => ({ position: [x, y, z + by], rotation }), { gripper: 0, pace: CAREFUL });
}

/** The thing that an arm holds, if any. */
export const heldBy = (world: World, arm: Arm): string | undefined =>
  world.scene.things.find(({ id }) => holders(world, id).includes(arm))?.id;

/** Home with all arms, but for those that hold something; then they wait. */
export function* rest(hands: Hands): Skill {
  const { world } = hands;
  const idle = armsOf(world.robot).filter((arm) => heldBy(world, arm) === undefined);
  yield* together(...idle.map((arm) => goHome(hands, arm)));
  yield {};
  return 'done';
}
