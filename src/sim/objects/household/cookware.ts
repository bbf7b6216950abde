/** Pots and pans. */
import type { Vec3 } from '../../../robot/vectors.ts';
import type { Material } from '../../material.ts';
import { latheMesh, type Profile } from '../../meshes/lathe.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import type { ObjectModel, Shape } from '../model.ts';
import { boxShape, felt, fixture, floorShapes, graspFrom, link, seen, wallRing } from './build.ts';

const DOWN = Math.PI / 2;

/** A vessel with a straight wall. Metres. */
interface Vessel {
  /** Outside, at the bottom and at the rim */
  readonly bottom: number;
  readonly rim: number;
  readonly height: number;
  readonly wall: number;
  readonly floor: number;
}

const profile = ({ bottom, rim, height, wall, floor }: Vessel): Profile => [
  [0, 0],
  [bottom - 0.006, 0],
  [bottom, 0.006],
  [rim, height - 0.004],
  [rim + 0.003, height - 0.003],
  [rim + 0.003, height],
  [rim - wall, height],
  [bottom - wall, floor],
  [0, floor],
];

function vesselShapes({ bottom, rim, height, wall, floor }: Vessel, sides: number): Shape[] {
  return [
    ...floorShapes({ radius: bottom - wall / 2, height: floor }),
    ...wallRing({ sides, from: [bottom, 0.002], to: [rim, height], thickness: wall }),
  ];
}

const inside = ({ bottom, height, floor }: Vessel) =>
  ({ kind: 'in', position: [0, 0, floor], extent: [bottom * 0.65, bottom * 0.65], depth: height - floor }) as const;

/** A pot with a handle on either side, for two hands. */
export function pot(metal: Material, grip: Material): ObjectModel {
  const vessel: Vessel = { bottom: 0.085, rim: 0.088, height: 0.085, wall: 0.004, floor: 0.006 };
  const z = 0.066;
  // Between a handle and the wall there is room for a finger.
  const [out, half, long] = [0.126, 0.008, 0.035];
  const handle = (side: 1 | -1) => {
    const path: Vec3[] = [
      [-long + 0.007, side * (vessel.rim - 0.004), z],
      [-long + 0.007, side * (out - 0.012), z],
      [-long + 0.019, side * out, z],
      [long - 0.019, side * out, z],
      [long - 0.007, side * (out - 0.012), z],
      [long - 0.007, side * (vessel.rim - 0.004), z],
    ];
    const post = (x: number): Shape => {
      const [near, far] = [side * (vessel.rim - 0.008), side * out];
      return boxShape([x - 0.006, Math.min(near, far), z - half], [x + 0.006, Math.max(near, far), z + half]);
    };
    const bar = boxShape([-long, side * out - half, z - half], [long, side * out + half, z + half]);
    return [seen(tubeMesh(path, half), grip), felt(bar, post(-long + 0.006), post(long - 0.006))];
  };
  const grasp = (side: 1 | -1) =>
    graspFrom({ at: [0, side * out, z], pitch: DOWN, width: 2 * half, part: side > 0 ? 'left handle' : 'right handle' });
  const body = link(
    0.5,
    seen(latheMesh(profile(vessel), { segments: 32 }), metal),
    felt(...vesselShapes(vessel, 12)),
    ...handle(1),
    ...handle(-1),
  );
  return fixture({ noun: 'pot', adjectives: ['cooking'], body, grasps: [grasp(1), grasp(-1)], places: [inside(vessel)] });
}

/** A frying pan with a handle that points to the robot. */
export function pan(iron: Material, grip: Material): ObjectModel {
  const vessel: Vessel = { bottom: 0.075, rim: 0.09, height: 0.036, wall: 0.004, floor: 0.005 };
  const [from, to, z, half] = [-vessel.rim + 0.004, -0.225, 0.03, 0.009];
  const path: Vec3[] = [
    [from, 0, 0.026],
    [from - 0.02, 0, z],
    [to + 0.02, 0, z + 0.004],
    [to, 0, z + 0.004],
  ];
  const body = link(
    0.4,
    seen(latheMesh(profile(vessel), { segments: 32 }), iron),
    seen(tubeMesh(path, [0.007, half, half + 0.001, half - 0.003]), grip),
    felt(...vesselShapes(vessel, 12), boxShape([to, -half, z - half + 0.002], [from, half, z + half + 0.002])),
  );
  const grasps = [0.045, 0.08].map((away) => graspFrom({ at: [from - away, 0, z + 0.002], pitch: DOWN, width: 2 * half, part: 'handle' }));
  return fixture({ noun: 'pan', adjectives: ['frying'], body, grasps, places: [inside(vessel)] });
}
