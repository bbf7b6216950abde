/**
 * Objects on the drawing board: in millimetres and grams, as one would design them, and the helpers to do so. `finishDraft` makes
 * models of them. Frames are the model's: the origin in the middle of the foot, z up; x to the right and −y to the front of what has
 * a front.
 */
import { type Mat3, matrixFromEuler, quaternionFromMatrix } from '../../robot/rotation.ts';
import type { Vec3 } from '../../robot/vectors.ts';
import { cos, sin } from '../../tensor/portable-math.ts';
import type { Material, Rgb } from '../material.ts';
import type { Mesh } from '../mesh.ts';
import { smoothCurve } from '../meshes/curve.ts';
import { mergeMeshes, transformMesh } from '../meshes/edit.ts';
import type { Look, NaturalLook } from './look.ts';
import type { Grasp, Place, Shape, Visual } from './model.ts';

/** An object in millimetres and grams. */
export interface Draft {
  readonly visuals: readonly Visual[];
  readonly shapes: readonly Shape[];
  readonly grams: number;
  /** Grasps, but for the width, which is measured; best first */
  readonly grips: readonly Grip[];
  readonly places?: readonly Place[];
  readonly friction?: readonly [number, number, number];
}

/** A grasp whose width is yet to be measured. */
export type Grip = Omit<Grasp, 'width'>;

/** A number between two bounds, another one for each object and call, but always the same for the same object. */
export type Vary = (low: number, high: number) => number;

/** A kind of thing: how one of it looks and feels, given the look of its main surface. */
export type Kind = (look: Look, vary: Vary) => Draft;

/** A kind and the objects of it that there are, as their adjectives ('' for none): each is called by these and the noun. */
export interface KindEntry extends NaturalLook {
  readonly noun: string;
  readonly make: Kind;
  readonly training?: readonly string[];
  readonly unseen?: readonly string[];
}

/** A point of a profile: how far from the axis, how high. */
export const rz = (r: number, z: number): [number, number] => [r, z];
/** A point of an outline. */
export const xy = (x: number, y: number): [number, number] => [x, y];
/** A point of a path. */
export const xyz = (x: number, y: number, z: number): Vec3 => [x, y, z];

/** The profile of something smooth on a flat foot: from the axis to the foot's edge, the first point, and on through the others. */
export const standingCurve = (points: readonly [number, number][]): [number, number][] => [[0, 0], ...smoothCurve(points)];

const degrees = (angle: number): number => (angle * Math.PI) / 180;

/** A turn about x, then y, then z, in degrees. */
const turn = (x: number, y: number, z: number): Mat3 => matrixFromEuler([degrees(x), degrees(y), degrees(z)]);

/** Meshes in one colour or material. */
export const paint = (surface: Rgb | Material, ...meshes: readonly Mesh[]): Visual => ({
  mesh: meshes.length === 1 ? (meshes[0] as Mesh) : mergeMeshes(meshes),
  material: 'color' in surface ? surface : { color: surface },
});

/** A mesh moved, and before that scaled and turned (about x, then y, then z, in degrees). */
export const moved = (mesh: Mesh, position: Vec3, angles: Vec3 = [0, 0, 0], scale: number | Vec3 = 1): Mesh =>
  transformMesh(mesh, { position, rotation: turn(...angles) }, scale);

/** A mesh turned about the z axis, degrees. */
export const spun = (mesh: Mesh, angle: number): Mesh => moved(mesh, [0, 0, 0], [0, 0, angle]);

/** So many copies of a mesh, evenly about the z axis, the first one turned by an angle in degrees. */
export const ringOf = (mesh: Mesh, count: number, first = 0): Mesh[] =>
  Array.from({ length: count }, (_, i) => spun(mesh, first + (360 * i) / count));

/** A shape elsewhere: turned (about x, then y, then z, in degrees) and put there. */
const placed = (type: Shape['type'], size: readonly number[], position: Vec3, angles?: Vec3): Shape => ({
  type,
  size,
  position,
  ...(angles && { quaternion: quaternionFromMatrix(turn(...angles)) }),
});

/** A box with these half sides about a point. */
export const boxShape = (half: Vec3, position: Vec3, angles?: Vec3): Shape => placed('box', half, position, angles);
/** An ellipsoid with these half axes about a point. */
export const ellipsoidShape = (half: Vec3, position: Vec3, angles?: Vec3): Shape => placed('ellipsoid', half, position, angles);
/** A ball about a point. */
export const sphereShape = (radius: number, position: Vec3): Shape => placed('sphere', [radius], position);
/** A capsule about a point, along z before it is turned; the half length is without the round ends. */
export const capsuleShape = (radius: number, half: number, position: Vec3, angles?: Vec3): Shape =>
  placed('capsule', [radius, half], position, angles);
/** An upright cylinder from one height to another. */
export const cylinderShape = (radius: number, bottom: number, top: number, [x, y]: readonly [number, number] = [0, 0]): Shape =>
  placed('cylinder', [radius, (top - bottom) / 2], [x, y, (top + bottom) / 2]);
/** A flat foot under something round, so that it stands still. */
export const foot = (half: readonly [number, number], [x, y]: readonly [number, number] = [0, 0], height = 4): Shape =>
  boxShape([half[0], half[1], height / 2], [x, y, height / 2]);

/** Fingers reach this far beyond the middle of the pads, and stay this far above the table. */
const REACH = 10;
const CLEARANCE = 2;

/** How deep a grip from above is below the top, at most: pads then hold some 22 mm. */
const DEPTH = 12;

/** Where to grip from above. */
export interface FromAbove {
  /** Where the object ends there, mm above the table */
  readonly top: number;
  /** How far below the top the middle of the pads is; DEPTH by default */
  readonly depth?: number;
  readonly x?: number;
  readonly y?: number;
  /** The direction in which the fingers close, degrees from x towards y; 90 (along y) by default */
  readonly closing?: number;
  readonly part?: string;
  readonly aroundZ?: boolean;
}

/** Grips from above, one for each of the two ways to turn the hand; just one where any turn is as good. */
export function fromAbove({ top, depth = DEPTH, x = 0, y = 0, closing = 90, part = 'body', aroundZ = false }: FromAbove): Grip[] {
  const position: Vec3 = [x, y, Math.max(top - depth, REACH + CLEARANCE)];
  const ways = aroundZ ? [closing] : [closing, closing + 180];
  return ways.map((angle) => {
    const [c, s] = [cos(degrees(angle)), sin(degrees(angle))];
    // Columns: x across, y closing, z down
    const rotation: Mat3 = [-s, c, 0, c, s, 0, 0, 0, -1];
    return { pose: { position, rotation }, part, ...(aroundZ && { aroundZ }) };
  });
}

/** Horizontal grips of something upright, at a height, from the front (−y) unless another direction is given in degrees. */
export function fromSide({
  z,
  from = -90,
  part = 'body',
  aroundZ = true,
}: {
  z: number;
  from?: number;
  part?: string;
  aroundZ?: boolean;
}): Grip[] {
  const [c, s] = [cos(degrees(from)), sin(degrees(from))];
  return [1, -1].map((sign) => {
    // Columns: x up or down, y closing (across the approach), z towards the axis
    const rotation: Mat3 = [0, -s * sign, -c, 0, c * sign, -s, sign, 0, 0];
    return { pose: { position: [0, 0, z], rotation }, part, ...(aroundZ && { aroundZ }) };
  });
}
