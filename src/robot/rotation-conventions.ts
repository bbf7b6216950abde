/**
 * How datasets and models write rotations down. Confusing two of these costs a policy most of its success and nothing crashes, so
 * a convention always goes by its name.
 *
 *   convention          numbers                          who
 *   ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
 *   rmat6d-columns      r00 r10 r20  r01 r11 r21         here (canonical.ts); LeRobot's X-VLA
 *   rmat6d-rows         r00 r01 r02  r10 r11 r12         UMI, GR00T; PyTorch3D's matrix_to_rotation_6d
 *   rmat6d-interleaved  r00 r01  r10 r11  r20 r21        X-VLA: the first two columns, as a [3, 2] array is stored
 *   quaternion-wxyz     w x y z                          MuJoCo
 *   quaternion-xyzw     x y z w                          ROS, SciPy, robosuite
 *   axis-angle          the rotation vector, radians     LIBERO
 *   euler-xyz           roll, pitch, yaw, radians        extrinsic: Rz(yaw)·Ry(pitch)·Rx(roll)
 *   matrix              r00 r01 r02  r10 …               nine numbers, row by row
 */
import {
  axisAngleFromMatrix,
  eulerFromMatrix,
  gramSchmidt,
  invertRotation,
  type Mat3,
  matrixFromAxisAngle,
  matrixFromEuler,
  matrixFromQuaternion,
  quaternionFromMatrix,
} from './rotation.ts';
import { cross3, dot3, length3, type Vec3 } from './vectors.ts';

/** All conventions, each with the count of its numbers. */
const DIMS = {
  'rmat6d-columns': 6,
  'rmat6d-rows': 6,
  'rmat6d-interleaved': 6,
  'quaternion-wxyz': 4,
  'quaternion-xyzw': 4,
  'axis-angle': 3,
  'euler-xyz': 3,
  matrix: 9,
} as const;

/** A way to write a rotation down. */
export type RotationConvention = keyof typeof DIMS;

/** All of them. */
export const ROTATION_CONVENTIONS = Object.keys(DIMS) as readonly RotationConvention[];

/** How many numbers a rotation has in a convention. Throws when there is no such convention. */
export function rotationDims(convention: RotationConvention): number {
  if (!Object.hasOwn(DIMS, convention)) unknownConvention(convention as never);
  return DIMS[convention];
}

/**
 * The rotation that is written at `values[offset…]`. What is not quite a rotation is made one: lengths do not matter, and the axes
 * of a matrix are made orthogonal by Gram and Schmidt. Throws when numbers are missing or not finite, when axes are zero or
 * parallel, and when a matrix is a reflection.
 */
export function decodeRotation(convention: RotationConvention, values: ArrayLike<number>, offset = 0): Mat3 {
  const v = take(convention, values, offset);
  switch (convention) {
    case 'rmat6d-columns':
    case 'rmat6d-interleaved':
    case 'rmat6d-rows': {
      const matrix = gramSchmidt(...pairOf(convention, v));
      return convention === 'rmat6d-rows' ? invertRotation(matrix) : matrix;
    }
    case 'quaternion-wxyz':
      return matrixFromQuaternion([at(v, 0), at(v, 1), at(v, 2), at(v, 3)]);
    case 'quaternion-xyzw':
      return matrixFromQuaternion([at(v, 3), at(v, 0), at(v, 1), at(v, 2)]);
    case 'axis-angle':
      return matrixFromAxisAngle(triple(v, 0, 1, 2));
    case 'euler-xyz':
      return matrixFromEuler(triple(v, 0, 1, 2));
    case 'matrix': {
      const [x, y, z] = columnsOf(v);
      const matrix = gramSchmidt(x, y);
      if (!(dot3(cross3(x, y), z) > 0)) throw new Error(`no rotation is the matrix [${v.join(', ')}]: it is a reflection or singular`);
      return matrix;
    }
    default:
      return unknownConvention(convention);
  }
}

/** The numbers of a rotation in a convention: `rotationDims(convention)` of them. */
export function encodeRotation(convention: RotationConvention, r: Mat3): readonly number[] {
  switch (convention) {
    case 'rmat6d-columns':
      return [r[0], r[3], r[6], r[1], r[4], r[7]];
    case 'rmat6d-rows':
      return r.slice(0, 6);
    case 'rmat6d-interleaved':
      return [r[0], r[1], r[3], r[4], r[6], r[7]];
    case 'quaternion-wxyz':
      return quaternionFromMatrix(r);
    case 'quaternion-xyzw': {
      const [w, x, y, z] = quaternionFromMatrix(r);
      return [x, y, z, w];
    }
    case 'axis-angle':
      return axisAngleFromMatrix(r);
    case 'euler-xyz':
      return eulerFromMatrix(r);
    case 'matrix':
      return r;
    default:
      return unknownConvention(convention);
  }
}

/**
 * How far numbers are from being a rotation in a convention; 0 for a rotation, infinite for what is not finite.
 *
 * - rmat6d and matrix: the largest deviation of the axes' lengths from 1 and of their products from 0; 2 for a reflection
 * - quaternions: the deviation of the length from 1
 * - axis-angle and Euler angles: radians beyond ±2π, which degrees soon are; any other numbers could be angles
 */
export function rotationDefect(convention: RotationConvention, values: ArrayLike<number>, offset = 0): number {
  const v = take(convention, values, offset);
  if (!v.every(Number.isFinite)) return Number.POSITIVE_INFINITY;
  switch (convention) {
    case 'rmat6d-columns':
    case 'rmat6d-rows':
    case 'rmat6d-interleaved':
      return axesDefect(pairOf(convention, v));
    case 'quaternion-wxyz':
    case 'quaternion-xyzw':
      return Math.abs(Math.hypot(...v) - 1);
    case 'axis-angle':
      return Math.max(0, Math.hypot(...v) - 2 * Math.PI);
    case 'euler-xyz':
      return Math.max(0, ...v.map((angle) => Math.abs(angle) - 2 * Math.PI));
    case 'matrix': {
      const [x, y, z] = columnsOf(v);
      return dot3(cross3(x, y), z) < 0 ? 2 : axesDefect([x, y, z]);
    }
    default:
      return unknownConvention(convention);
  }
}

/**
 * The conventions in which samples of so many numbers can all be rotations, to within `tolerance` (enough for f32, and for numbers
 * that were printed with three digits). That rules out interleaved columns read as contiguous ones and the reverse, degrees, and
 * anything that is no rotation at all. Numbers alone cannot tell columns from rows nor one order of a quaternion from the other,
 * since each reading is a rotation at the same speed as the other: that takes a second source, such as forward kinematics.
 */
export function plausibleConventions(samples: readonly ArrayLike<number>[], tolerance = 0.01): RotationConvention[] {
  return ROTATION_CONVENTIONS.filter((convention) =>
    samples.every((sample) => sample.length === DIMS[convention] && rotationDefect(convention, sample) <= tolerance),
  );
}

/** `rotationDims` numbers from `offset` on. Throws when there are not so many. */
function take(convention: RotationConvention, values: ArrayLike<number>, offset: number): number[] {
  const dims = rotationDims(convention);
  if (!(Number.isInteger(offset) && offset >= 0 && offset + dims <= values.length)) {
    throw new Error(`${convention}: ${dims} numbers expected from position ${offset} on, but there are ${values.length} in all`);
  }
  return Array.from({ length: dims }, (_, i) => values[offset + i] as number);
}

const at = (v: readonly number[], i: number): number => v[i] as number;
const triple = (v: readonly number[], i: number, j: number, k: number): Vec3 => [at(v, i), at(v, j), at(v, k)];
const columnsOf = (v: readonly number[]): [Vec3, Vec3, Vec3] => [triple(v, 0, 3, 6), triple(v, 1, 4, 7), triple(v, 2, 5, 8)];

/** The two axes, columns or rows, that six numbers are. */
const pairOf = (convention: RotationConvention, v: readonly number[]): [Vec3, Vec3] =>
  convention === 'rmat6d-interleaved' ? [triple(v, 0, 2, 4), triple(v, 1, 3, 5)] : [triple(v, 0, 1, 2), triple(v, 3, 4, 5)];

/** The largest deviation of axes from being orthonormal. */
function axesDefect(axes: readonly Vec3[]): number {
  return Math.max(...axes.flatMap((a, i) => axes.slice(i).map((b) => (a === b ? Math.abs(length3(a) - 1) : Math.abs(dot3(a, b))))));
}

function unknownConvention(convention: never): never {
  throw new Error(`there is no rotation convention ${JSON.stringify(convention)}: expected one of ${ROTATION_CONVENTIONS.join(', ')}`);
}
