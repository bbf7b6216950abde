/** Putting down what is held. */
import type { Arm } from '../../robot/canonical.ts';
import { IDENTITY_ROTATION, type Mat3, matrixFromAxisAngle, multiplyRotations, rotateVector } from '../../robot/rotation.ts';
import { composePoses, type Pose } from '../../robot/se3.ts';
import { add3, type Vec3 } from '../../robot/vectors.ts';
import { atan2 } from '../../tensor/portable-math.ts';
import { type Goal, holders, middleOf, placeOf, radiusOf, thingOf } from '../goals.ts';
import type { ObjectModel } from '../objects/model.ts';
import { toWorld, type World } from '../world.ts';
import { reaches, toolIn } from './grasp.ts';
import { moveTo, travelTo } from './move.ts';
import { letGo } from './pick.ts';
import type { Hands, Skill } from './skill.ts';

/** A goal that is reached by putting something down. */
export type PlacingGoal = Extract<Goal, { kind: 'placed' | 'beside' }>;

/** Turns about the vertical that are tried when the arm does not reach as it is */
const TURNS = [0, 0.5, -0.5, 1, -1, 1.57, -1.57, 3.14];
/** Above the surface when it is let go, metres */
const DROP = 0.004;

/** Puts down a thing that an arm holds where the goal says, lets it go and backs off. Fails when it is lost on the way. */
export function* place(hands: Hands, arm: Arm, goal: PlacingGoal): Skill {
  const { world, random } = hands;
  const { object } = goal;
  const measured = world.state()[arm];
  if (!measured || !holders(world, object).includes(arm)) return 'failed';
  const tool = toWorld(world.robot, measured.pose);
  const inThing = toolIn(world, tool, object);
  const { model } = thingOf(world, object);
  const rotation = upright(world.poseOf(object).rotation);
  const offset: Vec3 = [random.uniform() - 0.5, random.uniform() - 0.5, 0];
  const spot = (): Vec3 => spotOf(world, goal, offset);
  const toolAt = (turn: number, height: number): Pose => {
    const turned = multiplyRotations(matrixFromAxisAngle([0, 0, turn]), rotation);
    const [x, y, z] = spot();
    return composePoses({ position: [x, y, z + height - lowest(model, turned)], rotation: turned }, inThing);
  };
  const turn = TURNS.find((angle) => reaches(world, arm, toolAt(angle, DROP))) ?? 0;
  const holding = (): boolean => holders(world, object).includes(arm);
  const below = tool.position[2] - world.poseOf(object).position[2] - lowest(model, rotation);
  const above = (): Pose => toolAt(turn, 0.05);
  if ((yield* travelTo(hands, arm, above, { gripper: 0, carried: object, below, while: holding })) === 'failed') return 'failed';
  if ((yield* moveTo(hands, arm, () => toolAt(turn, DROP), { gripper: 0, while: holding, within: [0.005, 0.06] })) === 'failed')
    return 'failed';
  return yield* letGo(hands, arm);
}

/** Puts a thing that an arm holds on the table, where it is. */
export function* putDown(hands: Hands, arm: Arm, object: string): Skill {
  const { world } = hands;
  const tool = hands.tool(arm);
  const { position, rotation } = world.poseOf(object);
  const by = position[2] + lowest(thingOf(world, object).model, rotation) - DROP;
  const down: Pose = { ...tool, position: add3(tool.position, [0, 0, -by]) };
  yield* moveTo(hands, arm, () => down, { gripper: 0, within: [0.005, 0.06], while: () => holders(world, object).includes(arm) });
  return yield* letGo(hands, arm);
}

/** Standing, unless it lies on its side or worse. */
function upright(rotation: Mat3): Mat3 {
  if (rotation[8] < 0.75) return rotation;
  return matrixFromAxisAngle([0, 0, atan2(rotation[3], rotation[0])]);
}

/** How far the lowest corner of a model's bounds is above its origin when it is turned so: 0 or below. */
function lowest({ bounds }: ObjectModel, rotation: Mat3): number {
  let low = Number.POSITIVE_INFINITY;
  for (let corner = 0; corner < 8; corner++) {
    const at = [0, 1, 2].map((axis) => (bounds[(corner >> axis) & 1] as Vec3)[axis]) as unknown as Vec3;
    low = Math.min(low, rotateVector(rotation, at)[2]);
  }
  return low;
}

/**
 * Where the foot of what is put down goes: into hollows from their rim. `offset` is −0.5 … 0.5 of how far it may be from the middle, along
 * the x and y of the place. World frame.
 */
export function spotOf(world: World, goal: PlacingGoal, offset: Vec3 = [0, 0, 0]): Vec3 {
  if (goal.kind === 'placed') {
    const { frame, position, extent, depth } = placeOf(world, goal.target, goal.part, goal.place);
    // Towards the middle: less than a third of the way to the edge
    const local = add3(position, [0.6 * offset[0] * extent[0], 0.6 * offset[1] * extent[1], depth > 0.03 ? depth : 0]);
    return composePoses(frame, { position: local, rotation: IDENTITY_ROTATION }).position;
  }
  const [x, y] = middleOf(world, goal.target);
  const gap = radiusOf(thingOf(world, goal.target).model) + radiusOf(thingOf(world, goal.object).model);
  const apart = Math.max(Math.min(0.8 * goal.within, gap + 0.03), 0.5 * goal.within);
  const [dx, dy] = { left: [0, 1], right: [0, -1], front: [-1, 0], behind: [1, 0] }[goal.side] as [number, number];
  return [x + dx * apart, y + dy * apart, 0];
}
