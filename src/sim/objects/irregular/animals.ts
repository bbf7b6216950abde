/** Animals that walk, hop or float in the bath. */
import type { Vec3 } from '../../../robot/vectors.ts';
import { cos, sin } from '../../../tensor/portable-math.ts';
import type { Mesh } from '../../mesh.ts';
import { smoothCurve } from '../../meshes/curve.ts';
import { coneMesh, cylinderMesh } from '../../meshes/solids.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import { boxShape, capsuleShape, ellipsoidShape, foot, fromAbove, type Kind, moved, paint, sphereShape, xyz } from '../draft.ts';
import { COLORS, shade } from '../look.ts';
import { blob, both, eyes, legs } from './creature.ts';

/** Swims: a bill, and a tail that points up. */
export const rubberDuck: Kind = (look, vary) => {
  const [x, y, z] = [vary(28, 33), vary(20, 24), vary(16, 19)];
  const head = vary(14, 17);
  const at: Vec3 = [x * 0.42, 0, 2 * z + head * 0.62];
  return {
    visuals: [
      paint(
        look.main,
        blob([x, y, z], [0, 0, z], [0, 0, 0], 16),
        blob(head, at, [0, 0, 0], 14),
        moved(coneMesh(z * 0.62, z * 1.25, { segments: 10 }), [-x * 0.66, 0, z * 1.05], [0, -26, 0]),
      ),
      paint(
        shade(look.color, 0.9),
        ...both((side) => blob([x * 0.45, 3, z * 0.5], [-x * 0.18, side * y * 0.86, z * 1.2], [0, 15, side * 8])),
      ),
      paint(COLORS.orange, blob([8, 7.5, 2.6], [at[0] + head + 3, 0, at[2] - 2])),
      paint(COLORS.white, ...both((side) => blob(3.2, [at[0] + head * 0.66, side * head * 0.58, at[2] + head * 0.26], [0, 0, 0], 8))),
      eyes(at[0] + head * 0.82, head * 0.64, at[2] + head * 0.28, 1.8),
    ],
    shapes: [
      ellipsoidShape([x, y, z], [0, 0, z]),
      foot([x * 0.42, y * 0.42], [0, 0], 5),
      sphereShape(head, at),
      boxShape([10, 6, 3], [at[0] + head, 0, at[2] - 2]),
    ],
    grams: vary(40, 80),
    grips: [...fromAbove({ top: at[2] + 8, x: at[0], depth: 10, part: 'head' }), ...fromAbove({ top: z + 16, x: -x * 0.3 })],
  };
};

/** Ears, tusks and a trunk that curls. */
export const elephant: Kind = (look, vary) => {
  const [x, y, h] = [vary(27, 31), vary(18, 21), vary(58, 66)];
  const leg = h * 0.42;
  const stand = legs(x * 0.58, y * 0.5, leg, 7.5);
  const body: Vec3 = [0, 0, h * 0.6];
  const head: Vec3 = [x * 1.02, 0, h * 0.72];
  const trunk = smoothCurve(
    [
      xyz(head[0] + 9, 0, head[2] - 2),
      xyz(head[0] + 18, 0, head[2] - 14),
      xyz(head[0] + 19, 0, head[2] - 26),
      xyz(head[0] + 25, 0, head[2] - 32),
      xyz(head[0] + 31, 0, head[2] - 27),
    ],
    { steps: 2 },
  );
  return {
    visuals: [
      paint(
        look.main,
        ...stand.meshes,
        blob([x, y, h * 0.34], body, [0, 0, 0], 14),
        blob([15, 14, 15], head, [0, 0, 0], 12),
        tubeMesh(trunk, [8, 7.5, 7, 6.4, 5.8, 5.2, 4.8, 4.4, 4], 7),
        tubeMesh([xyz(-x + 1, 0, h * 0.68), xyz(-x - 3, 0, h * 0.55), xyz(-x - 3, 0, h * 0.4)], [2, 1.6, 2.4], 5),
      ),
      paint(
        shade(look.color, 0.85),
        ...both((side) => blob([4, 11.5, 14], [x * 0.78, side * (y * 0.72 + 4), h * 0.74], [0, 0, side * -28])),
      ),
      paint(
        shade(COLORS.pink, 0.95),
        ...both((side) => blob([3.4, 8, 10], [x * 0.78 + 1.6, side * (y * 0.72 + 4.4), h * 0.74], [0, 0, side * -28])),
      ),
      paint(
        COLORS.white,
        ...both((side) => moved(coneMesh(2.4, 14, { segments: 6 }), [head[0] + 9, side * 7.5, head[2] - 7], [0, 115, 0])),
      ),
      eyes(head[0] + 10, 9.5, head[2] + 6),
    ],
    shapes: [
      ...stand.shapes,
      ellipsoidShape([x, y, h * 0.34], body),
      boxShape([13, 13, 13], head),
      boxShape([3, y * 0.72 + 13, 11], [x * 0.76, 0, h * 0.74]),
      capsuleShape(6.5, 9, [head[0] + 20, 0, head[2] - 18], [0, -25, 0]),
    ],
    grams: vary(90, 170),
    grips: [...fromAbove({ top: body[2] + 13, x: -x * 0.3 })],
  };
};

/** Pink and round, with a snout. */
export const pig: Kind = (look, vary) => {
  const [x, y, h] = [vary(29, 33), vary(20, 23), vary(44, 52)];
  const stand = legs(x * 0.55, y * 0.52, h * 0.4, 6);
  const middle = h * 0.58;
  const curl = Array.from({ length: 9 }, (_, i) => xyz(-x - i * 0.9, 3.6 * sin(i), middle + 6 + 3.6 * cos(i)));
  return {
    visuals: [
      paint(
        look.main,
        ...stand.meshes,
        blob([x, y, h * 0.4], [0, 0, middle], [0, 0, 0], 16),
        blob([14, 15, 14], [x * 0.88, 0, middle + 5], [0, 0, 0], 12),
        tubeMesh(curl, 1.5, 5),
      ),
      paint(
        shade(look.color, 0.82),
        moved(cylinderMesh(7, 4, { segments: 12 }), [x * 0.88 + 15, 0, middle + 3], [0, 90, 0]),
        ...both((side) => moved(coneMesh(6, 11, { segments: 4 }), [x * 0.8, side * 9, middle + 15], [-side * 25, 35, 0])),
      ),
      paint(shade(COLORS.brown, 0.8), ...both((side) => blob([0.8, 1.6, 2.2], [x * 0.88 + 19.2, side * 2.7, middle + 3], [0, 0, 0], 6))),
      eyes(x * 0.88 + 11, 7.5, middle + 11),
    ],
    shapes: [
      ...stand.shapes,
      ellipsoidShape([x, y, h * 0.4], [0, 0, middle]),
      boxShape([15, 9, 10], [x * 0.88 + 4, 0, middle + 6]),
      boxShape([4, 3, 4], [-x - 4, 0, middle + 6]),
    ],
    grams: vary(80, 150),
    grips: fromAbove({ top: middle + 12, x: -x * 0.2 }),
  };
};

/** A long neck, a long tail and plates on its back. */
export const dinosaur: Kind = (look, vary) => {
  const [x, y, h] = [vary(23, 27), vary(16, 19), vary(70, 84)];
  const stand = legs(x * 0.6, y * 0.5, h * 0.3, 6.5);
  const middle = h * 0.4;
  const spine = smoothCurve(
    [
      xyz(-x * 1.9, 0, middle * 0.5),
      xyz(-x * 1.2, 0, middle * 0.85),
      xyz(-x * 0.4, 0, middle * 1.05),
      xyz(x * 0.6, 0, middle * 1.1),
      xyz(x * 1.2, 0, h * 0.66),
      xyz(x * 1.4, 0, h * 0.9),
    ],
    { steps: 2 },
  );
  const radii = [1.5, 4, 7, 10, 12, 13, 12, 9.5, 7.5, 6.5, 6];
  const plates = [2, 3, 4, 5, 6, 7].map((i) => {
    const [px, , pz] = spine[i] as Vec3;
    return moved(coneMesh(6, 11, { segments: 4 }), [px, 0, pz + (i < 4 ? 6 : i < 7 ? h * 0.24 : 6)], [0, i < 3 ? -30 : 0, 0], [1, 0.35, 1]);
  });
  const head: Vec3 = [x * 1.4 + 5, 0, h - 7];
  return {
    visuals: [
      paint(
        look.main,
        ...stand.meshes,
        blob([x, y, h * 0.25], [0, 0, middle], [0, 0, 0], 14),
        tubeMesh(spine, radii, 8),
        blob([12, 8.5, 7.5], head, [0, 12, 0]),
      ),
      paint(COLORS.orange, ...plates),
      paint(COLORS.white, ...both((side) => blob(2.8, [head[0] + 3, side * 6.4, head[2] + 4], [0, 0, 0], 6))),
      eyes(head[0] + 4.4, 7.6, head[2] + 4.4, 1.6),
    ],
    shapes: [
      ...stand.shapes,
      ellipsoidShape([x, y, h * 0.25], [0, 0, middle]),
      capsuleShape(6, h * 0.17, [x * 1.25, 0, h * 0.72], [0, 14, 0]),
      ellipsoidShape([12, 8.5, 7.5], head),
      capsuleShape(5, x * 0.45, [-x * 1.3, 0, middle * 0.74], [0, 58, 0]),
    ],
    grams: vary(80, 160),
    grips: [...fromAbove({ top: middle + h * 0.12 + 4, x: -x * 0.15 })],
  };
};

/** It sits, with ears up and a white tail. */
export const rabbit: Kind = (look, vary) => {
  const [r, h] = [vary(20, 23), vary(88, 104)];
  const head: Vec3 = [r * 0.55, 0, r * 1.75 + 12];
  const ear = h - head[2] - 8;
  return {
    visuals: [
      paint(
        look.main,
        blob([r * 1.2, r, r * 0.98], [0, 0, r], [0, -15, 0], 12),
        blob([15, 14, 14], head, [0, 0, 0], 12),
        ...both((side) => blob([4, 5.5, ear / 2], [head[0] - 5, side * 7, head[2] + 10 + ear / 2], [side * -8, -8, 0])),
        ...both((side) => blob([10, 6, 5.5], [r * 0.75, side * r * 0.55, 5.5])),
      ),
      paint(
        COLORS.pink,
        ...both((side) => blob([2.2, 3.4, ear * 0.36], [head[0] - 2.6, side * 7.2, head[2] + 10 + ear / 2], [side * -8, -8, 0], 8)),
        blob([2, 2.4, 1.8], [head[0] + 15, 0, head[2] - 1], [0, 0, 0], 6),
      ),
      paint(COLORS.white, blob(7, [-r * 1.08, 0, r * 0.8])),
      eyes(head[0] + 11.5, 7.5, head[2] + 4.5),
    ],
    shapes: [
      ellipsoidShape([r * 1.18, r, r * 0.98], [0, 0, r * 0.98]),
      boxShape([r * 0.9, r * 0.62, 5], [r * 0.35, 0, 5]),
      sphereShape(14, head),
      boxShape([4, 12, ear / 2], [head[0] - 5, 0, head[2] + 8 + ear / 2]),
    ],
    grams: vary(60, 120),
    grips: fromAbove({ top: head[2] + 12, x: head[0], part: 'head' }),
  };
};

/** Sits and looks to the front, with round ears. */
export const teddyBear: Kind = (look, vary) => {
  const [r, h] = [vary(20, 23), vary(74, 88)];
  const head = r * 0.86;
  const top = h - head;
  const light = shade(look.color, 1.55);
  const pair = (half: Vec3, at: Vec3, angles: Vec3 = [0, 0, 0], segments = 8): Mesh[] => [
    blob(half, at, angles, segments),
    blob(half, [-at[0], at[1], at[2]], [angles[0], -angles[1], -angles[2]], segments),
  ];
  return {
    visuals: [
      paint(
        look.main,
        blob([r, r * 0.86, h * 0.28], [0, 0, h * 0.29], [0, 0, 0], 12),
        blob([head, head * 0.92, head * 0.9], [0, 0, top], [0, 0, 0], 14),
        ...pair([6.5, 4.5, 6.5], [head * 0.72, 0, h - 4]),
        ...pair([7, 7, 13], [r * 1.02, -5, h * 0.36], [25, 0, -20]),
        ...pair([8, 13, 8], [r * 0.62, -r * 0.9, 8]),
      ),
      paint(
        light,
        blob([8.5, 6, 6.5], [0, -head * 0.82, top - 4]),
        blob([r * 0.6, 4, h * 0.17], [0, -r * 0.72, h * 0.3]),
        ...pair([5.5, 2, 5.5], [r * 0.62, -r * 0.9 - 12, 8], [0, 0, 0], 6),
        ...pair([3.8, 2, 3.8], [head * 0.72, -3.6, h - 4], [0, 0, 0], 6),
      ),
      paint(
        COLORS.black,
        ...pair([2.1, 2.1, 2.1], [6.5, -head * 0.84, top + 4.5], [0, 0, 0], 6),
        blob([3, 2, 2.2], [0, -head * 0.82 - 5.4, top - 1.5], [0, 0, 0], 6),
      ),
      paint(COLORS.red, ...pair([6, 3, 4], [6, -head * 0.62, top - head * 0.78], [0, 0, 0], 6)),
    ],
    shapes: [
      ellipsoidShape([r, r * 0.86, h * 0.29], [0, 0, h * 0.29]),
      boxShape([r * 0.95, r * 0.75, 7], [0, -r * 0.75, 7]),
      sphereShape(head * 0.96, [0, 0, top - 1]),
      boxShape([r + 5, 6, 9], [0, -5, h * 0.36]),
      boxShape([head * 0.72 + 5, 3.5, 5], [0, 0, h - 4]),
    ],
    grams: vary(60, 120),
    grips: [...fromAbove({ top: top + 12, closing: 0, part: 'head' }), ...fromAbove({ top: top + 12, part: 'head' })],
  };
};
