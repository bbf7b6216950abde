/** Which way to take hold of something. */
import type { Arm } from '../../robot/canonical.ts';
import { inverseKinematics } from '../../robot/inverse-kinematics.ts';
import { invertRotation, type Mat3, matrixFromAxisAngle, multiplyRotations, rotateVector, rotationAngle } from '../../robot/rotation.ts';
import { composePoses, interpolatePose, invertPose, type Pose, relativePose } from '../../robot/se3.ts';
import { add3, length3, scale3, subtract3, type Vec3 } from '../../robot/vectors.ts';
import { atan2, cos, sin } from '../../tensor/portable-math.ts';
import { postureFor } from '../controller.ts';
import { middleOf, partOf, radiusOf, thingOf } from '../goals.ts';
import { bodyName, isPartOf } from '../mjcf.ts';
import type { Grasp } from '../objects/model.ts';
import { toBase, toWorld, type World } from '../world.ts';
import { retreated } from './move.ts';

/** A way that was chosen. */
export interface ChosenGrasp {
  readonly grasp: Grasp;
  /** Of the tool, in the frame of the thing (or of its part), as it is to be approached */
  readonly inThing: Pose;
  /** How bad it is: less is better */
  readonly cost: number;
}

/** Turns that are tried of what can be held from all around */
const TURNS = 8;
/** The best ways, of which it is asked whether the arm reaches them */
const MOST_ASKED = 16;
/** Beside the pads, a finger needs so much room: metres */
const FINGER = 0.022;
/** From where a grasp is approached, metres before it */
export const APPROACH = 0.09;

/**
 * The ways to take hold of a thing (or a part of it) with an arm, best first: those which the arm reaches, from before the grasp as well,
 * with room for the fingers; the less the tool must turn, the better. Empty when there is none.
 */
export function chooseGrasps(world: World, arm: Arm, thing: string, part?: string): ChosenGrasp[] {
  const { model } = thingOf(world, thing);
  const grasps = part === undefined ? [...model.grasps, ...graspsAsItLies(world, thing)] : (partOf(model, part).grasps ?? []);
  const frame = world.poseOf(thing, part);
  const found: ChosenGrasp[] = [];
  for (const [rank, grasp] of grasps.entries()) {
    for (const inThing of variantsOf(grasp)) {
      const cost = costOf(world, arm, thing, composePoses(frame, inThing), grasp, rank);
      if (cost !== undefined) found.push({ grasp, inThing, cost });
    }
  }
  found.sort((a, b) => a.cost - b.cost);
  // What an arm reaches is only asked of the best ones.
  const at = ({ inThing }: ChosenGrasp): Pose => composePoses(frame, inThing);
  const reached = found.slice(0, MOST_ASKED).filter((way) => reaches(world, arm, at(way)));
  const own = (body: string): boolean => isPartOf(body, bodyName(thing, part));
  const free = (touching: (body: string) => boolean): ChosenGrasp[] =>
    reached.filter((way) => reaches(world, arm, at(way), { opening: openingFor(way.grasp), touching }));
  const best = free(own);
  // Where there is no way without touching something, pushing aside what is loose is worth a try.
  return best.length > 0 ? best : free((body) => own(body) || isLoose(world, body));
}

const isLoose = (world: World, body: string): boolean => world.scene.things.some(({ id, model }) => !model.fixed && isPartOf(body, id));

/** How far a gripper is opened to take hold of something: 0 closed … 1 open. */
export const openingFor = ({ width }: Grasp): number => Math.min(1, 0.35 + width / 0.09);

/** Where the tool goes for a way that was chosen, as the thing moves. What is round may roll: the tool does not turn with it. */
export function toolFor(world: World, thing: string, { grasp, inThing }: ChosenGrasp, part?: string): () => Pose {
  const first = composePoses(world.poseOf(thing, part), inThing).rotation;
  return () => {
    const frame = world.poseOf(thing, part);
    if (!grasp.aroundZ) return composePoses(frame, inThing);
    // The turn about z that brings the tool nearest to how it was: the trace of the rotation from there is greatest
    const m = multiplyRotations(inThing.rotation, multiplyRotations(invertRotation(first), frame.rotation));
    const back = matrixFromAxisAngle([0, 0, atan2(m[1] - m[3], m[0] + m[4])]);
    return composePoses(frame, { position: rotateVector(back, inThing.position), rotation: multiplyRotations(back, inThing.rotation) });
  };
}

/** What lies otherwise than it should is held from above, across where it is narrow. None for what stands. */
function graspsAsItLies(world: World, thing: string): Grasp[] {
  const { bounds } = thingOf(world, thing).model;
  const frame = world.poseOf(thing);
  if (frame.rotation[8] > UPRIGHT) return [];
  const corners = Array.from({ length: 8 }, (_, corner) =>
    add3(
      frame.position,
      rotateVector(frame.rotation, [0, 1, 2].map((axis) => (bounds[(corner >> axis) & 1] as Vec3)[axis]) as unknown as Vec3),
    ),
  );
  const top = Math.max(...corners.map(([, , z]) => z));
  const ways = Array.from({ length: DIRECTIONS }, (_, i): Grasp => {
    const angle = (i / DIRECTIONS) * Math.PI;
    const [c, s] = [cos(angle), sin(angle)];
    const [across, along] = [corners.map(([x, y]) => c * x + s * y), corners.map(([x, y]) => c * y - s * x)].map((values) => {
      const [low, high] = [Math.min(...values), Math.max(...values)];
      return { middle: (low + high) / 2, width: high - low };
    }) as [Extent, Extent];
    const position: Vec3 = [c * across.middle - s * along.middle, s * across.middle + c * along.middle, Math.max(top - PADS, PADS)];
    // Closing across, pointing down
    const rotation: Mat3 = [s, c, 0, -c, s, 0, 0, 0, -1];
    return { pose: composePoses(invertPose(frame), { position, rotation }), width: across.width, part: 'body' };
  });
  return ways
    .filter(({ width }) => width <= WIDEST)
    .sort((a, b) => a.width - b.width)
    .slice(0, 3);
}

/** In which it is measured, half a turn in all */
const DIRECTIONS = 32;

interface Extent {
  readonly middle: number;
  readonly width: number;
}

/** The height of the upward axis of what stands, of length 1, at least */
const UPRIGHT = 0.95;
/** All grippers open so far, metres */
const WIDEST = 0.066;
/** How far below the top the middle of the pads goes, and at least above the table: metres */
const PADS = 0.014;

/** The poses of the tool for a grasp, in the frame of the thing: a gripper's two sides are alike, and some things are from all sides. */
export function variantsOf({ pose, aroundZ }: Grasp): Pose[] {
  const turns = aroundZ ? Array.from({ length: TURNS }, (_, i) => (i / TURNS) * 2 * Math.PI) : [0];
  return turns.flatMap((turn) => {
    const rotation = matrixFromAxisAngle([0, 0, turn]);
    const turned = { position: rotateVector(rotation, pose.position), rotation: multiplyRotations(rotation, pose.rotation) };
    const swapped = { position: turned.position, rotation: multiplyRotations(turned.rotation, [-1, 0, 0, 0, -1, 0, 0, 0, 1]) };
    return aroundZ && isVertical(pose) ? [turned] : [turned, swapped];
  });
}

const isVertical = (pose: Pose): boolean => Math.abs(pose.rotation[8]) > 0.99;

/** undefined where fingers would hit something. */
function costOf(world: World, arm: Arm, thing: string, tool: Pose, { width }: Grasp, rank: number): number | undefined {
  // Towards the table, but not from below
  if (tool.rotation[8] > 0.3) return undefined;
  const home = toWorld(world.robot, world.homeTool(arm));
  const side = rotateVector(tool.rotation, [0, 1, 0]);
  const fingers = [1, -1].map((sign) => add3(tool.position, scale3(side, sign * (width / 2 + FINGER))));
  let crowd = 0;
  for (const { id, model } of world.scene.things) {
    if (id === thing || model.fixed) continue;
    const middle = middleOf(world, id);
    const [low, high] = model.bounds;
    const sideways = Math.max(high[0] - low[0], high[1] - low[1]) / 2;
    for (const finger of fingers) {
      const [x, y, z] = subtract3(finger, middle);
      if (z > radiusOf(model) + 0.02) continue;
      crowd += Math.max(0, sideways + 0.012 - Math.sqrt(x * x + y * y));
    }
  }
  return rotationAngle(home.rotation, tool.rotation) + 0.35 * rank + 60 * crowd;
}

/** How an arm is to go somewhere without running into anything. */
export interface FreeOptions {
  /** How far its gripper is open, 0 … 1 */
  readonly opening: number;
  /** Bodies that it may touch */
  readonly touching: (body: string) => boolean;
  /** What it carries, and where the tool is in that thing's frame */
  readonly carried?: { readonly thing: string; readonly inThing: Pose };
}

/** Whether an arm can have its tool there, coming from before it; and, if so asked, without touching anything. World frame. */
export const reaches = (world: World, arm: Arm, tool: Pose, free?: FreeOptions): boolean =>
  passesThrough(world, arm, [retreated(tool, APPROACH), retreated(tool, APPROACH / 2), tool], free);

/**
 * Whether an arm can bring its tool from one of these poses straight to the next, without having to swing around on the way; and, if so
 * asked, whether it touches nothing at them. World frame.
 */
export function passesThrough(world: World, arm: Arm, tools: readonly Pose[], free?: FreeOptions): boolean {
  const home = world.robot.home[arm] ?? [];
  let joints = world.state()[arm]?.joints ?? home;
  return tools.every((tool, i) => {
    const from = tools[i - 1];
    const pieces = from ? Math.max(1, Math.ceil(length3(subtract3(tool.position, from.position)) / PIECE)) : 1;
    for (let piece = 1; piece <= pieces; piece++) {
      // An elbow that goes home on the way, as it may with 7 joints, does not swing around.
      const posture = from && home.length > 6 ? joints : home;
      const next = jointsAt(world, arm, from ? interpolatePose(from, tool, piece / pieces) : tool, joints, posture);
      if (!next || (from && next.some((q, k) => Math.abs(q - (joints[k] as number)) > SWING))) return false;
      joints = next;
    }
    if (!free) return true;
    const { opening, touching, carried } = free;
    const load = carried && { thing: carried.thing, pose: composePoses(tool, invertPose(carried.inThing)) };
    return [...world.bumps(arm, { joints, opening, ...(load && { carried: load }) })].every(touching);
  });
}

/** Ways are looked at in pieces of so many metres, in each of which a joint turns by so many radians at most. */
const PIECE = 0.02;
const SWING = 0.25;

/** As the controller finds them: from where the arm was before, near to its home. */
function jointsAt(world: World, arm: Arm, tool: Pose, start: readonly number[], home: readonly number[]): readonly number[] | undefined {
  const chain = world.robot.arms[arm]?.chain;
  if (!chain) return undefined;
  const { joints, converged } = inverseKinematics(chain, toBase(world.robot, tool), {
    start,
    posture: postureFor(home, start),
    restarts: 0,
    iterations: 60,
    positionTolerance: 1e-3,
    rotationTolerance: 1e-2,
  });
  return converged ? joints : undefined;
}

/** The tool in the frame of what it holds. */
export const toolIn = (world: World, tool: Pose, thing: string, part?: string): Pose => relativePose(world.poseOf(thing, part), tool);
