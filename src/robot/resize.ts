/**
 * Resizing and blurring of pictures on WebAssembly's vectors (`resize.wat`): of what a training sample costs, resizing was half when it
 * was plain JavaScript. Resizing is Pillow's bilinear filter (`ImagingResample` in libImaging/Resample.c of 12.0, 8 bits a channel).
 */
import { RESIZE_WASM } from './resize-wasm.ts';
import type { Picture } from './views.ts';

/** `resize.wat` */
interface Passes {
  readonly memory: WebAssembly.Memory;
  columns(from: number, width: number, height: number, to: number, newWidth: number, filter: number, taps: number): void;
  rows(from: number, stride: number, to: number, newHeight: number, filter: number, taps: number): void;
}

let instance: Passes | undefined;

/** Compiled when first used: 600 bytes, so without waiting. */
function passes(): Passes {
  instance ??= new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(atob(RESIZE_WASM), (c) => c.charCodeAt(0))))
    .exports as unknown as Passes;
  return instance;
}

/** u8[height, width, 3]: the picture at another size, both sides at least 1. */
export const resample = (picture: Picture, width: number, height: number): Uint8Array =>
  apply(picture, width, height, bilinear(picture.width, width), bilinear(picture.height, height));

/**
 * u8[height, width, 3]: every pixel the sum of its neighbours' in both directions, at distance x with weight `kernel[x]`; the picture is
 * mirrored at its edges. Weights are not negative, and those of both sides add up to 1. Levels are rounded after each direction.
 */
export const convolve = (picture: Picture, kernel: readonly number[]): Uint8Array =>
  apply(picture, picture.width, picture.height, symmetric(picture.width, kernel), symmetric(picture.height, kernel));

function apply(picture: Picture, width: number, height: number, across: Filter, down: Filter): Uint8Array {
  const { memory, columns, rows } = passes();
  // Vectors are read and written up to 16 bytes past the last one that matters.
  const room = (bytes: number): number => (bytes + 31) & ~15;
  const middle = room(picture.data.length);
  const out = middle + room(3 * width * picture.height);
  const filters = out + room(3 * width * height);
  const second = filters + across.table.byteLength;
  const needed = second + down.table.byteLength - memory.buffer.byteLength;
  if (needed > 0) memory.grow(Math.ceil(needed / 65536));
  const bytes = new Uint8Array(memory.buffer);
  bytes.set(picture.data);
  new Int32Array(memory.buffer, filters).set(across.table);
  new Int32Array(memory.buffer, second).set(down.table);
  columns(0, picture.width, picture.height, middle, width, filters, across.taps);
  rows(middle, 3 * width, out, height, second, down.taps);
  return bytes.slice(out, out + 3 * width * height);
}

/** The filter of a symmetric kernel on `n` pixels. What would lie past an edge is added to the pixel that it mirrors. */
function symmetric(n: number, kernel: readonly number[]): Filter {
  const radius = kernel.length - 1;
  const taps = Math.min(2 * radius + 1, n);
  const table = new Int32Array(n * (2 + taps));
  const weights = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const first = Math.min(Math.max(0, i - radius), n - taps);
    weights.fill(0, first, first + taps);
    for (let x = -radius; x <= radius; x++) {
      const at = mirrored(i + x, n);
      weights[at] = (weights[at] as number) + (kernel[Math.abs(x)] as number);
    }
    table[i] = first;
    table[n + i] = taps;
    for (let j = 0; j < taps; j++) table[2 * n + i * taps + j] = Math.round((weights[first + j] as number) * 2 ** PRECISION);
  }
  return { taps, table };
}

/** An index past an end, mirrored at the last element. */
function mirrored(i: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const k = ((i % period) + period) % period;
  return k < length ? k : period - k;
}

/** Bits behind the point: 8 for the pixel and 2 of headroom leave 22 of 32. */
const PRECISION = 22;

/** What each of n outputs is made of: first input [n], number of inputs [n], weights [n, taps]. */
interface Filter {
  readonly taps: number;
  readonly table: Int32Array;
}

const filters = new Map<string, Filter>();

/** A triangle as wide as the shrinking asks for. Its weights add up to 1, but for rounding. */
function bilinear(from: number, to: number): Filter {
  const key = `${from}/${to}`;
  const known = filters.get(key);
  if (known) return known;
  const scale = from / to;
  const support = Math.max(scale, 1);
  const taps = Math.ceil(support) * 2 + 1;
  const table = new Int32Array(to * (2 + taps));
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(from, Math.trunc(centre + support + 0.5)) - first;
    const weights = Array.from({ length: count }, (_, j) => Math.max(0, 1 - Math.abs((first + j - centre + 0.5) / support)));
    const sum = weights.reduce((a, b) => a + b, 0);
    table[i] = first;
    table[to + i] = count;
    table.set(
      weights.map((weight) => Math.trunc(0.5 + (weight / sum) * 2 ** PRECISION)),
      2 * to + i * taps,
    );
  }
  const filter = { taps, table };
  if (filters.size >= 64) filters.clear();
  filters.set(key, filter);
  return filter;
}
