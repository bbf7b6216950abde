import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeRotation,
  encodeRotation,
  invertRotation,
  type Mat3,
  matrixFromEuler,
  plausibleConventions,
  ROTATION_CONVENTIONS,
  type RotationConvention,
  rotationDefect,
  rotationDims,
} from '../../src/robot/index.ts';
import { rotations } from './poses.ts';

/** x becomes y, y becomes z, z becomes x. */
const third: Mat3 = [0, 0, 1, 1, 0, 0, 0, 1, 0];
/** About z by the angle of the triangle 3, 4, 5. */
const tilted: Mat3 = [0.6, -0.8, 0, 0.8, 0.6, 0, 0, 0, 1];

test.each<[RotationConvention, number[], number[]]>([
  ['rmat6d-columns', [0, 1, 0, 0, 0, 1], [0.6, 0.8, 0, -0.8, 0.6, 0]],
  ['rmat6d-rows', [0, 0, 1, 1, 0, 0], [0.6, -0.8, 0, 0.8, 0.6, 0]],
  ['rmat6d-interleaved', [0, 0, 1, 0, 0, 1], [0.6, -0.8, 0.8, 0.6, 0, 0]],
  ['quaternion-wxyz', [0.5, 0.5, 0.5, 0.5], [Math.sqrt(0.8), 0, 0, Math.sqrt(0.2)]],
  ['quaternion-xyzw', [0.5, 0.5, 0.5, 0.5], [0, 0, Math.sqrt(0.2), Math.sqrt(0.8)]],
  ['axis-angle', [1, 1, 1].map((n) => (n * 2 * Math.PI) / 3 / Math.sqrt(3)), [0, 0, Math.atan2(4, 3)]],
  ['euler-xyz', [Math.PI / 2, 0, Math.PI / 2], [0, 0, Math.atan2(4, 3)]],
  ['matrix', [...third], [...tilted]],
])('%s, written by hand', (convention, ofThird, ofTilted) => {
  // A handful of f64 operations
  const exact = { rtol: 0, atol: 1e-15 };
  expect(encodeRotation(convention, third)).toBeAllclose(ofThird, exact);
  expect(encodeRotation(convention, tilted)).toBeAllclose(ofTilted, exact);
  expect(decodeRotation(convention, [9, 9, ...ofThird], 2)).toBeAllclose(third, exact);
  expect(decodeRotation(convention, [...ofTilted, 9])).toBeAllclose(tilted, exact);
  expect(rotationDims(convention)).toBe(ofThird.length);
});

describe.each(ROTATION_CONVENTIONS)('%s', (convention) => {
  test('comes back, also from f32', () => {
    fc.assert(
      fc.property(rotations, (r) => {
        const numbers = encodeRotation(convention, r);
        expect(numbers).toHaveLength(rotationDims(convention));
        // Within 1e-12 of gimbal lock the yaw is taken to be 0.
        expect(decodeRotation(convention, numbers)).toBeAllclose(r, { rtol: 0, atol: 3e-12 });
        // f32 has 24 bits; angles are up to π.
        expect(decodeRotation(convention, Float32Array.from(numbers))).toBeAllclose(r, { rtol: 0, atol: 1e-6 });
        expect(rotationDefect(convention, numbers)).toBeLessThan(1e-12);
      }),
      { numRuns: 300 },
    );
  });

  test('lacks no numbers', () => {
    expect(() => decodeRotation(convention, [0, 0, 1, 0, 1, 0, 0, 0], 7)).toThrow(
      `${convention}: ${rotationDims(convention)} numbers expected from position 7 on, but there are 8 in all`,
    );
  });

  test('NaN is infinitely wrong', () => {
    expect(rotationDefect(convention, Array(rotationDims(convention)).fill(Number.NaN))).toBe(Number.POSITIVE_INFINITY);
  });
});

test('reading rows as columns gives the rotation back', () => {
  fc.assert(
    fc.property(rotations, (r) => {
      const rows = encodeRotation('rmat6d-rows', r);
      expect(decodeRotation('rmat6d-columns', rows)).toBeAllclose(invertRotation(r), { rtol: 0, atol: 1e-13 });
    }),
  );
});

test('unknown conventions and reflections are errors', () => {
  expect(() => decodeRotation('rpy' as never, [0, 0, 0])).toThrow('there is no rotation convention "rpy": expected one of rmat6d-columns');
  expect(() => decodeRotation('matrix', [1, 0, 0, 0, 1, 0, 0, 0, -1])).toThrow('it is a reflection or singular');
  expect(rotationDefect('matrix', [1, 0, 0, 0, 1, 0, 0, 0, -1])).toBe(2);
});

describe('what numbers say about their convention', () => {
  const some = [0.3, 0.9, -1.2, 2].map((a) => matrixFromEuler([a, 0.5 * a, 1 - a]));
  const written = (convention: RotationConvention): readonly number[][] => some.map((r) => [...encodeRotation(convention, r)]);

  test.each<[RotationConvention, RotationConvention[]]>([
    ['rmat6d-columns', ['rmat6d-columns', 'rmat6d-rows']],
    ['rmat6d-rows', ['rmat6d-columns', 'rmat6d-rows']],
    ['rmat6d-interleaved', ['rmat6d-interleaved']],
    ['quaternion-wxyz', ['quaternion-wxyz', 'quaternion-xyzw']],
    ['axis-angle', ['axis-angle', 'euler-xyz']],
    ['matrix', ['matrix']],
  ])('%s could be %j', (convention, plausible) => {
    expect(plausibleConventions(written(convention))).toEqual(plausible);
  });

  test('degrees, positions and noise are nothing', () => {
    expect(
      plausibleConventions([
        [10, 0, 0],
        [90, -45, 12],
      ]),
    ).toEqual([]);
    expect(plausibleConventions([[0.3, 0.2, 0.5, 1]])).toEqual([]);
    expect(plausibleConventions([[0.3, 0.2, 0.5, 1, 0, 0]])).toEqual([]);
  });

  test('one sample that fits is not enough', () => {
    const identity = [1, 0, 0, 1, 0, 0];
    expect(plausibleConventions([identity])).toEqual(['rmat6d-interleaved']);
    expect(
      plausibleConventions([
        [0, 1, 0, 0, 0, 1],
        [0.9, 0.1, 0, 0, 1, 0],
      ]),
    ).toEqual([]);
  });
});
