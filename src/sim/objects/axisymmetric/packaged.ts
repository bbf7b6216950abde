/** Food and drink as a shop sells it: bottles, cans, jars. */
import { smoothCurve } from '../../meshes/curve.ts';
import { boxMesh } from '../../meshes/solids.ts';
import { cylinderShape, type Kind, moved, paint, rz } from '../draft.ts';
import { COLORS, type Look, STEEL, shade, textured } from '../look.ts';
import type { Visual } from '../model.ts';
import { turned, upright } from './upright.ts';

/** A label in the middle of a plain body, as a sleeve around it. */
const label = ({ patterned, color, accent }: Look, radius: number, low: number, high: number): Visual[] =>
  patterned
    ? []
    : [
        paint(
          textured('label', [accent, accent, shade(color, 0.7)], { repeats: 2 }),
          turned([rz(radius + 0.4, low), rz(radius + 0.4, high)]),
        ),
      ];

/** A soft drink's bottle with a screw cap. */
export const bottle: Kind = (look, vary) => {
  const [r, h] = [vary(22, 28), vary(98, 118)];
  const [neck, shoulder] = [vary(9, 11), h * vary(0.55, 0.66)];
  const body = smoothCurve([rz(r, shoulder), rz(r * 0.82, shoulder + 0.35 * (h - 14 - shoulder)), rz(neck, h - 14)]);
  return upright(
    [
      paint(look.main, turned([rz(0, 0), rz(r - 4, 0), rz(r, 4), ...body, rz(neck, h - 8), rz(0, h - 8)])),
      ...label(look, r, shoulder * 0.3, shoulder * 0.85),
      paint(look.accent, turned([rz(neck, h - 14), rz(neck + 2.5, h - 13), rz(neck + 2.5, h), rz(0, h)], { segments: 12 })),
    ],
    [
      cylinderShape(r, 0, shoulder),
      cylinderShape(r * 0.8, shoulder, shoulder + 0.4 * (h - shoulder)),
      cylinderShape(neck + 2.5, shoulder, h),
    ],
    { grams: vary(90, 200), top: h + 4, part: 'neck', side: shoulder * 0.75 },
  );
};

/** Slim, with high shoulders, a paper label and foil about its neck. */
export const wineBottle: Kind = (look, vary) => {
  const [r, h] = [vary(17, 21), vary(110, 119)];
  const [neck, shoulder] = [vary(7, 8.5), h * vary(0.55, 0.62)];
  return upright(
    [
      paint(
        look.main,
        turned([rz(0, 0), rz(r - 2, 0), rz(r, 2), rz(r, shoulder), rz(r * 0.85, shoulder + 9), rz(neck, shoulder + 20), rz(neck, h - 4)]),
      ),
      paint(
        textured('label', [COLORS.beige, COLORS.beige, COLORS.brown], { repeats: 2 }),
        turned([rz(r + 0.4, shoulder * 0.25), rz(r + 0.4, shoulder * 0.8)]),
      ),
      paint(
        COLORS.gold,
        turned([rz(neck + 0.5, h - 24), rz(neck + 0.5, h - 6), rz(neck + 2, h - 6), rz(neck + 2, h), rz(0, h)], { segments: 12 }),
      ),
    ],
    [cylinderShape(r, 0, shoulder + 6), cylinderShape(neck + 1, shoulder, h)],
    { grams: vary(150, 260), top: h, part: 'neck', side: shoulder * 0.8 },
  );
};

/** A drink's can with a bright lid and a tab. */
export const can: Kind = (look, vary) => {
  const [r, h] = [vary(23, 29), vary(80, 108)];
  return upright(
    [
      paint(look.main, turned([rz(r - 4, 3), rz(r, 8), rz(r, h - 9), rz(r - 4, h - 3)])),
      ...(look.patterned ? [] : [paint(look.accent, turned([rz(r + 0.3, h * 0.4), rz(r + 0.3, h * 0.62)]))]),
      paint(
        STEEL,
        turned([rz(0, 1), rz(r - 6, 0), rz(r - 4, 3)]),
        turned([rz(r - 4, h - 3), rz(r - 3.5, h), rz(r - 5, h), rz(r - 6, h - 3), rz(0, h - 3)]),
      ),
      paint(shade(COLORS.grey, 0.8), moved(boxMesh([6, 2.5, 0.8]), [4, 0, h - 2])),
    ],
    [cylinderShape(r - 4, 0, h), cylinderShape(r, 6, h - 7)],
    { grams: vary(60, 250), top: h, side: h / 2 },
  );
};

/** A tin of food: steel with ribs, and a paper label all around. */
export const soupTin: Kind = (look, vary) => {
  const [r, h] = [vary(24, 28.5), vary(58, 76)];
  const end = (z: number, up: number): [number, number][] => [rz(r, z), rz(r + 1, z + up), rz(r + 1, z + 2.5 * up), rz(r, z + 3.5 * up)];
  return upright(
    [
      paint(
        STEEL,
        turned([
          rz(0, 0),
          ...end(0, 1),
          rz(r - 0.6, 6),
          rz(r - 0.6, h - 6),
          ...end(h - 3.5, 1),
          rz(r - 2, h),
          rz(r - 2, h - 2),
          rz(0, h - 2),
        ]),
      ),
      paint(textured('label', [look.color, COLORS.white, shade(look.color, 0.6)], { repeats: 2 }), turned([rz(r, 7), rz(r, h - 7)])),
    ],
    [cylinderShape(r + 0.5, 0, h)],
    { grams: vary(120, 280), top: h },
  );
};

/** A jar of jam with a cloth-like lid. */
export const jar: Kind = (look, vary) => {
  const [r, h] = [vary(23, 28), vary(58, 76)];
  return upright(
    [
      paint(look.main, turned([rz(0, 0), rz(r - 4, 0), rz(r, 4), rz(r, h * 0.66), rz(r * 0.84, h * 0.78), rz(r * 0.84, h - 6)])),
      ...label({ ...look, accent: COLORS.white }, r, h * 0.18, h * 0.58),
      paint(
        textured('checks', [COLORS.white, COLORS.red]),
        turned([rz(r * 0.84, h - 14), rz(r * 0.95, h - 14), rz(r * 0.95, h - 1.5), rz(r * 0.9, h), rz(0, h)]),
      ),
    ],
    [cylinderShape(r, 0, h * 0.7), cylinderShape(r * 0.95, h - 14, h)],
    { grams: vary(150, 280), top: h },
  );
};

/** A pot of yoghurt with a foil lid. */
export const yoghurtPot: Kind = (look, vary) => {
  const [top, h] = [vary(25, 28), vary(50, 66)];
  const low = top * vary(0.72, 0.82);
  return upright(
    [
      paint(COLORS.white, turned([rz(0, 0), rz(low, 0), rz(top - 2, h - 5), rz(top - 2, h - 2)])),
      paint(
        textured('label', [look.color, COLORS.white, look.color], { repeats: 2 }),
        turned([rz(low + 1 + (top - low) * 0.1, h * 0.15), rz(top - 1.5, h * 0.85)]),
      ),
      paint(shade(look.color, 1.15), turned([rz(top - 2, h - 2), rz(top, h - 2), rz(top, h), rz(0, h)])),
    ],
    [cylinderShape(low + 1, 0, h * 0.5), cylinderShape(top - 1.5, h * 0.5, h)],
    { grams: vary(90, 160), top: h },
  );
};

/** A vacuum flask: a coat, a steel rim and a cup on top. */
export const flask: Kind = (look, vary) => {
  const [r, h] = [vary(21, 26), vary(108, 119)];
  return upright(
    [
      paint(look.main, turned([rz(r, 6), rz(r, h * 0.66), rz(r * 0.8, h * 0.74)])),
      paint(STEEL, turned([rz(0, 0), rz(r - 1, 0), rz(r, 1.5), rz(r, 6)]), turned([rz(r * 0.8, h * 0.74), rz(r * 0.8, h * 0.78)])),
      paint(
        shade(COLORS.grey, 0.5),
        turned([rz(r * 0.8, h * 0.78), rz(r * 0.86, h * 0.78), rz(r * 0.8, h - 2), rz(r * 0.74, h), rz(0, h)]),
      ),
    ],
    [cylinderShape(r, 0, h * 0.7), cylinderShape(r * 0.82, h * 0.7, h)],
    { grams: vary(180, 290), top: h, side: h * 0.45 },
  );
};
