/** A mesh while it is being built: vertices and triangles in lists that grow. */
import type { Vec3 } from '../../robot/vectors.ts';
import type { Mesh } from '../mesh.ts';

/** Lists of numbers as in a Mesh. */
export interface Sketch {
  readonly positions: number[];
  readonly normals: number[];
  readonly uvs: number[];
  readonly indices: number[];
}

/** A corner of triangles: where it is, which way its surface looks (of length 1), and where in the texture it is. */
export interface Vertex {
  readonly position: Vec3;
  readonly normal: Vec3;
  readonly uv: readonly [number, number];
}

/** Nothing yet. */
export const emptySketch = (): Sketch => ({ positions: [], normals: [], uvs: [], indices: [] });

/** The mesh that a sketch has become. */
export const finishSketch = ({ positions, normals, uvs, indices }: Sketch): Mesh => ({
  positions: Float32Array.from(positions),
  normals: Float32Array.from(normals),
  uvs: Float32Array.from(uvs),
  indices: Uint32Array.from(indices),
});

/** Adds vertices and returns the number of the first of them. */
export function addVertices(sketch: Sketch, vertices: readonly Vertex[]): number {
  const first = sketch.positions.length / 3;
  for (const { position, normal, uv } of vertices) {
    sketch.positions.push(...position);
    sketch.normals.push(...normal);
    sketch.uvs.push(...uv);
  }
  return first;
}

/** Adds a triangle, counter-clockwise, unless two of its corners are at the same place. */
export function addTriangle(sketch: Sketch, a: number, b: number, c: number): void {
  if (!(coincide(sketch, a, b) || coincide(sketch, b, c) || coincide(sketch, c, a))) sketch.indices.push(a, b, c);
}

/** Adds a quadrilateral of two triangles, counter-clockwise; where two corners coincide, one triangle. */
export function addQuad(sketch: Sketch, a: number, b: number, c: number, d: number): void {
  addTriangle(sketch, a, b, c);
  addTriangle(sketch, a, c, d);
}

const coincide = ({ positions }: Sketch, a: number, b: number): boolean =>
  [0, 1, 2].every((axis) => positions[3 * a + axis] === positions[3 * b + axis]);

/** Adds the band between two rows of as many vertices each: the outside is where the rows go to the right and the second is above. */
export function addBand(sketch: Sketch, lower: readonly Vertex[], upper: readonly Vertex[]): void {
  const low = addVertices(sketch, lower);
  const high = addVertices(sketch, upper);
  for (let j = 0; j + 1 < lower.length; j++) addQuad(sketch, low + j, low + j + 1, high + j + 1, high + j);
}
