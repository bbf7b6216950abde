/**
 * Actions of a chunk, anchored and relative (equations 4 and 5 of the paper): every pose of the chunk is seen from the one pose
 * that the tool has at the beginning, not from the pose one step before. The layout is that of `canonical.ts`.
 */
import { ACTION_DIMS, ARMS, type Arm, POSE_DIMS } from './canonical.ts';
import { composePoses, type Pose, readPose, relativePose, writePose } from './se3.ts';

/** Something of each arm that a robot has. */
export type PerArm<T> = { readonly [arm in Arm]?: T };

/** Where an arm is to be, step by step from t + 1 on. */
export interface ArmTargets {
  /** Poses of the tool in the robot's base frame */
  readonly poses: readonly Pose[];
  /** Gripper at the same steps, 0 closed … 1 open */
  readonly gripper: ArrayLike<number>;
}

/** Canonical actions and which of them are there. */
export interface ActionChunk {
  /** f32[K, 2, ACTION_DIMS]; 0 where the mask is 0 */
  readonly actions: Float32Array;
  /** bool[K, 2, ACTION_DIMS] as 0 and 1 */
  readonly mask: Uint8Array;
}

/**
 * Absolute targets as canonical actions of `steps` steps. `current` has the pose of each arm's tool at t. Steps that `future` does
 * not reach, at the end of an episode, are masked, and so are arms that it lacks. Throws when an arm has targets but no current
 * pose, or not as many gripper values as poses.
 */
export function relativeActions(current: PerArm<Pose>, future: PerArm<ArmTargets>, steps: number): ActionChunk {
  const actions = new Float32Array(steps * ARMS.length * ACTION_DIMS);
  const mask = new Uint8Array(actions.length);
  for (const [slot, arm] of ARMS.entries()) {
    const targets = future[arm];
    if (!targets) continue;
    const anchor = required(current, arm, 'targets');
    if (targets.gripper.length !== targets.poses.length) {
      throw new Error(`the ${arm} arm has ${targets.poses.length} poses, but ${targets.gripper.length} gripper values`);
    }
    for (const [step, pose] of targets.poses.slice(0, steps).entries()) {
      const at = (step * ARMS.length + slot) * ACTION_DIMS;
      writePose(relativePose(anchor, pose), actions, at);
      actions[at + POSE_DIMS] = targets.gripper[step] as number;
      mask.fill(1, at, at + ACTION_DIMS);
    }
  }
  return { actions, mask };
}

/**
 * The way back: absolute targets of the arms in `current`, which has the poses that the actions are relative to. Rotations are
 * brought back to SO(3). Throws when `actions` is no [K, 2, ACTION_DIMS], and for a rotation that is none (naming step and arm).
 */
export function absoluteTargets(actions: ArrayLike<number>, current: PerArm<Pose>): PerArm<ArmTargets> {
  const steps = stepsOf(actions);
  const targets: { [arm in Arm]?: ArmTargets } = {};
  for (const [slot, arm] of ARMS.entries()) {
    const anchor = current[arm];
    if (!anchor) continue;
    const poses: Pose[] = [];
    const gripper = new Float32Array(steps);
    for (let step = 0; step < steps; step++) {
      const at = (step * ARMS.length + slot) * ACTION_DIMS;
      poses.push(composePoses(anchor, poseAt(actions, at, step, arm)));
      gripper[step] = actions[at + POSE_DIMS] as number;
    }
    targets[arm] = { poses, gripper };
  }
  return targets;
}

/**
 * The same motion, seen from other poses: what real-time chunking must do to the part of a chunk that is left over before it hands
 * it on, since the tool has moved meanwhile. `from` has the poses that the actions are relative to, `to` those that the result is
 * relative to: ΔT' = T_to⁻¹·T_from·ΔT. Arms that are in neither keep their numbers. Throws as `absoluteTargets` does, and when an
 * arm is in only one of the two.
 */
export function reanchor(actions: ArrayLike<number>, from: PerArm<Pose>, to: PerArm<Pose>): Float32Array {
  const steps = stepsOf(actions);
  const moved = Float32Array.from(actions);
  for (const [slot, arm] of ARMS.entries()) {
    if (!from[arm] && !to[arm]) continue;
    const change = relativePose(required(to, arm, 'an old pose'), required(from, arm, 'a new pose'));
    for (let step = 0; step < steps; step++) {
      const at = (step * ARMS.length + slot) * ACTION_DIMS;
      writePose(composePoses(change, poseAt(actions, at, step, arm)), moved, at);
    }
  }
  return moved;
}

/**
 * Left and right exchanged in an array [..., 2, dims]: STATE_DIMS for a state and its mask, ACTION_DIMS for actions and theirs. The
 * poses stay what they are: arms change slots, and nothing is mirrored. Views have to be exchanged with them.
 */
export function swapArms<T extends Float32Array | Uint8Array>(values: T, dims: number): T {
  if (!(Number.isInteger(dims) && dims > 0) || values.length % (ARMS.length * dims) !== 0) {
    throw new Error(`swapArms: ${values.length} numbers are no [..., ${ARMS.length}, ${dims}]`);
  }
  const swapped = values.slice() as T;
  for (let at = 0; at < values.length; at += 2 * dims) {
    swapped.set(values.subarray(at + dims, at + 2 * dims), at);
    swapped.set(values.subarray(at, at + dims), at + dims);
  }
  return swapped;
}

/** K of [K, 2, ACTION_DIMS] */
function stepsOf(actions: ArrayLike<number>): number {
  const steps = actions.length / (ARMS.length * ACTION_DIMS);
  if (!Number.isInteger(steps)) throw new Error(`${actions.length} numbers are no actions [K, ${ARMS.length}, ${ACTION_DIMS}]`);
  return steps;
}

function poseAt(actions: ArrayLike<number>, at: number, step: number, arm: Arm): Pose {
  try {
    return readPose(actions, at);
  } catch (error) {
    throw new Error(`action ${step} of the ${arm} arm: ${(error as Error).message}`, { cause: error });
  }
}

function required(poses: PerArm<Pose>, arm: Arm, what: string): Pose {
  const pose = poses[arm];
  if (!pose) throw new Error(`the ${arm} arm has ${what}, but no pose that the actions are relative to`);
  return pose;
}
