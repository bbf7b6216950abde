/** Vegetables. */
import { atan2, cos } from '../../../tensor/portable-math.ts';
import type { Mesh } from '../../mesh.ts';
import { smoothCurve } from '../../meshes/curve.ts';
import { displaceMesh } from '../../meshes/edit.ts';
import { latheMesh } from '../../meshes/lathe.ts';
import { coneMesh, cylinderMesh, ellipsoidMesh, sphereMesh } from '../../meshes/solids.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import { cylinderShape, ellipsoidShape, foot, fromAbove, type Kind, moved, paint, rz, spun, xyz } from '../draft.ts';
import { COLORS, shade, textured } from '../look.ts';
import { lyingCapsule, lyingLathe, lyingTube } from './lying.ts';

const LEAF = shade(COLORS.green, 0.9);

/** Lying, with rings and green leaves. */
export const carrot: Kind = (look, vary) => {
  const [length, thick] = [vary(74, 86), vary(13, 16)];
  const x = (t: number): number => -length * 0.38 + t * length;
  const course = [
    [0, 0.55],
    [0.04, 0.9],
    [0.1, 1],
    [0.3, 0.9],
    [0.55, 0.68],
    [0.8, 0.42],
    [0.96, 0.2],
    [1, 0.04],
  ].map(([t, r]) => [x(t as number), 0, thick * (r as number)] as const);
  const frond = (side: number, rise: number) =>
    tubeMesh(
      [xyz(x(0.02), 0, thick), xyz(x(0) - 10, side * 4, thick + rise * 0.6), xyz(x(0) - 22, side * 11, thick + rise)],
      [2, 3.5, 1],
      5,
    );
  return {
    visuals: [
      paint(textured('stripes', [look.color, look.color, look.color, shade(look.color, 0.8)], { repeats: 7 }), lyingTube(course, 10)),
      paint(LEAF, frond(0, 9), frond(1, 3), frond(-1, 3), frond(0.5, -2)),
    ],
    shapes: [
      lyingCapsule([x(0), 0], [x(0.5), 0], thick * 0.93),
      lyingCapsule([x(0.35), 0], [x(0.98), 0], thick * 0.55),
      foot([length * 0.3, thick * 0.45], [x(0.4), 0], 3),
      ellipsoidShape([11, 11, 6], [x(0) - 10, 0, thick + 1]),
    ],
    grams: vary(60, 110),
    grips: [...fromAbove({ top: 2 * thick, x: x(0.2) }), ...fromAbove({ top: 1.4 * thick, x: x(0.5) })],
  };
};

/** Four lobes and a green stalk, standing. */
export const pepper: Kind = (look, vary) => {
  const [r, h] = [vary(25, 29), vary(46, 58)];
  const side = smoothCurve(
    [
      rz(0, 3),
      rz(r * 0.35, 0),
      rz(r * 0.72, h * 0.1),
      rz(r * 0.92, h * 0.5),
      rz(r, h * 0.8),
      rz(r * 0.7, h),
      rz(r * 0.25, h * 0.96),
      rz(0, h * 0.9),
    ],
    { steps: 2 },
  );
  const lobed = displaceMesh(latheMesh(side, { segments: 24, smoothAngle: 1.5 }), ([x, y, z]) => {
    const lobe = 1 - 0.07 * (1 - cos(4 * atan2(y, x) + Math.PI));
    return [x * lobe, y * lobe, z];
  });
  return {
    visuals: [
      paint(look.main, lobed),
      paint(
        shade(COLORS.green, 0.85),
        tubeMesh([xyz(0, 0, h * 0.88), xyz(0, 0, h * 1.02), xyz(4, -2, h + 12)], [4, 3, 3.6], 7),
        moved(coneMesh(9, 4, { segments: 5 }), [0, 0, h * 0.93]),
      ),
    ],
    shapes: [
      cylinderShape(r * 0.5, 0, h),
      cylinderShape(r * 0.82, h * 0.1, h * 0.92),
      cylinderShape(r * 0.93, h * 0.55, h * 0.92),
      cylinderShape(4, h, h + 12),
    ],
    grams: vary(80, 150),
    grips: [...fromAbove({ top: h * 0.8 + 10 }), ...fromAbove({ top: h * 0.8 + 10, closing: 0 })],
  };
};

/** Lying, bent a little at the neck, with a green cap. */
export const aubergine: Kind = (look, vary) => {
  const [length, thick] = [vary(82, 94), vary(20, 24)];
  const x = (t: number): number => length * (0.42 - t);
  const course = [
    [0, 0.1],
    [0.02, 0.45],
    [0.1, 0.82],
    [0.25, 1],
    [0.45, 0.94],
    [0.65, 0.72],
    [0.85, 0.55],
    [0.95, 0.5],
  ].map(([t, r]) => [x(t as number), 9 * (t as number) * (t as number), thick * (r as number)] as const);
  const neck = thick * 0.6;
  const cap = [
    [0.84, 0.6],
    [0.95, 0.56],
    [0.99, 0.3],
    [1.0, 0.18],
    [1.1, 0.16],
  ].map(([t, r]) => xyz(x(t as number), 9 * (t as number), neck + (t as number) * 2 + (r as number) * 0));
  return {
    visuals: [
      paint(look.main, lyingTube(course, 12)),
      paint(LEAF, tubeMesh(cap, [thick * 0.62, thick * 0.56, thick * 0.3, 3.5, 3.5], 8)),
      paint(shade(look.color, 1.9), moved(ellipsoidMesh([13, 2.5, 2], 8), [x(0.3), -thick * 0.42, thick * 1.86])),
    ],
    shapes: [
      ellipsoidShape([length * 0.34, thick, thick], [x(0.32), 0.5, thick]),
      lyingCapsule([x(0.5), 3], [x(1.1), 9], thick * 0.76),
      foot([length * 0.2, thick * 0.35], [x(0.3), 0], 5),
    ],
    grams: vary(100, 180),
    grips: [...fromAbove({ top: thick + 12, x: x(0.28) }), ...fromAbove({ top: thick * 1.3, x: x(0.72), y: 5, part: 'neck' })],
  };
};

/** A stem and a crown of florets. */
export const broccoli: Kind = (look, vary) => {
  const [r, h] = [vary(24, 28), vary(58, 68)];
  const floret = ([angle, out, up, size]: readonly [number, number, number, number]): Mesh =>
    spun(moved(sphereMesh(r * size, 8), [r * out, 0, h * up]), angle);
  const ring = [0, 60, 120, 180, 240, 300].map((angle) => [angle, 0.58, 0.62, 0.42] as const);
  const upper = [30, 120, 210, 300].map((angle) => [angle, 0.34, 0.78, 0.38] as const);
  return {
    visuals: [
      paint([0.62, 0.76, 0.4], latheMesh([rz(0, 0), rz(r * 0.42, 0), rz(r * 0.36, h * 0.3), rz(r * 0.66, h * 0.56)], { segments: 10 })),
      paint(
        textured('noise', [look.color, shade(look.color, 0.7)], { repeats: 8 }),
        ...ring.map(floret),
        ...upper.map(floret),
        moved(sphereMesh(r * 0.36, 8), [0, 0, h - r * 0.36]),
      ),
    ],
    shapes: [cylinderShape(r * 0.4, 0, h * 0.55), ellipsoidShape([r * 0.97, r * 0.97, h * 0.27], [0, 0, h * 0.72])],
    grams: vary(60, 120),
    grips: fromAbove({ top: h * 0.66 + 10, aroundZ: true, part: 'crown' }),
  };
};

/** Kernels, and husks that are peeled back, lying. */
export const cornCob: Kind = (look, vary) => {
  const [half, r] = [vary(42, 48), vary(14, 17)];
  const side = smoothCurve([rz(r * 0.8, -half * 0.7), rz(r, -half * 0.3), rz(r * 0.95, half * 0.3), rz(r * 0.6, half * 0.8), rz(0, half)]);
  const husk = (angle: number): Mesh => {
    const leaf = displaceMesh(ellipsoidMesh([half * 0.55, 8, 2.2], 10), ([x, y, z]) => [x, y, z + 0.012 * x * x - 0.06 * y * y]);
    return moved(moved(leaf, [-half * 0.62, 0, r * 0.95]), [0, 0, r], [angle, 0, 0]);
  };
  return {
    visuals: [
      paint(textured('tiles', [look.color, shade(look.color, 0.75)], { repeats: 7 }), lyingLathe(side, r, 14)),
      paint([0.5, 0.7, 0.28], husk(0), husk(75), husk(-75), moved(cylinderMesh(5, 8, { segments: 8 }), [-half * 0.86, 0, r], [0, 90, 0])),
    ],
    shapes: [
      lyingCapsule([-half * 0.95, 0], [half * 0.95, 0], r * 0.97),
      foot([half * 0.6, r * 0.45], [0, 0], 4),
      ellipsoidShape([half * 0.4, r * 1.3, r * 0.7], [-half * 0.75, 0, r * 1.5]),
    ],
    grams: vary(100, 170),
    grips: fromAbove({ top: r * 2, x: half * 0.25 }),
  };
};
