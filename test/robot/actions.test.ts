import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ACTION_DIMS,
  ARMS,
  type ArmTargets,
  absoluteTargets,
  IDENTITY_POSE,
  IDENTITY_ROTATION,
  matrixFromAxisAngle,
  type PerArm,
  POSE_DIMS,
  type Pose,
  reanchor,
  relativeActions,
  STATE_DIMS,
  swapArms,
} from '../../src/robot/index.ts';
import { numbersOf, poses } from './poses.ts';

/** Actions are f32: 24 bits, positions below 4 m, and a product of matrices on the way back. */
const F32 = { rtol: 0, atol: 2e-6 };

const targets: fc.Arbitrary<ArmTargets> = fc
  .array(fc.tuple(poses, fc.double({ min: 0, max: 1, noNaN: true })), { minLength: 1, maxLength: 6 })
  .map((steps) => ({ poses: steps.map(([pose]) => pose), gripper: steps.map(([, gripper]) => gripper) }));

const both = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<Required<PerArm<T>>> => fc.record({ left: values, right: values });

const flat = (all: PerArm<ArmTargets>): number[] =>
  ARMS.flatMap((arm) => [...(all[arm]?.poses.flatMap(numbersOf) ?? []), ...Array.from(all[arm]?.gripper ?? [])]);

describe('relative actions', () => {
  test('by hand: two steps forward of a tool that is turned', () => {
    const rotation = matrixFromAxisAngle([0, 0, Math.PI / 2]);
    const at = (y: number): Pose => ({ position: [1, y, 0], rotation });
    const { actions, mask } = relativeActions({ right: at(2) }, { right: { poses: [at(2.5), at(3)], gripper: [1, 0] } }, 3);
    const empty = Array(ACTION_DIMS).fill(0);
    expect(actions).toBeAllclose(
      [
        ...[...empty, 0.5, 0, 0, 1, 0, 0, 0, 1, 0, 1],
        // Not from the step before: 1 m from where the tool was
        ...[...empty, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0],
        ...[...empty, ...empty],
      ],
      F32,
    );
    expect([...mask]).toEqual([...empty, ...Array(10).fill(1), ...empty, ...Array(10).fill(1), ...empty, ...empty]);
  });

  test('to absolute and back', () => {
    fc.assert(
      fc.property(both(poses), both(targets), (current, future) => {
        const steps = Math.min(future.left.poses.length, future.right.poses.length);
        const { actions, mask } = relativeActions(current, future, steps);
        expect(actions).toHaveLength(steps * 2 * ACTION_DIMS);
        expect(mask.every((there) => there === 1)).toBe(true);
        const cut = ({ poses: all, gripper }: ArmTargets): ArmTargets => ({
          poses: all.slice(0, steps),
          gripper: Array.from(gripper).slice(0, steps),
        });
        expect(flat(absoluteTargets(actions, current))).toBeAllclose(flat({ left: cut(future.left), right: cut(future.right) }), F32);
      }),
    );
  });

  test('do not depend on where the base is', () => {
    fc.assert(
      fc.property(poses, poses, poses, (base, current, next) => {
        const actionsIn = (frame: Pose): Float32Array => {
          const seen = (pose: Pose): Pose =>
            absoluteTargets(relativeActions({ left: IDENTITY_POSE }, { left: { poses: [pose], gripper: [0] } }, 1).actions, { left: frame })
              .left?.poses[0] as Pose;
          return relativeActions({ left: seen(current) }, { left: { poses: [seen(next)], gripper: [0] } }, 1).actions;
        };
        expect(actionsIn(base)).toBeAllclose(actionsIn(IDENTITY_POSE), F32);
      }),
    );
  });

  test('only the arms that have a pose come back', () => {
    const { actions } = relativeActions({ left: IDENTITY_POSE }, { left: { poses: [IDENTITY_POSE], gripper: [0.5] } }, 1);
    expect(Object.keys(absoluteTargets(actions, { left: IDENTITY_POSE }))).toEqual(['left']);
    expect(() => absoluteTargets(actions, { right: IDENTITY_POSE })).toThrow('action 0 of the right arm: no rotation has axes along');
  });

  test('errors', () => {
    const future = { left: { poses: [IDENTITY_POSE], gripper: [1, 1] } };
    expect(() => relativeActions({}, future, 1)).toThrow('the left arm has targets, but no pose that the actions are relative to');
    expect(() => relativeActions({ left: IDENTITY_POSE }, future, 1)).toThrow('the left arm has 1 poses, but 2 gripper values');
    expect(() => absoluteTargets(new Float32Array(30), {})).toThrow('30 numbers are no actions [K, 2, 10]');
  });
});

describe('re-anchoring', () => {
  test('changes the anchor, not the motion', () => {
    fc.assert(
      fc.property(both(poses), both(poses), both(targets), (from, to, future) => {
        const { actions } = relativeActions(from, future, 1);
        expect(flat(absoluteTargets(reanchor(actions, from, to), to))).toBeAllclose(flat(absoluteTargets(actions, from)), F32);
      }),
    );
  });

  test('is what the leftover of a chunk needs', () => {
    const at = (x: number): Pose => ({ position: [x, 0, 0], rotation: IDENTITY_ROTATION });
    const chunk = relativeActions({ left: at(0) }, { left: { poses: [at(0.1), at(0.2), at(0.3)], gripper: [1, 1, 0] } }, 3).actions;
    const leftover = reanchor(chunk.subarray(2 * 10), { left: at(0) }, { left: at(0.1) });
    expect([leftover[0], leftover[20], leftover[POSE_DIMS + 20]]).toBeAllclose([0.1, 0.2, 0], F32);
  });

  test('needs both poses of an arm', () => {
    expect(() => reanchor(new Float32Array(20), { left: IDENTITY_POSE }, {})).toThrow('the left arm has an old pose, but no pose');
    expect([...reanchor(new Float32Array(20).fill(7), {}, {})]).toEqual(Array(20).fill(7));
  });
});

describe('swapping the arms', () => {
  test('is the same as having had them the other way round', () => {
    fc.assert(
      fc.property(both(poses), both(targets), fc.boolean(), (current, future, one) => {
        const steps = 4;
        const there = one ? { left: future.left } : future;
        const swapped = one ? { right: future.left } : { left: future.right, right: future.left };
        const { actions, mask } = relativeActions(current, there, steps);
        const other = relativeActions({ left: current.right, right: current.left }, swapped, steps);
        expect(swapArms(actions, ACTION_DIMS)).toEqual(other.actions);
        expect(swapArms(mask, ACTION_DIMS)).toEqual(other.mask);
        expect(swapArms(swapArms(actions, ACTION_DIMS), ACTION_DIMS)).toEqual(actions);
      }),
    );
  });

  test('of a state, by hand', () => {
    const state = Float32Array.from({ length: 2 * STATE_DIMS }, (_, i) => i);
    const swapped = swapArms(state, STATE_DIMS);
    expect([swapped[0], swapped[STATE_DIMS]]).toEqual([STATE_DIMS, 0]);
    expect(state[0]).toBe(0);
  });

  test('needs the right shape', () => {
    expect(() => swapArms(new Float32Array(30), ACTION_DIMS)).toThrow('swapArms: 30 numbers are no [..., 2, 10]');
    expect(() => swapArms(new Float32Array(0), 0)).toThrow('[..., 2, 0]');
  });
});
