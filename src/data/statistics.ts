/**
 * Statistics of whole datasets, exact and in bounded memory: count, minimum, maximum, mean, standard deviation and quantiles of
 * every dimension, in two passes over the data. They do not depend on the order of the values nor on how they were split among
 * episodes, shards or workers, to the last bit: all that is added up while values come in are whole numbers.
 *
 * A value is taken as f32 (f64 is rounded to it) and cut in two: its upper 16 bits, which say where among all numbers it lies to
 * 1 part in 128, and its lower 16. The first pass counts upper halves. That tells in which of these bins each wanted order
 * statistic is; the second pass counts the lower halves of the values in those bins, and so finds it. (Averaging the quantiles of
 * episodes, as some datasets' statistics were made, gives other numbers.)
 *
 * Sums are exact because a value with the upper 12 bits u and the lower 20 bits l is (B(u) + l)·2^S(u), with whole B and S, so
 *
 *   Σ x  = Σ_u 2^S(u) (n_u B + Σ l)        Σ x² = Σ_u 2^2S(u) (n_u B² + 2 B Σ l + Σ l²)
 *
 * and Σ l, Σ l² are whole numbers that f64 holds for up to 2³² values. Mean and variance are rounded once, at the end.
 */

import type { Frame } from './source.ts';

/** The quantiles that datasets of robots come with. */
export const QUANTILES = { q01: 0.01, q10: 0.1, q50: 0.5, q90: 0.9, q99: 0.99 } as const;

/** The name of one of them. */
export type Quantile = keyof typeof QUANTILES;

/** Statistics of a feature. All arrays are [dims]; where a dimension has no values, its count is 0 and so is all the rest. */
export interface FeatureStatistics {
  /** Values that were counted: rows less those masked, or pixels */
  readonly count: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
  readonly mean: readonly number[];
  /** Of the population, as NumPy's by default */
  readonly std: readonly number[];
  /** Interpolated between order statistics, as NumPy's by default */
  readonly quantiles: Readonly<Record<Quantile, readonly number[]>>;
}

/** Consecutive rows of a feature. */
export interface Block {
  /** [rows, dims] in C order */
  readonly data: Float32Array | Float64Array;
  /** u8[rows, dims]: 0 where a value is not there, and not to be counted or looked at */
  readonly mask?: Uint8Array;
  /** How errors call the block: `episode 3`, say */
  readonly where?: string;
}

const UPPER = 2 ** 16;
/** Bins of sums: sign, exponent and the first three bits after the point. */
const SUMS = 2 ** 12;
/** More values than this of one dimension, and the tables overflow: 4.5 years at 30 Hz. */
const MOST = 2 ** 32 - 1;

/**
 * What the first pass has seen: plain arrays, so it can be posted to another thread, or kept with `v8.serialize`.
 * 360 kB per dimension.
 */
export interface FirstPass {
  readonly pass: 1;
  readonly dims: number;
  /** [dims] */
  readonly count: Float64Array;
  readonly min: Float32Array;
  readonly max: Float32Array;
  /** u32[dims, 2^16]: how many values have these upper 16 bits */
  readonly upper: Uint32Array;
  /** f64[3, dims, 2^12], whole numbers by the upper 12 bits: Σ l, Σ (l² mod 2²⁰), Σ ⌊l² / 2²⁰⌋ */
  readonly sums: Float64Array;
}

/** What the second pass has seen, as plain arrays: 64 kB per dimension and 256 kB per bin that has a wanted order statistic. */
export interface SecondPass {
  readonly pass: 2;
  readonly dims: number;
  /** [dims] */
  readonly count: Float64Array;
  /** u8[dims, 2^16]: 1 + the number of a bin among those of its dimension that are looked into; 0 for all others */
  readonly slots: Uint8Array;
  /** [dims]: the row of `lower` at which the bins of a dimension begin */
  readonly starts: Uint32Array;
  /** u32[bins, 2^16]: how many values of a bin have these lower 16 bits */
  readonly lower: Uint32Array;
}

/** A first pass that has seen nothing. */
export function firstPass(dims: number): FirstPass {
  if (!(Number.isInteger(dims) && dims > 0)) throw new Error(`firstPass: dims must be a whole number from 1 up, got ${dims}`);
  return {
    pass: 1,
    dims,
    count: new Float64Array(dims),
    min: new Float32Array(dims).fill(Number.POSITIVE_INFINITY),
    max: new Float32Array(dims).fill(Number.NEGATIVE_INFINITY),
    upper: new Uint32Array(dims * UPPER),
    sums: new Float64Array(3 * dims * SUMS),
  };
}

/** A second pass that has seen nothing, to follow a first one that has seen everything. */
export function secondPass(first: FirstPass): SecondPass {
  const { dims } = first;
  const slots = new Uint8Array(dims * UPPER);
  const starts = new Uint32Array(dims);
  let bins = 0;
  for (let d = 0; d < dims; d++) {
    starts[d] = bins;
    const wanted = new Set(wantedRanks(first.count[d] as number).map((rank) => find(tableOf(first, d), rank).bin));
    [...wanted].forEach((bin, slot) => {
      slots[d * UPPER + bin] = slot + 1;
    });
    bins += wanted.size;
  }
  return { pass: 2, dims, count: new Float64Array(dims), slots, starts, lower: new Uint32Array(bins * UPPER) };
}

/**
 * Counts the values of a block. Throws, and leaves the pass in an undefined state, when a value is not finite (as f32) or the
 * block does not consist of whole rows.
 */
export function addBlock(pass: FirstPass | SecondPass, block: Block): void {
  const { dims } = pass;
  const { data, mask, where = 'a block' } = block;
  if (data.length % dims !== 0) throw new Error(`${where} has ${data.length} values, which are no whole rows of ${dims}`);
  if (mask && mask.length !== data.length) throw new Error(`${where} has ${data.length} values, but a mask of ${mask.length}`);
  const counted = pass.count.reduce((most, count) => Math.max(most, count), 0) + data.length / dims;
  if (counted > MOST) throw new Error(`${where}: statistics are of at most ${MOST} rows`);
  const values = new Float32Array(data.length);
  // Adding 0 makes -0 the same number as 0.
  for (let i = 0; i < data.length; i++) values[i] = (data[i] as number) + 0;
  const bits = new Uint32Array(values.buffer);
  for (let d = 0; d < dims; d++) {
    if (pass.pass === 1) addFirst(pass, d, values, bits, block);
    else addSecond(pass, d, bits, mask);
  }
}

function addFirst(pass: FirstPass, d: number, values: Float32Array, bits: Uint32Array, { data, mask, where }: Block): void {
  const { dims } = pass;
  const upper = pass.upper.subarray(d * UPPER, (d + 1) * UPPER);
  const [sums, low, high] = sumsOf(pass, d);
  let count = 0;
  let min = pass.min[d] as number;
  let max = pass.max[d] as number;
  for (let i = d; i < values.length; i += dims) {
    if (mask && mask[i] === 0) continue;
    const value = values[i] as number;
    const word = bits[i] as number;
    if ((word & 0x7f800000) === 0x7f800000) {
      const row = (i - d) / dims;
      throw new Error(`${where ?? 'a block'}: row ${row}, dimension ${d} is ${data[i]}, but statistics are of finite numbers of f32 only`);
    }
    count++;
    if (value < min) min = value;
    if (value > max) max = value;
    (upper[word >>> 16] as number)++;
    const bin = word >>> 20;
    const rest = word & 0xfffff;
    const squareLow = Math.imul(rest, rest) & 0xfffff;
    sums[bin] = (sums[bin] as number) + rest;
    low[bin] = (low[bin] as number) + squareLow;
    high[bin] = (high[bin] as number) + (rest * rest - squareLow) / 2 ** 20;
  }
  pass.count[d] = (pass.count[d] as number) + count;
  pass.min[d] = min;
  pass.max[d] = max;
}

function addSecond(pass: SecondPass, d: number, bits: Uint32Array, mask: Uint8Array | undefined): void {
  const { dims, lower } = pass;
  const slots = pass.slots.subarray(d * UPPER, (d + 1) * UPPER);
  const start = ((pass.starts[d] as number) - 1) * UPPER;
  let count = 0;
  for (let i = d; i < bits.length; i += dims) {
    if (mask && mask[i] === 0) continue;
    const word = bits[i] as number;
    const slot = slots[word >>> 16] as number;
    count++;
    if (slot > 0) (lower[start + slot * UPPER + (word & 0xffff)] as number)++;
  }
  pass.count[d] = (pass.count[d] as number) + count;
}

/** Adds to a pass what another of its kind has seen. Throws when the two are not of the same data. */
export function mergePass<T extends FirstPass | SecondPass>(into: T, other: T): void {
  if (into.pass !== other.pass || into.dims !== other.dims) {
    throw new Error(`mergePass: pass ${into.pass} of ${into.dims} dimensions cannot take pass ${other.pass} of ${other.dims}`);
  }
  addTo(into.count, other.count);
  if (into.count.some((count) => count > MOST)) throw new Error(`mergePass: statistics are of at most ${MOST} rows`);
  if (into.pass === 1 && other.pass === 1) {
    into.min.forEach((min, d) => {
      into.min[d] = Math.min(min, other.min[d] as number);
      into.max[d] = Math.max(into.max[d] as number, other.max[d] as number);
    });
    addTo(into.upper, other.upper);
    addTo(into.sums, other.sums);
  } else if (into.pass === 2 && other.pass === 2) {
    if (into.slots.some((slot, i) => slot !== other.slots[i])) throw new Error('mergePass: the second passes follow different first ones');
    addTo(into.lower, other.lower);
  }
}

function addTo(into: Float64Array | Uint32Array, other: Float64Array | Uint32Array): void {
  for (let i = 0; i < into.length; i++) into[i] = (into[i] as number) + (other[i] as number);
}

/** The statistics that two passes over the same data found. Throws when the second has not seen what the first has. */
export function finishStatistics(first: FirstPass, second: SecondPass): FeatureStatistics {
  const dimensions = [...first.count.keys()];
  dimensions.forEach((d) => {
    if (first.count[d] !== second.count[d]) {
      throw new Error(`the first pass saw ${first.count[d]} values of dimension ${d}, the second ${second.count[d]}`);
    }
  });
  const moments = dimensions.map((d) => momentsOf(first, d));
  const empty = (d: number): boolean => first.count[d] === 0;
  const quantile = (q: number) =>
    dimensions.map((d) => quantileOf(first.count[d] as number, q, (rank) => orderStatistic(first, second, d, rank)));
  return {
    count: [...first.count],
    min: dimensions.map((d) => (empty(d) ? 0 : (first.min[d] as number))),
    max: dimensions.map((d) => (empty(d) ? 0 : (first.max[d] as number))),
    mean: moments.map(({ mean }) => mean),
    std: moments.map(({ std }) => std),
    quantiles: quantiles(quantile),
  };
}

/** Reads blocks twice and returns their statistics. `blocks` must give the same values both times, in whatever order. */
export async function statisticsOf(dims: number, blocks: () => Iterable<Block> | AsyncIterable<Block>): Promise<FeatureStatistics> {
  const first = firstPass(dims);
  for await (const block of blocks()) addBlock(first, block);
  const second = secondPass(first);
  for await (const block of blocks()) addBlock(second, block);
  return finishStatistics(first, second);
}

/** Applies a function of the fraction to all quantiles. */
function quantiles<T>(of: (q: number) => T): Record<Quantile, T> {
  return Object.fromEntries(Object.entries(QUANTILES).map(([name, q]) => [name, of(q)])) as Record<Quantile, T>;
}

/** The ranks (from 0) among `count` values that the quantiles are interpolated from. */
function wantedRanks(count: number): number[] {
  if (count === 0) return [];
  return Object.values(QUANTILES).flatMap((q) => {
    const below = Math.floor(q * (count - 1));
    return [below, Math.min(below + 1, count - 1)];
  });
}

/** NumPy's `linear` method, its rounding included: it interpolates from the nearer neighbour. */
function quantileOf(count: number, q: number, order: (rank: number) => number): number {
  if (count === 0) return 0;
  const position = q * (count - 1);
  const below = Math.floor(position);
  const t = position - below;
  const [a, b] = [order(below), order(Math.min(below + 1, count - 1))];
  return t >= 0.5 ? b - (b - a) * (1 - t) : a + (b - a) * t;
}

const tableOf = (first: FirstPass, d: number): Uint32Array => first.upper.subarray(d * UPPER, (d + 1) * UPPER);

/** Upper halves in the order of the numbers they begin: the negative ones from the largest magnitude, then the positive ones. */
const inOrder = (i: number): number => (i < UPPER / 2 ? UPPER - 1 - i : i - UPPER / 2);

/** The bin that has the value of a rank, and the rank among the values in it. */
function find(table: Uint32Array, rank: number): { bin: number; rest: number } {
  let rest = rank;
  for (let i = 0; i < UPPER; i++) {
    const bin = inOrder(i);
    const count = table[bin] as number;
    if (rest < count) return { bin, rest };
    rest -= count;
  }
  throw new Error(`there is no value of rank ${rank}`);
}

function orderStatistic(first: FirstPass, second: SecondPass, d: number, rank: number): number {
  const { bin, rest } = find(tableOf(first, d), rank);
  const row = (second.starts[d] as number) + (second.slots[d * UPPER + bin] as number) - 1;
  const lower = second.lower.subarray(row * UPPER, (row + 1) * UPPER);
  const negative = bin >= UPPER / 2;
  let left = rest;
  for (let i = 0; i < UPPER; i++) {
    const half = negative ? UPPER - 1 - i : i;
    left -= lower[half] as number;
    if (left < 0) return new Float32Array(new Uint32Array([bin * UPPER + half]).buffer)[0] as number;
  }
  throw new Error(`the second pass did not see all values of dimension ${d} that the first one saw`);
}

/** The three tables of sums of a dimension. */
function sumsOf({ sums, dims }: FirstPass, d: number): [Float64Array, Float64Array, Float64Array] {
  const table = (k: number): Float64Array => sums.subarray((k * dims + d) * SUMS, (k * dims + d + 1) * SUMS);
  return [table(0), table(1), table(2)];
}

/** Mean and standard deviation, from exact sums in units of 2⁻¹⁴⁹ (the smallest f32) and of its square. */
function momentsOf(first: FirstPass, d: number): { mean: number; std: number } {
  const n = BigInt(first.count[d] as number);
  if (n === 0n) return { mean: 0, std: 0 };
  const upper = tableOf(first, d);
  const [sums, low, high] = sumsOf(first, d);
  let sum = 0n;
  let squares = 0n;
  for (let bin = 0; bin < SUMS; bin++) {
    const count = BigInt(upper.subarray(bin * 16, (bin + 1) * 16).reduce((total, more) => total + more, 0));
    if (count === 0n) continue;
    const exponent = (bin >>> 3) & 0xff;
    const base = BigInt(((exponent > 0 ? 8 : 0) + (bin & 7)) * 2 ** 20);
    const shift = BigInt(Math.max(exponent, 1) - 1);
    const rest = BigInt(sums[bin] as number);
    const restSquares = BigInt(low[bin] as number) + (BigInt(high[bin] as number) << 20n);
    const magnitudes = (count * base + rest) << shift;
    sum += bin < SUMS / 2 ? magnitudes : -magnitudes;
    squares += (count * base * base + 2n * base * rest + restSquares) << (2n * shift);
  }
  return { mean: ratio(sum, n, -149), std: Math.sqrt(ratio(n * squares - sum * sum, n * n, -298)) };
}

/** a / b · 2^exponent, rounded once. */
function ratio(a: bigint, b: bigint, exponent: number): number {
  const bits = (n: bigint): number => (n < 0n ? -n : n).toString(2).length;
  // So many that the quotient has 64 bits or more; those that are cut off do not matter.
  const more = Math.max(0, 64 + bits(b) - bits(a));
  return Number((a << BigInt(more)) / b) * 2 ** (exponent - more);
}

/** How often each level occurs in pictures: f64[3, 256], R, G and B. Can be posted to another thread. */
export interface ImagePass {
  readonly levels: Float64Array;
}

/** A count of levels that has seen nothing. */
export const imagePass = (): ImagePass => ({ levels: new Float64Array(3 * 256) });

/** Counts the pixels of a picture. */
export function addFrame({ levels }: ImagePass, { data }: Frame): void {
  // Counting whole numbers of 32 bits is faster; a frame has fewer pixels than they can count.
  const counts = new Uint32Array(levels.length);
  for (let i = 0; i < data.length; i += 3) {
    (counts[data[i] as number] as number)++;
    (counts[256 + (data[i + 1] as number)] as number)++;
    (counts[512 + (data[i + 2] as number)] as number)++;
  }
  counts.forEach((count, i) => {
    levels[i] = (levels[i] as number) + count;
  });
}

/** Adds to a count of levels what another has seen. */
export const mergeImages = (into: ImagePass, other: ImagePass): void => addTo(into.levels, other.levels);

/** Statistics of the channels R, G and B over all pixels, with levels from 0 to 1. Exact, as those of rows are. */
export function finishImages({ levels }: ImagePass): FeatureStatistics {
  const channels = [0, 1, 2].map((channel) => levels.subarray(channel * 256, (channel + 1) * 256));
  const counts = channels.map((channel) => channel.reduce((total, count) => total + count, 0));
  const moments = channels.map((channel, c) => {
    const n = BigInt(Math.max(counts[c] as number, 1));
    let [sum, squares] = [0n, 0n];
    channel.forEach((count, level) => {
      sum += BigInt(count) * BigInt(level);
      squares += BigInt(count) * BigInt(level * level);
    });
    return { mean: ratio(sum, n * 255n, 0), std: Math.sqrt(ratio(n * squares - sum * sum, n * n * 255n * 255n, 0)) };
  });
  const order = (c: number, rank: number): number => {
    let left = rank;
    const level = (channels[c] as Float64Array).findIndex((count) => {
      left -= count;
      return left < 0;
    });
    return level / 255;
  };
  const extreme = (rank: (count: number) => number) => counts.map((count, c) => (count === 0 ? 0 : order(c, rank(count))));
  return {
    count: counts,
    min: extreme(() => 0),
    max: extreme((count) => count - 1),
    mean: moments.map(({ mean }) => mean),
    std: moments.map(({ std }) => std),
    quantiles: quantiles((q) => counts.map((count, c) => quantileOf(count, q, (rank) => order(c, rank)))),
  };
}
