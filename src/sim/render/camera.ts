/**
 * From the world into the picture and back. Pixels: x to the right from the left edge, y down from the top edge, both with fractions;
 * the middle of pixel (i, j), column i and row j, is at (i + ½, j + ½). Pixels are square.
 */
import { invertRotation, rotateVector } from '../../robot/rotation.ts';
import { add3, subtract3, type Vec3 } from '../../robot/vectors.ts';
import { tan } from '../../tensor/portable-math.ts';
import type { Camera } from './types.ts';

/** Where a point is in a picture. */
export interface Projected {
  /** Pixels from the left edge */
  readonly x: number;
  /** Pixels from the top edge */
  readonly y: number;
  /** Metres along the optical axis; not above 0 for what is beside or behind the camera, whose x and y mean nothing */
  readonly depth: number;
}

/** Pixels per unit of slope. Throws unless the field of view is between 0 and π. */
export function focalLength(camera: Camera, height: number): number {
  if (!(camera.fovy > 0 && camera.fovy < Math.PI)) {
    throw new Error(`a camera's vertical field of view is ${camera.fovy}: expected radians between 0 and π`);
  }
  return height / 2 / tan(camera.fovy / 2);
}

/** Where a point of the world (metres) appears in a picture of a size (pixels). */
export function project(camera: Camera, width: number, height: number, point: Vec3): Projected {
  const [right, up, back] = rotateVector(invertRotation(camera.rotation), subtract3(point, camera.position));
  const scale = focalLength(camera, height) / -back;
  return { x: width / 2 + right * scale, y: height / 2 - up * scale, depth: -back };
}

/** The point of the world that appears at (x, y), in pixels, at a depth in metres along the optical axis. */
export function unproject(camera: Camera, width: number, height: number, x: number, y: number, depth: number): Vec3 {
  const scale = depth / focalLength(camera, height);
  const point: Vec3 = [(x - width / 2) * scale, (height / 2 - y) * scale, -depth];
  return add3(rotateVector(camera.rotation, point), camera.position);
}
