/** From what is nearest at each pixel to its colour: deferred shading, once for each pixel that is seen. */
import type { Rgb } from '../material.ts';
import { BRIGHTEST, decodeRgb, FULL_LIGHT, LEVEL_OF_LIGHT, lightOfTemperature } from './color.ts';
import { H0, HW, HX, HY } from './lens.ts';
import type { Part } from './part.ts';
import { INSTANCE_SHIFT, type Layer, MOST_TRIANGLES, NOTHING } from './raster.ts';
import { lightAt, type ShadowMap } from './shadow.ts';
import { FIELDS } from './surface.ts';
import { lookUp } from './texture.ts';
import type { RenderScene } from './types.ts';

/** Light from everywhere is a mean: this much more of it comes from above, and less from below. */
const SKY = 0.25;

/** Texels that a point is moved off its surface before it looks for its shadow, so that a surface does not shade itself. */
const OFFSET = 1.6;

const texel = new Float64Array(3);

/** Colours a layer: u8[height, width, 3]. `lenses` are the camera's in the frame of each part. */
export function shade(
  { width, height, nearness, tags }: Layer,
  lenses: readonly Float64Array[],
  parts: readonly Part[],
  { light, background }: RenderScene,
  shadows: ShadowMap,
  rgb: Uint8Array,
): void {
  const [hueRed, hueGreen, hueBlue] = lightOfTemperature(light.temperature);
  const [backRed, backGreen, backBlue] = decodeRgb(background).map((n) => LEVEL_OF_LIGHT[Math.min(FULL_LIGHT, n * FULL_LIGHT) | 0]) as unknown as Rgb;
  const { ambient, directional } = light;
  const offset = OFFSET * shadows.texel;
  const { casts, layer: map } = shadows;
  const limit = BRIGHTEST * FULL_LIGHT - 1;
  let tag: number = NOTHING;
  let slot = -1;
  let part = parts[0] as Part;
  let fields = part.surface.fields;
  let texture = part.texture;
  let [ox, oy, oz, dx, dy, dz, rx, ry, rz, bx, by, bz] = [0,0,0, 0,0,0, 0,0,0, 0,0,0];
  let [ux, uy, uz, red, green, blue] = [0,0,0,0,0,0];
  let [sx,sx1,sx2,sx3, sy,sy1,sy2,sy3, sz,sz1,sz2,sz3]=[0,0,0,0,0,0,0,0,0,0,0,0];
  let [nx,nx1,nx2,nx3, ny,ny1,ny2,ny3, nz,nz1,nz2,nz3]=[0,0,0,0,0,0,0,0,0,0,0,0];
  let [tu,tu1,tu2,tu3, tv,tv1,tv2,tv3, density]=[0,0,0,0,0,0,0,0,0];
  let most = 1;
  for (let k = 0, row = 0; row < height; row++) {
    const y = row + 0.5;
    for (let column = 0; column < width; column++, k++) {
      const seen = tags[k] as number;
      if (seen === NOTHING) {
        rgb[3 * k] = backRed;
        rgb[3 * k + 1] = backGreen;
        rgb[3 * k + 2] = backBlue;
        continue;
      }
      if (seen !== tag) {
        tag = seen;
        if (seen >>> INSTANCE_SHIFT !== slot) {
          slot = seen >>> INSTANCE_SHIFT;
          part = parts[slot] as Part;
          fields = part.surface.fields;
          texture = part.texture;
          const lens = lenses[slot] as Float64Array;
          ox = lens[HW] as number; oy = lens[HW + 1] as number; oz = lens[HW + 2] as number;
          bx = lens[H0] as number; by = lens[H0 + 1] as number; bz = lens[H0 + 2] as number;
          dx = lens[HX] as number; dy = lens[HX + 1] as number; dz = lens[HX + 2] as number;
          rx = lens[HY] as number; ry = lens[HY + 1] as number; rz = lens[HY + 2] as number;
          const s = shadows.lenses[slot] as Float64Array;
          sx = s[0] as number; sx1 = s[1] as number; sx2 = s[2] as number; sx3 = s[3] as number;
          sy = s[4] as number; sy1 = s[5] as number; sy2 = s[6] as number; sy3 = s[7] as number;
          sz = s[8] as number; sz1 = s[9] as number; sz2 = s[10] as number; sz3 = s[11] as number;
          const { rotation } = part.instance;
          ux = rotation[6]; uy = rotation[7]; uz = rotation[8];
          red = part.color[0] * hueRed * FULL_LIGHT;
          green = part.color[1] * hueGreen * FULL_LIGHT;
          blue = part.color[2] * hueBlue * FULL_LIGHT;
          most = limit / Math.max(red, green, blue);
        }
        const f = FIELDS * (seen & (MOST_TRIANGLES - 1));
        nx = fields[f] as number; nx1 = fields[f + 1] as number; nx2 = fields[f + 2] as number; nx3 = fields[f + 3] as number;
        ny = fields[f + 4] as number; ny1 = fields[f + 5] as number; ny2 = fields[f + 6] as number; ny3 = fields[f + 7] as number;
        nz = fields[f + 8] as number; nz1 = fields[f + 9] as number; nz2 = fields[f + 10] as number; nz3 = fields[f + 11] as number;
        if (texture) {
          tu = fields[f + 12] as number; tu1 = fields[f + 13] as number; tu2 = fields[f + 14] as number; tu3 = fields[f + 15] as number;
          tv = fields[f + 16] as number; tv1 = fields[f + 17] as number; tv2 = fields[f + 18] as number; tv3 = fields[f + 19] as number;
          const a = (tu * tu + tu1 * tu1 + tu2 * tu2) * texture.width * texture.width;
          const b = (tv * tv + tv1 * tv1 + tv2 * tv2) * texture.height * texture.height;
          density = Math.sqrt(Math.max(a, b) * (dx * dx + dy * dy + dz * dz));
        }
      }
      // The point that is seen, in the frame of its mesh
      const z = 1 / (nearness[k] as number);
      const x = column + 0.5;
      const vx = bx + x * dx + y * rx;
      const vy = by + x * dy + y * ry;
      const vz = bz + x * dz + y * rz;
      const px = ox + z * vx;
      const py = oy + z * vy;
      const pz = oz + z * vz;
      const mx = nx * px + nx1 * py + nx2 * pz + nx3;
      const my = ny * px + ny1 * py + ny2 * pz + ny3;
      const mz = nz * px + nz1 * py + nz2 * pz + nz3;
      const long = 1 / Math.sqrt(mx * mx + my * my + mz * mz);
      let intensity = ambient * (1 + SKY * long * (ux * mx + uy * my + uz * mz));
      const facing = long * (sz * mx + sz1 * my + sz2 * mz);
      if (facing > 0) {
        let lit = 1;
        if (casts) {
          const o = offset * long;
          const qx = px + o * mx;
          const qy = py + o * my;
          const qz = pz + o * mz;
          lit = lightAt(
            map,
            sx * qx + sx1 * qy + sx2 * qz + sx3,
            sy * qx + sy1 * qy + sy2 * qz + sy3,
            sz * qx + sz1 * qy + sz2 * qz + sz3,
          );
        }
        intensity += directional * facing * lit;
      }
      if (intensity > most) intensity = most;
      let [r, g, b] = [intensity * red, intensity * green, intensity * blue];
      if (texture) {
        const cosine = Math.abs(long * (vx * mx + vy * my + vz * mz));
        lookUp(texture, tu * px + tu1 * py + tu2 * pz + tu3, tv * px + tv1 * py + tv2 * pz + tv3, (density * z) / Math.sqrt(Math.max(cosine, 0.05)), texel);
        r *= texel[0] as number;
        g *= texel[1] as number;
        b *= texel[2] as number;
      }
      rgb[3 * k] = LEVEL_OF_LIGHT[r | 0] as number;
      rgb[3 * k + 1] = LEVEL_OF_LIGHT[g | 0] as number;
      rgb[3 * k + 2] = LEVEL_OF_LIGHT[b | 0] as number;
    }
  }
}
