/**
 * How far joints go in a control step. Near a singular posture a small motion of the tool takes a large one of the joints: there the
 * tool is late rather than off its way.
 */
import { CONTROL_RATE } from '../robot/canonical.ts';
import type { KinematicChain } from '../robot/kinematics.ts';

/** Radians (metres) per second, a little less than the controller allows */
const FASTEST = 3.9;

/** A chain whose joints cannot go farther in a control step than they should: its limits are around where they are. */
export function withinStride(chain: KinematicChain, now: readonly number[]): KinematicChain {
  const most = FASTEST / CONTROL_RATE;
  return {
    ...chain,
    joints: chain.joints.map((joint, i) => {
      const at = now[i] as number;
      const [low, high] = joint.limits ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
      return { ...joint, limits: [Math.max(low, Math.min(at - most, high)), Math.min(high, Math.max(at + most, low))] as const };
    }),
  };
}
