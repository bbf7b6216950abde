/** Long things for two hands: a rolling pin to be lifted by its ends, a loaf to be passed from hand to hand. They do not roll. */
import { IDENTITY_ROTATION, matrixFromEuler } from '../../../robot/rotation.ts';
import type { Vec3 } from '../../../robot/vectors.ts';
import type { Material } from '../../material.ts';
import { transformMesh } from '../../meshes/edit.ts';
import { latheMesh, type Profile } from '../../meshes/lathe.ts';
import { ellipsoidMesh } from '../../meshes/solids.ts';
import type { Grasp, ObjectModel } from '../model.ts';
import { boxShape, felt, fixture, graspFrom, link, seen } from './build.ts';

const DOWN = Math.PI / 2;

/** A rolling pin that lies along y, with a handle at either end. */
export function rollingPin(wood: Material, grip: Material): ObjectModel {
  const [radius, barrel, neck, handle, end] = [0.022, 0.08, 0.087, 0.011, 0.142];
  const half = (from: number, to: number, r: number): Profile => [
    [0, from],
    [r, from],
    [r, to],
    [0, to],
  ];
  const along = (profile: Profile, side: 1 | -1) =>
    transformMesh(latheMesh(profile, { segments: 20 }), {
      position: [0, 0, radius],
      rotation: matrixFromEuler([(-side * Math.PI) / 2, 0, 0]),
    });
  const grips: Profile = [
    [0, neck],
    [handle - 0.003, neck],
    [handle, neck + 0.012],
    [handle + 0.001, end - 0.012],
    [handle - 0.003, end - 0.002],
    [0, end],
  ];
  const sides = [1, -1] as const;
  const body = link(
    0.25,
    ...sides.map((side) => seen(along(half(-0.001, barrel, radius), side), wood)),
    ...sides.map((side) => seen(along(half(barrel, neck + 0.002, 0.006), side), wood)),
    ...sides.map((side) => seen(along(grips, side), grip)),
    felt(boxShape([-0.02, -barrel, 0], [0.02, barrel, 2 * radius])),
    ...sides.map((side) => {
      const [near, far] = [barrel, end].map((y) => side * y) as [number, number];
      return felt(boxShape([-handle, Math.min(near, far), radius - handle], [handle, Math.max(near, far), radius + handle]));
    }),
  );
  const grasp = (side: 1 | -1): Grasp =>
    graspFrom({
      at: [0, side * 0.116, radius],
      pitch: DOWN,
      yaw: DOWN,
      width: 2 * handle,
      part: side > 0 ? 'left handle' : 'right handle',
    });
  return fixture({ noun: 'pin', adjectives: ['rolling'], category: 'tool', body, grasps: [grasp(1), grasp(-1)] });
}

/** A long loaf of white bread that lies along x. */
export function baguette(crust: Material, crumb: Material): ObjectModel {
  const [long, wide, high] = [0.09, 0.022, 0.021];
  const cut = (x: number): Vec3 => [x, 0, 2 * high - 0.0035 - 1.6 * x * x];
  const body = link(
    0.15,
    seen(transformMesh(ellipsoidMesh([long, wide, high], 20), { position: [0, 0, high], rotation: IDENTITY_ROTATION }), crust),
    ...[-0.05, -0.025, 0, 0.025, 0.05].map((x) =>
      seen(transformMesh(ellipsoidMesh([0.013, 0.0035, 0.0045], 10), { position: cut(x), rotation: matrixFromEuler([0, 0, 0.6]) }), crumb),
    ),
    felt(boxShape([-0.06, -0.018, 0], [0.06, 0.018, 2 * high - 0.005]), boxShape([-0.08, -0.012, 0.008], [0.08, 0.012, 2 * high - 0.012])),
  );
  const grasp = (x: number, part: string): Grasp => graspFrom({ at: [x, 0, 0.022], pitch: DOWN, width: 0.036, part });
  return fixture({
    noun: 'baguette',
    category: 'irregular',
    body,
    grasps: [grasp(0, 'middle'), grasp(-0.05, 'near end'), grasp(0.05, 'far end')],
  });
}
