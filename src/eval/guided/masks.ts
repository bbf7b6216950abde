/** Masks of pictures, and the boxes around them. */
import type { Picture } from '../../robot/views.ts';

/** bool[height, width]: 1 where a pixel is of the thing. */
export type Mask = Uint8Array;

/** Where something is in a picture, in pixels: `right` and `bottom` are the first beyond it. */
export type PixelBox = readonly [left: number, top: number, right: number, bottom: number];

/** The pixels of a segmentation (u16[height, width]) that have one of these numbers. */
export const maskOf = (segmentation: Uint16Array, ids: readonly number[]): Mask =>
  Uint8Array.from(segmentation, (id) => (ids.includes(id) ? 1 : 0));

/** The box around a mask; undefined for one without pixels. */
export function boxOf(mask: Mask, { width, height }: Pick<Picture, 'width' | 'height'>): PixelBox | undefined {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (mask[y * width + x] === 0) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
      [top, bottom] = [Math.min(top, y), y + 1];
    }
  }
  return right > 0 ? [left, top, right, bottom] : undefined;
}

/** Intersection over union of two masks of one size: 0 where neither has a pixel. */
export function maskOverlap(a: Mask, b: Mask): number {
  let [both, either] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    both += (a[i] as number) & (b[i] as number);
    either += (a[i] as number) | (b[i] as number);
  }
  return either === 0 ? 0 : both / either;
}

/** Intersection over union of two boxes. */
export function boxOverlap(a: PixelBox, b: PixelBox): number {
  const area = ([left, top, right, bottom]: PixelBox): number => Math.max(0, right - left) * Math.max(0, bottom - top);
  const both = area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
  return both === 0 ? 0 : both / (area(a) + area(b) - both);
}

/**
 * The value between the middles of four cells of logits f32[side, side], which begin at `from`; what is beyond the edge is as the edge. x and
 * y are in cells.
 */
export function logitAt(logits: Float32Array, side: number, x: number, y: number, from = 0): number {
  const inside = (i: number): number => Math.min(Math.max(i, 0), side - 1);
  const [column, row] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
  const [u, v] = [x - 0.5 - column, y - 0.5 - row];
  const cell = (c: number, r: number): number => logits[from + inside(r) * side + inside(c)] as number;
  const above = (1 - u) * cell(column, row) + u * cell(column + 1, row);
  const below = (1 - u) * cell(column, row + 1) + u * cell(column + 1, row + 1);
  return (1 - v) * above + v * below;
}
