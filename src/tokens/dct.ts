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
  /** Of one dimension, [half, 2]: sums and differences of the values at a time step and at its mirror image. */
  const folded = new Float64Array(2 * half);
  let result = new Float64Array(0);
  /** Of the inverse, [D, 2, half]: sums over even and over odd frequencies, for the first half of the time steps. */
  let sums = new Float64Array(0);

  return {
    forward(data, dims) {
      const size = groups * TOGETHER * dims;
      if (result.length !== size) result = new Float64Array(size);
      const coefficients = result;
      for (let d = 0; d < dims; d++) {
        for (let t = 0; t < half; t++) {
          const first = data[t * dims + d] as number;
          const mirror = horizon - 1 - t;
          const second = mirror === t ? 0 : (data[mirror * dims + d] as number);
          folded[2 * t] = first + second;
          folded[2 * t + 1] = first - second;
        }
        products(basis, folded, coefficients, d, dims);
      }
      return coefficients.subarray(0, horizon * dims);
    },

    inverse(coefficients, dims, factor = 1) {
      if (coefficients.length !== horizon * dims) {
        throw new Error(`dct: ${horizon} frequencies of ${dims} dimensions are ${horizon * dims} coefficients, got ${coefficients.length}`);
      }
      const values = new Float64Array(coefficients.length);
      const places = new Int32Array(coefficients.length);
      let count = 0;
      for (let place = 0; place < coefficients.length; place++) {
        if (coefficients[place] === 0) continue;
        values[count] = coefficients[place] as number;
        places[count++] = place;
      }
      return inverseOf({ values, places, count }, dims, factor);
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

/** Products of all frequencies' cosines with one dimension's sums and differences; d is the first place of its coefficients. */
function products(basis: Float64Array, folded: Float64Array, coefficients: Float64Array, d: number, dims: number): void {
  for (let i = 0, at = d; i < basis.length; at += TOGETHER * dims) {
    let a = 0;
    let b = 0;
    let c = 0;
    let e = 0;
    for (let t = 0; t < folded.length; t += 2, i += TOGETHER) {
      const sum = folded[t] as number;
      const difference = folded[t + 1] as number;
      a += (basis[i] as number) * sum;
      b += (basis[i + 1] as number) * difference;
      c += (basis[i + 2] as number) * sum;
      e += (basis[i + 3] as number) * difference;
    }
    coefficients[at] = a;
    coefficients[at + dims] = b;
    coefficients[at + 2 * dims] = c;
    coefficients[at + 3 * dims] = e;
  }
}
