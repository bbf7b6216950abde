/**
 * What the renderer wants to know of a mesh, computed once. Everything is in the mesh's own frame, so that it holds wherever the mesh
 * stands and from wherever it is seen: a normal or a texture coordinate that is linear over a triangle is written as a linear function
 * of the point, which is all that shading a pixel then needs.
 */
import { cross3, dot3, length3, scale3, subtract3, type Vec3 } from '../../robot/vectors.ts';
import type { Mesh } from '../mesh.ts';

/** Numbers of a triangle's fields: functions of the point, of four numbers each, for the normal's x, y and z and the texture's u and v */
export const FIELDS = 20;

/** Where the functions for u and v begin */
export const [FIELD_U, FIELD_V] = [12, 16] as const;

/** A mesh, ready to be drawn. */
export interface Surface {
  /** f32[P, 3]: where there are vertices, metres; each place once */
  readonly points: Float32Array;
  /** u32[T, 3]: triangles of points, counter-clockwise seen from outside */
  readonly triangles: Uint32Array;
  /** f64[T, 4]: n and d of the plane n·p + d = 0 of each triangle, n outwards and of length 1; zeros if it has no area */
  readonly planes: Float64Array;
  /** f32[T, 5, 4]: gradient, and value at the origin, of each field */
  readonly fields: Float32Array;
  /** u8[T]: 1 where the normal is the same all over the triangle */
  readonly flat: Uint8Array;
  /** A box around it: its middle and half sides, metres */
  readonly center: Vec3;
  readonly half: Vec3;
  /** Of a sphere around it with the same middle, metres */
  readonly radius: number;
}

const surfaces = new WeakMap<Mesh, Surface>();

/** The surface of a mesh; the same one whenever it is asked for again. Throws when arrays have wrong lengths, or an index is too large. */
export function surfaceOf(mesh: Mesh): Surface {
  const made = surfaces.get(mesh) ?? makeSurface(mesh);
  surfaces.set(mesh, made);
  return made;
}

function makeSurface(mesh: Mesh): Surface {
  check(mesh);
  const count = mesh.indices.length / 3;
  const { points, pointOf } = merge(mesh.positions);
  const surface: Surface = {
    points,
    triangles: mesh.indices.map((vertex) => pointOf[vertex] as number),
    planes: new Float64Array(4 * count),
    fields: new Float32Array(FIELDS * count),
    flat: new Uint8Array(count),
    ...boundsOf(points),
  };
  for (let t = 0; t < count; t++) describe(mesh, t, surface);
  return surface;
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

/** Vertices at one place become one point. `pointOf` tells which one that is of each vertex. */
function merge(positions: Float32Array): { points: Float32Array; pointOf: Uint32Array } {
  const count = positions.length / 3;
  const pointOf = new Uint32Array(count);
  const points = new Float32Array(positions.length);
  // Open addressing; 0 is an empty place.
  const size = 2 ** (33 - Math.clz32(count));
  const table = new Uint32Array(size);
  const bits = new Int32Array(positions.buffer, positions.byteOffset, positions.length);
  let found = 0;
  for (let v = 0; v < count; v++) {
    const [x, y, z] = [positions[3 * v] as number, positions[3 * v + 1] as number, positions[3 * v + 2] as number];
    let hash =
      Math.imul(bits[3 * v] as number, 0x9e3779b1) ^
      Math.imul(bits[3 * v + 1] as number, 0x85ebca77) ^
      Math.imul(bits[3 * v + 2] as number, 0xc2b2ae3d);
    hash ^= hash >>> 15;
    for (; ; hash++) {
      const point = (table[hash & (size - 1)] as number) - 1;
      if (point >= 0 && !(points[3 * point] === x && points[3 * point + 1] === y && points[3 * point + 2] === z)) continue;
      pointOf[v] = point < 0 ? found : point;
      if (point < 0) {
        points.set([x, y, z], 3 * found);
        table[hash & (size - 1)] = ++found;
      }
      break;
    }
  }
  return { points: points.slice(0, 3 * found), pointOf };
}

const at3 = (numbers: Float32Array, i: number): Vec3 => [
  numbers[3 * i] as number,
  numbers[3 * i + 1] as number,
  numbers[3 * i + 2] as number,
];

/** Writes plane and fields of a triangle. */
function describe({ positions, normals, uvs, indices }: Mesh, t: number, { planes, fields, flat }: Surface): void {
  const [i, j, k] = [indices[3 * t] as number, indices[3 * t + 1] as number, indices[3 * t + 2] as number];
  const origin = at3(positions, i);
  const side1 = subtract3(at3(positions, j), origin);
  const side2 = subtract3(at3(positions, k), origin);
  const normal = cross3(side1, side2);
  const square = dot3(normal, normal);
  if (square === 0) return;
  const unit = scale3(normal, 1 / Math.sqrt(square));
  planes.set(unit, 4 * t);
  planes[4 * t + 3] = -dot3(unit, origin);
  // Of a point p, (p − origin)·dual1 and (p − origin)·dual2 are its barycentric coordinates.
  const dual1 = scale3(cross3(side2, normal), 1 / square);
  const dual2 = scale3(cross3(normal, side1), 1 / square);

  function write(field: number, values: Float32Array, stride: number, offset: number): void {
    const value = values[stride * i + offset] as number;
    const gain1 = (values[stride * j + offset] as number) - value;
    const gain2 = (values[stride * k + offset] as number) - value;
    const at = FIELDS * t + 4 * field;
    let atOrigin = value;
    for (let axis = 0; axis < 3; axis++) {
      const slope = (dual1[axis] as number) * gain1 + (dual2[axis] as number) * gain2;
      fields[at + axis] = slope;
      atOrigin -= slope * (origin[axis] as number);
    }
    fields[at + 3] = atOrigin;
  }

  for (let axis = 0; axis < 3; axis++) write(axis, normals, 3, axis);
  for (let axis = 0; axis < 2; axis++) write(3 + axis, uvs, 2, axis);
  const same = (a: number, b: number): boolean => [0, 1, 2].every((axis) => normals[3 * a + axis] === normals[3 * b + axis]);
  flat[t] = same(i, j) && same(i, k) ? 1 : 0;
}

/** A box around points, and a sphere. */
function boundsOf(points: Float32Array): Pick<Surface, 'center' | 'half' | 'radius'> {
  if (points.length === 0) return { center: [0, 0, 0], half: [0, 0, 0], radius: 0 };
  const low: [number, number, number] = [...at3(points, 0)];
  const high: [number, number, number] = [...at3(points, 0)];
  for (let i = 0; i < points.length; i++) {
    const n = points[i] as number;
    low[i % 3] = Math.min(low[i % 3] as number, n);
    high[i % 3] = Math.max(high[i % 3] as number, n);
  }
  const center: Vec3 = [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2];
  const half: Vec3 = [high[0] - center[0], high[1] - center[1], high[2] - center[2]];
  let radius = 0;
  for (let i = 0; i < points.length / 3; i++) radius = Math.max(radius, length3(subtract3(at3(points, i), center)));
  return { center, half, radius };
}
