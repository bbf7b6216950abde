import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  axisAngleFromMatrix,
  eulerFromMatrix,
  gramSchmidt,
  IDENTITY_ROTATION,
  interpolateRotation,
  invertRotation,
  type Mat3,
  matrixFromAxisAngle,
  matrixFromEuler,
  matrixFromQuaternion,
  multiplyRotations,
  type Quaternion,
  quaternionFromMatrix,
  rotateVector,
  rotationAngle,
  type Vec3,
} from '../../src/robot/index.ts';
import { angles, directions, quaternions, rotations } from './poses.ts';

/** A handful of f64 operations on numbers up to 1. */
const EXACT = { rtol: 0, atol: 1e-14 };

const quarterTurnZ: Mat3 = [0, -1, 0, 1, 0, 0, 0, 0, 1];
const half = Math.SQRT1_2;

describe('written by hand', () => {
  test.each<[string, Mat3, Quaternion, Vec3, Vec3]>([
    ['none', IDENTITY_ROTATION, [1, 0, 0, 0], [0, 0, 0], [0, 0, 0]],
    ['a quarter about z: x becomes y', quarterTurnZ, [half, 0, 0, half], [0, 0, Math.PI / 2], [0, 0, Math.PI / 2]],
    ['a quarter about x: y becomes z', [1, 0, 0, 0, 0, -1, 0, 1, 0], [half, half, 0, 0], [Math.PI / 2, 0, 0], [Math.PI / 2, 0, 0]],
    ['a half about x', [1, 0, 0, 0, -1, 0, 0, 0, -1], [0, 1, 0, 0], [Math.PI, 0, 0], [Math.PI, 0, 0]],
    [
      'a third about the diagonal',
      [0, 0, 1, 1, 0, 0, 0, 1, 0],
      [0.5, 0.5, 0.5, 0.5],
      Array(3).fill((2 * Math.PI) / 3 / Math.sqrt(3)) as never,
      [Math.PI / 2, 0, Math.PI / 2],
    ],
  ])('%s', (_, matrix, quaternion, vector, euler) => {
    expect(matrixFromQuaternion(quaternion)).toBeAllclose(matrix, EXACT);
    expect(matrixFromAxisAngle(vector)).toBeAllclose(matrix, EXACT);
    expect(matrixFromEuler(euler)).toBeAllclose(matrix, EXACT);
    expect(quaternionFromMatrix(matrix)).toBeAllclose(quaternion, EXACT);
    expect(axisAngleFromMatrix(matrix)).toBeAllclose(vector, EXACT);
  });

  test('roll, pitch and yaw are about fixed axes, one after the other', () => {
    const [roll, pitch, yaw] = [0.3, -0.4, 0.5];
    const one = (axis: Vec3): Mat3 => matrixFromAxisAngle(axis);
    const expected = multiplyRotations(one([0, 0, yaw]), multiplyRotations(one([0, pitch, 0]), one([roll, 0, 0])));
    expect(matrixFromEuler([roll, pitch, yaw])).toBeAllclose(expected, EXACT);
    expect(eulerFromMatrix(expected)).toBeAllclose([roll, pitch, yaw], EXACT);
  });

  test('where the pitch is ±π/2, the yaw is 0', () => {
    for (const pitch of [Math.PI / 2, -Math.PI / 2]) {
      const matrix = matrixFromEuler([0.3, pitch, 0.5]);
      const [roll, found, yaw] = eulerFromMatrix(matrix);
      expect([found, yaw]).toBeAllclose([pitch, 0], { rtol: 0, atol: 1e-8 });
      expect(matrixFromEuler([roll, found, yaw])).toBeAllclose(matrix, { rtol: 0, atol: 1e-8 });
    }
  });
});

describe('there and back', () => {
  const property = (name: string, back: (r: Mat3) => Mat3, tolerance = EXACT) =>
    test(name, () => {
      fc.assert(
        fc.property(rotations, (r) => void expect(back(r)).toBeAllclose(r, tolerance)),
        { numRuns: 500 },
      );
    });
  property('quaternion', (r) => matrixFromQuaternion(quaternionFromMatrix(r)));
  property('axis and angle', (r) => matrixFromAxisAngle(axisAngleFromMatrix(r)));
  // Within 1e-12 of gimbal lock the yaw is taken to be 0.
  property('Euler angles', (r) => matrixFromEuler(eulerFromMatrix(r)), { rtol: 0, atol: 3e-12 });
  property('inverse', (r) => invertRotation(invertRotation(r)));
  property(
    'Gram and Schmidt',
    (r) => gramSchmidt([r[0] * 3, r[3] * 3, r[6] * 3], [r[1] * 0.2 + r[0], r[4] * 0.2 + r[3], r[7] * 0.2 + r[6]]),
    {
      rtol: 0,
      atol: 1e-13,
    },
  );
});

test('the sign of a quaternion does not matter', () => {
  fc.assert(
    fc.property(quaternions, (q) => {
      const negative = q.map((n) => -n) as unknown as Quaternion;
      expect(matrixFromQuaternion(negative)).toEqual(matrixFromQuaternion(q));
      const [first] = quaternionFromMatrix(matrixFromQuaternion(negative)).filter((n) => Math.abs(n) > 1e-15);
      expect(first).toBeGreaterThan(0);
    }),
  );
});

test('axis and angle come back: small angles to full relative precision, and at π the axis to either side', () => {
  fc.assert(
    fc.property(directions, angles, (axis, angle) => {
      const found = axisAngleFromMatrix(matrixFromAxisAngle([axis[0] * angle, axis[1] * angle, axis[2] * angle]));
      const size = Math.hypot(...found);
      expect(Math.abs(size - angle)).toBeLessThan(1e-15 + 1e-14 * angle);
      const along = found[0] * axis[0] + found[1] * axis[1] + found[2] * axis[2];
      if (angle > 1e-12) expect((angle > Math.PI - 1e-7 ? Math.abs(along) : along) / size).toBeGreaterThan(1 - 1e-12);
    }),
    { numRuns: 500 },
  );
});

test('the angle between rotations is that of the turn from one to the other', () => {
  fc.assert(
    fc.property(rotations, directions, angles, (r, axis, angle) => {
      const turned = multiplyRotations(r, matrixFromAxisAngle([axis[0] * angle, axis[1] * angle, axis[2] * angle]));
      // The product of two matrices with rounding errors of 1e-16
      expect(Math.abs(rotationAngle(r, turned) - angle)).toBeLessThan(1e-14);
      expect(Math.abs(rotationAngle(turned, r) - angle)).toBeLessThan(1e-14);
    }),
    { numRuns: 500 },
  );
});

test('interpolation goes from one to the other at constant speed', () => {
  fc.assert(
    fc.property(rotations, rotations, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, t) => {
      const total = rotationAngle(a, b);
      const between = interpolateRotation(a, b, t);
      expect(Math.abs(rotationAngle(a, between) - t * total)).toBeLessThan(1e-13);
      expect(Math.abs(rotationAngle(between, b) - (1 - t) * total)).toBeLessThan(1e-13);
    }),
    { numRuns: 500 },
  );
});

test('half of a half turn is always about the same side of the axis, from wherever it is seen', () => {
  fc.assert(
    fc.property(rotations, directions, fc.boolean(), (a, axis, negative) => {
      const half = axis.map((n) => (negative ? -n : n)) as unknown as Vec3;
      // A leading number that is lost in rounding has no sign to rely on.
      fc.pre(axis.every((n) => n === 0 || Math.abs(n) > 1e-3));
      const leading = half.find((n) => n !== 0) as number;
      const quarter = matrixFromAxisAngle(half.map((n) => (Math.sign(leading) * n * Math.PI) / 2) as unknown as Vec3);
      const turned = multiplyRotations(a, matrixFromQuaternion([0, ...half]));
      expect(interpolateRotation(a, turned, 0.5)).toBeAllclose(multiplyRotations(a, quarter), { rtol: 0, atol: 1e-14 });
    }),
  );
});

test('a matrix turns vectors', () => {
  expect(rotateVector(quarterTurnZ, [1, 2, 3])).toEqual([-2, 1, 3]);
});

test.each<[string, () => unknown, string]>([
  ['parallel axes', () => gramSchmidt([1, 2, 3], [-2, -4, -6]), 'no rotation has axes along [1, 2, 3] and [-2, -4, -6]: they are parallel'],
  ['a zero axis', () => gramSchmidt([0, 0, 0], [1, 0, 0]), 'the first is zero'],
  ['the other axis', () => gramSchmidt([0, 0, 1], [0, 0, 0]), 'the second is zero'],
  ['a NaN', () => gramSchmidt([0, Number.NaN, 1], [0, 1, 0]), 'a number is not finite'],
  ['an infinite axis', () => gramSchmidt([1, 0, 0], [0, Number.POSITIVE_INFINITY, 0]), 'a number is not finite'],
  ['a zero quaternion', () => matrixFromQuaternion([0, 0, 0, 0]), 'no rotation is the quaternion [0, 0, 0, 0]: its length is 0'],
  ['a quaternion of NaN', () => matrixFromQuaternion([Number.NaN, 0, 0, 0]), 'its length is NaN'],
  ['a vector of NaN', () => matrixFromAxisAngle([0, 0, Number.NaN]), 'no rotation is the rotation vector [0, 0, NaN]'],
  ['angles of NaN', () => matrixFromEuler([0, Number.NaN, 0]), 'no rotation has the Euler angles [0, NaN, 0]'],
])('%s: an error', (_, action, message) => {
  expect(action).toThrow(message);
});
