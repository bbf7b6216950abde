import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  composePoses,
  expTwist,
  IDENTITY_POSE,
  IDENTITY_ROTATION,
  interpolatePose,
  invertPose,
  logPose,
  matrixFromAxisAngle,
  POSE_DIMS,
  readPose,
  relativePose,
  rotationAngle,
  type Twist,
  type Vec3,
  writePose,
} from '../../src/robot/index.ts';
import { angles, directions, numbersOf, poses, positions } from './poses.ts';

/** A few products of matrices with entries up to 1 and positions up to √3 m. */
const EXACT = { rtol: 0, atol: 1e-13 };

describe('poses', () => {
  test('a pose and its inverse cancel out', () => {
    fc.assert(
      fc.property(poses, (a) => {
        expect(numbersOf(composePoses(a, invertPose(a)))).toBeAllclose(numbersOf(IDENTITY_POSE), EXACT);
        expect(numbersOf(composePoses(invertPose(a), a))).toBeAllclose(numbersOf(IDENTITY_POSE), EXACT);
      }),
    );
  });

  test('composition is associative', () => {
    fc.assert(
      fc.property(poses, poses, poses, (a, b, c) => {
        expect(numbersOf(composePoses(composePoses(a, b), c))).toBeAllclose(numbersOf(composePoses(a, composePoses(b, c))), EXACT);
      }),
    );
  });

  test('relative to an anchor is the inverse of the anchor, then the target', () => {
    fc.assert(
      fc.property(poses, poses, (anchor, target) => {
        const relative = relativePose(anchor, target);
        expect(numbersOf(relative)).toBeAllclose(numbersOf(composePoses(invertPose(anchor), target)), EXACT);
        expect(numbersOf(composePoses(anchor, relative))).toBeAllclose(numbersOf(target), EXACT);
      }),
    );
  });

  test('relative, by hand: the tool looks along the base’s y, the target is 1 m further along y', () => {
    const rotation = matrixFromAxisAngle([0, 0, Math.PI / 2]);
    const relative = relativePose({ position: [1, 2, 3], rotation }, { position: [1, 3, 3], rotation });
    expect(numbersOf(relative)).toBeAllclose([1, 0, 0, ...IDENTITY_ROTATION], EXACT);
  });

  test('interpolation ends at its ends and moves straight', () => {
    fc.assert(
      fc.property(poses, poses, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, t) => {
        expect(numbersOf(interpolatePose(a, b, 0))).toBeAllclose(numbersOf(a), EXACT);
        expect(numbersOf(interpolatePose(a, b, 1))).toBeAllclose(numbersOf(b), EXACT);
        const between = interpolatePose(a, b, t);
        expect(between.position).toBeAllclose(
          a.position.map((p, i) => p + t * ((b.position[i] as number) - p)),
          EXACT,
        );
        expect(Math.abs(rotationAngle(a.rotation, between.rotation) - t * rotationAngle(a.rotation, b.rotation))).toBeLessThan(1e-13);
      }),
    );
  });
});

describe('twists', () => {
  test('exp undoes log', () => {
    fc.assert(
      fc.property(poses, (pose) => void expect(numbersOf(expTwist(logPose(pose)))).toBeAllclose(numbersOf(pose), { rtol: 0, atol: 1e-11 })),
      { numRuns: 500 },
    );
  });

  test('log undoes exp below half a turn', () => {
    fc.assert(
      fc.property(positions, directions, angles, (linear, axis, angle) => {
        fc.pre(angle < 3.1);
        const twist: Twist = { linear, angular: axis.map((n) => n * angle) as unknown as Vec3 };
        const { linear: found, angular } = logPose(expTwist(twist));
        // The quotients of small numbers in V and its inverse cost digits.
        expect([...found, ...angular]).toBeAllclose([...twist.linear, ...twist.angular], { rtol: 0, atol: 1e-10 });
      }),
      { numRuns: 500 },
    );
  });

  test('exp is what many small steps add up to', () => {
    const twist: Twist = { linear: [0.3, -0.2, 0.5], angular: [1, 2, -0.5] };
    const scaled = (by: number): Twist => ({
      linear: twist.linear.map((n) => n * by) as never,
      angular: twist.angular.map((n) => n * by) as never,
    });
    let pose = IDENTITY_POSE;
    for (let i = 0; i < 64; i++) pose = composePoses(pose, expTwist(scaled(1 / 64)));
    expect(numbersOf(pose)).toBeAllclose(numbersOf(expTwist(twist)), { rtol: 0, atol: 1e-12 });
  });
});

describe('nine numbers', () => {
  test('position, then the first two columns', () => {
    const numbers: number[] = [];
    writePose({ position: [1, 2, 3], rotation: [0, 0, 1, 1, 0, 0, 0, 1, 0] }, numbers);
    expect(numbers).toEqual([1, 2, 3, 0, 1, 0, 0, 0, 1]);
    expect(numbers).toHaveLength(POSE_DIMS);
  });

  test('come back', () => {
    fc.assert(
      fc.property(poses, fc.integer({ min: 0, max: 4 }), (pose, offset) => {
        const numbers = new Float64Array(POSE_DIMS + 4);
        writePose(pose, numbers, offset);
        expect(numbersOf(readPose(numbers, offset))).toBeAllclose(numbersOf(pose), EXACT);
      }),
    );
  });

  test('errors', () => {
    expect(() => readPose([Number.NaN, 0, 0, 1, 0, 0, 0, 1, 0])).toThrow('has the position [NaN, 0, 0]: expected finite metres');
    expect(() => readPose([0, 0, 0, 1, 0, 0, 1, 0, 0])).toThrow('they are parallel');
    expect(() => readPose([0, 0, 0, 1, 0])).toThrow('6 numbers expected from position 3 on');
  });
});
