/** Pushing what cannot be held: a plate along the table. */
import type { Arm } from '../../robot/canonical.ts';
import { type Mat3, matrixFromAxisAngle, multiplyRotations } from '../../robot/rotation.ts';
import type { Pose } from '../../robot/se3.ts';
import { add3, dot3, length3, scale3, subtract3, type Vec3 } from '../../robot/vectors.ts';
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
const LOW = 0.0175;
const ABOVE = 0.09;
/** How far behind the object's edge it comes down, and from where on it may touch: metres */
const BEHIND = 0.03;
const TOUCH = 0.014;
/** So far from the way through the object's middle, the tool has lost it; so near to the goal, it is there. Metres */
const ASTRAY = 0.03;
const THERE = 0.008;
const MOST_STEPS = 240;
/** Of the gripper: with two fingers apart, what is pushed does not turn away. */
const OPENING = 0.75;
/** Up to the object, so as not to knock it over, and then with it */
const TOUCHING: Pace = { ...CAREFUL, speed: 0.06 };
const PUSHING: Pace = { ...CAREFUL, speed: 0.16, acceleration: 0.6 };

/**
 * Comes down behind a thing and pushes it straight to where it should be. Fails when it loses the thing on the way, or the goal does not
 * hold in the end.
 */
export function* push(hands: Hands, arm: Arm, goal: PushingGoal): Skill {
  const { world } = hands;
  const [low, high] = thingOf(world, goal.object).model.bounds;
  const half = Math.max(high[0] - low[0], high[1] - low[1]) / 2;
  const wayLeft = (): Vec3 => {
    const [x, y] = subtract3(spotOf(world, goal), middleOf(world, goal.object));
    return [x, y, 0];
  };
  const way = wayLeft();
  const ahead = scale3(way, 1 / Math.max(length3(way), THERE));
  const rotation = across(toWorld(world.robot, world.homeTool(arm)).rotation, ahead);
  const behind = (height: number): Pose => {
    const [x, y] = subtract3(middleOf(world, goal.object), scale3(ahead, half + BEHIND));
    return { position: [x, y, height], rotation };
  };
  const gripper = OPENING;
  if ((yield* travelTo(hands, arm, () => behind(ABOVE), { gripper })) === 'failed') return 'failed';
  if ((yield* moveTo(hands, arm, () => behind(LOW), { gripper, within: [0.001, 0.04] })) === 'failed') return 'failed';
  for (let step = 0; step < MOST_STEPS; step++) {
    const left = wayLeft();
    const { position } = hands.tool(arm);
    const [dx, dy] = subtract3(middleOf(world, goal.object), position);
    const [along, aside] = [dx * ahead[0] + dy * ahead[1], Math.abs(dx * ahead[1] - dy * ahead[0])];
    if (dot3(left, ahead) < THERE || along < 0 || aside > ASTRAY) break;
    const [x, y] = add3(position, left);
    yield { [arm]: { pose: { position: [x, y, LOW], rotation }, gripper, pace: along > half + TOUCH ? TOUCHING : PUSHING } };
  }
  const [x, y] = subtract3(hands.tool(arm).position, scale3(ahead, BEHIND));
  yield* moveTo(hands, arm, () => ({ position: [x, y, ABOVE], rotation }), { gripper, within: [0.02, 0.1] });
  return holds(goal, world) ? 'done' : 'failed';
}

/** A tool that points down, turned so that its fingers are side by side across the way. Its two sides are alike. */
function across(down: Mat3, [x, y]: Vec3): Mat3 {
  return multiplyRotations(matrixFromAxisAngle([0, 0, x < 0 ? atan2(-y, -x) : atan2(y, x)]), down);
}
