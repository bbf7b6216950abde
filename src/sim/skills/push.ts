/** Pushing what is too flat to be held: a plate along the table, by its rim, from inside. */
import type { Arm } from '../../robot/canonical.ts';
import { matrixFromAxisAngle, multiplyRotations } from '../../robot/rotation.ts';
import type { Pose } from '../../robot/se3.ts';
import { add3, length3, scale3, subtract3, type Vec3 } from '../../robot/vectors.ts';
import { atan2 } from '../../tensor/portable-math.ts';
import { type Goal, holds, placeOf } from '../goals.ts';
import { CAREFUL, type Pace } from '../motion.ts';
import { toWorld } from '../world.ts';
import { moveTo, travelTo } from './move.ts';
import { spotOf } from './place.ts';
import type { Hands, Skill } from './skill.ts';

/** A goal that can be reached by pushing. */
export type PushingGoal = Extract<Goal, { kind: 'beside' }>;

/** The tool above the floor of the thing: while it pushes, and before and after. Metres */
const LOW = 0.0125;
const ABOVE = 0.08;
/** Where the fingers come down inside the rim, and where they have left it, as shares of the floor's extent */
const INSIDE = 0.5;
const OUTSIDE = 1.9;
/** So near, it is there: metres */
const THERE = 0.01;
const MOST_STEPS = 240;
const PUSHING: Pace = { ...CAREFUL, speed: 0.18, acceleration: 0.8 };

/**
 * Comes down inside the rim and pushes against it until the thing is where it should be. Its floor is its first place. Fails when the
 * fingers are not inside any more, or the goal does not hold in the end.
 */
export function* push(hands: Hands, arm: Arm, goal: PushingGoal): Skill {
  const { world } = hands;
  const { extent } = placeOf(world, goal.object);
  const radius = Math.min(...extent);
  const floor = (): Vec3 => {
    const { frame, position } = placeOf(world, goal.object);
    return add3(frame.position, [0, 0, position[2]]);
  };
  const wayLeft = (): Vec3 => {
    const [x, y] = subtract3(spotOf(world, goal), floor());
    return [x, y, 0];
  };
  const way = wayLeft();
  // The thing may tip a little on its way: the tool does not follow it up.
  const [, , low] = floor();
  const rotation = across(toWorld(world.robot, world.homeTool(arm)).rotation, way);
  const inside = (height: number): Pose => {
    const [x, y] = add3(floor(), scale3(way, (INSIDE * radius) / Math.max(length3(way), THERE)));
    return { position: [x, y, low + height], rotation };
  };
  if ((yield* travelTo(hands, arm, () => inside(ABOVE), { gripper: 0 })) === 'failed') return 'failed';
  if ((yield* moveTo(hands, arm, () => inside(LOW), { gripper: 0 })) === 'failed') return 'failed';
  for (let step = 0; step < MOST_STEPS && length3(wayLeft()) > THERE; step++) {
    const { position } = hands.tool(arm);
    const [dx, dy] = subtract3(position, floor());
    if (Math.sqrt(dx * dx + dy * dy) > OUTSIDE * radius) break;
    const [x, y] = add3(position, wayLeft());
    yield { [arm]: { pose: { position: [x, y, low + LOW], rotation }, gripper: 0, pace: PUSHING } };
  }
  const { position } = hands.tool(arm);
  const up = add3(position, [0, 0, ABOVE]);
  yield* moveTo(hands, arm, () => ({ position: up, rotation }), { gripper: 0, within: [0.02, 0.1] });
  return holds(goal, world) ? 'done' : 'failed';
}

/** A tool that points down, turned so that its fingers are side by side across the way. Its two sides are alike. */
function across(down: Pose['rotation'], [x, y]: Vec3): Pose['rotation'] {
  const angle = x < 0 ? atan2(-y, -x) : atan2(y, x);
  return multiplyRotations(matrixFromAxisAngle([0, 0, angle]), down);
}
