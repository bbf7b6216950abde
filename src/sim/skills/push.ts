/** Pushing what cannot be held: a plate along the table. */
import type { Arm } from '../../robot/canonical.ts';
import { type Mat3, matrixFromAxisAngle, multiplyRotations } from '../../robot/rotation.ts';
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
const LOW = 0.0175;
const ABOVE = 0.09;
/** Of the fingers' tips, forwards: radians */
const LEAN = 0.4;
/** How far behind the object's edge it comes down, metres */
const BEHIND = 0.03;
/** So far from the way through the object's middle, the tool has lost it; so near to the goal, it is there. Metres */
const ASTRAY = 0.035;
const THERE = 0.01;
const MOST_STEPS = 240;
/** Up to the object, so as not to knock it over, and then with it */
const TOUCHING: Pace = { ...CAREFUL, speed: 0.05 };
const PUSHING: Pace = { ...CAREFUL, speed: 0.12, acceleration: 0.6 };
/** From the object's edge to the middle of fingers that touch it, at most: metres */
const TOUCH = 0.013;

/**
 * Comes down behind a thing and pushes it to where it should be, always from the side that is opposite to it. Fails when it loses the
 * thing, or the goal does not hold in the end.
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
    const [x, y] = subtract3(middleOf(world, goal.object), scale3(way, distance / Math.max(length3(way), THERE)));
    return { position: [x, y, height], rotation };
  };
  const start = half + BEHIND;
  if ((yield* travelTo(hands, arm, () => behind(start, ABOVE), { gripper: 0 })) === 'failed') return 'failed';
  if ((yield* moveTo(hands, arm, () => behind(start, LOW), { gripper: 0, within: [0.001, 0.04] })) === 'failed') return 'failed';
  for (let step = 0; step < MOST_STEPS; step++) {
    const way = wayLeft();
    const far = length3(way);
    if (far < THERE) break;
    const [ax, ay] = scale3(way, 1 / far);
    const [dx, dy] = subtract3(middleOf(world, goal.object), hands.tool(arm).position);
    if (dx * ax + dy * ay < 0 || Math.abs(dx * ay - dy * ax) > ASTRAY) break;
    // Towards a place inside the object, which it never gets to: the object moves on.
    const pace = dx * ax + dy * ay > half + TOUCH ? TOUCHING : PUSHING;
    yield { [arm]: { pose: behind(half / 2, LOW), gripper: 0, pace } };
  }
  const [x, y] = behind(start, ABOVE).position;
  yield* moveTo(hands, arm, () => ({ position: [x, y, ABOVE], rotation }), { gripper: 0, within: [0.02, 0.1] });
  return holds(goal, world) ? 'done' : 'failed';
}

/**
 * A tool that points down, turned so that its fingers are side by side across the way (its two sides are alike), and their tips lean
 * forwards: so they hold down what they push.
 */
function across(down: Mat3, way: Vec3): Mat3 {
  const [x, y] = scale3(way, 1 / Math.max(length3(way), THERE));
  const turn = matrixFromAxisAngle([0, 0, x < 0 ? atan2(-y, -x) : atan2(y, x)]);
  return multiplyRotations(matrixFromAxisAngle(scale3([y, -x, 0], LEAN)), multiplyRotations(turn, down));
}
