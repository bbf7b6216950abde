/** Flat outlines with a thickness: stars, hearts, keys, letters. */
import { cos } from '../../tensor/portable-math.ts';
import type { Mesh } from '../mesh.ts';
import { CREASE_ANGLE } from './lathe.ts';
import { addBand, addVertices, emptySketch, finishSketch, type Sketch, type Vertex } from './sketch.ts';

type Point = readonly [x: number, y: number];

/** How to give an outline a thickness. */
export interface ExtrudeOptions {
  /** How far the edges of top and bottom are cut off; they are then shaded as round. 0 by default */
  readonly bevel?: number;
  /** Corners of the outline blunter than this look round, radians; CREASE_ANGLE by default */
  readonly smoothAngle?: number;
}

/**
 * A prism over an outline in x and y, from z = 0 up to its height. The outline is a polygon that does not cross itself, in either
 * direction. Texture coordinates: on top and bottom once over the outline's bounds as seen from above, on the sides once around.
 * Throws when the polygon cannot be cut into triangles, since it crosses itself or has no area.
 */
export function extrudeMesh(outline: readonly Point[], height: number, options: ExtrudeOptions = {}): Mesh {
  const { bevel = 0, smoothAngle = CREASE_ANGLE } = options;
  const points = signedArea(outline) > 0 ? outline : outline.toReversed();
  const inner = bevel > 0 ? inset(points, bevel) : points;
  const sketch = emptySketch();
  addSides(sketch, points, inner, height, bevel, cos(smoothAngle));
  const triangles = triangulate(inner);
  addCap(sketch, inner, height, 1, triangles);
  addCap(sketch, inner, 0, -1, triangles);
  return finishSketch(sketch);
}

/** Twice the area, above 0 for counter-clockwise. */
const signedArea = (points: readonly Point[]): number =>
  points.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = points[(i + 1) % points.length] as Point;
    return sum + x * nextY - y * nextX;
  }, 0);

/** Outward normals of the edges from each point to the next. */
const edgeNormals = (points: readonly Point[]): Point[] =>
  points.map(([x, y], i) => {
    const [nextX, nextY] = points[(i + 1) % points.length] as Point;
    return unit2(nextY - y, x - nextX);
  });

function unit2(x: number, y: number): Point {
  const length = Math.sqrt(x * x + y * y);
  return [x / length, y / length];
}

/** Every edge moved inwards by a distance; at sharp corners no farther than three times that. */
function inset(points: readonly Point[], distance: number): Point[] {
  const normals = edgeNormals(points);
  return points.map(([x, y], i) => {
    const [before, after] = [normals.at(i - 1) as Point, normals[i] as Point];
    const middle: Point = [before[0] + after[0], before[1] + after[1]];
    const cosine = 1 + before[0] * after[0] + before[1] * after[1];
    const by = distance / Math.max(cosine, 1 / 3);
    return [x - middle[0] * by, y - middle[1] * by];
  });
}

/** The wall around, and the bevels above and below it. */
function addSides(
  sketch: Sketch,
  points: readonly Point[],
  inner: readonly Point[],
  height: number,
  bevel: number,
  bluntest: number,
): void {
  const normals = edgeNormals(points);
  const n = points.length;
  /** The normal of edge `i` at a corner, where the other edge there is `other` */
  const shade = (i: number, other: number): Point => {
    const [a, b] = [normals[i] as Point, normals[other] as Point];
    return a[0] * b[0] + a[1] * b[1] > bluntest ? unit2(a[0] + b[0], a[1] + b[1]) : a;
  };
  for (let i = 0; i < n; i++) {
    const next = (i + 1) % n;
    const corners = [
      { at: i, normal: shade(i, (i + n - 1) % n), u: i / n },
      { at: next, normal: shade(i, next), u: (i + 1) / n },
    ];
    const row = (z: number): Vertex[] =>
      corners.map(({ at, normal: [nx, ny], u }) => ({
        position: [(points[at] as Point)[0], (points[at] as Point)[1], z],
        normal: [nx, ny, 0],
        uv: [u, 1 - z / height],
      }));
    const innerRow = (z: number, up: 1 | -1): Vertex[] =>
      corners.map(({ at, u }) => ({
        position: [(inner[at] as Point)[0], (inner[at] as Point)[1], z],
        normal: [0, 0, up],
        uv: [u, 1 - z / height],
      }));
    addBand(sketch, row(bevel), row(height - bevel));
    if (bevel === 0) continue;
    addBand(sketch, innerRow(0, -1), row(bevel));
    addBand(sketch, row(height - bevel), innerRow(height, 1));
  }
}

function addCap(
  sketch: Sketch,
  points: readonly Point[],
  z: number,
  up: 1 | -1,
  triangles: readonly (readonly [number, number, number])[],
): void {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, bottom] = [Math.min(...xs), Math.min(...ys)];
  const [width, depth] = [Math.max(...xs) - left, Math.max(...ys) - bottom];
  const first = addVertices(
    sketch,
    points.map(([x, y]) => ({ position: [x, y, z], normal: [0, 0, up], uv: [(x - left) / width, 1 - (y - bottom) / depth] })),
  );
  for (const [a, b, c] of triangles) {
    if (up > 0) sketch.indices.push(first + a, first + b, first + c);
    else sketch.indices.push(first + c, first + b, first + a);
  }
}

/** Ear clipping (Meisters 1975): cuts off one corner after the other that has no other one in its triangle. */
function triangulate(points: readonly Point[]): (readonly [number, number, number])[] {
  const rest = points.map((_, i) => i);
  const triangles: (readonly [number, number, number])[] = [];
  const crossed = (): Error =>
    new Error(`extrudeMesh: an outline of ${points.length} points cannot be cut into triangles: it crosses itself`);
  while (rest.length > 3) {
    const ear = rest.findIndex((_, i) => isEar(points, rest, i));
    if (ear < 0) throw crossed();
    triangles.push(cornerOf(rest, ear));
    rest.splice(ear, 1);
  }
  const last = cornerOf(rest, 1);
  if (!(turnAt(points, last) >= 0)) throw crossed();
  return [...triangles, last];
}

/** Corner `i` of what is left, between its neighbours. */
const cornerOf = (rest: readonly number[], i: number): readonly [number, number, number] => [
  rest.at(i - 1) as number,
  rest[i] as number,
  rest[(i + 1) % rest.length] as number,
];

function isEar(points: readonly Point[], rest: readonly number[], i: number): boolean {
  const [a, b, c] = cornerOf(rest, i);
  const outside = (p: number): boolean => turnAt(points, [a, b, p]) < 0 || turnAt(points, [b, c, p]) < 0 || turnAt(points, [c, a, p]) < 0;
  return turnAt(points, [a, b, c]) > 0 && rest.every((p) => p === a || p === b || p === c || outside(p));
}

/** Above 0 when the way over three points turns left: twice the area of their triangle. */
const turnAt = (points: readonly Point[], corner: readonly [number, number, number]): number =>
  signedArea(corner.map((i) => points[i] as Point));
