/** Putting down what is held. */
import type { Arm } from '../../robot/canonical.ts';
import { IDENTITY_ROTATION, type Mat3, matrixFromAxisAngle, multiplyRotations, rotateVector } from '../../robot/rotation.ts';
import { composePoses, type Pose } from '../../robot/se3.ts';
import { add3, length3, subtract3, type Vec3 } from '../../robot/vectors.ts';
import { atan2 } from '../../tensor/portable-math.ts';
import type { RandomStream } from '../../tensor/random.ts';
import { type Goal, holders, middleOf, placeOf, radiusOf, thingOf } from '../goals.ts';
import { CAREFUL, type Pace } from '../motion.ts';
import type { ObjectModel } from '../objects/model.ts';
import { toWorld, type World } from '../world.ts';
import { passesThrough, toolIn } from './grasp.ts';
import { clearance, moveTo, travelTo } from './move.ts';
import { letGo } from './pick.ts';
import type { Hands, Skill } from './skill.ts';

/** A goal that is reached by putting something down. */
export type PlacingGoal = Extract<Goal, { kind: 'placed' | 'beside' }>;

/** Turns about the vertical that are tried, and how many spots of a place, at random */
const TURNS = [0, 0.5, -0.5, 1, -1, 1.57, -1.57, 3.14];
const SPOTS = 4;
/** Above the surface when it is let go, and before it is let down: metres */
const DROP = 0.004;
const ABOVE = 0.05;
/** Below a hollow's rim, the middle of the pads is at most so deep: there is a hand above them. Metres */
const HAND = 0.035;
/** So high above a hollow's rim, what is put into it passes over it. Metres */
const RIM = 0.02;

/** What moves up so far is lifted, metres */
const LIFTED = 0.03;
const LOWERING: Pace = { ...CAREFUL, speed: 0.3 };

/** Puts down a thing that an arm holds where the goal says, lets it go and backs off. Fails when it is lost on the way. */
export function* place(hands: Hands, arm: Arm, goal: PlacingGoal): Skill {
  const { world } = hands;
  const { object } = goal;
  const measured = world.state()[arm];
  if (!measured || !holders(world, object).includes(arm)) return 'failed';
  const tool = toWorld(world.robot, measured.pose);
  const inThing = toolIn(world, tool, object);
  const { model } = thingOf(world, object);
  const rotation = upright(world.poseOf(object).rotation);
  const depth = depthOf(world, goal);
  /** With the foot of the thing so high above the spot */
  const toolAt = ({ offset, turn }: Way, height: number): Pose => {
    const turned = multiplyRotations(matrixFromAxisAngle([0, 0, turn]), rotation);
    const [x, y, z] = spotOf(world, goal, offset);
    return composePoses({ position: [x, y, z - lowest(model, turned) + height], rotation: turned }, inThing);
  };
  const down = (way: Way): Pose => {
    const [, , bottom] = spotOf(world, goal, way.offset);
    return toolAt(way, Math.max(DROP, bottom + depth - HAND - toolAt(way, 0).position[2]));
  };
  /** From above all that stands around the spot, and from above the rim */
  const above = (way: Way, share = 1): Pose => {
    const spot = spotOf(world, goal, way.offset);
    const low = Math.max(ABOVE, depth + RIM);
    return toolAt(way, low + share * Math.max(0, clearance(world, spot, spot, object) - spot[2] - low));
  };
  const ways = waysTo(hands, goal);
  const reached = ways.filter((way) => passesThrough(world, arm, [above(way, 0), down(way)]));
  const free = { opening: measured.gripper, touching: () => false, carried: { thing: object, inThing } };
  const isFree = (way: Way): boolean => passesThrough(world, arm, [...[1, 0.5, 0].map((share) => above(way, share)), down(way)], free);
  const best = reached.find(isFree) ?? reached[0] ?? (ways[0] as Way);
  const [, , floor] = spotOf(world, goal);
  // What it is put on may have been lifted with it.
  const holding = (): boolean => holders(world, object).includes(arm) && spotOf(world, goal)[2] < floor + LIFTED;
  const below = tool.position[2] - world.poseOf(object).position[2] - lowest(model, rotation);
  const carrying = { gripper: 0, while: holding };
  if ((yield* travelTo(hands, arm, () => above(best), { ...carrying, carried: object, below })) === 'failed') return 'failed';
  if ((yield* moveTo(hands, arm, () => down(best), { ...carrying, pace: LOWERING, within: [0.005, 0.06] })) === 'failed') return 'failed';
  return yield* letGo(hands, arm);
}

/** Where in a place to put something down, and how far to turn it. */
interface Way {
  /** Metres in the frame of the place */
  readonly offset: Vec3;
  /** Radians about the vertical */
  readonly turn: number;
}

/** Ways to put something down, best first: where it is far from other things, without a turn. */
function waysTo({ world, random }: Hands, goal: PlacingGoal): Way[] {
  const others = world.scene.things.filter(({ id }) => id !== goal.object && id !== goal.target).map(({ id }) => middleOf(world, id));
  const room = (offset: Vec3): number => {
    const spot = spotOf(world, goal, offset);
    return Math.min(FAR, ...others.map((other) => length3(subtract3([other[0], other[1], spot[2]], spot))));
  };
  const offsets: Vec3[] = goal.kind === 'placed' ? Array.from({ length: SPOTS }, () => offsetIn(world, goal, others, random)) : [[0, 0, 0]];
  const spots = offsets.map((offset) => ({ offset, room: room(offset) })).sort((a, b) => b.room - a.room);
  return spots.flatMap(({ offset }) => TURNS.map((turn) => ({ offset, turn })));
}

/** Metres from which on it is no matter how far away other things are */
const FAR = 0.1;

/** A spot of a place at random: not far from its middle, unless others are there already, and so that what is put there fits in. */
function offsetIn(world: World, goal: Extract<Goal, { kind: 'placed' }>, others: readonly Vec3[], random: RandomStream): Vec3 {
  const { extent, kind } = placeOf(world, goal.target, goal.part, goal.place);
  const [low, high] = thingOf(world, goal.object).model.bounds;
  const half = Math.max(high[0] - low[0], high[1] - low[1]) / 2;
  const middle = spotOf(world, goal);
  const isTaken = others.some((other) => length3(subtract3(other, middle)) < Math.max(...extent));
  const along = (axis: 0 | 1): number => {
    const most = kind === 'in' ? Math.max(0, extent[axis] + FITTING - half) : 0.7 * extent[axis];
    return (2 * random.uniform() - 1) * Math.min((isTaken ? 1 : 0.3) * extent[axis], most);
  };
  return [along(0), along(1), 0];
}

/** From where the middle of something may be in a hollow, it is at least so far to the wall, metres. */
const FITTING = 0.005;

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

/** Where the foot of what is put down goes, so far from the middle along the x and y of the place. World frame, metres. */
export function spotOf(world: World, goal: PlacingGoal, offset: Vec3 = [0, 0, 0]): Vec3 {
  if (goal.kind === 'placed') {
    const { frame, position } = placeOf(world, goal.target, goal.part, goal.place);
    return composePoses(frame, { position: add3(position, offset), rotation: IDENTITY_ROTATION }).position;
  }
  const [x, y] = middleOf(world, goal.target);
  const gap = radiusOf(thingOf(world, goal.target).model) + radiusOf(thingOf(world, goal.object).model);
  const apart = Math.max(Math.min(0.8 * goal.within, gap + 0.03), 0.5 * goal.within);
  const [dx, dy] = { left: [0, 1], right: [0, -1], front: [-1, 0], behind: [1, 0] }[goal.side] as [number, number];
  return [x + dx * apart, y + dy * apart, 0];
}

/** How deep the hollow is that something is put into, metres; 0 for none. */
const depthOf = (world: World, goal: PlacingGoal): number =>
  goal.kind === 'placed' ? placeOf(world, goal.target, goal.part, goal.place).depth : 0;
