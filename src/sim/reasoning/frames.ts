/** From the world to what answers are written in: pixels of a picture, and metres in the frame of its camera (x right, y down, z forward). */
import { eulerFromMatrix, invertRotation, type Mat3, matrixFromAxisAngle, multiplyRotations, rotateVector } from '../../robot/rotation.ts';
import type { Pose } from '../../robot/se3.ts';
import { add3, scale3, subtract3, type Vec3 } from '../../robot/vectors.ts';
import { atan2 } from '../../tensor/portable-math.ts';
import { project } from '../render/camera.ts';
import type { Camera } from '../render/types.ts';
import type { Box3d, Point2d, Triple } from './sample.ts';
import type { Sight } from './sight.ts';
import { cornersAt, type ThingNow } from './things.ts';

/** From the renderer's axes of a camera (x right, y up, z back) to those of answers. */
const flipped = ([x, y, z]: Vec3): Vec3 => [x, -y, -z];

/** A point of the world in the frame of a camera, metres. */
export const inCamera = ({ position, rotation }: Camera, point: Vec3): Vec3 =>
  flipped(rotateVector(invertRotation(rotation), subtract3(point, position)));

/**
 * Where a point of the world is for a camera that looks over a table: metres to its right, and away from it along the table. Undefined
 * for a camera that looks straight down, for which nothing is before or behind.
 */
export function alongTable(camera: Camera, point: Vec3): readonly [right: number, away: number] | undefined {
  const [fx, fy] = [-camera.rotation[2], -camera.rotation[5]];
  const size = Math.sqrt(fx * fx + fy * fy);
  return size < 0.25
    ? undefined
    : [inCamera(camera, point)[0], (fx * (point[0] - camera.position[0]) + fy * (point[1] - camera.position[1])) / size];
}

/** A rotation of the world in the frame of a camera. */
function turnInCamera({ rotation }: Camera, turn: Mat3): Mat3 {
  const [a, b, c, d, e, f, g, h, i] = multiplyRotations(invertRotation(rotation), turn);
  return [a, b, c, -d, -e, -f, -g, -h, -i];
}

/** What has to be known of a camera to measure with it: ` The camera's vertical field of view is 60°.` */
export const cameraNote = ({ fovy }: Camera): string => ` The camera's vertical field of view is ${rounded((fovy * 180) / Math.PI, 1)}°.`;

/** Where a point of the world is in a picture, pixels; undefined when it is behind the camera or outside. */
export function inPicture({ camera, picture: { width, height } }: Sight, point: Vec3): Point2d | undefined {
  const { x, y, depth } = project(camera, width, height, point);
  return depth > 0.01 && x >= 0 && x <= width && y >= 0 && y <= height ? [rounded(x, 2), rounded(y, 2)] : undefined;
}

/** A number with so many decimals. */
function rounded(value: number, decimals: number): number {
  const factor = [1, 10, 100, 1000, 10000][decimals] as number;
  // Adding 0 makes -0 the same number as 0.
  return Math.round(value * factor) / factor + 0;
}

/** Metres to a tenth of a millimetre. */
export const metres = ([x, y, z]: Vec3): Triple => [rounded(x, 4), rounded(y, 4), rounded(z, 4)];

/**
 * The box around a thing in the frame of a camera. Its sides are named so that its axes are turned as little as can be against those of
 * the camera: of all ways to write it down, the one with the smallest turn. What is round about its axis is first turned about it until
 * its sides face the camera. Joints are taken to be at rest.
 */
export function boxInCamera(camera: Camera, thing: ThingNow): Box3d {
  const { model, pose, middle } = thing;
  const [low, high] = model.bounds;
  const turned = isRound(thing) ? facing(camera, pose) : pose.rotation;
  const { rotation, size } = leastTurned(turnInCamera(camera, turned), subtract3(high, low));
  return { centre: metres(inCamera(camera, middle)), size: metres(size), rotation: metres(eulerFromMatrix(rotation)) };
}

/** Millimetres do not tell whether something is round. */
const isRound = ({ model: { category, bounds } }: ThingNow): boolean => {
  const [x, y] = subtract3(bounds[1], bounds[0]);
  const [twiceX, twiceY] = add3(bounds[0], bounds[1]);
  return category === 'axisymmetric' && Math.abs(x - y) < 0.002 && Math.abs(twiceX) < 0.002 && Math.abs(twiceY) < 0.002;
};

/** A pose's rotation, turned about its own z axis until its x axis is at right angles to the way to the camera. */
function facing(camera: Camera, { position, rotation }: Pose): Mat3 {
  const [x, y] = rotateVector(invertRotation(rotation), subtract3(camera.position, position));
  return multiplyRotations(rotation, matrixFromAxisAngle([0, 0, atan2(x, -y)]));
}

/** Axes of a box in another order and direction, right-handed: 24 ways, of which the one nearest to no turn at all is taken. */
function leastTurned(rotation: Mat3, size: Vec3): { rotation: Mat3; size: Vec3 } {
  const columns = [0, 1, 2].map((i): Vec3 => [rotation[i] as number, rotation[3 + i] as number, rotation[6 + i] as number]);
  let best = { rotation, size, trace: Number.NEGATIVE_INFINITY };
  for (const [order, parity] of ORDERS) {
    for (const [sx, sy, sz] of SIGNS) {
      if (sx * sy * sz !== parity) continue;
      const [a, b, c] = [columns[order[0]], columns[order[1]], columns[order[2]]] as [Vec3, Vec3, Vec3];
      const [x, y, z] = [scale3(a, sx), scale3(b, sy), scale3(c, sz)];
      const trace = x[0] + y[1] + z[2];
      if (trace <= best.trace + 1e-9) continue;
      const named = order.map((i) => size[i] as number) as unknown as Vec3;
      best = { rotation: [x[0], y[0], z[0], x[1], y[1], z[1], x[2], y[2], z[2]], size: named, trace };
    }
  }
  return best;
}

const ORDERS: readonly (readonly [readonly [number, number, number], 1 | -1])[] = [
  [[0, 1, 2], 1],
  [[1, 2, 0], 1],
  [[2, 0, 1], 1],
  [[0, 2, 1], -1],
  [[2, 1, 0], -1],
  [[1, 0, 2], -1],
];
const SIGNS = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => [i & 1 ? -1 : 1, i & 2 ? -1 : 1, i & 4 ? -1 : 1] as const);

/** The eight corners of a thing's bounds in the world. */
export const cornersOf = ({ model: { bounds }, pose }: ThingNow): Vec3[] => cornersAt(bounds, pose);
