/**
 * Random numbers from named streams, made by counting: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as
 * 1, 2, 3") turns a key and a counter into 128 random bits. The key comes from a seed and a name, the counter from an index (a
 * step, say) and the position in the stream. So the whole state of a stream is one number, its position, and any draw of a run
 * can be made again on its own.
 */
import { cos, log, sin } from './portable-math.ts';

/** A sequence of draws. Each method takes the next ones of the same sequence. */
export interface RandomStream {
  /** 32-bit words drawn so far. `randomStream(seed, name, index, position)` goes on from there. */
  readonly position: number;
  /** A whole number in [0, 2³²) */
  next(): number;
  /** Uniform in [0, 1), with 53 random bits */
  uniform(): number;
  /** Standard normal (Box and Muller) */
  normal(): number;
  /** A whole number in [0, bound) without bias */
  integer(bound: number): number;
  /** 0 … length−1 in random order (Fisher and Yates) */
  permutation(length: number): number[];
}

/** The stream called `name` of a seed; `index` tells streams of one name apart. */
export function randomStream(seed: number, name: string, index = 0, position = 0): RandomStream {
  if (![index, position].every((n) => Number.isSafeInteger(n) && n >= 0)) {
    throw new Error(`randomStream: index and position must be whole numbers from 0 up, got ${index} and ${position}`);
  }
  const key = hash64(`${seed}/${name}`);
  const [indexLow, indexHigh] = words(index);
  let at = position;
  let blockAt = -1;
  let block: Words4 = [0, 0, 0, 0];

  function next(): number {
    const wanted = Math.floor(at / 4);
    if (wanted !== blockAt) {
      const [low, high] = words(wanted);
      block = philox([low, high, indexLow, indexHigh], key);
      blockAt = wanted;
    }
    return block[at++ % 4] as number;
  }

  const uniform = (): number => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
  const normal = (): number => Math.sqrt(-2 * log(1 - uniform())) * cos(2 * Math.PI * uniform());

  function integer(bound: number): number {
    if (!(Number.isInteger(bound) && bound > 0 && bound <= 2 ** 32)) {
      throw new Error(`integer: the bound must be a whole number from 1 to 2^32, got ${bound}`);
    }
    const limit = 2 ** 32 - (2 ** 32 % bound);
    let draw = next();
    while (draw >= limit) draw = next();
    return draw % bound;
  }

  function permutation(length: number): number[] {
    const order = Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = integer(i + 1);
      [order[i], order[j]] = [order[j] as number, order[i] as number];
    }
    return order;
  }

  return {
    get position() {
      return at;
    },
    next,
    uniform,
    normal,
    integer,
    permutation,
  };
}

type Words4 = readonly [number, number, number, number];

/** A whole number below 2⁵³ as two words, the low one first. */
const words = (n: number): [number, number] => [n >>> 0, Math.floor(n / 2 ** 32) >>> 0];

/** Philox4x32-10: 128 random bits from a counter of 128 and a key of 64, all as 32-bit words. */
export function philox(counter: Words4, key: readonly [number, number]): Words4 {
  let [x0, x1, x2, x3] = counter;
  let [key0, key1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, x0);
    const high1 = multiplyHigh(0xcd9e8d57, x2);
    const low0 = Math.imul(0xd2511f53, x0);
    const low1 = Math.imul(0xcd9e8d57, x2);
    x0 = high1 ^ x1 ^ key0;
    x1 = low1;
    x2 = high0 ^ x3 ^ key1;
    x3 = low0;
    key0 = (key0 + 0x9e3779b9) | 0;
    key1 = (key1 + 0xbb67ae85) | 0;
  }
  return [x0 >>> 0, x1 >>> 0, x2 >>> 0, x3 >>> 0];
}

/** The upper 32 bits of the product of two unsigned words. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const inner = (Math.imul(aHigh, bLow) >>> 0) + (Math.imul(aLow, bLow) >>> 16);
  const outer = (Math.imul(aLow, bHigh) >>> 0) + (inner & 0xffff);
  return (Math.imul(aHigh, bHigh) + ((inner / 65536) | 0) + ((outer / 65536) | 0)) | 0;
}

/** Two words from a text: FNV-1a from two starting values, each finished with MurmurHash3's mixer. */
function hash64(text: string): [number, number] {
  const hash = (start: number): number => {
    let h = start;
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return h ^ (h >>> 16);
  };
  return [hash(0x811c9dc5), hash(0x9e3779b9)];
}

/** Independent normal numbers with mean 0, f32: two from each pair of uniform ones, faster than one by one. */
export function normals(stream: RandomStream, length: number, std = 1): Float32Array {
  const values = new Float32Array(length);
  for (let i = 0; i < length; i += 2) {
    const radius = std * Math.sqrt(-2 * log(1 - stream.uniform()));
    const angle = 2 * Math.PI * stream.uniform();
    values[i] = radius * cos(angle);
    // Past the end of an odd length nothing is written.
    values[i + 1] = radius * sin(angle);
  }
  return values;
}
