/** What round things that stand upright have in common. */
import type { Mesh } from '../../mesh.ts';
import { type LatheOptions, latheMesh, type Profile } from '../../meshes/lathe.ts';
import { arcProfile } from '../../meshes/solids.ts';
import { type Draft, foot, fromAbove, fromSide, sphereShape } from '../draft.ts';
import type { Shape, Visual } from '../model.ts';

/** Turned about the upright axis; textures go around twice, so that their dots are about round. */
export const turned = (profile: Profile, options: LatheOptions = {}): Mesh => latheMesh(profile, { around: 2, ...options });

/** The lower or upper part of a ball or ellipsoid about (0, z): points of its profile from one angle to another, degrees. */
export const bulge = (radius: number, halfHeight: number, z: number, from = -90, to = 90, steps = 8): [number, number][] =>
  arcProfile(1, 0, (from * Math.PI) / 180, (to * Math.PI) / 180, steps).map(([r, h]) => [r * radius, z + h * halfHeight]);

/** How something upright is held, and what it weighs. */
export interface UprightOptions {
  readonly grams: number;
  /** Where the part ends that is held from above, mm */
  readonly top: number;
  /** What is held from above: the body by default */
  readonly part?: string;
  /** Height at which it can be held from the side, mm; not at all by default */
  readonly side?: number;
}

/** Something upright out of shapes, held from above with any turn, and perhaps from any side. */
export const upright = (
  visuals: readonly Visual[],
  shapes: readonly Shape[],
  { grams, top, part = 'body', side }: UprightOptions,
): Draft => ({
  visuals,
  shapes,
  grams,
  grips: [...fromAbove({ top, part, aroundZ: true }), ...(side === undefined ? [] : fromSide({ z: side }))],
});

/** A ball with a flat foot, held around its middle. */
export const ballOf = (visuals: readonly Visual[], radius: number, grams: number): Draft =>
  upright(visuals, [sphereShape(radius, [0, 0, radius]), foot([0.3 * radius, 0.3 * radius])], { grams, top: radius + 12 });
