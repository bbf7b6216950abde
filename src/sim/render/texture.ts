/**
 * Textures without shimmer: each is kept at its own size and at halves, quarters, … of it (mip levels, Williams 1983), as amounts of
 * light. What a pixel takes in tells which of them is looked at, between its four nearest texels.
 */
import type { Texture } from '../material.ts';
import { LIGHT_OF_LEVEL } from './color.ts';

/** A texture, ready to be looked at. */
export interface Mips {
  readonly width: number;
  readonly height: number;
  /** f32: the levels one after the other, [height, width, 3] each, 0 … 1 of light */
  readonly texels: Float32Array;
  /** Where each level begins in `texels`; the last one is one texel wide or high */
  readonly starts: Int32Array;
}

const known = new WeakMap<Texture, Mips>();

/** The mip levels of a texture; the same ones whenever they are asked for again. Throws unless its sides are powers of two. */
export function mipsOf(texture: Texture): Mips {
  const made = known.get(texture) ?? makeMips(texture);
  known.set(texture, made);
  return made;
}

function makeMips({ width, height, data }: Texture): Mips {
  for (const side of [width, height]) {
    if (!(side >= 1 && Number.isInteger(side) && (side & (side - 1)) === 0)) {
      throw new Error(`a texture is ${width} × ${height}: expected powers of two`);
    }
  }
  if (data.length !== 3 * width * height) {
    throw new Error(`a texture of ${width} × ${height} has ${data.length} levels: expected ${3 * width * height}`);
  }
  const count = 32 - Math.clz32(Math.min(width, height));
  const starts = new Int32Array(count);
  for (let level = 1; level < count; level++) {
    starts[level] = (starts[level - 1] as number) + 3 * (width >> (level - 1)) * (height >> (level - 1));
  }
  const last = count - 1;
  const texels = new Float32Array((starts[last] as number) + 3 * (width >> last) * (height >> last));
  data.forEach((value, i) => {
    texels[i] = LIGHT_OF_LEVEL[value] as number;
  });
  for (let level = 1; level < count; level++) {
    halve(texels, starts[level - 1] as number, width >> (level - 1), starts[level] as number, width >> level, height >> level);
  }
  return { width, height, texels, starts };
}

/** Means of 2 × 2 texels: from the level at `from` to the one at `to`, whose size is given. */
function halve(texels: Float32Array, from: number, fromWidth: number, to: number, width: number, height: number): void {
  for (let row = 0; row < height; row++) {
    for (let i = 0; i < 3 * width; i++) {
      const above = from + 6 * row * fromWidth + 6 * Math.floor(i / 3) + (i % 3);
      const below = above + 3 * fromWidth;
      const sum = (texels[above] as number) + (texels[above + 3] as number) + (texels[below] as number) + (texels[below + 3] as number);
      texels[to + 3 * width * row + i] = sum / 4;
    }
  }
}

/**
 * What a pixel sees at (u, v): red, green and blue, 0 … 1 of light, into `light`. `footprint` is the size of the pixel in texels of the
 * texture at its own size.
 */
export function lookUp({ width, height, texels, starts }: Mips, u: number, v: number, footprint: number, light: Float64Array): void {
  const last = starts.length - 1;
  // The level whose texels are within a factor of √2 of the footprint
  const wanted = footprint * Math.SQRT2 < 1 ? 0 : 31 - Math.clz32(footprint * Math.SQRT2);
  const level = wanted < last ? wanted : last;
  const start = starts[level] as number;
  const across = width >> level;
  const down = height >> level;
  const x = u * across - 0.5;
  const y = v * down - 0.5;
  const column = Math.floor(x);
  const row = Math.floor(y);
  const toRight = x - column;
  const toBottom = y - row;
  const left = 3 * (column & (across - 1));
  const right = 3 * ((column + 1) & (across - 1));
  const above = start + 3 * across * (row & (down - 1));
  const below = start + 3 * across * ((row + 1) & (down - 1));
  const w00 = (1 - toRight) * (1 - toBottom);
  const w01 = toRight * (1 - toBottom);
  const w10 = (1 - toRight) * toBottom;
  const w11 = toRight * toBottom;
  for (let channel = 0; channel < 3; channel++) {
    light[channel] =
      w00 * (texels[above + left + channel] as number) +
      w01 * (texels[above + right + channel] as number) +
      w10 * (texels[below + left + channel] as number) +
      w11 * (texels[below + right + channel] as number);
  }
}
