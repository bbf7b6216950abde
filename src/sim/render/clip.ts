/**
 * Triangles that reach behind the camera: what lies nearer than the near plane is cut off. Only the outline has to be cut: depth comes
 * from a triangle's plane and colour from the point that is seen, so a piece needs no more than the name of its triangle.
 */
import { type Corners, GRID, type Layer, type Pieces, placeCorner } from './raster.ts';
import type { Surface } from './surface.ts';

/** Metres: nearer than this, nothing is drawn. */
export const NEAR = 0.005;

/** Room for the pieces of a mesh: at most two for each triangle, and two new corners. */
export interface PieceRoom extends Pieces {
  count: number;
}

/** Room for the pieces of meshes of up to so many triangles. */
export const createPieces = (triangles: number): PieceRoom => ({
  count: 0,
  indices: new Uint32Array(6 * triangles),
  faces: new Uint32Array(2 * triangles),
});
