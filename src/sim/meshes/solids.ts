/** Plain solids, centred at the origin unless said otherwise. */
import type { Vec3 } from '../../robot/vectors.ts';
import { cos, sin } from '../../tensor/portable-math.ts';
import type { Mesh } from '../mesh.ts';
import { transformMesh } from './edit.ts';
import { type LatheOptions, latheMesh, type Profile } from './lathe.ts';
import { addQuad, addTriangle, addVertices, emptySketch, finishSketch } from './sketch.ts';

/** The axes in which a face lies, so that first × second looks outwards, for each axis that it is across. */
const ACROSS = [
  [1, 2],
  [2, 0],
  [0, 1],
] as const;

/**
 * A box with these half sides. With a bevel its edges are cut off, so much from each face, and shaded as round. The texture is on
 * each face once, upright on the four sides.
 */
export function boxMesh(half: Vec3, { bevel = 0 }: { readonly bevel?: number } = {}): Mesh {
  const sketch = emptySketch();
  /** The vertex of the face across an axis that is at a corner: corners are numbered by the bits of their signs. */
  const vertexAt = new Map<string, number>();
  const key = (axis: number, corner: number): string => `${axis}/${corner}`;
  for (const axis of [0, 1, 2] as const) {
    for (const side of [-1, 1] as const) {
      const corners = faceCorners(axis, side);
      const vertices = corners.map((corner) => {
        const signs = signsOf(corner);
        const position = half.map((h, i) => (signs[i] as number) * (i === axis ? h : h - bevel)) as unknown as Vec3;
        const normal = [0, 1, 2].map((i) => (i === axis ? side : 0)) as unknown as Vec3;
        return { position, normal, uv: faceUv(axis, side, signs) };
      });
      const first = addVertices(sketch, vertices);
      for (const [i, corner] of corners.entries()) vertexAt.set(key(axis, corner), first + i);
      addQuad(sketch, first, first + 1, first + 2, first + 3);
    }
  }
  if (bevel > 0) addBevel(sketch, (axis, corner) => vertexAt.get(key(axis, corner)) as number);
  return finishSketch(sketch);
}

const signsOf = (corner: number): Vec3 => [corner & 1 ? 1 : -1, corner & 2 ? 1 : -1, corner & 4 ? 1 : -1];

/** The four corners of a face, counter-clockwise seen from outside. */
function faceCorners(axis: 0 | 1 | 2, side: -1 | 1): number[] {
  const [a, b] = ACROSS[axis];
  const base = side > 0 ? 1 << axis : 0;
  const around = [base, base | (1 << a), base | (1 << a) | (1 << b), base | (1 << b)];
  return side > 0 ? around : around.reverse();
}

/** Sides have the picture upright as seen from outside; top and bottom as seen from above, x to the right. */
function faceUv(axis: number, side: number, [x, y, z]: Vec3): [number, number] {
  const [right, up] = axis === 0 ? [y * side, z] : axis === 1 ? [-x * side, z] : [x, y];
  return [(1 + right) / 2, (1 - up) / 2];
}

/** Quadrilaterals along the twelve edges and triangles at the eight corners, between vertices of the faces. */
function addBevel(sketch: ReturnType<typeof emptySketch>, vertex: (axis: number, corner: number) => number): void {
  for (const axis of [0, 1, 2] as const) {
    const [a, b] = ACROSS[axis];
    for (const [onA, onB] of [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ] as const) {
      const low = (onA << a) | (onB << b);
      const high = low | (1 << axis);
      const quad = [vertex(a, low), vertex(b, low), vertex(b, high), vertex(a, high)] as const;
      if (onA === onB) addQuad(sketch, ...quad);
      else addQuad(sketch, quad[3], quad[2], quad[1], quad[0]);
    }
  }
  for (let corner = 0; corner < 8; corner++) {
    const [x, y, z] = signsOf(corner);
    const around = [vertex(0, corner), vertex(1, corner), vertex(2, corner)] as const;
    if (x * y * z > 0) addTriangle(sketch, ...around);
    else addTriangle(sketch, around[2], around[1], around[0]);
  }
}

/** Points of an arc about (0, z) from one angle above the horizontal to another, radians. */
export const arcProfile = (radius: number, z: number, from: number, to: number, steps: number): [number, number][] =>
  Array.from({ length: steps + 1 }, (_, i) => {
    const angle = from + ((to - from) * i) / steps;
    // On the axis exactly: a rounding error there would be a hole.
    const r = Math.abs(Math.abs(angle) - Math.PI / 2) < 1e-9 ? 0 : radius * cos(angle);
    return [r, z + radius * sin(angle)];
  });

/** A ball; `segments` around it, half as many from pole to pole. Its poles are on the z axis. */
export const sphereMesh = (radius: number, segments = 16): Mesh =>
  latheMesh(arcProfile(radius, 0, -Math.PI / 2, Math.PI / 2, Math.ceil(segments / 2)), { segments, smoothAngle: Math.PI });

/** An ellipsoid with these half axes. */
export const ellipsoidMesh = (halfAxes: Vec3, segments = 16): Mesh => transformMesh(sphereMesh(1, segments), {}, halfAxes);

/** A cylinder along z. Without caps it is open at both ends. */
export function cylinderMesh(
  radius: number,
  halfLength: number,
  { capped = true, ...options }: LatheOptions & { readonly capped?: boolean } = {},
): Mesh {
  const side: Profile = [
    [radius, -halfLength],
    [radius, halfLength],
  ];
  return latheMesh(capped ? [[0, -halfLength], ...side, [0, halfLength]] : side, options);
}

/** A cylinder along z with half balls at its ends; the half length is the cylinder's. */
export function capsuleMesh(radius: number, halfLength: number, segments = 12): Mesh {
  const steps = Math.ceil(segments / 4);
  const lower = arcProfile(radius, -halfLength, -Math.PI / 2, 0, steps);
  const upper = arcProfile(radius, halfLength, 0, Math.PI / 2, steps);
  return latheMesh([...lower, ...upper], { segments, smoothAngle: Math.PI });
}

/** A cone from z = 0 up to its tip, or to a flat top with a radius of its own. */
export function coneMesh(radius: number, height: number, { top = 0, ...options }: LatheOptions & { readonly top?: number } = {}): Mesh {
  const upper: Profile =
    top > 0
      ? [
          [top, height],
          [0, height],
        ]
      : [[0, height]];
  return latheMesh([[0, 0], [radius, 0], ...upper], options);
}

/** A ring about the z axis: `radius` to the middle of the tube, which has the radius `thickness`. */
export function torusMesh(radius: number, thickness: number, { segments = 16, sides = 8 } = {}): Mesh {
  const profile = Array.from({ length: sides }, (_, i): [number, number] => {
    const angle = (2 * Math.PI * i) / sides;
    return [radius + thickness * cos(angle), thickness * sin(angle)];
  });
  return latheMesh(profile, { segments, closed: true, smoothAngle: Math.PI });
}

/** A rectangle in z = 0 that is seen from above. The texture repeats so many times along x and y. */
export function planeMesh(halfX: number, halfY: number, [u, v]: readonly [number, number] = [1, 1]): Mesh {
  const sketch = emptySketch();
  const corner = (x: -1 | 1, y: -1 | 1) => ({
    position: [x * halfX, y * halfY, 0] as const,
    normal: [0, 0, 1] as const,
    uv: [(u * (1 + x)) / 2, (v * (1 - y)) / 2] as const,
  });
  const first = addVertices(sketch, [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)]);
  addQuad(sketch, first, first + 1, first + 2, first + 3);
  return finishSketch(sketch);
}
