/** Functions that JavaScript lacks, to f64 precision. */

/** Gauss error function by 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!: all terms have one sign, so nothing cancels. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = 0;
  for (let n = 0; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    sum += term;
    term *= (2 * x * x) / (2 * n + 3);
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** To the nearest whole number, halves to the even one. */
export function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

/** Nearest number with `bits` bits after the leading one, not finer than `finest`, infinite from `limit` up. */
function roundToBits(x: number, bits: number, finest: number, limit: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const step = Math.max(2 ** (Math.floor(Math.log2(Math.abs(x))) - bits), finest);
  const rounded = roundHalfEven(x / step) * step;
  return Math.abs(rounded) >= limit ? Math.sign(x) * Number.POSITIVE_INFINITY : rounded;
}

/** Nearest IEEE half-precision number. */
export const toHalf = (x: number): number => roundToBits(x, 10, 2 ** -24, 2 ** 16);

/** Nearest bfloat16 number. */
export const toBfloat16 = (x: number): number => roundToBits(x, 7, 2 ** -133, 2 ** 128);
