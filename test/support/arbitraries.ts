/**
 * fast-check arbitraries for shapes and values. They are meant for `fc.gen()`: `g(shapes, { maxRank: 3 })`. Shapes shrink;
 * values come from a seed, because which numbers an op gets hardly ever explains a failure, and how many often does.
 */
import fc from 'fast-check';
import { randomStream } from '../../src/tensor/random.ts';
import { type NdArray, ndarray, sizeOf } from './ndarray.ts';

/** fast-check prefers small and extreme values in its first runs. With few runs, these would be all that is ever tried. */
const evenly = fc.noBias;

/** Draws from arbitraries, inside a property. */
export type Draw = fc.GeneratorValue;

/** Sizes of axes: 1, even and odd. */
const SIZES = [1, 2, 3, 4, 5, 7];

const MOST_ELEMENTS = 120;

export interface ShapeOptions {
  readonly minRank?: number;
  readonly maxRank?: number;
}

/** Shapes of rank 0 to 4 with few elements. */
export const shapes = ({ minRank = 0, maxRank = 4 }: ShapeOptions = {}): fc.Arbitrary<number[]> =>
  evenly(
    fc
      .integer({ min: minRank, max: maxRank })
      .chain((rank) => fc.array(fc.constantFrom(...SIZES), { minLength: rank, maxLength: rank }))
      .filter((shape) => sizeOf(shape) <= MOST_ELEMENTS),
  );

/** Shapes that broadcast to `shape`: leading axes left out, other axes of size 1. */
export const broadcastableTo = (shape: readonly number[]): fc.Arbitrary<number[]> =>
  evenly(fc.tuple(fc.nat({ max: shape.length }), fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }))).map(
    ([left, single]) => shape.map((dim, axis) => (single[axis] ? 1 : dim)).slice(left),
  );

/** Shapes that broadcast with one another. */
export const broadcastShapes = (count: number, options: ShapeOptions = {}): fc.Arbitrary<number[][]> =>
  shapes(options).chain((shape) => fc.array(broadcastableTo(shape), { minLength: count, maxLength: count }));

export interface ValueOptions {
  readonly min?: number;
  readonly max?: number;
  /** Only `offset` plus whole multiples of `step`: keeps away from kinks, which lie elsewhere. */
  readonly step?: number;
  readonly offset?: number;
}

/** Arrays of a shape, uniform in [min, max]. */
export const values = (shape: readonly number[], { min = -2, max = 2, step, offset = 0 }: ValueOptions = {}): fc.Arbitrary<NdArray> =>
  seeded((random) =>
    ndarray(
      shape,
      Array.from({ length: sizeOf(shape) }, () => {
        const value = min + random() * (max - min);
        return step === undefined ? value : Math.floor((value - offset) / step) * step + offset;
      }),
    ),
  );

/** Arrays of whole numbers from `min` to `max`, both included. */
export const integers = (shape: readonly number[], min: number, max: number): fc.Arbitrary<NdArray> =>
  seeded((random) =>
    ndarray(
      shape,
      Array.from({ length: sizeOf(shape) }, () => min + Math.floor(random() * (max - min + 1))),
    ),
  );

/** Arrays whose values all differ, by 1/8 or more. */
export const distinct = (shape: readonly number[]): fc.Arbitrary<NdArray> =>
  seeded((random) => {
    const order = Array.from({ length: sizeOf(shape) }, () => random());
    const ranks = order.map((value) => order.filter((other) => other < value).length);
    return ndarray(
      shape,
      ranks.map((rank) => (rank - Math.floor(order.length / 2)) / 8),
    );
  });

/** One of the axes of a shape, counted from the front or the end. */
export const axisOf = (shape: readonly number[]): fc.Arbitrary<number> => evenly(fc.integer({ min: -shape.length, max: shape.length - 1 }));

/** Some of the axes of a shape (at least one, where there is one), or all: undefined. */
export const axesOf = (shape: readonly number[]): fc.Arbitrary<number[] | undefined> =>
  shape.length === 0 ? fc.constant(undefined) : evenly(fc.option(fc.subarray([...shape.keys()], { minLength: 1 }), { nil: undefined }));

/** One of several values. */
export const oneOf = <T>(options: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...options);

/** A whole number from `min` to `max`, both included. */
export const between = (min: number, max: number): fc.Arbitrary<number> => evenly(fc.integer({ min, max }));

/** 0 … count−1 in any order. */
export const permutations = (count: number): fc.Arbitrary<number[]> =>
  fc.shuffledSubarray([...Array(count).keys()], { minLength: count, maxLength: count });

export const booleans = (): fc.Arbitrary<boolean> => fc.boolean();

/** `make` with a source of uniform numbers in [0, 1). */
function seeded<T>(make: (random: () => number) => T): fc.Arbitrary<T> {
  return fc.noShrink(evenly(fc.nat({ max: 0x7fffffff }))).map((seed) => make(randomStream(seed, 'values').uniform));
}
