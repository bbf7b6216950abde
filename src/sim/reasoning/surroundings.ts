/** Colours of what is no thing: a blue wall contradicts "there is nothing blue here". */
import { BRIGHT } from './names.ts';
import type { Sight } from './sight.ts';

/** A bright colour. */
type Bright = (typeof BRIGHT)[number];

/**
 * Which hues could be called so, degrees. They overlap, and are wide: a colour that is in doubt counts. Dull pixels have none: those of
 * less than this saturation, (max − min) / max, or darker than this, of 255.
 */
const HUES: Readonly<Record<Bright, readonly [number, number]>> = {
  red: [-20, 18],
  yellow: [40, 72],
  green: [70, 180],
  blue: [185, 255],
  purple: [250, 320],
  pink: [300, 370],
};
const DULL = { saturation: 0.25, value: 50 };
/** Share of a picture that is enough to be noticed; and one pixel of so many, along both sides, is looked at */
const [NOTICED, STRIDE] = [0.003, 3];

const known = new WeakMap<Sight, ReadonlySet<string>>();

/** The bright colours that table, floor, walls and robot have in a picture. */
export function colorsAround(sight: Sight): ReadonlySet<string> {
  const found = known.get(sight) ?? findColors(sight);
  known.set(sight, found);
  return found;
}

function findColors({ picture: { width, height, rgb, segmentation }, seen }: Sight): ReadonlySet<string> {
  const ofThings = new Set([...seen.values()].flatMap(({ ids }) => ids));
  const counts = new Map<Bright, number>();
  let looked = 0;
  for (let y = 0; y < height; y += STRIDE) {
    for (let x = 0; x < width; x += STRIDE) {
      const at = y * width + x;
      looked++;
      if (ofThings.has(segmentation[at] as number)) continue;
      const hue = hueOf(rgb[3 * at] as number, rgb[3 * at + 1] as number, rgb[3 * at + 2] as number);
      if (hue === undefined) continue;
      for (const color of BRIGHT) {
        const [low, high] = HUES[color];
        if ((hue >= low && hue <= high) || (hue - 360 >= low && hue - 360 <= high)) counts.set(color, (counts.get(color) ?? 0) + 1);
      }
    }
  }
  return new Set(BRIGHT.filter((color) => (counts.get(color) ?? 0) > NOTICED * looked));
}

/** Degrees from 0, red, to below 360; undefined for what is grey or dark. */
function hueOf(r: number, g: number, b: number): number | undefined {
  const [most, least] = [Math.max(r, g, b), Math.min(r, g, b)];
  const range = most - least;
  if (most < DULL.value || range < DULL.saturation * most) return undefined;
  if (most === r) return (60 * (g - b)) / range + (g < b ? 360 : 0);
  return most === g ? 120 + (60 * (b - r)) / range : 240 + (60 * (r - g)) / range;
}
