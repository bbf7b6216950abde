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
    const low = casters.reduce((lowest, { center, radius }) => Math.min(lowest, dot3(axis, center) - radius), Number.POSITIVE_INFINITY);
    const high = casters.reduce((highest, { center, radius }) => Math.max(highest, dot3(axis, center) + radius), Number.NEGATIVE_INFINITY);
    return casters.length > 0 ? ([low, high] as const) : ([0, 0] as const);
  });
  const [[left, right], [top, bottom], [far]] = ranges as [readonly [number, number], readonly [number, number], readonly [number, number]];
  const side = STEP * Math.max(1, Math.ceil(Math.max(right - left, bottom - top) / STEP));
  const scale = (size - 2 * MARGIN - 1) / side;
  const snapped = (edge: number): number => (Math.floor(edge * scale) - MARGIN) / scale;
  return { x, y, forward, scale, origin: [snapped(left), snapped(top), far - 0.1] };
}

/**
 * Adds the light from far away to what falls on a row of pixels: `direct` is how much it would be, `places` f64[N, 3] are x and y in
 * texels and nearness. It is less by the share of the four texels around, each weighted by how near it is, in which something else is
 * nearer to the light.
 */
export function addDirect({ layer, casts }: ShadowMap, direct: Float64Array, places: Float64Array, count: number, brightness: Float64Array): void {
  const { width, nearness } = layer;
  for (let i = 0; i < count; i++) {
    let light = direct[i] as number;
    if (light <= 0) continue;
    const x = (places[3 * i] as number) - 0.5;
    const y = (places[3 * i + 1] as number) - 0.5;
    if (casts && x >= 0 && y >= 0 && x < width - 1 && y < width - 1) {
      const near = places[3 * i + 2] as number;
      const column = x | 0;
      const row = y | 0;
      const k = row * width + column;
      const toRight = x - column;
      const toBottom = y - row;
      const above = (near >= (nearness[k] as number) ? 1 - toRight : 0) + (near >= (nearness[k + 1] as number) ? toRight : 0);
      const below = (near >= (nearness[k + width] as number) ? 1 - toRight : 0) + (near >= (nearness[k + width + 1] as number) ? toRight : 0);
      light *= above + (below - above) * toBottom;
    }
    brightness[i] = (brightness[i] as number) + light;
  }
}
