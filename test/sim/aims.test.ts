/** Aims of episodes that are made up, with a camera that looks down from above. */
import { expect, test } from 'vitest';
import { IDENTITY_ROTATION } from '../../src/robot/rotation.ts';
import { aimsOf } from '../../src/sim/aims.ts';

/** Looks down from 2 m: at a right angle, the picture is 4 m wide, with x to the right and y up. */
const above = { position: [0, 0, 2] as const, rotation: IDENTITY_ROTATION, fovy: Math.PI / 2 };
/** Is below the table, and looks down */
const below = { ...above, position: [0, 0, -1] as const };

const moment = (x: number, gripper: number) => ({
  tools: { right: { place: [x, 0.5, 0] as const, gripper } },
  cameras: [above, below],
});

test('the aim is where the gripper next closes or opens, and then where the episode ends', () => {
  const aims = aimsOf([moment(0, 1), moment(0.4, 0.3), moment(0.8, 0), moment(1.2, 0), moment(1, 0.2), moment(-1, 1)]);
  // Closed from x = 0.8 m on, opened at 1 m, ended at −1 m; 0.5 m up is an eighth of the picture.
  const expected = [0.7, 0.7, 0.75, 0.75, 0.25, 0.25];
  for (const [i, { left, right }] of aims.entries()) {
    expect(left).toBeUndefined();
    expect(right?.[0]?.[0]).toBeCloseTo(expected[i] as number, 9);
    expect(right?.[0]?.[1]).toBeCloseTo(0.375, 9);
    expect(right?.[1]).toEqual([-1, -1]);
  }
});

test('what is beside the picture is outside of 0 … 1, but not far', () => {
  const [{ right } = {}] = aimsOf([moment(3, 1)]);
  expect(right?.[0]?.[0]).toBeCloseTo(1.25, 9);
  expect(aimsOf([moment(1e6, 1)])[0]?.right?.[0]?.[0]).toBe(2);
});
