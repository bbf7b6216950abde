/** Animals from the water, and those with a shell. */
import type { Vec3 } from '../../../robot/vectors.ts';
import { cos, sin } from '../../../tensor/portable-math.ts';
import type { Mesh } from '../../mesh.ts';
import { smoothCurve } from '../../meshes/curve.ts';
import { extrudeMesh } from '../../meshes/extrude.ts';
import { latheMesh } from '../../meshes/lathe.ts';
import { coneMesh, cylinderMesh } from '../../meshes/solids.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import {
  boxShape,
  cylinderShape,
  ellipsoidShape,
  foot,
  fromAbove,
  type Kind,
  moved,
  paint,
  rz,
  sphereShape,
  spun,
  xy,
  xyz,
} from '../draft.ts';
import { COLORS, shade, textured } from '../look.ts';
import { blob, both, eyes } from './creature.ts';

/** Fins, scales and a big eye. */
export const fish: Kind = (look, vary) => {
  const [x, y, z] = [vary(32, 37), vary(14, 17), vary(22, 26)];
  const fin = (outline: readonly (readonly [number, number])[], thick: number): Mesh =>
    moved(extrudeMesh(outline, thick), [0, thick / 2, z], [90, 0, 0]);
  const tail = fin([xy(-x * 0.8, 0), xy(-x * 1.5, z * 0.85), xy(-x * 1.35, 0), xy(-x * 1.5, -z * 0.85)], 5);
  const back = fin([xy(-x * 0.5, z * 0.75), xy(-x * 0.35, z * 1.3), xy(x * 0.1, z * 1.35), xy(x * 0.35, z * 0.85)], 4);
  return {
    visuals: [
      paint(textured('dots', [look.color, shade(look.color, 0.8)], { repeats: 7 }), blob([x, y, z], [0, 0, z], [0, 0, 0], 18)),
      paint(
        shade(look.color, 0.72),
        tail,
        back,
        ...both((side) => blob([8, 1.6, 5], [-2, side * y * 0.92, z * 0.8], [side * 30, 20, 0], 8)),
      ),
      paint(COLORS.white, ...both((side) => blob(4.4, [x * 0.62, side * y * 0.68, z * 1.25], [0, 0, 0], 8))),
      eyes(x * 0.66, y * 0.68 + 3, z * 1.25, 2.4),
      paint(COLORS.red, blob([3, 5, 2.2], [x * 0.95, 0, z * 0.8], [0, 0, 0], 8)),
    ],
    shapes: [
      ellipsoidShape([x, y, z], [0, 0, z]),
      foot([x * 0.4, y * 0.5], [0, 0], 5),
      boxShape([x * 0.25, 2.5, z * 0.6], [-x * 1.22, 0, z]),
      boxShape([x * 0.35, 2, z * 0.3], [-x * 0.08, 0, 2 * z]),
    ],
    grams: vary(70, 130),
    grips: fromAbove({ top: z + 12, x: x * 0.1 }),
  };
};

/** A domed shell, four feet and a head. */
export const turtle: Kind = (look, vary) => {
  const [x, y, h] = [vary(27, 31), vary(23, 26), vary(31, 37)];
  const rim = h * 0.3;
  const shell = moved(
    latheMesh([rz(1, 0), rz(1, 0.06), rz(0.96, 0.35), rz(0.8, 0.68), rz(0.5, 0.9), rz(0, 1)], { smoothAngle: 1, around: 2 }),
    [0, 0, rim],
    [0, 0, 0],
    [x, y, h - rim],
  );
  const feet = [0.62, -0.62].flatMap((fx) =>
    both((side) => blob([8, 6.5, rim * 0.62], [x * fx, side * y * 0.78, rim * 0.62], [0, 0, side * fx * 60], 8)),
  );
  return {
    visuals: [
      paint(textured('tiles', [look.color, shade(look.color, 0.55)], { repeats: 4 }), shell),
      paint(
        [0.62, 0.75, 0.35],
        blob([11, 9, 8.5], [x + 7, 0, rim + 5]),
        ...feet,
        moved(coneMesh(3.5, 10, { segments: 6 }), [-x + 1, 0, rim * 0.7], [0, -100, 0]),
        moved(cylinderMesh(1, 1, { segments: 14 }), [0, 0, rim - 1], [0, 0, 0], [x * 0.95, y * 0.95, 1.6]),
      ),
      eyes(x + 13, 5, rim + 9),
    ],
    shapes: [
      boxShape([x * 0.75, y * 0.92, rim / 2], [0, 0, rim / 2]),
      ellipsoidShape([x, y, h / 2], [0, 0, h / 2]),
      boxShape([9, 7, 7], [x + 7, 0, rim + 5]),
      boxShape([5, 2, 3], [-x - 4, 0, rim * 0.8]),
    ],
    grams: vary(80, 140),
    grips: fromAbove({ top: rim + 12 }),
  };
};

/** A coiled shell on a long foot, with feelers. */
export const snail: Kind = (look, vary) => {
  const [r, y, length] = [vary(19, 22), vary(10.5, 12.5), vary(72, 82)];
  const middle: Vec3 = [-6, 0, r + 8];
  const house = moved(
    latheMesh([rz(0, -y), rz(r * 0.6, -y), rz(r * 0.94, -y * 0.6), rz(r, 0), rz(r * 0.94, y * 0.6), rz(r * 0.6, y), rz(0, y)], {
      segments: 20,
      smoothAngle: 1,
    }),
    middle,
    [90, 0, 0],
  );
  const coil = (side: 1 | -1): Mesh => {
    const path = Array.from({ length: 21 }, (_, i) => {
      const [angle, out] = [0.8 * i - 1.6, r * (0.94 - 0.042 * i)];
      const bulge = side * y * (out > r * 0.6 ? 1 - (0.4 * (out - r * 0.6)) / (r * 0.34) : 1);
      return xyz(middle[0] + out * cos(angle), bulge, middle[2] + out * sin(angle));
    });
    return tubeMesh(path, 1.5, 4);
  };
  const head: Vec3 = [length * 0.46, 0, 26];
  const slug = smoothCurve(
    [xyz(-length * 0.5, 0, 3), xyz(-length * 0.3, 0, 7), xyz(length * 0.1, 0, 8), xyz(length * 0.3, 0, 8), xyz(length * 0.42, 0, 17), head],
    { steps: 2 },
  );
  return {
    visuals: [
      paint(look.main, house),
      paint(shade(look.color, 0.45), ...both(coil)),
      paint(
        [0.88, 0.72, 0.5],
        tubeMesh(slug, [1, 4, 7, 7.5, 8, 8, 8, 8, 8, 8, 7.5], 8),
        blob([9, 8.5, 8.5], head),
        ...both((side) => tubeMesh([head, xyz(head[0] + 5, side * 6, head[2] + 16)], 1.4, 5)),
      ),
      paint(COLORS.black, ...both((side) => blob(2.6, [head[0] + 5, side * 6, head[2] + 17], [0, 0, 0], 6))),
    ],
    shapes: [
      boxShape([length * 0.42, 6.5, 6], [-length * 0.06, 0, 6]),
      { type: 'cylinder', size: [r, y], position: middle, quaternion: [Math.SQRT1_2, Math.SQRT1_2, 0, 0] },
      boxShape([8, 7, 14], [length * 0.44, 0, 20]),
      boxShape([3, 7, 8], [length * 0.46 + 4, 0, 38]),
    ],
    grams: vary(70, 120),
    grips: fromAbove({ top: 2 * r + 4, x: middle[0], part: 'shell' }),
  };
};

/** A head on eight arms that curl. */
export const octopus: Kind = (look, vary) => {
  const [r, h] = [vary(18, 21), vary(52, 60)];
  const arm = (angle: number): Mesh =>
    spun(
      tubeMesh(
        smoothCurve([xyz(r * 0.4, 0, 14), xyz(r * 1.05, 0, 7), xyz(r * 1.5, 0, 4.2), xyz(r * 1.75, 0, 8)], { steps: 2 }),
        [7, 6.5, 6, 5.4, 4.8, 3.8, 2.5],
        5,
      ),
      angle,
    );
  const head = h - r * 1.05;
  return {
    visuals: [
      paint(
        look.main,
        blob([r, r, r * 1.05], [0, 0, head], [0, 0, 0], 12),
        moved(cylinderMesh(r * 0.72, 8, { segments: 12 }), [0, 0, 15]),
        ...[22, 67, 112, 157, 202, 247, 292, 337].map(arm),
      ),
      paint(COLORS.white, blob(4.8, [-6, -r * 0.86, head + 2], [0, 0, 0], 8), blob(4.8, [6, -r * 0.86, head + 2], [0, 0, 0], 8)),
      paint(
        COLORS.black,
        blob(2.6, [-6, -r * 0.86 - 3.6, head + 2], [0, 0, 0], 6),
        blob(2.6, [6, -r * 0.86 - 3.6, head + 2], [0, 0, 0], 6),
      ),
    ],
    shapes: [cylinderShape(r * 1.7, 0, 10), cylinderShape(r * 0.72, 10, head), sphereShape(r, [0, 0, head])],
    grams: vary(60, 120),
    grips: fromAbove({ top: head + 10, aroundZ: true, part: 'head' }),
  };
};

/** A fan of ribs from its hinge, which is behind, to the front; it lies on its flat side. */
export const shell: Kind = (look, vary) => {
  const [r, h] = [vary(20.5, 22.5), vary(22, 26)];
  const rib = (i: number): Mesh => {
    const angle = -68 + (136 * i) / 8;
    const length = r * (2.05 - 0.0075 * Math.abs(angle));
    const path = smoothCurve([xyz(0, 0, 5), xyz(length * 0.3, 0, h * 0.74), xyz(length * 0.62, 0, h * 0.68), xyz(length, 0, 2.6)], {
      steps: 2,
    });
    return moved(tubeMesh(path, [2.5, 3.8, 5, 5.8, 6.2, 5.8, 2.6], 6), [0, r * 0.9, 0], [0, 0, angle - 90]);
  };
  const ribs = Array.from({ length: 9 }, (_, i) => rib(i));
  return {
    visuals: [
      paint(look.main, ...ribs.filter((_, i) => i % 2 === 0), blob([11, 4.5, 5], [0, r * 0.92, 5])),
      paint(
        shade(look.color, 0.72),
        ...ribs.filter((_, i) => i % 2 === 1),
        moved(cylinderMesh(1, 2.5, { segments: 12 }), [0, -r * 0.02, 2.5], [0, 0, 0], [r * 0.95, r * 0.85, 1]),
      ),
    ],
    shapes: [
      boxShape([r * 1.35, r * 0.62, h * 0.25], [0, -r * 0.32, h * 0.25]),
      boxShape([r * 0.8, r * 1.12, h * 0.42], [0, -r * 0.06, h * 0.42]),
    ],
    grams: vary(50, 100),
    grips: fromAbove({ top: h * 0.8 }),
  };
};
