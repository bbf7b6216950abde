/** Things that pour. */
import type { Vec3 } from '../../../robot/vectors.ts';
import { smoothCurve } from '../../meshes/curve.ts';
import { latheMesh } from '../../meshes/lathe.ts';
import { coneMesh, sphereMesh } from '../../meshes/solids.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import { boxShape, capsuleShape, cylinderShape, fromAbove, type Kind, moved, paint, rz, xyz } from '../draft.ts';
import { COLORS, shade } from '../look.ts';

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
  const grip = handle[6] as Vec3;
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
    grips: [...fromAbove({ top: h * 0.7 + 8 }), ...fromAbove({ top: grip[2], x: grip[0], depth: 0, part: 'handle' })],
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
  const grip = handle[9] as Vec3;
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
    grips: [...fromAbove({ top: grip[2], x: grip[0], depth: 0, part: 'handle' })],
  };
};
