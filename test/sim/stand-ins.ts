/** A cube, a ball, a plate and a drawer of plain shapes, for tests of worlds. */

import { IDENTITY_ROTATION, matrixFromAxisAngle } from '../../src/robot/rotation.ts';
import { transformMesh } from '../../src/sim/meshes/edit.ts';
import { boxMesh } from '../../src/sim/meshes/solids.ts';
import type { Link, ObjectModel, Shape } from '../../src/sim/objects/model.ts';
import type { Room, Scene, Thing } from '../../src/sim/scene.ts';

const link = (shapes: readonly Shape[], mass: number): Link => ({ visuals: [], shapes, mass });
const grasp = (height: number, width: number) => ({
  pose: { position: [0, 0, height] as const, rotation: [1, 0, 0, 0, -1, 0, 0, 0, -1] as const },
  width,
  part: 'body',
});

export const cube: ObjectModel = {
  name: 'red cube',
  noun: 'cube',
  adjectives: ['red'],
  category: 'block-like',
  body: {
    ...link([{ type: 'box', size: [0.02, 0.02, 0.02], position: [0, 0, 0.02] }], 0.08),
    visuals: [
      {
        mesh: transformMesh(boxMesh([0.02, 0.02, 0.02]), { position: [0, 0, 0.02], rotation: IDENTITY_ROTATION }),
        material: { color: [0.8, 0.1, 0.1] },
      },
    ],
  },
  bounds: [
    [-0.02, -0.02, 0],
    [0.02, 0.02, 0.04],
  ],
  grasps: [grasp(0.022, 0.04)],
};

export const plate: ObjectModel = {
  name: 'plate',
  noun: 'plate',
  adjectives: [],
  category: 'fixture',
  body: link([{ type: 'cylinder', size: [0.08, 0.006], position: [0, 0, 0.006] }], 0.3),
  bounds: [
    [-0.08, -0.08, 0],
    [0.08, 0.08, 0.012],
  ],
  grasps: [],
  places: [{ kind: 'on', position: [0, 0, 0.012], extent: [0.05, 0.05], depth: 0 }],
};

/** A fixed rail with a block that slides along y. */
export const slider: ObjectModel = {
  name: 'slider',
  noun: 'slider',
  adjectives: [],
  category: 'fixture',
  fixed: true,
  body: link([{ type: 'box', size: [0.03, 0.12, 0.005], position: [0, 0, 0.005] }], 1),
  parts: [
    {
      name: 'block',
      pose: { position: [0, 0, 0.011], rotation: [1, 0, 0, 0, 1, 0, 0, 0, 1] },
      joint: { type: 'slide', axis: [0, 1, 0], range: [0, 0.1], damping: 1, friction: 0.5 },
      ...link([{ type: 'box', size: [0.02, 0.02, 0.02], position: [0, 0, 0.02] }], 0.1),
      grasps: [{ ...grasp(0.025, 0.04), pose: { position: [0, 0, 0.025], rotation: [0, 1, 0, 1, 0, 0, 0, 0, -1] } }],
    },
  ],
  bounds: [
    [-0.03, -0.12, 0],
    [0.03, 0.12, 0.051],
  ],
  grasps: [],
};

export const thing = (id: string, model: ObjectModel, x: number, y: number, yaw = 0): Thing => ({
  id,
  model,
  pose: { position: [x, y, model.fixed ? 0 : 0.001], rotation: matrixFromAxisAngle([0, 0, yaw]) },
});

const grey = { color: [0.6, 0.6, 0.6] } as const;
/** Grey all over. */
export const greyRoom: Room = {
  name: 'grey',
  table: grey,
  floor: grey,
  wall: grey,
  light: { direction: [0.3, 0.2, -1], directional: 0.8, ambient: 0.4, temperature: 5000 },
};

/** A red cube and a plate. */
export const cubeAndPlate: Scene = { things: [thing('cube', cube, 0.05, 0.12, 0.4), thing('plate', plate, -0.03, -0.12)], room: greyRoom };
