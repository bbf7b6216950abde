/** Rotations and poses for properties: everywhere, and often where formulas break. */
import fc from 'fast-check';
import { type Mat3, matrixFromQuaternion, type Pose, type Quaternion, type Vec3 } from '../../src/robot/index.ts';

const unit = fc.double({ min: -1, max: 1, noNaN: true, noDefaultInfinity: true });

/** Directions; along the axes, too. */
export const directions: fc.Arbitrary<Vec3> = fc.oneof(
  fc.constantFrom<Vec3>([1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 0, 0], [0, -1, 0], [0, 0, -1]),
  fc
    .tuple(unit, unit, unit)
    .filter((v) => Math.hypot(...v) > 0.1)
    .map(([x, y, z]): Vec3 => [x / Math.hypot(x, y, z), y / Math.hypot(x, y, z), z / Math.hypot(x, y, z)]),
);

const small = fc.constantFrom(0, 1e-17, 1e-12, 1e-9, 1e-8, 1e-7, 1e-5, 1e-3);

/** Angles in [0, π], often 0, π, or close to them. */
export const angles: fc.Arbitrary<number> = fc.oneof(
  fc.double({ min: 0, max: Math.PI, noNaN: true }),
  small,
  small.map((distance) => Math.PI - distance),
  fc.constant(Math.PI / 2),
);

/** Unit quaternions with either sign. */
export const quaternions: fc.Arbitrary<Quaternion> = fc.tuple(directions, angles, fc.boolean()).map(([[x, y, z], angle, negative]) => {
  const [c, s] = [Math.cos(angle / 2), Math.sin(angle / 2)];
  const sign = negative ? -1 : 1;
  return [sign * c, sign * s * x, sign * s * y, sign * s * z];
});

export const rotations: fc.Arbitrary<Mat3> = quaternions.map(matrixFromQuaternion);

/** Metres, within a robot's reach. */
export const positions: fc.Arbitrary<Vec3> = fc.tuple(unit, unit, unit);

export const poses: fc.Arbitrary<Pose> = fc.record({ position: positions, rotation: rotations });

/** All the numbers of a pose. */
export const numbersOf = ({ position, rotation }: Pose): number[] => [...position, ...rotation];
