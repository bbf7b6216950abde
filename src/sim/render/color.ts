/**
 * Light as numbers. Screens' levels (sRGB, IEC 61966-2-1) are decoded to amounts of light before they are multiplied or averaged, and
 * encoded again at the end.
 */
import { power } from '../../tensor/portable-math.ts';
import type { Rgb } from '../material.ts';

/** The amount of light of a screen's value, both 0 … 1. */
const decodeSrgb = (value: number): number => (value <= 0.04045 ? value / 12.92 : power((value + 0.055) / 1.055, 2.4));

/** f32[256]: the amount of light, 0 … 1, of each level */
export const LIGHT_OF_LEVEL: Float32Array = Float32Array.from({ length: 256 }, (_, level) => decodeSrgb(level / 255));

/** Entries of LEVEL_OF_LIGHT for the light of a white screen */
export const FULL_LIGHT = 4096;

/** The most light that LEVEL_OF_LIGHT has a level for, in white screens: more than any light of `types.ts` throws. */
const BRIGHTEST = 8;

/** u8[BRIGHTEST·FULL_LIGHT]: the level nearest to an amount of light; all above FULL_LIGHT is white. */
export const LEVEL_OF_LIGHT: Uint8Array = levels();

function levels(): Uint8Array {
  const table = new Uint8Array(BRIGHTEST * FULL_LIGHT).fill(255);
  let level = 0;
  for (let i = 0; i < FULL_LIGHT; i++) {
    // An entry stands for [i, i + 1); the level changes half way, on the screen, to the next one.
    while (level < 255 && (i + 0.5) / FULL_LIGHT > decodeSrgb((level + 0.5) / 255)) level++;
    table[i] = level;
  }
  return table;
}

/** The screen's level nearest to an amount of light from 0 up. */
export const levelOf = (light: number): number => (light < 1 ? (LEVEL_OF_LIGHT[(light * FULL_LIGHT) | 0] as number) : 255);

/** A screen's colour as amounts of light. */
export const decodeRgb = ([r, g, b]: Rgb): Rgb => [decodeSrgb(r), decodeSrgb(g), decodeSrgb(b)];

/**
 * How much red, green and blue is in light of a colour temperature in kelvin, as a camera sees it that has adapted half-way to it: the
 * square root of what a black body gives, white at 6500 K and of luminance 1. Throws outside of 1667 … 25000 K.
 */
export function lightOfTemperature(kelvin: number): Rgb {
  const light = blackBody(kelvin);
  const white = blackBody(6500);
  const ratio = (channel: number): number => Math.sqrt((light[channel] as number) / (white[channel] as number));
  const [red, green, blue] = [ratio(0), ratio(1), ratio(2)];
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return [red / luminance, green / luminance, blue / luminance];
}

/**
 * Linear red, green and blue of a black body, by the cubics of Kim et al. 2002 (US patent 7024034) for its chromaticity, which hold
 * from 1667 to 25000 K.
 */
function blackBody(kelvin: number): Rgb {
  if (!(kelvin >= 1667 && kelvin <= 25000)) throw new Error(`light of ${kelvin} K: expected a colour temperature from 1667 to 25000 K`);
  const t = 1000 / kelvin;
  const x =
    kelvin <= 4000
      ? ((-0.2661239 * t - 0.234358) * t + 0.8776956) * t + 0.17991
      : ((-3.0258469 * t + 2.1070379) * t + 0.2226347) * t + 0.24039;
  let y: number;
  if (kelvin <= 2222) y = ((-1.1063814 * x - 1.3481102) * x + 2.18555832) * x - 0.20219683;
  else if (kelvin <= 4000) y = ((-0.9549476 * x - 1.37418593) * x + 2.09137015) * x - 0.16748867;
  else y = ((3.081758 * x - 5.8733867) * x + 3.75112997) * x - 0.37001483;
  const [X, Z] = [x / y, (1 - x - y) / y];
  // XYZ to sRGB; what lies outside of its gamut is cut off.
  return [
    Math.max(0, 3.2404542 * X - 1.5371385 - 0.4985314 * Z),
    Math.max(0, -0.969266 * X + 1.8760108 + 0.041556 * Z),
    Math.max(0, 0.0556434 * X - 0.2040259 + 1.0572252 * Z),
  ];
}
