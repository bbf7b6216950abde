/**
 * Textures without shimmer: each is kept at its own size and at halves, quarters, … of it (mip levels, Williams 1983), as amounts of
 * light. What a pixel takes in tells which of them is looked at, between its four nearest texels.
 */
import type { Texture } from '../material.ts';
import type { View } from './brightness.ts';
import { LEVEL_OF_LIGHT, LIGHT_OF_LEVEL, levelOf } from './color.ts';
import { H0, HW, HX, HY } from './lens.ts';
import type { Part } from './part.ts';
import { FIELD_U, FIELD_V, FIELDS } from './surface.ts';

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
      texels[(starts[level] as number) + i] = (levelOf(light[3 * i] as number) << 16) | (levelOf(light[3 * i + 1] as number) << 8) | levelOf(light[3 * i + 2] as number);
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

/** Of a pixel that sees a surface at a slant, the shorter side is taken for no less than this share of the longer one, squared. */
const SLANT = 0.05;

/** Paints pixels `from` … `to` − 1, which see a triangle with a texture: its colour times the texture's times brightness. */
export function paintTexture(
  { layer, depth, lenses, brightness }: View,
  { index, surface }: Part,
  { width, height, texels, starts }: Mips,
  triangle: number,
  color: Float64Array,
  row: number,
  from: number,
  to: number,
  rgb: Uint8Array,
): void {
  const { fields, planes } = surface;
  const lens = lenses[index] as Float64Array;
  const red = color[0] as number;
  const green = color[1] as number;
  const blue = color[2] as number;
  const u = FIELDS * triangle + FIELD_U;
  const ux = fields[u] as number;
  const uy = fields[u + 1] as number;
  const uz = fields[u + 2] as number;
  const v = FIELDS * triangle + FIELD_V;
  const vx = fields[v] as number;
  const vy = fields[v + 1] as number;
  const vz = fields[v + 2] as number;
  const ox = lens[HW] as number;
  const oy = lens[HW + 1] as number;
  const oz = lens[HW + 2] as number;
  const dx = lens[HX] as number;
  const dy = lens[HX + 1] as number;
  const dz = lens[HX + 2] as number;
  const y = row + 0.5;
  const rx = (lens[H0] as number) + y * (lens[HY] as number);
  const ry = (lens[H0 + 1] as number) + y * (lens[HY + 1] as number);
  const rz = (lens[H0 + 2] as number) + y * (lens[HY + 2] as number);
  // u and v are linear in the point that is seen, hence in depth and in depth times x.
  const u0 = ux * ox + uy * oy + uz * oz + (fields[u + 3] as number);
  const v0 = vx * ox + vy * oy + vz * oz + (fields[v + 3] as number);
  const u1 = ux * rx + uy * ry + uz * rz;
  const v1 = vx * rx + vy * ry + vz * rz;
  const du = ux * dx + uy * dy + uz * dz;
  const dv = vx * dx + vy * dy + vz * dz;
  // How many texels are in a pixel, twice over: grows with depth, and as the surface turns away
  const pixel = dx * dx + dy * dy + dz * dz;
  const acrossU = (ux * ux + uy * uy + uz * uz) * width * width;
  const acrossV = (vx * vx + vy * vy + vz * vz) * height * height;
  const dense = 2 * pixel * (acrossU > acrossV ? acrossU : acrossV);
  const p = 4 * triangle;
  const facing = ox * (planes[p] as number) + oy * (planes[p + 1] as number) + oz * (planes[p + 2] as number) + (planes[p + 3] as number);
  const last = starts.length - 1;
  const coarsest = 2 << (2 * last);
  const start = row * layer.width;
  for (let k = from; k < to; k++) {
    const z = depth[k] as number;
    const x = k - start + 0.5;
    const area = (dense * z * z) / Math.max(facing / z, SLANT);
    const level = area < 2 ? 0 : area < coarsest ? (31 - Math.clz32(area | 0)) >> 1 : last;
    const across = width >> level;
    const down = height >> level;
    const s = (u0 + z * (u1 + x * du)) * across - 0.5;
    const t = (v0 + z * (v1 + x * dv)) * down - 0.5;
    const column = Math.floor(s);
    const line_ = Math.floor(t);
    // Weights of the four texels around, in 1/256
    const right = ((s - column) * 256) | 0;
    const lower = ((t - line_) * 256) | 0;
    const both = (right * lower) >> 8;
    const above = (starts[level] as number) + across * (line_ & (down - 1));
    const below = (starts[level] as number) + across * ((line_ + 1) & (down - 1));
    const c0 = column & (across - 1);
    const c1 = (column + 1) & (across - 1);
    const t00 = texels[above + c0] as number;
    const t01 = texels[above + c1] as number;
    const t10 = texels[below + c0] as number;
    const t11 = texels[below + c1] as number;
    const w00 = 256 - right - lower + both;
    const w01 = right - both;
    const w10 = lower - both;
    const rb = Math.imul(t00 & 0xff00ff, w00) + Math.imul(t01 & 0xff00ff, w01) + Math.imul(t10 & 0xff00ff, w10) + Math.imul(t11 & 0xff00ff, both);
    const g = Math.imul(t00 & 0xff00, w00) + Math.imul(t01 & 0xff00, w01) + Math.imul(t10 & 0xff00, w10) + Math.imul(t11 & 0xff00, both);
    const light = brightness[k - start] as number;
    rgb[3 * k] = LEVEL_OF_LIGHT[(light * red * (LIGHT_OF_LEVEL[rb >>> 24] as number)) | 0] as number;
    rgb[3 * k + 1] = LEVEL_OF_LIGHT[(light * green * (LIGHT_OF_LEVEL[g >>> 16] as number)) | 0] as number;
    rgb[3 * k + 2] = LEVEL_OF_LIGHT[(light * blue * (LIGHT_OF_LEVEL[(rb >>> 8) & 0xff] as number)) | 0] as number;
  }
}
