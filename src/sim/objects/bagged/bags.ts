/** Bags, sacks and pouches. */
import type { Vec3 } from '../../../robot/vectors.ts';
import { sin } from '../../../tensor/portable-math.ts';
import type { Mesh } from '../../mesh.ts';
import { smoothCurve } from '../../meshes/curve.ts';
import { displaceMesh } from '../../meshes/edit.ts';
import { latheMesh } from '../../meshes/lathe.ts';
import { boxMesh, cylinderMesh, ellipsoidMesh, sphereMesh, torusMesh } from '../../meshes/solids.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import { boxShape, cylinderShape, ellipsoidShape, fromAbove, type Kind, moved, paint, rz, xyz } from '../draft.ts';
import { COLORS, shade, textured } from '../look.ts';
import { lumpy, pillow, softBox, tied } from './soft.ts';

/** A grain of something, drawn: its outline on the label. */
const grain = (at: Vec3, angle: number): Mesh => moved(ellipsoidMesh([3.4, 1.5, 0.6], 6), at, [0, 0, angle]);

/** Lying, with a label and crimped ends. */
export const bagOfRice: Kind = (look, vary) => {
  const half: Vec3 = [vary(44, 50), vary(24, 27), vary(15, 18)];
  const [x, y, z] = half;
  const body = lumpy(pillow(half), 1.6, vary);
  const lowest = Math.min(...body.positions.filter((_, i) => i % 3 === 2));
  const label = displaceMesh(softBox([x * 0.46, y * 0.66, 0.3]), ([px, py, pz]) => {
    const [u, v] = [px / x, py / y];
    return [px, py, 2 * z - lowest - 0.2 + pz - z * (1 - Math.sqrt(1 - u * u * u * u) * Math.sqrt(1 - 0.75 * v * v * v * v))];
  });
  const end = (side: 1 | -1): Mesh => moved(boxMesh([4, y * 0.88, 1.2]), [side * (x + 2), 0, z - lowest]);
  return {
    visuals: [
      paint(textured('speckles', [look.color, shade(look.color, 0.86)], { repeats: 90 }), moved(body, [0, 0, -lowest])),
      paint(COLORS.red, label),
      paint(COLORS.white, ...[-10, -3.5, 3.5, 10].map((px, i) => grain([px, i % 2 === 0 ? 4 : -3, 2 * z - lowest + 0.6], 25 + 40 * i))),
      paint(COLORS.blue, end(1), end(-1)),
    ],
    shapes: [
      ellipsoidShape([x * 1.06, y, z - lowest / 2], [0, 0, z - lowest / 2]),
      boxShape([x * 0.6, y * 0.7, z * 0.6], [0, 0, z * 0.6]),
      boxShape([x + 6, y * 0.8, 1.5], [0, 0, z - lowest]),
    ],
    grams: vary(180, 290),
    grips: fromAbove({ top: z + 13 }),
  };
};

/** Brown paper, its top folded over. */
export const paperBag: Kind = (look, vary) => {
  const half: Vec3 = [vary(26, 30), vary(17, 20), vary(36, 42)];
  const [x, y, z] = half;
  const body = lumpy(
    displaceMesh(softBox(half), ([px, py, pz]) => [px * (1 - 0.06 * (pz / (2 * z))), py * (pz > 1.6 * z ? 0.62 : 1), pz]),
    2.4,
    vary,
  );
  const paper = textured('noise', [look.color, shade(look.color, 0.88)], { repeats: 8 });
  return {
    visuals: [
      paint(paper, body),
      paint(
        shade(look.color, 0.85),
        moved(boxMesh([x * 0.95, 3.4, 8], { bevel: 1.5 }), [0, -y * 0.55, 2 * z - 6], [-8, 0, 0]),
        moved(boxMesh([x * 0.94, y * 0.55, 3], { bevel: 1.5 }), [0, 0, 2 * z]),
      ),
      paint(COLORS.white, moved(boxMesh([9, 0.5, 9]), [0, -y - 0.6, z * 0.85])),
      paint(COLORS.green, moved(ellipsoidMesh([5.5, 0.8, 3], 8), [0, -y - 1, z * 0.85], [0, -30, 0])),
    ],
    shapes: [boxShape([x * 0.97, y * 0.97, z * 0.8], [0, 0, z * 0.8]), boxShape([x * 0.94, y * 0.62, z * 0.22], [0, 0, z * 1.82])],
    grams: vary(60, 140),
    grips: fromAbove({ top: 2 * z + 2 }),
  };
};

/** A paper block with a label of wheat. */
export const bagOfFlour: Kind = (look, vary) => {
  const half: Vec3 = [vary(25, 28), vary(17, 20), vary(38, 43)];
  const [x, y, z] = half;
  const body = lumpy(
    displaceMesh(softBox(half), ([px, py, pz]) => {
      const bulge = 1 + 0.06 * sin((Math.PI * pz) / (2 * z));
      return [px * bulge, py * bulge, pz];
    }),
    1.6,
    vary,
  );
  const ear = (at: number): Mesh[] =>
    [-1, 1].map((side) => moved(ellipsoidMesh([1.8, 0.7, 4.5], 6), [side * 3.4, -y * 1.08 - 0.8, z * (0.9 + at)], [0, side * 35, 0]));
  return {
    visuals: [
      paint(look.color, body),
      paint(
        COLORS.blue,
        moved(boxMesh([x * 0.99, 0.6, z * 0.16]), [0, -y * 1.05, z * 1.5]),
        moved(boxMesh([x * 0.99, 0.6, z * 0.08]), [0, -y * 1.04, z * 0.35]),
      ),
      paint(
        [0.86, 0.62, 0.15],
        ...[0, 0.16, 0.32].flatMap(ear),
        moved(cylinderMesh(0.9, z * 0.3, { segments: 5 }), [0, -y * 1.08 - 0.8, z * 0.85]),
        moved(ellipsoidMesh([1.8, 0.7, 5], 6), [0, -y * 1.08 - 0.8, z * 1.3]),
      ),
      paint(shade(look.color, 0.85), moved(boxMesh([x * 0.9, 6, 4], { bevel: 2 }), [0, 0, 2 * z + 2])),
    ],
    shapes: [boxShape([x * 1.01, y * 1.01, z], [0, 0, z]), boxShape([x * 0.9, 6, 3], [0, 0, 2 * z + 3])],
    grams: vary(180, 290),
    grips: fromAbove({ top: 2 * z }),
  };
};

/** A crinkled packet of crisps that stands. */
export const bagOfCrisps: Kind = (look, vary) => {
  const half: Vec3 = [vary(27, 31), vary(16, 19), vary(40, 45)];
  const [x, y, z] = half;
  const body = lumpy(
    displaceMesh(softBox(half), ([px, py, pz]) => {
      const t = pz / (2 * z);
      const full = t < 0.1 ? 0.72 + 2.8 * t : Math.sqrt(Math.max(0.006, 1 - ((t - 0.1) / 0.9) * ((t - 0.1) / 0.9) * ((t - 0.1) / 0.9)));
      return [px * (0.96 + 0.04 * t), py * full * (1 - 0.25 * (px / x) * (px / x)), pz];
    }),
    2.2,
    vary,
  );
  const crimp = Array.from({ length: 9 }, (_, i) => moved(boxMesh([x / 9.5, 1.6, 4]), [((i - 4) * 2 * x) / 9, (i % 2) * 0.6, 2 * z + 2]));
  const front = (t: number): number => -y * Math.sqrt(Math.max(0, 1 - ((t - 0.1) / 0.9) * ((t - 0.1) / 0.9) * ((t - 0.1) / 0.9))) - 0.8;
  const crisp = (at: Vec3, angle: number): Mesh =>
    moved(
      displaceMesh(cylinderMesh(8.5, 0.8, { segments: 12 }), ([px, py, pz]) => [px, py * 0.8, pz + 0.03 * px * px]),
      at,
      [78, angle, 0],
    );
  return {
    visuals: [
      paint(look.color, body),
      paint(COLORS.silver, ...crimp),
      paint(COLORS.white, moved(sphereMesh(1, 14), [0, front(0.58) + 2.5, z * 1.18], [-14, 0, 0], [x * 0.72, 3, z * 0.2])),
      paint(
        shade(look.color, 0.7),
        ...[-0.4, -0.13, 0.14, 0.41].map((at) => moved(boxMesh([2.6, 0.6, 4.5]), [x * at, front(0.58) - 0.9, z * 1.18], [-14, 0, 0])),
      ),
      paint([0.95, 0.76, 0.28], crisp([-9, front(0.28) + 1.5, z * 0.52], 0), crisp([9, front(0.28) + 1.5, z * 0.6], 25)),
    ],
    shapes: [
      boxShape([x * 0.95, y * 0.9, z * 0.6], [0, 0, z * 0.6]),
      boxShape([x * 0.95, y * 0.55, z * 0.28], [0, 0, z * 1.48]),
      boxShape([x, 2, z * 0.16], [0, 0, z * 1.9]),
    ],
    grams: vary(35, 70),
    grips: fromAbove({ top: 2 * z - 14, part: 'body' }),
  };
};

/** With cords for handles and tissue that looks out. */
export const giftBag: Kind = (look, vary) => {
  const half: Vec3 = [vary(25, 28), vary(14, 17), vary(32, 37)];
  const [x, y, z] = half;
  const body = lumpy(
    displaceMesh(softBox(half), ([px, py, pz]) => [px * (1 + 0.05 * (pz / z)), py * (1 + 0.05 * (pz / z)), pz]),
    1.2,
    vary,
  );
  const cord = (side: 1 | -1): Mesh =>
    tubeMesh(
      smoothCurve([
        xyz(-x * 0.45, side * y, 2 * z - 2),
        xyz(-x * 0.35, side * y * 0.8, 2 * z + 15),
        xyz(x * 0.35, side * y * 0.8, 2 * z + 15),
        xyz(x * 0.45, side * y, 2 * z - 2),
      ]),
      1.5,
      5,
    );
  const tissue = [-0.6, -0.2, 0.2, 0.6].map((at, i) =>
    moved(
      latheMesh([rz(0, 0), rz(9, 0), rz(0, 17)], { segments: 5, faceted: true }),
      [x * at, (i % 2 === 0 ? 1 : -1) * y * 0.3, 2 * z - 4],
      [0, at * 20, 40 * i],
    ),
  );
  return {
    visuals: [
      paint(look.main, body),
      paint(COLORS.white, ...tissue),
      paint(
        COLORS.gold,
        cord(1),
        cord(-1),
        moved(boxMesh([x * 0.16, y * 1.1, 0.5]), [0, 0, -0]),
        moved(torusMesh(5.5, 1.9, { segments: 10, sides: 5 }), [-5.5, -y * 1.08, z * 1.1], [90, 0, 20]),
        moved(torusMesh(5.5, 1.9, { segments: 10, sides: 5 }), [5.5, -y * 1.08, z * 1.1], [90, 0, -20]),
        moved(sphereMesh(3.2, 8), [0, -y * 1.08, z * 1.08]),
      ),
      paint(COLORS.gold, moved(boxMesh([2.6, 0.5, z * 0.98]), [0, -y * 1.05 - 0.3, z])),
    ],
    shapes: [boxShape([x * 1.02, y * 1.03, z], [0, 0, z]), boxShape([x * 0.7, y * 0.7, 8], [0, 0, 2 * z + 8])],
    grams: vary(70, 160),
    grips: fromAbove({ top: 2 * z, closing: 90 }),
  };
};

/** Coarse cloth full of potatoes, tied with rope. */
export const sackOfPotatoes: Kind = (look, vary) => {
  const [r, h] = [vary(26, 28.5), vary(72, 84)];
  const { body, neck, collar } = tied(r, h, vary, 4);
  const potato = (x: number, y: number, z: number, angle: number): Mesh => moved(ellipsoidMesh([7, 5, 5], 6), [x, y, z], [0, angle, angle]);
  return {
    visuals: [
      paint(textured('cloth', [look.color, shade(look.color, 0.72)], { repeats: 10 }), body),
      paint(
        COLORS.beige,
        moved(torusMesh(neck + 1, 2.4, { segments: 14, sides: 5 }), [0, 0, collar]),
        tubeMesh([xyz(2, -neck - 2, collar), xyz(6, -neck - 7, collar - 7), xyz(7, -neck - 9, collar - 16)], 1.6, 5),
      ),
      paint(
        [0.68, 0.48, 0.26],
        moved(ellipsoidMesh([9, 1, 7], 10), [0, -r * 0.97, h * 0.32], [-6, 0, 0]),
        potato(-3, 2, h, 20),
        potato(5, -3, h - 1, -30),
      ),
    ],
    shapes: [
      cylinderShape(r * 0.78, 0, h * 0.56),
      ellipsoidShape([r, r, h * 0.34], [0, 0, h * 0.34]),
      cylinderShape(neck * 1.3, h * 0.5, h * 0.86),
      cylinderShape(r * 0.74, h * 0.86, h + 3),
    ],
    grams: vary(180, 290),
    grips: fromAbove({ top: collar, depth: 0, aroundZ: true, part: 'neck' }),
  };
};

/** Velvet with a cord, for coins. */
export const pouch: Kind = (look, vary) => {
  const [r, h] = [vary(23, 26), vary(60, 68)];
  const { body, neck, collar } = tied(r, h, vary, 2.2);
  const coin = (x: number, y: number): Mesh => moved(cylinderMesh(6, 1, { segments: 12 }), [x, y, h + 2], [60, 20 * x, 0]);
  return {
    visuals: [
      paint(look.main, body),
      paint(
        COLORS.gold,
        moved(torusMesh(neck + 1, 1.9, { segments: 14, sides: 5 }), [0, 0, collar]),
        ...[-1, 1].map((side) =>
          tubeMesh([xyz(side, -neck - 2, collar), xyz(side * 5, -neck - 8, collar - 8), xyz(side * 7, -neck - 11, collar - 18)], 1.4, 5),
        ),
        ...[-1, 1].map((side) => moved(sphereMesh(2.8, 5), [side * 7, -neck - 11, collar - 19])),
        coin(-3, 0),
        coin(4, 3),
      ),
    ],
    shapes: [
      cylinderShape(r * 0.76, 0, h * 0.55),
      ellipsoidShape([r * 0.98, r * 0.98, h * 0.34], [0, 0, h * 0.34]),
      cylinderShape(neck * 1.42, h * 0.5, h * 0.86),
      cylinderShape(r * 0.74, h * 0.88, h + 4),
    ],
    grams: vary(80, 160),
    grips: fromAbove({ top: collar, depth: 0, aroundZ: true, part: 'neck' }),
  };
};
