/**
 * Shadows: a picture of what the light sees (Williams 1978, "Casting curved shadows on curved surfaces"). A point is in the light if
 * nothing is nearer to it there. One map serves all cameras that look at the same state.
 */
import { cross3, length3, scale3, type Vec3 } from '../../robot/vectors.ts';
import { type Corners, placeInLight } from './corners.ts';
import { LENS, type LightFrame, writeLensIn, writeLightLens } from './lens.ts';
import type { Part } from './part.ts';
import { clearLayer, copyNearness, createLayer, drawTriangles, type Layer } from './raster.ts';

/** Metres from the origin of the world: what is farther away throws no shadow, so that nothing that fell off makes the map coarse. */
const REACH = 3;

/** Metres: the edges of the map are at multiples of this, so that it stays while things move. */
const STEP = 0.25;

/** Texels at each edge that stay empty: what is outside of the map is in the light. */
const MARGIN = 3;

/** What the light sees of a state. */
export interface ShadowMap {
  /** Of what has not moved between the last two states, in which frame */
  readonly still: { readonly layer: Layer; parts: readonly Part[]; frame: LightFrame | undefined };
  /** Where each part was, f64[parts, 12] */
  readonly poses: Float64Array;
  /** Are there shadows? Lenses are needed without them, too. */
  readonly casts: boolean;
  readonly layer: Layer;
  /** The light's lens in the frame of the world */
  readonly world: Float64Array;
  /** The light's lens in the frame of each part */
  readonly lenses: readonly Float64Array[];
  /** Metres a texel */
  texel: number;
}

/** A map of size × size texels with nothing on it. Throws unless the size is a whole number from 16 to 8192. */
export function createShadowMap(casts: boolean, size: number, parts: number): ShadowMap {
  if (!(Number.isInteger(size) && size >= 16 && size <= 8192)) {
    throw new Error(`a shadow map of ${size} texels a side: expected a whole number from 16 to 8192`);
  }
  const side = casts ? size : 1;
  return {
    casts,
    layer: createLayer(side, side, 1),
    still: { layer: createLayer(side, side, 1), parts: [], frame: undefined },
    poses: new Float64Array(12 * parts),
    world: new Float64Array(LENS),
    lenses: Array.from({ length: parts }, () => new Float64Array(LENS)),
    texel: 1,
  };
}

/**
 * Draws all that throws a shadow. `direction` is where the light goes, of any length but 0. What has not moved since the last time is
 * kept from then: as the nearest is the nearest in whatever order things are drawn, the map is the same as if all were drawn.
 */
export function drawShadows(map: ShadowMap, parts: readonly Part[], direction: Vec3, corners: Corners): void {
  const { casts, layer, still, world, lenses } = map;
  const casters = parts.filter(({ instance, center }) => casts && instance.shadow !== false && length3(center) < REACH);
  const frame = frameAround(casters, direction, layer.width);
  map.texel = 1 / frame.scale;
  writeLightLens(frame, world);
  for (const { index, instance } of parts) writeLensIn(world, instance.position, instance.rotation, lenses[index] as Float64Array);
  const moved = movedParts(map, parts);
  const resting = casters.filter((part) => !moved.has(part));
  const same = still.frame && sameFrame(still.frame, frame) && still.parts.length === resting.length;
  if (!same || still.parts.some((part, i) => part !== resting[i])) {
    clearLayer(still.layer, Number.NEGATIVE_INFINITY);
    drawParts(still.layer, resting, lenses, corners);
    Object.assign(still, { parts: resting, frame });
  }
  copyNearness(still.layer, layer);
  drawParts(
    layer,
    casters.filter((part) => moved.has(part)),
    lenses,
    corners,
  );
}

function drawParts(layer: Layer, parts: readonly Part[], lenses: readonly Float64Array[], corners: Corners): void {
  for (const { index, surface } of parts) {
    const lens = lenses[index] as Float64Array;
    placeInLight(lens, surface, layer.width, corners);
    drawTriangles(layer, lens, surface, corners, index);
  }
}

/** Those that are not where they were when this was last asked. */
function movedParts({ poses }: ShadowMap, parts: readonly Part[]): ReadonlySet<Part> {
  return new Set(
    parts.filter(({ index, instance: { position, rotation } }) => {
      let moved = false;
      for (let i = 0; i < 12; i++) {
        const value = (i < 3 ? position[i] : rotation[i - 3]) as number;
        moved ||= poses[12 * index + i] !== value;
        poses[12 * index + i] = value;
      }
      return moved;
    }),
  );
}

const sameFrame = (a: LightFrame, b: LightFrame): boolean =>
  a.scale === b.scale && a.left === b.left && a.top === b.top && a.forward.every((value, i) => value === b.forward[i]);

/** The light's map around what throws shadows. It stays where it is unless something leaves it, so that edges of shadows do not crawl. */
function frameAround(casters: readonly Part[], direction: Vec3, size: number): LightFrame {
  const length = length3(direction);
  if (!(length > 0 && length < Number.POSITIVE_INFINITY))
    throw new Error(`light goes along [${direction.join(', ')}]: expected a direction`);
  const forward = scale3(direction, 1 / length);
  const aside = cross3(Math.abs(forward[2]) < 0.9 ? [0, 0, 1] : [0, 1, 0], forward);
  const x = scale3(aside, 1 / length3(aside));
  const y = cross3(forward, x);
  const [left, right] = range(casters, x);
  const [top, bottom] = range(casters, y);
  const [firstColumn, firstRow] = [Math.floor(left / STEP), Math.floor(top / STEP)];
  const side = STEP * Math.max(1, Math.ceil(right / STEP) - firstColumn, Math.ceil(bottom / STEP) - firstRow);
  const scale = Math.max(1, size - 2 * MARGIN) / side;
  const edge = (first: number): number => first * STEP - MARGIN / scale;
  return { x, y, forward, scale, left: edge(firstColumn), top: edge(firstRow) };
}

/** From where to where parts reach along an axis, by their boxes; [0, 0] for none. */
function range(parts: readonly Part[], [x, y, z]: Vec3): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { center, surface, instance } of parts) {
    const r = instance.rotation;
    const middle = center[0] * x + center[1] * y + center[2] * z;
    const reach =
      surface.half[0] * Math.abs(r[0] * x + r[3] * y + r[6] * z) +
      surface.half[1] * Math.abs(r[1] * x + r[4] * y + r[7] * z) +
      surface.half[2] * Math.abs(r[2] * x + r[5] * y + r[8] * z);
    low = Math.min(low, middle - reach);
    high = Math.max(high, middle + reach);
  }
  return parts.length > 0 ? [low, high] : [0, 0];
}

/** Numbers of a place in the light's map: x and y in texels, nearness, and how much nearer the surface gets per texel along x and y */
export const PLACE = 5;

/**
 * Adds the light from far away to what falls on a row of pixels. `direct` is how much it would be without shadow, `places`
 * f64[N, PLACE] where to look for it. The light is less by the share of the 3 × 3 texels around, weighted by a quadratic B-spline, in
 * which something is nearer to the light than the surface would be there (percentage-closer filtering, Reeves et al. 1987).
 */
export function addDirect(
  { casts, layer }: ShadowMap,
  direct: Float64Array,
  places: Float64Array,
  count: number,
  brightness: Float64Array,
): void {
  const { width, nearness } = layer;
  for (let i = 0; i < count; i++) {
    let light = direct[i] as number;
    if (light <= 0) continue;
    const x = (places[PLACE * i] as number) - 1;
    const y = (places[PLACE * i + 1] as number) - 1;
    if (casts && x >= 0 && y >= 0 && x < width - 2 && y < width - 2) {
      const column = x | 0;
      const row = y | 0;
      const right = x - column;
      const lower = y - row;
      const x0 = 0.5 * (1 - right) * (1 - right);
      const x2 = 0.5 * right * right;
      const x1 = 1 - x0 - x2;
      const y0 = 0.5 * (1 - lower) * (1 - lower);
      const y2 = 0.5 * lower * lower;
      const y1 = 1 - y0 - y2;
      const perX = places[PLACE * i + 3] as number;
      const perY = places[PLACE * i + 4] as number;
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
      light *= y0 * above + y1 * middle + y2 * below;
    }
    brightness[i] = (brightness[i] as number) + light;
  }
}
