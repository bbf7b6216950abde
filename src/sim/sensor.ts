/** What a camera's sensor makes of a picture: blur, exposure and grain, in this order. */
import { exp, power } from '../tensor/portable-math.ts';
import { randomStream } from '../tensor/random.ts';
import type { Picture } from './render/types.ts';
import type { SensorNoise } from './scene.ts';

/** Screens show light to this power, nearly: so much are sRGB values lifted. */
const GAMMA = 2.2;
/** Weights of the blur are whole numbers that add up to 2^this. */
const WEIGHT_BITS = 12;
/** The standard deviation of the sum of four bytes: each is uniform over 256 values. */
const FOUR_BYTES = Math.sqrt((4 * (256 * 256 - 1)) / 12);

/**
 * Adds noise to a picture's colours, in place. The grain differs from one `index` (a step, say) and one `name` (of a camera) to the
 * next, and with the noise's seed; the same ones give the same picture. Throws when a number of the noise is not finite or below 0.
 */
export function addNoise(picture: Pick<Picture, 'width' | 'height' | 'rgb'>, noise: SensorNoise, name: string, index: number): void {
  const { grain, blur, exposure, seed = 0 } = noise;
  for (const [what, value] of Object.entries({ grain, blur, exposure })) {
    if (!(Number.isFinite(value) && value >= 0)) throw new Error(`the ${what} of a sensor is ${value}: expected a number from 0 up`);
  }
  if (blur > 0) blurPicture(picture, blur);
  if (exposure === 1 && grain === 0) return;
  const gain = Math.round(power(exposure, 1 / GAMMA) * 65536);
  const [first, second] = words(seed, name, index);
  grainAndGain(picture.rgb, gain, Math.round((grain / FOUR_BYTES) * 65536), first, second);
}

function words(seed: number, name: string, index: number): [number, number] {
  const random = randomStream(seed, `sensor ${name}`, index);
  return [random.next(), random.next()];
}

/**
 * Values times a gain, plus nearly normal numbers: sums of the four bytes of words that a small generator makes from two words of a
 * named stream (Marsaglia 2003, "Xorshift RNGs", and a Weyl sequence beside it). Gain and grain are in 65536ths.
 */
function grainAndGain(rgb: Uint8Array, gain: number, grain: number, first: number, second: number): void {
  let x = first | 1;
  let weyl = second | 0;
  for (let i = 0; i < rgb.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    weyl = (weyl + 0x9e3779b9) | 0;
    const word = x + weyl;
    const normal = (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24) - 510;
    const value = ((rgb[i] as number) * gain + normal * grain + 32768) / 65536;
    rgb[i] = value <= 0 ? 0 : value >= 255 ? 255 : value;
  }
}

/** A Gaussian blur of so many pixels, along rows and then along columns; what is beyond the edge is as the edge. */
function blurPicture({ width, height, rgb }: Pick<Picture, 'width' | 'height' | 'rgb'>, blur: number): void {
  const weights = blurWeights(blur);
  const between = new Uint8Array(rgb.length);
  for (let row = 0; row < height; row++) blurLine(rgb, between, weights, 3 * width * row, 3, width);
  for (let column = 0; column < width; column++) blurLine(between, rgb, weights, 3 * column, 3 * width, height);
}

/** The middle weight and those beside it, up to two standard deviations away. */
function blurWeights(blur: number): Int32Array {
  const radius = Math.ceil(2 * blur);
  const shares = Array.from({ length: radius + 1 }, (_, i) => exp(-(i * i) / (2 * blur * blur)));
  const whole = shares.reduce((sum, share, i) => sum + (i === 0 ? share : 2 * share), 0);
  const one = 2 ** WEIGHT_BITS;
  const weights = Int32Array.from(shares, (share) => Math.round((share / whole) * one));
  // What rounding took is the middle's, so that even surfaces stay as they are.
  weights[0] = one - 2 * weights.subarray(1).reduce((sum, weight) => sum + weight, 0);
  return weights;
}

/** `length` pixels of three bytes, `step` bytes apart. */
function blurLine(from: Uint8Array, to: Uint8Array, weights: Int32Array, start: number, step: number, length: number): void {
  const middle = weights[0] as number;
  const last = start + (length - 1) * step;
  for (let at = start; at <= last; at += step) {
    let red = middle * (from[at] as number);
    let green = middle * (from[at + 1] as number);
    let blue = middle * (from[at + 2] as number);
    for (let i = 1; i < weights.length; i++) {
      const before = Math.max(at - i * step, start);
      const after = Math.min(at + i * step, last);
      const weight = weights[i] as number;
      red += weight * ((from[before] as number) + (from[after] as number));
      green += weight * ((from[before + 1] as number) + (from[after + 1] as number));
      blue += weight * ((from[before + 2] as number) + (from[after + 2] as number));
    }
    const half = 1 << (WEIGHT_BITS - 1);
    to[at] = (red + half) >> WEIGHT_BITS;
    to[at + 1] = (green + half) >> WEIGHT_BITS;
    to[at + 2] = (blue + half) >> WEIGHT_BITS;
  }
}
