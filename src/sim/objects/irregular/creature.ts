/** What animals are made of. They look to the right (x) unless said otherwise. */
import type { Vec3 } from '../../../robot/vectors.ts';
import type { Mesh } from '../../mesh.ts';
import { cylinderMesh, sphereMesh } from '../../meshes/solids.ts';
import { boxShape, moved, paint } from '../draft.ts';
import { COLORS } from '../look.ts';
import type { Shape, Visual } from '../model.ts';

/** A ball or an egg somewhere. */
export const blob = (half: number | Vec3, at: Vec3, angles: Vec3 = [0, 0, 0], segments = 8): Mesh =>
  moved(sphereMesh(1, segments), at, angles, half);

/** Something on both sides: at y and at −y. */
export const both = (make: (side: 1 | -1) => Mesh): [Mesh, Mesh] => [make(1), make(-1)];

/** Eyes on both sides of a head. */
export const eyes = (x: number, y: number, z: number, size = 2): Visual =>
  paint(COLORS.black, ...both((side) => blob(size, [x, side * y, z], [0, 0, 0], 6)));

/** Four legs, and the boxes that stand for two each. */
export function legs(x: number, y: number, height: number, radius: number): { meshes: Mesh[]; shapes: Shape[] } {
  const at = [x, -x];
  return {
    meshes: at.flatMap((lx) => both((side) => moved(cylinderMesh(radius, height / 2, { segments: 8 }), [lx, side * y, height / 2]))),
    shapes: at.map((lx) => boxShape([radius * 0.9, y + radius * 0.9, height / 2], [lx, 0, height / 2])),
  };
}
