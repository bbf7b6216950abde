/** How much light falls on what is seen: the Lambert law for the directional light, less where there is shadow, and light from everywhere. */
import { H0, HW, HX, HY } from './lens.ts';
import type { Part } from './part.ts';
import { createLayer, type Layer, TIE } from './raster.ts';
import { PLACE, type ShadowMap } from './shadow.ts';
import { FIELDS } from './surface.ts';
import type { Light } from './types.ts';

/** What colouring a picture needs to know. */
export interface View {
  readonly layer: Layer;
  /** f32[height, width]: metres along the optical axis */
  depth: Float32Array;
  /** The camera's lens in the frame of each part */
  readonly lenses: readonly Float64Array[];
  readonly shadows: ShadowMap;
  /** From the picture to the light: f64[4, 3], see `writeToLight` */
  readonly toLight: Float64Array;
  /** f64[parts, 3]: the colour of each part in full light, in entries of LEVEL_OF_LIGHT */
  readonly colors: Float64Array;
  /** f64[width]: of the row at hand, how much light falls on what each pixel sees */
  readonly brightness: Float64Array;
  /** f64[width]: how much comes straight from afar, where there is no shadow */
  readonly direct: Float64Array;
  /** f64[width, PLACE]: where it is in the light's map */
  readonly places: Float64Array;
}

/** Memory for pictures of a size, from cameras whose lenses are given. */
export const createView = (width: number, height: number, lenses: readonly Float64Array[], shadows: ShadowMap): View => ({
  layer: createLayer(width, height, TIE),
  depth: new Float32Array(0),
  lenses,
  shadows,
  toLight: new Float64Array(12),
  colors: new Float64Array(3 * lenses.length),
  brightness: new Float64Array(width),
  direct: new Float64Array(width),
  places: new Float64Array(PLACE * width),
});

/** Light from everywhere is a mean: this much more of it comes from above, and less from below. */
const SKY = 0.25;

/** Texels that a point is moved off its surface before it looks for its shadow, so that a surface does not shade itself. */
const OFFSET = 0.5;

/** Surfaces that face the light less than this are taken to face it so much where slopes are concerned. */
const GRAZING = 0.1;

/**
 * Writes how a point at (x, y) and a depth in the picture gets to the light's map: t0 + depth·(t1 + x·t2 + y·t3) are x, y and nearness.
 * Both lenses are those of the world.
 */
export function writeToLight(camera: Float64Array, light: Float64Array, toLight: Float64Array): void {
  [HW, H0, HX, HY].forEach((from, part) => {
    for (let row = 0; row < 3; row++) {
      let sum = 0;
      for (let i = 0; i < 4; i++) sum += (light[4 * row + i] as number) * (camera[from + i] as number);
      toLight[3 * part + row] = sum;
    }
  });
}

/** The brightness of pixels `from` … `to` − 1, which see a triangle whose normal is the same everywhere. */
export function brightenFlat(
  view: View,
  light: Light,
  { index, surface, instance }: Part,
  triangle: number,
  row: number,
  from: number,
  to: number,
): void {
  const { layer, depth, shadows, toLight, brightness, direct, places } = view;
  const { width } = layer;
  const start = row * width;
  const { fields } = surface;
  const nx = fields[FIELDS * triangle + 3] as number;
  const ny = fields[FIELDS * triangle + 7] as number;
  const nz = fields[FIELDS * triangle + 11] as number;
  const { rotation } = instance;
  const sky = light.ambient * (1 + SKY * (rotation[6] * nx + rotation[7] * ny + rotation[8] * nz));
  const s = shadows.lenses[index] as Float64Array;
  const facing = (s[8] as number) * nx + (s[9] as number) * ny + (s[10] as number) * nz;
  const straight = facing > 0 ? facing * light.directional : 0;
  for (let k = from; k < to; k++) {
    brightness[k - start] = sky;
    direct[k - start] = straight;
  }
  if (straight === 0) return;
  const offset = OFFSET * shadows.texel;
  const y = row + 0.5;
  const x0 = from - start + 0.5;
  const sideX = (s[0] as number) * nx + (s[1] as number) * ny + (s[2] as number) * nz;
  const sideY = (s[4] as number) * nx + (s[5] as number) * ny + (s[6] as number) * nz;
  const u0 = (toLight[0] as number) + offset * sideX;
  const v0 = (toLight[1] as number) + offset * sideY;
  const steep = (-shadows.texel * shadows.texel) / Math.max(facing, GRAZING);
  const perX = steep * sideX;
  const perY = steep * sideY;
  const q0 = (toLight[2] as number) + offset * facing;
  const du = toLight[6] as number;
  const dv = toLight[7] as number;
  const dq = toLight[8] as number;
  let u1 = (toLight[3] as number) + y * (toLight[9] as number) + x0 * du;
  let v1 = (toLight[4] as number) + y * (toLight[10] as number) + x0 * dv;
  let q1 = (toLight[5] as number) + y * (toLight[11] as number) + x0 * dq;
  for (let k = from; k < to; k++) {
    const z = depth[k] as number;
    const i = PLACE * (k - start);
    places[i] = u0 + z * u1;
    places[i + 1] = v0 + z * v1;
    places[i + 2] = q0 + z * q1;
    places[i + 3] = perX;
    places[i + 4] = perY;
    u1 += du;
    v1 += dv;
    q1 += dq;
  }
}

/** The brightness of pixels `from` … `to` − 1, which see a triangle of a round surface. */
export function brightenRound(
  view: View,
  light: Light,
  { index, surface, instance }: Part,
  triangle: number,
  row: number,
  from: number,
  to: number,
): void {
  const { layer, depth, shadows, toLight, brightness, direct, places, lenses } = view;
  const { width } = layer;
  const start = row * width;
  const { rotation } = instance;
  const { fields } = surface;
  const f = FIELDS * triangle;
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
  const lens = lenses[index] as Float64Array;
  const y = row + 0.5;
  const dx = lens[HX] as number;
  const dy = lens[HX + 1] as number;
  const dz = lens[HX + 2] as number;
  const vx = (lens[H0] as number) + y * (lens[HY] as number);
  const vy = (lens[H0 + 1] as number) + y * (lens[HY + 1] as number);
  const vz = (lens[H0 + 2] as number) + y * (lens[HY + 2] as number);
  const ox = lens[HW] as number;
  const oy = lens[HW + 1] as number;
  const oz = lens[HW + 2] as number;
  const s = shadows.lenses[index] as Float64Array;
  const sx0 = s[0] as number;
  const sx1 = s[1] as number;
  const sx2 = s[2] as number;
  const sy0 = s[4] as number;
  const sy1 = s[5] as number;
  const sy2 = s[6] as number;
  const sz0 = s[8] as number;
  const sz1 = s[9] as number;
  const sz2 = s[10] as number;
  const u0 = toLight[0] as number;
  const v0 = toLight[1] as number;
  const q0 = toLight[2] as number;
  const u1 = (toLight[3] as number) + y * (toLight[9] as number);
  const v1 = (toLight[4] as number) + y * (toLight[10] as number);
  const q1 = (toLight[5] as number) + y * (toLight[11] as number);
  const du = toLight[6] as number;
  const dv = toLight[7] as number;
  const dq = toLight[8] as number;
  const ux = rotation[6];
  const uy = rotation[7];
  const uz = rotation[8];
  const offset = OFFSET * shadows.texel;
  const square = -shadows.texel * shadows.texel;
  const { ambient, directional } = light;
  const sky = ambient * SKY;
  for (let k = from; k < to; k++) {
    const z = depth[k] as number;
    const x = k - start + 0.5;
    const px = ox + z * (vx + x * dx);
    const py = oy + z * (vy + x * dy);
    const pz = oz + z * (vz + x * dz);
    const nx = nx0 * px + nx1 * py + nx2 * pz + nx3;
    const ny = ny0 * px + ny1 * py + ny2 * pz + ny3;
    const nz = nz0 * px + nz1 * py + nz2 * pz + nz3;
    // Close to 1 over its length, which is close to 1: one step of Newton's method
    const shorten = 1.5 - 0.5 * (nx * nx + ny * ny + nz * nz);
    const facing = shorten * (sz0 * nx + sz1 * ny + sz2 * nz);
    brightness[k - start] = ambient + sky * shorten * (ux * nx + uy * ny + uz * nz);
    direct[k - start] = facing * directional;
    const sideX = shorten * (sx0 * nx + sx1 * ny + sx2 * nz);
    const sideY = shorten * (sy0 * nx + sy1 * ny + sy2 * nz);
    const steep = square / Math.max(facing, GRAZING);
    const i = PLACE * (k - start);
    places[i] = u0 + z * (u1 + x * du) + offset * sideX;
    places[i + 1] = v0 + z * (v1 + x * dv) + offset * sideY;
    places[i + 2] = q0 + z * (q1 + x * dq) + offset * facing;
    places[i + 3] = steep * sideX;
    places[i + 4] = steep * sideY;
  }
}
