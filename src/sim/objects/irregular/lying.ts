/** Things that lie, and their shapes for collisions. */
import { length3, subtract3, type Vec3 } from '../../../robot/vectors.ts';
import { atan2 } from '../../../tensor/portable-math.ts';
import type { Mesh } from '../../mesh.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import { boxShape, capsuleShape, moved } from '../draft.ts';
import type { Shape } from '../model.ts';

/** Something long that lies: [x, y, radius] from one end to the other, everywhere down to the table. */
export type Course = readonly (readonly [x: number, y: number, radius: number])[];

/** The points of a course, each so high that it touches the table. */
const pathOf = (course: Course): Vec3[] => course.map(([x, y, r]): Vec3 => [x, y, r]);

/** A tube that lies, as thick as its course says. */
export function lyingTube(course: Course, segments = 10): Mesh {
  const radii = course.map(([, , r]) => r);
  return grounded(tubeMesh(pathOf(course), radii, segments));
}

/** A mesh moved up or down so that it just touches z = 0. */
export function grounded(mesh: Mesh): Mesh {
  const lowest = mesh.positions.reduce((low, value, i) => (i % 3 === 2 ? Math.min(low, value) : low), Infinity);
  return moved(mesh, [0, 0, -lowest]);
}

/** A capsule that lies from one point of the table to another. */
export function lyingCapsule([x0, y0]: readonly [number, number], [x1, y1]: readonly [number, number], radius: number): Shape {
  const half = length3(subtract3([x1, y1, 0], [x0, y0, 0])) / 2;
  const heading = (atan2(y1 - y0, x1 - x0) * 180) / Math.PI;
  return capsuleShape(radius, Math.max(half - radius, 0.1), [(x0 + x1) / 2, (y0 + y1) / 2, radius], [0, 90, heading]);
}

/** A box that lies from one point of the table to another. */
export function lyingBox(
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
  halfWidth: number,
  [low, high]: readonly [number, number],
): Shape {
  const half = length3(subtract3([x1, y1, 0], [x0, y0, 0])) / 2;
  const heading = (atan2(y1 - y0, x1 - x0) * 180) / Math.PI;
  return boxShape([half, halfWidth, (high - low) / 2], [(x0 + x1) / 2, (y0 + y1) / 2, (low + high) / 2], [0, 0, heading]);
}
