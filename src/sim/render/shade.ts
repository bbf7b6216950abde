/**
 * From what is nearest at each pixel to its colour: deferred shading, once for each pixel that is seen. Pixels of one triangle that are
 * side by side in a row, a run, are coloured together.
 */

import { brightenFlat, brightenRound, type View } from './brightness.ts';
import { decodeRgb, FULL_LIGHT, levelOf, lightOfTemperature } from './color.ts';
import { paintPlain, paintTexture } from './paint.ts';
import type { Part } from './part.ts';
import { INSTANCE_SHIFT, MOST_TRIANGLES, NOTHING } from './raster.ts';
import { addDirect } from './shadow.ts';
import type { RenderScene } from './types.ts';

/** Colours what a camera sees: u8[height, width, 3]. */
export function shade(view: View, parts: readonly Part[], { light, background }: RenderScene, rgb: Uint8Array): void {
  const { layer, shadows, colors, brightness, direct, places } = view;
  const { width, height, tags } = layer;
  for (const [channel, amount] of lightOfTemperature(light.temperature).entries()) {
    for (const { index, color } of parts) colors[3 * index + channel] = (color[channel] as number) * amount * FULL_LIGHT;
  }
  const back = Uint8Array.from(decodeRgb(background), levelOf);
  for (let row = 0; row < height; row++) {
    const start = row * width;
    const stop = start + width;
    for (let from = start, to = start; from < stop; from = to) {
      const tag = tags[from] as number;
      to = endOfRun(tags, from, stop);
      if (tag === NOTHING) {
        direct.fill(0, from - start, to - start);
        continue;
      }
      const part = parts[tag >>> INSTANCE_SHIFT] as Part;
      const triangle = tag & (MOST_TRIANGLES - 1);
      const brighten = part.surface.flat[triangle] === 1 ? brightenFlat : brightenRound;
      brighten(view, light, part, triangle, row, from, to);
    }
    addDirect(shadows, direct, places, width, brightness);
    for (let from = start, to = start; from < stop; from = to) {
      const tag = tags[from] as number;
      to = endOfRun(tags, from, stop);
      if (tag === NOTHING) {
        for (let i = 3 * from; i < 3 * to; i++) rgb[i] = back[i % 3] as number;
        continue;
      }
      const part = parts[tag >>> INSTANCE_SHIFT] as Part;
      if (part.texture) paintTexture(view, part, part.texture, tag & (MOST_TRIANGLES - 1), row, from, to, rgb);
      else paintPlain(view, part, row, from, to, rgb);
    }
  }
}

/** Where the pixels end that have the tag of the first one. */
function endOfRun(tags: Int32Array, from: number, stop: number): number {
  const tag = tags[from] as number;
  let end = from + 1;
  while (end < stop && tags[end] === tag) end++;
  return end;
}
