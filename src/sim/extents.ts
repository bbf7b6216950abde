/** How much room things take: boxes along the axes of the world, with all that moves where it is now. */
import type { Mat3 } from '../robot/rotation.ts';
import { matrixFromQuaternion, rotateVector } from '../robot/rotation.ts';
import type { Pose } from '../robot/se3.ts';
import { add3, scale3, subtract3, type Vec3 } from '../robot/vectors.ts';
import { thingOf } from './goals.ts';
import type { Shape } from './objects/model.ts';
import type { World } from './world.ts';

/** A box along the axes: its lowest and its highest corner, metres. */
export interface Box {
  readonly low: Vec3;
  readonly high: Vec3;
}

/** The boxes around a thing's body and each of its moving parts, world frame. Throws for an unknown one. */
export function boxesOf(world: World, id: string): Box[] {
  const { bounds, body, parts } = thingOf(world, id).model;
  // Bounds are of the whole model at rest: right for what has no parts.
  if (!parts) return [boxAround(world.poseOf(id), bounds)];
  return [
    ...boxOfShapes(world.poseOf(id), body.shapes),
    ...parts.flatMap(({ name, shapes }) => boxOfShapes(world.poseOf(id, name), shapes)),
  ];
}

/** The box along the axes around one that is turned. */
function boxAround({ position, rotation }: Pose, [low, high]: readonly [Vec3, Vec3]): Box {
  const middle = add3(position, rotateVector(rotation, scale3(add3(low, high), 0.5)));
  const half = turnedHalf(rotation, scale3(subtract3(high, low), 0.5));
  return { low: subtract3(middle, half), high: add3(middle, half) };
}

/** Half sides of the box along the axes around one with these half sides that is turned. */
function turnedHalf(r: Mat3, [a, b, c]: Vec3): Vec3 {
  const along = (i: 0 | 3 | 6): number => Math.abs(r[i]) * a + Math.abs(r[i + 1] as number) * b + Math.abs(r[i + 2] as number) * c;
  return [along(0), along(3), along(6)];
}

/** One box around shapes of a link; none where it has none. */
function boxOfShapes(frame: Pose, shapes: readonly Shape[]): Box[] {
  if (shapes.length === 0) return [];
  const boxes = shapes.map(({ position = [0, 0, 0], quaternion = [1, 0, 0, 0], ...shape }): Box => {
    const half = turnedHalf(matrixFromQuaternion(quaternion), halfSides(shape));
    return { low: subtract3(position, half), high: add3(position, half) };
  });
  const corner = (of: 'low' | 'high', extreme: (...values: number[]) => number): Vec3 =>
    [0, 1, 2].map((axis) => extreme(...boxes.map((box) => box[of][axis] as number))) as unknown as Vec3;
  return [boxAround(frame, [corner('low', Math.min), corner('high', Math.max)])];
}

/** Of the box around a shape, in its own frame. */
function halfSides({ type, size }: Pick<Shape, 'type' | 'size'>): Vec3 {
  const [a, b, c] = size as [number, number, number];
  switch (type) {
    case 'box':
    case 'ellipsoid':
      return [a, b, c];
    case 'sphere':
      return [a, a, a];
    case 'cylinder':
      return [a, a, b];
    case 'capsule':
      return [a, a, a + b];
  }
}

/** Whether the way from one place to another, seen from above, comes nearer than `margin` to a box. */
export function passes(from: Vec3, to: Vec3, { low, high }: Box, margin: number): boolean {
  // Clipped against both pairs of sides (Liang and Barsky 1984)
  let [enter, leave] = [0, 1];
  for (const axis of [0, 1] as const) {
    const [start, way] = [from[axis], to[axis] - from[axis]];
    const [near, far] = [low[axis] - margin - start, high[axis] + margin - start];
    if (way === 0) {
      if (near > 0 || far < 0) return false;
      continue;
    }
    enter = Math.max(enter, Math.min(near / way, far / way));
    leave = Math.min(leave, Math.max(near / way, far / way));
  }
  return enter <= leave;
}
