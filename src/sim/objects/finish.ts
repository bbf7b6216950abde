/** From a draft in millimetres and grams to a model in metres and kilograms, with what can be measured measured. */
import { rotateVector } from '../../robot/rotation.ts';
import type { Pose } from '../../robot/se3.ts';
import { cross3, dot3, scale3, subtract3, type Vec3 } from '../../robot/vectors.ts';
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

/** Farther apart, pads cannot be, so what is beyond does not count: the other wall of a cup whose rim is held. */
const OPENING = 0.07;

/** How far apart meshes are left and right of a grasp's middle, on the line along which its fingers close. */
function widthAt(visuals: readonly Visual[], { position, rotation }: Pose): number {
  const closing = rotateVector(rotation, [0, 1, 0]);
  const hits = visuals.flatMap(({ mesh }) => {
    const corner = (t: number): Vec3 => vertexAt(mesh.positions, mesh.indices[t] as number);
    return Array.from({ length: mesh.indices.length / 3 }, (_, t) =>
      crossing(position, closing, [corner(3 * t), corner(3 * t + 1), corner(3 * t + 2)]),
    ).filter((hit) => hit !== undefined);
  });
  const within = hits.filter((hit) => Math.abs(hit) <= OPENING / 2);
  return within.length === 0 ? 0 : Math.max(...within) - Math.min(...within);
}

/** Where on a line it goes through a triangle (Möller and Trumbore 1997); undefined where it does not. */
function crossing(origin: Vec3, direction: Vec3, [a, b, c]: readonly [Vec3, Vec3, Vec3]): number | undefined {
  const [ab, ac, ao] = [subtract3(b, a), subtract3(c, a), subtract3(origin, a)];
  const p = cross3(direction, ac);
  const determinant = dot3(ab, p);
  if (Math.abs(determinant) < 1e-15) return undefined;
  const u = dot3(ao, p) / determinant;
  const q = cross3(ao, ab);
  const v = dot3(direction, q) / determinant;
  return u < -1e-9 || v < -1e-9 || u + v > 1 + 1e-9 ? undefined : dot3(ac, q) / determinant;
}
