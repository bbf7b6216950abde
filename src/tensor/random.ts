/**
 * Random numbers from named streams. A stream is determined by a seed, a name and an index (a step, say), so any draw of a run
 * can be made again on its own: to resume, nothing of a generator's state need be saved.
 */
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** A sequence of draws. Each method takes the next ones of the same sequence. */
export interface RandomStream {
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
export function randomStream(seed: number, name: string, index = 0): RandomStream {
  const generator = xoroshiro128plusFromState(hash128(`${seed}/${index}/${name}`));
  const next = (): number => generator.next() >>> 0;
  const uniform = (): number => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
  let spare: number | undefined;

  function normal(): number {
    if (spare !== undefined) {
      const result = spare;
      spare = undefined;
      return result;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  function integer(bound: number): number {
    if (!(Number.isInteger(bound) && bound > 0 && bound <= 2 ** 32))
      throw new Error(`integer: the bound must be a whole number from 1 to 2^32, got ${bound}`);
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

  return { next, uniform, normal, integer, permutation };
}

/** Four 32-bit words from a string: FNV-1a in four lanes, each finished with MurmurHash3's mixer. */
function hash128(text: string): [number, number, number, number] {
  const lane = (salt: number): number => {
    let h = 0x811c9dc5 ^ salt;
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) | 0;
  };
  // A state of all zeros would never leave it.
  return [lane(0x9e3779b9) | 1, lane(0x3c6ef372), lane(0xdaa66d2b), lane(0x78dde6e4)];
}

/** Independent standard normal numbers, f32. */
export function normals(stream: RandomStream, length: number): Float32Array {
  return Float32Array.from({ length }, stream.normal);
}
