/** From poses of a tool, 30 a second, to targets of an arm's joints: inverse kinematics from where the joints were told to be last. */
import { CONTROL_RATE } from '../robot/canonical.ts';
import { inverseKinematics } from '../robot/inverse-kinematics.ts';
import type { KinematicChain } from '../robot/kinematics.ts';
import { checkPose, type Pose } from '../robot/se3.ts';

/** Radians (metres) per second that a joint is told to move at most */
const FASTEST_JOINT = 4;
/** How far a gripper opens or closes in a control step at most, of its whole stroke */
const FASTEST_GRIPPER = 0.15;

/** Where an arm's tool should be at the end of the next control step. */
export interface ArmCommand {
  /** Of the tool, in the robot's base frame, metres */
  readonly pose: Pose;
  /** 0 closed … 1 open; clamped */
  readonly gripper: number;
}

/** Where an arm is told to be. */
export interface ArmTargets {
  /** Radians or metres */
  readonly joints: readonly number[];
  /** 0 closed … 1 open */
  readonly gripper: number;
}

/** What a command came to. */
export interface Reach {
  /** How far from the commanded pose the tool would be if the joints were where they are told to be: metres and radians */
  readonly positionError: number;
  readonly rotationError: number;
}

/**
 * What inverse kinematics should stay near to: home, where there are more than the 6 joints that a pose takes. With 6, only singular poses
 * leave a choice, as that of a wrist whose joints 4 and 6 turn about the same axis: there the last joint, which turns the tool about its
 * own axis, may be anywhere, and the others are drawn home. A wrist is then not caught with joint 4 far off.
 */
export const postureFor = (home: readonly number[], now: readonly number[]): readonly number[] =>
  home.length > 6 ? home : [...home.slice(0, -1), now.at(-1) as number];

/**
 * The targets one control step after `last`. A pose out of reach brings the tool as near to it as it gets, at no more than the joints'
 * speed, and `reach` says how far it is off. Throws for what is no pose, and for a gripper that is
 * not finite.
 */
export function nextTargets(
  chain: KinematicChain,
  home: readonly number[],
  last: ArmTargets,
  { pose, gripper }: ArmCommand,
): { readonly targets: ArmTargets; readonly reach: Reach } {
  checkPose('the commanded pose', pose);
  if (!Number.isFinite(gripper)) throw new Error(`a gripper's command is ${gripper}: expected 0 (closed) … 1 (open)`);
  const { joints, positionError, rotationError } = inverseKinematics(chain, pose, {
    start: last.joints,
    posture: postureFor(home, last.joints),
    restarts: 0,
    iterations: 12,
    positionTolerance: 1e-5,
    rotationTolerance: 1e-4,
  });
  const most = FASTEST_JOINT / CONTROL_RATE;
  const limit = (from: number, to: number, by: number): number => Math.min(Math.max(to, from - by), from + by);
  return {
    targets: {
      joints: joints.map((q, i) => limit(last.joints[i] as number, q, most)),
      gripper: limit(last.gripper, Math.min(Math.max(gripper, 0), 1), FASTEST_GRIPPER),
    },
    reach: { positionError, rotationError },
  };
}
