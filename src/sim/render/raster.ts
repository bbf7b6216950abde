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

/** Corners of triangles in a picture. */
export interface Corners {
  /** f64[N, 3]: x and y in whole 1/256 pixels, and nearness */
  readonly places: Float64Array;
  /** i32[N]: row (upper 16 bits) and column of the first pixel whose middle is not before the corner, 0 … height and 0 … width */
  readonly cells: Int32Array;
}

/** Room for corners. */
export const createCorners = (count: number): Corners => ({ places: new Float64Array(3 * count), cells: new Int32Array(count) });

/** A layer with nothing on it; memory for larger ones may be given. */
export function createLayer(width: number, height: number): Layer {
  const pixels = width * height;
  return { width, height, nearness: new Float32Array(pixels), tags: new Int32Array(pixels).fill(NOTHING) };
}

/** Takes everything off a layer. */
export function clearLayer({ nearness, tags }: Layer): void {
  nearness.fill(0);
  tags.fill(NOTHING);
}

/** Corners are rounded to one over this. */
export const GRID = 256;

/** Of two triangles as near as this factor, the one drawn first stays: faces that lie in each other do not mix. */
const TIE = 1 + 2 ** -20;

/** Places a mesh's vertices in a camera's picture. What is not in front of the camera has a nearness that is not above 0, or infinite. */
export function placeInCamera(lens: Float64Array, { mesh, vertices }: Surface, { width, height }: Layer, corners: Corners): void {
  const { positions } = mesh;
  const [x0, x1, x2, x3] = rowOf(lens, 0);
  const [y0, y1, y2, y3] = rowOf(lens, 4);
  const [z0, z1, z2, z3] = rowOf(lens, 8);
  for (let v = 0; v < vertices; v++) {
    const i = 3 * v;
    const px = positions[i] as number;
    const py = positions[i + 1] as number;
    const pz = positions[i + 2] as number;
    const q = 1 / (z0 * px + z1 * py + z2 * pz + z3);
    placeCorner(corners, v, (x0 * px + x1 * py + x2 * pz + x3) * q, (y0 * px + y1 * py + y2 * pz + y3) * q, q, width, height);
  }
}

const rowOf = (lens: Float64Array, at: number): readonly [number, number, number, number] => [
  lens[at] as number,
  lens[at + 1] as number,
  lens[at + 2] as number,
  lens[at + 3] as number,
];

/** Places a mesh's vertices in a light's map. */
export function placeInLight(lens: Float64Array, { mesh, vertices }: Surface, { width, height }: Layer, corners: Corners): void {
  const { positions } = mesh;
  const [x0, x1, x2, x3] = rowOf(lens, 0);
  const [y0, y1, y2, y3] = rowOf(lens, 4);
  const [z0, z1, z2, z3] = rowOf(lens, 8);
  for (let v = 0; v < vertices; v++) {
    const i = 3 * v;
    const px = positions[i] as number;
    const py = positions[i + 1] as number;
    const pz = positions[i + 2] as number;
    const q = z0 * px + z1 * py + z2 * pz + z3;
    placeCorner(corners, v, x0 * px + x1 * py + x2 * pz + x3, y0 * px + y1 * py + y2 * pz + y3, q, width, height);
  }
}

/** Puts a corner at (x, y), in pixels, with its nearness. */
export function placeCorner({ places, cells }: Corners, corner: number, x: number, y: number, q: number, width: number, height: number): void {
  const gridX = Math.floor(x * GRID + 0.5) / GRID;
  const gridY = Math.floor(y * GRID + 0.5) / GRID;
  const column = Math.ceil(gridX - 0.5);
  const row = Math.ceil(gridY - 0.5);
  places[3 * corner] = gridX;
  places[3 * corner + 1] = gridY;
  places[3 * corner + 2] = q;
  cells[corner] =
    ((row > 0 ? (row < height ? row | 0 : height) : 0) << 16) | (column > 0 ? (column < width ? column | 0 : width) : 0);
}

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
  const { width, nearness, tags } = layer;
  const { planes } = surface;
  const { places, cells } = corners;
  const indices = pieces ? pieces.indices : surface.mesh.indices;
  const count = pieces ? pieces.count : surface.triangles;
  const wx = lens[HW] as number;
  const wy = lens[HW + 1] as number;
  const wz = lens[HW + 2] as number;
  const ww = lens[HW + 3] as number;
  for (let t = 0; t < count; t++) {
    const face = pieces ? (pieces.faces[t] as number) : t;
    const nx = planes[4 * face] as number;
    const ny = planes[4 * face + 1] as number;
    const nz = planes[4 * face + 2] as number;
    const nw = planes[4 * face + 3] as number;
    const facing = nx * wx + ny * wy + nz * wz + nw * ww;
    if (!(facing > 0)) continue;
    // Counter-clockwise from outside, but y points down in a picture: taken the other way round
    const a = indices[3 * t] as number;
    const b = indices[3 * t + 2] as number;
    const c = indices[3 * t + 1] as number;
    const cellA = cells[a] as number;
    const cellB = cells[b] as number;
    const cellC = cells[c] as number;
    const spread = (cellA ^ cellB) | (cellA ^ cellC);
    // Most small triangles, and all out of sight, lie between two middles of columns or of rows.
    if ((spread & 0xffff) === 0 || spread >>> 16 === 0) continue;

    const columnA = cellA & 0xffff;
    const columnB = cellB & 0xffff;
    const columnC = cellC & 0xffff;
    const left = columnA < columnB ? (columnA < columnC ? columnA : columnC) : columnB < columnC ? columnB : columnC;
    const right = columnA > columnB ? (columnA > columnC ? columnA : columnC) : columnB > columnC ? columnB : columnC;
    const rowA = cellA >>> 16;
    const rowB = cellB >>> 16;
    const rowC = cellC >>> 16;
    const top = rowA < rowB ? (rowA < rowC ? rowA : rowC) : rowB < rowC ? rowB : rowC;
    const bottom = rowA > rowB ? (rowA > rowC ? rowA : rowC) : rowB > rowC ? rowB : rowC;

    // Edge functions, positive inside: their value in the middle of column 0 of the row, and what they gain per column and row
    const ax = places[3 * a] as number;
    const ay = places[3 * a + 1] as number;
    const bx = places[3 * b] as number;
    const by = places[3 * b + 1] as number;
    const cx = places[3 * c] as number;
    const cy = places[3 * c + 1] as number;
    const y = top + 0.5;
    const stepAB = ay - by;
    const downAB = bx - ax;
    let edgeAB = downAB * (y - ay) + stepAB * (0.5 - ax);
    const stepBC = by - cy;
    const downBC = cx - bx;
    let edgeBC = downBC * (y - by) + stepBC * (0.5 - bx);
    const stepCA = cy - ay;
    const downCA = ax - cx;
    let edgeCA = downCA * (y - cy) + stepCA * (0.5 - cx);

    let known = false;
    let [q0, qx, qy, low, high] = [0, 0, 0, 0, 0];
    for (let row = top; row < bottom; row++) {
      // Where each edge is crossed; the middle itself belongs to a left edge (step > 0), and not to a right one. Level edges need no
      // test: `top` and `bottom` are theirs.
      let from: number = left;
      let to: number = right;
      if (stepAB !== 0) {
        const crossing = Math.ceil(-edgeAB / stepAB);
        if (stepAB > 0) from = crossing > from ? crossing : from;
        else to = crossing < to ? crossing : to;
      }
      if (stepBC !== 0) {
        const crossing = Math.ceil(-edgeBC / stepBC);
        if (stepBC > 0) from = crossing > from ? crossing : from;
        else to = crossing < to ? crossing : to;
      }
      if (stepCA !== 0) {
        const crossing = Math.ceil(-edgeCA / stepCA);
        if (stepCA > 0) from = crossing > from ? crossing : from;
        else to = crossing < to ? crossing : to;
      }
      edgeAB += downAB;
      edgeBC += downBC;
      edgeCA += downCA;
      if (!(from < to)) continue;

      if (!known) {
        known = true;
        const scale = -1 / facing;
        q0 = (nx * (lens[H0] as number) + ny * (lens[H0 + 1] as number) + nz * (lens[H0 + 2] as number) + nw * (lens[H0 + 3] as number)) * scale;
        qx = (nx * (lens[HX] as number) + ny * (lens[HX + 1] as number) + nz * (lens[HX + 2] as number)) * scale;
        qy = (nx * (lens[HY] as number) + ny * (lens[HY + 1] as number) + nz * (lens[HY + 2] as number)) * scale;
        const qa = places[3 * a + 2] as number;
        const qb = places[3 * b + 2] as number;
        const qc = places[3 * c + 2] as number;
        low = qa < qb ? (qa < qc ? qa : qc) : qb < qc ? qb : qc;
        high = qa > qb ? (qa > qc ? qa : qc) : qb > qc ? qb : qc;
      }
      const first = from | 0;
      const end = to | 0;
      let q = q0 + qy * (row + 0.5) + qx * (first + 0.5);
      for (let k = row * width + first; k < row * width + end; k++, q += qx) {
        // A plane seen almost edge on runs away from the triangle within the rounding of its corners.
        const near = q < low ? low : q > high ? high : q;
        if (near > (nearness[k] as number) * TIE) {
          nearness[k] = near;
          tags[k] = (instance << INSTANCE_SHIFT) | face;
        }
      }
    }
  }
}
