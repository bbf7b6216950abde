/** Rigid motions: where a frame is and how it is turned, seen from another. */
import { cos, sin, tan } from '../tensor/portable-math.ts';
import { POSE_DIMS } from './canonical.ts';
import {
  axisAngleFromMatrix,
  IDENTITY_ROTATION,
  interpolateRotation,
  invertRotation,
  type Mat3,
  matrixFromAxisAngle,
  multiplyRotations,
  rotateVector,
} from './rotation.ts';
import { decodeRotation, encodeRotation } from './rotation-conventions.ts';
import { add3, cross3, length3, scale3, subtract3, type Vec3 } from './vectors.ts';

/** A frame as seen from another, or the motion that carries the other there: x ↦ R·x + p. */
export interface Pose {
  /** p, metres */
  readonly position: Vec3;
  /** R: its columns are the axes of the frame */
  readonly rotation: Mat3;
}

/** A velocity that, kept up for one second, is a motion. */
export interface Twist {
  /** Metres per second of the point that is at the origin */
  readonly linear: Vec3;
  /** Radians per second */
  readonly angular: Vec3;
}

/** The motion that moves nothing. */
export const IDENTITY_POSE: Pose = { position: [0, 0, 0], rotation: IDENTITY_ROTATION };

/** T = A·B: the frame that `b` is in the frame `a`. */
export const composePoses = (a: Pose, b: Pose): Pose => ({
  position: add3(a.position, rotateVector(a.rotation, b.position)),
  rotation: multiplyRotations(a.rotation, b.rotation),
});

/** T⁻¹ */
export function invertPose({ position, rotation }: Pose): Pose {
  const back = invertRotation(rotation);
  return { position: scale3(rotateVector(back, position), -1), rotation: back };
}

/** T_anchor⁻¹·T_target: the target as seen from the anchor (equation 4 of the paper). */
export const relativePose = (anchor: Pose, target: Pose): Pose => {
  const back = invertRotation(anchor.rotation);
  return {
    position: rotateVector(back, subtract3(target.position, anchor.position)),
    rotation: multiplyRotations(back, target.rotation),
  };
};

/**
 * Between two poses, `a` at t = 0 and `b` at t = 1: the position on a straight line, the rotation on the shortest way, both at
 * constant speed. This is the path that people mean; the screw motion of `expTwist` would swing the position around.
 */
export const interpolatePose = (a: Pose, b: Pose, t: number): Pose => ({
  position: add3(scale3(a.position, 1 - t), scale3(b.position, t)),
  rotation: interpolateRotation(a.rotation, b.rotation, t),
});

/** exp: where a frame at the origin is after one second of a constant twist. */
export function expTwist({ linear, angular }: Twist): Pose {
  const angle = length3(angular);
  // V = 1 + b·ŵ + c·ŵ², with series where the quotients would lose their digits.
  const b = angle < 1e-4 ? 0.5 - angle ** 2 / 24 : (1 - cos(angle)) / angle ** 2;
  const c = angle < 1e-2 ? 1 / 6 - angle ** 2 / 120 + angle ** 4 / 5040 : (angle - sin(angle)) / angle ** 3;
  const once = cross3(angular, linear);
  const position = add3(linear, add3(scale3(once, b), scale3(cross3(angular, once), c)));
  return { position, rotation: matrixFromAxisAngle(angular) };
}

/** log: the twist that leads from the origin to a pose in one second, turning by at most π. */
export function logPose({ position, rotation }: Pose): Twist {
  const angular = axisAngleFromMatrix(rotation);
  const angle = length3(angular);
  // V⁻¹ = 1 − ŵ/2 + d·ŵ²
  const d = angle < 1e-2 ? 1 / 12 + angle ** 2 / 720 + angle ** 4 / 30240 : (1 - angle / 2 / tan(angle / 2)) / angle ** 2;
  const once = cross3(angular, position);
  return { linear: add3(position, add3(scale3(once, -0.5), scale3(cross3(angular, once), d))), angular };
}

/** Writes a pose as position and rmat6d (columns), POSE_DIMS numbers, at `target[offset…]`. */
export function writePose(pose: Pose, target: { [index: number]: number }, offset = 0): void {
  const numbers = [...pose.position, ...encodeRotation('rmat6d-columns', pose.rotation)];
  for (const [i, n] of numbers.entries()) target[offset + i] = n;
}

/** Reads what `writePose` wrote. Throws when numbers are missing, or not finite, or the rotation has no two axes. */
export function readPose(source: ArrayLike<number>, offset = 0): Pose {
  const rotation = decodeRotation('rmat6d-columns', source, offset + 3);
  const position: Vec3 = [source[offset] as number, source[offset + 1] as number, source[offset + 2] as number];
  if (!position.every(Number.isFinite)) {
    throw new Error(
      `a pose of ${POSE_DIMS} numbers at position ${offset} has the position [${position.join(', ')}]: expected finite metres`,
    );
  }
  return { position, rotation };
}

/** Pose i of rows of positions, f64[n, 3], and of rotations, f64[n, 9]: as MuJoCo has them. */
export function poseAt(positions: Float64Array, rotations: Float64Array, i: number): Pose {
  const p = (k: number): number => positions[3 * i + k] as number;
  const r = (k: number): number => rotations[9 * i + k] as number;
  return { position: [p(0), p(1), p(2)], rotation: [r(0), r(1), r(2), r(3), r(4), r(5), r(6), r(7), r(8)] };
}

/** How far RᵀR may be from the identity */
const ORTHONORMAL = 1e-3;

/** Throws, with `what` it is that has it, unless a pose is 3 finite numbers and a rotation matrix of 9. */
export function checkPose(what: string, { position, rotation }: Pose): void {
  if (position.length !== 3 || !position.every(Number.isFinite)) {
    throw new Error(`${what} is at [${position.join(', ')}]: expected 3 finite numbers`);
  }
  const r = (row: number, column: number): number => rotation[3 * row + column] as number;
  const product = (a: number, b: number): number => r(0, a) * r(0, b) + r(1, a) * r(1, b) + r(2, a) * r(2, b);
  const isRotation = [0, 1, 2].every((a) => [0, 1, 2].every((b) => Math.abs(product(a, b) - (a === b ? 1 : 0)) < ORTHONORMAL));
  const determinant =
    r(0, 0) * (r(1, 1) * r(2, 2) - r(1, 2) * r(2, 1)) -
    r(0, 1) * (r(1, 0) * r(2, 2) - r(1, 2) * r(2, 0)) +
    r(0, 2) * (r(1, 0) * r(2, 1) - r(1, 1) * r(2, 0));
  if (rotation.length !== 9 || !isRotation || determinant < 0) {
    throw new Error(`${what} is turned by [${rotation.join(', ')}]: expected a rotation matrix, 9 numbers, row by row`);
  }
}
