/**
 * Triangles to pixels: which triangle is nearest at the middle of each pixel. The same for a camera and for a light's map of shadows.
 *
 * Edge functions (Pineda 1988, "A parallel algorithm for polygon rasterization") are whole numbers on the grid of the corners, hence
 * exact, and a middle that lies on an edge belongs to the triangle of which it is the left or top edge: triangles side by side leave no
 * pixel out and cover none twice. Nearness is no subject of the corners' rounding: it comes from the triangle's plane (see `lens.ts`).
 */
import { type Corners, GRID_BITS } from './corners.ts';
import { H0, HW, HX, HY } from './lens.ts';
import type { Surface } from './surface.ts';

/** What has been drawn. */
export interface Layer {
  readonly width: number;
  readonly height: number;
  /** How many times nearer a triangle must be than what has been drawn: TIE for a camera, 1 for a light, whose order is of no matter */
  readonly tie: number;
  /** f32[height, width]: how near the nearest triangle is (see `lens.ts`) */
  readonly nearness: Float32Array;
  /** i32[height, width]: which instance (12 bits) and which of its triangles (20 bits) that is; NOTHING where nothing is */
  readonly tags: Int32Array;
}

/** The tag of pixels without a triangle */
export const NOTHING = -1;
/** A tag is `instance << INSTANCE_SHIFT | triangle`. */
export const INSTANCE_SHIFT = 20;
/** The most instances of a scene */
export const MOST_INSTANCES = 2 ** 12 - 1;
/** The most triangles of a mesh */
export const MOST_TRIANGLES = 2 ** INSTANCE_SHIFT;

/** Of two triangles as near as this factor, the one drawn first stays: faces that lie in each other do not mix. */
export const TIE = 1 + 2 ** -20;

/** A layer with nothing on it. */
export function createLayer(width: number, height: number, tie: number): Layer {
  const pixels = width * height;
  return { width, height, tie, nearness: new Float32Array(pixels), tags: new Int32Array(pixels).fill(NOTHING) };
}

/** Takes everything off a layer. `nothing` is the nearness of what is infinitely far: 0 for a camera, −∞ for a light. */
export function clearLayer({ nearness, tags }: Layer, nothing: number): void {
  nearness.fill(nothing);
  tags.fill(NOTHING);
}

/** Makes what is near in a layer as in another of the same size; names, which a light has no use for, stay as they are. */
export const copyNearness = ({ nearness }: Layer, to: Layer): void => to.nearness.set(nearness);

/** Triangles of a mesh, some of them cut. */
export interface Pieces {
  readonly count: number;
  /** u32[count, 3]: their corners */
  readonly triangles: Uint32Array;
  /** u32[count]: of which triangle of the mesh each is a part */
  readonly faces: Uint32Array;
}

/** A mesh whose corners have been placed, and where it is drawn. */
interface Drawing {
  readonly layer: Layer;
  readonly lens: Float64Array;
  readonly planes: Float64Array;
  readonly corners: Corners;
  readonly triangles: Uint32Array;
  readonly faces: Uint32Array | undefined;
  /** The tag of triangle 0 */
  readonly tag: number;
}

/** Draws a mesh whose corners have been placed, or pieces of it. Triangles that are seen from behind are left out. */
export function drawTriangles(
  layer: Layer,
  lens: Float64Array,
  surface: Surface,
  corners: Corners,
  instance: number,
  pieces?: Pieces,
): void {
  const { planes } = surface;
  const triangles = pieces ? pieces.triangles : surface.triangles;
  const count = pieces ? pieces.count : triangles.length / 3;
  const drawing = { layer, lens, planes, corners, triangles, faces: pieces?.faces, tag: instance << INSTANCE_SHIFT };
  const { small, large } = select(drawing, count);
  fillSmall(drawing, small);
  fillLarge(drawing, large);
}

/**
 * Finds the triangles that face the viewer and may cover the middle of a pixel. Small ones are put at the beginning of
 * `corners.selected`, others at its end.
 */
function select({ lens, planes, corners, triangles, faces }: Drawing, count: number): { small: number; large: number } {
  const { cells, grid, selected } = corners;
  const wx = lens[HW] as number;
  const wy = lens[HW + 1] as number;
  const wz = lens[HW + 2] as number;
  const ww = lens[HW + 3] as number;
  let small = 0;
  let large = 0;
  for (let t = 0; t < count; t++) {
    const p = 4 * (faces ? (faces[t] as number) : t);
    const facing =
      (planes[p] as number) * wx + (planes[p + 1] as number) * wy + (planes[p + 2] as number) * wz + (planes[p + 3] as number) * ww;
    if (!(facing > 0)) continue;
    const a = triangles[3 * t] as number;
    const b = triangles[3 * t + 1] as number;
    const c = triangles[3 * t + 2] as number;
    const cell = cells[a] as number;
    const spread = (cell ^ (cells[b] as number)) | (cell ^ (cells[c] as number));
    // Most small triangles, and all that are out of sight, lie between two middles of columns or of rows.
    if ((spread & 0xffff) === 0 || spread >>> 16 === 0) continue;
    const x = grid[2 * a] as number;
    const y = grid[2 * a + 1] as number;
    const size =
      Math.abs((grid[2 * b] as number) - x) |
      Math.abs((grid[2 * c] as number) - x) |
      Math.abs((grid[2 * b + 1] as number) - y) |
      Math.abs((grid[2 * c + 1] as number) - y);
    if (size < SMALL) selected[small++] = t;
    else selected[selected.length - ++large] = t;
  }
  return { small, large };
}

/** Half a pixel on the grid */
const HALF = 2 ** (GRID_BITS - 1);

/** Triangles smaller than this on the grid, 8 pixels, are filled pixel by pixel: their edge functions are below 2³¹. */
const SMALL = 8 << GRID_BITS;

/** The smaller and the larger of whole numbers below 2³⁰: without a branch, which would be taken at random. */
const lesser = (a: number, b: number): number => b + ((a - b) & ((a - b) >> 31));
const greater = (a: number, b: number): number => a - ((a - b) & ((a - b) >> 31));

/** −1 if an edge is neither a left nor a top one, so that a middle on it is not inside. */
const shared = (step: number, down: number): number => ((step << (GRID_BITS + 4)) + down - 1) >> 31;

/** Tests every middle of a pixel in the boxes around the first selected triangles. */
function fillSmall({ layer, lens, planes, corners, triangles, faces, tag }: Drawing, count: number): void {
  const { width, tie, nearness, tags } = layer;
  const { grid, cells, selected } = corners;
  for (let s = 0; s < count; s++) {
    const t = selected[s] as number;
    // Counter-clockwise from outside, but y points down in a picture: taken the other way round
    const a = triangles[3 * t] as number;
    const b = triangles[3 * t + 2] as number;
    const c = triangles[3 * t + 1] as number;
    const cellA = cells[a] as number;
    const cellB = cells[b] as number;
    const cellC = cells[c] as number;
    const left = lesser(lesser(cellA & 0xffff, cellB & 0xffff), cellC & 0xffff);
    const right = greater(greater(cellA & 0xffff, cellB & 0xffff), cellC & 0xffff);
    const top = lesser(lesser(cellA >>> 16, cellB >>> 16), cellC >>> 16);
    const bottom = greater(greater(cellA >>> 16, cellB >>> 16), cellC >>> 16);
    // Edge functions, not negative inside, in the middle of the first pixel, and what they gain from pixel to pixel
    const x = (left << GRID_BITS) + HALF;
    const y = (top << GRID_BITS) + HALF;
    const ax = grid[2 * a] as number;
    const ay = grid[2 * a + 1] as number;
    const bx = grid[2 * b] as number;
    const by = grid[2 * b + 1] as number;
    const cx = grid[2 * c] as number;
    const cy = grid[2 * c + 1] as number;
    let rowAB = Math.imul(bx - ax, y - ay) + Math.imul(ay - by, x - ax) + shared(ay - by, bx - ax);
    let rowBC = Math.imul(cx - bx, y - by) + Math.imul(by - cy, x - bx) + shared(by - cy, cx - bx);
    let rowCA = Math.imul(ax - cx, y - cy) + Math.imul(cy - ay, x - cx) + shared(cy - ay, ax - cx);
    // Many have just one pixel to test.
    if (right - left === 1 && bottom - top === 1 && (rowAB | rowBC | rowCA) < 0) continue;
    const stepAB = (ay - by) << GRID_BITS;
    const stepBC = (by - cy) << GRID_BITS;
    const stepCA = (cy - ay) << GRID_BITS;
    const face = faces ? (faces[t] as number) : t;
    findSlope(lens, planes, 4 * face, corners, a, b, c);
    const q0 = slope[0] as number;
    const qx = slope[1] as number;
    const qy = slope[2] as number;
    const low = slope[3] as number;
    const high = slope[4] as number;
    for (let row = top; row < bottom; row++) {
      let edgeAB = rowAB;
      let edgeBC = rowBC;
      let edgeCA = rowCA;
      let q = q0 + qy * (row + 0.5) + qx * (left + 0.5);
      const end = row * width + right;
      for (let k = row * width + left; k < end; k++) {
        if ((edgeAB | edgeBC | edgeCA) >= 0) {
          const near = q < low ? low : q > high ? high : q;
          if (near > (nearness[k] as number) * tie) {
            nearness[k] = near;
            tags[k] = tag | face;
          }
        }
        q += qx;
        edgeAB = (edgeAB + stepAB) | 0;
        edgeBC = (edgeBC + stepBC) | 0;
        edgeCA = (edgeCA + stepCA) | 0;
      }
      rowAB = (rowAB + ((bx - ax) << GRID_BITS)) | 0;
      rowBC = (rowBC + ((cx - bx) << GRID_BITS)) | 0;
      rowCA = (rowCA + ((ax - cx) << GRID_BITS)) | 0;
    }
  }
}

/** Computes for each row of pixels where it enters and leaves a triangle, for the last selected ones. */
function fillLarge({ layer, lens, planes, corners, triangles, faces, tag }: Drawing, count: number): void {
  const { width, tie, nearness, tags } = layer;
  const { grid, cells, selected } = corners;
  for (let s = 1; s <= count; s++) {
    const t = selected[selected.length - s] as number;
    const face = faces ? (faces[t] as number) : t;
    const a = triangles[3 * t] as number;
    const b = triangles[3 * t + 2] as number;
    const c = triangles[3 * t + 1] as number;
    const cellA = cells[a] as number;
    const cellB = cells[b] as number;
    const cellC = cells[c] as number;
    const left = lesser(lesser(cellA & 0xffff, cellB & 0xffff), cellC & 0xffff);
    const right = greater(greater(cellA & 0xffff, cellB & 0xffff), cellC & 0xffff);
    const top = lesser(lesser(cellA >>> 16, cellB >>> 16), cellC >>> 16);
    const bottom = greater(greater(cellA >>> 16, cellB >>> 16), cellC >>> 16);
    findSlope(lens, planes, 4 * face, corners, a, b, c);
    const q0 = slope[0] as number;
    const qx = slope[1] as number;
    const qy = slope[2] as number;
    const low = slope[3] as number;
    const high = slope[4] as number;
    // Edge functions, positive inside, in the middle of the first pixel of a row, and what they gain from pixel to pixel: f64, in which
    // they are exact within 10⁵ pixels. The middle that an edge crosses belongs to a left edge (step > 0) and not to a right one; `top`
    // and `bottom` are level edges' (step = 0).
    const y = (top << GRID_BITS) + HALF;
    const ax = grid[2 * a] as number;
    const ay = grid[2 * a + 1] as number;
    const bx = grid[2 * b] as number;
    const by = grid[2 * b + 1] as number;
    const cx = grid[2 * c] as number;
    const cy = grid[2 * c + 1] as number;
    const stepAB = (ay - by) * 2 * HALF;
    const stepBC = (by - cy) * 2 * HALF;
    const stepCA = (cy - ay) * 2 * HALF;
    const downAB = (bx - ax) * 2 * HALF;
    const downBC = (cx - bx) * 2 * HALF;
    const downCA = (ax - cx) * 2 * HALF;
    let edgeAB = (bx - ax) * (y - ay) + (ay - by) * (HALF - ax);
    let edgeBC = (cx - bx) * (y - by) + (by - cy) * (HALF - bx);
    let edgeCA = (ax - cx) * (y - cy) + (cy - ay) * (HALF - cx);
    for (let row = top; row < bottom; row++) {
      let from = left;
      let to = right;
      const crossAB = Math.ceil(-edgeAB / stepAB);
      const crossBC = Math.ceil(-edgeBC / stepBC);
      const crossCA = Math.ceil(-edgeCA / stepCA);
      if (stepAB >= 0) {
        if (crossAB > from) from = crossAB < right ? crossAB | 0 : right;
      } else if (crossAB < to) to = crossAB > left ? crossAB | 0 : left;
      if (stepBC >= 0) {
        if (crossBC > from) from = crossBC < right ? crossBC | 0 : right;
      } else if (crossBC < to) to = crossBC > left ? crossBC | 0 : left;
      if (stepCA >= 0) {
        if (crossCA > from) from = crossCA < right ? crossCA | 0 : right;
      } else if (crossCA < to) to = crossCA > left ? crossCA | 0 : left;
      edgeAB += downAB;
      edgeBC += downBC;
      edgeCA += downCA;
      const end = row * width + to;
      let q = q0 + qy * (row + 0.5) + qx * (from + 0.5);
      for (let k = row * width + from; k < end; k++) {
        const near = q < low ? low : q > high ? high : q;
        if (near > (nearness[k] as number) * tie) {
          nearness[k] = near;
          tags[k] = tag | face;
        }
        q += qx;
      }
    }
  }
}

/** Of the triangle last looked at: nearness at (0, 0), its gain from pixel to pixel along x and y, and its limits */
const slope = new Float64Array(5);

/** A triangle seen so edge on that its nearness changes by this factor from pixel to pixel has limits. */
const STEEP = 0.25;

/** Finds the slope of a triangle's nearness. */
function findSlope(lens: Float64Array, planes: Float64Array, p: number, { nearness }: Corners, a: number, b: number, c: number): void {
  const x = planes[p] as number;
  const y = planes[p + 1] as number;
  const z = planes[p + 2] as number;
  const w = planes[p + 3] as number;
  const scale =
    -1 / (x * (lens[HW] as number) + y * (lens[HW + 1] as number) + z * (lens[HW + 2] as number) + w * (lens[HW + 3] as number));
  const qx = (x * (lens[HX] as number) + y * (lens[HX + 1] as number) + z * (lens[HX + 2] as number)) * scale;
  const qy = (x * (lens[HY] as number) + y * (lens[HY + 1] as number) + z * (lens[HY + 2] as number)) * scale;
  slope[0] =
    (x * (lens[H0] as number) + y * (lens[H0 + 1] as number) + z * (lens[H0 + 2] as number) + w * (lens[H0 + 3] as number)) * scale;
  slope[1] = qx;
  slope[2] = qy;
  slope[3] = Number.NEGATIVE_INFINITY;
  slope[4] = Number.POSITIVE_INFINITY;
  const near = nearness[a] as number;
  if (Math.abs(qx) + Math.abs(qy) > STEEP * near) {
    // Within the rounding of its corners, such a plane runs away from its triangle.
    slope[3] = Math.min(near, nearness[b] as number, nearness[c] as number);
    slope[4] = Math.max(near, nearness[b] as number, nearness[c] as number);
  }
}
