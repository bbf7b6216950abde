/** Fruit, vegetables and pastry that are not round. */
import type { Vec3 } from '../../../robot/vectors.ts';
import { atan2, cos, sin } from '../../../tensor/portable-math.ts';
import type { Mesh } from '../../mesh.ts';
import { smoothCurve } from '../../meshes/curve.ts';
import { displaceMesh, repeatTexture } from '../../meshes/edit.ts';
import { latheMesh, type Profile } from '../../meshes/lathe.ts';
import { coneMesh, cylinderMesh, ellipsoidMesh, sphereMesh } from '../../meshes/solids.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import { cylinderShape, type Draft, ellipsoidShape, foot, fromAbove, type Kind, moved, paint, rz, xyz } from '../draft.ts';
import { COLORS, shade, textured } from '../look.ts';
import { lyingCapsule, lyingTube } from './lying.ts';

const LEAF = shade(COLORS.green, 0.9);

/** Points of an arc in the plane of the table, bulging towards −y, about the middle of its chord. */
function arc(radius: number, spread: number, steps: number): [number, number][] {
  const half = (spread * Math.PI) / 360;
  const middle = (radius * (1 - cos(half))) / 2;
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = -half + (2 * half * i) / steps;
    return [radius * sin(angle), radius * (1 - cos(angle)) - middle];
  });
}

/** Something bent that lies on its side: three capsules follow it, the middle one as thick as it is. */
function bent(points: readonly (readonly [number, number])[], thick: number, thin: number): Draft['shapes'] {
  const at = (share: number): readonly [number, number] => points[Math.round(share * (points.length - 1))] as readonly [number, number];
  return [lyingCapsule(at(0.28), at(0.72), thick), lyingCapsule(at(0.04), at(0.46), thin), lyingCapsule(at(0.54), at(0.96), thin)];
}

/** On its side, with brown ends. */
export const banana: Kind = (look, vary) => {
  const [radius, thick] = [vary(44, 50), vary(12.5, 14.5)];
  const points = arc(radius, vary(112, 124), 12);
  const radii = [0.25, 0.42, 0.72, 0.9, 0.98, 1, 1, 1, 0.97, 0.88, 0.66, 0.4, 0.28].map((share) => share * thick);
  const course = points.map(([x, y], i) => [x, y, radii[i] as number] as const);
  const tip = (i: number) => moved(sphereMesh((radii[i] as number) * 1.25, 6), [...(points[i] as [number, number]), radii[i] as number]);
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

/** A profile along x that lies: its axis at the height of its largest radius. */
const lyingLathe = (profile: Profile, height: number, segments = 14): Mesh =>
  moved(latheMesh(profile, { segments, smoothAngle: 1.3, around: 2 }), [0, 0, height], [0, 90, 0]);

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
    visuals: [paint(skin, lyingLathe(side, r)), paint(LEAF, moved(ellipsoidMesh([9, 5, 1], 8), [-half + 2, 5, r + 6], [20, -30, 30]))],
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
      paint(textured('dots', [look.color, [0.98, 0.85, 0.4]], { repeats: 6 }), repeatTexture(lyingLathe(side, r), 1, 1)),
      paint(LEAF, ...leaves, tubeMesh([xyz(-length * 0.4, 0, r), xyz(-length * 0.55, 0, r + 3), xyz(-length * 0.66, 0, r + 9)], 1.8, 5)),
    ],
    shapes: [
      ellipsoidShape([length * 0.42, r, r], [-length * 0.02, 0, r]),
      ellipsoidShape([length * 0.22, r * 0.5, r * 0.5], [length * 0.36, 0, r]),
      foot([r * 0.5, r * 0.4], [-length * 0.08, 0], 5),
    ],
    grams: vary(40, 70),
    grips: fromAbove({ top: r + 12, x: -length * 0.08 }),
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
  const neck = thick * 0.5;
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
      lyingCapsule([x(0.5), 3], [x(1.08), 9], thick * 0.55),
      foot([length * 0.2, thick * 0.35], [x(0.3), 0], 5),
    ],
    grams: vary(100, 180),
    grips: [...fromAbove({ top: thick + 12, x: x(0.28) }), ...fromAbove({ top: thick * 1.3, x: x(0.72), y: 5, part: 'neck' })],
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
      ellipsoidShape([step * 1.7, step * 1.2, 1.6 * r], [-step * 0.5, 0, 1.7 * r]),
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
  const side = smoothCurve([
    rz(0, 0),
    rz(r * 0.6, 0.5),
    rz(r * 0.95, h * 0.2),
    rz(r, h * 0.5),
    rz(r * 0.85, h * 0.82),
    rz(r * 0.4, h),
    rz(0, h),
  ]);
  const spike = (angle: number, lean: number, length: number): Mesh =>
    moved(moved(coneMesh(5, length, { segments: 5 }), [3.5, 0, 0], [0, lean, 0]), [0, 0, h - 3], [0, 0, angle]);
  const spikes = [
    [0, 45, 24],
    [60, 45, 24],
    [120, 45, 24],
    [180, 45, 24],
    [240, 45, 24],
    [300, 45, 24],
    [30, 20, 34],
    [150, 20, 34],
    [270, 20, 34],
    [90, 0, 36],
    [270, 0, 40],
  ];
  return {
    visuals: [
      paint(
        textured('checks', [look.color, shade(look.color, 0.72)], { repeats: 8 }),
        repeatTexture(displaceTwist(latheMesh(side, { segments: 16, smoothAngle: 1.5 })), 1, 1),
      ),
      paint(LEAF, ...spikes.map(([angle, lean, length]) => spike(angle as number, lean as number, length as number))),
    ],
    shapes: [cylinderShape(r * 0.7, 0, h), cylinderShape(r * 0.95, h * 0.12, h * 0.85), cylinderShape(6.5, h, h + 34)],
    grams: vary(120, 220),
    grips: fromAbove({ top: h + 30, depth: 24, aroundZ: true, part: 'leaves' }),
  };
};

/** The same mesh with its texture slanted, so that squares become diamonds. */
const displaceTwist = (mesh: Mesh): Mesh => ({
  ...mesh,
  uvs: mesh.uvs.map((value, i) => (i % 2 === 0 ? value + (mesh.uvs[i + 1] as number) / 2 : value)),
});

/** A stem and a crown of florets. */
export const broccoli: Kind = (look, vary) => {
  const [r, h] = [vary(24, 28), vary(58, 68)];
  const floret = ([angle, out, up, size]: readonly [number, number, number, number]): Mesh =>
    moved(moved(sphereMesh(r * size, 8), [r * out, 0, h * up]), [0, 0, 0], [0, 0, angle]);
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
