/** Smooth motion of a tool: towards a pose, with bounded speed and acceleration, slowing down in time. */
import { CONTROL_RATE } from '../robot/canonical.ts';
import { axisAngleFromMatrix, invertRotation, matrixFromAxisAngle, multiplyRotations } from '../robot/rotation.ts';
import type { Pose } from '../robot/se3.ts';
import { add3, length3, scale3, subtract3, type Vec3 } from '../robot/vectors.ts';

/** How fast a tool is moved. */
export interface Pace {
  /** m/s and m/s² */
  readonly speed: number;
  readonly acceleration: number;
  /** rad/s and rad/s² */
  readonly turn: number;
  readonly turnAcceleration: number;
}

/** Through free space. */
export const TRAVEL: Pace = { speed: 0.55, acceleration: 2.2, turn: 2.4, turnAcceleration: 10 };
/** Where things are near. */
export const CAREFUL: Pace = { speed: 0.22, acceleration: 1.5, turn: 1.2, turnAcceleration: 8 };

/** A tool in motion, world frame. */
export interface Motion {
  readonly pose: Pose;
  /** m/s */
  readonly linear: Vec3;
  /** rad/s, world frame */
  readonly angular: Vec3;
}

/** One control step later, on the way to `goal`. */
export function follow({ pose, linear, angular }: Motion, goal: Pose, pace: Pace): Motion {
  const turn = axisAngleFromMatrix(multiplyRotations(goal.rotation, invertRotation(pose.rotation)));
  const v = nextVelocity(linear, subtract3(goal.position, pose.position), pace.speed, pace.acceleration);
  const w = nextVelocity(angular, turn, pace.turn, pace.turnAcceleration);
  const step = 1 / CONTROL_RATE;
  return {
    pose: {
      position: add3(pose.position, scale3(v, step)),
      rotation: multiplyRotations(matrixFromAxisAngle(scale3(w, step)), pose.rotation),
    },
    linear: v,
    angular: w,
  };
}

/** Towards what is left of the way: no faster than allowed, than lets it stop in time, and than takes it there in two steps. */
function nextVelocity(now: Vec3, way: Vec3, fastest: number, acceleration: number): Vec3 {
  const distance = length3(way);
  const speed = Math.min(fastest, Math.sqrt(1.4 * acceleration * distance), (distance * CONTROL_RATE) / 2);
  const wish = distance < 1e-9 ? ([0, 0, 0] as const) : scale3(way, speed / distance);
  const change = subtract3(wish, now);
  const most = (acceleration * 1.5) / CONTROL_RATE;
  const size = length3(change);
  return size <= most ? wish : add3(now, scale3(change, most / size));
}
