/** Surfaces of revolution: bottles, bowls, cups, balls, rings. */
import { cos, sin } from '../../tensor/portable-math.ts';
import type { Mesh } from '../mesh.ts';
import { addBand, emptySketch, finishSketch, type Vertex } from './sketch.ts';

/** Points of an outline as distance from the axis (0 or more) and height. */
export type Profile = readonly (readonly [radius: number, z: number])[];

/** Edges sharper than this, in radians, stay edges; blunter ones are shaded as round. */
export const CREASE_ANGLE = 0.7;

/** How to turn a profile. */
export interface LatheOptions {
  /** Sides around the axis; 16 by default */
  readonly segments?: number;
  /** Corners of the profile blunter than this look round, radians; CREASE_ANGLE by default */
  readonly smoothAngle?: number;
  /** Does the profile go back to where it began (a ring)? Otherwise it is closed only where it ends on the axis. */
  readonly closed?: boolean;
  /** Flat sides, as of a pencil or a pyramid, instead of round ones */
  readonly faceted?: boolean;
  /** Times that a texture repeats around the axis; 1 by default */
  readonly around?: number;
}

/**
 * Turns a profile about the z axis. Material is to the left of the profile: it goes out along the foot, up the outside, and back
 * inwards over the top (a cup then goes down its inside, to the axis). Texture coordinates: u around the axis, counter-clockwise seen
 * from above, v from 1 at the beginning of the profile to 0 at its end by length.
 */
export function latheMesh(profile: Profile, options: LatheOptions = {}): Mesh {
  const { segments = 16, smoothAngle = CREASE_ANGLE, closed = false, faceted = false, around = 1 } = options;
  const points = closed ? [...profile, profile[0] as readonly [number, number]] : profile;
  const pieces = profilePieces(points, smoothAngle, closed);
  const sketch = emptySketch();
  const row = (end: End, spread: number, columns: readonly number[], facet?: number): Vertex[] =>
    columns.map((j) => {
      const [c, s] = direction(j, segments);
      const [nc, ns] = facet === undefined ? [c, s] : direction(facet + 0.5, segments);
      const [nr, nz] = facet === undefined ? end.normal : normalize2(end.flat[0], end.flat[1] * spread);
      return { position: [end.r * c, end.r * s, end.z], normal: [nr * nc, nr * ns, nz], uv: [(around * j) / segments, end.v] };
    });
  const apothem = cos(Math.PI / segments);
  const all = Array.from({ length: segments + 1 }, (_, j) => j);
  for (const [low, high] of pieces) {
    if (!faceted) addBand(sketch, row(low, 1, all), row(high, 1, all));
    else for (let j = 0; j < segments; j++) addBand(sketch, row(low, apothem, [j, j + 1], j), row(high, apothem, [j, j + 1], j));
  }
  return finishSketch(sketch);
}

/** The end of a straight piece of a profile. */
interface End {
  readonly r: number;
  readonly z: number;
  readonly v: number;
  /** Shaded and real normal as (outwards, up) */
  readonly normal: readonly [number, number];
  readonly flat: readonly [number, number];
}

/** The direction of column `j` of `segments`: the same numbers for the first and the last. */
function direction(j: number, segments: number): [number, number] {
  const angle = (2 * Math.PI * (j % segments)) / segments;
  return [cos(angle), sin(angle)];
}

function normalize2(x: number, y: number): [number, number] {
  const length = Math.sqrt(x * x + y * y);
  return length === 0 ? [1, 0] : [x / length, y / length];
}

/** The straight pieces of a profile with the normals at both ends. */
function profilePieces(points: Profile, smoothAngle: number, closed: boolean): [End, End][] {
  const pairs = points.slice(1).map((to, i) => [points[i] as readonly [number, number], to] as const);
  const lengths = pairs.map(([[r0, z0], [r1, z1]]) => Math.sqrt((r1 - r0) * (r1 - r0) + (z1 - z0) * (z1 - z0)));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const flats = pairs.map(([[r0, z0], [r1, z1]]) => normalize2(z1 - z0, r0 - r1));
  const bluntest = cos(smoothAngle);
  /** The normal of a piece at an end, given the piece beyond it */
  const shade = (own: readonly [number, number], beyond: readonly [number, number] | undefined): readonly [number, number] =>
    beyond && own[0] * beyond[0] + own[1] * beyond[1] > bluntest ? normalize2(own[0] + beyond[0], own[1] + beyond[1]) : own;
  /** Beyond the axis, a profile goes on as its mirror image. */
  const beyond = (i: number, flat: readonly [number, number], r: number): readonly [number, number] | undefined =>
    r === 0 ? [-flat[0], flat[1]] : flats[closed ? (i + flats.length) % flats.length : i];
  let run = 0;
  return pairs.map(([[r0, z0], [r1, z1]], i): [End, End] => {
    const flat = flats[i] as [number, number];
    const from = run;
    run += lengths[i] as number;
    return [
      { r: r0, z: z0, v: 1 - from / total, normal: shade(flat, beyond(i - 1, flat, r0)), flat },
      { r: r1, z: z1, v: 1 - run / total, normal: shade(flat, beyond(i + 1, flat, r1)), flat },
    ];
  });
}
