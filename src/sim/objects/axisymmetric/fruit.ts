/** What grows: round fruit and vegetables. */
import { atan2, cos } from '../../../tensor/portable-math.ts';
import type { Mesh } from '../../mesh.ts';
import { smoothCurve } from '../../meshes/curve.ts';
import { displaceMesh } from '../../meshes/edit.ts';
import type { Profile } from '../../meshes/lathe.ts';
import { coneMesh, sphereMesh } from '../../meshes/solids.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import { cylinderShape, ellipsoidShape, foot, type Kind, moved, paint, rz, standingCurve, xyz } from '../draft.ts';
import { COLORS, shade, textured } from '../look.ts';
import type { Visual } from '../model.ts';
import { bulge, turned, upright } from './upright.ts';

const LEAF = shade(COLORS.green, 0.9);
const WOOD = shade(COLORS.brown, 0.8);

/** A stalk that leans a little. */
const stalk = (z: number, length: number, thickness = 1.8): Mesh =>
  tubeMesh([xyz(0, 0, z - 5), xyz(0.5, 0, z + length * 0.4), xyz(3, -1, z + length)], [thickness, thickness, thickness * 1.3], 5);

/** A leaf that lies at an angle, from (0, 0, z) outwards. */
const leaf = (z: number, length: number, direction: number, rise = 25): Mesh =>
  moved(moved(sphereMesh(1, 8), [length * 0.55, 0, 0], [0, 0, 0], [length * 0.55, length * 0.28, 1]), [0, 0, z], [0, -rise, direction]);

/** Leaves around the top, as a star. */
const calyx = (z: number, length: number, rise: number): Mesh[] => [0, 72, 144, 216, 288].map((angle) => leaf(z, length, angle, rise));

/** The profile of a ball that is dented where the stalk is, with a flat foot. */
const dented = (r: number, h: number, dent = 5): Profile =>
  standingCurve([rz(r * 0.4, 0), rz(r * 0.85, h * 0.25), rz(r, h * 0.56), rz(r * 0.8, h * 0.88), rz(r * 0.4, h), rz(0, h - dent)]);

/** Something round with a flat foot, r wide and h high, held about its middle; what is above h is thin. */
const roundFruit = (visuals: readonly Visual[], r: number, h: number, grams: number) =>
  upright(visuals, [ellipsoidShape([r, r, h / 2], [0, 0, h / 2]), foot([0.4 * r, 0.4 * r], [0, 0], 5)], { grams, top: h / 2 + 12 });

/** With a stalk and a leaf. */
export const apple: Kind = (look, vary) => {
  const [r, h] = [vary(23, 29), vary(44, 54)];
  const skin = textured('noise', [look.color, shade(look.color, 0.78)], { repeats: 4 });
  return roundFruit(
    [paint(skin, turned(dented(r, h), { smoothAngle: 1.5 })), paint(WOOD, stalk(h - 3, 4)), paint(LEAF, leaf(h - 2, 15, 20, 15))],
    r,
    h,
    vary(90, 170),
  );
};

/** The fruit: a peel with pores. */
export const orange: Kind = (look, vary) => {
  const r = vary(24, 29);
  const peel = textured('speckles', [look.color, shade(look.color, 0.82)], { repeats: 90 });
  return roundFruit(
    [paint(peel, turned(dented(r, 2 * r - 2, 2), { smoothAngle: 1.5 })), paint(LEAF, ...calyx(2 * r - 4, 5, 5))],
    r,
    2 * r - 2,
    vary(110, 190),
  );
};

/** A broad foot and a narrow neck. */
export const pear: Kind = (look, vary) => {
  const [r, h] = [vary(22, 27), vary(66, 80)];
  const side = standingCurve([
    rz(r * 0.5, 0),
    rz(r, h * 0.28),
    rz(r * 0.86, h * 0.48),
    rz(r * 0.47, h * 0.75),
    rz(r * 0.3, h * 0.96),
    rz(0, h),
  ]);
  const skin = textured('speckles', [look.color, shade(look.color, 0.7)], { repeats: 25 });
  return upright(
    [paint(skin, turned(side, { smoothAngle: 1.5 })), paint(WOOD, stalk(h - 1, 6)), paint(LEAF, leaf(h - 1, 16, 200, 5))],
    [
      ellipsoidShape([r, r, h * 0.3], [0, 0, h * 0.3]),
      ellipsoidShape([r * 0.55, r * 0.55, h * 0.35], [0, 0, h * 0.66]),
      foot([0.45 * r, 0.45 * r], [0, 0], 6),
    ],
    { grams: vary(100, 180), top: h - 22 },
  );
};

/** Flat, red and with a green star. */
export const tomato: Kind = (look, vary) => {
  const [r, h] = [vary(25, 29), vary(38, 44)];
  return roundFruit(
    [paint(look.main, turned(dented(r, h, 3), { smoothAngle: 1.5 })), paint(LEAF, ...calyx(h - 2, 15, -4), stalk(h - 2, 4))],
    r,
    h,
    vary(80, 140),
  );
};

/** Ribs of skin that meet in a dry tip. */
export const onion: Kind = (look, vary) => {
  const [r, h] = [vary(24, 28), vary(42, 50)];
  const side = standingCurve([
    rz(r * 0.45, 0),
    rz(r, h * 0.45),
    rz(r * 0.75, h * 0.8),
    rz(r * 0.18, h),
    rz(r * 0.1, h + 12),
    rz(0, h + 14),
  ]);
  const skin = textured('bars', [look.color, shade(look.color, 0.8)], { repeats: 8 });
  return upright(
    [paint(skin, turned(side, { smoothAngle: 1.5 }))],
    [ellipsoidShape([r, r, h * 0.5], [0, 0, h * 0.5]), foot([0.4 * r, 0.4 * r], [0, 0], 5), ellipsoidShape([4, 4, 10], [0, 0, h + 3])],
    { grams: vary(80, 140), top: h * 0.5 + 12 },
  );
};

/** Blushing, with a cleft and a leaf. */
export const peach: Kind = (look, vary) => {
  const r = vary(24, 28);
  const h = 1.9 * r;
  const skin = textured('noise', [look.color, [0.87, 0.3, 0.25]], { repeats: 3 });
  const ball = turned(dented(r, h, 4), { smoothAngle: 1.5, segments: 20 });
  const cleft = displaceMesh(ball, ([x, y, z]) => (y < 0 && Math.abs(x) < 2 ? [x, y * 0.88, z] : [x, y, z]));
  return roundFruit([paint(skin, cleft), paint(LEAF, leaf(h - 3, 20, 30, 12), leaf(h - 3, 16, 160, 15))], r, h, vary(90, 150));
};

/** Longish and dark, with a stalk. */
export const plum: Kind = (look, vary) => {
  const [r, h] = [vary(18, 21), vary(42, 50)];
  return roundFruit(
    [
      paint(textured('noise', [look.color, shade(look.color, 0.6)], { repeats: 3 }), turned(dented(r, h, 3), { smoothAngle: 1.5 })),
      paint(WOOD, stalk(h - 2, 4)),
      paint(LEAF, leaf(h - 1, 18, -20, 5)),
    ],
    r,
    h,
    vary(50, 90),
  );
};

/** Small for one: light and dark green around. */
export const watermelon: Kind = (look, vary) => {
  const r = vary(26, 29);
  const rind = textured('bars', [look.color, [0.55, 0.75, 0.35]], { repeats: 5 });
  return roundFruit(
    [paint(rind, turned(dented(r, 2 * r - 3, 2), { smoothAngle: 1.5, segments: 20 })), paint(WOOD, stalk(2 * r - 4, 4))],
    r,
    2 * r - 3,
    vary(160, 260),
  );
};

/** Hairy, with three eyes. */
export const coconut: Kind = (look, vary) => {
  const r = vary(25, 29);
  const hair = textured('brushed', [shade(look.color, 0.6), shade(look.color, 1.3)], { repeats: 24 });
  const eyes = [90, 210, 330].map((angle) => moved(moved(sphereMesh(3.4, 6), [8.5, 0, 0]), [0, 0, 2 * r - 4.2], [0, 0, angle]));
  return roundFruit(
    [paint(hair, turned(dented(r, 2 * r - 3, 1), { smoothAngle: 1.5 })), paint(shade(COLORS.black, 1), ...eyes)],
    r,
    2 * r - 3,
    vary(160, 280),
  );
};

/** A ball with grooves from top to bottom. */
const ribbed = (mesh: Mesh, ribs: number, depth: number): Mesh =>
  displaceMesh(mesh, ([x, y, z]) => {
    const factor = 1 - depth * (1 - cos(ribs * atan2(y, x))) * 0.5;
    return [x * factor, y * factor, z];
  });

/** Ribs and a thick stalk. */
export const pumpkin: Kind = (look, vary) => {
  const [r, h] = [vary(26, 29), vary(38, 46)];
  const body = ribbed(turned(dented(r, h, 6), { smoothAngle: 1.5, segments: 24 }), 8, 0.16);
  return roundFruit([paint(look.color, body), paint([0.36, 0.42, 0.16], stalk(h - 4, 7, 3.5))], r, h, vary(120, 220));
};

/** A stem and a cap with spots. */
export const mushroom: Kind = (look, vary) => {
  const [r, h] = [vary(24, 29), vary(48, 62)];
  const rim = h * vary(0.48, 0.56);
  return upright(
    [
      paint(
        COLORS.beige,
        turned([rz(0, 0), rz(r * 0.45, 0), rz(r * 0.5, 4), rz(r * 0.34, rim * 0.5), rz(r * 0.34, rim)]),
        turned([rz(r * 0.3, rim + 2), rz(r - 1, rim)]),
      ),
      paint(textured('dots', [look.color, COLORS.white], { repeats: 4 }), turned(bulge(r, h - rim, rim, 0, 90, 5), { smoothAngle: 1.5 })),
    ],
    [cylinderShape(r * 0.48, 0, rim), cylinderShape(r * 0.97, rim, rim + (h - rim) * 0.5), cylinderShape(r * 0.7, rim, h - 1)],
    { grams: vary(40, 90), top: h, part: 'cap' },
  );
};

/** On its blunt end, which is a little flat. */
export const egg: Kind = (look, vary) => {
  const [r, h] = [vary(20, 23), vary(50, 60)];
  const side = standingCurve([
    rz(r * 0.45, 0),
    rz(r * 0.93, h * 0.22),
    rz(r, h * 0.42),
    rz(r * 0.75, h * 0.74),
    rz(r * 0.35, h * 0.95),
    rz(0, h),
  ]);
  return upright(
    [paint(look.main, turned(side, { smoothAngle: 1.5 }))],
    [
      ellipsoidShape([r, r, h * 0.42], [0, 0, h * 0.42]),
      ellipsoidShape([r * 0.8, r * 0.8, h * 0.4], [0, 0, h * 0.6]),
      foot([0.42 * r, 0.42 * r], [0, 0], 5),
    ],
    { grams: vary(50, 70), top: h * 0.42 + 12 },
  );
};

/** A pot of clay with a cactus that has two arms. */
export const cactus: Kind = (look, vary) => {
  const [r, h] = [vary(20, 24), vary(96, 114)];
  const rim = h * 0.34;
  const thick = vary(9, 11);
  const body = ribbed(
    turned([rz(thick, rim - 4), rz(thick, h - thick), ...bulge(thick, thick, h - thick, 15, 90, 4)], { segments: 24 }),
    8,
    0.14,
  );
  const arm = (side: 1 | -1, z: number): Mesh =>
    tubeMesh(
      smoothCurve(
        [xyz(0, 0, z), xyz(side * (thick + 7), 0, z + 1), xyz(side * (thick + 11), 0, z + 8), xyz(side * (thick + 11), 0, z + 20)],
        { steps: 2 },
      ),
      [5, 5, 5, 5, 5, 5, 3],
      6,
    );
  return upright(
    [
      paint(
        [0.74, 0.38, 0.22],
        turned([rz(0, 0), rz(r * 0.75, 0), rz(r * 0.95, rim - 8), rz(r, rim - 8), rz(r, rim), rz(r - 2, rim), rz(r - 2, rim - 3)]),
      ),
      paint(WOOD, turned([rz(r - 2, rim - 3), rz(0, rim - 3)])),
      paint(look.color, body, arm(1, h * 0.52), arm(-1, h * 0.6)),
      paint(COLORS.pink, ...[0, 90, 180, 270].map((angle) => moved(coneMesh(2.4, 6, { segments: 5 }), [0, 0, h - 2], [0, 35, angle]))),
    ],
    [cylinderShape(r * 0.9, 0, rim), cylinderShape(thick, rim, h)],
    { grams: vary(120, 200), top: h + 2, part: 'stem' },
  );
};
