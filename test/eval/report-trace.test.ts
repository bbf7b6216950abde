/** Predictions over pictures, and trials that are seen while they go on. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { liveMemory, readLive, showing } from '../../src/eval/live.ts';
import { pathsIn, traced } from '../../src/eval/trace.ts';
import { beginTrial } from '../../src/eval/trial.ts';
import type { PolicyObservation } from '../../src/policy/policy.ts';
import { relativeActions } from '../../src/robot/actions.ts';
import { IDENTITY_ROTATION, matrixFromAxisAngle } from '../../src/robot/rotation.ts';
import { IDENTITY_POSE, type Pose } from '../../src/robot/se3.ts';
import type { Episode } from '../../src/sim/episode.ts';
import { createPicture } from '../../src/sim/render/picture.ts';
import { createViews } from '../../src/sim/views.ts';

const at = (x: number, y: number, z: number): Pose => ({ position: [x, y, z], rotation: IDENTITY_ROTATION });

/** A metre above the origin, looking down, x to the right, 90°: a metre away, a picture shows two metres. */
const ABOVE = { position: [0, 0, 1], rotation: IDENTITY_ROTATION, fovy: Math.PI / 2 } as const;

test('a path is where a pinhole camera sees it, whatever the base and the tool are turned to', () => {
  const turned: Pose = { position: [0.5, 0, 0], rotation: matrixFromAxisAngle([0, 0, Math.PI]) };
  const now = { pose: { position: [0.5, 0, 0] as const, rotation: matrixFromAxisAngle([1, 0, 0]) }, gripper: 1 };
  // In the world: from the origin to x = −0.5, to y = 0.5, and to 0.5 m above the origin.
  const poses = [at(1, 0, 0), at(0.5, -0.5, 0), at(0.5, 0, 0.5)];
  const { actions } = relativeActions({ right: now.pose }, { right: { poses, gripper: [1, 0, -0.2] } }, 3);
  expect(pathsIn(ABOVE, turned, { right: now }, actions)).toEqual({
    right: [
      [0.5, 0.5, 1],
      [0.25, 0.5, 1],
      [0.5, 0.25, 0],
      [0.5, 0.5, 0],
    ],
  });
});

test('a path ends behind the camera; a chunk that cannot be carried out has none', () => {
  const now = { pose: IDENTITY_POSE, gripper: 0 };
  const { actions } = relativeActions({ left: IDENTITY_POSE }, { left: { poses: [at(0, 0, 2), at(0, 0, 0)], gripper: [0, 0] } }, 2);
  expect(pathsIn(ABOVE, IDENTITY_POSE, { left: now }, actions)).toEqual({ left: [[0.5, 0.5, 0]] });
  expect(
    pathsIn(
      ABOVE,
      IDENTITY_POSE,
      { left: now },
      actions.map(() => Number.NaN),
    ).left,
  ).toEqual([[0.5, 0.5, 0]]);
});

const TRIAL = { task: 'object/red-can', robot: 'panda', perturbation: 'none', seed: 0 };
let episode: Episode;
beforeAll(async () => {
  episode = await beginTrial(TRIAL);
}, 30_000);
afterAll(() => episode.world.close());

test('the path of a prediction begins at the gripper in the picture', async () => {
  const views = createViews(episode.world);
  views.update();
  const { trace, predict } = traced(episode, views, async () => ({ actions: new Float32Array(0), latents: [5, 6], aims: [] }));
  await predict({} as PolicyObservation);
  const [{ step, latents, paths } = { step: -1, latents: [], paths: {} }] = trace.predictions;
  expect({ step, latents, views: trace.views }).toEqual({ step: 0, latents: [5, 6], views: ['head', 'rightWrist'] });
  const [x, y] = paths.right?.[0] ?? [0, 0];
  const picture = createPicture(200, 200);
  views.take('head', picture);
  // Between the finger pads: a finger is less than 5 % of the picture away, on the left or the right.
  const near = Array.from(
    { length: 21 },
    (_, i) => picture.segmentation[Math.floor(y * 200) * 200 + Math.floor(x * 200) + i - 10] as number,
  );
  const bodies = near.map((id) => views.segments.get(id)).flatMap((one) => (one?.kind === 'robot' ? [one.body] : []));
  expect(bodies.some((body) => body.includes('finger'))).toBe(true);
});

test('one trial at a time is shown, and its successor when it has ended', () => {
  const live = liveMemory(16);
  expect(readLive(live)).toBeUndefined();
  const first = showing(live, TRIAL, 'put the red can in the basket', episode.world);
  const second = showing(live, { ...TRIAL, seed: 1 }, 'another', episode.world);
  first.look();
  second.look();
  expect(readLive(live)?.caption).toBe('object/red-can, seed 0, panda\nput the red can in the basket');
  expect(new Set(readLive(live)?.rgb).size).toBeGreaterThan(10);
  second.end();
  second.look();
  expect(readLive(live)?.caption).toContain('seed 0');
  first.end();
  second.look();
  expect(readLive(live)?.caption).toBe('object/red-can, seed 1, panda\nanother');
});
