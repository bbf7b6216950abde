/** Things of no simple shape. */
import type { Mesh } from '../../mesh.ts';
import { smoothCurve } from '../../meshes/curve.ts';
import { displaceMesh } from '../../meshes/edit.ts';
import { extrudeMesh } from '../../meshes/extrude.ts';
import { latheMesh } from '../../meshes/lathe.ts';
import { boxMesh, cylinderMesh, ellipsoidMesh, sphereMesh, torusMesh } from '../../meshes/solids.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import { boxShape, cylinderShape, ellipsoidShape, fromAbove, type Kind, moved, paint, ringOf, rz, spun, xy, xyz } from '../draft.ts';
import { CARDBOARD, COLORS, STEEL, shade, textured } from '../look.ts';
import { starOutline } from './outlines.ts';

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
      ellipsoidShape([x * 0.62, y * 0.95, h * 0.26], [x * 0.38, 0, h * 0.27]),
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

/** Points with balls, and jewels around. */
export const crown: Kind = (look, vary) => {
  const [r, h] = [vary(24, 27), vary(38, 46)];
  const ring = latheMesh([rz(r, 0), rz(r + 0.6, h * 0.5), rz(r - 1.4, h * 0.5), rz(r - 2, 0)], { segments: 24, closed: true });
  const tooth = moved(extrudeMesh([xy(-r * 0.44, 0), xy(r * 0.44, 0), xy(0, h * 0.42)], 2), [r * 0.9, 0, h * 0.48], [90, 0, 90]);
  const jewel = moved(sphereMesh(4, 6), [r, 0, h * 0.25], [0, 0, 0], [0.4, 1, 1]);
  return {
    visuals: [
      paint(look.main, ring, ...ringOf(tooth, 6), ...ringOf(moved(sphereMesh(3, 6), [r * 0.9 + 1, 0, h - 3]), 6)),
      paint(COLORS.red, ...ringOf(jewel, 3)),
      paint(COLORS.blue, ...ringOf(jewel, 3, 60)),
      paint(shade(COLORS.purple, 0.9), moved(ellipsoidMesh([r - 2.5, r - 2.5, h * 0.3], 12), [0, 0, h * 0.3])),
    ],
    shapes: [cylinderShape(r + 0.5, 0, h * 0.85), cylinderShape(r, 0, h)],
    grams: vary(60, 120),
    grips: fromAbove({ top: h * 0.5 + 6, aroundZ: true }),
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
      ellipsoidShape([x, y * 0.98, h / 2], [0, 0, h / 2]),
      boxShape([x * 0.7, y * 0.75, h * 0.25], [0, 0, h * 0.25]),
      boxShape([9, 3, 3], [x + 9, 1, 3]),
    ],
    grams: vary(60, 110),
    grips: fromAbove({ top: h * 0.75, x: -x * 0.05 }),
  };
};

/** Three tiers with baubles, a trunk and a star. */
export const christmasTree: Kind = (look, vary) => {
  const [r, h] = [vary(25, 28), vary(92, 108)];
  const tiers = [0, 1, 2].map((i) => ({ low: h * (0.16 + 0.24 * i), radius: r * (1 - 0.24 * i), high: h * (0.52 + 0.2 * i) }));
  const baubles = tiers.flatMap(({ low, radius }, i) =>
    [0, 1, 2, 3, 4].map((k) => ({
      color: (i + k) % 3,
      mesh: spun(moved(sphereMesh(3.2, 6), [radius * 0.88, 0, low + 3]), 72 * k + 30 * i),
    })),
  );
  return {
    visuals: [
      paint(look.main, ...tiers.map(({ low, radius, high }) => latheMesh([rz(0, low), rz(radius, low), rz(0, high)], { segments: 14 }))),
      paint(COLORS.brown, latheMesh([rz(0, 0), rz(r * 0.6, 0), rz(r * 0.5, 7), rz(6, 7), rz(6, h * 0.18)], { segments: 12 })),
      ...[COLORS.red, COLORS.gold, COLORS.blue].map((color, i) =>
        paint(color, ...baubles.filter((bauble) => bauble.color === i).map(({ mesh }) => mesh)),
      ),
      paint([1, 0.83, 0.2], moved(extrudeMesh(starOutline(9, 4), 4), [0, 2, h], [90, 0, 0])),
    ],
    shapes: [
      cylinderShape(r * 0.58, 0, 8),
      cylinderShape(7, 0, h * 0.2),
      cylinderShape(r * 0.95, h * 0.16, h * 0.24),
      cylinderShape(r * 0.62, h * 0.24, h * 0.55),
      cylinderShape(r * 0.52, h * 0.55, h * 0.76),
      cylinderShape(6, h * 0.82, h + 8),
    ],
    grams: vary(80, 140),
    grips: fromAbove({ top: h * 0.78, depth: 10, aroundZ: true, part: 'top' }),
  };
};
