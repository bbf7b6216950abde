/** Other things with flat sides, and toys. */
import type { Vec3 } from '../../../robot/vectors.ts';
import type { Mesh } from '../../mesh.ts';
import { extrudeMesh } from '../../meshes/extrude.ts';
import { boxMesh, cylinderMesh, sphereMesh } from '../../meshes/solids.ts';
import { boxShape, type Draft, fromAbove, type Kind, moved, paint, xy } from '../draft.ts';
import { COLORS, shade, textured } from '../look.ts';
import { block, boxGrips, type Face, onFace, panel, standing } from './block.ts';

/** Burnt clay with three holes. */
export const brick: Kind = (look, vary) => {
  const half: Vec3 = [vary(36, 44), vary(18, 23), vary(14, 19)];
  const [x, y] = half;
  const clay = textured('noise', [look.color, shade(look.color, 0.7)], { repeats: 16 });
  const hole = (at: number): Mesh =>
    onFace('top', half, moved(cylinderMesh(1, 0.3), [0, 0, 0], [0, 0, 0], [x * 0.17, y * 0.5, 1]), [x * at, 0]);
  return block([paint(clay, standing(half)), paint(shade(look.color, 0.3), hole(-0.58), hole(0), hole(0.58))], half, {
    grams: vary(200, 300),
  });
};

/** Pages between boards; its back is on the side of y. */
export const book: Kind = (look, vary) => {
  const half: Vec3 = [vary(36, 46), vary(25, 29), vary(10, 14)];
  const [x, y, z] = half;
  const board = 1.6;
  return block(
    [
      paint(
        look.main,
        standing([x, y, board / 2 + 0.4]),
        moved(boxMesh([x, y, board / 2 + 0.4]), [0, 0, 2 * z - board / 2 - 0.4]),
        moved(boxMesh([x, 1.5, z]), [0, y - 1.5, z]),
      ),
      paint(
        textured('stripes', [COLORS.white, shade(COLORS.beige, 0.95)], { repeats: 8 }),
        moved(boxMesh([x - 2, y - 2, z - board]), [0, 0.5, z]),
      ),
      paint(
        COLORS.gold,
        panel('top', half, [x * 0.5, 3], [0, y * 0.35]),
        panel('top', half, [x * 0.32, 1.6], [0, y * 0.1]),
        panel('top', half, [x * 0.22, y * 0.2], [0, -y * 0.42]),
      ),
    ],
    half,
    { grams: vary(120, 260) },
  );
};

/** A doorstop: flat to the left, steep to the right. */
export const wedge: Kind = (look, vary) => {
  const [x, y, h] = [vary(36, 44), vary(16, 21), vary(28, 36)];
  const side = moved(extrudeMesh([xy(-x, 0), xy(x, 0), xy(x, h), xy(-x, 3)], 2 * y), [0, y, 0], [90, 0, 0]);
  const step = (t: number) =>
    boxShape([x / 4, y, (3 + (h - 3) * (t + 0.125)) / 2], [-x + 2 * x * (t + 0.125), 0, (3 + (h - 3) * (t + 0.125)) / 2]);
  return {
    visuals: [paint(look.main, side)],
    shapes: [0, 0.25, 0.5, 0.75].map(step),
    grams: vary(50, 120),
    grips: [...fromAbove({ top: h * 0.75, x: x * 0.45 }), ...fromAbove({ top: h * 0.5, x: x * 0.1 })],
  };
};

/** A bar of an eraser in its sleeve. */
export const eraser: Kind = (look, vary) => {
  const half: Vec3 = [vary(28, 34), vary(12, 16), vary(10, 12)];
  const [x, y, z] = half;
  return block(
    [
      paint(COLORS.white, standing([x, y - 0.6, z - 0.3], 1.5)),
      paint(look.main, moved(boxMesh([x * 0.6, y, z]), [-x * 0.3, 0, z])),
      paint(COLORS.white, panel('top', half, [x * 0.5, 2], [-x * 0.3, 0])),
      paint(look.accent, panel('top', half, [1.5, y], [x * 0.22, 0]), panel('front', half, [1.5, z], [x * 0.22, 0])),
    ],
    half,
    { grams: vary(30, 50) },
  );
};

/** Walls, a gabled roof, a door, windows and a chimney. */
export const toyHouse: Kind = (look, vary): Draft => {
  const half: Vec3 = [vary(24, 29), vary(19, 23), vary(17, 21)];
  const [x, y, z] = half;
  const rise = vary(22, 27);
  const roof = moved(extrudeMesh([xy(-y - 4, 0), xy(y + 4, 0), xy(0, rise)], 2 * x + 6), [-x - 3, 0, 2 * z - 1], [90, 0, 90]);
  const window = (face: Face, at: readonly [number, number]): Mesh => panel(face, half, [4.5, 5], at);
  return {
    visuals: [
      paint([0.96, 0.9, 0.76], standing(half)),
      paint(look.main, roof),
      paint(
        COLORS.brown,
        panel('front', half, [5, z * 0.62], [-x * 0.4, -z * 0.38]),
        moved(boxMesh([4, 4, 9]), [x * 0.5, y * 0.4, 2 * z + rise - 8]),
      ),
      paint(
        COLORS.blue,
        window('front', [x * 0.15, 0]),
        window('front', [x * 0.62, 0]),
        window('right', [0, 0]),
        window('left', [0, 0]),
        window('back', [0, 0]),
      ),
    ],
    shapes: [
      boxShape(half, [0, 0, z]),
      boxShape([x + 3, y + 2.5, rise * 0.24], [0, 0, 2 * z + rise * 0.24]),
      boxShape([x + 3, y * 0.4, rise * 0.24], [0, 0, 2 * z + rise * 0.7]),
    ],
    grams: vary(100, 200),
    grips: boxGrips(half),
  };
};

/** Red above yellow above green. */
export const trafficLight: Kind = (look, vary) => {
  const half: Vec3 = [vary(14, 17), vary(12, 15), vary(42, 50)];
  const [x, , z] = half;
  const lamp = (at: number): Mesh => onFace('front', half, moved(sphereMesh(x * 0.58, 10), [0, 0, 0], [0, 0, 0], [1, 1, 0.4]), [0, z * at]);
  return block(
    [
      paint(look.main, standing(half, 2)),
      paint(COLORS.yellow, ...(['right', 'left'] as const).map((face) => panel(face, half, [3, z * 0.9]))),
      paint([0.95, 0.12, 0.1], lamp(0.6)),
      paint([1, 0.8, 0.1], lamp(0)),
      paint([0.15, 0.8, 0.3], lamp(-0.6)),
    ],
    half,
    { grams: vary(90, 170), more: [boxShape([x * 0.5, x * 0.2, z * 0.7], [0, -half[1], z])] },
  );
};

/** A bus with two rows of windows. */
export const toyBus: Kind = (look, vary): Draft => {
  const half: Vec3 = [vary(40, 47), vary(17, 20), vary(17, 20)];
  const [x, y, z] = half;
  const clearance = 6;
  const raise = (mesh: Mesh): Mesh => moved(mesh, [0, 0, clearance]);
  const windows = (['front', 'back'] as const).flatMap((face) =>
    [-0.72, -0.36, 0, 0.36, 0.72].map((at) => raise(panel(face, half, [x * 0.145, z * 0.33], [x * at, z * 0.4]))),
  );
  const wheel = (at: number, side: 1 | -1): Mesh => moved(cylinderMesh(9, 3, { segments: 12 }), [x * at, side * (y - 2), 9], [90, 0, 0]);
  const wheels = [-0.6, 0.6].flatMap((at) => [wheel(at, 1), wheel(at, -1)]);
  return {
    visuals: [
      paint(look.main, raise(standing(half, 4))),
      paint(
        [0.7, 0.85, 0.95],
        ...windows,
        raise(panel('right', half, [y * 0.8, z * 0.36], [0, z * 0.4])),
        raise(panel('left', half, [y * 0.8, z * 0.3], [0, z * 0.4])),
      ),
      paint(
        COLORS.black,
        ...wheels,
        ...(['front', 'back'] as const).map((face) => raise(panel(face, half, [x * 0.95, 1.2], [0, -z * 0.15]))),
      ),
      paint(
        COLORS.silver,
        ...[-0.6, 0.6].flatMap((at) =>
          ([1, -1] as const).map((side) => moved(cylinderMesh(3.5, 0.5, { segments: 8 }), [x * at, side * (y + 1.2), 9], [90, 0, 0])),
        ),
      ),
      paint(COLORS.white, ...[-0.6, 0.6].map((at) => raise(panel('right', half, [3, 2.5], [y * at, -z * 0.55])))),
    ],
    shapes: [boxShape([x, y, z], [0, 0, clearance + z]), ...[-0.6, 0.6].map((at) => boxShape([8, y, 5], [x * at, 0, 5]))],
    grams: vary(120, 220),
    grips: fromAbove({ top: 2 * z + clearance }),
  };
};
