/** Which way to take hold of something. */
import type { Arm } from '../../robot/canonical.ts';
import { inverseKinematics } from '../../robot/inverse-kinematics.ts';
import { matrixFromAxisAngle, multiplyRotations, rotateVector, rotationAngle } from '../../robot/rotation.ts';
import { composePoses, invertPose, type Pose, relativePose } from '../../robot/se3.ts';
import { add3, scale3, subtract3 } from '../../robot/vectors.ts';
import { middleOf, partOf, radiusOf, thingOf } from '../goals.ts';
import { bodyName, isPartOf } from '../mjcf.ts';
import type { Grasp } from '../objects/model.ts';
import { toBase, toWorld, type World } from '../world.ts';
import { retreated } from './move.ts';

/** Which ways are asked for. */
export interface GraspOptions {
  /** Of a moving part */
  readonly part?: string;
  /** Only grasps of these parts: `handle`, `rim` */
  readonly of?: readonly string[];
}

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
export function chooseGrasps(world: World, arm: Arm, thing: string, { part, of }: GraspOptions = {}): ChosenGrasp[] {
  const { model } = thingOf(world, thing);
  const grasps = (part === undefined ? model.grasps : (partOf(model, part).grasps ?? [])).filter(
    (grasp) => of === undefined || of.includes(grasp.part),
  );
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
  const touching = bodyName(thing, part);
  const free = reached.filter((way) => reaches(world, arm, at(way), { opening: openingFor(way.grasp), touching }));
  // Where there is no way without touching something, the others are worth a try.
  return free.length > 0 ? free : reached;
}

/** How far a gripper is opened to take hold of something: 0 closed … 1 open. */
export const openingFor = ({ width }: Grasp): number => Math.min(1, 0.35 + width / 0.09);

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
  /** The thing, or the part of one, that it may touch */
  readonly touching: string;
  /** It carries that thing: where the tool is in the thing's frame */
  readonly carried?: Pose;
}

/** Whether an arm can have its tool there, coming from before it; and, if so asked, without touching anything. World frame. */
export const reaches = (world: World, arm: Arm, tool: Pose, free?: FreeOptions): boolean =>
  passesThrough(world, arm, [retreated(tool, APPROACH), retreated(tool, APPROACH / 2), tool], free);

/** Whether an arm can have its tool at these poses, one after the other; and, if so asked, without touching anything. World frame. */
export function passesThrough(world: World, arm: Arm, tools: readonly Pose[], free?: FreeOptions): boolean {
  const chain = world.robot.arms[arm]?.chain;
  if (!chain) return false;
  let joints: readonly number[] = world.robot.home[arm] ?? [];
  return tools.every((tool) => {
    const found = inverseKinematics(chain, toBase(world.robot, tool), {
      start: joints,
      restarts: 0,
      iterations: 60,
      positionTolerance: 1e-3,
      rotationTolerance: 1e-2,
    });
    joints = found.joints;
    return found.converged && (!free || isFree(world, arm, tool, joints, free));
  });
}

function isFree(world: World, arm: Arm, tool: Pose, joints: readonly number[], { opening, touching, carried }: FreeOptions): boolean {
  const load = carried && { thing: touching, pose: composePoses(tool, invertPose(carried)) };
  const bumps = world.bumps(arm, { joints, opening, ...(load && { carried: load }) });
  return [...bumps].every((body) => isPartOf(body, touching));
}

/** The tool in the frame of what it holds. */
export const toolIn = (world: World, tool: Pose, thing: string, part?: string): Pose => relativePose(world.poseOf(thing, part), tool);
