/** Posed views: depth and cameras of two views are of one and the same world. */
import { expect, test, vi } from 'vitest';
import { CAMERA_DIMS, encodeCamera } from '../../src/data/posed-views.ts';
import { matrixFromQuaternion, type Quaternion, rotateVector } from '../../src/robot/rotation.ts';
import { add3, length3, subtract3, type Vec3 } from '../../src/robot/vectors.ts';
import { beginEpisode } from '../../src/sim/episode.ts';
import { type PosedView, posedViews } from '../../src/sim/posed-views.ts';
import { project, unproject } from '../../src/sim/render/camera.ts';
import { simRobot } from '../../src/sim/robots.ts';
import { taskNamed } from '../../src/sim/tasks/tasks.ts';

vi.setConfig({ testTimeout: 60_000 });

const SIZE = 64;
const episode = await beginEpisode(taskNamed('object/red-can'), 3, await simRobot('panda'));
const moments = Array.from(posedViews(episode, { size: SIZE, moments: 3, every: 10 }));
episode.world.close();

/** Pixels of a view, with the points of the world that they show. */
const pointsOf = ({ camera, depth }: PosedView): Vec3[] =>
  Array.from(depth, (z, i) => unproject(camera, SIZE, SIZE, (i % SIZE) + 0.5, Math.floor(i / SIZE) + 0.5, z));

test('as many moments as are asked for, in which the hand is at different places', () => {
  expect(moments.map((views) => views.map(({ view }) => view))).toEqual(Array.from({ length: 3 }, () => ['head', 'rightWrist']));
  const wrists = moments.map(([, wrist]) => (wrist as PosedView).camera.position);
  expect(length3(subtract3(wrists[0] as Vec3, wrists[1] as Vec3))).toBeGreaterThan(0.01);
});

test('what the wrist sees is where the head sees it, unless something is in between', () => {
  for (const [head, wrist] of moments as [PosedView, PosedView][]) {
    let [agree, behind, infront] = [0, 0, 0];
    for (const point of pointsOf(wrist)) {
      const { x, y, depth } = project(head.camera, SIZE, SIZE, point);
      if (!(depth > 0 && x >= 1 && x < SIZE - 1 && y >= 1 && y < SIZE - 1)) continue;
      // Among the pixels around: at edges, depth jumps from one to the next.
      const around = [-1, 0, 1].flatMap((dy) =>
        [-1, 0, 1].map((dx) => head.depth[(Math.floor(y) + dy) * SIZE + Math.floor(x) + dx] as number),
      );
      if (around.some((z) => Math.abs(z - depth) < 0.02)) agree++;
      else if (Math.min(...around) < depth) behind++;
      else infront++;
    }
    expect(agree).toBeGreaterThan(200);
    expect(agree).toBeGreaterThan(behind);
    // Nothing stands in front of what is nearest to the head.
    expect(infront / (agree + behind)).toBeLessThan(0.01);
  }
});

test('an encoded camera takes points from the first camera’s frame into its own: right, down, forward', () => {
  for (const [head, wrist] of moments as [PosedView, PosedView][]) {
    const code = encodeCamera(head.camera, wrist.camera, wrist.camera.fovy);
    expect(code).toHaveLength(CAMERA_DIMS);
    const [x, y, z, w] = code.slice(3, 7) as [number, number, number, number];
    const turn = matrixFromQuaternion([w, x, y, z] satisfies Quaternion);
    const within = ({ camera }: PosedView, point: Vec3): Vec3 => {
      const { x: u, y: v, depth } = project(camera, SIZE, SIZE, point);
      const slope = Math.tan(camera.fovy / 2) / (SIZE / 2);
      return [(u - SIZE / 2) * slope * depth, (v - SIZE / 2) * slope * depth, depth];
    };
    for (const point of pointsOf(wrist).filter((_, i) => i % 97 === 0)) {
      const moved = add3(rotateVector(turn, within(head, point)), code.slice(0, 3) as unknown as Vec3);
      expect(length3(subtract3(moved, within(wrist, point)))).toBeLessThan(1e-9);
    }
  }
  const { camera } = (moments[0] as PosedView[])[0] as PosedView;
  const itself = encodeCamera(camera, camera, camera.fovy);
  for (const [i, value] of [0, 0, 0, 0, 0, 0, 1, camera.fovy, camera.fovy].entries()) expect(itself[i]).toBeCloseTo(value, 12);
});
