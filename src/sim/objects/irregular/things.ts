/** Things of no simple shape. */
import type { Vec3 } from '../../../robot/vectors.ts';
import { cos, sin } from '../../../tensor/portable-math.ts';
import type { Mesh } from '../../mesh.ts';
import { smoothCurve } from '../../meshes/curve.ts';
import { displaceMesh } from '../../meshes/edit.ts';
import { extrudeMesh } from '../../meshes/extrude.ts';
import { latheMesh } from '../../meshes/lathe.ts';
import { boxMesh, coneMesh, cylinderMesh, ellipsoidMesh, sphereMesh, torusMesh } from '../../meshes/solids.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import {
  boxShape,
  capsuleShape,
  cylinderShape,
  type Draft,
  ellipsoidShape,
  fromAbove,
  type Kind,
  moved,
  paint,
  rz,
  xy,
  xyz,
} from '../draft.ts';
import { CARDBOARD, COLORS, STEEL, shade, textured } from '../look.ts';

/** With a lid, a spout on the right and a handle on the left. */
export const teapot: Kind = (look, vary) => {
  const [r, h] = [vary(23, 27), vary(44, 52)];
  const belly = smoothCurve([rz(r * 0.7, 1), rz(r, h * 0.4), rz(r * 0.82, h * 0.78), rz(r * 0.5, h * 0.9)]);
  const spout = smoothCurve([xyz(r * 0.8, 0, h * 0.28), xyz(r * 1.25, 0, h * 0.42), xyz(r * 1.5, 0, h * 0.72), xyz(r * 1.75, 0, h * 0.86)]);
  const handle = smoothCurve([
    xyz(-r * 0.75, 0, h * 0.76),
    xyz(-r * 1.4, 0, h * 0.84),
    xyz(-r * 1.62, 0, h * 0.5),
    xyz(-r * 0.9, 0, h * 0.2),
  ]);
  const spoutRadii = spout.map((_, i) => 7.5 - (4 * i) / (spout.length - 1));
  return {
    visuals: [
      paint(look.main, latheMesh([rz(0, 0), rz(r * 0.7, 0), ...belly], { segments: 18, around: 2 })),
      paint(look.color, tubeMesh(spout, spoutRadii, 8), tubeMesh(handle, 3.4, 6)),
      paint(
        look.accent,
        moved(latheMesh(smoothCurve([rz(r * 0.56, 0), rz(r * 0.4, 4), rz(0, 7)]), { segments: 14 }), [0, 0, h * 0.88]),
        moved(sphereMesh(4.6, 8), [0, 0, h + 5]),
      ),
    ],
    shapes: [
      cylinderShape(r * 0.8, 0, h * 0.9),
      cylinderShape(r * 0.98, h * 0.18, h * 0.66),
      capsuleShape(4.5, r * 0.42, [r * 1.32, 0, h * 0.58], [0, 35, 0]),
      boxShape([r * 0.3, 3.4, h * 0.3], [-r * 1.32, 0, h * 0.5]),
      cylinderShape(4.6, h * 0.9, h + 9),
    ],
    grams: vary(120, 230),
    grips: [...fromAbove({ top: h * 0.7 + 8 }), ...fromAbove({ top: h * 0.84, x: -r * 1.48, depth: h * 0.3, part: 'handle' })],
  };
};

/** Five points, lying. */
export const star: Kind = (look, vary) => {
  const [outer, h] = [vary(33, 38), vary(22, 26)];
  const inner = outer * vary(0.46, 0.52);
  const outline = Array.from({ length: 10 }, (_, i) => {
    const angle = Math.PI / 2 + (Math.PI * i) / 5;
    const radius = i % 2 === 0 ? outer : inner;
    return xy(radius * cos(angle), radius * sin(angle));
  });
  const arms = [90, 162, 234, 306, 18].map((angle) => {
    const [c, s] = [cos((angle * Math.PI) / 180), sin((angle * Math.PI) / 180)];
    const middle = outer * 0.56;
    return boxShape([outer * 0.27, outer * 0.17, h / 2], [middle * c, middle * s, h / 2], [0, 0, angle]);
  });
  return {
    visuals: [paint(look.main, extrudeMesh(outline, h, { bevel: 3 }))],
    shapes: [cylinderShape(inner * 0.95, 0, h), ...arms],
    grams: vary(50, 100),
    grips: fromAbove({ top: h, closing: 0, y: outer * 0.56, part: 'point' }),
  };
};

/** Two round lobes and a tip, lying. */
export const heart: Kind = (look, vary) => {
  const [a, h] = [vary(14.5, 16.5), vary(22, 26)];
  const d = a * Math.SQRT1_2;
  // A square on its corner with half sides a, and circles of radius a about the middles of its upper edges
  const lobe = (side: 1 | -1): [number, number][] =>
    Array.from({ length: 9 }, (_, i) => {
      const angle = ((side > 0 ? -45 + 22.5 * i : 45 + 22.5 * i) * Math.PI) / 180;
      return xy(side * d + a * cos(angle), d + a * sin(angle));
    });
  const outline = [xy(0, -2 * d), ...lobe(1).slice(0, 8), ...lobe(-1).slice(1)];
  return {
    visuals: [paint(look.main, extrudeMesh(outline, h, { bevel: 3.5 }))],
    shapes: [boxShape([a, a, h / 2], [0, 0, h / 2], [0, 0, 45]), cylinderShape(a, 0, h, [d, d]), cylinderShape(a, 0, h, [-d, d])],
    grams: vary(50, 100),
    grips: fromAbove({ top: h, closing: 0, y: d }),
  };
};

/** A crescent, lying. */
export const moon: Kind = (look, vary) => {
  const [r, h] = [vary(30, 35), vary(22, 26)];
  const point = (radius: number, x: number, angle: number) =>
    xy(x + radius * cos((angle * Math.PI) / 180) + r * 0.45, radius * sin((angle * Math.PI) / 180));
  const outerArc = Array.from({ length: 13 }, (_, i) => point(r, 0, 66.2 + (227.6 * i) / 12));
  const innerArc = Array.from({ length: 9 }, (_, i) => point(r * 0.92, r * 0.5, 264 - 16.8 * (i + 1)));
  return {
    visuals: [paint(look.main, extrudeMesh([...outerArc, ...innerArc], h, { bevel: 2 }))],
    shapes: [
      boxShape([r * 0.27, r * 0.5, h / 2], [-r * 0.26, 0, h / 2]),
      boxShape([r * 0.34, r * 0.2, h / 2], [r * 0.16, r * 0.72, h / 2], [0, 0, 38]),
      boxShape([r * 0.34, r * 0.2, h / 2], [r * 0.16, -r * 0.72, h / 2], [0, 0, -38]),
    ],
    grams: vary(40, 90),
    grips: fromAbove({ top: h, closing: 0, x: -r * 0.26 }),
  };
};

/** A sports shoe with laces, its toe to the right. */
export const shoe: Kind = (look, vary) => {
  const [x, y, h] = [vary(42, 48), vary(15, 17.5), vary(40, 46)];
  const outline = smoothCurve(
    [
      xy(-x, 0),
      xy(-x * 0.8, -y * 0.85),
      xy(-x * 0.2, -y * 0.8),
      xy(x * 0.45, -y),
      xy(x * 0.9, -y * 0.6),
      xy(x, 0),
      xy(x * 0.9, y * 0.6),
      xy(x * 0.45, y),
      xy(-x * 0.2, y * 0.8),
      xy(-x * 0.8, y * 0.85),
    ],
    { closed: true, steps: 2 },
  );
  const upper = displaceMesh(moved(extrudeMesh(outline, 1), [0, 0, 0], [0, 0, 0], [0.96, 0.94, 1]), ([px, py, pz]) => {
    const top = px < -x * 0.1 ? h : px > x * 0.35 ? h * 0.46 : h - (h * 0.54 * (px + x * 0.1)) / (x * 0.45);
    return pz > 0.5 ? [px * 0.92 - 1, py * (px > x * 0.3 ? 0.55 : 0.72), top] : [px, py, 7];
  });
  const lace = (t: number): Mesh => moved(boxMesh([1.6, y * 0.5, 1]), [x * (-0.02 + 0.3 * t), 0, h - h * (0.08 + 0.4 * t)], [0, 48, 0]);
  return {
    visuals: [
      paint(
        COLORS.white,
        extrudeMesh(outline, 8),
        lace(0),
        lace(0.35),
        lace(0.7),
        lace(1.05),
        moved(ellipsoidMesh([9, y * 0.7, 6], 10), [x * 0.86, 0, 9]),
      ),
      paint(look.main, upper),
      paint(shade(look.color, 0.35), moved(ellipsoidMesh([x * 0.3, y * 0.5, 1.2], 12), [-x * 0.52, 0, h])),
      paint(look.accent, ...[-1, 1].map((side) => moved(boxMesh([3, 0.8, 9]), [-x * 0.22, side * y * 0.72, h * 0.5], [side * 14, 25, 0]))),
    ],
    shapes: [
      boxShape([x * 0.94, y * 0.82, 5], [0, 0, 5]),
      boxShape([x * 0.4, y * 0.72, h / 2], [-x * 0.5, 0, h / 2]),
      ellipsoidShape([x * 0.62, y * 0.9, h * 0.3], [x * 0.36, 0, h * 0.26]),
    ],
    grams: vary(100, 180),
    grips: fromAbove({ top: h, x: -x * 0.45 }),
  };
};

/** A case with tape that comes out on the right. */
export const tapeMeasure: Kind = (look, vary) => {
  const [x, y, h] = [vary(26, 30), vary(13, 16), vary(48, 56)];
  const outline = smoothCurve(
    [
      xy(-x * 0.75, 0),
      xy(x, 0),
      xy(x, h * 0.35),
      xy(x * 0.6, h * 0.86),
      xy(0, h),
      xy(-x * 0.65, h * 0.86),
      xy(-x, h * 0.45),
      xy(-x, h * 0.1),
    ],
    { closed: true, steps: 2 },
  );
  const lowest = Math.min(...outline.map(([, z]) => z));
  return {
    visuals: [
      paint(look.main, moved(extrudeMesh(outline, 2 * y, { bevel: 3 }), [0, y, -lowest], [90, 0, 0])),
      paint(
        COLORS.black,
        moved(cylinderMesh(h * 0.28, y + 0.5, { segments: 14 }), [0, 0, h * 0.48], [90, 0, 0]),
        moved(boxMesh([2, y * 0.8, 5]), [x, 0, 6]),
      ),
      paint(CARDBOARD, moved(cylinderMesh(h * 0.16, y + 0.9, { segments: 10 }), [0, 0, h * 0.48], [90, 0, 0])),
      paint(textured('bars', [[0.98, 0.92, 0.5], COLORS.black], { repeats: 5 }), moved(boxMesh([9, y * 0.6, 0.7]), [x + 9, 0, 5])),
      paint(STEEL, moved(boxMesh([0.8, y * 0.7, 4]), [x + 18, 0, 4])),
    ],
    shapes: [
      boxShape([x * 0.98, y, h * 0.32], [0, 0, h * 0.32]),
      boxShape([x * 0.6, y, h * 0.48], [0, 0, h * 0.48]),
      boxShape([9.5, y * 0.7, 4], [x + 9, 0, 4]),
    ],
    grams: vary(120, 250),
    grips: fromAbove({ top: h }),
  };
};

/** A referee's whistle, lying with its mouth to the right. */
export const whistle: Kind = (look, vary) => {
  const [r, y] = [vary(17, 20), vary(10, 12)];
  const length = vary(28, 34);
  return {
    visuals: [
      paint(
        look.main,
        moved(cylinderMesh(r, y, { segments: 18 }), [0, 0, r], [90, 0, 0]),
        moved(boxMesh([length / 2 + 4, y, 6.5]), [length / 2 + 4, 0, 2 * r - 6.5]),
      ),
      paint(
        COLORS.black,
        moved(boxMesh([4.5, y * 0.75, 0.5]), [5, 0, 2 * r + 0.1]),
        moved(boxMesh([0.5, y * 0.7, 2.4]), [length + 8, 0, 2 * r - 6.5]),
      ),
      paint(shade(look.color, 0.7), moved(cylinderMesh(r * 0.5, y + 0.4, { segments: 12 }), [0, 0, r], [90, 0, 0])),
      paint(COLORS.silver, moved(torusMesh(6, 1.5, { segments: 12, sides: 5 }), [-r - 4, 0, r], [90, 0, 0])),
    ],
    shapes: [
      boxShape([r * 0.5, y, r], [0, 0, r]),
      boxShape([r, y, r * 0.5], [0, 0, r]),
      boxShape([length / 2 + 4, y, 6.5], [length / 2 + 4, 0, 2 * r - 6.5]),
      boxShape([4, 1.5, 6], [-r - 6, 0, r]),
    ],
    grams: vary(30, 60),
    grips: fromAbove({ top: 2 * r }),
  };
};

/** A big key: ring, shaft and bit, lying. */
export const key: Kind = (look, vary) => {
  const [length, h] = [vary(44, 52), vary(18, 21)];
  const [ring, hole] = [vary(19, 22), vary(9, 11)];
  const x = -length * 0.5;
  const shaft = 5.5;
  return {
    visuals: [
      paint(
        look.main,
        moved(latheMesh([rz(hole, 0), rz(ring, 0), rz(ring, h), rz(hole, h)], { segments: 20, closed: true }), [x, 0, 0]),
        moved(boxMesh([length / 2 + 2, shaft, h / 2], { bevel: 1 }), [x + ring + length / 2 - 2, 0, h / 2]),
        ...[0.62, 0.88].map((t) => moved(boxMesh([4, 7, h / 2 - 1], { bevel: 1 }), [x + ring + length * t, -shaft - 6, h / 2])),
      ),
    ],
    shapes: [
      cylinderShape(ring, 0, h, [x, 0]),
      boxShape([length / 2 + 2, shaft, h / 2], [x + ring + length / 2 - 2, 0, h / 2]),
      boxShape([length * 0.2, 7, h / 2 - 1], [x + ring + length * 0.75, -shaft - 6, h / 2]),
    ],
    grams: vary(40, 90),
    grips: fromAbove({ top: h, x: x + ring + length * 0.24, part: 'shaft' }),
  };
};

/** Two grips, sticks and buttons. */
export const gamepad: Kind = (look, vary) => {
  const [x, y, h] = [vary(46, 52), vary(22, 26), vary(20, 24)];
  const outline = smoothCurve(
    [
      xy(0, y * 0.75),
      xy(x * 0.5, y),
      xy(x * 0.86, y * 0.55),
      xy(x, -y * 0.6),
      xy(x * 0.88, -y * 1.3),
      xy(x * 0.68, -y * 1.2),
      xy(x * 0.4, -y * 0.45),
      xy(0, -y * 0.5),
      xy(-x * 0.4, -y * 0.45),
      xy(-x * 0.68, -y * 1.2),
      xy(-x * 0.88, -y * 1.3),
      xy(-x, -y * 0.6),
      xy(-x * 0.86, y * 0.55),
      xy(-x * 0.5, y),
    ],
    { closed: true },
  );
  const dot = (px: number, py: number, r = 3.4): Mesh => moved(cylinderMesh(r, 1.5, { segments: 8 }), [px, py, h + 1]);
  const stick = (px: number): Mesh[] => [dot(px, -y * 0.1, 7), moved(cylinderMesh(5.6, 1.5, { segments: 10 }), [px, -y * 0.1, h + 4])];
  const pad: Vec3 = [-x * 0.6, y * 0.4, h + 0.8];
  return {
    visuals: [
      paint(look.main, extrudeMesh(outline, h, { bevel: 3.5 })),
      paint(
        shade(COLORS.grey, 0.55),
        ...stick(-x * 0.26),
        ...stick(x * 0.26),
        moved(boxMesh([7.5, 2.6, 1.5]), pad),
        moved(boxMesh([2.6, 7.5, 1.5]), pad),
      ),
      paint(COLORS.red, dot(x * 0.72, y * 0.38)),
      paint(COLORS.yellow, dot(x * 0.6, y * 0.66)),
      paint(COLORS.blue, dot(x * 0.48, y * 0.38)),
      paint(COLORS.green, dot(x * 0.6, y * 0.1)),
    ],
    shapes: [
      boxShape([x * 0.9, y * 0.6, h / 2], [0, y * 0.22, h / 2]),
      ...[-1, 1].map((side) => boxShape([x * 0.12, y * 0.62, h / 2], [side * x * 0.82, -y * 0.62, h / 2])),
      boxShape([x * 0.36, 6, 3], [0, -y * 0.1, h + 2]),
    ],
    grams: vary(120, 200),
    grips: fromAbove({ top: h, y: y * 0.2 }),
  };
};

/** Points with balls, and jewels around. */
export const crown: Kind = (look, vary) => {
  const [r, h] = [vary(25, 28.5), vary(38, 46)];
  const angles = [0, 60, 120, 180, 240, 300];
  const around = (mesh: Mesh): Mesh[] => angles.map((angle) => moved(mesh, [0, 0, 0], [0, 0, angle]));
  const ring = latheMesh([rz(r, 0), rz(r + 0.6, h * 0.5), rz(r - 1.4, h * 0.5), rz(r - 2, 0)], { segments: 24, closed: true });
  const tooth = moved(extrudeMesh([xy(-r * 0.5, 0), xy(r * 0.5, 0), xy(0, h * 0.42)], 2), [r - 1.6, 0, h * 0.48], [90, 0, 90]);
  return {
    visuals: [
      paint(look.main, ring, ...around(tooth), ...around(moved(sphereMesh(3, 8), [r - 0.4, 0, h - 3]))),
      paint(
        COLORS.red,
        ...angles
          .filter((_, i) => i % 2 === 0)
          .map((angle) => moved(moved(sphereMesh(4, 8), [r, 0, h * 0.25], [0, 0, 0], [0.5, 1, 1]), [0, 0, 0], [0, 0, angle])),
      ),
      paint(
        COLORS.blue,
        ...angles
          .filter((_, i) => i % 2 === 1)
          .map((angle) => moved(moved(sphereMesh(4, 8), [r, 0, h * 0.25], [0, 0, 0], [0.5, 1, 1]), [0, 0, 0], [0, 0, angle])),
      ),
      paint(shade(COLORS.purple, 0.9), moved(ellipsoidMesh([r - 2.5, r - 2.5, h * 0.3], 12), [0, 0, h * 0.3])),
    ],
    shapes: [cylinderShape(r + 0.5, 0, h * 0.85), cylinderShape(r, 0, h)],
    grams: vary(60, 120),
    grips: fromAbove({ top: h * 0.5 + 6, aroundZ: true }),
  };
};

/** Icing for a smile, buttons and cuffs; it lies and looks up. */
export const gingerbreadMan: Kind = (look, vary): Draft => {
  const [s, h] = [vary(0.92, 1.05), vary(19, 22)];
  const half = [
    xy(0, 42),
    xy(9, 39),
    xy(13, 30),
    xy(9, 20),
    xy(12, 16),
    xy(24, 18),
    xy(31, 13),
    xy(28, 5),
    xy(14, 3),
    xy(12, -6),
    xy(16, -20),
    xy(21, -33),
    xy(14, -40),
    xy(7, -36),
    xy(0, -16),
  ];
  const mirrored = half
    .slice(1, -1)
    .toReversed()
    .map(([x, y]) => xy(-x, y));
  const outline = smoothCurve(
    [...half, ...mirrored].map(([x, y]) => xy(x * s, y * s)),
    { closed: true, steps: 2 },
  );
  const drop = (x: number, y: number, r: number): Mesh => moved(sphereMesh(r, 8), [x * s, y * s, h], [0, 0, 0], [1, 1, 0.5]);
  const line = (...points: readonly (readonly [number, number])[]): Mesh =>
    tubeMesh(
      smoothCurve(
        points.map(([x, y]) => xyz(x * s, y * s, h + 0.2)),
        { steps: 2 },
      ),
      1.2,
      5,
    );
  return {
    visuals: [
      paint(textured('noise', [look.color, shade(look.color, 0.85)], { repeats: 8 }), extrudeMesh(outline, h, { bevel: 2.5 })),
      paint(
        COLORS.white,
        drop(-4.5, 33, 2),
        drop(4.5, 33, 2),
        line(xy(-5.5, 27), xy(0, 24.5), xy(5.5, 27)),
        line(xy(24, 17), xy(26, 11), xy(23, 5)),
        line(xy(-24, 17), xy(-26, 11), xy(-23, 5)),
        line(xy(9, -34), xy(14, -30), xy(19, -30)),
        line(xy(-9, -34), xy(-14, -30), xy(-19, -30)),
      ),
      paint(COLORS.red, drop(0, 12, 2.8), drop(0, 3, 2.8), drop(0, -6, 2.8)),
    ],
    shapes: [
      boxShape([12 * s, 17 * s, h / 2], [0, 3 * s, h / 2]),
      cylinderShape(12 * s, 0, h, [0, 29 * s]),
      boxShape([29 * s, 6 * s, h / 2], [0, 11 * s, h / 2]),
      ...[-1, 1].map((side) => boxShape([6.5 * s, 13 * s, h / 2], [side * 13.5 * s, -26 * s, h / 2], [0, 0, side * 14])),
    ],
    grams: vary(50, 90),
    grips: fromAbove({ top: h, closing: 0, y: -6 * s }),
  };
};

/** A piece of a jigsaw: knobs on two sides, a hole in a third. */
export const puzzlePiece: Kind = (look, vary) => {
  const [a, h] = [vary(19, 22), vary(18, 22)];
  /** Along one side from its left to its right end: a knob outwards (1), inwards (−1) or nothing */
  const side = (knob: number): [number, number][] => {
    if (knob === 0) return [xy(-a, a)];
    const bulb = Array.from({ length: 9 }, (_, i) => {
      const angle = ((235 - 36.25 * i) * Math.PI) / 180;
      return xy(a * 0.34 * cos(angle), a + knob * (a * 0.36 + a * 0.34 * sin(angle)));
    });
    return [xy(-a, a), ...bulb];
  };
  const turned = ([x, y]: readonly [number, number], quarter: number): [number, number] =>
    [xy(x, y), xy(y, -x), xy(-x, -y), xy(-y, x)][quarter] as [number, number];
  const outline = [1, 1, -1, 0].flatMap((knob, quarter) => side(knob).map((point) => turned(point, quarter)));
  return {
    visuals: [paint(look.main, extrudeMesh(outline, h, { bevel: 1 }))],
    shapes: [
      boxShape([a, a, h / 2], [0, 0, h / 2]),
      cylinderShape(a * 0.33, 0, h, [0, a * 1.36]),
      cylinderShape(a * 0.33, 0, h, [a * 1.36, 0]),
    ],
    grams: vary(40, 80),
    grips: [...fromAbove({ top: h, x: -a * 0.55 }), ...fromAbove({ top: h, closing: 0, y: a * 0.55 })],
  };
};

/** For a dog, lying. */
export const bone: Kind = (look, vary) => {
  const [x, r] = [vary(32, 38), vary(11, 13)];
  const knobs: Vec3[] = [1, -1].flatMap((end) => [1, -1].map((side): Vec3 => [end * x, side * r * 0.78, r]));
  return {
    visuals: [
      paint(
        look.main,
        moved(cylinderMesh(r * 0.72, x, { segments: 12 }), [0, 0, r], [0, 90, 0]),
        ...knobs.map((at) => moved(sphereMesh(r, 12), at)),
      ),
    ],
    shapes: [
      boxShape([x, r * 0.64, r * 0.7], [0, 0, r]),
      ...[1, -1].map((end) => capsuleShape(r * 0.97, r * 0.78, [end * x, 0, r * 0.97], [90, 0, 0])),
    ],
    grams: vary(40, 80),
    grips: fromAbove({ top: r * 1.75 }),
  };
};

/** A body with a keyhole and a shackle. */
export const padlock: Kind = (look, vary) => {
  const [x, y, h] = [vary(23, 27), vary(12, 14), vary(38, 44)];
  const rise = vary(26, 30);
  const arch = smoothCurve(
    [
      xyz(-x * 0.58, 0, h - 2),
      xyz(-x * 0.58, 0, h + rise * 0.45),
      xyz(-x * 0.4, 0, h + rise * 0.85),
      xyz(0, 0, h + rise),
      xyz(x * 0.4, 0, h + rise * 0.85),
      xyz(x * 0.58, 0, h + rise * 0.45),
      xyz(x * 0.58, 0, h - 2),
    ],
    { steps: 2 },
  );
  const front = -y - 0.2;
  return {
    visuals: [
      paint(look.main, moved(boxMesh([x, y, h / 2], { bevel: 3 }), [0, 0, h / 2])),
      paint(STEEL, tubeMesh(arch, 4.4, 8)),
      paint(
        COLORS.black,
        moved(cylinderMesh(4.2, 0.5, { segments: 10 }), [0, front, h * 0.56], [90, 0, 0]),
        moved(boxMesh([1.8, 0.5, 6]), [0, front, h * 0.4]),
      ),
      paint(shade(look.color, 0.75), ...[0.12, 0.9].map((z) => moved(boxMesh([x * 0.92, 0.4, 1]), [0, -y, h * z]))),
    ],
    shapes: [
      boxShape([x, y, h / 2], [0, 0, h / 2]),
      ...[-1, 1].map((side) => boxShape([4.4, 4.4, rise * 0.4], [side * x * 0.58, 0, h + rise * 0.4])),
      boxShape([x * 0.58, 4.4, 4.4], [0, 0, h + rise]),
    ],
    grams: vary(120, 240),
    grips: [...fromAbove({ top: h + rise + 4, depth: 4, part: 'shackle' })],
  };
};

/** Two buttons, a wheel and the beginning of its cable. */
export const computerMouse: Kind = (look, vary) => {
  const [x, y, h] = [vary(34, 40), vary(20, 23), vary(25, 29)];
  const dome = displaceMesh(sphereMesh(1, 18), ([px, py, pz]) => [px * x, py * y * (1 - 0.06 * px), pz < 0 ? 0 : pz * h * (1 - 0.22 * px)]);
  const top = (px: number): number => h * Math.sqrt(1 - (px / x) * (px / x)) * (1 - 0.22 * (px / x));
  const seam = smoothCurve(
    [0.1, 0.35, 0.6, 0.8, 0.93].map((t) => xyz(x * t, 0, top(x * t) + 0.2)),
    { steps: 2 },
  );
  const across = Array.from({ length: 9 }, (_, i) => {
    const py = (i / 4 - 1) * 0.94;
    return xyz(x * 0.1, py * y, h * 0.98 * Math.sqrt(1 - 0.01 - py * py * 0.98) + 0.2);
  });
  return {
    visuals: [
      paint(look.main, dome),
      paint(
        COLORS.black,
        tubeMesh(seam, 0.8, 4),
        tubeMesh(across, 0.8, 4),
        tubeMesh([xyz(x - 2, 0, 6), xyz(x + 9, 0, 4), xyz(x + 17, 3, 2.2)], 2.2, 6),
      ),
      paint(shade(COLORS.grey, 0.6), moved(cylinderMesh(5.5, 2.4, { segments: 12 }), [x * 0.5, 0, top(x * 0.5) - 1.5], [90, 0, 0])),
    ],
    shapes: [
      ellipsoidShape([x, y * 0.98, h], [0, 0, 0.6]),
      boxShape([x * 0.75, y * 0.6, h * 0.3], [0, 0, h * 0.3]),
      boxShape([9, 3, 3], [x + 9, 1, 3]),
    ]
      .slice(1)
      .concat([ellipsoidShape([x * 0.98, y * 0.98, h * 0.66], [-x * 0.02, 0, h * 0.36])]),
    grams: vary(60, 110),
    grips: fromAbove({ top: h * 0.75, x: -x * 0.05 }),
  };
};

/** A rose on a long spout, a handle over the top. */
export const wateringCan: Kind = (look, vary) => {
  const [r, h] = [vary(21, 24), vary(42, 50)];
  const spout = [xyz(r * 0.85, 0, h * 0.25), xyz(r * 1.5, 0, h * 0.62), xyz(r * 1.95, 0, h * 1.02)];
  const handle = smoothCurve([
    xyz(-r * 0.95, 0, h * 0.22),
    xyz(-r * 1.5, 0, h * 0.6),
    xyz(-r * 1.25, 0, h * 1.15),
    xyz(-r * 0.3, 0, h * 1.35),
    xyz(r * 0.6, 0, h * 0.98),
  ]);
  return {
    visuals: [
      paint(
        look.main,
        latheMesh([rz(0, 0), rz(r, 0), rz(r * 0.94, h * 0.95), rz(r * 0.9, h), rz(r * 0.86, h)], { segments: 18, around: 2 }),
        tubeMesh(spout, [5.5, 4.5, 3.5], 8),
        moved(coneMesh(9, 10, { top: 4, segments: 12 }), [r * 1.95 + 6, 0, h * 1.02 + 6], [0, 230, 0]),
      ),
      paint(shade(look.color, 0.6), tubeMesh(handle, 3, 6)),
      paint(shade(COLORS.blue, 1.3), latheMesh([rz(r * 0.88, h * 0.9), rz(0, h * 0.9)], { segments: 16 })),
      paint(COLORS.yellow, latheMesh([rz(r + 0.3, h * 0.44), rz(r * 0.97 + 0.5, h * 0.58)], { segments: 18 })),
    ],
    shapes: [
      cylinderShape(r * 0.97, 0, h),
      capsuleShape(4.5, r * 0.65, [r * 1.42, 0, h * 0.64], [0, 38, 0]),
      boxShape([6, 8, 7], [r * 1.95 + 3, 0, h * 1.02 + 2]),
      boxShape([r * 0.25, 3, h * 0.45], [-r * 1.27, 0, h * 0.66]),
      boxShape([r * 0.6, 3, 4], [-r * 0.5, 0, h * 1.27]),
    ],
    grams: vary(100, 180),
    grips: [...fromAbove({ top: h * 1.36, x: -r * 0.45, depth: 3, part: 'handle' })],
  };
};

/** Three tiers with baubles, a trunk and a star. */
export const christmasTree: Kind = (look, vary) => {
  const [r, h] = [vary(25, 28), vary(92, 108)];
  const tiers = [0, 1, 2].map((i) => ({ low: h * (0.16 + 0.24 * i), radius: r * (1 - 0.24 * i), high: h * (0.52 + 0.2 * i) }));
  const baubles = tiers.flatMap(({ low, radius }, i) =>
    [0, 1, 2, 3, 4].map((k) => ({
      color: (i + k) % 3,
      mesh: moved(moved(sphereMesh(3.2, 6), [radius * 0.88, 0, low + 3]), [0, 0, 0], [0, 0, 72 * k + 30 * i]),
    })),
  );
  const point = Array.from({ length: 10 }, (_, i) => {
    const angle = Math.PI / 2 + (Math.PI * i) / 5;
    return xy((i % 2 === 0 ? 9 : 4) * cos(angle), (i % 2 === 0 ? 9 : 4) * sin(angle));
  });
  return {
    visuals: [
      paint(look.main, ...tiers.map(({ low, radius, high }) => latheMesh([rz(0, low), rz(radius, low), rz(0, high)], { segments: 14 }))),
      paint(COLORS.brown, latheMesh([rz(0, 0), rz(r * 0.6, 0), rz(r * 0.5, 7), rz(6, 7), rz(6, h * 0.18)], { segments: 12 })),
      ...[COLORS.red, COLORS.gold, COLORS.blue].map((color, i) =>
        paint(color, ...baubles.filter((bauble) => bauble.color === i).map(({ mesh }) => mesh)),
      ),
      paint([1, 0.83, 0.2], moved(extrudeMesh(point, 4), [0, 2, h], [90, 0, 0])),
    ],
    shapes: [
      cylinderShape(r * 0.58, 0, 8),
      cylinderShape(7, 0, h * 0.2),
      cylinderShape(r * 0.95, h * 0.16, h * 0.24),
      cylinderShape(r * 0.62, h * 0.24, h * 0.55),
      cylinderShape(r * 0.3, h * 0.55, h * 0.82),
      cylinderShape(6, h * 0.82, h + 8),
    ],
    grams: vary(80, 140),
    grips: fromAbove({ top: h * 0.78, depth: 10, aroundZ: true, part: 'top' }),
  };
};
