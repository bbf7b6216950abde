/** Pushing what cannot be held: a plate along the table. */
import type { Arm } from '../../robot/canonical.ts';
import { matrixFromAxisAngle, multiplyRotations } from '../../robot/rotation.ts';
import type { Pose } from '../../robot/se3.ts';
import { length3, scale3, subtract3, type Vec3 } from '../../robot/vectors.ts';
import { atan2 } from '../../tensor/portable-math.ts';
import { type Goal, holds, middleOf, thingOf } from '../goals.ts';
import { CAREFUL, type Pace } from '../motion.ts';
import { toWorld } from '../world.ts';
import { moveTo, travelTo } from './move.ts';
import { spotOf } from './place.ts';
import type { Hands, Skill } from './skill.ts';

/** A goal that can be reached by pushing. */
export type PushingGoal = Extract<Goal, { kind: 'beside' }>;

/** Above the table: the tool while it pushes, and before and after. Metres */
const HEIGHT = 0.017;
const ABOVE = 0.09;
/** How far behind the object's edge it comes down, metres */
const BEHIND = 0.035;
/** So far from the way through the object's middle, the tool has lost it; so near to the goal, it is there. Metres */
const ASTRAY = 0.04;
const THERE = 0.012;
const MOST_STEPS = 240;
const PUSHING: Pace = { ...CAREFUL, speed: 0.16, acceleration: 0.6 };

/**
 * Comes down behind a thing and pushes it straight to where it should be, correcting its side all the way. Fails when it loses the thing,
 * or the goal does not hold in the end.
 */
export function* push(hands: Hands, arm: Arm, goal: PushingGoal): Skill {
  const { world } = hands;
  const [low, high] = thingOf(world, goal.object).model.bounds;
  const half = Math.max(high[0] - low[0], high[1] - low[1]) / 2;
  const wayLeft = (): Vec3 => {
    const [x, y] = subtract3(spotOf(world, goal), middleOf(world, goal.object));
    return [x, y, 0];
  };
  const rotation = across(toWorld(world.robot, world.homeTool(arm)).rotation, wayLeft());
  /** Behind the object, so far from its middle and so high above the table */
  const behind = (distance: number, height: number): Pose => {
    const way = wayLeft();
    const [x, y] = subtract3(middleOf(world, goal.object), scale3(way, distance / length3(way)));
    return { position: [x, y, height], rotation };
  };
  const start = half + BEHIND;
  if ((yield* travelTo(hands, arm, () => behind(start, ABOVE), { gripper: 0 })) === 'failed') return 'failed';
  if ((yield* moveTo(hands, arm, () => behind(start, HEIGHT), { gripper: 0 })) === 'failed') return 'failed';
  for (let step = 0; step < MOST_STEPS; step++) {
    const way = wayLeft();
    const far = length3(way);
    if (far < THERE) break;
    const [ax, ay] = scale3(way, 1 / far);
    const [dx, dy] = subtract3(middleOf(world, goal.object), hands.tool(arm).position);
    if (dx * ax + dy * ay < 0 || Math.abs(dx * ay - dy * ax) > ASTRAY) break;
    // Towards a place inside the object, which it never gets to: the object moves on.
    yield { [arm]: { pose: behind(half / 2, HEIGHT), gripper: 0, pace: PUSHING } };
  }
  const clear = behind(start, ABOVE);
  yield* moveTo(hands, arm, () => clear, { gripper: 0, within: [0.02, 0.1] });
  return holds(goal, world) ? 'done' : 'failed';
}

/** A tool that points down, turned so that its fingers are side by side across the way. Its two sides are alike. */
function across(down: Pose['rotation'], [x, y]: Vec3): Pose['rotation'] {
  const angle = x < 0 ? atan2(-y, -x) : atan2(y, x);
  return multiplyRotations(matrixFromAxisAngle([0, 0, angle]), down);
}
