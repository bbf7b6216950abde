/** Where the points of a mesh are in a picture: the corners of its triangles, on a grid of 1/256 of a pixel. */
import { rowOf } from './lens.ts';
import type { Surface } from './surface.ts';

/** Corners are rounded to one over two to the power of this, in pixels. */
export const GRID_BITS = 8;
const GRID = 2 ** GRID_BITS;

/** Pixels: corners farther out than this are taken to be here, so that whole numbers of 32 bits hold them. */
const FAR_OUT = 2 ** 21;

/** Corners of triangles. Memory of the renderer's: each mesh is written over the one before. */
export interface Corners {
  /** f64[N, 2]: x and y in pixels */
  readonly places: Float64Array;
  /** f64[N]: how near they are (see `lens.ts`) */
  readonly nearness: Float64Array;
  /** i32[N, 2]: x and y, rounded, in steps of the grid */
  readonly grid: Int32Array;
  /** i32[N]: row (upper 16 bits) and column of the first pixel whose middle is not before the corner, 0 … height and 0 … width */
  readonly cells: Int32Array;
  /** u32[N]: triangles that may cover the middle of a pixel */
  readonly selected: Uint32Array;
}

/** Room for the corners of a mesh and for those of its cut triangles. */
export function createCorners(points: number, triangles: number): Corners {
  const count = points + 2 * triangles;
  return {
    places: new Float64Array(2 * count),
    nearness: new Float64Array(count),
    grid: new Int32Array(2 * count),
    cells: new Int32Array(count),
    selected: new Uint32Array(count),
  };
}

/** Places a mesh's points in a camera's picture. What is not in front of the camera has a nearness that is not above 0, or infinite. */
export function placeInCamera(lens: Float64Array, { points }: Surface, width: number, height: number, corners: Corners): void {
  const { places, nearness } = corners;
  const [x0, x1, x2, x3] = rowOf(lens, 0);
  const [y0, y1, y2, y3] = rowOf(lens, 4);
  const [z0, z1, z2, z3] = rowOf(lens, 8);
  const count = points.length / 3;
  for (let i = 0; i < count; i++) {
    const px = points[3 * i] as number;
    const py = points[3 * i + 1] as number;
    const pz = points[3 * i + 2] as number;
    const near = 1 / (z0 * px + z1 * py + z2 * pz + z3);
    places[2 * i] = (x0 * px + x1 * py + x2 * pz + x3) * near;
    places[2 * i + 1] = (y0 * px + y1 * py + y2 * pz + y3) * near;
    nearness[i] = near;
  }
  toGrid(corners, 0, count, width, height);
}

/** Places a mesh's points in a light's map. */
export function placeInLight(lens: Float64Array, { points }: Surface, size: number, corners: Corners): void {
  const { places, nearness } = corners;
  const [x0, x1, x2, x3] = rowOf(lens, 0);
  const [y0, y1, y2, y3] = rowOf(lens, 4);
  const [z0, z1, z2, z3] = rowOf(lens, 8);
  const count = points.length / 3;
  for (let i = 0; i < count; i++) {
    const px = points[3 * i] as number;
    const py = points[3 * i + 1] as number;
    const pz = points[3 * i + 2] as number;
    places[2 * i] = x0 * px + x1 * py + x2 * pz + x3;
    places[2 * i + 1] = y0 * px + y1 * py + y2 * pz + y3;
    nearness[i] = z0 * px + z1 * py + z2 * pz + z3;
  }
  toGrid(corners, 0, count, size, size);
}

/** Rounds corners `from` … `to` − 1, of which `places` are known, and finds their cells. */
export function toGrid({ places, grid, cells }: Corners, from: number, to: number, width: number, height: number): void {
  for (let i = from; i < to; i++) {
    const x = rounded(places[2 * i] as number);
    const y = rounded(places[2 * i + 1] as number);
    grid[2 * i] = x;
    grid[2 * i + 1] = y;
    cells[i] = (firstAfter(y, height) << 16) | firstAfter(x, width);
  }
}

const rounded = (x: number): number => (x > -FAR_OUT ? (x < FAR_OUT ? Math.floor(x * GRID + 0.5) | 0 : FAR_OUT * GRID) : -FAR_OUT * GRID);

/** Which of `count` pixels is the first whose middle is at or after a place on the grid; `count` if none is. */
function firstAfter(place: number, count: number): number {
  const pixel = (place + GRID / 2 - 1) >> GRID_BITS;
  return pixel > 0 ? (pixel < count ? pixel : count) : 0;
}
