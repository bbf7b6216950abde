/** A thread that makes posed views. */
import { workerData } from 'node:worker_threads';
import { CAMERA_DIMS, encodeCamera, type PosedViews, writePosedViews } from '../../data/posed-views.ts';
import type { View } from '../../robot/canonical.ts';
import { beginEpisode } from '../../sim/episode.ts';
import { type PosedView, posedViews } from '../../sim/posed-views.ts';
import { simRobot } from '../../sim/robots.ts';
import { taskNamed } from '../../sim/tasks/tasks.ts';
import { answerJobs } from '../../tensor/crew.node.ts';
import { hostTensor } from '../../tensor/host.ts';
import { type DepthJob, type DepthWorkerData, EVERY, MOMENTS, sceneFolder } from './depth-maker.ts';

const { folder, size, views } = workerData as DepthWorkerData;

answerJobs(
  async ({ scene, task, robot, seed }: DepthJob) => {
    const episode = await beginEpisode(taskNamed(task), seed, await simRobot(robot));
    try {
      const moments = Array.from(posedViews(episode, { size, moments: MOMENTS, every: EVERY }), momentFrom);
      await writePosedViews(sceneFolder(folder, scene), views, moments);
    } finally {
      episode.world.close();
    }
  },
  ({ task, robot, seed }) => `${task}, ${robot}, seed ${seed}`,
);

/** A moment with places for all views of the dataset. */
function momentFrom(seen: readonly PosedView[]): PosedViews {
  const pixels = size ** 2;
  const images = new Uint8Array(views.length * pixels * 3);
  const depth = new Float32Array(views.length * pixels);
  const cameras = new Float32Array(views.length * CAMERA_DIMS);
  const there = new Uint8Array(views.length);
  const first = (seen[0] as PosedView).camera;
  for (const one of seen) {
    const i = views.indexOf(one.view as View);
    images.set(one.rgb, i * pixels * 3);
    depth.set(one.depth, i * pixels);
    cameras.set(encodeCamera(first, one.camera, one.camera.fovy), i * CAMERA_DIMS);
    there[i] = 1;
  }
  return {
    images: hostTensor('u8', [views.length, size, size, 3], images),
    depth: hostTensor('f32', [views.length, size, size], depth),
    cameras: hostTensor('f32', [views.length, CAMERA_DIMS], cameras),
    there: hostTensor('u8', [views.length], there),
  };
}
