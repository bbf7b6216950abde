/** What a camera's sensor makes of a picture: blur, exposure and grain, in this order. */
import { exp, power } from '../tensor/portable-math.ts';
import { randomStream } from '../tensor/random.ts';
import type { Picture } from './render/types.ts';
import type { SensorNoise } from './scene.ts';

/** Screens show light to this power, nearly: so much are sRGB values lifted. */
const GAMMA = 2.2;
/** The standard deviation of the sum of four bytes: each is uniform over 256 values. */
const FOUR_BYTES = Math.sqrt((4 * (256 * 256 - 1)) / 12);

/**
 * Adds noise to a picture's colours, in place. The grain differs from one `index` (a step, say) and one `name` (of a camera) to the
 * next, and with the noise's seed; the same ones give the same picture. Throws when a number of the noise is not finite or below 0.
 */
export function addNoise(picture: Pick<Picture, 'width' | 'height' | 'rgb'>, noise: SensorNoise, name: string, index: number): void {
  const { grain, blur, exposure, seed } = noise;
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
    const word = (x + weyl) | 0;
    const normal = (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24) - 510;
    const value = (Math.imul(rgb[i] as number, gain) + Math.imul(normal, grain) + 32768) >> 16;
    rgb[i] = value < 0 ? 0 : value > 255 ? 255 : value;
  }
}

/** Pixels on either side that count */
const RADIUS = 3;
/** Weights of the blur are whole numbers that add up to 2^this. */
const WEIGHT_BITS = 12;
/** The widest blur for which pixels beyond the radius hardly count */
const WIDEST = 1.25;

/**
 * A Gaussian blur of so many pixels: down columns, then along rows; what is beyond the edge is as the edge. A wide one is several
 * narrow ones.
 */
function blurPicture({ width, height, rgb }: Pick<Picture, 'width' | 'height' | 'rgb'>, blur: number): void {
  const times = Math.ceil((blur * blur) / (WIDEST * WIDEST));
  const weights = blurWeights(blur / Math.sqrt(times));
  const row = 3 * width;
  const margin = 3 * RADIUS;
  const wide = new Uint8Array(row + 2 * margin);
  const steps = [-3, -2, -1, 0, 1, 2, 3];
  for (let time = 0; time < times; time++) {
    const from = rgb.slice();
    for (let y = 0; y < height; y++) {
      const rows = steps.map((step) => row * Math.min(Math.max(y + step, 0), height - 1));
      weigh(wide, margin, from, rows, weights, row);
      for (let i = 0; i < margin; i++) {
        wide[i] = wide[margin + (i % 3)] as number;
        wide[margin + row + i] = wide[margin + row - 3 + (i % 3)] as number;
      }
      const columns = steps.map((step) => margin + 3 * step);
      weigh(rgb, row * y, wide, columns, weights, row);
    }
  }
}

/** Writes, at `at` and after it, the weighted sums of seven stretches that begin at these places. */
function weigh(to: Uint8Array, at: number, from: Uint8Array, places: readonly number[], weights: Int32Array, length: number): void {
  const [a, b, c, d, e, f, g] = places as [number, number, number, number, number, number, number];
  const [w0, w1, w2, w3] = weights as unknown as [number, number, number, number];
  for (let i = 0; i < length; i++) {
    const sum =
      Math.imul(w0, from[d + i] as number) +
      Math.imul(w1, (from[c + i] as number) + (from[e + i] as number)) +
      Math.imul(w2, (from[b + i] as number) + (from[f + i] as number)) +
      Math.imul(w3, (from[a + i] as number) + (from[g + i] as number));
    to[at + i] = (sum + (1 << (WEIGHT_BITS - 1))) >> WEIGHT_BITS;
  }
}

/** The middle weight, and those beside it. */
function blurWeights(blur: number): Int32Array {
  const shares = Array.from({ length: RADIUS + 1 }, (_, i) => exp(-(i * i) / (2 * blur * blur)));
  const whole = shares.reduce((sum, share, i) => sum + (i === 0 ? share : 2 * share), 0);
  const one = 1 << WEIGHT_BITS;
  const weights = Int32Array.from(shares, (share) => Math.round((share / whole) * one));
  // What rounding took is the middle's, so that even surfaces stay as they are.
  weights[0] = one - 2 * weights.subarray(1).reduce((sum, weight) => sum + weight, 0);
  return weights;
}
