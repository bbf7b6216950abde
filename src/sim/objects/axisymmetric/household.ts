/** Small things about the house that are round. */
import type { Mesh } from '../../mesh.ts';
import { smoothCurve } from '../../meshes/curve.ts';
import { coneMesh, cylinderMesh, ellipsoidMesh, sphereMesh } from '../../meshes/solids.ts';
import { cylinderShape, type Kind, moved, paint, ringOf, rz, spun } from '../draft.ts';
import { CARDBOARD, COLORS, PINE, STEEL, shade, textured, WALNUT } from '../look.ts';
import { bulge, turned, upright } from './upright.ts';

/** Wax with a burning wick. */
export const candle: Kind = (look, vary) => {
  const [r, h] = [vary(17, 25), vary(52, 92)];
  return upright(
    [
      paint(look.main, turned([rz(0, 0), rz(r, 0), rz(r, h - 2), rz(r - 2, h), rz(r - 4, h - 1), rz(0, h - 4)])),
      paint(COLORS.black, moved(cylinderMesh(0.8, 4, { segments: 5 }), [0, 0, h - 1])),
      paint(
        [1, 0.75, 0.2],
        turned(smoothCurve([rz(0, h + 2), rz(3, h + 5), rz(2, h + 9), rz(0, h + 15)], { steps: 2 }), { segments: 8, smoothAngle: 1.5 }),
      ),
    ],
    [cylinderShape(r, 0, h), cylinderShape(2, h, h + 14)],
    { grams: vary(80, 200), top: h },
  );
};

/** Thread on a wooden spool. */
export const spool: Kind = (look, vary) => {
  const [r, h] = [vary(20, 26), vary(42, 60)];
  const wound = r * vary(0.72, 0.85);
  const flange = h * 0.14;
  const thread = look.patterned ? look.main : textured('stripes', [look.color, shade(look.color, 0.82)], { repeats: 12 });
  return upright(
    [
      paint(
        PINE,
        turned([rz(0, 0), rz(r, 0), rz(r, flange), rz(wound * 0.6, flange)]),
        turned([rz(wound * 0.6, h - flange), rz(r, h - flange), rz(r, h), rz(0, h)]),
      ),
      paint(thread, turned([rz(wound, flange), rz(wound, h - flange)])),
      paint(COLORS.black, moved(cylinderMesh(4, 0.3, { segments: 8 }), [0, 0, h])),
    ],
    [cylinderShape(r, 0, flange), cylinderShape(wound, 0, h), cylinderShape(r, h - flange, h)],
    { grams: vary(50, 110), top: h },
  );
};

/** A shaker with a bright cap that has holes. */
export const saltShaker: Kind = (look, vary) => {
  const [r, h] = [vary(18, 23), vary(66, 88)];
  const neck = r * vary(0.68, 0.8);
  const cap = h * 0.74;
  const holes = [0, 60, 120, 180, 240, 300].map((angle) =>
    moved(moved(sphereMesh(1.5, 5), [neck * 0.5, 0, 0]), [0, 0, h - 2.2], [0, 0, angle]),
  );
  return upright(
    [
      paint(look.main, turned([rz(0, 0), rz(r, 0), rz(neck, cap)], { segments: 8, faceted: true })),
      paint(STEEL, turned([rz(neck + 1.5, cap), rz(neck + 1.5, cap + 6), ...bulge(neck, h - cap - 7, cap + 7, 0, 90, 4)])),
      paint(COLORS.black, moved(sphereMesh(1.5, 5), [0, 0, h - 0.3]), ...holes),
    ],
    [cylinderShape(r * 0.95, 0, cap * 0.5), cylinderShape(neck + 1, cap * 0.5, h - 5), cylinderShape(neck * 0.6, h - 5, h)],
    { grams: vary(90, 170), top: h },
  );
};

/** A bulb on its screw. */
export const lightBulb: Kind = (look, vary) => {
  const [r, h] = [vary(22, 28), vary(78, 96)];
  const base = r * 0.5;
  const screw = h * 0.27;
  const glass = smoothCurve([rz(base, screw), rz(base * 1.15, screw + 6), rz(r, h - r * 0.95), rz(r * 0.75, h - r * 0.3), rz(0, h)]);
  const thread = [0.2, 0.45, 0.7, 0.95].flatMap((z): [number, number][] => [
    rz(base, screw * (z - 0.06)),
    rz(base + 1.8, screw * z),
    rz(base, screw * (z + 0.06)),
  ]);
  return upright(
    [
      paint(STEEL, turned([rz(0, 0), rz(base, 0), ...thread], { segments: 12 })),
      paint(COLORS.black, turned([rz(0, 0), rz(base, 0), rz(base, 2.4), rz(0, 2.5)], { segments: 12 })),
      paint(look.color, turned(glass, { smoothAngle: 1.5 })),
      paint(
        shade(look.color, 1.25),
        moved(ellipsoidMesh([r * 0.16, r * 0.1, r * 0.28], 8), [r * 0.35, -r * 0.78, h - r * 0.75], [0, 0, 20]),
      ),
    ],
    [
      cylinderShape(base + 1.5, 0, screw + 5),
      cylinderShape(r * 0.85, h - r * 1.75, h - r * 0.25),
      cylinderShape(r, h - r * 1.2, h - r * 0.7),
      cylinderShape(r * 0.45, h - r * 0.5, h - 0.5),
    ],
    { grams: vary(40, 80), top: h - r * 0.95 + 12, part: 'bulb' },
  );
};

/** Sticky tape that lies flat. */
export const tapeRoll: Kind = (look, vary) => {
  const [r, h] = [vary(26, 29), vary(19, 26)];
  const core = r * vary(0.6, 0.7);
  return upright(
    [
      paint(look.main, turned([rz(r, 0), rz(r, h)])),
      paint(shade(look.color, 0.85), turned([rz(core + 2, 0), rz(r, 0)]), turned([rz(r, h), rz(core + 2, h)])),
      paint(CARDBOARD, turned([rz(core, 0), rz(core + 2, 0), rz(core + 2, h), rz(core, h)], { closed: true })),
    ],
    [cylinderShape(r, 0, h)],
    { grams: vary(50, 110), top: h },
  );
};

/** Soft paper on a core of cardboard. */
export const paperRoll: Kind = (look, vary) => {
  const [r, h] = [vary(26, 29), vary(58, 74)];
  return upright(
    [
      paint(textured('noise', [look.color, shade(look.color, 0.93)], { repeats: 8 }), turned([rz(r, 0), rz(r, h)])),
      paint(
        textured('stripes', [look.color, shade(look.color, 0.85)], { repeats: 5 }),
        turned([rz(11, 0), rz(r, 0)]),
        turned([rz(r, h), rz(11, h)]),
      ),
      paint(CARDBOARD, turned([rz(11, h), rz(9.5, h), rz(9.5, h - 20), rz(0, h - 20)])),
    ],
    [cylinderShape(r, 0, h)],
    { grams: vary(60, 110), top: h },
  );
};

/** A fat cell: a dark coat with a bright upper end. */
export const battery: Kind = (look, vary) => {
  const [r, h] = [vary(14, 18), vary(56, 70)];
  return upright(
    [
      paint(look.color, turned([rz(0, 0), rz(r - 1, 0), rz(r, 1), rz(r, h * 0.66)])),
      paint([0.8, 0.5, 0.22], turned([rz(r, h * 0.66), rz(r, h - 3), rz(r - 1.5, h - 2), rz(0, h - 2)])),
      paint(STEEL, turned([rz(r * 0.36, h - 2), rz(r * 0.36, h + 2.5), rz(0, h + 2.5)], { segments: 10 })),
      paint(
        COLORS.white,
        moved(cylinderMesh(r + 0.3, 1.2, { capped: false }), [0, 0, h * 0.66]),
        ...[rz(4, 1.2), rz(1.2, 4)].map(([x, z]) => moved(sphereMesh(1, 6), [0, -r, h * 0.82], [0, 0, 0], [x as number, 0.8, z as number])),
      ),
    ],
    [cylinderShape(r, 0, h - 2), cylinderShape(r * 0.36, h - 2, h + 2.5)],
    { grams: vary(60, 120), top: h },
  );
};

/** A hand bell with a wooden handle. */
export const bell: Kind = (look, vary) => {
  const [r, h] = [vary(25, 29), vary(84, 104)];
  const crown = h * vary(0.46, 0.54);
  const skirt = smoothCurve([rz(r, 3), rz(r * 0.78, crown * 0.35), rz(r * 0.62, crown * 0.8), rz(r * 0.3, crown)]);
  return upright(
    [
      paint(look.main, turned([rz(0, 0), rz(r, 0), ...skirt, rz(0, crown)])),
      paint(
        WALNUT,
        turned([rz(5, crown - 1), ...smoothCurve([rz(5, crown), rz(4.5, crown + 8), rz(7.5, h - 14), rz(5.5, h - 2), rz(0, h)])], {
          segments: 10,
        }),
      ),
    ],
    [cylinderShape(r, 0, 6), cylinderShape(r * 0.74, 6, crown * 0.9), cylinderShape(6.5, crown * 0.9, h)],
    { grams: vary(90, 200), top: h, part: 'handle' },
  );
};

/** Two bulbs of glass with sand between two discs. */
export const hourglass: Kind = (look, vary) => {
  const [r, h] = [vary(20, 25), vary(84, 104)];
  const glass = r * 0.72;
  const bulb = (z: number): number => glass * (0.12 + 0.88 * Math.sqrt(Math.min(1, Math.abs(2 * z - 1) * 1.5)));
  const heights = [0, 0.2, 0.35, 0.43, 0.5, 0.57, 0.65, 0.8, 1];
  const posts = ringOf(moved(cylinderMesh(2, h / 2 - 4, { segments: 6 }), [r - 3.5, 0, h / 2]), 3, 30);
  return upright(
    [
      paint(
        look.main,
        turned([rz(0, 0), rz(r, 0), rz(r, 6), rz(0, 6)]),
        turned([rz(0, h - 6), rz(r, h - 6), rz(r, h), rz(0, h)]),
        ...posts,
      ),
      paint(
        [0.78, 0.88, 0.93],
        turned(
          heights.map((z): [number, number] => [bulb(z), 6 + z * (h - 12)]),
          { smoothAngle: 1.5 },
        ),
      ),
      paint(
        [0.87, 0.66, 0.32],
        turned([rz(bulb(0) + 0.5, 6), rz(bulb(0.2) + 0.5, 6 + 0.2 * (h - 12)), rz(bulb(0.35) + 0.5, 6 + 0.35 * (h - 12))]),
      ),
    ],
    [cylinderShape(r, 0, 6), cylinderShape(glass, 6, h - 6), cylinderShape(r, h - 6, h)],
    { grams: vary(80, 160), top: h },
  );
};

/** A turned mill with a knob. */
export const pepperMill: Kind = (look, vary) => {
  const [r, h] = [vary(19, 24), vary(96, 116)];
  const side = smoothCurve([
    rz(r, 4),
    rz(r * 0.66, h * 0.36),
    rz(r * 0.9, h * 0.52),
    rz(r * 0.6, h * 0.58),
    rz(r * 0.95, h * 0.72),
    rz(r * 0.6, h * 0.9),
    rz(0, h * 0.92),
  ]);
  return upright(
    [
      paint(look.main, turned([rz(0, 0), rz(r, 0), ...side], { smoothAngle: 1 })),
      paint(STEEL, moved(sphereMesh(h * 0.045, 8), [0, 0, h * 0.955])),
    ],
    [
      cylinderShape(r, 0, h * 0.15),
      cylinderShape(r * 0.8, h * 0.15, h * 0.56),
      cylinderShape(r * 0.88, h * 0.62, h * 0.85),
      cylinderShape(h * 0.045, h * 0.56, h),
    ],
    { grams: vary(100, 190), top: h * 0.72 + 12, part: 'head', side: h * 0.4 },
  );
};

/** A pot of clay with a tulip in bloom. */
export const flowerpot: Kind = (look, vary) => {
  const [r, h] = [vary(22, 26), vary(96, 114)];
  const rim = h * 0.36;
  const [low, wide] = [h - 30, vary(12, 14)];
  const petal = (angle: number): Mesh => spun(moved(ellipsoidMesh([4, 9, 16], 8), [wide * 0.62, 0, low + 15], [0, 6, 0]), angle);
  const leaf = (angle: number): Mesh => spun(moved(ellipsoidMesh([1.4, 5, 18], 8), [9, 0, rim + 11], [0, 24, 0]), angle);
  return upright(
    [
      paint(
        [0.74, 0.38, 0.22],
        turned([rz(0, 0), rz(r * 0.72, 0), rz(r * 0.94, rim - 9), rz(r, rim - 9), rz(r, rim), rz(r - 2.5, rim), rz(r - 2.5, rim - 3)]),
      ),
      paint(shade(COLORS.brown, 0.7), turned([rz(r - 2.5, rim - 3), rz(0, rim - 3)])),
      paint(
        COLORS.green,
        moved(cylinderMesh(2, (low - rim) / 2 + 3, { segments: 6 }), [0, 0, (low + rim) / 2]),
        ...[20, 150, 270].map(leaf),
      ),
      paint(look.color, ...[0, 120, 240].map(petal)),
      paint(shade(look.color, 0.85), ...[60, 180, 300].map(petal)),
    ],
    [cylinderShape(r * 0.92, 0, rim), cylinderShape(4, rim, low + 4), cylinderShape(wide, low, h)],
    { grams: vary(140, 240), top: h, part: 'flower' },
  );
};

/** Striped, with a lantern on top. */
export const lighthouse: Kind = (look, vary) => {
  const [r, h] = [vary(23, 28), vary(104, 118)];
  const top = r * 0.56;
  const gallery = h * 0.72;
  return upright(
    [
      paint(textured('stripes', [look.color, COLORS.white], { repeats: 2.5 }), turned([rz(r, 4), rz(top, gallery)])),
      paint(
        COLORS.grey,
        turned([rz(0, 0), rz(r + 2, 0), rz(r + 2, 4), rz(r, 4)]),
        turned([rz(top, gallery), rz(top + 4, gallery), rz(top + 4, gallery + 3), rz(0, gallery + 3)]),
      ),
      paint([1, 0.88, 0.45], moved(cylinderMesh(top * 0.62, 6, { segments: 10 }), [0, 0, gallery + 9])),
      paint(look.color, moved(coneMesh(top * 0.9, h - gallery - 15, { segments: 12 }), [0, 0, gallery + 15])),
    ],
    [
      cylinderShape(r + 1.5, 0, 6),
      cylinderShape(r * 0.86, 6, h * 0.4),
      cylinderShape(top + 3, h * 0.4, gallery + 3),
      cylinderShape(top * 0.7, gallery, h - 3),
    ],
    { grams: vary(100, 180), top: gallery + 6, side: h * 0.42 },
  );
};
