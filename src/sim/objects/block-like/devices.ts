/** Devices and other boxes about the house. */
import type { Vec3 } from '../../../robot/vectors.ts';
import { smoothCurve } from '../../meshes/curve.ts';
import { extrudeMesh } from '../../meshes/extrude.ts';
import { boxMesh, cylinderMesh, torusMesh } from '../../meshes/solids.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import { boxShape, fromAbove, type Kind, moved, paint, xy, xyz } from '../draft.ts';
import { COLORS, shade, textured } from '../look.ts';
import { block, boxGrips, onFace, panel, standing } from './block.ts';

/** A loudspeaker, a dial and a handle. */
export const radio: Kind = (look, vary) => {
  const half: Vec3 = [vary(34, 40), vary(13, 16), vary(21, 25)];
  const [x, , z] = half;
  const handle = smoothCurve([
    xyz(-x * 0.7, 0, 2 * z - 1),
    xyz(-x * 0.64, 0, 2 * z + 14),
    xyz(x * 0.64, 0, 2 * z + 14),
    xyz(x * 0.7, 0, 2 * z - 1),
  ]);
  return {
    visuals: [
      paint(look.main, standing(half, 3)),
      paint(
        textured('dots', [[0.85, 0.8, 0.68], COLORS.black], { repeats: 6 }),
        onFace('front', half, moved(cylinderMesh(z * 0.7, 0.8), [0, 0, 0]), [-x * 0.42, 0]),
      ),
      paint(COLORS.white, panel('front', half, [x * 0.36, z * 0.24], [x * 0.5, z * 0.4])),
      paint(COLORS.red, panel('front', half, [0.8, z * 0.22], [x * 0.42, z * 0.4], 0.7)),
      paint(
        COLORS.gold,
        ...[0.28, 0.72].map((at) => onFace('front', half, cylinderMesh(z * 0.2, 2.5, { segments: 10 }), [x * at, -z * 0.35])),
      ),
      paint(shade(COLORS.grey, 0.5), tubeMesh(handle, 2.4, 6)),
    ],
    shapes: [boxShape(half, [0, 0, z]), boxShape([x * 0.7, 2.4, 8], [0, 0, 2 * z + 8])],
    grams: vary(140, 280),
    grips: [...fromAbove({ top: 2 * z + 14.5, depth: 0, part: 'handle' }), ...boxGrips(half)],
  };
};

/** Rows of buttons, a red one first. */
export const remoteControl: Kind = (look, vary) => {
  const half: Vec3 = [vary(48, 56), vary(17, 20), vary(9, 10.5)];
  const [x, y] = half;
  const button = (at: number, side: number) => onFace('top', half, cylinderMesh(3.4, 1, { segments: 8 }), [x * at, y * side]);
  return block(
    [
      paint(look.main, standing(half, 3)),
      paint(COLORS.red, button(0.82, 0.5)),
      paint(
        COLORS.silver,
        ...[-0.45, -0.25, -0.05].flatMap((at) => [-0.5, 0, 0.5].map((side) => button(at, side))),
        onFace('top', half, torusMesh(8.5, 2.2, { segments: 14, sides: 4 }), [x * 0.4, 0]),
      ),
      paint(COLORS.blue, button(-0.72, 0.5)),
      paint(COLORS.yellow, button(-0.72, 0)),
      paint(COLORS.green, button(-0.72, -0.5)),
    ],
    half,
    { grams: vary(70, 130), flat: false },
  );
};

/** A screen above keys. */
export const calculator: Kind = (look, vary) => {
  const half: Vec3 = [vary(25, 29), vary(34, 40), vary(9, 10.5)];
  const [x, y] = half;
  const key = (column: number, row: number) =>
    onFace('top', half, boxMesh([x * 0.17, y * 0.085, 1.2]), [x * (column * 0.48 - 0.72), y * (0.12 - row * 0.28)]);
  const keys = [0, 1, 2, 3].flatMap((row) => [0, 1, 2, 3].map((column) => ({ column, mesh: key(column, row) })));
  return block(
    [
      paint(look.main, standing(half, 2)),
      paint([0.68, 0.78, 0.62], panel('top', half, [x * 0.8, y * 0.2], [0, y * 0.62])),
      paint(COLORS.black, ...[0.3, 0.48, 0.66].map((at) => panel('top', half, [x * 0.06, y * 0.1], [x * at, y * 0.62], 0.6))),
      paint(COLORS.white, ...keys.filter(({ column }) => column < 3).map(({ mesh }) => mesh)),
      paint(COLORS.orange, ...keys.filter(({ column }) => column === 3).map(({ mesh }) => mesh)),
    ],
    half,
    { grams: vary(60, 110), flat: false },
  );
};

/** A lens in the middle, a finder and a shutter. */
export const camera: Kind = (look, vary) => {
  const half: Vec3 = [vary(33, 38), vary(11, 14), vary(20, 24)];
  const [x, y, z] = half;
  const r = z * 0.62;
  const reach = vary(12, 15);
  return {
    visuals: [
      paint(look.main, standing(half, 2)),
      paint(
        COLORS.silver,
        moved(boxMesh([x + 0.4, y + 0.4, z * 0.16]), [0, 0, 2 * z - z * 0.16 + 0.3]),
        onFace('front', half, moved(cylinderMesh(r, reach / 2 - 2, { segments: 14 }), [0, 0, reach / 2 - 2])),
      ),
      paint(COLORS.black, onFace('front', half, moved(cylinderMesh(r * 0.88, 2, { segments: 14 }), [0, 0, reach - 2]))),
      paint([0.3, 0.45, 0.75], onFace('front', half, moved(cylinderMesh(r * 0.6, 0.3, { segments: 12 }), [0, 0, reach + 0.2]))),
      paint([0.95, 0.97, 1], panel('front', half, [x * 0.18, z * 0.14], [-x * 0.65, z * 0.55], 0.6)),
      paint(COLORS.red, moved(cylinderMesh(4, 2, { segments: 10 }), [x * 0.66, 0, 2 * z + 2])),
      paint(COLORS.black, moved(boxMesh([x * 0.22, y * 0.7, 3]), [0, 0, 2 * z + 3])),
    ],
    shapes: [
      boxShape(half, [0, 0, z]),
      boxShape([r * 0.85, reach / 2, r * 0.85], [0, -y - reach / 2, z]),
      boxShape([x * 0.22, y * 0.7, 3], [0, 0, 2 * z + 3]),
    ],
    grams: vary(140, 260),
    grips: [...fromAbove({ top: 2 * z, x: -x * 0.68 }), ...fromAbove({ top: 2 * z, x: x * 0.68 })],
  };
};

/** Two slots with bread in them, and a lever. */
export const toaster: Kind = (look, vary) => {
  const half: Vec3 = [vary(33, 38), vary(20, 24), vary(20, 24)];
  const [x, y, z] = half;
  const bread = (side: number) => moved(boxMesh([x * 0.56, 4, 8], { bevel: 2 }), [0, y * side, 2 * z + 2]);
  return {
    visuals: [
      paint(look.main, standing(half, 6)),
      paint(
        COLORS.black,
        standing([x * 0.97, y * 0.97, 2.5]),
        onFace('right', half, boxMesh([6, 2.4, 4]), [0, z * 0.3]),
        ...[-0.42, 0.42].map((side) => panel('top', half, [x * 0.68, 5.2], [0, y * side])),
      ),
      paint([0.8, 0.56, 0.28], bread(-0.42), bread(0.42)),
      paint(look.accent, panel('front', half, [x * 0.6, 2], [0, 0])),
    ],
    shapes: [boxShape(half, [0, 0, z]), boxShape([x * 0.56, y * 0.55, 5], [0, 0, 2 * z + 5]), boxShape([2, 6, 2.4], [x + 2, 0, z * 1.3])],
    grams: vary(160, 280),
    grips: boxGrips(half),
  };
};

/** An old set with a picture, knobs and feet. */
export const television: Kind = (look, vary) => {
  const half: Vec3 = [vary(33, 38), vary(20, 24), vary(24, 28)];
  const [x, , z] = half;
  const wire = (side: 1 | -1) => tubeMesh([xyz(0, 0, 2 * z), xyz(side * 15, 0, 2 * z + 20)], 1.2, 5);
  return {
    visuals: [
      paint(look.main, standing(half, 3)),
      paint(
        COLORS.black,
        onFace('front', half, moved(boxMesh([x * 0.64, z * 0.72, 0.7], { bevel: 0.6 }), [0, 0, 0]), [-x * 0.24, 0]),
        wire(1),
        wire(-1),
      ),
      paint([0.62, 0.82, 0.92], panel('front', half, [x * 0.56, z * 0.62], [-x * 0.24, 0], 1)),
      paint([0.85, 0.93, 0.97], panel('front', half, [x * 0.12, z * 0.2], [-x * 0.5, z * 0.3], 1.3)),
      paint(
        COLORS.silver,
        ...[0.5, 0].map((at) => onFace('front', half, cylinderMesh(5, 2, { segments: 10 }), [x * 0.7, z * at])),
        ...[-0.4, -0.55, -0.7].map((at) => panel('front', half, [x * 0.16, 1], [x * 0.7, z * at], 0.5)),
      ),
    ],
    shapes: [boxShape(half, [0, 0, z]), boxShape([15, 1.5, 10], [0, 0, 2 * z + 10])],
    grams: vary(180, 290),
    grips: boxGrips(half),
  };
};

/** A strongbox with a wheel and a lock of numbers. */
export const safe: Kind = (look, vary) => {
  const half: Vec3 = [vary(25, 29), vary(24, 28), vary(27, 31)];
  const [x, , z] = half;
  const box = block(
    [
      paint(look.main, standing(half, 2)),
      paint(shade(look.color, 1.25), onFace('front', half, boxMesh([x * 0.78, z * 0.78, 1]))),
      paint(
        COLORS.gold,
        onFace('front', half, moved(torusMesh(9, 1.8, { segments: 12, sides: 5 }), [0, 0, 3]), [x * 0.2, -z * 0.05]),
        ...[0, 60, 120].map((angle) => onFace('front', half, moved(boxMesh([9, 1.1, 1]), [0, 0, 3], [0, 0, angle]), [x * 0.2, -z * 0.05])),
      ),
      paint(COLORS.white, onFace('front', half, cylinderMesh(5, 2, { segments: 10 }), [-x * 0.4, z * 0.35])),
      paint(COLORS.black, ...[0.5, -0.5].map((at) => onFace('front', half, boxMesh([2, 5, 2]), [-x * 0.82, z * at]))),
    ],
    half,
    { grams: vary(220, 300) },
  );
  // The wheel is in the way of fingers in front.
  return { ...box, grips: fromAbove({ top: 2 * z, closing: 0 }) };
};

/** An ingot: its sides lean. */
export const goldBar: Kind = (look, vary) => {
  const [x, y, h] = [vary(34, 42), vary(17, 21), vary(20, 26)];
  const body = moved(extrudeMesh([xy(-y, 0), xy(y, 0), xy(y * 0.8, h), xy(-y * 0.8, h)], 2 * x, { bevel: 1.5 }), [-x, 0, 0], [90, 0, 90]);
  return {
    visuals: [
      paint(look.main, body),
      paint(shade(look.color, 0.75), moved(boxMesh([x * 0.6, y * 0.4, 0.3]), [0, 0, h])),
      paint(look.color, moved(boxMesh([x * 0.45, y * 0.12, 0.5]), [0, 0, h])),
    ],
    shapes: [boxShape([x, y * 0.96, h * 0.2], [0, 0, h * 0.2]), boxShape([x, y * 0.87, h * 0.5], [0, 0, h * 0.5])],
    grams: vary(250, 300),
    grips: fromAbove({ top: h }),
    places: [{ kind: 'on', position: [0, 0, h], extent: [x * 0.6, y * 0.5], depth: 0 }],
  };
};
