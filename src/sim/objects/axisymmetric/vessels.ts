/** Cups, vases and all that holds something. */
import type { Vec3 } from '../../../robot/vectors.ts';
import { smoothCurve } from '../../meshes/curve.ts';
import { cylinderMesh, torusMesh } from '../../meshes/solids.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import { boxShape, capsuleShape, cylinderShape, type Draft, fromAbove, fromSide, type Kind, moved, paint, rz, xyz } from '../draft.ts';
import { COLORS, shade, textured } from '../look.ts';
import { turned, upright } from './upright.ts';

/** The inside of something open: from the rim down to the bottom. */
const inside = (rim: number, height: number, bottom: number, floor: number) => turned([rz(rim, height), rz(bottom, floor), rz(0, floor)]);

/** A drinking cup without a handle that gets wider upwards. */
export const cup: Kind = (look, vary) => {
  const [top, h] = [vary(26, 29), vary(68, 88)];
  const low = top * vary(0.66, 0.78);
  return upright(
    [
      paint(
        look.main,
        turned([rz(0, 2), rz(low - 2, 2), rz(low - 2, 0), rz(low, 0), rz(top, h - 2), rz(top + 0.8, h - 1), rz(top, h), rz(top - 1.5, h)]),
      ),
      paint(look.patterned ? look.accent : shade(look.color, 0.8), inside(top - 1.5, h, low - 1.5, 3)),
    ],
    [cylinderShape(low, 0, h * 0.35), cylinderShape((low + top) / 2, h * 0.35, h * 0.7), cylinderShape(top - 0.5, h * 0.7, h)],
    { grams: vary(30, 60), top: h },
  );
};

/** A straight cup with a handle, on the side of x, and coffee in it. */
export const mug: Kind = (look, vary) => {
  const [r, h] = [vary(24, 28), vary(54, 72)];
  const reach = vary(15, 19);
  const path: Vec3[] = [
    xyz(r - 1, 0, h * 0.8),
    xyz(r + reach * 0.6, 0, h * 0.82),
    xyz(r + reach, 0, h * 0.65),
    xyz(r + reach * 0.9, 0, h * 0.4),
    xyz(r + reach * 0.4, 0, h * 0.24),
    xyz(r - 1, 0, h * 0.22),
  ];
  return {
    visuals: [
      paint(look.main, turned([rz(0, 0), rz(r - 3, 0), rz(r, 3), rz(r, h - 1), rz(r - 1, h), rz(r - 2.5, h)], { segments: 20 })),
      paint(COLORS.white, turned([rz(r - 2.5, h), rz(r - 3, h * 0.8)])),
      paint(COLORS.brown, turned([rz(r - 3, h * 0.8), rz(0, h * 0.8)])),
      paint(look.color, tubeMesh(smoothCurve(path, { steps: 2 }), 4, 6)),
    ],
    shapes: [cylinderShape(r, 0, h), boxShape([reach / 2 + 2, 4, h * 0.31], [r + reach / 2, 0, h * 0.52])],
    grams: vary(100, 220),
    grips: [
      ...[90, 60, 120].flatMap((closing) => fromAbove({ top: h, closing })),
      ...fromAbove({ top: h * 0.86, x: r + reach - 1, part: 'handle', depth: 16 }),
    ],
  };
};

/** A belly, a narrow neck and a wide lip. */
export const vase: Kind = (look, vary) => {
  const [belly, h] = [vary(22, 29), vary(86, 118)];
  const [neck, lip] = [vary(8, 13), vary(14, 20)];
  const outside = smoothCurve([
    rz(belly * 0.6, 2),
    rz(belly * 0.95, h * 0.25),
    rz(belly, h * 0.42),
    rz(belly * 0.7, h * 0.62),
    rz(neck, h * 0.8),
    rz(lip, h),
  ]);
  return upright(
    [
      paint(look.main, turned([rz(0, 0), rz(belly * 0.6, 0), ...outside])),
      paint(shade(look.color, 0.35), inside(lip, h, neck * 0.8, h * 0.8)),
    ],
    [
      cylinderShape(belly * 0.6, 0, h * 0.12),
      cylinderShape(belly * 0.95, h * 0.12, h * 0.55),
      cylinderShape(neck + 2, h * 0.55, h),
      cylinderShape(lip, h - 5, h),
    ],
    { grams: vary(140, 260), top: h - 4, part: 'neck', side: h * 0.42 },
  );
};

/** A cup on a stem. */
export const goblet: Kind = (look, vary) => {
  const [bowl, h] = [vary(21, 26), vary(84, 108)];
  const foot = bowl * vary(0.85, 1);
  const stem = h * 0.45;
  return upright(
    [
      paint(
        look.main,
        turned([
          rz(0, 0),
          rz(foot, 0),
          rz(foot, 2),
          rz(foot * 0.4, 6),
          rz(4, 14),
          rz(4, stem - 12),
          rz(7, stem - 6),
          rz(4, stem),
          ...smoothCurve([rz(4, stem), rz(bowl * 0.85, stem + 12), rz(bowl, stem + 28), rz(bowl * 0.92, h)]).slice(1),
        ]),
      ),
      paint(shade(look.color, 0.5), inside(bowl * 0.92, h, bowl * 0.6, stem + 12)),
    ],
    [cylinderShape(foot, 0, 4), cylinderShape(5, 4, stem), cylinderShape(bowl * 0.95, stem + 6, h)],
    { grams: vary(90, 180), top: h },
  );
};

/** Arcs over the opening, from side to side along x. */
const arch = (radius: number, z: number, rise: number): Vec3[] =>
  smoothCurve([
    xyz(-radius, 0, z),
    xyz(-radius * 0.8, 0, z + rise * 0.7),
    xyz(0, 0, z + rise),
    xyz(radius * 0.8, 0, z + rise * 0.7),
    xyz(radius, 0, z),
  ]);

/** A pail with its handle up. */
export const bucket: Kind = (look, vary): Draft => {
  const [top, h] = [vary(25, 28), vary(46, 56)];
  const low = top * vary(0.7, 0.78);
  const rise = vary(26, 32);
  return {
    visuals: [
      paint(look.main, turned([rz(0, 0), rz(low, 0), rz(top, h - 4), rz(top + 1.5, h - 4), rz(top + 1.5, h), rz(top - 1, h)])),
      paint(shade(look.color, 0.6), inside(top - 1, h, low, 4)),
      paint(COLORS.silver, tubeMesh(arch(top, h - 4, rise), 1.8, 5)),
      paint(COLORS.white, moved(cylinderMesh(3.6, 11, { segments: 8 }), [0, 0, h - 4 + rise], [0, 90, 0])),
    ],
    shapes: [cylinderShape(low, 0, h / 2), cylinderShape(top, h / 2, h), capsuleShape(3.6, 11, [0, 0, h - 4 + rise], [0, 90, 0])],
    grams: vary(60, 120),
    grips: [...fromAbove({ top: h + rise, depth: 6, part: 'handle' }), ...fromSide({ z: h * 0.74 })],
  };
};

/** Staves and hoops. */
export const barrel: Kind = (look, vary) => {
  const [r, h] = [vary(24, 28.5), vary(56, 72)];
  const side = (z: number): number => r * (0.82 + 0.18 * (1 - (2 * z - 1) * (2 * z - 1)));
  const hoop = (z: number) => turned([rz(side(z - 0.04) + 0.8, h * (z - 0.04)), rz(side(z + 0.04) + 0.8, h * (z + 0.04))]);
  const staves = look.patterned ? look.main : textured('bars', [look.color, shade(look.color, 0.75)], { repeats: 6 });
  return upright(
    [
      paint(
        staves,
        turned([
          rz(0, 0),
          ...[0, 0.2, 0.4, 0.6, 0.8, 1].map((z): [number, number] => [side(z), z * h]),
          rz(side(1) - 2.5, h),
          rz(side(1) - 2.5, h - 3),
          rz(0, h - 3),
        ]),
      ),
      paint(shade(COLORS.grey, 0.5), ...[0.06, 0.3, 0.7, 0.94].map(hoop)),
    ],
    [cylinderShape(r * 0.82, 0, h), cylinderShape(r * 0.98, h * 0.2, h * 0.8)],
    { grams: vary(120, 240), top: h },
  );
};

/** A prize: a cup with two ears on a dark base. */
export const trophy: Kind = (look, vary) => {
  const [r, h] = [vary(20, 24), vary(88, 108)];
  const ear = (side: 1 | -1) => moved(torusMesh(9, 2.2, { segments: 10, sides: 5 }), [side * (r + 3), 0, h * 0.74], [90, 0, 0]);
  return {
    visuals: [
      paint(
        look.main,
        turned([
          rz(5, 16),
          rz(4, h * 0.38),
          rz(6, h * 0.42),
          ...smoothCurve([rz(6, h * 0.42), rz(r * 0.8, h * 0.56), rz(r, h * 0.78), rz(r, h)], { steps: 2 }).slice(1),
          rz(r - 1.5, h),
        ]),
      ),
      paint(shade(look.color, 0.5), inside(r - 1.5, h, r * 0.6, h * 0.6)),
      paint(look.color, ear(1), ear(-1)),
      paint(COLORS.black, turned([rz(0, 0), rz(19, 0), rz(19, 10), rz(15, 16), rz(0, 16)])),
    ],
    shapes: [
      cylinderShape(19, 0, 14),
      cylinderShape(6, 14, h * 0.5),
      cylinderShape(r, h * 0.5, h),
      boxShape([r + 12, 2, 8], [0, 0, h * 0.74]),
    ],
    grams: vary(150, 280),
    grips: fromAbove({ top: h }),
  };
};

/** A boiled egg in its cup. */
export const eggCup: Kind = (look, vary) => {
  const [r, h] = [vary(20, 24), vary(66, 80)];
  const rim = h * 0.62;
  return upright(
    [
      paint(
        look.main,
        turned([
          rz(0, 0),
          rz(r * 0.85, 0),
          rz(r * 0.85, 3),
          rz(r * 0.35, 10),
          rz(r * 0.35, rim * 0.45),
          ...smoothCurve([rz(r * 0.4, rim * 0.5), rz(r * 0.9, rim * 0.72), rz(r, rim)]),
          rz(r - 2.5, rim),
        ]),
      ),
      paint(
        [0.95, 0.85, 0.72],
        turned(
          [rz(r - 2.5, rim - 1), ...smoothCurve([rz(r * 0.86, rim), rz(r * 0.72, rim + (h - rim) * 0.55), rz(r * 0.36, h - 2), rz(0, h)])],
          { smoothAngle: 1 },
        ),
      ),
    ],
    [
      cylinderShape(r * 0.85, 0, 5),
      cylinderShape(r * 0.4, 5, rim * 0.5),
      cylinderShape(r * 0.95, rim * 0.5, rim),
      cylinderShape(r * 0.65, rim, h),
    ],
    { grams: vary(70, 130), top: rim + 2 },
  );
};
