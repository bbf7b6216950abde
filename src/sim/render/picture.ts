/** Memory for what one camera sees. */
import type { Picture } from './types.ts';

/** Longer sides have no place in the rasterizer's 16-bit rows and columns. */
const LONGEST_SIDE = 16384;

/** A picture of a size: black, without depth, background everywhere. Throws unless both sides are whole numbers from 1 to 16384. */
export function createPicture(width: number, height: number): Picture {
  for (const side of [width, height]) {
    if (!(Number.isInteger(side) && side >= 1 && side <= LONGEST_SIDE)) {
      throw new Error(`a picture of ${width} × ${height}: both sides must be whole numbers from 1 to ${LONGEST_SIDE}`);
    }
  }
  const pixels = width * height;
  return {
    width,
    height,
    rgb: new Uint8Array(3 * pixels),
    depth: new Float32Array(pixels).fill(Number.POSITIVE_INFINITY),
    segmentation: new Uint16Array(pixels),
  };
}

/** Throws unless a picture's arrays have the sizes that its width and height say. */
export function checkPicture(picture: Picture): void {
  const { width, height, rgb, depth, segmentation } = picture;
  const pixels = width * height;
  if (rgb.length !== 3 * pixels || depth.length !== pixels || segmentation.length !== pixels) {
    throw new Error(
      `a picture of ${width} × ${height} has ${rgb.length} levels, ${depth.length} depths and ${segmentation.length} ids: ` +
        `expected ${3 * pixels}, ${pixels} and ${pixels}`,
    );
  }
}
