/**
 * Augmentation of camera images: a crop resized back, colours, blur and noise. What is done is drawn once per window of frames
 * and view, as a plain record, and done to all its frames alike, so that nothing moves or flickers that did not in the world.
 *
 * Colours are those of torchvision's transforms of float images, in this order, on levels x from 0 to 255, each clamped there:
 *
 *   brightness b   b·x
 *   contrast c     c·x + (1 − c)·m        m: mean over the picture of the grey 0.2989 R + 0.587 G + 0.114 B
 *   saturation s   s·x + (1 − s)·g        g: grey of the pixel
 *   hue h          HSV with h added to its hue; 1 is once around the circle
 *
 * Then a Gaussian blur (edges mirrored, as `gaussian_blur` does) and Gaussian noise of every channel. Levels are rounded after the
 * colours, after each direction of the blur, and after the noise (torchvision truncates after every step when it is given bytes).
 */
import { convolve } from '../robot/resize.ts';
import { resize } from '../robot/views.ts';
import { normals, type RandomStream, randomStream } from '../tensor/random.ts';
import type { Frame } from './source.ts';

/** From and to, both included. */
export type Range = readonly [number, number];

/** How far augmentation may go. Everything is drawn uniformly. */
export interface AugmentOptions {
  /** Part of the width and height that a crop keeps; [0.9, 1], and [1, 1] for no crop */
  readonly crop?: Range;
  /** Brightness is drawn from 1 ± this; 0.3 */
  readonly brightness?: number;
  /** Contrast likewise; 0.4 */
  readonly contrast?: number;
  /** Saturation likewise; 0.5 */
  readonly saturation?: number;
  /** Hue is drawn from ± this, in turns; 0.03 */
  readonly hue?: number;
  /** Standard deviation of the blur in pixels; [0, 1] */
  readonly blur?: Range;
  /** Standard deviation of the noise in levels of 255; [0, 4] */
  readonly noise?: Range;
}

/** What is done to the frames of a window. */
export interface Augmentation {
  /** The part of the width and height that is kept, and where: 0 is at the left or top, 1 at the right or bottom */
  readonly crop: { readonly size: number; readonly x: number; readonly y: number };
  /** Factors; 1 changes nothing */
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  /** In turns; 0 changes nothing */
  readonly hue: number;
  /** Standard deviation in pixels; 0 changes nothing */
  readonly blur: number;
  /** Standard deviation in levels, 0 changes nothing; and which noise, the same for all frames */
  readonly noise: { readonly std: number; readonly seed: number };
}

/** The augmentation that changes nothing. */
export const IDENTITY: Augmentation = {
  crop: { size: 1, x: 0, y: 0 },
  brightness: 1,
  contrast: 1,
  saturation: 1,
  hue: 0,
  blur: 0,
  noise: { std: 0, seed: 0 },
};

/**
 * Draws an augmentation. It takes the same number of draws whatever the options are, so that changing one of them changes nothing
 * else. Throws when an option is outside what makes sense.
 */
export function drawAugmentation(random: RandomStream, options: AugmentOptions = {}): Augmentation {
  const { crop = [0.9, 1], brightness = 0.3, contrast = 0.4, saturation = 0.5, hue = 0.03, blur = [0, 1], noise = [0, 4] } = options;
  const between = (name: keyof AugmentOptions, [from, to]: Range, least: number, most: number): number => {
    if (!(least <= from && from <= to && to <= most)) {
      throw new Error(`augmentation: ${name} must go up and be within ${least} to ${most}, got ${from} to ${to}`);
    }
    return from + random.uniform() * (to - from);
  };
  const around = (name: keyof AugmentOptions, centre: number, jitter: number, most: number): number => {
    if (!(jitter >= 0 && jitter <= most)) throw new Error(`augmentation: ${name} must be from 0 to ${most}, got ${jitter}`);
    return centre + (2 * random.uniform() - 1) * jitter;
  };
  return {
    crop: { size: between('crop', crop, 0.01, 1), x: random.uniform(), y: random.uniform() },
    brightness: around('brightness', 1, brightness, 1),
    contrast: around('contrast', 1, contrast, 1),
    saturation: around('saturation', 1, saturation, 1),
    hue: around('hue', 0, hue, 0.5),
    blur: between('blur', blur, 0, 100),
    noise: { std: between('noise', noise, 0, 255), seed: random.next() },
  };
}

/** A frame with an augmentation, at the same size. A frame that nothing changes is returned as it is, otherwise a new one. */
export function augment(frame: Frame, augmentation: Augmentation): Frame {
  const cropped = crop(frame, augmentation.crop);
  const { brightness, contrast, saturation, hue, blur: sigma, noise } = augmentation;
  const { width, height } = cropped;
  const coloured = brightness !== 1 || contrast !== 1 || saturation !== 1 || hue !== 0;
  if (!coloured && sigma < LEAST_BLUR && noise.std === 0) return cropped;
  let data = coloured ? changeColours(cropped.data, augmentation) : cropped.data;
  if (sigma >= LEAST_BLUR) data = convolve({ width, height, data }, gaussian(sigma));
  if (noise.std > 0) data = withNoise(data, width, noise);
  return { width, height, data };
}

function crop(frame: Frame, { size, x, y }: Augmentation['crop']): Frame {
  const [width, height] = [Math.max(1, Math.round(size * frame.width)), Math.max(1, Math.round(size * frame.height))];
  if (width === frame.width && height === frame.height) return frame;
  const [left, top] = [Math.round(x * (frame.width - width)), Math.round(y * (frame.height - height))];
  const data = new Uint8Array(3 * width * height);
  for (let row = 0; row < height; row++) {
    const from = 3 * ((top + row) * frame.width + left);
    data.set(frame.data.subarray(from, from + 3 * width), 3 * row * width);
  }
  return resize({ width, height, data }, frame.width, frame.height);
}

const clamp = (level: number): number => (level < 0 ? 0 : level > 255 ? 255 : level);

const grey = (r: number, g: number, b: number): number => 0.2989 * r + 0.587 * g + 0.114 * b;

/** Brightness and contrast are functions of a level, so they are tables. */
function changeColours(data: Uint8Array, { brightness, contrast, saturation, hue }: Augmentation): Uint8Array {
  const bright = Float64Array.from({ length: 256 }, (_, level) => clamp(brightness * level));
  let sum = 0;
  for (let i = 0; i < data.length; i += 3) {
    sum += grey(bright[data[i] as number] as number, bright[data[i + 1] as number] as number, bright[data[i + 2] as number] as number);
  }
  const mean = (3 * sum) / data.length;
  const table = bright.map((level) => clamp(contrast * level + (1 - contrast) * mean));
  const levels = new Float32Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const r = table[data[i] as number] as number;
    const g = table[data[i + 1] as number] as number;
    const b = table[data[i + 2] as number] as number;
    const own = (1 - saturation) * grey(r, g, b);
    levels[i] = clamp(saturation * r + own);
    levels[i + 1] = clamp(saturation * g + own);
    levels[i + 2] = clamp(saturation * b + own);
    if (hue !== 0) turnHue(levels, i, hue);
  }
  return new Uint8Array(new Uint8ClampedArray(levels).buffer);
}

/** Turns the hue of the pixel at `i`. In HSV, that is to move along the six sides of a hexagon; value and chroma stay. */
function turnHue(levels: Float32Array, i: number, turn: number): void {
  const [r, g, b] = [levels[i] as number, levels[i + 1] as number, levels[i + 2] as number];
  // Math.max of two is several times faster than of three.
  const value = Math.max(Math.max(r, g), b);
  const least = Math.min(Math.min(r, g), b);
  const chroma = value - least;
  if (chroma === 0) return;
  const side = value === r ? (g - b) / chroma : value === g ? 2 + (b - r) / chroma : 4 + (r - g) / chroma;
  const turned = side + 6 * turn;
  const hue = turned < 0 ? turned + 6 : turned >= 6 ? turned - 6 : turned;
  // Red is at 0 and 6, green at 2, blue at 4; a channel is full for one side around its place and falls to nothing along another.
  levels[i] = least + chroma * part(Math.abs(hue - 3) - 1);
  levels[i + 1] = least + chroma * part(2 - Math.abs(hue - 2));
  levels[i + 2] = least + chroma * part(2 - Math.abs(hue - 4));
}

const part = (x: number): number => Math.max(0, Math.min(1, x));

/** A blur of a smaller standard deviation changes no level by as much as 1/10. */
const LEAST_BLUR = 0.25;

/** Weights at distances from 0 to at least 3σ; those of both sides add up to 1. */
function gaussian(sigma: number): number[] {
  const weights = Array.from({ length: Math.ceil(3 * sigma) + 1 }, (_, x) => Math.exp(-0.5 * (x / sigma) ** 2));
  const sum = weights.reduce((total, weight, x) => total + (x === 0 ? weight : 2 * weight), 0);
  return weights.map((weight) => weight / sum);
}

const NOISE_LENGTH = 2 ** 16;
let noiseTable: Float32Array | undefined;

/**
 * u8[h, w, 3] with noise. Drawing a normal number for every level would take longer than all else together: each row takes its noise
 * from a place of its own in one table of 2¹⁶ of them.
 */
function withNoise(data: Uint8Array, width: number, { std, seed }: Augmentation['noise']): Uint8Array {
  noiseTable ??= normals(randomStream(0, 'augment.noise'), NOISE_LENGTH);
  const table = noiseTable;
  const rows = randomStream(seed, 'augment.noise.rows');
  const stride = 3 * width;
  // Clamped arrays round to the nearest level.
  const levels = new Uint8ClampedArray(data.length);
  for (let begin = 0; begin < levels.length; begin += stride) {
    const offset = rows.integer(NOISE_LENGTH);
    for (let i = 0; i < stride; i++) {
      levels[begin + i] = (data[begin + i] as number) + std * (table[(offset + i) & (NOISE_LENGTH - 1)] as number);
    }
  }
  return new Uint8Array(levels.buffer);
}
