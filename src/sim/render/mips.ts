/** Textures that do not shimmer: each is kept at its own size and at halves, quarters, … of it (mip maps, Williams 1983). */
import type { Texture } from '../material.ts';
import { LIGHT_OF_LEVEL, levelOf } from './color.ts';

/** A texture, ready to be looked at. */
export interface Mips {
  readonly width: number;
  readonly height: number;
  /** i32: the levels one after the other, [height, width] each; a texel is red · 2¹⁶ + green · 2⁸ + blue, as on a screen */
  readonly texels: Int32Array;
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
  const sizes = Array.from({ length: count }, (_, level) => (width >> level) * (height >> level));
  const starts = Int32Array.from(sizes, (_, level) => sizes.slice(0, level).reduce((sum, size) => sum + size, 0));
  const texels = new Int32Array(sizes.reduce((sum, size) => sum + size, 0));
  let light = Float32Array.from(data, (value) => LIGHT_OF_LEVEL[value] as number);
  for (let level = 0; level < count; level++) {
    if (level > 0) light = halved(light, width >> level, height >> level);
    for (let i = 0; i < (sizes[level] as number); i++) {
      texels[(starts[level] as number) + i] =
        (levelOf(light[3 * i] as number) << 16) | (levelOf(light[3 * i + 1] as number) << 8) | levelOf(light[3 * i + 2] as number);
    }
  }
  return { width, height, texels, starts };
}

/** Means of 2 × 2 texels: f32[height, width, 3] */
function halved(light: Float32Array, width: number, height: number): Float32Array<ArrayBuffer> {
  const half = new Float32Array(3 * width * height);
  for (let row = 0; row < height; row++) {
    for (let i = 0; i < 3 * width; i++) {
      const above = 12 * row * width + 6 * Math.floor(i / 3) + (i % 3);
      const below = above + 6 * width;
      const sum = (light[above] as number) + (light[above + 3] as number) + (light[below] as number) + (light[below + 3] as number);
      half[3 * width * row + i] = sum / 4;
    }
  }
  return half;
}
