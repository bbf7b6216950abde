/**
 * Pictures at another size, to the bit as Pillow's bicubic filter makes them (`ImagingResample` in libImaging/Resample.c up to 12.0,
 * 8 bits a channel): rows first, then columns, rounded and clipped after each. The filter is as wide as the shrinking asks for.
 */
import type { Picture } from '../robot/views.ts';

/** Throws unless the sides are whole numbers from 1 up, and the data three bytes for each pixel. */
export function requireRgb({ width, height, data }: Picture): void {
  if (![width, height].every((side) => Number.isInteger(side) && side > 0)) {
    throw new Error(`the sides of a picture must be whole numbers of pixels from 1 up, got ${width}×${height}`);
  }
  if (data.length !== 3 * width * height) {
    throw new Error(`a picture of ${width}×${height} pixels has ${3 * width * height} bytes of RGB, but this one has ${data.length}`);
  }
}

/** Python's `round`: what lies in the middle goes to the even neighbour. */
export function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

/** Bits behind the point: 8 for the pixel and 2 of headroom leave 22 of 32. */
const PRECISION = 22;

/** The picture at another size, both sides at least 1. */
export function bicubic({ width, height, data }: Picture, newWidth: number, newHeight: number): Picture {
  const wide = pass(data, 3, width, newWidth, height, 3);
  return { width: newWidth, height: newHeight, data: pass(wide, 3 * newWidth, height, newHeight, 1, 3 * newWidth) };
}

/**
 * Resamples one axis: u8[outer, from, inner] → u8[outer, to, inner], where `stride` bytes lie between neighbours along the axis, and
 * `inner` bytes are resampled alike.
 */
function pass(source: Uint8Array, stride: number, from: number, to: number, outer: number, inner: number): Uint8Array {
  if (from === to) return source;
  const taps = Array.from({ length: to }, (_, i) => weightsFor(i, from, to));
  const target = new Uint8Array(outer * to * inner);
  let written = 0;
  for (let line = 0; line < outer; line++) {
    for (const { first, weights } of taps) {
      const start = line * from * stride + first * stride;
      for (let byte = 0; byte < inner; byte++) {
        let sum = 1 << (PRECISION - 1);
        for (let tap = 0, at = start + byte; tap < weights.length; tap++, at += stride) {
          sum += (source[at] as number) * (weights[tap] as number);
        }
        const level = sum >> PRECISION;
        target[written++] = level < 0 ? 0 : level > 255 ? 255 : level;
      }
    }
  }
  return target;
}

/** What output `i` is made of: from `first` on, weights in fixed point that add up to 1, but for rounding. */
function weightsFor(i: number, from: number, to: number): { first: number; weights: Int32Array } {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const centre = (i + 0.5) * scale;
  const first = Math.max(0, Math.trunc(centre - 2 * stretch + 0.5));
  const count = Math.min(from, Math.trunc(centre + 2 * stretch + 0.5)) - first;
  const weights = Array.from({ length: count }, (_, j) => cubic((first + j - centre + 0.5) * (1 / stretch)));
  const sum = weights.reduce((a, b) => a + b, 0);
  const fixed = weights.map((weight) => (weight / sum) * 2 ** PRECISION);
  return { first, weights: Int32Array.from(fixed, (weight) => Math.trunc(weight + (weight < 0 ? -0.5 : 0.5))) };
}

/** Keys' cubic convolution kernel with a = −1/2. */
function cubic(t: number): number {
  const x = Math.abs(t);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
}
