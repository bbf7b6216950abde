/**
 * Image resizing as two matrix products: every row of an interpolation matrix holds the weights of the source pixels that make
 * one target pixel. That makes it differentiable, exact, and the same on every engine. The rules are those of PyTorch's
 * `interpolate` (ATen/native/UpSample.h, UpSampleKernel.cpp): half-pixel centres, edge pixels repeated, `a` = −0.75 for plain
 * and −0.5 for antialiased bicubic.
 */
import { isFloat, isHalf } from '../dtype.ts';
import { describe, hostTensor } from '../host.ts';
import { captureSite, TensorError } from '../site.ts';
import { constant, type Tensor } from '../tensor.ts';
import { cast } from './cast.ts';
import { matmul } from './matmul.ts';

/** How to interpolate: bilinear, half-pixel centres by default. */
export interface ResizeOptions {
  readonly mode?: 'bilinear' | 'bicubic';
  /** Widen the filter when shrinking, so that every source pixel counts. */
  readonly antialias?: boolean;
  /** Corner pixels of source and target coincide; excludes `antialias`. */
  readonly alignCorners?: boolean;
}

/** x [..., H, W] → [..., height, width]. Throws for integers, and when both `antialias` and `alignCorners` are asked for. */
export function resize(x: Tensor, [height, width]: readonly [number, number], options: ResizeOptions = {}): Tensor {
  const [h, w] = x.shape.slice(-2) as [number, number];
  if (x.shape.length < 2 || ![h, w, height, width].every((size) => Number.isInteger(size) && size >= 1)) {
    throw new TensorError(`resize: cannot make ${height} × ${width} pixels of ${describe(x)}`, captureSite());
  }
  if (!isFloat(x.dtype)) throw new TensorError(`resize needs a floating-point tensor, got ${describe(x)}: cast it first`, captureSite());
  if (options.antialias && options.alignCorners)
    throw new TensorError('resize: antialias and alignCorners exclude each other', captureSite());
  if (isHalf(x.dtype)) return cast(resize(cast(x, 'f32'), [height, width], options), x.dtype);
  const along = (from: number, to: number): Tensor => constant(hostTensor(x.dtype, [to, from], interpolationMatrix(from, to, options)));
  const wide = w === width ? x : matmul(x, along(w, width), { transposeB: true });
  return h === height ? wide : matmul(along(h, height), wide);
}

/** Row-major [to, from] weights. */
export function interpolationMatrix(
  from: number,
  to: number,
  { mode = 'bilinear', antialias = false, alignCorners = false }: ResizeOptions,
): number[] {
  const matrix = Array<number>(to * from).fill(0);
  const step = alignCorners ? (to > 1 ? (from - 1) / (to - 1) : 0) : from / to;
  for (let row = 0; row < to; row++) {
    const centre = alignCorners ? row * step : (row + 0.5) * step - 0.5;
    const weights = antialias ? antialiased(centre, step, from, mode) : interpolated(centre, from, mode);
    for (const [column, weight] of weights) matrix[row * from + column] = (matrix[row * from + column] as number) + weight;
  }
  return matrix;
}

type Weights = readonly (readonly [column: number, weight: number])[];

/** The 2 or 4 nearest pixels; positions beyond an edge fall on the edge pixel. */
function interpolated(centre: number, size: number, mode: 'bilinear' | 'bicubic'): Weights {
  const clamp = (column: number): number => Math.min(Math.max(column, 0), size - 1);
  const position = mode === 'bilinear' ? Math.max(centre, 0) : centre;
  const first = Math.floor(position);
  const offsets = mode === 'bilinear' ? [0, 1] : [-1, 0, 1, 2];
  const kernel = mode === 'bilinear' ? triangle : (t: number) => cubic(t, -0.75);
  return offsets.map((offset) => [clamp(first + offset), kernel(first + offset - position)] as const);
}

/** All pixels under the filter, which is `step` times as wide when shrinking; weights are normalised to sum to 1. */
function antialiased(centre: number, step: number, size: number, mode: 'bilinear' | 'bicubic'): Weights {
  const stretch = Math.max(step, 1);
  const support = (mode === 'bilinear' ? 1 : 2) * stretch;
  const kernel = mode === 'bilinear' ? triangle : (t: number) => cubic(t, -0.5);
  const start = Math.max(Math.trunc(centre - support + 1), 0);
  const end = Math.min(Math.trunc(centre + support + 1), size);
  const columns = Array.from({ length: end - start }, (_, i) => start + i);
  const weights = columns.map((column) => kernel((column - centre) / stretch));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return columns.map((column, i) => [column, (weights[i] as number) / total] as const);
}

const triangle = (t: number): number => Math.max(0, 1 - Math.abs(t));

/** Keys' cubic convolution kernel. */
function cubic(t: number, a: number): number {
  const x = Math.abs(t);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}
