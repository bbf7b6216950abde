/** Errors of chunks on recorded data, against motions whose errors are known, and their means. */
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bindDataset, openDataset } from '../../src/data/dataset.ts';
import { episodeReader } from '../../src/data/episodes.ts';
import { type ArmStates, type ChunkErrors, chunkErrors, errorsBeyond, stillChunk, velocityChunk } from '../../src/eval/offline.ts';
import { evaluateOffline, offlineMoments } from '../../src/eval/offline-run.ts';
import { errorCurves, intervalKind } from '../../src/eval/offline-summary.ts';
import type { Policy, PolicyObservation } from '../../src/policy/policy.ts';
import { relativeActions } from '../../src/robot/actions.ts';
import { ACTION_DIMS, ARMS, POSE_DIMS, STATE_DIMS } from '../../src/robot/canonical.ts';
import { matrixFromAxisAngle } from '../../src/robot/rotation.ts';
import { composePoses, expTwist, type Pose, writePose } from '../../src/robot/se3.ts';

const STEPS = 30;
const [LEFT, RIGHT] = [0, 1];

const number = (size: number) => fc.double({ min: -size, max: size, noNaN: true });
const vector = (size: number) => fc.tuple(number(size), number(size), number(size));
const pose = fc.record({ position: vector(1), rotation: vector(1.5).map(matrixFromAxisAngle) });
const twist = fc.record({ linear: vector(0.01), angular: vector(0.03) });

/** The right arm alone. */
function rightArm(where: Pose, gripper: number): ArmStates {
  const state = new Float32Array(ARMS.length * STATE_DIMS);
  const stateMask = new Uint8Array(state.length);
  writePose(where, state, STATE_DIMS);
  state[STATE_DIMS + POSE_DIMS] = gripper;
  stateMask.fill(1, STATE_DIMS, STATE_DIMS + POSE_DIMS + 1);
  return { state, stateMask };
}

/** What the right arm did, from `now` on: `path` of each step, and a gripper that stays. */
function recorded(now: Pose, gripper: number, path: (step: number) => Pose, steps = STEPS) {
  const poses = Array.from({ length: steps }, (_, i) => path(i + 1));
  const { actions, mask } = relativeActions({ right: now }, { right: { poses, gripper: poses.map(() => gripper) } }, STEPS);
  return { actions, actionMask: mask };
}

const of = (errors: Float64Array, slot: number): number[] => [...errors].filter((_, i) => i % ARMS.length === slot);

test('a constant twist is what repeating the last velocity says, wherever it begins', () => {
  fc.assert(
    fc.property(pose, twist, fc.double({ min: 0, max: 1, noNaN: true }), (before, step, gripper) => {
      const on = (from: Pose, steps: number): Pose => (steps === 0 ? from : on(composePoses(from, expTwist(step)), steps - 1));
      const now = on(before, 1);
      const truth = recorded(now, gripper, (steps) => on(now, steps));
      const chunk = velocityChunk(rightArm(before, 0), rightArm(now, gripper), STEPS);
      const errors = chunkErrors(chunk, truth);
      // Poses of single precision, 10⁻⁷ of a metre, and 30 steps of their difference.
      expect(Math.max(...of(errors.translation, RIGHT))).toBeLessThan(3e-4);
      expect(Math.max(...of(errors.rotation, RIGHT))).toBeLessThan(3e-4);
      expect(Math.max(...of(errors.gripper, RIGHT))).toBeLessThan(1e-6);
      expect(of(errors.translation, LEFT).every(Number.isNaN)).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test('staying is as wrong as the arm moves: metres along a line, radians about an axis, the gripper that is told', () => {
  fc.assert(
    fc.property(pose, vector(0.01), (now, direction) => {
      const turned = matrixFromAxisAngle([0, 0, 0.5]);
      const path = (step: number): Pose => ({
        position: [0, 1, 2].map((k) => (now.position[k] as number) + step * (direction[k] as number)) as unknown as Pose['position'],
        rotation: composePoses(now, { position: [0, 0, 0], rotation: turned }).rotation,
      });
      const { translation, rotation, gripper } = chunkErrors(stillChunk(rightArm(now, 0.25), STEPS), recorded(now, 0.75, path));
      for (const [i, error] of of(translation, RIGHT).entries()) expect(error).toBeCloseTo((i + 1) * Math.hypot(...direction), 5);
      for (const error of of(rotation, RIGHT)) expect(error).toBeCloseTo(0.5, 5);
      for (const error of of(gripper, RIGHT)) expect(error).toBeCloseTo(0.5, 6);
    }),
    { numRuns: 20 },
  );
});

test('steps that were not recorded are left out, and predictions that are no motion refused', () => {
  const now: Pose = { position: [0, 0, 0], rotation: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
  const truth = recorded(now, 1, () => now, 4);
  const still = stillChunk(rightArm(now, 1), STEPS);
  expect(of(chunkErrors(still, truth).translation, RIGHT).map(Number.isNaN)).toEqual(Array.from({ length: STEPS }, (_, i) => i >= 4));
  const change = (at: number, value: number): Float32Array => Float32Array.from(still, (old, i) => (i === at ? value : old));
  const right = (step: number, dim: number): number => (step * ARMS.length + RIGHT) * ACTION_DIMS + dim;
  expect(() => chunkErrors(change(right(2, 0), Number.NaN), truth)).toThrow('action 2 of the right arm');
  expect(() => chunkErrors(change(right(3, POSE_DIMS), Number.POSITIVE_INFINITY), truth)).toThrow('action 3 of the right arm has Infinity');
  expect(() => chunkErrors(still.subarray(1), truth)).toThrow('a chunk of 599 numbers: 600 were recorded');
  // Nobody looks at what was not recorded.
  expect(() => chunkErrors(change(right(4, 0), Number.NaN), truth)).not.toThrow();
});

/** Errors of one step: those of the left arm and of the right one. */
const errorsOf = (left: number, right: number): ChunkErrors => {
  const values = Float64Array.of(left, right);
  return { translation: values, rotation: values, gripper: values };
};

test('of one episode: the mean and its standard error; both arms together are the mean of the two', () => {
  const moments = [1, 2, 3, 6].map((x) => ({ episode: 7, errors: errorsOf(x, 3 * x) }));
  expect(intervalKind(moments)).toMatch('standard errors');
  const { left, both } = errorCurves(moments, 0);
  // x̄ = 3, s² = 14/3, s/√4 = 1.0801
  expect(left?.translation.value).toEqual([3]);
  expect(left?.rotation.low[0]).toBeCloseTo(3 - 1.95996 * 1.080123, 4);
  expect(left?.gripper.high[0]).toBeCloseTo(3 + 1.95996 * 1.080123, 4);
  expect(both?.translation.value).toEqual([6]);
});

test('of several episodes: percentiles of the bootstrap, which counts every moment the same', () => {
  const moments = [
    { episode: 0, errors: errorsOf(1, Number.NaN) },
    { episode: 0, errors: errorsOf(1, Number.NaN) },
    { episode: 1, errors: errorsOf(4, Number.NaN) },
  ];
  expect(intervalKind(moments)).toBe('bootstrap over episodes');
  const curves = errorCurves(moments, 5);
  expect(Object.keys(curves)).toEqual(['left']);
  // Of two episodes there are three samples: twice the first, both, twice the second.
  expect(curves.left?.translation).toEqual({ value: [2], low: [1], high: [4] });
  expect(errorCurves(moments, 5)).toEqual(curves);
  expect(() => errorCurves([], 0)).toThrow('there are no moments');
});

test('the interval of many episodes is that of the central limit', () => {
  const values = Array.from({ length: 200 }, (_, i) => i % 10);
  const { left } = errorCurves(
    values.map((x, episode) => ({ episode, errors: errorsOf(x, Number.NaN) })),
    1,
  );
  // s = √8.25, over √200
  const half = (1.96 * Math.sqrt(8.25)) / Math.sqrt(200);
  expect(left?.translation.value[0]).toBeCloseTo(4.5, 12);
  expect(left?.translation.low[0]).toBeGreaterThan(4.5 - 1.15 * half);
  expect(left?.translation.low[0]).toBeLessThan(4.5 - 0.85 * half);
});

test('how much more wrong one is than another is below 0 where it is nearer', () => {
  expect([...errorsBeyond(errorsOf(1, 5), errorsOf(2, 3)).rotation]).toEqual([-1, 2]);
});

test('on a recording: a policy that stays is as wrong as staying, and one that is no motion is refused', async () => {
  const source = await openDataset(fileURLToPath(new URL('../fixtures/g1-pick-bottle', import.meta.url)));
  const bound = await bindDataset(source);
  const reader = episodeReader(bound as NonNullable<typeof bound>);
  const settings = { episodes: [0, 1], every: 7, seed: 3, side: 'right' } as const;
  const moments = offlineMoments(reader, settings);
  expect(moments).toEqual(offlineMoments(reader, settings));
  for (const { moment } of moments) expect(moment).toBeGreaterThanOrEqual(1);
  for (const [i, { moment }] of moments.entries()) {
    const last = moments[i - 1];
    if (last?.episode === moments[i]?.episode) expect(moment - (last?.moment as number)).toBe(7);
  }
  const seeds: number[] = [];
  const stays = {
    processor: { config: { imageSize: 28, chunk: STEPS } },
    batch: 4,
    predict: async (seen: readonly PolicyObservation[]) => {
      seeds.push(...seen.map(({ seed }) => seed));
      return seen.map((one) => ({ actions: stillChunk(one, STEPS), latents: [], aims: [] }));
    },
  } as unknown as Policy;
  const { errors, beyond, intervals } = await evaluateOffline(reader, stays, settings);
  expect(intervals).toBe('bootstrap over episodes');
  expect(new Set(seeds).size).toBe(moments.length);
  expect(errors.policy).toEqual(errors.still);
  expect(beyond.still.both?.translation.value).toEqual(Array.from({ length: STEPS }, () => 0));
  const { value } = errors.still.right?.translation ?? { value: [] };
  // The stretches in which the right hand moves most: it moves by centimetres in a second, and more in a second than in a step.
  expect(value[STEPS - 1]).toBeGreaterThan(0.01);
  expect(value[STEPS - 1]).toBeGreaterThan(value[0] as number);
  const broken = {
    ...stays,
    predict: async () => Array.from({ length: 4 }, () => ({ actions: new Float32Array(600), latents: [], aims: [] })),
  };
  await expect(evaluateOffline(reader, broken, settings)).rejects.toThrow(
    /g1-pick-bottle, episode 0, moment \d: the chunk predicted is no motion: action 0 of the left arm/,
  );
  await expect(evaluateOffline(reader, stays, settings, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
  expect(() => offlineMoments(reader, { ...settings, episodes: [] })).toThrow('none of the episodes is long enough');
  reader.close();
  await source.close();
});
