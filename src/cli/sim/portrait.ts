/** A thing on its own, as in a catalogue: seen from above its front, filling the picture, with a shadow. */

import { matrixFromAxisAngle } from '../../robot/rotation.ts';
import { composePoses, IDENTITY_POSE } from '../../robot/se3.ts';
import { add3, length3, scale3, subtract3, type Vec3 } from '../../robot/vectors.ts';
import { planeMesh } from '../../sim/meshes/solids.ts';
import type { MovingPart, ObjectModel } from '../../sim/objects/model.ts';
import { lookAt } from '../../sim/reasoning/camera.ts';
import { createPicture } from '../../sim/render/picture.ts';
import { createRenderer } from '../../sim/render/renderer.ts';
import type { Instance, Picture } from '../../sim/render/types.ts';

/** Vertical field of view, radians: narrow, so that things look as they are */
const FOVY = 0.45;

/** A picture of a thing, `size` pixels a side. */
export function portrait(model: ObjectModel, size: number): Picture {
  const [low, high] = model.bounds;
  const middle = scale3(add3(low, high), 0.5);
  const radius = length3(subtract3(high, low)) / 2;
  const ground: Instance = {
    mesh: planeMesh(20 * radius, 20 * radius, [1, 1]),
    material: { color: [0.78, 0.77, 0.75] },
    id: 1,
    ...IDENTITY_POSE,
    shadow: false,
  };
  const bodies = [
    { visuals: model.body.visuals, pose: IDENTITY_POSE },
    ...(model.parts ?? []).map((part) => ({ visuals: part.visuals, pose: composePoses(part.pose, atRest(part)) })),
  ];
  const things = bodies.flatMap(({ visuals, pose }) => visuals.map((visual): Instance => ({ ...visual, id: 2, ...pose })));
  const renderer = createRenderer(
    {
      instances: [ground, ...things],
      light: { direction: [0.6, -0.45, -1], directional: 0.85, ambient: 0.5, temperature: 5800 },
      background: [0.78, 0.77, 0.75],
    },
    { samples: 4 },
  );
  const picture = createPicture(size, size);
  // Fronts face −x.
  const direction: Vec3 = [-0.78, -0.42, 0.62];
  const distance = (1.06 * radius) / Math.sin(FOVY / 2) / length3(direction);
  renderer.render(lookAt(add3(middle, scale3(direction, distance)), middle, FOVY), picture);
  return picture;
}

/** A part's pose in its frame when nothing has moved it. */
function atRest({ joint: { type, axis, range } }: MovingPart) {
  const value = Math.min(Math.max(0, range[0]), range[1]);
  return type === 'slide'
    ? { ...IDENTITY_POSE, position: scale3(axis, value) }
    : { ...IDENTITY_POSE, rotation: matrixFromAxisAngle(scale3(axis, value)) };
}
