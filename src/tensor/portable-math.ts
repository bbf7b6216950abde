/**
 * Sine and the like that give the same bits everywhere. ECMAScript leaves the last bits of `Math.sin`, `exp`, `pow` and others to the
 * engine, and Node and Chromium do differ; only + − × ÷ and the square root are exact. What has to be the same in every engine (the
 * states and pixels of the simulator, draws of random numbers) is therefore computed from these alone, by the algorithms and with the
 * coefficients of Sun's fdlibm (https://www.netlib.org/fdlibm). All are within 1 ulp of the true value.
 */

/** π/2 in three parts of 33 bits each: products of the first two with small whole numbers are exact. */
const HALF_PI = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21] as const;
/** Farther out, the three parts are not enough. */
const LARGEST_ANGLE = 1e5;

/** The quarter turn nearest to an angle, and what is left, in two parts. Angles beyond ±1e5 radians are refused. */
function reduce(angle: number): { readonly quarter: number; readonly rest: number; readonly tail: number } {
  if (Math.abs(angle) > LARGEST_ANGLE) throw new RangeError(`sine or cosine of ${angle}: expected at most ±${LARGEST_ANGLE} radians`);
  const quarters = Math.round(angle / (Math.PI / 2));
  const first = angle - quarters * HALF_PI[0];
  const second = quarters * HALF_PI[1];
  const high = first - second;
  const low = quarters * HALF_PI[2] - (first - high - second);
  const rest = high - low;
  return { quarter: ((quarters % 4) + 4) % 4, rest, tail: high - rest - low };
}

/** sin(x + y) for |x| ≤ π/4 and a tiny y */
function sineNear0(x: number, y: number): number {
  const z = x * x;
  const v = z * x;
  const r =
    0.00833333333332249 +
    z * (-0.0001984126982985795 + z * (0.0000027557313707070068 + z * (-2.5050760253406863e-8 + z * 1.58969099521155e-10)));
  return x - (z * (0.5 * y - v * r) - y - v * -0.16666666666666632);
}

/** cos(x + y) for |x| ≤ π/4 and a tiny y */
function cosineNear0(x: number, y: number): number {
  const z = x * x;
  const r =
    z *
    (0.0416666666666666 +
      z *
        (-0.001388888888887411 +
          z * (0.00002480158728947673 + z * (-2.7557314351390663e-7 + z * (2.087572321298175e-9 + z * -1.1359647557788195e-11)))));
  const half = 0.5 * z;
  const w = 1 - half;
  return w + (1 - w - half + (z * r - x * y));
}

/** The sine of an angle in radians. Throws beyond ±1e5; NaN for NaN. */
export function sin(angle: number): number {
  const { quarter, rest, tail } = reduce(angle);
  const value = quarter % 2 === 0 ? sineNear0(rest, tail) : cosineNear0(rest, tail);
  return quarter < 2 ? value : -value;
}

/** The cosine of an angle in radians. Throws beyond ±1e5; NaN for NaN. */
export function cos(angle: number): number {
  const { quarter, rest, tail } = reduce(angle);
  const value = quarter % 2 === 0 ? cosineNear0(rest, tail) : sineNear0(rest, tail);
  return quarter === 1 || quarter === 2 ? -value : value;
}

/** The tangent of an angle in radians: sine over cosine. Throws beyond ±1e5. */
export const tan = (angle: number): number => sin(angle) / cos(angle);

const ATAN = [
  0.3333333333333293, -0.19999999999876483, 0.14285714272503466, -0.11111110405462356, 0.09090887133436507, -0.0769187620504483,
  0.06661073137387531, -0.058335701337905735, 0.049768779946159324, -0.036531572744216916, 0.016285820115365782,
] as const;

/** Arc tangents of ½, 1, 1½ and ∞, each in two parts */
const ATAN_AT = [
  [0.4636476090008061, 2.2698777452961687e-17],
  [0.7853981633974483, 3.061616997868383e-17],
  [0.982793723247329, 1.3903311031230998e-17],
  [1.5707963267948966, 6.123233995736766e-17],
] as const;

/** The angle in [−π/2, π/2] with this tangent. */
export function atan(tangent: number): number {
  const size = Math.abs(tangent);
  if (size > 2 ** 66) return tangent > 0 ? ATAN_AT[3][0] : -ATAN_AT[3][0];
  // The nearest of 0, ½, 1, 1½ and ∞, and the tangent of the difference to it
  let at: readonly [number, number] | undefined;
  let x = size;
  if (size >= 2.4375) [at, x] = [ATAN_AT[3], -1 / size];
  else if (size >= 1.1875) [at, x] = [size < 2.4375 ? ATAN_AT[2] : ATAN_AT[3], (size - 1.5) / (1 + 1.5 * size)];
  else if (size >= 0.6875) [at, x] = [ATAN_AT[1], (size - 1) / (size + 1)];
  else if (size >= 0.4375) [at, x] = [ATAN_AT[0], (2 * size - 1) / (2 + size)];
  const z = x * x;
  let sum = 0;
  for (let i = ATAN.length - 1; i >= 0; i--) sum = (ATAN[i] as number) + z * sum;
  const bend = x * z * sum;
  const angle = at ? at[0] - (bend - at[1] - x) : x - bend;
  return tangent < 0 ? -angle : angle;
}

/** The angle in (−π, π] of the direction (x, y), as Math.atan2 has it. */
export function atan2(y: number, x: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  const left = x < 0 || Object.is(x, -0);
  const below = y < 0 || Object.is(y, -0);
  if (y === 0) return left ? (below ? -Math.PI : Math.PI) : y;
  if (x === 0) return below ? -Math.PI / 2 : Math.PI / 2;
  const angle = atan(Math.abs(y) === Math.abs(x) ? 1 : Math.abs(y) / Math.abs(x));
  // π in two parts, of which the second one is what its f64 lacks
  const turned = left ? Math.PI - (angle - 1.2246467991473532e-16) : angle;
  return below ? -turned : turned;
}

/** The angle in [0, π] with this cosine; NaN beyond ±1. */
export const acos = (cosine: number): number => (cosine === 1 ? 0 : 2 * atan2(Math.sqrt(1 - cosine), Math.sqrt(1 + cosine)));

const LN2 = [0.6931471803691238, 1.9082149292705877e-10] as const;

/** eˣ */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.1332191019411) return 0;
  const k = Math.round(x / Math.LN2);
  const high = x - k * LN2[0];
  const low = k * LN2[1];
  const r = high - low;
  const t = r * r;
  const c =
    r -
    t *
      (0.16666666666666602 +
        t * (-0.0027777777777015593 + t * (0.00006613756321437934 + t * (-0.0000016533902205465252 + t * 4.1381367970572385e-8))));
  const y = 1 - (low - (r * c) / (2 - c) - high);
  // In two steps, since 2ᵏ itself may be out of range
  const half = Math.floor(k / 2);
  return y * powerOf2(half) * powerOf2(k - half);
}

/** The natural logarithm; −∞ of 0, NaN of what is below. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  const [mantissa, k] = splitPower(x);
  const f = mantissa - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const t1 = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const t2 = z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  const half = 0.5 * f * f;
  return k * LN2[0] - (half - (s * (half + t1 + t2) + k * LN2[1]) - f);
}

/** xʸ for x ≥ 0, to a few ulp times |y·log x|: good for colours and scales, not for whole powers, which are products. */
export const power = (x: number, y: number): number => (x === 0 ? (y === 0 ? 1 : 0) : exp(y * log(x)));

const bits = new DataView(new ArrayBuffer(8));

/** 2ᵏ for −1022 ≤ k ≤ 1023 */
function powerOf2(k: number): number {
  bits.setUint32(0, (k + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}

/** x as m·2ᵏ with √½ ≤ m < √2 */
function splitPower(x: number): [mantissa: number, power: number] {
  const tiny = x < 2 ** -1022;
  bits.setFloat64(0, tiny ? x * 2 ** 54 : x);
  const high = bits.getUint32(0);
  const k = (high >>> 20) - 1023 - (tiny ? 54 : 0);
  bits.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  const m = bits.getFloat64(0);
  return m > Math.SQRT2 ? [m / 2, k + 1] : [m, k];
}
