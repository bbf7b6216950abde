/**
 * The orthonormal discrete cosine transform along time, type II, and its inverse, type III, as `scipy.fft.dct(…, norm='ortho')`:
 *
 *     X[k] = c[k] · Σ_t x[t] · cos(π(2t+1)k / 2H),   c[0] = √(1/H), otherwise √(2/H)
 *
 * Cosines of even frequencies are even about the middle of the chunk and the others odd, so that half of the products do. In f64.
 */

/** The coefficients [H, D] that are not zero, by frequency: the first `count` of two arrays. */
export interface SparseCoefficients {
  readonly values: ArrayLike<number>;
  /** Where each is: frequency · D + dimension, rising. */
  readonly places: ArrayLike<number>;
  readonly count: number;
}

/** The transform for one number of time steps, H. */
export interface Dct {
  /** Coefficients f64[H, D] by frequency, of data [H, D] by time step. The next call writes over them. */
  forward(data: ArrayLike<number>, dims: number): Float64Array;
  /** The inverse: f32[H, D] by time step, of factor · coefficients [H, D]. Throws when they are not H · D. */
  inverse(coefficients: ArrayLike<number>, dims: number, factor?: number): Float32Array<ArrayBuffer>;
  /** The same for those that are not zero, in less time the fewer there are. */
  inverseOf(coefficients: SparseCoefficients, dims: number, factor?: number): Float32Array<ArrayBuffer>;
}

const transforms = new Map<number, Dct>();

/** The transform for H time steps; its cosines are computed once. Throws unless H is a whole number from 1 up. */
export function dct(horizon: number): Dct {
  const known = transforms.get(horizon);
  if (known) return known;
  if (!(Number.isInteger(horizon) && horizon > 0)) throw new Error(`dct: the time steps must be a whole number from 1 up, got ${horizon}`);
  const made = transform(horizon);
  transforms.set(horizon, made);
  return made;
}

/** Frequencies that `forward` computes together: enough for a processor to overlap their sums. */
const TOGETHER = 4;

/** Where a frequency's cosines begin in the basis; they are TOGETHER apart. */
const placeOf = (k: number, half: number): number => Math.floor(k / TOGETHER) * half * TOGETHER + (k % TOGETHER);

function transform(horizon: number): Dct {
  const half = Math.ceil(horizon / 2);
  const groups = Math.ceil(horizon / TOGETHER);
  /** [groups, half, TOGETHER]: c[k] · cos(π(2t+1)k / 2H) for the first half of the time steps; zero for k ≥ H */
  const basis = new Float64Array(groups * half * TOGETHER);
  for (let k = 0; k < horizon; k++) {
    const norm = Math.sqrt((k === 0 ? 1 : 2) / horizon);
    for (let t = 0; t < half; t++) {
      const angle = (Math.PI * (((2 * t + 1) * k) % (4 * horizon))) / (2 * horizon);
      basis[placeOf(k, half) + t * TOGETHER] = norm * Math.cos(angle);
    }
  }
  /** Of two dimensions, [half, 2, 2]: sums and differences of the values at a time step and at its mirror image. */
  const folded = new Float64Array(4 * half);
  let result = new Float64Array(0);
  /** Of the inverse, [D, 2, half]: sums over even and over odd frequencies, for the first half of the time steps. */
  let sums = new Float64Array(0);

  return {
    forward(data, dims) {
      const size = groups * TOGETHER * dims;
      if (result.length !== size) result = new Float64Array(size);
      const coefficients = result;
      // Two dimensions at a time; the last one twice where it has no other.
      for (let d = 0; d < dims; d += 2) {
        const other = Math.min(d + 1, dims - 1);
        fold(data, d, dims, folded, 0);
        fold(data, other, dims, folded, 2);
        products(basis, folded, coefficients, d, other, dims);
      }
      return coefficients.subarray(0, horizon * dims);
    },

    inverse(coefficients, dims, factor = 1) {
      if (coefficients.length !== horizon * dims) {
        throw new Error(`dct: ${horizon} frequencies of ${dims} dimensions are ${horizon * dims} coefficients, got ${coefficients.length}`);
      }
      const places = Array.from({ length: coefficients.length }, (_, place) => place).filter((place) => coefficients[place] !== 0);
      const values = places.map((place) => coefficients[place] as number);
      return inverseOf({ values, places, count: places.length }, dims, factor);
    },

    inverseOf,
  };

  function inverseOf({ values, places, count }: SparseCoefficients, dims: number, factor = 1): Float32Array<ArrayBuffer> {
    const size = 2 * half * dims;
    if (sums.length !== size) sums = new Float64Array(size);
    else sums.fill(0);
    for (let i = 0, k = 0, row = 0; i < count; i++) {
      const place = places[i] as number;
      for (; place >= row + dims; row += dims) k++;
      addTo(sums, 2 * half * (place - row) + (k % 2) * half, factor * (values[i] as number), basis, placeOf(k, half), half);
    }
    const data = new Float32Array(horizon * dims);
    for (let d = 0, at = 0; d < dims; d++, at += half) {
      for (let t = d, mirror = (horizon - 1) * dims + d; t <= mirror; t += dims, mirror -= dims, at++) {
        const even = sums[at] as number;
        const odd = sums[at + half] as number;
        data[mirror] = even - odd;
        data[t] = even + odd;
      }
    }
    return data;
  }
}

/** Adds a coefficient times half of its cosines to `sums` from `at` on. */
function addTo(sums: Float64Array, at: number, coefficient: number, basis: Float64Array, from: number, half: number): void {
  for (let t = 0, i = from; t < half; t++, i += TOGETHER) sums[at + t] = (sums[at + t] as number) + coefficient * (basis[i] as number);
}

/** Sums and differences of dimension d, to folded[to], folded[to + 1] and every fourth number from there. */
function fold(data: ArrayLike<number>, d: number, dims: number, folded: Float64Array, to: number): void {
  for (let t = d, mirror = data.length - dims + d, at = to; t <= mirror; t += dims, mirror -= dims, at += 4) {
    const first = data[t] as number;
    const second = mirror === t ? 0 : (data[mirror] as number);
    folded[at] = first + second;
    folded[at + 1] = first - second;
  }
}

/** Products of all frequencies' cosines with two dimensions' sums and differences; d and e are the first places of their coefficients. */
function products(basis: Float64Array, folded: Float64Array, coefficients: Float64Array, d: number, e: number, dims: number): void {
  for (let i = 0, row = 0; i < basis.length; row += TOGETHER * dims) {
    let d0 = 0;
    let d1 = 0;
    let d2 = 0;
    let d3 = 0;
    let e0 = 0;
    let e1 = 0;
    let e2 = 0;
    let e3 = 0;
    for (let t = 0; t < folded.length; t += 4, i += TOGETHER) {
      const b0 = basis[i] as number;
      const b1 = basis[i + 1] as number;
      const b2 = basis[i + 2] as number;
      const b3 = basis[i + 3] as number;
      const dSum = folded[t] as number;
      const dDifference = folded[t + 1] as number;
      const eSum = folded[t + 2] as number;
      const eDifference = folded[t + 3] as number;
      d0 += b0 * dSum;
      d1 += b1 * dDifference;
      d2 += b2 * dSum;
      d3 += b3 * dDifference;
      e0 += b0 * eSum;
      e1 += b1 * eDifference;
      e2 += b2 * eSum;
      e3 += b3 * eDifference;
    }
    coefficients[row + d] = d0;
    coefficients[row + dims + d] = d1;
    coefficients[row + 2 * dims + d] = d2;
    coefficients[row + 3 * dims + d] = d3;
    coefficients[row + e] = e0;
    coefficients[row + dims + e] = e1;
    coefficients[row + 2 * dims + e] = e2;
    coefficients[row + 3 * dims + e] = e3;
  }
}
