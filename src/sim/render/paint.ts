/** From how much light falls on a run of pixels to their colours. */
import type { View } from './brightness.ts';
import { LEVEL_OF_LIGHT, LIGHT_OF_LEVEL } from './color.ts';
import { H0, HW, HX, HY } from './lens.ts';
import type { Mips } from './mips.ts';
import type { Part } from './part.ts';
import { FIELD_U, FIELD_V, FIELDS } from './surface.ts';

/** Paints pixels `from` … `to` − 1 in the colour of a part. */
export function paintPlain(
  { layer, colors, brightness }: View,
  { index }: Part,
  row: number,
  from: number,
  to: number,
  rgb: Uint8Array,
): void {
  const red = colors[3 * index] as number;
  const green = colors[3 * index + 1] as number;
  const blue = colors[3 * index + 2] as number;
  const start = row * layer.width;
  for (let k = from; k < to; k++) {
    const light = brightness[k - start] as number;
    rgb[3 * k] = LEVEL_OF_LIGHT[(light * red) | 0] as number;
    rgb[3 * k + 1] = LEVEL_OF_LIGHT[(light * green) | 0] as number;
    rgb[3 * k + 2] = LEVEL_OF_LIGHT[(light * blue) | 0] as number;
  }
}

/** A surface at a slant shows more of its texture in a pixel, but it is not taken for more than by one over this. */
const SLANT = 0.05;

/**
 * Paints pixels that see a triangle with a texture, of which the level is looked at whose texels are about as large as the pixel (within
 * a factor of √2), between the four nearest texels.
 */
export function paintTexture(
  { layer, depth, lenses, colors, brightness }: View,
  { index, surface }: Part,
  { width, height, texels, starts }: Mips,
  triangle: number,
  row: number,
  from: number,
  to: number,
  rgb: Uint8Array,
): void {
  const { fields, planes } = surface;
  const lens = lenses[index] as Float64Array;
  const red = colors[3 * index] as number;
  const green = colors[3 * index + 1] as number;
  const blue = colors[3 * index + 2] as number;
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
  // How many texels there are in a pixel, twice over, in a surface at depth 1 that is not at a slant
  const pixel = dx * dx + dy * dy + dz * dz;
  const acrossU = (ux * ux + uy * uy + uz * uz) * width * width;
  const acrossV = (vx * vx + vy * vy + vz * vz) * height * height;
  const dense = 2 * pixel * (acrossU > acrossV ? acrossU : acrossV);
  const p = 4 * triangle;
  const facing = ox * (planes[p] as number) + oy * (planes[p + 1] as number) + oz * (planes[p + 2] as number) + (planes[p + 3] as number);
  const last = starts.length - 1;
  const coarsest = 1 << (2 * last);
  const denseFacing = dense / facing;
  const denseSlanted = dense / SLANT;
  const start = row * layer.width;
  for (let k = from; k < to; k++) {
    const z = depth[k] as number;
    const x = k - start + 0.5;
    const area = z * z * (facing > SLANT * z ? denseFacing * z : denseSlanted);
    const level = area < 4 ? 0 : area < coarsest ? (31 - Math.clz32(area | 0)) >> 1 : last;
    const across = width >> level;
    const down = height >> level;
    const s = (u0 + z * (u1 + x * du)) * across - 0.5;
    const t = (v0 + z * (v1 + x * dv)) * down - 0.5;
    const column = Math.floor(s);
    const line = Math.floor(t);
    // Weights of the four texels around, in 1/256
    const right = ((s - column) * 256) | 0;
    const lower = ((t - line) * 256) | 0;
    const both = (right * lower) >> 8;
    const above = (starts[level] as number) + across * (line & (down - 1));
    const below = (starts[level] as number) + across * ((line + 1) & (down - 1));
    const c0 = column & (across - 1);
    const c1 = (column + 1) & (across - 1);
    const t00 = texels[above + c0] as number;
    const t01 = texels[above + c1] as number;
    const t10 = texels[below + c0] as number;
    const t11 = texels[below + c1] as number;
    const w00 = 256 - right - lower + both;
    const w01 = right - both;
    const w10 = lower - both;
    const rb =
      Math.imul(t00 & 0xff00ff, w00) + Math.imul(t01 & 0xff00ff, w01) + Math.imul(t10 & 0xff00ff, w10) + Math.imul(t11 & 0xff00ff, both);
    const g = Math.imul(t00 & 0xff00, w00) + Math.imul(t01 & 0xff00, w01) + Math.imul(t10 & 0xff00, w10) + Math.imul(t11 & 0xff00, both);
    const light = brightness[k - start] as number;
    rgb[3 * k] = LEVEL_OF_LIGHT[(light * red * (LIGHT_OF_LEVEL[rb >>> 24] as number)) | 0] as number;
    rgb[3 * k + 1] = LEVEL_OF_LIGHT[(light * green * (LIGHT_OF_LEVEL[g >>> 16] as number)) | 0] as number;
    rgb[3 * k + 2] = LEVEL_OF_LIGHT[(light * blue * (LIGHT_OF_LEVEL[(rb >>> 8) & 0xff] as number)) | 0] as number;
  }
}
