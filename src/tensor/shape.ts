/** Shapes: tuples of non-negative whole numbers, row-major (C order). */
import { captureSite, TensorError } from './site.ts';

export type Shape = readonly number[];

/** Throws unless all numbers are whole and not negative: sizes of axes, widths of padding. */
export function requireWhole(what: string, numbers: readonly number[]): void {
  if (!numbers.every((n) => Number.isInteger(n) && n >= 0))
    throw new Error(`${what} must be whole numbers from 0 up, got ${formatShape(numbers)}`);
}

/** Number of elements; 1 for a scalar. */
export const sizeOf = (shape: Shape): number => shape.reduce((size, dim) => size * dim, 1);

/** Whether two shapes are equal, axis by axis. */
export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((dim, i) => dim === b[i]);

/** Throws unless all sizes are whole numbers from 0 up. */
export function requireShape(shape: Shape): void {
  if (!shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0))
    throw new Error(`[${shape.join(', ')}] is no shape: sizes are whole numbers from 0 up`);
}

/** `[16, 230, 256]` */
export const formatShape = (shape: Shape): string => `[${shape.join(', ')}]`;

/** The shape that NumPy's rules broadcast all `shapes` to. Throws when two axes differ and neither is 1. */
export function broadcastShapes(...shapes: Shape[]): Shape {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let result = 1;
    for (const shape of shapes) {
      const dim = shape[axis - rank + shape.length] ?? 1;
      if (dim === 1) continue;
      if (result !== 1 && result !== dim) {
        throw new Error(`${shapes.map(formatShape).join(' and ')} do not broadcast: axis ${axis - rank} is ${result} and ${dim}`);
      }
      result = dim;
    }
    return result;
  });
}

/** An axis counted from the front. Throws when it is not one of the `rank` axes. */
export function normalizeAxis(axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    const range = rank === 0 ? 'none' : `${-rank} to ${rank - 1}`;
    throw new TensorError(`axis ${axis} is out of range: the axes of a tensor of rank ${rank} are ${range}`, captureSite());
  }
  return axis < 0 ? axis + rank : axis;
}

/** Distinct axes from the front, ascending; all of them when `axes` is undefined. */
export function normalizeAxes(axes: number | readonly number[] | undefined, rank: number): readonly number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const normal = (typeof axes === 'number' ? [axes] : axes).map((axis) => normalizeAxis(axis, rank));
  if (new Set(normal).size !== normal.length) throw new TensorError(`axes ${formatShape(normal)} repeat`, captureSite());
  return normal.sort((a, b) => a - b);
}
