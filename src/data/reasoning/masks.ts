/** Masks as run lengths, as pycocotools writes them before compression: column by column, beginning with pixels outside. */
import type { Mask } from '../reasoning.ts';

/** The run lengths of u8[height, width], 0 outside and anything else inside. */
export function encodeMask(pixels: Uint8Array, height: number, width: number): Mask {
  if (pixels.length !== height * width) throw new Error(`a mask of ${height}×${width} has ${height * width} pixels, got ${pixels.length}`);
  const counts = [0];
  let inside = false;
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      if ((pixels[y * width + x] !== 0) !== inside) {
        inside = !inside;
        counts.push(0);
      }
      counts[counts.length - 1] = (counts.at(-1) as number) + 1;
    }
  }
  return { size: [height, width], counts };
}

/** u8[height, width] with 1 inside. */
export function decodeMask({ size: [height, width], counts }: Mask): Uint8Array {
  const pixels = new Uint8Array(height * width);
  let at = 0;
  counts.forEach((count, run) => {
    for (const end = at + count; at < end; at++) if (run % 2 === 1) pixels[(at % height) * width + Math.floor(at / height)] = 1;
  });
  return pixels;
}

/** Pixels inside. */
export const maskArea = ({ counts }: Mask): number => counts.reduce((sum, count, run) => sum + (run % 2 === 1 ? count : 0), 0);

/** The smallest box around a mask, [left, top, right, bottom] in pixels; undefined for an empty one. */
export function maskBox(mask: Mask): [number, number, number, number] | undefined {
  const [height, width] = mask.size;
  const pixels = decodeMask(mask);
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (pixels[y * width + x] === 0) continue;
      [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x + 1), Math.max(bottom, y + 1)];
    }
  }
  return left < right ? [left, top, right, bottom] : undefined;
}
