/**
 * Rotations: matrices in the middle, and the ways in which datasets write them down. Everything here is f64 and right-handed; a
 * matrix turns column vectors, and its columns are the axes of the turned frame.
 *
 * A quaternion and its negative are the same rotation, so no function depends on the sign of its input. Where a result has two
 * signs, at a turn by π or for a quaternion, the one is returned whose first number that is not 0, up to rounding, is positive.
 */
import { atan2, cos, sin } from '../tensor/portable-math.ts';
import { cross3, dot3, length3, scale3, subtract3, type Vec3 } from './vectors.ts';

/** A rotation matrix, row by row: r00, r01, r02, r10, … */
export type Mat3 = readonly [number, number, number, number, number, number, number, number, number];

/** A unit quaternion, the real part first: w, x, y, z. */
export type Quaternion = readonly [number, number, number, number];

/** The rotation that turns nothing. */
export const IDENTITY_ROTATION: Mat3 = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** R = A·B: first B, then A. */
export const multiplyRotations = (a: Mat3, b: Mat3): Mat3 => [
  a[0] * b[0] + a[1] * b[3] + a[2] * b[6],
  a[0] * b[1] + a[1] * b[4] + a[2] * b[7],
  a[0] * b[2] + a[1] * b[5] + a[2] * b[8],
  a[3] * b[0] + a[4] * b[3] + a[5] * b[6],
  a[3] * b[1] + a[4] * b[4] + a[5] * b[7],
  a[3] * b[2] + a[4] * b[5] + a[5] * b[8],
  a[6] * b[0] + a[7] * b[3] + a[8] * b[6],
  a[6] * b[1] + a[7] * b[4] + a[8] * b[7],
  a[6] * b[2] + a[7] * b[5] + a[8] * b[8],
];

/** The rotation back: the transpose. */
export const invertRotation = (r: Mat3): Mat3 => [r[0], r[3], r[6], r[1], r[4], r[7], r[2], r[5], r[8]];

/** R·v */
export const rotateVector = (r: Mat3, v: Vec3): Vec3 => [
  r[0] * v[0] + r[1] * v[1] + r[2] * v[2],
  r[3] * v[0] + r[4] * v[1] + r[5] * v[2],
  r[6] * v[0] + r[7] * v[1] + r[8] * v[2],
];

/** The matrix with these columns. */
const fromColumns = (x: Vec3, y: Vec3, z: Vec3): Mat3 => [x[0], y[0], z[0], x[1], y[1], z[1], x[2], y[2], z[2]];

/**
 * The rotation whose first column points along `a` and whose second is the part of `b` orthogonal to it (Gram and Schmidt; Zhou
 * et al. 2019, "On the continuity of rotation representations"). The lengths of `a` and `b` do not matter. Throws when they do
 * not span a plane: one is zero, they are parallel to within 1e-6 of their lengths, or a number is not finite.
 */
export function gramSchmidt(a: Vec3, b: Vec3): Mat3 {
  const [lengthA, lengthB] = [length3(a), length3(b)];
  if (!(Number.isFinite(lengthA) && Number.isFinite(lengthB))) degenerate(a, b, 'a number is not finite');
  if (lengthA < 1e-12 || lengthB < 1e-12) degenerate(a, b, `the ${lengthA < 1e-12 ? 'first' : 'second'} is zero`);
  const x = scale3(a, 1 / lengthA);
  const unitB = scale3(b, 1 / lengthB);
  const rest = subtract3(unitB, scale3(x, dot3(x, unitB)));
  const sine = length3(rest);
  if (sine < 1e-6) degenerate(a, b, 'they are parallel');
  // Once more: what rounding left along x is as large as `rest` itself is small.
  const almost = scale3(rest, 1 / sine);
  const again = subtract3(almost, scale3(x, dot3(x, almost)));
  const y = scale3(again, 1 / length3(again));
  return fromColumns(x, y, cross3(x, y));
}

function degenerate(a: Vec3, b: Vec3, why: string): never {
  const text = (v: Vec3): string => `[${v.join(', ')}]`;
  throw new Error(`no rotation has axes along ${text(a)} and ${text(b)}: ${why}`);
}

const length4 = ([w, x, y, z]: Quaternion): number => Math.sqrt(w * w + x * x + y * y + z * z);

/** From any non-zero quaternion; its length does not matter. Throws when it is zero or not finite. */
export function matrixFromQuaternion(q: Quaternion): Mat3 {
  const length = length4(q);
  if (!(Number.isFinite(length) && length > 1e-12))
    throw new Error(`no rotation is the quaternion [${q.join(', ')}]: its length is ${length}`);
  const [w, x, y, z] = [q[0] / length, q[1] / length, q[2] / length, q[3] / length];
  return [
    1 - 2 * (y * y + z * z),
    2 * (x * y - w * z),
    2 * (x * z + w * y),
    2 * (x * y + w * z),
    1 - 2 * (x * x + z * z),
    2 * (y * z - w * x),
    2 * (x * z - w * y),
    2 * (y * z + w * x),
    1 - 2 * (x * x + y * y),
  ];
}

/** What is left of 0 after a few f64 operations on numbers up to 1. */
const ROUNDING = 1e-15;

/** With w ≥ 0. From the largest of the four squares (Shepperd 1978), so accurate at every angle. */
export function quaternionFromMatrix(r: Mat3): Quaternion {
  const [ww, xx, yy, zz] = [1 + r[0] + r[4] + r[8], 1 + r[0] - r[4] - r[8], 1 - r[0] + r[4] - r[8], 1 - r[0] - r[4] + r[8]];
  const q = fromLargest(r, ww, xx, yy, zz);
  const length = length4(q);
  const leading = q.find((n) => Math.abs(n) > ROUNDING * length) as number;
  const scale = Math.sign(leading) / length;
  // At half a turn, w may have been rounded to below 0.
  return [Math.max(q[0] * scale, 0), q[1] * scale, q[2] * scale, q[3] * scale];
}

/** Four times the quaternion times the number whose square is largest. */
function fromLargest(r: Mat3, ww: number, xx: number, yy: number, zz: number): Quaternion {
  switch (Math.max(ww, xx, yy, zz)) {
    case ww:
      return [ww, r[7] - r[5], r[2] - r[6], r[3] - r[1]];
    case xx:
      return [r[7] - r[5], xx, r[1] + r[3], r[2] + r[6]];
    case yy:
      return [r[2] - r[6], r[1] + r[3], yy, r[5] + r[7]];
    default:
      return [r[3] - r[1], r[2] + r[6], r[5] + r[7], zz];
  }
}

/** From a rotation vector: its direction is the axis, its length the angle in radians. Throws when it is not finite. */
export function matrixFromAxisAngle(v: Vec3): Mat3 {
  const angle = length3(v);
  if (!Number.isFinite(angle)) throw new Error(`no rotation is the rotation vector [${v.join(', ')}]: its length is ${angle}`);
  const s = angle < 1e-8 ? 0.5 : sin(angle / 2) / angle;
  return matrixFromQuaternion([cos(angle / 2), v[0] * s, v[1] * s, v[2] * s]);
}

/** The rotation vector whose length, the angle, is in [0, π]. */
export function axisAngleFromMatrix(r: Mat3): Vec3 {
  const [w, x, y, z] = quaternionFromMatrix(r);
  const sine = length3([x, y, z]);
  const perSine = sine < 1e-8 ? 2 : (2 * atan2(sine, w)) / sine;
  return [x * perSine, y * perSine, z * perSine];
}

/** From roll, pitch and yaw in radians, turns about the fixed axes x, y and z in this order: R = Rz(yaw)·Ry(pitch)·Rx(roll). */
export function matrixFromEuler([roll, pitch, yaw]: Vec3): Mat3 {
  if (![roll, pitch, yaw].every(Number.isFinite)) throw new Error(`no rotation has the Euler angles [${roll}, ${pitch}, ${yaw}]`);
  const [cr, sr] = [cos(roll), sin(roll)];
  const [cp, sp] = [cos(pitch), sin(pitch)];
  const [cy, sy] = [cos(yaw), sin(yaw)];
  return [
    cy * cp,
    cy * sp * sr - sy * cr,
    cy * sp * cr + sy * sr,
    sy * cp,
    sy * sp * sr + cy * cr,
    sy * sp * cr - cy * sr,
    -sp,
    cp * sr,
    cp * cr,
  ];
}

/**
 * Roll, pitch and yaw, with the pitch in [−π/2, π/2]. Where it is ±π/2 (gimbal lock), only the sum of the others matters: the yaw is
 * then 0. Near there the yaw is badly determined, but the roll is the one that goes with it.
 */
export function eulerFromMatrix(r: Mat3): Vec3 {
  const cosine = Math.sqrt(r[0] * r[0] + r[3] * r[3]);
  const yaw = cosine < 1e-12 ? 0 : atan2(r[3], r[0]);
  const [c, s] = [cos(yaw), sin(yaw)];
  return [atan2(s * r[2] - c * r[5], c * r[4] - s * r[1]), atan2(-r[6], cosine), yaw];
}

/** The angle of the turn from `a` to `b`, in radians, in [0, π]. */
export function rotationAngle(a: Mat3, b: Mat3): number {
  return length3(axisAngleFromMatrix(multiplyRotations(invertRotation(a), b)));
}

/**
 * The rotation at `t` (0 at `a`, 1 at `b`) on the shortest way between them, at constant speed; beyond 0 and 1 it goes on. Where
 * there are two shortest ways, a turn by π, it is the one about the axis whose first number that is not 0 is positive.
 */
export function interpolateRotation(a: Mat3, b: Mat3, t: number): Mat3 {
  const turn = axisAngleFromMatrix(multiplyRotations(invertRotation(a), b));
  return multiplyRotations(a, matrixFromAxisAngle(scale3(turn, t)));
}
