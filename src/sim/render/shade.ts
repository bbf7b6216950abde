/**
 * From what is nearest at each pixel to its colour: deferred shading, once for each pixel that is seen. Pixels of one triangle that are
 * side by side in a row, a run, are shaded together.
 */
import type { Rgb } from '../material.ts';
import { BRIGHTEST, decodeRgb, FULL_LIGHT, LEVEL_OF_LIGHT, lightOfTemperature } from './color.ts';
import { H0, HW, HX, HY } from './lens.ts';
import type { Part } from './part.ts';
import { INSTANCE_SHIFT, type Layer, MOST_TRIANGLES, NOTHING } from './raster.ts';
import type { ShadowMap } from './shadow.ts';
import { FIELDS } from './surface.ts';
import type { RenderScene } from './types.ts';

/** Light from everywhere is a mean: this much more of it comes from above, and less from below. */
const SKY = 0.25;

/** Texels that a point is moved off its surface before it looks for its shadow, so that a surface does not shade itself. */
const OFFSET = 1.6;

/** Colours a layer: u8[height, width, 3]. `lenses` are the camera's in the frame of each part. */
export function shade(
  layer: Layer,
  lenses: readonly Float64Array[],
  parts: readonly Part[],
  { light, background }: RenderScene,
  shadows: ShadowMap,
  rgb: Uint8Array,
): void {
  const { width, height, tags } = layer;
  const hue = lightOfTemperature(light.temperature);
  const [backRed, backGreen, backBlue] = decodeRgb(background).map((n) => LEVEL_OF_LIGHT[Math.min(FULL_LIGHT, n * FULL_LIGHT) | 0]) as unknown as Rgb;
  const colors = new Float64Array(3 * parts.length);
  parts.forEach((p, i) => colors.set(p.color.map((c, j) => c * hue[j]! * FULL_LIGHT), 3 * i));
  const shine = new Float64Array(width);
  for (let row = 0; row < height; row++) {
    const start = row * width;
    const stop = start + width;
    for (let k = start; k < stop; ) {
      const tag = tags[k] as number;
      const from = k;
      do k++; while (k < stop && tags[k] === tag);
      if (tag === NOTHING) {
        for (let i = from; i < k; i++) {
          rgb[3 * i] = backRed;
          rgb[3 * i + 1] = backGreen;
          rgb[3 * i + 2] = backBlue;
        }
        continue;
      }
      const slot = tag >>> INSTANCE_SHIFT;
      const part = parts[slot] as Part;
      illuminate(layer, row, from, k, lenses[slot] as Float64Array, shadows, shadows.lenses[slot] as Float64Array, part.surface.fields, FIELDS * (tag & (MOST_TRIANGLES - 1)), part.instance.rotation, light, shine);
      const red = colors[3 * slot] as number;
      const green = colors[3 * slot + 1] as number;
      const blue = colors[3 * slot + 2] as number;
      const most = (BRIGHTEST * FULL_LIGHT - 1) / Math.max(red, green, blue);
      for (let i = from; i < k; i++) {
        const s = shine[i - start] as number;
        const t = s < most ? s : most;
        rgb[3 * i] = LEVEL_OF_LIGHT[(t * red) | 0] as number;
        rgb[3 * i + 1] = LEVEL_OF_LIGHT[(t * green) | 0] as number;
        rgb[3 * i + 2] = LEVEL_OF_LIGHT[(t * blue) | 0] as number;
      }
    }
  }
}

function illuminate({ nearness, width }: Layer, row: number, from: number, to: number, lens: Float64Array, { casts, texel, layer }: ShadowMap, s: Float64Array, fields: Float32Array, f: number, rotation: readonly number[], light: RenderScene['light'], shine: Float64Array): void {
  const y = row + 0.5;
  const start = row * width;
  const ox = lens[HW] as number;
  const oy = lens[HW + 1] as number;
  const oz = lens[HW + 2] as number;
  const dx = lens[HX] as number;
  const dy = lens[HX + 1] as number;
  const dz = lens[HX + 2] as number;
  const bx = (lens[H0] as number) + y * (lens[HY] as number);
  const by = (lens[H0 + 1] as number) + y * (lens[HY + 1] as number);
  const bz = (lens[H0 + 2] as number) + y * (lens[HY + 2] as number);
  const nx0 = fields[f] as number;
  const nx1 = fields[f + 1] as number;
  const nx2 = fields[f + 2] as number;
  const nx3 = fields[f + 3] as number;
  const ny0 = fields[f + 4] as number;
  const ny1 = fields[f + 5] as number;
  const ny2 = fields[f + 6] as number;
  const ny3 = fields[f + 7] as number;
  const nz0 = fields[f + 8] as number;
  const nz1 = fields[f + 9] as number;
  const nz2 = fields[f + 10] as number;
  const nz3 = fields[f + 11] as number;
  const sx0 = s[0] as number;
  const sx1 = s[1] as number;
  const sx2 = s[2] as number;
  const sx3 = s[3] as number;
  const sy0 = s[4] as number;
  const sy1 = s[5] as number;
  const sy2 = s[6] as number;
  const sy3 = s[7] as number;
  const sz0 = s[8] as number;
  const sz1 = s[9] as number;
  const sz2 = s[10] as number;
  const sz3 = s[11] as number;
  const ux = rotation[6] as number;
  const uy = rotation[7] as number;
  const uz = rotation[8] as number;
  const offset = OFFSET * texel;
  const { ambient, directional } = light;
  const map = layer.nearness;
  const side = layer.width;
  for (let k = from; k < to; k++) {
    const z = 1 / (nearness[k] as number);
    const x = k - start + 0.5;
    const px = ox + z * (bx + x * dx);
    const py = oy + z * (by + x * dy);
    const pz = oz + z * (bz + x * dz);
    const mx = nx0 * px + nx1 * py + nx2 * pz + nx3;
    const my = ny0 * px + ny1 * py + ny2 * pz + ny3;
    const mz = nz0 * px + nz1 * py + nz2 * pz + nz3;
    const long = 1 / Math.sqrt(mx * mx + my * my + mz * mz);
    const facing = long * (sz0 * mx + sz1 * my + sz2 * mz);
    let intensity = ambient * (1 + SKY * long * (ux * mx + uy * my + uz * mz));
    if (facing > 0) {
      let lit = 1;
      if (casts) {
        const o = offset * long;
        const qx = px + o * mx;
        const qy = py + o * my;
        const qz = pz + o * mz;
        const u = sx0 * qx + sx1 * qy + sx2 * qz + sx3 - 0.5;
        const v = sy0 * qx + sy1 * qy + sy2 * qz + sy3 - 0.5;
        const near = sz0 * qx + sz1 * qy + sz2 * qz + sz3;
        if (u >= 0 && v >= 0 && u < side - 1 && v < side - 1) {
          const column = u | 0;
          const row = v | 0;
          const c = row * side + column;
          const toRight = u - column;
          const toBottom = v - row;
          const above = (near >= (map[c] as number) ? 1 - toRight : 0) + (near >= (map[c + 1] as number) ? toRight : 0);
          const below = (near >= (map[c + side] as number) ? 1 - toRight : 0) + (near >= (map[c + side + 1] as number) ? toRight : 0);
          lit = above + (below - above) * toBottom;
        }
      }
      intensity += directional * facing * lit;
    }
    shine[k - start] = intensity;
  }
}
