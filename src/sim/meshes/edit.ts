/** Meshes out of meshes: moved, joined, bent and dented. */
import { IDENTITY_ROTATION, rotateVector } from '../../robot/rotation.ts';
import type { Pose } from '../../robot/se3.ts';
import { add3, cross3, length3, scale3, subtract3, type Vec3 } from '../../robot/vectors.ts';
import { cos, sin } from '../../tensor/portable-math.ts';
import type { Mesh } from '../mesh.ts';

/** The three numbers of vertex `i`. */
export const vertexAt = (values: Float32Array, i: number): Vec3 => [
  values[3 * i] as number,
  values[3 * i + 1] as number,
  values[3 * i + 2] as number,
];

const unit = (v: Vec3): Vec3 => {
  const length = length3(v);
  return length > 0 ? scale3(v, 1 / length) : [0, 0, 1];
};

/** Each vector of a list, changed. */
function mapVectors(values: Float32Array, change: (v: Vec3) => Vec3): Float32Array {
  const changed = new Float32Array(values.length);
  for (let i = 0; 3 * i < values.length; i++) changed.set(change(vertexAt(values, i)), 3 * i);
  return changed;
}

/** A mesh scaled along its axes (1 number for all), then turned, then moved. Scales below 0 mirror; none may be 0. */
export function transformMesh(
  mesh: Mesh,
  { position = [0, 0, 0], rotation = IDENTITY_ROTATION }: Partial<Pose>,
  scale: number | Vec3 = 1,
): Mesh {
  const [x, y, z] = typeof scale === 'number' ? [scale, scale, scale] : scale;
  const mirrored = x * y * z < 0;
  return {
    positions: mapVectors(mesh.positions, (p) => add3(position, rotateVector(rotation, [p[0] * x, p[1] * y, p[2] * z]))),
    normals: mapVectors(mesh.normals, (n) => rotateVector(rotation, unit([n[0] / x, n[1] / y, n[2] / z]))),
    uvs: mesh.uvs,
    indices: mirrored ? mesh.indices.toReversed() : mesh.indices,
  };
}

/** The same mesh with its texture repeated so many times more along u and v. */
export const repeatTexture = (mesh: Mesh, u: number, v: number): Mesh => ({
  ...mesh,
  uvs: mesh.uvs.map((value, i) => value * (i % 2 === 0 ? u : v)),
});

/** All of some meshes in one. */
export function mergeMeshes(meshes: readonly Mesh[]): Mesh {
  const join = (parts: readonly Float32Array[]): Float32Array => {
    const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  };
  let first = 0;
  const indices = meshes.flatMap((mesh) => {
    const shifted = Array.from(mesh.indices, (i) => i + first);
    first += mesh.positions.length / 3;
    return shifted;
  });
  return {
    positions: join(meshes.map((mesh) => mesh.positions)),
    normals: join(meshes.map((mesh) => mesh.normals)),
    uvs: join(meshes.map((mesh) => mesh.uvs)),
    indices: Uint32Array.from(indices),
  };
}

/**
 * Moves every vertex to where `displace` says, which must give the same place for the same position and normal. Normals are computed
 * anew, from the triangles around; edges that were sharp stay sharp.
 */
export function displaceMesh(mesh: Mesh, displace: (position: Vec3, normal: Vec3) => Vec3): Mesh {
  const positions = new Float32Array(mesh.positions.length);
  const groups = new Map<string, number>();
  const groupOf: number[] = [];
  for (let i = 0; 3 * i < positions.length; i++) {
    const [position, normal] = [vertexAt(mesh.positions, i), vertexAt(mesh.normals, i)];
    positions.set(displace(position, normal), 3 * i);
    const key = [...position, ...normal.map((n) => Math.round(n * 1e4))].join();
    groupOf.push(groups.get(key) ?? groups.set(key, groups.size).size - 1);
  }
  const sums = Array.from(groups, (): Vec3 => [0, 0, 0]);
  for (let t = 0; t < mesh.indices.length; t += 3) {
    const corners = Array.from(mesh.indices.subarray(t, t + 3));
    const [a, b, c] = corners.map((i) => vertexAt(positions, i)) as [Vec3, Vec3, Vec3];
    const normal = cross3(subtract3(b, a), subtract3(c, a));
    for (const i of corners) sums[groupOf[i] as number] = add3(sums[groupOf[i] as number] as Vec3, normal);
  }
  const normals = new Float32Array(positions.length);
  for (const [i, group] of groupOf.entries()) normals.set(unit(sums[group] as Vec3), 3 * i);
  return { ...mesh, positions, normals };
}

/** Bends what lies along x to the left (towards y), so that the x axis becomes an arc of this radius that begins at the origin. */
export const bendMesh = (mesh: Mesh, radius: number): Mesh =>
  displaceMesh(mesh, ([x, y, z]) => [(radius - y) * sin(x / radius), radius - (radius - y) * cos(x / radius), z]);
