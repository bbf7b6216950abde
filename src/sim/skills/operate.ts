/** Moving what is joined to something: drawers, lids, knobs. */
import type { Arm } from '../../robot/canonical.ts';
import { matrixFromAxisAngle, multiplyRotations, rotateVector } from '../../robot/rotation.ts';
import { composePoses, type Pose } from '../../robot/se3.ts';
import { add3, scale3 } from '../../robot/vectors.ts';
import { type Goal, holds, partOf, thingOf } from '../goals.ts';
import { CAREFUL } from '../motion.ts';
import type { World } from '../world.ts';
import { APPROACH, chooseGrasps, reaches } from './grasp.ts';
import { moveTo, retreated, travelTo, wait } from './move.ts';
import { letGo } from './pick.ts';
import type { Hands, Skill } from './skill.ts';

/** A goal that is reached by moving a part. */
export type JointGoal = Extract<Goal, { kind: 'joint' }>;

/** Of its range: how near to the end it is moved, so that it is still there when let go */
const MARGIN = 0.04;
/** Most steps of pulling or turning */
const MOST_STEPS = 120;

/** Takes hold of the part, moves it as its joint lets it, lets go. */
export function* operate(hands: Hands, arm: Arm, goal: JointGoal): Skill {
  const { world } = hands;
  const { object, part: name } = goal;
  const { joint } = partOf(thingOf(world, object).model, name);
  const [low, high] = joint.range;
  const end = goal.to === 'upper' ? high - MARGIN * (high - low) : low + MARGIN * (high - low);
  const ways = chooseGrasps(world, arm, object, name);
  // The arm must reach the end of the motion, too.
  const best = ways.find(({ inThing }) => reaches(world, arm, composePoses(partPose(world, goal, end), inThing))) ?? ways[0];
  if (!best) return 'failed';
  const at = (value = world.jointOf(object, name)): Pose => composePoses(partPose(world, goal, value), best.inThing);
  if ((yield* travelTo(hands, arm, () => retreated(at(), APPROACH), { gripper: 1 })) === 'failed') return 'failed';
  if ((yield* moveTo(hands, arm, () => at(), { gripper: 1 })) === 'failed') return 'failed';
  yield* wait(hands, arm, 0, 9);
  // In small steps along the joint's way, which is an arc for hinges
  const reach = joint.type === 'slide' ? 0.04 : 0.3;
  for (let step = 0; step < MOST_STEPS && Math.abs(world.jointOf(object, name) - end) > MARGIN * 0.75 * (high - low); step++) {
    const now = world.jointOf(object, name);
    const next = now + Math.min(Math.max(end - now, -reach), reach);
    yield { [arm]: { pose: at(next), gripper: 0, pace: CAREFUL } };
  }
  yield* letGo(hands, arm);
  return holds(goal, world) ? 'done' : 'failed';
}

/** Where a part would be with its joint at a value, world frame. */
function partPose(world: World, { object, part: name }: JointGoal, value: number): Pose {
  const { joint } = partOf(thingOf(world, object).model, name);
  const { position, rotation } = world.poseOf(object, name);
  const axis = rotateVector(rotation, joint.axis);
  const by = value - world.jointOf(object, name);
  return joint.type === 'slide'
    ? { position: add3(position, scale3(axis, by)), rotation }
    : { position, rotation: multiplyRotations(matrixFromAxisAngle(scale3(axis, by)), rotation) };
}
