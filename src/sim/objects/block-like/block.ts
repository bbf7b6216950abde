/** What boxes have in common. */
import type { Vec3 } from '../../../robot/vectors.ts';
import type { Mesh } from '../../mesh.ts';
import { boxMesh, planeMesh } from '../../meshes/solids.ts';
import { boxShape, type Draft, fromAbove, type Grip, moved } from '../draft.ts';
import type { Place, Shape, Visual } from '../model.ts';

/** A box that stands on z = 0. */
export const standing = (half: Vec3, bevel = 0): Mesh => moved(boxMesh(half, { bevel }), [0, 0, half[2]]);

const FACES = {
  front: { angles: [90, 0, 0], out: [0, -1, 0], right: [1, 0, 0] },
  back: { angles: [90, 0, 180], out: [0, 1, 0], right: [-1, 0, 0] },
  right: { angles: [90, 0, 90], out: [1, 0, 0], right: [0, 1, 0] },
  left: { angles: [90, 0, -90], out: [-1, 0, 0], right: [0, -1, 0] },
} as const;

/** A face of a box that stands on z = 0: its sides as seen from there, and the top as seen from above. */
export type Face = keyof typeof FACES | 'top';

/** Something on a face of a box that stands on z = 0: moved from z = 0 to the face, x to its right, y up, then by (x, y) on it. */
export function onFace(face: Face, half: Vec3, mesh: Mesh, [x, y]: readonly [number, number] = [0, 0]): Mesh {
  if (face === 'top') return moved(mesh, [x, y, 2 * half[2]]);
  const { angles, out, right } = FACES[face];
  const position: Vec3 = [out[0] * half[0] + right[0] * x, out[1] * half[1] + right[1] * x, half[2] + y];
  return moved(mesh, position, angles);
}

/** A picture on a face, of these half sides, a little in front of it. */
export const panel = (face: Face, half: Vec3, size: readonly [number, number], at?: readonly [number, number], raised = 0.3): Mesh =>
  onFace(face, half, moved(planeMesh(size[0], size[1]), [0, 0, raised]), at);

/** Wider things, no gripper can hold. */
const WIDEST = 60;

/** Grips of a box from above, across its narrow side first, across the other one if that can be held, too. */
export function boxGrips([x, y, z]: Vec3, part = 'body'): Grip[] {
  const across = [
    { half: y, closing: 90 },
    { half: x, closing: 0 },
  ].filter(({ half }) => 2 * half <= WIDEST);
  return across.toSorted((a, b) => a.half - b.half).flatMap(({ closing }) => fromAbove({ top: 2 * z, closing, part }));
}

/** The flat top of a box. */
const onTop = ([x, y, z]: Vec3): Place => ({ kind: 'on', position: [0, 0, 2 * z], extent: [0.6 * x, 0.6 * y], depth: 0 });

/** A box, with what is on it. Others can be put on it unless its top is not flat. */
export const block = (
  visuals: readonly Visual[],
  half: Vec3,
  { grams, flat = true, more = [] }: { readonly grams: number; readonly flat?: boolean; readonly more?: readonly Shape[] },
): Draft => ({
  visuals,
  shapes: [boxShape(half, [0, 0, half[2]]), ...more],
  grams,
  grips: boxGrips(half),
  ...(flat && { places: [onTop(half)] }),
});
