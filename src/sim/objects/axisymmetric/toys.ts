/** Round toys and pieces of games. */
import { smoothCurve } from '../../meshes/curve.ts';
import { boxMesh, coneMesh, cylinderMesh, ellipsoidMesh, sphereMesh, torusMesh } from '../../meshes/solids.ts';
import { boxShape, cylinderShape, type Kind, moved, paint, ringOf, rz, sphereShape } from '../draft.ts';
import { COLORS, shade, textured } from '../look.ts';
import { bulge, turned, upright } from './upright.ts';

const SKIN = [0.97, 0.83, 0.7] as const;

/** The smallest chessman: a ball on a collar. */
export const pawn: Kind = (look, vary) => {
  const [r, h] = [vary(18, 23), vary(62, 80)];
  const head = r * vary(0.52, 0.6);
  return upright(
    [
      paint(
        look.main,
        turned([
          rz(0, 0),
          rz(r, 0),
          rz(r, 6),
          rz(r * 0.8, 9),
          ...smoothCurve([rz(r * 0.75, 12), rz(r * 0.36, h * 0.42), rz(r * 0.32, h - 2.3 * head)]),
          rz(r * 0.62, h - 2.2 * head),
          rz(r * 0.62, h - 2 * head),
          rz(r * 0.3, h - 1.9 * head),
        ]),
      ),
      paint(look.main, moved(sphereMesh(head, 14), [0, 0, h - head])),
    ],
    [cylinderShape(r, 0, 9), cylinderShape(r * 0.5, 9, h - 1.8 * head), cylinderShape(head, h - 1.8 * head, h - 0.1 * head)],
    { grams: vary(40, 90), top: h, part: 'head' },
  );
};

/** A chess tower with battlements. */
export const rook: Kind = (look, vary) => {
  const [r, h] = [vary(20, 25), vary(66, 82)];
  const top = r * vary(0.72, 0.82);
  const teeth = ringOf(moved(boxMesh([3, top * 0.3, 4]), [top - 3, 0, h - 4]), 6);
  return upright(
    [
      paint(
        look.main,
        turned([
          rz(0, 0),
          rz(r, 0),
          rz(r, 7),
          rz(r * 0.8, 10),
          rz(r * 0.56, h * 0.35),
          rz(r * 0.52, h * 0.66),
          rz(top, h * 0.72),
          rz(top, h - 8),
          rz(top - 6, h - 8),
          rz(top - 6, h - 14),
          rz(0, h - 14),
        ]),
        ...teeth,
      ),
    ],
    [cylinderShape(r, 0, 9), cylinderShape(r * 0.58, 9, h * 0.7), cylinderShape(top, h * 0.7, h)],
    { grams: vary(50, 110), top: h, part: 'head' },
  );
};

/** Hazard stripes on a square foot. */
export const trafficCone: Kind = (look, vary) => {
  const [r, h] = [vary(20, 24), vary(76, 94)];
  const foot = r + vary(4, 6);
  const at = (z: number): number => r * (1 - z / h) + 4 * (z / h);
  const piece = (low: number, high: number) => turned([rz(at(low), low), rz(at(high), high)]);
  return upright(
    [
      paint(
        look.color,
        moved(boxMesh([foot, foot, 3], { bevel: 1.5 }), [0, 0, 3]),
        piece(5, h * 0.3),
        piece(h * 0.48, h * 0.62),
        turned([rz(at(h * 0.78), h * 0.78), rz(at(h - 2), h - 2), rz(0, h)]),
      ),
      paint(COLORS.white, piece(h * 0.3, h * 0.48), piece(h * 0.62, h * 0.78)),
    ],
    [
      boxShape([foot, foot, 3], [0, 0, 3]),
      cylinderShape(at(h * 0.25), 6, h * 0.4),
      cylinderShape(at(h * 0.55), h * 0.4, h * 0.68),
      cylinderShape(at(h * 0.8), h * 0.68, h),
    ],
    { grams: vary(50, 100), top: h, part: 'tip' },
  );
};

/** White with red rings about its neck. */
export const bowlingPin: Kind = (look, vary) => {
  const [r, h] = [vary(17, 20), vary(104, 118)];
  const side = smoothCurve([
    rz(r * 0.62, 1),
    rz(r, h * 0.32),
    rz(r * 0.75, h * 0.52),
    rz(r * 0.42, h * 0.7),
    rz(r * 0.46, h * 0.78),
    rz(r * 0.56, h * 0.88),
    rz(r * 0.4, h * 0.97),
    rz(0, h),
  ]);
  const ring = (z: number) => moved(torusMesh(r * 0.42, 1.6, { segments: 10, sides: 4 }), [0, 0, h * z]);
  return upright(
    [paint(look.color, turned([rz(0, 0), rz(r * 0.62, 0), ...side], { smoothAngle: 1 })), paint(COLORS.red, ring(0.68), ring(0.74))],
    [
      cylinderShape(r * 0.66, 0, h * 0.12),
      cylinderShape(r * 0.95, h * 0.12, h * 0.5),
      cylinderShape(r * 0.6, h * 0.4, h * 0.6),
      cylinderShape(r * 0.52, h * 0.6, h),
    ],
    { grams: vary(90, 150), top: h, part: 'head', side: h * 0.36 },
  );
};

/** A painted wooden doll with a headscarf and an apron. */
export const nestingDoll: Kind = (look, vary) => {
  const [r, h] = [vary(22, 27), vary(80, 100)];
  const belly = smoothCurve([rz(r * 0.8, 2), rz(r, h * 0.28), rz(r * 0.88, h * 0.48), rz(r * 0.62, h * 0.6)]);
  const head = smoothCurve([rz(r * 0.62, h * 0.6), rz(r * 0.72, h * 0.76), rz(r * 0.5, h * 0.93), rz(0, h)]);
  const eye = (x: number) => moved(sphereMesh(1.9, 5), [x, -r * 0.79, h * 0.78]);
  const apron = moved(ellipsoidMesh([r * 0.62, 6, h * 0.22], 10), [0, -r + 4, h * 0.29]);
  return upright(
    [
      paint(look.main, turned([rz(0, 0), rz(r * 0.8, 0), ...belly], { smoothAngle: 1 })),
      paint(shade(look.accent, 0.95), turned(head, { smoothAngle: 1 })),
      paint(SKIN, moved(ellipsoidMesh([r * 0.48, r * 0.34, h * 0.13], 10), [0, -r * 0.46, h * 0.76])),
      paint(textured('dots', [COLORS.white, COLORS.red], { repeats: 2 }), apron),
      paint(COLORS.black, eye(-4), eye(4)),
      paint(COLORS.red, moved(ellipsoidMesh([3, 1.2, 1.3], 6), [0, -r * 0.8, h * 0.7])),
    ],
    [
      cylinderShape(r * 0.85, 0, h * 0.1),
      cylinderShape(r * 0.98, h * 0.1, h * 0.5),
      cylinderShape(r * 0.72, h * 0.5, h * 0.92),
      cylinderShape(r * 0.4, h * 0.92, h),
    ],
    { grams: vary(70, 130), top: h, part: 'head', side: h * 0.42 },
  );
};

/** A snare drum with cords around. */
export const drum: Kind = (look, vary) => {
  const [r, h] = [vary(25, 28.5), vary(36, 48)];
  const hoop = (z: number) => turned([rz(r, z), rz(r + 1.5, z), rz(r + 1.5, z + 5), rz(r - 1, z + 5)]);
  const stick = (y: number, angle: number) => moved(cylinderMesh(1.8, 20, { segments: 6 }), [0, y, h + 1.8], [0, 90, angle]);
  return upright(
    [
      paint(textured('zigzag', [look.color, COLORS.white], { repeats: 1 }), turned([rz(r, 5), rz(r, h - 5)], { around: 8 })),
      paint(COLORS.gold, turned([rz(0, 0), rz(r, 0)]), hoop(0), hoop(h - 5)),
      paint(COLORS.white, moved(cylinderMesh(r - 1, 0.5), [0, 0, h - 1])),
      paint([0.6, 0.38, 0.2], stick(-4, 20), stick(4, -20)),
    ],
    [cylinderShape(r + 1, 0, h), cylinderShape(6, h, h + 3)],
    { grams: vary(80, 150), top: h },
  );
};

/** Three balls of snow, a carrot and a hat. */
export const snowman: Kind = (look, vary) => {
  const [r, h] = [vary(23, 27), vary(96, 112)];
  const [middle, head] = [r * 0.75, r * 0.56];
  const [z1, z2] = [r * 1.5 + middle * 0.3, h - 23 - head * 0.8];
  const dot = (x: number, z: number, y: number) => moved(sphereMesh(1.8, 6), [x, y, z]);
  return upright(
    [
      paint(
        look.color,
        turned(bulge(r, r * 0.92, r * 0.88, -73, 90, 7), { smoothAngle: 1.5 }),
        moved(sphereMesh(middle, 14), [0, 0, z1]),
        moved(sphereMesh(head, 12), [0, 0, z2]),
      ),
      paint(COLORS.orange, moved(coneMesh(2.6, 13, { segments: 7 }), [0, -head + 1, z2], [90, 0, 0])),
      paint(
        COLORS.black,
        dot(-4.5, z2 + 4, -head * 0.86),
        dot(4.5, z2 + 4, -head * 0.86),
        dot(0, z1 + 5, -middle),
        dot(0, z1 - 5, -middle),
        moved(cylinderMesh(head * 1.1, 1, { segments: 12 }), [0, 0, h - 22]),
        moved(cylinderMesh(head * 0.74, 11, { segments: 12 }), [0, 0, h - 11]),
      ),
      paint(COLORS.red, moved(torusMesh(head * 0.85, 3, { segments: 12, sides: 5 }), [0, 0, (z1 + z2) / 2 + 2])),
    ],
    [
      sphereShape(r * 0.92, [0, 0, r * 0.92]),
      cylinderShape(r * 0.4, 0, 6),
      sphereShape(middle, [0, 0, z1]),
      cylinderShape(head, z2 - head * 0.6, h - 21),
      cylinderShape(head * 0.74, h - 21, h),
    ],
    { grams: vary(80, 140), top: h, part: 'hat' },
  );
};

/** A hat for the opera: felt with a band. */
export const topHat: Kind = (look, vary) => {
  const [brim, h] = [vary(29, 33), vary(46, 58)];
  const r = brim * vary(0.6, 0.66);
  return upright(
    [
      paint(
        look.main,
        turned([
          rz(0, 0),
          rz(brim - 1, 0),
          rz(brim, 1.5),
          rz(brim - 1, 3.5),
          rz(r, 4),
          rz(r * 0.95, h * 0.5),
          rz(r * 1.06, h - 1),
          rz(r, h),
          rz(0, h),
        ]),
      ),
      paint(COLORS.red, turned([rz(r + 0.5, 4), rz(r + 0.2, 13)])),
    ],
    [cylinderShape(brim, 0, 3.5), cylinderShape(r, 3.5, h)],
    { grams: vary(40, 80), top: h, part: 'crown' },
  );
};

/** A wheel's tyre, lying, with a grey hub. */
export const tyre: Kind = (look, vary) => {
  const [r, h] = [vary(26, 29), vary(21, 26)];
  const tread = textured('checks', [look.color, shade(look.color, 2.2)], { repeats: 4 });
  const spokes = ringOf(moved(boxMesh([r * 0.26, 2.6, 1.5]), [r * 0.32, 0, h * 0.72]), 5);
  return upright(
    [
      paint(tread, turned([rz(r - 3, 0), rz(r, h * 0.2), rz(r, h * 0.8), rz(r - 3, h)], { around: 5 })),
      paint(look.color, turned([rz(0, 0), rz(r - 3, 0)]), turned([rz(r - 3, h), rz(r * 0.7, h - 1), rz(r * 0.6, h - 4)])),
      paint(
        COLORS.silver,
        turned([rz(r * 0.6, h - 4), rz(r * 0.54, h - 4), rz(r * 0.54, h * 0.5)]),
        ...spokes,
        moved(cylinderMesh(r * 0.16, 3, { segments: 8 }), [0, 0, h * 0.72]),
      ),
      paint(shade(COLORS.grey, 0.55), turned([rz(r * 0.54, h * 0.5), rz(0, h * 0.5)])),
    ],
    [cylinderShape(r, 0, h)],
    { grams: vary(60, 130), top: h },
  );
};
