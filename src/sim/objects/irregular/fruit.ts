/** Fruit that is not round, and pastry. */
import type { Vec3 } from '../../../robot/vectors.ts';
import { cos } from '../../../tensor/portable-math.ts';
import type { Mesh } from '../../mesh.ts';
import { smoothCurve } from '../../meshes/curve.ts';
import { latheMesh } from '../../meshes/lathe.ts';
import { coneMesh, ellipsoidMesh, sphereMesh } from '../../meshes/solids.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import { cylinderShape, ellipsoidShape, foot, fromAbove, type Kind, moved, paint, rz, standingCurve, xyz } from '../draft.ts';
import { COLORS, shade, textured } from '../look.ts';
import { arc, bent, lyingCapsule, lyingLathe, lyingTube } from './lying.ts';

const LEAF = shade(COLORS.green, 0.9);

/** On its side, with brown ends. */
export const banana: Kind = (look, vary) => {
  const [radius, thick] = [vary(44, 50), vary(12.5, 14.5)];
  const points = arc(radius, vary(112, 124), 12);
  const radii = [0.25, 0.42, 0.72, 0.9, 0.98, 1, 1, 1, 0.97, 0.88, 0.66, 0.4, 0.28].map((share) => share * thick);
  const course = points.map(([x, y], i) => [x, y, radii[i] as number] as const);
  const tip = (i: number) =>
    moved(sphereMesh((radii[i] as number) * 1.25, 6), [...(points[i] as [number, number]), (radii[i] as number) * 1.4]);
  return {
    visuals: [paint(look.main, lyingTube(course, 6)), paint(shade(COLORS.brown, 0.8), tip(0), tip(12))],
    shapes: bent(points, thick * 0.97, thick * 0.78),
    grams: vary(90, 150),
    grips: fromAbove({ top: 2 * thick, y: (points[6] as [number, number])[1] }),
  };
};

/** A crescent of rolls, browner where they overlap. */
export const croissant: Kind = (look, vary) => {
  const [radius, thick] = [vary(29, 33), vary(15, 17)];
  const steps = 21;
  const points = arc(radius, vary(190, 205), steps);
  const course = points.map(([x, y], i) => {
    const t = (2 * i) / steps - 1;
    const roll = 0.86 + 0.14 * Math.abs(cos(i * 1.0472));
    return [x, y, Math.max(4, thick * (1 - 0.75 * t * t) * roll)] as const;
  });
  return {
    visuals: [paint(textured('stripes', [look.color, shade(look.color, 0.72)], { repeats: 7 }), lyingTube(course, 9))],
    shapes: bent(points, thick * 0.95, thick * 0.62),
    grams: vary(40, 70),
    grips: fromAbove({ top: 1.9 * thick, y: (points[10] as [number, number])[1] }),
  };
};

/** Lying, with a bump at each end. */
export const lemon: Kind = (look, vary) => {
  const [half, r] = [vary(33, 38), vary(20, 24)];
  const side = smoothCurve(
    [
      rz(0, -half),
      rz(r * 0.22, -half * 0.95),
      rz(r * 0.55, -half * 0.76),
      rz(r * 0.95, -half * 0.35),
      rz(r, 0),
      rz(r * 0.95, half * 0.35),
      rz(r * 0.5, half * 0.78),
      rz(r * 0.18, half * 0.95),
      rz(0, half),
    ],
    { steps: 2 },
  );
  const skin = textured('speckles', [look.color, shade(look.color, 0.86)], { repeats: 60 });
  return {
    visuals: [paint(skin, lyingLathe(side, r)), paint(LEAF, moved(ellipsoidMesh([9, 5, 1], 8), [-half + 8, 4, r + 9], [20, -40, 30]))],
    shapes: [ellipsoidShape([half * 0.96, r, r], [0, 0, r]), foot([half * 0.3, r * 0.35], [0, 0], 5)],
    grams: vary(70, 120),
    grips: fromAbove({ top: r + 12 }),
  };
};

/** Lying, with seeds and a green star. */
export const strawberry: Kind = (look, vary) => {
  const [length, r] = [vary(46, 54), vary(20, 24)];
  const side = smoothCurve([
    rz(0, -length * 0.42),
    rz(r * 0.7, -length * 0.4),
    rz(r, -length * 0.16),
    rz(r * 0.86, length * 0.12),
    rz(r * 0.45, length * 0.44),
    rz(0, length * 0.58),
  ]);
  const leaves = [0, 60, 120, 180, 240, 300].map((angle) =>
    moved(moved(ellipsoidMesh([2, 4.5, 11], 6), [0, 0, 9], [0, -18, 0]), [-length * 0.4, 0, r], [angle, 0, 0]),
  );
  return {
    visuals: [
      paint(textured('dots', [look.color, [0.98, 0.85, 0.4]], { repeats: 6 }), lyingLathe(side, r)),
      paint(LEAF, ...leaves, tubeMesh([xyz(-length * 0.4, 0, r), xyz(-length * 0.46, 0, r + 3), xyz(-length * 0.5, 0, r + 8)], 1.8, 5)),
    ],
    shapes: [
      ellipsoidShape([length * 0.42, r, r], [-length * 0.06, 0, r]),
      ellipsoidShape([length * 0.22, r * 0.5, r * 0.5], [length * 0.36, 0, r]),
      foot([r * 0.5, r * 0.4], [-length * 0.08, 0], 5),
    ],
    grams: vary(40, 70),
    grips: fromAbove({ top: r + 12, x: -length * 0.08 }),
  };
};

/** Berries in rows, with a stalk and a leaf, lying. */
export const grapes: Kind = (look, vary) => {
  const r = vary(8.5, 10);
  const step = 1.7 * r;
  const rows = [1, 2, 3, 3, 2];
  const berries = rows.flatMap((count, i) =>
    Array.from({ length: count }, (_, j): Vec3 => [(2 - i) * step * 0.92, (j - (count - 1) / 2) * step, r]),
  );
  const upper: Vec3[] = [
    [step * 0.5, 0, 2.3 * r],
    [-step * 0.45, step * 0.5, 2.4 * r],
    [-step * 0.45, -step * 0.5, 2.4 * r],
    [-step * 1.35, 0, 2.3 * r],
  ];
  return {
    visuals: [
      paint(look.main, ...[...berries, ...upper].map((at) => moved(sphereMesh(r, 8), at))),
      paint(
        shade(COLORS.brown, 0.9),
        tubeMesh([xyz(-step * 2, 0, 1.6 * r), xyz(-step * 2.9, 0, 2.2 * r), xyz(-step * 3.2, 3, 2.8 * r)], 2.2, 5),
      ),
      paint(LEAF, moved(ellipsoidMesh([14, 11, 1.6], 8), [-step * 2.4, 8, 3 * r], [10, -20, 30])),
    ],
    shapes: [
      ellipsoidShape([step * 1.75, step * 1.58, 1.65 * r], [-step * 0.5, 0, 1.7 * r]),
      cylinderShape(step, 0, 1.2 * r, [-step * 0.5, 0]),
      lyingCapsule([step * 0.6, 0], [step * 2.3, 0], r),
      lyingCapsule([-step * 3.1, 0], [-step * 1.5, 0], r),
    ],
    grams: vary(70, 130),
    grips: fromAbove({ top: 3 * r, x: -step * 0.5 }),
  };
};

/** Scales and a tuft of stiff leaves. */
export const pineapple: Kind = (look, vary) => {
  const [r, h] = [vary(21, 25), vary(54, 64)];
  const side = standingCurve([rz(r * 0.6, 0), rz(r * 0.95, h * 0.2), rz(r, h * 0.5), rz(r * 0.85, h * 0.82), rz(r * 0.4, h), rz(0, h)]);
  const spike = (angle: number, lean: number, length: number): Mesh =>
    moved(moved(coneMesh(5, length, { segments: 5 }), [3.5, 0, 0], [0, lean, 0]), [0, 0, h - 3], [0, 0, angle]);
  const spikes = [
    [0, 45, 24],
    [60, 45, 24],
    [120, 45, 24],
    [180, 45, 24],
    [240, 45, 24],
    [300, 45, 24],
    [30, 20, 28],
    [150, 20, 28],
    [270, 20, 28],
    [90, 0, 30],
    [270, 0, 32],
  ];
  return {
    visuals: [
      paint(
        textured('checks', [look.color, shade(look.color, 0.72)], { repeats: 8 }),
        slanted(latheMesh(side, { segments: 16, smoothAngle: 1.5 })),
      ),
      paint(LEAF, ...spikes.map(([angle, lean, length]) => spike(angle as number, lean as number, length as number))),
    ],
    shapes: [cylinderShape(r * 0.7, 0, h), cylinderShape(r * 0.95, h * 0.12, h * 0.85), cylinderShape(7, h, h + 26)],
    grams: vary(120, 220),
    grips: fromAbove({ top: h * 0.86, depth: 0, aroundZ: true }),
  };
};

/** The same mesh with its texture slanted, so that squares become diamonds. */
const slanted = (mesh: Mesh): Mesh => ({
  ...mesh,
  uvs: mesh.uvs.map((value, i) => (i % 2 === 0 ? value + (mesh.uvs[i + 1] as number) / 2 : value)),
});
