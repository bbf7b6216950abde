/** What cameras see: the same pixels everywhere, at the distances that MuJoCo's own rays measure. */
import { expect, test } from 'vitest';
import { length3, subtract3, type Vec3 } from '../../src/robot/vectors.ts';
import { objectModel } from '../../src/sim/objects/catalogue.ts';
import { unproject } from '../../src/sim/render/camera.ts';
import { createPicture } from '../../src/sim/render/picture.ts';
import type { Picture } from '../../src/sim/render/types.ts';
import { SIM_ROBOTS, simRobot } from '../../src/sim/robots.ts';
import { TRAINING_ROOMS } from '../../src/sim/rooms.ts';
import type { Room, Scene } from '../../src/sim/scene.ts';
import { createViews } from '../../src/sim/views.ts';
import { createWorld } from '../../src/sim/world.ts';
import { cube, plate, thing } from './stand-ins.ts';

const room = TRAINING_ROOMS[0] as Room;
const scene: Scene = {
  things: [thing('cube', cube, 0.05, 0.12, 0.4), thing('mug', objectModel('red mug'), -0.05, -0.1), thing('plate', plate, -0.03, 0)],
  room,
};

/** FNV-1a over all bytes of a picture */
function hash({ rgb, depth, segmentation }: Picture): number {
  let value = 0x811c9dc5;
  for (const { buffer, byteOffset, byteLength } of [rgb, depth, segmentation])
    for (const byte of new Uint8Array(buffer, byteOffset, byteLength)) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}

test.each(SIM_ROBOTS)('%s: the same pixels everywhere', async (name) => {
  const world = await createWorld(scene, await simRobot(name));
  try {
    const views = createViews(world);
    world.step({});
    views.update();
    const hashes = views.names.map((view) => {
      const picture = createPicture(64, 48);
      views.take(view, picture);
      return `${view} ${hash(picture).toString(16)}`;
    });
    // The same in Node and in Chromium: this test runs in both.
    expect(hashes.join(', ')).toMatchSnapshot();
  } finally {
    world.close();
  }
});

test.each(SIM_ROBOTS)('%s: depth and segmentation are what MuJoCo’s rays hit', async (name) => {
  const world = await createWorld(scene, await simRobot(name));
  try {
    const { mujoco, model, data } = world;
    const views = createViews(world);
    views.update();
    const picture = createPicture(40, 30);
    const geom = new mujoco.IntBuffer(1);
    const normal = new mujoco.DoubleBuffer(3);
    let [compared, agreeing] = [0, 0];
    for (const view of views.names) {
      views.take(view, picture);
      const camera = views.camera(view);
      for (let y = 0; y < picture.height; y++) {
        for (let x = 0; x < picture.width; x++) {
          const at = y * picture.width + x;
          const [depth, id] = [picture.depth[at] as number, picture.segmentation[at] as number];
          const segment = views.segments.get(id);
          // The mug's shape for collisions is not what it looks like, and the plate here looks like nothing; walls and stands are no geoms.
          if (segment?.kind === 'thing' && segment.thing !== 'cube') continue;
          if (segment?.kind === 'robot' && segment.body === world.robot.baseBody && world.robot.stands.length > 0) continue;
          const there = unproject(camera, picture.width, picture.height, x + 0.5, y + 0.5, 1);
          const direction = subtract3(there, camera.position);
          const ray = mujoco.mj_ray(model, data, [...camera.position], [...direction], [1, 1, 1, 0, 1, 1], true, -1, geom, normal);
          if (ray < 0) continue;
          const hit = mujoco.mj_id2name(model, mujoco.mjtObj.mjOBJ_BODY.value, model.geom_bodyid[geom.GetView()[0] as number]);
          if (hit === 'mug' || hit === 'plate') continue;
          const place: Vec3 = unproject(camera, picture.width, picture.height, x + 0.5, y + 0.5, depth);
          if (Math.abs(place[0]) > 1.85 || Math.abs(place[1]) > 1.85) continue;
          const far = length3(subtract3(place, camera.position));
          const seen = segment?.kind === 'thing' ? segment.thing : segment?.kind === 'robot' ? segment.body : 'world';
          compared++;
          // Round shapes are drawn with corners: a few pixels along their outlines differ.
          if (Math.abs(far - ray * length3(direction)) < 0.006 && seen === hit) agreeing++;
        }
      }
    }
    expect(compared).toBeGreaterThan(1000);
    expect(agreeing / compared).toBeGreaterThan(0.96);
    geom.delete();
    normal.delete();
  } finally {
    world.close();
  }
});
