/**
 * From what is nearest at each pixel to its colour: deferred shading, once for each pixel that is seen. Pixels of one triangle that are
 * side by side in a row, a run, are coloured together.
 */
import type { Rgb } from '../material.ts';
import { decodeRgb, FULL_LIGHT, LEVEL_OF_LIGHT, lightOfTemperature } from './color.ts';
import { brightenFlat, brightenRound, type View } from './brightness.ts';
import type { Part } from './part.ts';
import { INSTANCE_SHIFT, MOST_TRIANGLES, NOTHING } from './raster.ts';
import { addDirect } from './shadow.ts';
import { paintTexture } from './texture.ts';
import type { RenderScene } from './types.ts';

/** Colours what a camera sees: u8[height, width, 3]. */
export function shade(view: View, parts: readonly Part[], { light, background }: RenderScene, rgb: Uint8Array): void {
  const { width, height, tags } = view.layer;
  const hue = lightOfTemperature(light.temperature);
  const back = decodeRgb(background).map((amount) => LEVEL_OF_LIGHT[Math.min(FULL_LIGHT, amount * FULL_LIGHT) | 0] as number) as unknown as Rgb;
  const colors = parts.map(({color}) => Float64Array.from(color, (amount, channel) => amount * (hue[channel] as number) * FULL_LIGHT));
  for (let row = 0; row < height; row++) {
    const stop = (row + 1) * width;
    for (let from = row * width, to = from; from < stop; from = to) {
      const tag = tags[from] as number;
      do to++;
      while (to < stop && tags[to] === tag);
      if (tag === NOTHING) {
        view.direct.fill(0, from - row * width, to - row * width);
        continue;
      }
      const instance = tag >>> INSTANCE_SHIFT;
      const triangle = tag & (MOST_TRIANGLES - 1);
      const part = parts[instance] as Part;
      if (part.surface.flat[triangle]) brightenFlat(view, part, triangle, row, from, to);
      else brightenRound(view, part, triangle, row, from, to);
    }
    addDirect(view.shadows, view.direct, view.places, width, view.brightness);
    for (let from = row * width, to = from; from < stop; from = to) {
      const tag = tags[from] as number;
      do to++;
      while (to < stop && tags[to] === tag);
      if (tag === NOTHING) {
        paintBackground(back, rgb, from, to);
        continue;
      }
      const instance = tag >>> INSTANCE_SHIFT;
      const triangle = tag & (MOST_TRIANGLES - 1);
      const part = parts[instance] as Part;
      if (part.texture) paintTexture(view, part, part.texture, triangle, colors[instance] as Float64Array, row, from, to, rgb);
      else paintPlain(view.brightness, colors[instance] as Float64Array, row * width, from, to, rgb);
    }
  }
}

function paintBackground([red, green, blue]: Rgb, rgb: Uint8Array, from: number, to: number): void {
  for (let k = from; k < to; k++) {
    rgb[3 * k] = red;
    rgb[3 * k + 1] = green;
    rgb[3 * k + 2] = blue;
  }
}

function paintPlain(brightness: Float64Array, color: Float64Array, start: number, from: number, to: number, rgb: Uint8Array): void {
  const red = color[0] as number;
  const green = color[1] as number;
  const blue = color[2] as number;
  for (let k = from; k < to; k++) {
    const b = brightness[k - start] as number;
    rgb[3 * k] = LEVEL_OF_LIGHT[(b * red) | 0] as number;
    rgb[3 * k + 1] = LEVEL_OF_LIGHT[(b * green) | 0] as number;
    rgb[3 * k + 2] = LEVEL_OF_LIGHT[(b * blue) | 0] as number;
  }
}
