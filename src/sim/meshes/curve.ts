/** Smooth curves through a few points: profiles, outlines and paths. */

/** How to draw a curve. */
export interface CurveOptions {
  /** Straight pieces between two points; 3 by default */
  readonly steps?: number;
  /** Does it lead back to where it began? The first point is then not repeated. */
  readonly closed?: boolean;
}

/** A smooth curve through points of as many numbers each (Catmull and Rom 1974), which are on it. */
export function smoothCurve<P extends readonly number[]>(points: readonly P[], { steps = 3, closed = false }: CurveOptions = {}): P[] {
  const n = points.length;
  const at = (i: number): P => points[closed ? (i + n) % n : Math.min(Math.max(i, 0), n - 1)] as P;
  const pieces = closed ? n : n - 1;
  const curve = Array.from({ length: pieces * steps }, (_, k) => {
    const i = Math.floor(k / steps);
    const t = (k % steps) / steps;
    return at(i).map((b, axis) => {
      const [a, c, d] = [at(i - 1)[axis] as number, at(i + 1)[axis] as number, at(i + 2)[axis] as number];
      return b + (t / 2) * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
    }) as unknown as P;
  });
  return closed ? curve : [...curve, at(n - 1)];
}
