/** What things cover of the table, seen from above. */
import type { Vec3 } from '../../robot/vectors.ts';
import { cornersAt, linkBounds, type ThingNow } from './things.ts';

/** Points of the table under a body: a convex outline, counter-clockwise. */
export type Footprint = readonly (readonly [number, number])[];

/** What a thing and its parts cover of the table, seen from above. */
export function footprintsOf({ model, pose, parts }: ThingNow): Footprint[] {
  return [{ link: model.body, pose }, ...parts.map(({ part, pose: at }) => ({ link: part, pose: at }))].map(({ link, pose: at }) =>
    hull(cornersAt(linkBounds(link), at).map(([x, y]) => [x, y])),
  );
}

/** The convex hull, counter-clockwise (Andrew 1979, the monotone chain). */
function hull(points: readonly (readonly [number, number])[]): Footprint {
  const sorted = points.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (list: readonly (readonly [number, number])[]): (readonly [number, number])[] => {
    const chain: (readonly [number, number])[] = [];
    for (const p of list) {
      for (let n = chain.length; n >= 2; n = chain.length) {
        const [a, b] = [chain[n - 2], chain[n - 1]] as [readonly [number, number], readonly [number, number]];
        if ((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) > 0) break;
        chain.pop();
      }
      chain.push(p);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.toReversed())];
}

/** Metres from an outline on the table; 0 within. */
export function distanceTo(footprint: Footprint, [x, y]: Vec3): number {
  let inside = true;
  let nearest = Number.POSITIVE_INFINITY;
  for (const [i, [ax, ay]] of footprint.entries()) {
    const [bx, by] = footprint[(i + 1) % footprint.length] as readonly [number, number];
    const [ex, ey, px, py] = [bx - ax, by - ay, x - ax, y - ay];
    if (ex * py - ey * px < 0) inside = false;
    const share = Math.min(Math.max((px * ex + py * ey) / Math.max(ex * ex + ey * ey, 1e-12), 0), 1);
    const [qx, qy] = [px - share * ex, py - share * ey];
    nearest = Math.min(nearest, Math.sqrt(qx * qx + qy * qy));
  }
  return inside ? 0 : nearest;
}

/** Whether two outlines have a point in common: no side of either parts them. */
export const overlap = (a: Footprint, b: Footprint): boolean => !(isParted(a, b) || isParted(b, a));

/** Whether all of one outline is beyond a side of the other. */
const isParted = (from: Footprint, other: Footprint): boolean =>
  from.some(([ax, ay], i) => {
    const [bx, by] = from[(i + 1) % from.length] as readonly [number, number];
    return other.every(([x, y]) => (bx - ax) * (y - ay) - (by - ay) * (x - ax) < 0);
  });
