/** Round things to eat. */
import type { Vec3 } from '../../../robot/vectors.ts';
import { atan2, cos } from '../../../tensor/portable-math.ts';
import type { Mesh } from '../../mesh.ts';
import { smoothCurve } from '../../meshes/curve.ts';
import { displaceMesh } from '../../meshes/edit.ts';
import { latheMesh } from '../../meshes/lathe.ts';
import { arcProfile, boxMesh, cylinderMesh, ellipsoidMesh, sphereMesh, torusMesh } from '../../meshes/solids.ts';
import { cylinderShape, type Kind, moved, paint, ringOf, rz, spun } from '../draft.ts';
import { COLORS, shade, textured } from '../look.ts';
import { bulge, turned, upright } from './upright.ts';

const DOUGH = [0.82, 0.58, 0.3] as const;

/** A ring of dough with icing that runs down its sides, and sprinkles. */
export const doughnut: Kind = (look, vary) => {
  const r = vary(27, 29);
  const thick = r * vary(0.35, 0.39);
  const middle = r - thick;
  const rise = 0.94 * thick;
  const iced = arcProfile(thick + 0.7, 0, -0.15, Math.PI + 0.15, 8).map(([out, z]) => rz(middle + out, z));
  const icing = displaceMesh(latheMesh(iced, { segments: 20, smoothAngle: 1.5 }), ([x, y, z]) => {
    const runs = z < thick * 0.3 ? 2.2 * cos(5 * atan2(y, x)) : 0;
    return [x, y, z + runs];
  });
  const sprinkle = (i: number): Mesh => {
    const out = [-0.45, 0.1, 0.5][i % 3] as number;
    const at: Vec3 = [middle + thick * out, 0, rise * (1 + Math.sqrt(1 - out * out)) + 0.6];
    return spun(moved(boxMesh([2.4, 0.8, 0.6]), at, [0, out * 30, 50 * i]), 24 * i);
  };
  const sprinkles = Array.from({ length: 15 }, (_, i) => sprinkle(i));
  return upright(
    [
      paint(DOUGH, moved(torusMesh(middle, thick, { segments: 20, sides: 9 }), [0, 0, rise], [0, 0, 0], [1, 1, 0.94])),
      paint(look.color, moved(icing, [0, 0, rise], [0, 0, 0], [1, 1, 0.94])),
      paint(COLORS.white, ...sprinkles.filter((_, i) => i % 2 === 0)),
      paint(COLORS.yellow, ...sprinkles.filter((_, i) => i % 2 === 1)),
    ],
    [cylinderShape(r - thick * 0.6, 0, 2 * rise), cylinderShape(r, rise * 0.5, rise * 1.5)],
    { grams: vary(50, 90), top: 2 * rise },
  );
};

/** A pleated paper cup, a swirl of cream and a cherry. */
export const cupcake: Kind = (look, vary) => {
  const [r, h] = [vary(24, 28), vary(52, 66)];
  const rim = h * 0.42;
  const swirl = smoothCurve(
    [
      rz(r * 0.9, rim),
      rz(r, rim + 5),
      rz(r * 0.8, rim + 9),
      rz(r * 0.82, rim + 13),
      rz(r * 0.52, rim + 18),
      rz(r * 0.5, rim + 21),
      rz(0, h - 5),
    ],
    { steps: 2 },
  );
  return upright(
    [
      paint(
        textured('bars', [look.accent, shade(look.accent, 0.75)], { repeats: 8 }),
        turned([rz(0, 0), rz(r * 0.72, 0), rz(r * 0.92, rim)]),
      ),
      paint(look.color, turned(swirl, { smoothAngle: 1.2 })),
      paint(COLORS.red, moved(sphereMesh(5, 10), [0, 0, h - 4.5])),
    ],
    [cylinderShape(r * 0.8, 0, rim), cylinderShape(r * 0.95, rim, rim + 13), cylinderShape(r * 0.5, rim + 13, h - 2)],
    { grams: vary(50, 90), top: rim + 18 },
  );
};

/** Icing that runs down, and candles. */
export const birthdayCake: Kind = (look, vary) => {
  const [r, h] = [vary(26, 29), vary(30, 38)];
  const drip = displaceMesh(
    turned([rz(r + 0.6, h * 0.6), rz(r + 0.6, h - 1), rz(r - 1, h + 0.6), rz(0, h + 0.6)], { segments: 24 }),
    ([x, y, z]) => [x, y, z < h * 0.7 ? z + h * 0.12 * cos(8 * atan2(y, x)) : z],
  );
  const candles = ringOf(moved(cylinderMesh(1.7, 8, { segments: 6 }), [r * 0.42, 0, h + 8]), 3);
  const flames = ringOf(moved(ellipsoidMesh([1.8, 1.8, 4], 6), [r * 0.42, 0, h + 19]), 3);
  return upright(
    [
      paint([0.93, 0.8, 0.55], turned([rz(0, 0), rz(r, 0), rz(r, h)])),
      paint(COLORS.white, turned([rz(r + 0.3, h * 0.3), rz(r + 0.3, h * 0.42)])),
      paint(look.color, drip),
      paint(COLORS.blue, ...candles),
      paint([1, 0.72, 0.15], ...flames),
    ],
    [cylinderShape(r, 0, h), cylinderShape(r * 0.42, h, h + 22)],
    { grams: vary(120, 220), top: h },
  );
};

/** A bun with sesame, lettuce, cheese and meat. */
export const hamburger: Kind = (look, vary) => {
  const [r, h] = [vary(26, 29), vary(46, 54)];
  const lettuce = displaceMesh(moved(cylinderMesh(r + 0.5, 1.6, { segments: 24 }), [0, 0, h * 0.44]), ([x, y, z]) => [
    x,
    y,
    z + 1.8 * cos(6 * atan2(y, x)),
  ]);
  const seeds = [rz(0, 0), rz(9, 4), rz(-8, 6), rz(3, -11), rz(-10, -7), rz(14, -7), rz(-3, 13)].map(([x, y]) => {
    const [px, py] = [x as number, y as number];
    return moved(
      ellipsoidMesh([1.8, 1.1, 0.9], 5),
      [px, py, h * 0.56 + h * 0.43 * Math.sqrt(1 - (px * px + py * py) / (r * r))],
      [0, 0, 30 * px],
    );
  });
  return upright(
    [
      paint(
        look.color,
        turned([rz(0, 0), rz(r - 4, 0), rz(r - 1, 4), rz(r - 1, h * 0.22), rz(0, h * 0.22)]),
        turned([rz(0, h * 0.54), rz(r - 2, h * 0.54), ...bulge(r, h * 0.42, h * 0.57, 0, 90, 5)], { smoothAngle: 1 }),
      ),
      paint(shade(COLORS.brown, 0.75), turned([rz(0, h * 0.22), rz(r, h * 0.24), rz(r, h * 0.38), rz(0, h * 0.4)])),
      paint([0.45, 0.72, 0.2], lettuce),
      paint(COLORS.yellow, moved(boxMesh([r * 0.73, r * 0.73, 1]), [0, 0, h * 0.39], [0, 0, 30])),
      paint(COLORS.red, moved(cylinderMesh(r - 2, 2), [0, 0, h * 0.5])),
      paint([0.97, 0.9, 0.7], ...seeds),
    ],
    [cylinderShape(r - 0.5, 0, h * 0.7), cylinderShape(r * 0.72, h * 0.7, h)],
    { grams: vary(100, 180), top: h * 0.7 + 6 },
  );
};
