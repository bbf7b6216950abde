/** Things that lie, and their shapes for collisions. */
import { length3, subtract3, type Vec3 } from '../../../robot/vectors.ts';
import { atan2, cos, sin } from '../../../tensor/portable-math.ts';
import type { Mesh } from '../../mesh.ts';
import { latheMesh, type Profile } from '../../meshes/lathe.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import { capsuleShape, type Draft, moved } from '../draft.ts';
import type { Shape } from '../model.ts';

/** Something long that lies: [x, y, radius] from one end to the other, everywhere down to the table. */
export type Course = readonly (readonly [x: number, y: number, radius: number])[];

/** A tube that lies, as thick as its course says. */
export function lyingTube(course: Course, segments = 10): Mesh {
  const path = course.map(([x, y, r]): Vec3 => [x, y, r]);
  const radii = course.map(([, , r]) => r);
  return grounded(tubeMesh(path, radii, segments));
}

/** A mesh moved up or down so that it just touches z = 0. */
function grounded(mesh: Mesh): Mesh {
  const lowest = mesh.positions.reduce((low, value, i) => (i % 3 === 2 ? Math.min(low, value) : low), Infinity);
  return moved(mesh, [0, 0, -lowest]);
}

/** A capsule that lies from one point of the table to another. */
export function lyingCapsule([x0, y0]: readonly [number, number], [x1, y1]: readonly [number, number], radius: number): Shape {
  const half = length3(subtract3([x1, y1, 0], [x0, y0, 0])) / 2;
  const heading = (atan2(y1 - y0, x1 - x0) * 180) / Math.PI;
  return capsuleShape(radius, Math.max(half - radius, 0.1), [(x0 + x1) / 2, (y0 + y1) / 2, radius], [0, 90, heading]);
}

/** Points of an arc in the plane of the table, bulging towards −y, about the middle of its chord. */
export function arc(radius: number, spread: number, steps: number): [number, number][] {
  const half = (spread * Math.PI) / 360;
  const middle = (radius * (1 - cos(half))) / 2;
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = -half + (2 * half * i) / steps;
    return [radius * sin(angle), radius * (1 - cos(angle)) - middle];
  });
}

/** Something bent that lies on its side: three capsules follow it, the middle one as thick as it is. */
export function bent(points: readonly (readonly [number, number])[], thick: number, thin: number): Draft['shapes'] {
  const at = (share: number): readonly [number, number] => points[Math.round(share * (points.length - 1))] as readonly [number, number];
  return [lyingCapsule(at(0.32), at(0.68), thick), lyingCapsule(at(0.02), at(0.44), thin), lyingCapsule(at(0.56), at(0.98), thin)];
}

/** A profile along x that lies: its axis at the height of its largest radius. */
export const lyingLathe = (profile: Profile, height: number, segments = 14): Mesh =>
  moved(latheMesh(profile, { segments, smoothAngle: 1.3, around: 2 }), [0, 0, height], [0, 90, 0]);
