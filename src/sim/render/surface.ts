/**
 * What the renderer wants to know of a mesh, computed once. Everything is in the mesh's own frame, so that it holds wherever the mesh
 * stands and from wherever it is seen: a normal or a texture coordinate that is linear over a triangle is written as a linear function
 * of the point, which is all that shading a pixel then needs.
 */
import { add3, cross3, dot3, length3, scale3, subtract3, type Vec3 } from '../../robot/vectors.ts';
import type { Mesh } from '../mesh.ts';

/** Numbers of a triangle's fields: five functions of the point of four numbers each */
export const FIELDS = 20;

/** A mesh, ready to be drawn. */
export interface Surface {
  readonly mesh: Mesh;
  readonly vertices: number;
  readonly triangles: number;
  /** f64[T, 4]: n and d of the plane n·p + d = 0 of each triangle, n outwards and of length 1; zeros if it has no area */
  readonly planes: Float64Array;
  /** f32[T, 5, 4]: the gradient and the value at the origin of the normal's x, y and z and of the texture's u and v */
  readonly fields: Float32Array;
  /** A sphere around it, metres */
  readonly center: Vec3;
  readonly radius: number;
}

const surfaces = new WeakMap<Mesh, Surface>();

/** The surface of a mesh; the same one whenever it is asked for again. Throws when arrays have wrong lengths, or an index is too large. */
export function surfaceOf(mesh: Mesh): Surface {
  const known = surfaces.get(mesh);
  if (known) return known;
  check(mesh);
  const triangles = mesh.indices.length / 3;
  const planes = new Float64Array(4 * triangles);
  const fields = new Float32Array(FIELDS * triangles);
  for (let t = 0; t < triangles; t++) describe(mesh, t, planes, fields);
  const made = { mesh, vertices: mesh.positions.length / 3, triangles, planes, fields, ...sphereAround(mesh.positions) };
  surfaces.set(mesh, made);
  return made;
}

function check({ positions, normals, uvs, indices }: Mesh): void {
  const vertices = positions.length / 3;
  if (!Number.isInteger(vertices) || normals.length !== 3 * vertices || uvs.length !== 2 * vertices || indices.length % 3 !== 0) {
    throw new Error(
      `a mesh has ${positions.length} numbers of positions, ${normals.length} of normals, ${uvs.length} of texture coordinates and ` +
        `${indices.length} indices: expected 3, 3 and 2 for each vertex, and 3 for each triangle`,
    );
  }
  const outside = indices.find((index) => index >= vertices);
  if (outside !== undefined) throw new Error(`a mesh's triangle has vertex ${outside}: expected one of the ${vertices}, from 0`);
}

const at3 = (numbers: Float32Array, i: number): Vec3 => [
  numbers[3 * i] as number,
  numbers[3 * i + 1] as number,
  numbers[3 * i + 2] as number,
];

function describe({ positions, normals, uvs, indices }: Mesh, t: number, planes: Float64Array, fields: Float32Array): void {
  const corners = [indices[3 * t] as number, indices[3 * t + 1] as number, indices[3 * t + 2] as number] as const;
  const [p0, p1, p2] = [at3(positions, corners[0]), at3(positions, corners[1]), at3(positions, corners[2])];
  const [side1, side2] = [subtract3(p1, p0), subtract3(p2, p0)];
  const normal = cross3(side1, side2);
  const square = dot3(normal, normal);
  if (square === 0) return;
  const unit = scale3(normal, 1 / Math.sqrt(square));
  planes.set([...unit, -dot3(unit, p0)], 4 * t);
  // Of a point p, (p − p0)·dual1 and (p − p0)·dual2 are its barycentric coordinates.
  const dual1 = scale3(cross3(side2, normal), 1 / square);
  const dual2 = scale3(cross3(normal, side1), 1 / square);
  const write = (field: number, [a0, a1, a2]: readonly [number, number, number]): void => {
    const gradient = add3(scale3(dual1, a1 - a0), scale3(dual2, a2 - a0));
    fields.set([...gradient, a0 - dot3(gradient, p0)], FIELDS * t + 4 * field);
  };
  const values = (numbers: Float32Array, stride: number, offset: number): readonly [number, number, number] => [
    numbers[stride * corners[0] + offset] as number,
    numbers[stride * corners[1] + offset] as number,
    numbers[stride * corners[2] + offset] as number,
  ];
  for (let axis = 0; axis < 3; axis++) write(axis, values(normals, 3, axis));
  for (let axis = 0; axis < 2; axis++) write(3 + axis, values(uvs, 2, axis));
}

/** A sphere around points: its middle is that of their box. */
function sphereAround(positions: Float32Array): { center: Vec3; radius: number } {
  const count = positions.length / 3;
  if (count === 0) return { center: [0, 0, 0], radius: 0 };
  const low = at3(positions, 0) as [number, number, number];
  const high = at3(positions, 0) as [number, number, number];
  for (let i = 0; i < 3 * count; i++) {
    const n = positions[i] as number;
    low[i % 3] = Math.min(low[i % 3] as number, n);
    high[i % 3] = Math.max(high[i % 3] as number, n);
  }
  const center = scale3(add3(low, high), 0.5);
  let radius = 0;
  for (let i = 0; i < count; i++) radius = Math.max(radius, length3(subtract3(at3(positions, i), center)));
  return { center, radius };
}
