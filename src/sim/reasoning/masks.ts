/** Masks of what is seen: run lengths, and the pixel that is deepest inside. */
import type { Picture } from '../render/types.ts';
import type { Box2d, Point2d, RunLengths } from './sample.ts';

/** The run lengths of the pixels with one of these numbers, column by column; the first run is of pixels without. */
export function runLengths({ width, height, segmentation }: Picture, ids: readonly number[]): RunLengths {
  const counts = [0];
  let inside = false;
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      if (ids.includes(segmentation[y * width + x] as number) !== inside) {
        inside = !inside;
        counts.push(0);
      }
      (counts[counts.length - 1] as number)++;
    }
  }
  return { size: [height, width], counts };
}

/**
 * The middle of the pixel with one of these numbers, within a box, that is farthest from all others (chessboard distance, in two passes;
 * Rosenfeld and Pfaltz 1966), and how far that is.
 */
export function deepest(
  { width, segmentation }: Picture,
  ids: readonly number[],
  [left, top, right, bottom]: Box2d,
): { point: Point2d; depth: number } {
  const [columns, rows] = [right - left + 2, bottom - top + 2];
  // With a border of pixels outside
  const depth = new Uint16Array(columns * rows);
  for (let y = 1; y < rows - 1; y++) {
    for (let x = 1; x < columns - 1; x++) {
      if (!ids.includes(segmentation[(top + y - 1) * width + left + x - 1] as number)) continue;
      const at = y * columns + x;
      const near = [at - 1, at - columns - 1, at - columns, at - columns + 1].map((i) => depth[i] as number);
      depth[at] = 1 + Math.min(...near);
    }
  }
  let best = 0;
  for (let y = rows - 2; y > 0; y--) {
    for (let x = columns - 2; x > 0; x--) {
      const at = y * columns + x;
      if (depth[at] === 0) continue;
      const near = [at + 1, at + columns - 1, at + columns, at + columns + 1].map((i) => depth[i] as number);
      depth[at] = Math.min(depth[at] as number, 1 + Math.min(...near));
      if ((depth[at] as number) > (depth[best] as number)) best = at;
    }
  }
  return { point: [left + (best % columns) - 0.5, top + Math.floor(best / columns) - 0.5], depth: depth[best] as number };
}
