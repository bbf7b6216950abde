/** Things as they look from above: some points of each, of which a page draws the outline wherever the thing is. */

import { matrixFromQuaternion, rotateVector } from '../../../robot/rotation.ts';
import { add3, dot3, type Vec3 } from '../../../robot/vectors.ts';
import type { Link, Shape } from '../../../sim/objects/model.ts';
import type { Scene } from '../../../sim/scene.ts';

/** A rigid body of a scene. */
export interface Body {
  readonly thing: string;
  readonly part?: string;
  readonly fixed: boolean;
  /** Points furthest out in all directions, in the body's frame, metres */
  readonly points: readonly Vec3[];
}

/** Directions in which the points that are furthest out are looked for: around, and up and down a little. */
const DIRECTIONS: readonly Vec3[] = [-0.9, 0, 0.9].flatMap((z) =>
  Array.from({ length: 20 }, (_, i): Vec3 => [Math.cos((i * Math.PI) / 10), Math.sin((i * Math.PI) / 10), z]),
);

/** The bodies of a scene's things: of each its main body, then its moving parts. */
export function bodiesOf(scene: Scene): Body[] {
  return scene.things.flatMap(({ id: thing, model: { body, parts = [], fixed = false } }) => [
    { thing, fixed, points: outline(body) },
    ...parts.map((part) => ({ thing, part: part.name, fixed, points: outline(part) })),
  ]);
}

function outline({ visuals, shapes }: Link): Vec3[] {
  const vertices = visuals.length > 0 ? visuals.flatMap(({ mesh }) => triples(mesh.positions)) : shapes.flatMap(cornersOf);
  const furthest = DIRECTIONS.map((direction) =>
    vertices.reduce(
      (best, vertex) => (dot3(direction, vertex) > dot3(direction, best) ? vertex : best),
      vertices[0] ?? ([0, 0, 0] as Vec3),
    ),
  );
  return [...new Set(furthest)];
}

const triples = (numbers: Float32Array): Vec3[] =>
  Array.from(
    { length: numbers.length / 3 },
    (_, i): Vec3 => [numbers[3 * i] as number, numbers[3 * i + 1] as number, numbers[3 * i + 2] as number],
  );

/** Corners of the box around a shape. */
function cornersOf({ type, size: [a = 0, b = a, c = b], position = [0, 0, 0], quaternion = [1, 0, 0, 0] }: Shape): Vec3[] {
  const half: Vec3 = type === 'cylinder' ? [a, a, b] : type === 'capsule' ? [a, a, a + b] : [a, b, c];
  const rotation = matrixFromQuaternion(quaternion);
  return [-1, 1].flatMap((x) =>
    [-1, 1].flatMap((y) => [-1, 1].map((z): Vec3 => add3(position, rotateVector(rotation, [x * half[0], y * half[1], z * half[2]])))),
  );
}
