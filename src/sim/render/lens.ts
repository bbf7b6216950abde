/**
 * How points become places in a picture and how places become points again, for a camera and for the light. A lens is 28 numbers
 * (f64), in the frame of the world or in that of a mesh:
 *
 *     0 … 11    three rows of four, a function of the point each: x, y and the third
 *               camera: x and y times the depth, in pixels times metres, and the depth
 *               light: x and y in texels, and how near the light the point is, in metres
 *     12 … 27   h0, hx, hy and hw, of four numbers each: at (x, y) with nearness q is h0 + x·hx + y·hy + q·hw, in homogeneous
 *               coordinates. Nearness is 1/depth for the camera. It is linear in x and y over a plane.
 */
import type { Mat3 } from '../../robot/rotation.ts';
import type { Vec3 } from '../../robot/vectors.ts';
import { focalLength } from './camera.ts';
import type { Camera } from './types.ts';

/** Numbers of a lens */
export const LENS = 28;

/** Where the four columns back into space begin. */
export const [H0, HX, HY, HW] = [12, 16, 20, 24] as const;

/** One of the first three rows of a lens; begins at 0, 4 or 8. */
export const rowOf = (lens: Float64Array, at: number): readonly [number, number, number, number] => [
  lens[at] as number,
  lens[at + 1] as number,
  lens[at + 2] as number,
  lens[at + 3] as number,
];

/** Writes a camera's lens for pictures of a size, in the frame of the world. */
export function writeCameraLens(camera: Camera, width: number, height: number, lens: Float64Array): void {
  const f = focalLength(camera, height);
  const [cx, cy] = [width / 2, height / 2];
  const { rotation, position } = camera;
  for (let axis = 0; axis < 3; axis++) {
    const right = rotation[3 * axis] as number;
    const down = -(rotation[3 * axis + 1] as number);
    const forward = -(rotation[3 * axis + 2] as number);
    lens[axis] = f * right + cx * forward;
    lens[4 + axis] = f * down + cy * forward;
    lens[8 + axis] = forward;
    lens[H0 + axis] = forward - (cx / f) * right - (cy / f) * down;
    lens[HX + axis] = right / f;
    lens[HY + axis] = down / f;
    lens[HW + axis] = position[axis] as number;
  }
  for (let row = 0; row < 12; row += 4) {
    lens[row + 3] = -(
      (lens[row] as number) * position[0] +
      (lens[row + 1] as number) * position[1] +
      (lens[row + 2] as number) * position[2]
    );
  }
  lens[H0 + 3] = lens[HX + 3] = lens[HY + 3] = 0;
  lens[HW + 3] = 1;
}

/** Where a light's map begins and how fine it is. */
export interface LightFrame {
  /** The axes of the map and where the light goes, in the world: of length 1, right-handed in this order */
  readonly x: Vec3;
  readonly y: Vec3;
  readonly forward: Vec3;
  /** Texels per metre */
  readonly scale: number;
  /** Metres along x and y to the first texel */
  readonly left: number;
  readonly top: number;
}

/** Metres: the nearness of the origin of the world to a light. Any will do that makes that of all around it positive. */
const NEARNESS_OF_ORIGIN = 5;

/** Writes a light's lens in the frame of the world. */
export function writeLightLens({ x, y, forward, scale, left, top }: LightFrame, lens: Float64Array): void {
  for (let axis = 0; axis < 3; axis++) {
    const [ax, ay, near] = [x[axis] as number, y[axis] as number, -(forward[axis] as number)];
    lens[axis] = scale * ax;
    lens[4 + axis] = scale * ay;
    lens[8 + axis] = near;
    lens[H0 + axis] = left * ax + top * ay - NEARNESS_OF_ORIGIN * near;
    lens[HX + axis] = ax / scale;
    lens[HY + axis] = ay / scale;
    lens[HW + axis] = near;
  }
  lens[3] = -scale * left;
  lens[7] = -scale * top;
  lens[11] = NEARNESS_OF_ORIGIN;
  lens[H0 + 3] = 1;
  lens[HX + 3] = lens[HY + 3] = lens[HW + 3] = 0;
}

/** Writes a lens of the world as seen from the frame of something that stands in it. */
export function writeLensIn(world: Float64Array, position: Vec3, rotation: Mat3, lens: Float64Array): void {
  for (let at = 0; at < LENS; at += 4) {
    let x = world[at] as number;
    let y = world[at + 1] as number;
    let z = world[at + 2] as number;
    const w = world[at + 3] as number;
    if (at < H0) {
      lens[at + 3] = w + x * position[0] + y * position[1] + z * position[2];
    } else {
      lens[at + 3] = w;
      x -= w * position[0];
      y -= w * position[1];
      z -= w * position[2];
    }
    lens[at] = rotation[0] * x + rotation[3] * y + rotation[6] * z;
    lens[at + 1] = rotation[1] * x + rotation[4] * y + rotation[7] * z;
    lens[at + 2] = rotation[2] * x + rotation[5] * y + rotation[8] * z;
  }
}
