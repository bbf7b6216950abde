/** Motion between rows: against closed forms, and with nothing changed where nothing has to be. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { locate, poseAt, requireIncreasing, resampledLength, valueAt } from '../../src/data/resample.ts';
import { matrixFromAxisAngle, rotationAngle } from '../../src/robot/rotation.ts';

describe('locate', () => {
  const times = Float64Array.from([0, 0.1, 0.3, 0.4]);

  test.each([
    [0, { row: 0, fraction: 0 }],
    [0.05, { row: 0, fraction: 0.5 }],
    [0.1, { row: 1, fraction: 0 }],
    [0.25, { row: 1, fraction: 0.75 }],
    [0.4, { row: 3, fraction: 0 }],
    // Timestamps are often f32: a time that is as good as a row's is the row's.
    [Math.fround(0.3), { row: 2, fraction: 0 }],
    [0.30005, { row: 2, fraction: 0 }],
    [0.29995, { row: 2, fraction: 0 }],
    [-0.00005, { row: 0, fraction: 0 }],
    [0.40005, { row: 3, fraction: 0 }],
  ])('%d s', (time, { row, fraction }) => {
    const found = locate(times, time);
    expect(found?.row).toBe(row);
    expect(found?.fraction).toBeCloseTo(fraction, 12);
  });

  test('is nowhere outside of the rows', () => {
    expect(locate(times, -0.001)).toBeUndefined();
    expect(locate(times, 0.401)).toBeUndefined();
    expect(locate(new Float64Array(0), 0)).toBeUndefined();
  });

  test('agrees with a search from the first row on', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (gaps, part) => {
          const rows = Float64Array.from(gaps.map((_, i) => gaps.slice(0, i).reduce((a, b) => a + b, 0)));
          const time = part * (rows.at(-1) as number);
          const { row, fraction } = locate(rows, time) as { row: number; fraction: number };
          const next = rows[row + 1] ?? Number.POSITIVE_INFINITY;
          expect(time).toBeGreaterThanOrEqual((rows[row] as number) - 1e-4);
          expect(time).toBeLessThan(next);
          const there = fraction === 0 ? (rows[row] as number) : (rows[row] as number) + fraction * (next - (rows[row] as number));
          expect(Math.abs(there - time)).toBeLessThanOrEqual(1e-4 + 1e-12);
        },
      ),
    );
  });
});

test('poses go straight and turn at constant speed', () => {
  const turn = matrixFromAxisAngle([0.3, -2, 0.5]);
  const poses = [
    { position: [0, 0, 0] as const, rotation: matrixFromAxisAngle([0, 0, 0]) },
    { position: [1, 2, -4] as const, rotation: turn },
  ];
  const quarter = poseAt(poses, { row: 0, fraction: 0.25 });
  expect([...quarter.position]).toBeAllclose([0.25, 0.5, -1]);
  expect([...quarter.rotation]).toBeAllclose([...matrixFromAxisAngle([0.075, -0.5, 0.125])], { atol: 1e-12 });
  expect(rotationAngle(quarter.rotation, turn)).toBeCloseTo(0.75 * Math.hypot(0.3, 2, 0.5), 12);
  expect(poseAt(poses, { row: 1, fraction: 0 })).toBe(poses[1]);
});

test('grippers as declared', () => {
  const values = [0, 1];
  expect([0, 0.25, 0.5, 0.75].map((fraction) => valueAt(values, { row: 0, fraction }, 'nearest'))).toEqual([0, 0, 0, 1]);
  expect([0, 0.25, 0.5, 0.75].map((fraction) => valueAt(values, { row: 0, fraction }, 'linear'))).toEqual([0, 0.25, 0.5, 0.75]);
});

test.each([
  [393, 30, 393],
  [2, 30, 2],
  [1, 30, 1],
  [0, 30, 0],
  // 5 s at 20 Hz and at 10 Hz, 1 s at 50 Hz; 7 rows at 20 Hz are 0.3 s
  [101, 20, 151],
  [51, 10, 151],
  [51, 50, 31],
  [7, 20, 10],
])('%d rows at %d Hz are %d at 30 Hz', (rows, fps, expected) => {
  expect(resampledLength(rows, fps, 30)).toBe(expected);
});

test('refuses times that do not increase, with the frame', () => {
  expect(() => requireIncreasing(Float64Array.from([0, 0.1, 0.1]), 500, 'set, episode 3')).toThrow(
    'set, episode 3, frame 502: timestamp 0.1 s does not come after 0.1 s',
  );
  expect(() => requireIncreasing(Float64Array.from([0, Number.NaN]), 0, 'set, episode 3')).toThrow('frame 1: the timestamp is NaN');
  expect(() => resampledLength(3, 0, 30)).toThrow('positive frequencies, got 0 and 30 Hz');
});
