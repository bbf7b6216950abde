/**
 * Triangles that reach behind the camera: what lies nearer than the near plane is cut off. Only the outline has to be cut: depth comes
 * from a triangle's plane and colour from the point that is seen, so a piece needs no more than the name of its triangle.
 */
import { type Corners, toGrid } from './corners.ts';
import type { Pieces } from './raster.ts';
import type { Surface } from './surface.ts';

/** Metres: nearer than this, nothing is drawn. */
export const NEAR = 0.005;

/** Pieces that can be written over. */
export interface PieceRoom extends Pieces {
  count: number;
}

/** Room for the pieces of a mesh of up to so many triangles: at most two of each. */
export const createPieces = (triangles: number): PieceRoom => ({
  count: 0,
  triangles: new Uint32Array(6 * triangles),
  faces: new Uint32Array(2 * triangles),
});

/**
 * Finds the pieces of a mesh, whose points have been placed, that are not too near; the corners where edges are cut come after the
 * mesh's own ones, at most two for each triangle.
 */
export function cutNear(lens: Float64Array, surface: Surface, width: number, height: number, corners: Corners, pieces: PieceRoom): void {
  const { triangles } = surface;
  const own = surface.points.length / 3;
  let next = own;
  pieces.count = 0;
  for (let face = 0; face < triangles.length / 3; face++) {
    let a = triangles[3 * face] as number;
    let b = triangles[3 * face + 1] as number;
    let c = triangles[3 * face + 2] as number;
    const seenA = inFront(corners, a);
    const seenB = inFront(corners, b);
    const seenC = inFront(corners, c);
    if (seenA && seenB && seenC) add(pieces, face, a, b, c);
    if (seenA === seenB && seenB === seenC) continue;
    // Turned so that `a` is alone on its side of the plane
    if (seenA === seenC) [a, b, c] = [b, c, a];
    else if (seenA === seenB) [a, b, c] = [c, a, b];
    const ab = next++;
    const ac = next++;
    if (inFront(corners, a)) {
      cutEdge(lens, surface, corners, a, b, ab);
      cutEdge(lens, surface, corners, a, c, ac);
      add(pieces, face, a, ab, ac);
    } else {
      cutEdge(lens, surface, corners, b, a, ab);
      cutEdge(lens, surface, corners, c, a, ac);
      add(pieces, face, ab, b, c);
      add(pieces, face, ab, c, ac);
    }
  }
  toGrid(corners, own, next, width, height);
}

function inFront({ nearness }: Corners, corner: number): boolean {
  const near = nearness[corner] as number;
  return near > 0 && near <= 1 / NEAR;
}

function add(pieces: PieceRoom, face: number, a: number, b: number, c: number): void {
  const { triangles, faces, count } = pieces;
  triangles[3 * count] = a;
  triangles[3 * count + 1] = b;
  triangles[3 * count + 2] = c;
  faces[count] = face;
  pieces.count++;
}

/** Places a corner where the edge from a point in front to one that is too near crosses the near plane. */
function cutEdge(
  lens: Float64Array,
  { points }: Surface,
  { places, nearness }: Corners,
  front: number,
  behind: number,
  corner: number,
): void {
  const row = (at: number, point: number): number =>
    (lens[at] as number) * (points[3 * point] as number) +
    (lens[at + 1] as number) * (points[3 * point + 1] as number) +
    (lens[at + 2] as number) * (points[3 * point + 2] as number) +
    (lens[at + 3] as number);
  const depth = row(8, front);
  const share = (depth - NEAR) / (depth - row(8, behind));
  for (const axis of [0, 1]) {
    const from = row(4 * axis, front);
    places[2 * corner + axis] = (from + share * (row(4 * axis, behind) - from)) / NEAR;
  }
  nearness[corner] = 1 / NEAR;
}
