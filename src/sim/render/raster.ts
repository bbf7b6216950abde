/**
 * Triangles to pixels: which triangle is nearest at the middle of each pixel. The same for a camera and for the light's shadow map.
 *
 * Corners are rounded to 1/256 of a pixel, so that edge functions are exact in f64 (within 10⁵ pixels), and a pixel's middle on an edge
 * belongs to the triangle of which it is the left or top edge: triangles side by side leave no pixel out and cover none twice.
 * Nearness is no subject of that rounding: it comes from the triangle's plane (see `lens.ts`).
 */
import { H0, HW, HX, HY } from './lens.ts';
import type { Surface } from './surface.ts';

/** What has been drawn. */
export interface Layer {
  readonly width: number;
  readonly height: number;
  /** f32[height, width]: how near the nearest triangle is; 0 where nothing is. See `lens.ts`. */
  readonly nearness: Float32Array;
  /** i32[height, width]: which instance (12 bits) and which of its triangles (20 bits) that is; NOTHING where nothing is */
  readonly tags: Int32Array;
}

/** The tag of pixels without a triangle */
export const NOTHING = -1;
/** A tag is `instance << INSTANCE_SHIFT | triangle`. */
export const INSTANCE_SHIFT = 20;
/** The largest number of instances of a scene, and of triangles of a mesh */
export const MOST_INSTANCES = 2 ** 12 - 1;
export const MOST_TRIANGLES = 2 ** INSTANCE_SHIFT;

/** Corners of triangles in a picture, and which triangles to fill. */
export interface Corners {
  /** i32[N, 2]: x and y in 1/256 pixels */
  readonly grid: Int32Array;
  /** f64[N]: see `Layer` */
  readonly nearness: Float64Array;
  /** i32[N]: row (upper 16 bits) and column of the first pixel whose middle is not before the corner, 0 … height and 0 … width */
  readonly cells: Int32Array;
  /** u32[N]: triangles that may cover the middle of a pixel */
  readonly selected: Uint32Array;
  /** f64[N, 2]: x and y in pixels, before they are rounded */
  readonly places: Float64Array;
}

/** Room for corners. */
export const createCorners = (count: number): Corners => ({
  places: new Float64Array(2 * count),
  nearness: new Float64Array(count),
  grid: new Int32Array(2 * count),
  cells: new Int32Array(count),
  selected: new Uint32Array(count),
});

/** A layer with nothing on it. */
export function createLayer(width: number, height: number): Layer {
  const pixels = width * height;
  return { width, height, nearness: new Float32Array(pixels), tags: new Int32Array(pixels).fill(NOTHING) };
}

/** Takes everything off a layer. */
export function clearLayer({ nearness, tags }: Layer): void {
  nearness.fill(0);
  tags.fill(NOTHING);
}

/** Corners are rounded to one over two to the power of this. */
const GRID_BITS = 8;
const GRID = 2 ** GRID_BITS;
const HALF = GRID / 2;

/** Pixels: corners farther out than this are taken to be here. */
const FAR_OUT = 2 ** 21;

/** Of two triangles as near as this factor, the one drawn first stays: faces that lie in each other do not mix. */
const TIE = 1 + 2 ** -20;

/** Places a mesh's vertices in a camera's picture. What is not in front of the camera has a nearness that is not above 0, or infinite. */
export function placeInCamera(lens: Float64Array, { mesh, vertices }: Surface, layer: Layer, corners: Corners): void {
  const { places, nearness } = corners;
  const { positions } = mesh;
  const [x0, x1, x2, x3] = rowOf(lens, 0);
  const [y0, y1, y2, y3] = rowOf(lens, 4);
  const [z0, z1, z2, z3] = rowOf(lens, 8);
  for (let v = 0; v < vertices; v++) {
    const px = positions[3 * v] as number;
    const py = positions[3 * v + 1] as number;
    const pz = positions[3 * v + 2] as number;
    const q = 1 / (z0 * px + z1 * py + z2 * pz + z3);
    places[2 * v] = (x0 * px + x1 * py + x2 * pz + x3) * q;
    places[2 * v + 1] = (y0 * px + y1 * py + y2 * pz + y3) * q;
    nearness[v] = q;
  }
  settle(corners, 0, vertices, layer);
}

const rowOf = (lens: Float64Array, at: number): readonly [number, number, number, number] => [
  lens[at] as number,
  lens[at + 1] as number,
  lens[at + 2] as number,
  lens[at + 3] as number,
];

/** Places a mesh's vertices in a light's map. */
export function placeInLight(lens: Float64Array, { mesh, vertices }: Surface, layer: Layer, corners: Corners): void {
  const { places, nearness } = corners;
  const { positions } = mesh;
  const [x0, x1, x2, x3] = rowOf(lens, 0);
  const [y0, y1, y2, y3] = rowOf(lens, 4);
  const [z0, z1, z2, z3] = rowOf(lens, 8);
  for (let v = 0; v < vertices; v++) {
    const px = positions[3 * v] as number;
    const py = positions[3 * v + 1] as number;
    const pz = positions[3 * v + 2] as number;
    places[2 * v] = x0 * px + x1 * py + x2 * pz + x3;
    places[2 * v + 1] = y0 * px + y1 * py + y2 * pz + y3;
    nearness[v] = z0 * px + z1 * py + z2 * pz + z3;
  }
  settle(corners, 0, vertices, layer);
}

/** Rounds corners `from` … `to` − 1 to the grid and finds their cells. */
export function settle({ places, grid, cells }: Corners, from: number, to: number, { width, height }: Layer): void {
  for (let v = from; v < to; v++) {
    const x = gridOf(places[2 * v] as number);
    const y = gridOf(places[2 * v + 1] as number);
    grid[2 * v] = x;
    grid[2 * v + 1] = y;
    const column = clamp((x + HALF - 1) >> GRID_BITS, width);
    const row = clamp((y + HALF - 1) >> GRID_BITS, height);
    cells[v] = (row << 16) | column;
  }
}

const gridOf = (x: number): number => (x > -FAR_OUT ? (x < FAR_OUT ? Math.floor(x * GRID + 0.5) | 0 : FAR_OUT * GRID) : -FAR_OUT * GRID);

const clamp = (n: number, most: number): number => (n > 0 ? (n < most ? n : most) : 0);

/** Triangles of a mesh, some of them cut: corners i32[count, 3], and of which triangle of the mesh each is a part. */
export interface Pieces {
  readonly count: number;
  readonly indices: Uint32Array;
  readonly faces: Uint32Array;
}

/** Draws a mesh whose corners have been placed, or pieces of it. Triangles that are seen from behind are left out. */
export function drawTriangles(
  layer: Layer,
  lens: Float64Array,
  surface: Surface,
  corners: Corners,
  instance: number,
  pieces: Pieces | undefined,
): void {
  const indices = pieces ? pieces.indices : surface.mesh.indices;
  const faces = pieces ? pieces.faces : undefined;
  const count = select(lens, surface.planes, corners, indices, faces, pieces ? pieces.count : surface.triangles);
  for (let s = 0; s < count; s++) {
    const t = corners.selected[s] as number;
    const face = faces ? (faces[t] as number) : t;
    fill(layer, lens, surface.planes, corners, indices, 3 * t, 4 * face, (instance << INSTANCE_SHIFT) | face);
  }
}

function select(lens: Float64Array, planes: Float64Array, corners: Corners, indices: Uint32Array, faces: Uint32Array | undefined, count: number): number {
  const { cells, selected } = corners;
  const wx = lens[HW] as number;
  const wy = lens[HW + 1] as number;
  const wz = lens[HW + 2] as number;
  const ww = lens[HW + 3] as number;
  let found = 0;
  for (let t = 0; t < count; t++) {
    const plane = 4 * (faces ? (faces[t] as number) : t);
    const facing =
      (planes[plane] as number) * wx +
      (planes[plane + 1] as number) * wy +
      (planes[plane + 2] as number) * wz +
      (planes[plane + 3] as number) * ww;
    if (!(facing > 0)) continue;
    const cell = cells[indices[3 * t] as number] as number;
    const spread = (cell ^ (cells[indices[3 * t + 1] as number] as number)) | (cell ^ (cells[indices[3 * t + 2] as number] as number));
    if ((spread & 0xffff) !== 0 && spread >>> 16 !== 0) selected[found++] = t;
  }
  return found;
}

/** The smaller and the larger of two whole numbers below 2³⁰: without a branch, which would be taken at random. */
const lesser = (a: number, b: number): number => b + ((a - b) & ((a - b) >> 31));
const greater = (a: number, b: number): number => a - ((a - b) & ((a - b) >> 31));

function fill(layer: Layer, lens: Float64Array, planes: Float64Array, corners: Corners, indices: Uint32Array, i: number, p: number, tag: number): void {
    const { width, nearness, tags } = layer;
    const { grid, cells } = corners;
    // Counter-clockwise from outside, but y points down in a picture: taken the other way round
    const a = indices[i] as number;
    const b = indices[i + 2] as number;
    const c = indices[i + 1] as number;
    const cellA = cells[a] as number;
    const cellB = cells[b] as number;
    const cellC = cells[c] as number;
    const left = lesser(lesser(cellA & 0xffff, cellB & 0xffff), cellC & 0xffff);
    const right = greater(greater(cellA & 0xffff, cellB & 0xffff), cellC & 0xffff);
    const top = lesser(lesser(cellA >>> 16, cellB >>> 16), cellC >>> 16);
    const bottom = greater(greater(cellA >>> 16, cellB >>> 16), cellC >>> 16);
    const ax = grid[2 * a] as number;
    const ay = grid[2 * a + 1] as number;
    const bx = grid[2 * b] as number;
    const by = grid[2 * b + 1] as number;
    const cx = grid[2 * c] as number;
    const cy = grid[2 * c + 1] as number;

    const stepAB = (ay - by) | 0;
    const downAB = (bx - ax) | 0;
    const stepBC = (by - cy) | 0;
    const downBC = (cx - bx) | 0;
    const stepCA = (cy - ay) | 0;
    const downCA = (ax - cx) | 0;

    const small = ((Math.abs(stepAB) | Math.abs(downAB) | Math.abs(stepBC) | Math.abs(downBC)) >>> 13) === 0;
    if (small) {
      const x = (left << 8) + 128;
      const y = (top << 8) + 128;
      let edgeAB = (Math.imul(downAB, y - ay) + Math.imul(stepAB, x - ax) + (((stepAB << 14) + downAB - 1) >> 31)) | 0;
      let edgeBC = (Math.imul(downBC, y - by) + Math.imul(stepBC, x - bx) + (((stepBC << 14) + downBC - 1) >> 31)) | 0;
      let edgeCA = (Math.imul(downCA, y - cy) + Math.imul(stepCA, x - cx) + (((stepCA << 14) + downCA - 1) >> 31)) | 0;
      if (right - left === 1 && bottom - top === 1) {
        if ((edgeAB | edgeBC | edgeCA) < 0) return;
        slope(lens, planes, corners, p, a, b, c);
        const q = plane[0]! + plane[2]! * (top + 0.5) + plane[1]! * (left + 0.5);
        const near = q < plane[3]! ? plane[3]! : q > plane[4]! ? plane[4]! : q;
        const k = top * width + left;
        if (near > (nearness[k] as number) * TIE) {
          nearness[k] = near;
          tags[k] = tag;
        }
        return;
      }
      slope(lens, planes, corners, p, a, b, c);
      const q0 = plane[0] as number;
      const qx = plane[1] as number;
      const qy = plane[2] as number;
      const low = plane[3] as number;
      const high = plane[4] as number;
      for (let row = top; row < bottom; row++) {
        let e0 = edgeAB;
        let e1 = edgeBC;
        let e2 = edgeCA;
        let q = q0 + qy * (row + 0.5) + qx * (left + 0.5);
        const end = row * width + right;
        for (let k = row * width + left; k < end; k++) {
          if ((e0 | e1 | e2) >= 0) {
            const near = q < low ? low : q > high ? high : q;
            if (near > (nearness[k] as number) * TIE) {
              nearness[k] = near;
              tags[k] = tag;
            }
          }
          q += qx;
          e0 = (e0 + (stepAB << 8)) | 0;
          e1 = (e1 + (stepBC << 8)) | 0;
          e2 = (e2 + (stepCA << 8)) | 0;
        }
        edgeAB = (edgeAB + (downAB << 8)) | 0;
        edgeBC = (edgeBC + (downBC << 8)) | 0;
        edgeCA = (edgeCA + (downCA << 8)) | 0;
      }
      return;
    }
      slope(lens, planes, corners, p, a, b, c);
      const q0 = plane[0] as number;
      const qx = plane[1] as number;
      const qy = plane[2] as number;
      const low = plane[3] as number;
      const high = plane[4] as number;

    const y = (top << 8) + 128;
    let edgeAB = downAB * (y - ay) + stepAB * (128 - ax);
    let edgeBC = downBC * (y - by) + stepBC * (128 - bx);
    let edgeCA = downCA * (y - cy) + stepCA * (128 - cx);
    for (let row = top; row < bottom; row++) {
      // Where each edge is crossed; the middle itself belongs to a left edge (step > 0), and not to a right one. Level edges need no
      // test: `top` and `bottom` are theirs.
      let from = left;
      let to = right;
      const crossAB = Math.ceil(-edgeAB / (stepAB * 256));
      if (stepAB >= 0) { if (crossAB > from) from = crossAB < right ? crossAB | 0 : right; }
      else if (crossAB < to) to = crossAB > left ? crossAB | 0 : left;
      const crossBC = Math.ceil(-edgeBC / (stepBC * 256));
      if (stepBC >= 0) { if (crossBC > from) from = crossBC < right ? crossBC | 0 : right; }
      else if (crossBC < to) to = crossBC > left ? crossBC | 0 : left;
      const crossCA = Math.ceil(-edgeCA / (stepCA * 256));
      if (stepCA >= 0) { if (crossCA > from) from = crossCA < right ? crossCA | 0 : right; }
      else if (crossCA < to) to = crossCA > left ? crossCA | 0 : left;
      edgeAB += downAB * 256;
      edgeBC += downBC * 256;
      edgeCA += downCA * 256;
      const end = row * width + to;
      let q = q0 + qy * (row + 0.5) + qx * (from + 0.5);
      for (let k = row * width + from; k < end; k++) {
        // A plane seen almost edge on runs away from the triangle within the rounding of its corners.
        const near = q < low ? low : q > high ? high : q;
        if (near > (nearness[k] as number) * TIE) {
          nearness[k] = near;
          tags[k] = tag;
        }
        q += qx;
      }
    }
}

const plane = new Float64Array(5);

function slope(lens: Float64Array, planes: Float64Array, corners: Corners, p: number, a: number, b: number, c: number): void {
    const nx = planes[p] as number;
    const ny = planes[p + 1] as number;
    const nz = planes[p + 2] as number;
    const nw = planes[p + 3] as number;
    const scale = -1 / (nx * (lens[HW] as number) + ny * (lens[HW + 1] as number) + nz * (lens[HW + 2] as number) + nw * (lens[HW + 3] as number));
    plane[0] = (nx * (lens[H0] as number) + ny * (lens[H0 + 1] as number) + nz * (lens[H0 + 2] as number) + nw * (lens[H0 + 3] as number)) * scale;
    plane[1] = (nx * (lens[HX] as number) + ny * (lens[HX + 1] as number) + nz * (lens[HX + 2] as number)) * scale;
    plane[2] = (nx * (lens[HY] as number) + ny * (lens[HY + 1] as number) + nz * (lens[HY + 2] as number)) * scale;
    const qa = corners.nearness[a] as number;
    const qb = corners.nearness[b] as number;
    const qc = corners.nearness[c] as number;
    plane[3] = qa < qb ? (qa < qc ? qa : qc) : qb < qc ? qb : qc;
    plane[4] = qa > qb ? (qa > qc ? qa : qc) : qb > qc ? qb : qc;
}
