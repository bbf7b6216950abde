/** Tools, lying with their handles to the left: 1 to train with, 6 unseen. */

import { cos, sin } from '../../tensor/portable-math.ts';
import type { Mesh } from '../mesh.ts';
import { smoothCurve } from '../meshes/curve.ts';
import { displaceMesh } from '../meshes/edit.ts';
import { extrudeMesh } from '../meshes/extrude.ts';
import { latheMesh, type Profile } from '../meshes/lathe.ts';
import { boxMesh, cylinderMesh, ellipsoidMesh, torusMesh } from '../meshes/solids.ts';
import { tubeMesh } from '../meshes/tube.ts';
import { boxShape, cylinderShape, fromAbove, type Kind, type KindEntry, moved, paint, rz, xy, xyz } from './draft.ts';
import { COLORS, PINE, STEEL, shade } from './look.ts';

/** Turned about x: a profile of distances from that axis, which is at a height. */
const along = (profile: Profile, height: number, segments = 12, faceted = false): Mesh =>
  moved(latheMesh(profile, { segments, faceted, around: 2 }), [0, 0, height], [0, 90, 0]);

/** A ribbed handle and a flat tip. */
const screwdriver: Kind = (look, vary) => {
  const [r, handle, shaft] = [vary(11, 13.5), vary(48, 54), vary(44, 52)];
  const x = -(handle + shaft) / 2;
  const end = x + handle;
  return {
    visuals: [
      paint(
        look.main,
        along([rz(0, x), rz(r * 0.7, x), rz(r, x + 6), rz(r, end - 14), rz(r * 0.68, end - 8), rz(r * 0.75, end), rz(0, end)], r, 6, true),
      ),
      paint(look.accent, along([rz(r + 0.4, x + 14), rz(r + 0.4, x + 20)], r, 6, true)),
      paint(
        STEEL,
        along([rz(3.4, end), rz(3.4, end + shaft - 12), rz(0, end + shaft - 11)], r, 10),
        moved(boxMesh([8, 5, 1.2]), [end + shaft - 8, 0, r]),
      ),
    ],
    shapes: [
      boxShape([handle / 2, r * 0.9, r * 0.88], [x + handle / 2, 0, r * 0.88]),
      boxShape([shaft / 2, 3.6, 3.4], [end + shaft / 2, 0, r]),
    ],
    grams: vary(60, 120),
    grips: fromAbove({ top: 2 * r, x: x + handle * 0.55, part: 'handle' }),
  };
};

/** A wooden handle, and a steel head with a claw. */
const hammer: Kind = (_, vary) => {
  const [length, r] = [vary(92, 102), vary(8.5, 10)];
  const [head, z] = [vary(9.5, 11.5), vary(10.5, 12)];
  const x = -length * 0.5;
  const at = x + length - head;
  const claw = (side: 1 | -1): Mesh =>
    tubeMesh(
      smoothCurve([xyz(at + side * 4, 8, z), xyz(at + side * 5, 22, z), xyz(at + side * 5 - 5, 34, z - 4)], { steps: 2 }),
      [6, 5.5, 4.6, 3.6, 2],
      6,
    );
  return {
    visuals: [
      paint(
        PINE,
        along([rz(0, x), rz(r * 0.85, x), rz(r, x + 8), rz(r * 0.78, x + length * 0.5), rz(r * 0.7, at + head), rz(0, at + head + 2)], r),
      ),
      paint(COLORS.red, along([rz(r + 0.3, x + 3), rz(r + 0.3, x + 34)], r)),
      paint(
        STEEL,
        moved(boxMesh([head, 11, head], { bevel: 2 }), [at, 0, z]),
        moved(cylinderMesh(head * 0.75, 6, { segments: 12 }), [at, -16, z], [90, 0, 0]),
        moved(cylinderMesh(head * 0.98, 5, { segments: 14 }), [at, -26, z], [90, 0, 0]),
        claw(1),
        claw(-1),
      ),
    ],
    shapes: [
      boxShape([length / 2 - head / 2, r * 0.84, r * 0.95], [-head / 2, 0, r * 0.95]),
      boxShape([head, 11, z], [at, 0, z]),
      boxShape([head * 0.9, 10, z], [at, -21, z]),
      boxShape([head, 12, 5], [at - 1, 22, z]),
    ],
    grams: vary(170, 290),
    grips: fromAbove({ top: 2 * r, x: x + length * 0.45, part: 'handle' }),
  };
};

/** For the kitchen. */
const spoon: Kind = (look, vary) => {
  const [length, r] = [vary(70, 80), vary(7.5, 8.5)];
  const [bx, by] = [vary(22, 25), vary(16, 18.5)];
  const x = -length * 0.62;
  const bowl = displaceMesh(ellipsoidMesh([bx, by, r * 1.2], 16), ([px, py, pz]) => [
    px,
    py,
    pz > 0 ? pz - r * 1.5 * (1 - (px / bx) * (px / bx)) * (1 - (py / by) * (py / by)) : pz,
  ]);
  return {
    visuals: [
      paint(
        look.main,
        along([rz(0, x), rz(r * 0.8, x), rz(r, x + 5), rz(r * 0.8, x + length), rz(0, x + length + 6)], r),
        moved(bowl, [x + length + bx * 0.8, 0, r * 1.2]),
      ),
    ],
    shapes: [
      boxShape([length / 2, r * 0.84, r * 0.94], [x + length / 2, 0, r * 0.94]),
      boxShape([bx * 0.9, by * 0.62, r * 0.9], [x + length + bx * 0.85, 0, r * 0.9]),
      boxShape([bx * 0.55, by * 0.95, r * 0.6], [x + length + bx * 0.8, 0, r * 1.2]),
    ],
    grams: vary(30, 60),
    grips: fromAbove({ top: 2 * r, x: x + length * 0.55, part: 'handle' }),
  };
};

/** Bristles with paint on them. */
const paintbrush: Kind = (look, vary) => {
  const [y, z] = [vary(19, 23), vary(8.5, 10)];
  const [handle, ferrule, hair] = [vary(50, 56), vary(14, 17), vary(28, 33)];
  const x = -(handle + ferrule + hair) / 2;
  const grip = smoothCurve(
    [
      xy(x, -5),
      xy(x + handle * 0.4, -8.5),
      xy(x + handle * 0.7, -7),
      xy(x + handle, -y * 0.9),
      xy(x + handle, y * 0.9),
      xy(x + handle * 0.7, 7),
      xy(x + handle * 0.4, 8.5),
      xy(x, 5),
    ],
    { steps: 2 },
  );
  const bristle = (from: number, to: number, width: number): Mesh =>
    moved(boxMesh([(to - from) / 2, width, z * 0.7]), [(from + to) / 2, 0, z]);
  const end = x + handle + ferrule;
  return {
    visuals: [
      paint(PINE, moved(extrudeMesh(grip, 2 * z, { bevel: 2.5 }), [0, 0, 0])),
      paint(STEEL, moved(boxMesh([ferrule / 2, y, z]), [x + handle + ferrule / 2, 0, z])),
      paint(shade(COLORS.beige, 0.8), bristle(end, end + hair * 0.55, y * 0.96)),
      paint(look.main, bristle(end + hair * 0.5, end + hair, y)),
    ],
    shapes: [
      boxShape([handle / 2, 7.6, z], [x + handle / 2, 0, z]),
      boxShape([ferrule / 2 + 3, y, z], [x + handle + ferrule / 2 - 3, 0, z]),
      boxShape([hair / 2, y, z * 0.7], [end + hair / 2, 0, z]),
    ],
    grams: vary(40, 80),
    grips: fromAbove({ top: 2 * z, x: x + handle * 0.5, part: 'handle' }),
  };
};

/** Open jaws at one end, a ring at the other. */
const wrench: Kind = (look, vary) => {
  const [length, h] = [vary(70, 80), vary(16, 19)];
  const x = length * 0.5;
  const [jaw, ring] = [vary(17, 19), vary(13, 15)];
  const angles = Array.from({ length: 11 }, (_, i) => ((40 + 26 * i) * Math.PI) / 180);
  const round = latheMesh([rz(ring * 0.5, 0), rz(ring, 0), rz(ring, h), rz(ring * 0.5, h)], { segments: 18, closed: true });
  const open = [
    ...angles.map((angle) => [jaw * cos(angle), jaw * sin(angle)] as const),
    xy(jaw * 0.2, -jaw * 0.34),
    xy(-jaw * 0.15, -jaw * 0.34),
    xy(-jaw * 0.15, jaw * 0.34),
    xy(jaw * 0.2, jaw * 0.34),
  ];
  const head = extrudeMesh(open, h, { bevel: 1.5 });
  return {
    visuals: [
      paint(
        look.main,
        moved(head, [x, 0, 0], [0, 0, 15]),
        moved(round, [-x, 0, 0]),
        moved(boxMesh([x - jaw * 0.6, 6.5, h / 2 - 1], { bevel: 1.5 }), [-jaw * 0.1, 0, h / 2]),
      ),
    ],
    shapes: [
      boxShape([x - jaw * 0.4, 6.5, h / 2], [0, 0, h / 2]),
      cylinderShape(ring, 0, h, [-x, 0]),
      boxShape([jaw * 0.45, jaw * 0.9, h / 2], [x - jaw * 0.45, 0, h / 2], [0, 0, 15]),
      ...[-1, 1].map((side) =>
        boxShape([jaw * 0.5, jaw * 0.24, h / 2], [x + jaw * 0.15 - side * 2.5, side * jaw * 0.6, h / 2], [0, 0, 15]),
      ),
    ],
    grams: vary(110, 200),
    grips: fromAbove({ top: h, part: 'handle' }),
  };
};

/** A blade with slots. */
const spatula: Kind = (look, vary) => {
  const [handle, r] = [vary(56, 62), vary(8, 9.5)];
  const [blade, width] = [vary(22, 25), vary(20, 23)];
  const x = -(handle + 2 * blade) / 2;
  const middle = x + handle + blade;
  const slot = (y: number): Mesh => moved(boxMesh([blade * 0.62, width * 0.11, 0.4]), [middle + 2, y * width, 7.1]);
  return {
    visuals: [
      paint(
        look.main,
        along(
          [
            rz(0, x),
            rz(r * 0.8, x),
            rz(r, x + 6),
            rz(r * 0.8, x + handle * 0.75),
            rz(4, x + handle * 0.8),
            rz(4, x + handle + 4),
            rz(0, x + handle + 5),
          ],
          r,
        ),
      ),
      paint(
        shade(COLORS.grey, 0.7),
        moved(boxMesh([blade, width, 2.6], { bevel: 1 }), [middle, 0, 4.4]),
        moved(boxMesh([6, 5, 3]), [x + handle, 0, r * 0.8]),
      ),
      paint(COLORS.black, slot(-0.55), slot(0), slot(0.55)),
      paint(COLORS.silver, along([rz(r * 0.9, x + 2), rz(r + 0.2, x + 7), rz(r + 0.2, x + 9)], r)),
    ],
    shapes: [
      boxShape([handle / 2, r * 0.84, r * 0.94], [x + handle / 2, 0, r * 0.94]),
      boxShape([blade + 2, width, 3.5], [middle - 2, 0, 3.5]),
    ],
    grams: vary(50, 90),
    grips: fromAbove({ top: 2 * r, x: x + handle * 0.45, part: 'handle' }),
  };
};

/** A lens in a ring. */
const magnifyingGlass: Kind = (look, vary) => {
  const [ring, handle, r] = [vary(25, 28), vary(44, 50), vary(8, 9)];
  const x = -(handle + 2 * ring) / 2;
  const middle = x + handle + ring + 3;
  return {
    visuals: [
      paint(look.main, along([rz(0, x), rz(r * 0.75, x), rz(r, x + 6), rz(r * 0.8, x + handle), rz(0, x + handle)], r)),
      paint(
        COLORS.gold,
        moved(torusMesh(ring - 3.5, 4.5, { segments: 24, sides: 6 }), [middle, 0, r], [0, 0, 0], [1, 1, 1.4]),
        along([rz(r * 0.88, x + handle - 5), rz(r * 0.88, x + handle + 2)], r),
      ),
      paint([0.78, 0.9, 0.97], moved(ellipsoidMesh([ring - 5, ring - 5, 5], 18), [middle, 0, r])),
      paint(COLORS.white, moved(ellipsoidMesh([4, 8, 0.8], 8), [middle - 5, 5, r + 4.6], [0, 0, 35])),
    ],
    shapes: [
      boxShape([handle / 2, r * 0.84, r * 0.94], [x + handle / 2, 0, r * 0.94]),
      cylinderShape(ring + 0.5, r - 5, r + 5, [middle, 0]),
      cylinderShape(ring * 0.5, 0, r, [middle, 0]),
    ],
    grams: vary(60, 120),
    grips: fromAbove({ top: 2 * r, x: x + handle * 0.5, part: 'handle' }),
  };
};

/** The kinds and their objects. */
export const TOOLS: readonly KindEntry[] = [
  { noun: 'screwdriver', make: screwdriver, training: ['blue'] },
  { noun: 'hammer', make: hammer, unseen: [''] },
  { noun: 'spoon', make: spoon, unseen: ['wooden'] },
  { noun: 'paintbrush', make: paintbrush, natural: COLORS.red, unseen: [''] },
  { noun: 'wrench', make: wrench, natural: COLORS.silver, unseen: [''] },
  { noun: 'spatula', make: spatula, natural: COLORS.black, unseen: [''] },
  { noun: 'magnifying glass', make: magnifyingGlass, natural: shade(COLORS.brown, 0.7), unseen: [''] },
];
