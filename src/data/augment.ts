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
 * Then a Gaussian blur (edges mirrored, as `gaussian_blur` does) and Gaussian noise of every channel. Levels are rounded once, at
 * the end (torchvision truncates after every step when it is given bytes).
 */
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
  let levels = coloured ? changeColours(cropped.data, augmentation) : new Float32Array(cropped.data);
  if (sigma >= LEAST_BLUR) levels = blur(levels, width, height, sigma);
  if (noise.std > 0) addNoise(levels, width, noise);
  // Clamped arrays round to the nearest level.
  return { width, height, data: new Uint8Array(new Uint8ClampedArray(levels).buffer) };
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

/** f32[h, w, 3] from u8[h, w, 3]. Brightness and contrast are functions of a level, so they are tables. */
function changeColours(data: Uint8Array, { brightness, contrast, saturation, hue }: Augmentation): Float32Array<ArrayBuffer> {
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
  return levels;
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

/** A blurred copy of f32[h, w, 3]: row by row, first along the columns and then, while it is at hand, along the row. */
function blur(levels: Float32Array, width: number, height: number, sigma: number): Float32Array<ArrayBuffer> {
  const kernel = gaussian(sigma);
  const radius = kernel.length - 1;
  const [stride, margin] = [3 * width, 3 * radius];
  const row = new Float32Array(margin + stride + margin);
  const middle = row.subarray(margin, margin + stride);
  const out = new Float32Array(levels.length);
  for (let y = 0; y < height; y++) {
    convolve(middle, levels, kernel, (k) => stride * mirrored(y + k, height));
    for (let x = 1; x <= radius; x++) {
      const [first, last] = [margin + 3 * mirrored(-x, width), margin + 3 * mirrored(width - 1 + x, width)];
      row.copyWithin(margin - 3 * x, first, first + 3);
      row.copyWithin(margin + stride + 3 * (x - 1), last, last + 3);
    }
    convolve(out.subarray(y * stride, (y + 1) * stride), row, kernel, (k) => margin + 3 * k);
  }
  return out;
}

/** to[i] = Σ_k kernel[|k|] · from[offset(k) + i], three taps of either side at a time. */
function convolve(to: Float32Array, from: Float32Array, kernel: readonly number[], offset: (k: number) => number): void {
  const w0 = kernel[0] as number;
  const at = offset(0);
  for (let k = 1; k < kernel.length; k += 3) {
    const [w1, w2, w3] = [kernel[k] as number, kernel[k + 1] as number, kernel[k + 2] as number];
    const [a1, a2, a3] = [offset(-k), offset(-k - 1), offset(-k - 2)];
    const [b1, b2, b3] = [offset(k), offset(k + 1), offset(k + 2)];
    for (let i = 0; i < to.length; i++) {
      const before = k === 1 ? w0 * (from[at + i] as number) : (to[i] as number);
      const near = w1 * ((from[a1 + i] as number) + (from[b1 + i] as number));
      const middle = w2 * ((from[a2 + i] as number) + (from[b2 + i] as number));
      const far = w3 * ((from[a3 + i] as number) + (from[b3 + i] as number));
      to[i] = before + near + middle + far;
    }
  }
}

/** Weights at distances from 0 to at least 3σ, a multiple of 3; those of both sides add up to 1. */
function gaussian(sigma: number): number[] {
  const weights = Array.from({ length: 3 * Math.ceil(sigma) + 1 }, (_, x) => Math.exp(-0.5 * (x / sigma) ** 2));
  const sum = weights.reduce((total, weight, x) => total + (x === 0 ? weight : 2 * weight), 0);
  return weights.map((weight) => weight / sum);
}

/** An index past an end, mirrored at the last element. */
function mirrored(i: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const k = ((i % period) + period) % period;
  return k < length ? k : period - k;
}

const NOISE_LENGTH = 2 ** 16;
let noiseTable: Float32Array | undefined;

/**
 * Adds noise to f32[h, w, 3] in place. Drawing a normal number for every level would take longer than all else together: each row
 * takes its noise from a place of its own in one table of 2¹⁶ of them.
 */
function addNoise(levels: Float32Array, width: number, { std, seed }: Augmentation['noise']): void {
  noiseTable ??= normals(randomStream(0, 'augment.noise'), NOISE_LENGTH);
  const table = noiseTable;
  const rows = randomStream(seed, 'augment.noise.rows');
  const stride = 3 * width;
  for (let begin = 0; begin < levels.length; begin += stride) {
    const offset = rows.integer(NOISE_LENGTH);
    for (let i = 0; i < stride; i++) {
      levels[begin + i] = (levels[begin + i] as number) + std * (table[(offset + i) & (NOISE_LENGTH - 1)] as number);
    }
  }
}
