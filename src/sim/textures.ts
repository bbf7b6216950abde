/** Procedural textures: small pictures that repeat without a seam, made of two or more colours. */
import { cos, sin } from '../tensor/portable-math.ts';
import { type RandomStream, randomStream } from '../tensor/random.ts';
import type { Rgb, Texture } from './material.ts';

/** What textures there are. */
export const PATTERNS = [
  'noise',
  'speckles',
  'stripes',
  'bars',
  'checks',
  'dots',
  'zigzag',
  'plaid',
  'wood',
  'marble',
  'brushed',
  'cloth',
  'bricks',
  'tiles',
  'cork',
  'label',
  'wedges',
] as const;
/** See PATTERNS. */
export type Pattern = (typeof PATTERNS)[number];

/** How to make a texture. */
export interface TextureOptions {
  /** Width and height, a power of two from 8 to 256; 64 by default */
  readonly size?: number;
  /** How many stripes, checks, dots, bricks, planks… along each side; each pattern has its own default */
  readonly repeats?: number;
  /** Tells textures of one pattern apart where chance has a part; 0 by default */
  readonly seed?: number;
}

const made = new Map<string, Texture>();

/**
 * A texture in these colours (two or more): the first is the ground, the others are what is on it. The same arguments give the same
 * texture, made once. Throws when there are fewer than two colours, or the size is no power of two from 8 to 256.
 *
 * Directions: `stripes` run along u, `bars` along v; the grain of `wood` runs along u, as do the scratches of `brushed`; a `label` is
 * a band in the middle of v with something like writing on it; `wedges` have all the colours in turn along u.
 */
export function makeTexture(pattern: Pattern, colors: readonly Rgb[], options: TextureOptions = {}): Texture {
  const { size = 64, repeats = REPEATS[pattern], seed = 0 } = options;
  if (colors.length < 2) throw new Error(`makeTexture: ${pattern} needs two colours or more, got ${colors.length}`);
  if (!SIZES.includes(size)) throw new Error(`makeTexture: the size must be one of ${SIZES.join(', ')}, got ${size}`);
  const key = JSON.stringify([pattern, colors, size, repeats, seed]);
  const texture = made.get(key) ?? paint(PAINTERS[pattern](repeats, randomStream(seed, `texture/${pattern}`), colors.length), colors, size);
  made.set(key, texture);
  return texture;
}

const SIZES = [8, 16, 32, 64, 128, 256];

/** Where in a row of colours a point is: 0 the first, 1 the second, halfway between them 0.5. u and v are in [0, 1). */
type Painter = (u: number, v: number) => number;

/** Four samples a pixel, so that edges are soft. */
function paint(at: Painter, colors: readonly Rgb[], size: number): Texture {
  const data = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      let [red, green, blue] = [0, 0, 0];
      for (const [dx, dy] of SAMPLES) {
        const [r, g, b] = mix(colors, at((x + dx) / size, (y + dy) / size));
        red += r;
        green += g;
        blue += b;
      }
      const pixel = 3 * (y * size + x);
      data[pixel] = Math.round((255 * red) / SAMPLES.length);
      data[pixel + 1] = Math.round((255 * green) / SAMPLES.length);
      data[pixel + 2] = Math.round((255 * blue) / SAMPLES.length);
    }
  }
  return { width: size, height: size, data };
}

const SAMPLES = [
  [0.25, 0.25],
  [0.75, 0.25],
  [0.25, 0.75],
  [0.75, 0.75],
] as const;

/** The colour at a place in a row of them. */
function mix(colors: readonly Rgb[], t: number): Rgb {
  const last = colors.length - 1;
  if (t <= 0) return colors[0] as Rgb;
  if (t >= last) return colors[last] as Rgb;
  const first = Math.floor(t);
  const share = t - first;
  const [a, b] = [colors[first] as Rgb, colors[first + 1] as Rgb];
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
}

const REPEATS: Readonly<Record<Pattern, number>> = {
  noise: 8,
  speckles: 40,
  stripes: 4,
  bars: 6,
  checks: 4,
  dots: 3,
  zigzag: 4,
  plaid: 2,
  wood: 3,
  marble: 2,
  brushed: 32,
  cloth: 12,
  bricks: 4,
  tiles: 4,
  cork: 90,
  label: 2,
  wedges: 6,
};

const fraction = (x: number): number => x - Math.floor(x);
/** From 0 at whole numbers up to 1 halfway between them */
const triangle = (x: number): number => 1 - Math.abs(2 * fraction(x) - 1);
/** 0 below the edge, 1 above, soft over a width */
const step = (x: number, edge: number, width = 0.04): number => Math.min(Math.max((x - edge) / width + 0.5, 0), 1);

/** Given the repeats, a stream and the number of colours, how each pattern is painted. */
const PAINTERS: Readonly<Record<Pattern, (repeats: number, random: RandomStream, colors: number) => Painter>> = {
  noise: (repeats, random) => {
    const coarse = periodicNoise(repeats, repeats, random);
    const fine = periodicNoise(2 * repeats, 2 * repeats, random);
    return (u, v) => (2 * coarse(u, v) + fine(u, v)) / 3;
  },
  speckles: (repeats, random) => spots(repeats, 0.012, 0.03, random),
  stripes: (repeats) => (_, v) => step(triangle(v * repeats), 0.5, 0.1),
  bars: (repeats) => (u) => step(triangle(u * repeats), 0.5, 0.1),
  checks: (repeats) => (u, v) => (Math.floor(u * repeats) + Math.floor(v * repeats)) % 2,
  dots: (repeats) => (u, v) => {
    const [x, y] = [u * repeats, 2 * v * repeats];
    const shifted = x + (Math.floor(y) % 2) / 2;
    const [dx, dy] = [fraction(shifted) - 0.5, (fraction(y) - 0.5) / 2];
    return 1 - step(Math.sqrt(dx * dx + dy * dy), 0.2);
  },
  zigzag: (repeats) => (u, v) => step(triangle(v * repeats + 0.5 * triangle(u * repeats)), 0.5, 0.1),
  plaid: (repeats) => (u, v) => (band(u * repeats) + band(v * repeats)) / 2,
  wood: (repeats, random) => {
    const bend = periodicNoise(2, 3, random);
    const grain = periodicNoise(4, 32, random);
    return (u, v) => 0.6 * triangle(repeats * v + 1.2 * bend(u, v)) + 0.4 * grain(u, v);
  },
  marble: (repeats, random) => {
    const bend = periodicNoise(4, 4, random);
    const vary = periodicNoise(8, 8, random);
    return (u, v) => {
      const vein = Math.abs(sin(Math.PI * (repeats * (u + v) + 1.2 * bend(u, v) + 0.5 * vary(u, v))));
      return 0.85 * (1 - step(vein, 0.15, 0.4)) + 0.15 * vary(u, v);
    };
  },
  brushed: (repeats, random) => {
    const scratches = periodicNoise(2, repeats, random);
    return (u, v) => scratches(u, v);
  },
  cloth: (repeats) => (u, v) => {
    const [x, y] = [u * repeats, v * repeats];
    const over = (Math.floor(x) + Math.floor(y)) % 2 === 0;
    return over ? 0.8 * triangle(y) : 0.2 + 0.8 * triangle(x);
  },
  bricks: (repeats, random) => {
    const tones = Array.from({ length: 64 }, () => random.uniform());
    return (u, v) => {
      const row = Math.floor(v * repeats * 2);
      const x = u * repeats + (row % 2) / 2;
      const joint = Math.max(step(1 - triangle(x), 0.92), step(1 - triangle(v * repeats * 2), 0.86));
      const tone = tones[(row * 7 + (Math.floor(x) % repeats) * 3) % tones.length] as number;
      return Math.max(joint, 0.25 * tone);
    };
  },
  tiles: (repeats) => (u, v) => Math.max(step(1 - triangle(u * repeats), 0.9), step(1 - triangle(v * repeats), 0.9)),
  cork: (repeats, random) => {
    const dark = spots(repeats, 0.008, 0.03, random);
    const ground = periodicNoise(16, 16, random);
    return (u, v) => Math.max(0.9 * dark(u, v), 0.45 * ground(u, v));
  },
  label: (repeats, random) => {
    const words = Array.from({ length: 8 }, () => 0.35 + 0.5 * random.uniform());
    return (u, v) => {
      if (v < 0.2 || v > 0.8) return 0;
      if (v < 0.25 || v > 0.75) return 2;
      const line = LINES.findIndex(([top, bottom]) => v > top && v < bottom);
      const across = u * repeats * (line === 0 ? 1 : 2);
      const word = words[(3 * line + Math.floor(across)) % words.length] as number;
      const within = Math.abs(fraction(across) - 0.5) < (line === 0 ? 0.3 : word / 2);
      return line >= 0 && within ? 2 : 1;
    };
  },
  wedges: (repeats, _, colors) => (u) => Math.floor(u * repeats) % colors,
};

/** Where the writing on a label is: its top and bottom, the headline first */
const LINES = [
  [0.33, 0.47],
  [0.54, 0.59],
  [0.64, 0.69],
] as const;

/** A broad band and a thin line beside it, once per 1 */
const band = (x: number): number => (fraction(x) < 0.4 || (fraction(x) > 0.65 && fraction(x) < 0.72) ? 1 : 0);

/** Round spots of random sizes, radii in shares of the side. */
function spots(count: number, smallest: number, largest: number, random: RandomStream): Painter {
  const places = Array.from({ length: count }, () => ({
    u: random.uniform(),
    v: random.uniform(),
    r: smallest + (largest - smallest) * random.uniform(),
  }));
  const apart = (a: number, b: number): number => Math.min(fraction(a - b), fraction(b - a));
  return (x, y) => {
    const inside = places.some(({ u, v, r }) => {
      const [dx, dy] = [apart(x, u), apart(y, v)];
      return dx * dx + dy * dy < r * r;
    });
    return inside ? 1 : 0;
  };
}

/** Smooth noise in [0, 1] that repeats after 1: random values on a grid of so many points, blended by cosines. */
function periodicNoise(columns: number, rows: number, random: RandomStream): Painter {
  const values = Array.from({ length: columns * rows }, () => random.uniform());
  const at = (i: number, j: number): number => values[(j % rows) * columns + (i % columns)] as number;
  const ease = (t: number): number => (1 - cos(Math.PI * t)) / 2;
  return (u, v) => {
    const [x, y] = [fraction(u) * columns, fraction(v) * rows];
    const [i, j] = [Math.floor(x), Math.floor(y)];
    const [s, t] = [ease(x - i), ease(y - j)];
    const upper = at(i, j) * (1 - s) + at(i + 1, j) * s;
    const lower = at(i, j + 1) * (1 - s) + at(i + 1, j + 1) * s;
    return upper * (1 - t) + lower * t;
  };
}
