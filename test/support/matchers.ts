/** `expect(tensor).toBeAllclose(expected)`: NumPy's allclose, with a message that says where and by how much. */
import { expect } from 'vitest';
import { type HostTensor, numbers } from '../../src/tensor/host.ts';
import type { NdArray } from './ndarray.ts';

/** What can be compared: a tensor, a reference array, or just values in C order, which have any shape. */
export type Comparable = HostTensor | NdArray | ArrayLike<number>;

export interface Tolerance {
  /** Allowed difference relative to the expected value; 1e-5 by default. */
  readonly rtol?: number;
  /** Allowed difference in addition to that; 1e-8 by default. */
  readonly atol?: number;
}

declare module 'vitest' {
  interface Matchers<T> {
    /** Each element differs by at most `atol + rtol·|expected|`; NaN equals NaN. Shapes must be the same. */
    toBeAllclose(expected: Comparable, tolerance?: Tolerance): T;
  }
}

expect.extend({
  toBeAllclose(received: Comparable, expected: Comparable, tolerance: Tolerance = {}) {
    const difference = compare(received, expected, tolerance);
    return {
      pass: difference === undefined,
      message: () => difference ?? 'expected the values not to be close, but they are',
    };
  },
});

/** What is different, or undefined if nothing is. */
function compare(received: Comparable, expected: Comparable, { rtol = 1e-5, atol = 1e-8 }: Tolerance): string | undefined {
  const [actual, wanted] = [valuesOf(received), valuesOf(expected)];
  const [shape, wantedShape] = [shapeOf(received) ?? shapeOf(expected) ?? [actual.length], shapeOf(expected)];
  if (actual.length !== wanted.length || (wantedShape && `${shape}` !== `${wantedShape}`)) {
    return `expected shape [${(wantedShape ?? [wanted.length]).join(', ')}], but got [${shape.join(', ')}]`;
  }
  let wrong = 0;
  let worst = { index: -1, excess: 0 };
  for (let i = 0; i < actual.length; i++) {
    const [a, e] = [actual[i] as number, wanted[i] as number];
    if (Object.is(a, e) || a === e) continue;
    const error = Math.abs(a - e);
    // Not `error > …`, which is false for NaN.
    if (error <= atol + rtol * Math.abs(e) && Number.isFinite(e)) continue;
    wrong++;
    const excess = Number.isFinite(error) ? error - rtol * Math.abs(e) : Number.POSITIVE_INFINITY;
    if (worst.index < 0 || excess > worst.excess) worst = { index: i, excess };
  }
  if (wrong === 0) return undefined;
  const [a, e] = [actual[worst.index] as number, wanted[worst.index] as number];
  return (
    `${wrong} of ${actual.length} elements are not close (rtol ${rtol}, atol ${atol}); ` +
    `worst at [${unravel(worst.index, shape).join(', ')}]: got ${a}, expected ${e}, off by ${Math.abs(a - e)}`
  );
}

function valuesOf(x: Comparable): ArrayLike<number> {
  if (!('data' in x)) return x;
  return x.data instanceof Float64Array ? x.data : numbers(x as HostTensor);
}

const shapeOf = (x: Comparable): readonly number[] | undefined => ('shape' in x ? x.shape : undefined);

function unravel(position: number, shape: readonly number[]): number[] {
  let rest = position;
  return shape
    .toReversed()
    .map((dim) => {
      const index = rest % dim;
      rest = Math.floor(rest / dim);
      return index;
    })
    .toReversed();
}
