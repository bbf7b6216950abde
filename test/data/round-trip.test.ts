/** The whole way of an action and back: relative, rmat6d, normalised, FAST tokens, and all of it undone. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ArmTargets, absoluteTargets, relativeActions, swapArms } from '../../src/robot/actions.ts';
import { ACTION_DIMS, CHUNK_STEPS } from '../../src/robot/canonical.ts';
import { type Normalization, normaliseActions, quantileMap, unnormaliseActions } from '../../src/robot/normalization.ts';
import { matrixFromQuaternion, multiplyRotations, type Quaternion, rotationAngle } from '../../src/robot/rotation.ts';
import { composePoses, type Pose, relativePose } from '../../src/robot/se3.ts';
import { length3, subtract3, type Vec3 } from '../../src/robot/vectors.ts';
import { randomStream } from '../../src/tensor/random.ts';
import { quantisationBound } from '../../src/tokens/fast.ts';
import { fitFast } from '../../src/tokens/fast-fit.ts';

/** A pose anywhere, turned anyhow, and a smooth motion of the tool from there on: up to 0.4 m and about 1.5 rad in a second. */
interface Motion {
  readonly current: Pose;
  readonly targets: ArmTargets;
}

function motion(seed: number): Motion {
  const random = randomStream(seed, 'motion');
  const three = (): Vec3 => [random.normal(), random.normal(), random.normal()];
  const [p0, v, a] = [three(), three(), three()];
  const quaternion = (w: number, v: Vec3): Quaternion => [w, ...v];
  const q0 = [random.normal(), ...three()] as const;
  const [spin, tilt] = [three(), three()];
  const at = (t: number): Pose => ({
    position: p0.map((p, i) => p + 0.1 * ((v[i] as number) * t + (a[i] as number) * t * t)) as unknown as Vec3,
    rotation: multiplyRotations(
      matrixFromQuaternion(quaternion(q0[0], [q0[1], q0[2], q0[3]])),
      matrixFromQuaternion(quaternion(1, spin.map((s, i) => 0.25 * (s * t + (tilt[i] as number) * t * t)) as unknown as Vec3)),
    ),
  });
  const steps = Array.from({ length: CHUNK_STEPS }, (_, i) => (i + 1) / 30);
  const open = random.uniform() < 0.5;
  const switched = random.integer(CHUNK_STEPS);
  return { current: at(0), targets: { poses: steps.map(at), gripper: steps.map((_, i) => Number(i < switched === open)) } };
}

/** Statistics of motions like these. */
const chunks = Array.from({ length: 200 }, (_, seed) => {
  const [left, right] = [motion(2 * seed), motion(2 * seed + 1)];
  return relativeActions({ left: left.current, right: right.current }, { left: left.targets, right: right.targets }, CHUNK_STEPS).actions;
});
const columns = Array.from({ length: ACTION_DIMS }, (_, d) =>
  chunks.flatMap((chunk) => [...chunk].filter((_, i) => i % ACTION_DIMS === d)).sort((a, b) => a - b),
);
const quantile = (q: number): number[] => columns.map((values) => values[Math.round(q * (values.length - 1))] as number);
const statistics = {
  mean: Array(10).fill(0),
  std: Array(10).fill(1),
  q01: quantile(0.01),
  q99: quantile(0.99),
  min: quantile(0),
  max: quantile(1),
};
const normalization: Normalization = { rotation: 'rmat6d-columns', state: statistics, actions: statistics };
const shape = { horizon: CHUNK_STEPS, dims: 2 * ACTION_DIMS };
const fast = fitFast(
  chunks.map((chunk) => ({ ...shape, data: normaliseActions(normalization, chunk) })),
  { vocabularySize: 2048 },
);
const bound = quantisationBound(CHUNK_STEPS, fast.config.scale);
const { scale } = quantileMap(statistics);

describe('action → relative → rmat6d → normalised → FAST → back', () => {
  test('stays within the bound of the quantisation, to the absolute pose', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 199 }), fc.integer({ min: 0, max: 199 }), (one, other) => {
        const [left, right] = [motion(one), motion(other)];
        const current = { left: left.current, right: right.current };
        const { actions } = relativeActions(current, { left: left.targets, right: right.targets }, CHUNK_STEPS);
        const normalised = normaliseActions(normalization, actions);
        const decoded = fast.decode(fast.encode({ ...shape, data: normalised }), shape);
        for (const [i, value] of normalised.entries())
          expect(Math.abs((decoded[i] as number) - value)).toBeLessThanOrEqual(bound.value + 1e-5);

        // What one number may be off by, in metres and without a unit, bounds what a pose may be off by.
        const slack = scale.map((s) => s * (bound.value + 1e-5) + 1e-6);
        const distance = Math.hypot(slack[0] as number, slack[1] as number, slack[2] as number);
        const turned = Math.hypot(...slack.subarray(3, 9));
        const back = absoluteTargets(unnormaliseActions(normalization, decoded), current);
        for (const [arm, { targets }] of Object.entries({ left, right }) as ['left' | 'right', Motion][]) {
          targets.poses.forEach((pose, i) => {
            const got = back[arm]?.poses[i] as Pose;
            expect(length3(subtract3(got.position, pose.position))).toBeLessThanOrEqual(distance);
            // Gram–Schmidt at most doubles an error in the axes; an angle is at most π/2 times its chord.
            expect(rotationAngle(got.rotation, pose.rotation)).toBeLessThanOrEqual(Math.PI * turned);
            expect(Math.abs((back[arm]?.gripper[i] as number) - (targets.gripper[i] as number))).toBeLessThanOrEqual(slack[9] as number);
          });
        }
      }),
      { numRuns: 40 },
    );
  });

  test('without tokens it is exact', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
        const { current, targets } = motion(seed);
        const { actions, mask } = relativeActions({ right: current }, { right: targets }, CHUNK_STEPS);
        const back = absoluteTargets(unnormaliseActions(normalization, normaliseActions(normalization, actions, mask), mask), {
          right: current,
        });
        targets.poses.forEach((pose, i) => {
          const got = back.right?.poses[i] as Pose;
          // Single precision
          expect(length3(subtract3(got.position, pose.position))).toBeLessThan(2e-6);
          expect(rotationAngle(got.rotation, pose.rotation)).toBeLessThan(1e-5);
        });
      }),
    );
  });

  test('exchanging the arms commutes with every step', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 199 }), fc.integer({ min: 0, max: 199 }), (one, other) => {
        const [a, b] = [motion(one), motion(other)];
        const chunk = (left: Motion, right: Motion) =>
          relativeActions({ left: left.current, right: right.current }, { left: left.targets, right: right.targets }, CHUNK_STEPS).actions;
        const swapped = swapArms(chunk(a, b), ACTION_DIMS);
        expect(swapped).toEqual(chunk(b, a));
        expect(normaliseActions(normalization, swapped)).toEqual(swapArms(normaliseActions(normalization, chunk(a, b)), ACTION_DIMS));
        const coded = (actions: Float32Array) =>
          fast.decode(fast.encode({ ...shape, data: normaliseActions(normalization, actions) }), shape);
        expect(coded(swapped)).toEqual(swapArms(coded(chunk(a, b)), ACTION_DIMS));
      }),
      { numRuns: 20 },
    );
  });

  test('the sign of a quaternion never matters', () => {
    const component = fc.double({ min: -1, max: 1, noNaN: true });
    const quaternions = fc.tuple(component, component, component, component).filter((q) => Math.hypot(...q) > 0.1);
    fc.assert(
      fc.property(quaternions, quaternions, fc.boolean(), fc.boolean(), (q, r, flipQ, flipR) => {
        const pose = (quaternion: readonly number[], flip: boolean): Pose => ({
          position: [0, 0, 0],
          rotation: matrixFromQuaternion(quaternion.map((x) => (flip ? -x : x)) as unknown as Quaternion),
        });
        const plain = relativePose(pose(q, false), pose(r, false));
        const flipped = relativePose(pose(q, flipQ), pose(r, flipR));
        expect(flipped).toEqual(plain);
      }),
    );
  });
});

test('moving the base changes nothing: chunks are relative to the tool', () => {
  const [{ current, targets }, { current: base }] = [motion(3), motion(4)];
  const moved = (pose: Pose): Pose => composePoses(base, pose);
  const here = relativeActions({ left: current }, { left: targets }, CHUNK_STEPS).actions;
  const there = relativeActions({ left: moved(current) }, { left: { ...targets, poses: targets.poses.map(moved) } }, CHUNK_STEPS).actions;
  expect(there).toBeAllclose(here, { atol: 1e-6 });
});
