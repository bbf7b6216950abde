/** From a draft in millimetres and grams to a model in metres and kilograms, with what can be measured measured. */
import { invertRotation, rotateVector } from '../../robot/rotation.ts';
import type { Pose } from '../../robot/se3.ts';
import { add3, scale3, subtract3, type Vec3 } from '../../robot/vectors.ts';
import { transformMesh, vertexAt } from '../meshes/edit.ts';
import type { Draft } from './draft.ts';
import type { Grasp, ObjectModel, Place, Shape, Visual } from './model.ts';

const MM = 0.001;

/** What a model is called. */
export type Naming = Pick<ObjectModel, 'name' | 'noun' | 'adjectives' | 'category'>;

/** The model of a draft. Grasps get the widths that the meshes have there. */
export function finishDraft(naming: Naming, draft: Draft): ObjectModel {
  const visuals = draft.visuals.map(({ mesh, material }): Visual => ({ mesh: transformMesh(mesh, {}, MM), material }));
  return {
    ...naming,
    body: { visuals, shapes: draft.shapes.map(inMetres), mass: draft.grams * MM },
    bounds: boundsOf(visuals),
    grasps: draft.grips.map((grip): Grasp => {
      const pose = { ...grip.pose, position: scale3(grip.pose.position, MM) };
      return { ...grip, pose, width: widthAt(visuals, pose) };
    }),
    ...(draft.places && { places: draft.places.map(placeInMetres) }),
    ...(draft.friction && { friction: draft.friction }),
  };
}

const inMetres = (shape: Shape): Shape => ({
  ...shape,
  size: shape.size.map((s) => s * MM),
  ...(shape.position && { position: scale3(shape.position, MM) }),
});

const placeInMetres = (place: Place): Place => ({
  ...place,
  position: scale3(place.position, MM),
  extent: [place.extent[0] * MM, place.extent[1] * MM],
  depth: place.depth * MM,
});

function boundsOf(visuals: readonly Visual[]): [Vec3, Vec3] {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const { mesh } of visuals) {
    for (const [i, x] of mesh.positions.entries()) {
      low[i % 3] = Math.min(low[i % 3] as number, x);
      high[i % 3] = Math.max(high[i % 3] as number, x);
    }
  }
  return [low as unknown as Vec3, high as unknown as Vec3];
}

/** What pads cover, in the tool's frame, as on the robots: to both sides (x), and along the approach (z), mostly before the middle. */
const PAD = { x: [-10 * MM, 10 * MM], z: [-45 * MM, 10 * MM] } as const;

/** How far apart pads are when they close on meshes: the extent, in the closing direction, of what is between them. */
function widthAt(visuals: readonly Visual[], { position, rotation }: Pose): number {
  const back = invertRotation(rotation);
  let [low, high] = [Infinity, -Infinity];
  for (const { mesh } of visuals) {
    const corners = Array.from({ length: mesh.positions.length / 3 }, (_, i) =>
      rotateVector(back, subtract3(vertexAt(mesh.positions, i), position)),
    );
    for (let t = 0; t < mesh.indices.length; t += 3) {
      const triangle = Array.from(mesh.indices.subarray(t, t + 3), (i) => corners[i] as Vec3);
      const between = within(within(triangle, 0, PAD.x), 2, PAD.z);
      for (const [, y] of between) [low, high] = [Math.min(low, y), Math.max(high, y)];
    }
  }
  return Math.max(high - low, 0);
}

/** What of a convex polygon is between two values of a coordinate (Sutherland and Hodgman 1974). */
function within(polygon: readonly Vec3[], axis: 0 | 2, [low, high]: readonly [number, number]): readonly Vec3[] {
  const above = keep(polygon, (p) => p[axis] - low);
  return keep(above, (p) => high - p[axis]);
}

/** What of a convex polygon is where a linear function is not below 0. */
function keep(polygon: readonly Vec3[], inside: (p: Vec3) => number): readonly Vec3[] {
  const depths = polygon.map(inside);
  if (depths.every((depth) => depth >= 0)) return polygon;
  if (depths.every((depth) => depth < 0)) return [];
  return polygon.flatMap((to, i) => {
    const from = polygon.at(i - 1) as Vec3;
    const [a, b] = [depths.at(i - 1) as number, depths[i] as number];
    const between = a >= 0 !== b >= 0 ? [add3(from, scale3(subtract3(to, from), a / (a - b)))] : [];
    return b >= 0 ? [...between, to] : between;
  });
}
