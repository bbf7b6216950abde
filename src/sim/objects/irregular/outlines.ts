/** Flat things with an outline, lying. */
import type { Vec3 } from '../../../robot/vectors.ts';
import { cos, sin } from '../../../tensor/portable-math.ts';
import type { Mesh } from '../../mesh.ts';
import { smoothCurve } from '../../meshes/curve.ts';
import { extrudeMesh } from '../../meshes/extrude.ts';
import { latheMesh } from '../../meshes/lathe.ts';
import { boxMesh, cylinderMesh, sphereMesh } from '../../meshes/solids.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import { boxShape, capsuleShape, cylinderShape, type Draft, fromAbove, type Kind, moved, paint, rz, xy, xyz } from '../draft.ts';
import { COLORS, shade, textured } from '../look.ts';

/** A star of five points, one of them up, between two radii. */
export const starOutline = (outer: number, inner: number): [number, number][] =>
  Array.from({ length: 10 }, (_, i) => {
    const angle = Math.PI / 2 + (Math.PI * i) / 5;
    const radius = i % 2 === 0 ? outer : inner;
    return xy(radius * cos(angle), radius * sin(angle));
  });

/** Five points, lying. */
export const star: Kind = (look, vary) => {
  const [outer, h] = [vary(33, 38), vary(22, 26)];
  const inner = outer * vary(0.46, 0.52);
  const arms = [90, 162, 234, 306, 18].map((angle) => {
    const [c, s] = [cos((angle * Math.PI) / 180), sin((angle * Math.PI) / 180)];
    const middle = outer * 0.6;
    return boxShape([outer * 0.26, outer * 0.21, h / 2], [middle * c, middle * s, h / 2], [0, 0, angle]);
  });
  return {
    visuals: [paint(look.main, extrudeMesh(starOutline(outer, inner), h, { bevel: 3 }))],
    shapes: [cylinderShape(inner * 0.95, 0, h), ...arms],
    grams: vary(50, 100),
    grips: fromAbove({ top: h, closing: 0, y: outer * 0.76, part: 'point' }),
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
      boxShape([r * 0.42, r * 0.17, h / 2], [r * 0.28, r * 0.76, h / 2], [0, 0, 20]),
      boxShape([r * 0.42, r * 0.17, h / 2], [r * 0.28, -r * 0.76, h / 2], [0, 0, -20]),
    ],
    grams: vary(40, 90),
    grips: fromAbove({ top: h, closing: 0, x: -r * 0.26 }),
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
  const drop = (x: number, y: number, r: number): Mesh => moved(sphereMesh(r, 6), [x * s, y * s, h], [0, 0, 0], [1, 1, 0.5]);
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
      ...[-1, 1].map((side) => boxShape([6 * s, 10 * s, h / 2], [side * 13.2 * s, -29.5 * s, h / 2], [0, 0, side * 14])),
    ],
    grams: vary(50, 90),
    grips: fromAbove({ top: h, closing: 0, y: -8 * s }),
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
    grips: [...fromAbove({ top: h, x: -a * 0.86 }), ...fromAbove({ top: h, closing: 0, y: a * 0.86 })],
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
