/** Moving a tool somewhere: straight, or over what stands in the way. */
import type { Arm } from '../../robot/canonical.ts';
import { forwardKinematics } from '../../robot/kinematics.ts';
import { rotationAngle } from '../../robot/rotation.ts';
import { composePoses, type Pose } from '../../robot/se3.ts';
import { length3, subtract3, type Vec3 } from '../../robot/vectors.ts';
import { boxesOf, passes } from '../extents.ts';
import { CAREFUL, type Pace, TRAVEL } from '../motion.ts';
import { toWorld, type World } from '../world.ts';
import type { Hands, Skill } from './skill.ts';

/** Control steps after which a motion that does not arrive has failed: something holds it. */
const MOST_STEPS = 150;

/** How to move. */
export interface MoveOptions {
  /** 0 closed … 1 open */
  readonly gripper: number;
  readonly pace?: Pace;
  /** Metres and radians that count as there; 4 mm and 0.04 by default */
  readonly within?: readonly [number, number];
  /** Ends the motion as failed when it is no longer so, for more than a moment: `() => held(…)` */
  readonly while?: () => boolean;
}

/** Control steps for which a finger may leave what it holds, and for which a tool may stand still on its way */
const MOMENT = 3;
const STANDSTILL = 20;

/** Tells, asked at every step of a motion, whether it has failed: what must be so is not so any more, or the tool has come to a stop. */
function watch({ tool }: Hands, arm: Arm, condition: () => boolean = () => true): () => boolean {
  let last = tool(arm);
  let [missing, standing] = [0, 0];
  return () => {
    const now = tool(arm);
    missing = condition() ? 0 : missing + 1;
    standing = near(now, last, [0.0005, 0.002]) ? standing + 1 : 0;
    last = now;
    return missing > MOMENT || standing > STANDSTILL;
  };
}

/** A straight motion to a pose (world frame), which may itself move. */
export function* moveTo(hands: Hands, arm: Arm, goal: () => Pose, options: MoveOptions): Skill {
  const { gripper, pace = CAREFUL, within = [0.004, 0.04] } = options;
  const hasFailed = watch(hands, arm, options.while);
  for (let step = 0; step < MOST_STEPS; step++) {
    const pose = goal();
    if (near(hands.tool(arm), pose, within)) return 'done';
    if (hasFailed()) return 'failed';
    yield { [arm]: { pose, gripper, pace } };
  }
  return 'failed';
}

/** Waits in place. */
export function* wait(hands: Hands, arm: Arm, gripper: number, steps: number): Skill {
  const pose = hands.tool(arm);
  for (let step = 0; step < steps; step++) yield { [arm]: { pose, gripper, pace: CAREFUL } };
  return 'done';
}

/** Home, with an open gripper. */
export function* goHome(hands: Hands, arm: Arm): Skill {
  const home = toWorld(hands.world.robot, hands.world.homeTool(arm));
  const result = yield* travelTo(hands, arm, () => home, { gripper: 1 });
  return result === 'done' ? 'done' : yield* unwind(hands, arm);
}

/** Radians that a joint turns in a control step while an arm unwinds */
const UNWINDING = 0.04;

/** Home on the way that is straight for the joints: out of where an arm is caught at the limits of its wrist. */
function* unwind({ world }: Hands, arm: Arm): Skill {
  const chain = world.robot.arms[arm]?.chain;
  const from = world.state()[arm]?.joints ?? [];
  const to = world.robot.home[arm] ?? from;
  const steps = Math.ceil(Math.max(...from.map((q, i) => Math.abs((to[i] as number) - q))) / UNWINDING);
  for (let step = 1; chain && step <= steps; step++) {
    const joints = from.map((q, i) => q + ((to[i] as number) - q) * (step / steps));
    yield { [arm]: { pose: toWorld(world.robot, forwardKinematics(chain, joints)), gripper: 1, pace: TRAVEL } };
  }
  return 'done';
}

/** How far above what stands in the way a tool passes, metres */
const CLEARANCE = 0.05;

/**
 * A motion over things: up, across, and down to the goal, in one smooth curve. `carried` and what it hangs below the tool by (metres)
 * are not in their own way.
 */
export function* travelTo(
  hands: Hands,
  arm: Arm,
  goal: () => Pose,
  options: MoveOptions & { readonly carried?: string; readonly below?: number },
): Skill {
  const { gripper, pace = TRAVEL, within = [0.015, 0.12], carried, below = 0.01 } = options;
  const hasFailed = watch(hands, arm, options.while);
  for (let step = 0; step < MOST_STEPS; step++) {
    const target = goal();
    const tool = hands.tool(arm);
    if (near(tool, target, within)) return 'done';
    if (hasFailed()) return 'failed';
    const [dx, dy] = subtract3(target.position, tool.position);
    const across = Math.sqrt(dx * dx + dy * dy);
    const height = Math.max(target.position[2], clearance(hands.world, tool.position, target.position, carried) + below);
    yield { [arm]: { pose: { position: over(tool.position, target.position, across, height), rotation: target.rotation }, gripper, pace } };
  }
  return 'failed';
}

/** From the end of a curve, seen from above, where it has come down, and before that where it begins to: metres */
const NEAR_END = 0.01;
const DESCENT = 0.05;

/** Where to head: up first where the tool is too low, across where it is high enough, down near the end. */
function over(from: Vec3, to: Vec3, across: number, height: number): Vec3 {
  if (across < NEAR_END) return to;
  const missing = height - from[2];
  // Below the height, the way across is only opened as the tool rises.
  const share = Math.min(Math.max(1 - (missing - 0.015) / 0.05, 0), 1);
  const x = from[0] + share * (to[0] - from[0]);
  const y = from[1] + share * (to[1] - from[1]);
  // The curve comes down over the last centimetres.
  const low = Math.min((across - NEAR_END) / DESCENT, 1);
  return [x, y, to[2] + low * (height - to[2])];
}

/**
 * The height above everything near the way from one place to another, for a tool or what it carries (and what hangs on to that): world
 * frame, metres. No higher than arms reach.
 */
export function clearance(world: World, from: Vec3, to: Vec3, carried: string | undefined): number {
  const margin = ROOM + (carried === undefined ? 0 : breadthOf(world, carried));
  const hanging = new Set(world.contacts().flatMap(({ bodies }) => (carried !== undefined && bodies.includes(carried) ? bodies : [])));
  const inTheWay = world.scene.things.filter(({ id, model }) => model.fixed || !hanging.has(id));
  const boxes = inTheWay.flatMap(({ id }) => boxesOf(world, id)).filter((box) => passes(from, to, box, margin));
  return Math.min(Math.max(0, ...boxes.map(({ high }) => high[2])) + CLEARANCE, HIGHEST);
}

/** What stands in the way is lower than this, metres */
const HIGHEST = 0.36;

/** Around a tool, metres */
const ROOM = 0.05;

/** Half of what a thing measures at most along x or y, metres. */
const breadthOf = (world: World, id: string): number =>
  Math.max(...boxesOf(world, id).map(({ low, high }) => Math.max(high[0] - low[0], high[1] - low[1]) / 2));

/** Whether a tool is at a pose, to within metres and radians. */
const near = (tool: Pose, goal: Pose, [metres, radians]: readonly [number, number]): boolean =>
  length3(subtract3(tool.position, goal.position)) <= metres && rotationAngle(tool.rotation, goal.rotation) <= radians;

/** A pose moved back by so many metres along its approach. */
export const retreated = (pose: Pose, by: number): Pose =>
  composePoses(pose, { position: [0, 0, -by], rotation: [1, 0, 0, 0, 1, 0, 0, 0, 1] });
