/**
 * Shadows: a picture of what the light sees (Williams 1978, "Casting curved shadows on curved surfaces"). A point is in the light if
 * nothing there is nearer to it. One map serves all cameras that look at the same state.
 */
import { cross3, dot3, length3, scale3, type Vec3 } from '../../robot/vectors.ts';
import { type Corners, placeInLight } from './corners.ts';
import { type LightFrame, LENS, writeLensIn, writeLightLens } from './lens.ts';
import { clearLayer, createLayer, drawTriangles, type Layer } from './raster.ts';
import type { Part } from './part.ts';
import type { Light } from './types.ts';

/** Metres from the origin of the world: what is farther away throws no shadow, so that nothing that fell off makes the map coarse. */
const REACH = 3;

/** Metres: the side of the map is a multiple of this, so that it keeps its scale while things move. */
const STEP = 0.25;

/** Texels at each edge that stay empty: what is outside of the map is in the light. */
const MARGIN = 3;

/** What the light sees of a state. */
export interface ShadowMap {
  readonly layer: Layer;
  /** The light's lens in the frame of the world */
  readonly world: Float64Array;
  /** The light's lens in the frame of each part */
  readonly lenses: readonly Float64Array[];
  /** Is there anything to look up? */
  casts: boolean;
  /** Metres a texel */
  texel: number;
}

/** A map of size × size texels with nothing on it. */
export const createShadowMap = (size: number, parts: number): ShadowMap => ({
  layer: createLayer(size, size),
  world: new Float64Array(LENS),
  lenses: Array.from({ length: parts }, () => new Float64Array(LENS)),
  texel: 1,
  casts: true,
});

/** Draws all that throws a shadow. */
export function drawShadows(map: ShadowMap, parts: readonly Part[], light: Light, corners: Corners): void {
  const { layer, lenses, world } = map;
  const casters = parts.filter((part) => part.instance.shadow !== false && length3(part.center) < REACH);
  const frame = frameAround(casters, light.direction, layer.width);
  map.texel = 1 / frame.scale;
  writeLightLens(frame, world);
  for (const { index, instance } of parts) writeLensIn(world, instance.position, instance.rotation, lenses[index] as Float64Array);
  clearLayer(layer);
  for (const { index, surface } of casters) {
    const lens = lenses[index] as Float64Array;
    placeInLight(lens, surface, layer.width, corners);
    drawTriangles(layer, lens, surface, corners, index);
  }
}

/** The light's map around what throws shadows. Moves by whole texels only, so that edges of shadows do not crawl. */
function frameAround(casters: readonly Part[], direction: Vec3, size: number): LightFrame {
  const forward = scale3(direction, 1 / length3(direction));
  const aside = cross3(Math.abs(forward[2]) < 0.9 ? [0, 0, 1] : [0, 1, 0], forward);
  const x = scale3(aside, 1 / length3(aside));
  const y = cross3(forward, x);
  const back = scale3(forward, -1);
  const ranges = [x, y, back].map((axis) => {
    const middles = casters.map(({ center }) => dot3(axis, center));
    const reaches = casters.map((part) => reach(part, axis));
    const low = middles.reduce((lowest, middle, i) => Math.min(lowest, middle - (reaches[i] as number)), Number.POSITIVE_INFINITY);
    const high = middles.reduce((highest, middle, i) => Math.max(highest, middle + (reaches[i] as number)), Number.NEGATIVE_INFINITY);
    return casters.length > 0 ? ([low, high] as const) : ([0, 0] as const);
  });
  const [[left, right], [top, bottom], [far]] = ranges as [readonly [number, number], readonly [number, number], readonly [number, number]];
  const side = STEP * Math.max(1, Math.ceil(Math.max(right - left, bottom - top) / STEP));
  const scale = (size - 2 * MARGIN - 1) / side;
  const snapped = (edge: number): number => (Math.floor(edge * scale) - MARGIN) / scale;
  return { x, y, forward, scale, origin: [snapped(left), snapped(top), far - 0.1] };
}

/** How far a part's box reaches from its middle along an axis of the world. */
function reach({ surface: { half }, instance: { rotation: r } }: Part, [x, y, z]: Vec3): number {
  return (
    half[0] * Math.abs(r[0] * x + r[3] * y + r[6] * z) +
    half[1] * Math.abs(r[1] * x + r[4] * y + r[7] * z) +
    half[2] * Math.abs(r[2] * x + r[5] * y + r[8] * z)
  );
}

/** Numbers of a place in the light's map: x and y in texels, nearness, and how much nearer the surface gets per texel along x and y */
export const PLACE = 5;

/**
 * Adds the light from far away to what falls on a row of pixels. `direct` is how much it would be without shadow, `places`
 * f64[N, PLACE] where to look for it. The light is less by the share of the 3 × 3 texels around, weighted by a quadratic B-spline, in
 * which something is nearer to the light than the surface would be there (percentage-closer filtering, Reeves et al. 1987).
 */
export function addDirect({ layer, casts }: ShadowMap, direct: Float64Array, places: Float64Array, count: number, brightness: Float64Array): void {
  const { width, nearness } = layer;
  for (let i = 0; i < count; i++) {
    let light = direct[i] as number;
    if (light <= 0) continue;
    const x = (places[PLACE * i] as number) - 1;
    const y = (places[PLACE * i + 1] as number) - 1;
    if (casts && x >= 0 && y >= 0 && x < width - 2 && y < width - 2) {
      const perX = places[PLACE * i + 3] as number;
      const perY = places[PLACE * i + 4] as number;
      const column = x | 0;
      const row = y | 0;
      const right = x - column;
      const lower = y - row;
      // Weights of the three columns and rows
      const x0 = 0.5 * (1 - right) * (1 - right);
      const x2 = 0.5 * right * right;
      const x1 = 1 - x0 - x2;
      const y0 = 0.5 * (1 - lower) * (1 - lower);
      const y2 = 0.5 * lower * lower;
      const near0 = (places[PLACE * i + 2] as number) - (0.5 + right) * perX - (0.5 + lower) * perY;
      const near1 = near0 + perX;
      const near2 = near1 + perX;
      const a = row * width + column;
      const b = a + width;
      const c = b + width;
      let above = 0;
      if (near0 >= (nearness[a] as number)) above += x0;
      if (near1 >= (nearness[a + 1] as number)) above += x1;
      if (near2 >= (nearness[a + 2] as number)) above += x2;
      let middle = 0;
      if (near0 + perY >= (nearness[b] as number)) middle += x0;
      if (near1 + perY >= (nearness[b + 1] as number)) middle += x1;
      if (near2 + perY >= (nearness[b + 2] as number)) middle += x2;
      let below = 0;
      if (near0 + 2 * perY >= (nearness[c] as number)) below += x0;
      if (near1 + 2 * perY >= (nearness[c + 1] as number)) below += x1;
      if (near2 + 2 * perY >= (nearness[c + 2] as number)) below += x2;
      light *= y0 * above + (1 - y0 - y2) * middle + y2 * below;
    }
    brightness[i] = (brightness[i] as number) + light;
  }
}
