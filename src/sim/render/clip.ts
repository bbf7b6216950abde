/**
 * Triangles that reach behind the camera: what lies nearer than the near plane is cut off. Only the outline has to be cut: depth comes
 * from a triangle's plane and colour from the point that is seen, so a piece needs no more than the name of its triangle.
 */
import { type Corners, type Layer, type Pieces, settle } from './raster.ts';
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
  indices: new Uint32Array(6 * triangles),
  faces: new Uint32Array(2 * triangles),
});

/**
 * Finds the pieces of a mesh, whose vertices have been placed, that are not too near; the corners where edges are cut come after the
 * mesh's own ones, at most two for each triangle.
 */
export function cutNear(lens: Float64Array, surface: Surface, layer: Layer, corners: Corners, pieces: PieceRoom): void {
  const { indices } = surface.mesh;
  const { nearness } = corners;
  const inFront = (vertex: number): boolean => (nearness[vertex] as number) > 0 && (nearness[vertex] as number) <= 1 / NEAR;
  let next = surface.vertices;
  pieces.count = 0;

  function add(face: number, a: number, b: number, c: number): void {
    pieces.indices.set([a, b, c], 3 * pieces.count);
    pieces.faces[pieces.count++] = face;
  }

  for (let face = 0; face < surface.triangles; face++) {
    const corner = [indices[3 * face] as number, indices[3 * face + 1] as number, indices[3 * face + 2] as number] as const;
    const kept = corner.filter(inFront).length;
    if (kept === 0) continue;
    if (kept === 3) {
      add(face, ...corner);
      continue;
    }
    // Turned so that `a` is the one on its side of the plane
    const alone = corner.findIndex((vertex) => inFront(vertex) === (kept === 1));
    const a = corner[alone] as number;
    const b = corner[(alone + 1) % 3] as number;
    const c = corner[(alone + 2) % 3] as number;
    const [ab, ac] = [next++, next++];
    if (kept === 1) {
      cutEdge(lens, surface, corners, a, b, ab);
      cutEdge(lens, surface, corners, a, c, ac);
      add(face, a, ab, ac);
    } else {
      cutEdge(lens, surface, corners, b, a, ab);
      cutEdge(lens, surface, corners, c, a, ac);
      add(face, ab, b, c);
      add(face, ab, c, ac);
    }
  }
  settle(corners, surface.vertices, next, layer);
}

/** Places a corner where the edge from a vertex in front to one that is too near crosses the near plane. */
function cutEdge(lens: Float64Array, { mesh }: Surface, { places, nearness }: Corners, front: number, behind: number, corner: number): void {
  const row = (at: number, vertex: number): number =>
    (lens[at] as number) * (mesh.positions[3 * vertex] as number) +
    (lens[at + 1] as number) * (mesh.positions[3 * vertex + 1] as number) +
    (lens[at + 2] as number) * (mesh.positions[3 * vertex + 2] as number) +
    (lens[at + 3] as number);
  const [depth, hidden] = [row(8, front), row(8, behind)];
  const t = (depth - NEAR) / (depth - hidden);
  const [x, y] = [row(0, front), row(4, front)];
  places[2 * corner] = (x + t * (row(0, behind) - x)) / NEAR;
  places[2 * corner + 1] = (y + t * (row(4, behind) - y)) / NEAR;
  nearness[corner] = 1 / NEAR;
}
