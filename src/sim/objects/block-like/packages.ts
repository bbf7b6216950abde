/** Boxes, cartons and what comes in them. */
import type { Vec3 } from '../../../robot/vectors.ts';
import type { Mesh } from '../../mesh.ts';
import { smoothCurve } from '../../meshes/curve.ts';
import { extrudeMesh } from '../../meshes/extrude.ts';
import { latheMesh } from '../../meshes/lathe.ts';
import { boxMesh, coneMesh, cylinderMesh, ellipsoidMesh, sphereMesh, torusMesh } from '../../meshes/solids.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import { boxShape, capsuleShape, cylinderShape, fromAbove, type Kind, moved, paint, rz, spun, xy, xyz } from '../draft.ts';
import { COLORS, shade, textured } from '../look.ts';
import { block, boxGrips, onFace, panel, standing } from './block.ts';

/** A parcel, closed with a strip of tape. */
export const parcel: Kind = (look, vary) => {
  const half: Vec3 = [vary(24, 32), vary(21, 28), vary(18, 26)];
  const [x, , z] = half;
  return block(
    [
      paint(look.main, standing(half)),
      paint(
        shade(COLORS.beige, 1.1),
        panel('top', half, [x, 4.5]),
        panel('right', half, [4.5, z * 0.3], [0, z * 0.7]),
        panel('left', half, [4.5, z * 0.3], [0, z * 0.7]),
      ),
      paint(COLORS.white, panel('front', half, [x * 0.35, z * 0.3], [x * 0.4, -z * 0.2])),
      paint(COLORS.black, ...[0, 1, 2].map((i) => panel('front', half, [x * 0.25, 0.7], [x * 0.4, -z * 0.05 - i * z * 0.13], 0.6))),
    ],
    half,
    { grams: vary(60, 180) },
  );
};

/** A present with ribbon and bow. */
export const present: Kind = (look, vary) => {
  const half: Vec3 = [vary(22, 28), vary(22, 27), vary(16, 24)];
  const [x, y, z] = half;
  const loop = (side: 1 | -1) =>
    moved(torusMesh(6.5, 2.4, { segments: 10, sides: 5 }), [side * 7, 0, 2 * z + 5], [75, 0, side * 15], [1.25, 1, 1]);
  return block(
    [
      paint(look.main, standing(half)),
      paint(
        COLORS.gold,
        moved(boxMesh([x + 0.5, 4, z + 0.25]), [0, 0, z + 0.25]),
        moved(boxMesh([4, y + 0.5, z + 0.25]), [0, 0, z + 0.25]),
        loop(1),
        loop(-1),
        moved(sphereMesh(4, 8), [0, 0, 2 * z + 3]),
      ),
    ],
    half,
    { grams: vary(60, 160), flat: false, more: [boxShape([14, 5, 6], [0, 0, 2 * z + 6])] },
  );
};

/** A small carton of juice with a bent straw. */
export const juiceCarton: Kind = (look, vary) => {
  const half: Vec3 = [vary(18, 22), vary(13, 17), vary(34, 40)];
  const [x, y, z] = half;
  const corner = [x * 0.45, y * 0.3] as const;
  const straw = [xyz(...corner, 2 * z - 2), xyz(...corner, 2 * z + 12), xyz(corner[0] + 10, corner[1], 2 * z + 19)];
  return block(
    [
      paint(look.main, standing(half)),
      paint(
        COLORS.white,
        panel('front', half, [x * 0.99, z * 0.36], [0, z * 0.1]),
        panel('right', half, [y * 0.99, z * 0.36], [0, z * 0.1]),
      ),
      paint(look.color, onFace('front', half, moved(cylinderMesh(x * 0.52, 0.6), [0, 0, 0.6]), [0, z * 0.08])),
      paint(COLORS.green, onFace('front', half, moved(ellipsoidMesh([6, 3, 1], 8), [0, 0, 0.8], [0, 0, 30]), [x * 0.3, z * 0.36])),
      paint(COLORS.white, tubeMesh(straw, 2, 6)),
      paint(COLORS.red, tubeMesh([xyz(...corner, 2 * z + 3), xyz(...corner, 2 * z + 6)], 2.3, 6)),
    ],
    half,
    { grams: vary(120, 230), flat: false, more: [boxShape([6, 2, 9.5], [corner[0] + 4, corner[1], 2 * z + 9.5])] },
  );
};

/** A carton of milk with a gable. */
export const milkCarton: Kind = (look, vary) => {
  const half: Vec3 = [vary(18, 22), vary(18, 22), vary(30, 36)];
  const [x, y, z] = half;
  const gable = vary(15, 19);
  const roof = extrudeMesh([xy(-y, 0), xy(y, 0), xy(1.2, gable), xy(1.2, gable + 7), xy(-1.2, gable + 7), xy(-1.2, gable)], 2 * x);
  return {
    visuals: [
      paint(COLORS.white, standing(half), moved(roof, [-x, 0, 2 * z], [90, 0, 90])),
      paint(
        look.color,
        ...(['front', 'right', 'back', 'left'] as const).map((face) =>
          panel(face, half, [face === 'front' || face === 'back' ? x : y, z * 0.45], [0, -z * 0.55]),
        ),
      ),
      paint(look.color, onFace('front', half, moved(cylinderMesh(x * 0.45, 0.6), [0, 0, 0.6]), [0, z * 0.4])),
      paint(shade(look.color, 0.8), moved(cylinderMesh(5, 3, { segments: 10 }), [0, -y * 0.55, 2 * z + gable * 0.55], [41, 0, 0])),
    ],
    shapes: [
      boxShape(half, [0, 0, z]),
      boxShape([x, y * 0.5, gable / 4], [0, 0, 2 * z + gable / 4]),
      boxShape([x, 1.5, gable / 2 + 3.5], [0, 0, 2 * z + gable / 2 + 3.5]),
    ],
    grams: vary(150, 280),
    grips: boxGrips(half),
  };
};

/** Breakfast, with a bowl on the front. */
export const cerealBox: Kind = (look, vary) => {
  const half: Vec3 = [vary(26, 30), vary(10, 14), vary(40, 48)];
  const [x, , z] = half;
  const bowl = latheMesh([rz(0, 0), rz(x * 0.3, 0), rz(x * 0.62, 11), rz(0, 11)]);
  const flakes = [-9, -3, 4, 10].map((at, i) => moved(sphereMesh(3.2, 6), [at, 12 + (i % 2) * 2, 0.5], [0, 0, 0], [1, 1, 0.3]));
  return block(
    [
      paint(look.main, standing(half)),
      paint(COLORS.red, panel('front', half, [x * 0.8, z * 0.17], [0, z * 0.62])),
      paint(COLORS.white, ...[-0.5, -0.17, 0.17, 0.5].map((at) => panel('front', half, [x * 0.11, z * 0.09], [x * at, z * 0.62], 0.6))),
      paint(COLORS.blue, onFace('front', half, moved(bowl, [0, 0, 0.5], [-90, 0, 0], [1, 0.06, 1]), [0, -z * 0.55])),
      paint(shade(COLORS.orange, 0.85), ...flakes.map((flake) => onFace('front', half, flake, [0, -z * 0.55]))),
    ],
    half,
    { grams: vary(60, 140) },
  );
};

/** Tissues that come out at the top. */
export const tissueBox: Kind = (look, vary) => {
  const half: Vec3 = [vary(31, 36), vary(24, 28), vary(17, 22)];
  const [x, y, z] = half;
  const tissue = tubeMesh([xyz(0, 0, 2 * z - 1), xyz(1, 0, 2 * z + 8), xyz(-2, 1, 2 * z + 16), xyz(3, -1, 2 * z + 24)], [7, 9, 13, 1], 7);
  return block(
    [
      paint(look.main, standing(half)),
      paint(look.accent, panel('front', half, [x, 3], [0, -z * 0.7]), panel('right', half, [y, 3], [0, -z * 0.7])),
      paint(shade(look.color, 0.4), onFace('top', half, moved(cylinderMesh(1, 0.3), [0, 0, 0], [0, 0, 0], [x * 0.62, y * 0.4, 1]))),
      paint(COLORS.white, moved(tissue, [0, 0, 0], [0, 0, 0], [1.3, 0.6, 1])),
    ],
    half,
    { grams: vary(50, 110), flat: false, more: [boxShape([12, 5, 11], [0, 0, 2 * z + 11])] },
  );
};

/** Matches in a drawer that is half open. */
export const matchbox: Kind = (look, vary) => {
  const half: Vec3 = [vary(26, 30), vary(18, 22), vary(10, 12)];
  const [x, y, z] = half;
  const out = x * 0.75;
  const matches = [-0.6, -0.2, 0.2, 0.6].map((at) => ({
    stick: moved(boxMesh([out / 2, 1.6, 1.6]), [x + out / 2 - 3, y * at, 2 * z - 3]),
    head: moved(sphereMesh(3, 6), [x + out - 6, y * at, 2 * z - 3]),
  }));
  const move = (mesh: Mesh): Mesh => moved(mesh, [-out / 2, 0, 0]);
  return {
    visuals: [
      paint(look.main, move(standing(half))),
      paint(COLORS.white, move(panel('top', half, [x * 0.75, y * 0.7]))),
      paint([0.95, 0.5, 0.1], move(moved(coneMesh(5, 14, { segments: 8 }), [0, -6, 2 * z + 0.4], [-90, 0, 0], [1, 0.1, 1]))),
      paint(shade(COLORS.brown, 0.7), move(panel('front', half, [x, z * 0.6])), move(panel('back', half, [x, z * 0.6]))),
      paint(
        COLORS.beige,
        move(moved(boxMesh([out / 2, y - 1.5, z - 2.5]), [x + out / 2, 0, z - 1])),
        ...matches.map(({ stick }) => move(stick)),
      ),
      paint(COLORS.red, ...matches.map(({ head }) => move(head))),
    ],
    shapes: [boxShape(half, [-out / 2, 0, z]), boxShape([out / 2, y - 1.5, z - 1], [x, 0, z - 1])],
    grams: vary(30, 60),
    grips: fromAbove({ top: 2 * z, x: -out / 2 }),
  };
};

/** A striped box that gets wider upwards, full of popcorn. */
export const popcornBox: Kind = (look, vary) => {
  const [low, top, h] = [vary(18, 21), vary(25, 28), vary(60, 72)];
  const side = Math.SQRT2;
  const box = spun(latheMesh([rz(0, 0), rz(low * side, 0), rz(top * side, h), rz(0, h)], { segments: 4, faceted: true, around: 4 }), 45);
  const corn = Array.from({ length: 13 }, (_, i) => {
    const ring = i === 0 ? 0 : i < 5 ? 0.42 : 0.8;
    const angle = i < 5 ? 90 * i : 45 * i;
    return spun(moved(sphereMesh(7, 6), [top * ring, 0, h + (i === 0 ? 7 : i < 5 ? 5 : 1)]), angle);
  });
  return {
    visuals: [paint(textured('wedges', [look.color, COLORS.white], { repeats: 6 }), box), paint([0.98, 0.9, 0.65], ...corn)],
    shapes: [
      boxShape([low + 1, low + 1, h * 0.25], [0, 0, h * 0.25]),
      boxShape([(low + top) / 2 + 1, (low + top) / 2 + 1, h * 0.15], [0, 0, h * 0.62]),
      boxShape([top - 1, top - 1, h * 0.12], [0, 0, h * 0.88]),
      cylinderShape(top * 0.7, h, h + 12),
    ],
    grams: vary(40, 80),
    grips: [...fromAbove({ top: h }), ...fromAbove({ top: h, closing: 0 })],
  };
};

/** A box with rounded lid, bands of gold and a lock. */
export const treasureChest: Kind = (look, vary) => {
  const half: Vec3 = [vary(32, 38), vary(22, 26), vary(13, 17)];
  const [x, y, z] = half;
  const lid = (radius: number, width: number) =>
    moved(
      latheMesh([rz(0, -width), rz(radius, -width), rz(radius, width), rz(0, width)], { segments: 16 }),
      [0, 0, 2 * z],
      [0, 90, 0],
      [0.75, 1, 1],
    );
  const bands = [-0.7, 0.7].map((at) => moved(lid(y + 0.8, 3.5), [x * at, 0, 0]));
  const straps = [-0.7, 0.7].map((at) => moved(boxMesh([3.5, y + 0.8, z]), [x * at, 0, z]));
  return {
    visuals: [
      paint(look.main, standing(half), lid(y, x)),
      paint(COLORS.gold, ...bands, ...straps, onFace('front', half, boxMesh([5, 6, 2]), [0, z * 0.85])),
      paint(COLORS.black, onFace('front', half, boxMesh([1.2, 2.5, 2.4]), [0, z * 0.8])),
    ],
    shapes: [boxShape(half, [0, 0, z]), capsuleShape(y * 0.74, x - y * 0.74, [0, 0, 2 * z], [0, 90, 0])],
    grams: vary(140, 260),
    grips: fromAbove({ top: 2 * z + 8 }),
  };
};

/** A case with a handle, straps and bright corners. */
export const suitcase: Kind = (look, vary) => {
  const half: Vec3 = [vary(34, 40), vary(12, 15), vary(23, 28)];
  const [x, y, z] = half;
  const handle = smoothCurve([xyz(-11, 0, 2 * z - 1), xyz(-11, 0, 2 * z + 14), xyz(11, 0, 2 * z + 14), xyz(11, 0, 2 * z - 1)]);
  const corners = [-1, 1].flatMap((sx) =>
    [-1, 1].map((sz) => moved(boxMesh([5, y + 0.5, 5], { bevel: 2 }), [sx * (x - 4.5), 0, z + sz * (z - 4.5)])),
  );
  return {
    visuals: [
      paint(look.main, standing(half, 3)),
      paint(
        shade(look.color, 0.6),
        ...[-0.45, 0.45].map((at) => moved(boxMesh([2.5, y + 0.6, z + 0.3]), [x * at, 0, z])),
        tubeMesh(handle, 2.6, 6),
      ),
      paint(COLORS.gold, ...corners, ...[-0.45, 0.45].map((at) => onFace('front', half, boxMesh([3.5, 2.5, 1.2]), [x * at, z * 0.45]))),
    ],
    shapes: [boxShape(half, [0, 0, z]), boxShape([12, 2.6, 8], [0, 0, 2 * z + 8])],
    grams: vary(120, 240),
    grips: [...boxGrips(half), ...fromAbove({ top: 2 * z + 14.5, depth: 0, part: 'handle' })],
  };
};

/** A box for tools with a bar to carry it. */
export const toolbox: Kind = (look, vary) => {
  const half: Vec3 = [vary(36, 42), vary(18, 22), vary(14, 18)];
  const [x, y, z] = half;
  const roof = extrudeMesh([xy(-y, 0), xy(y, 0), xy(y * 0.5, 9), xy(-y * 0.5, 9)], 2 * x);
  const bar = [xyz(-x * 0.5, 0, 2 * z + 8), xyz(-x * 0.45, 0, 2 * z + 21), xyz(x * 0.45, 0, 2 * z + 21), xyz(x * 0.5, 0, 2 * z + 8)];
  return {
    visuals: [
      paint(look.main, standing(half), moved(roof, [-x, 0, 2 * z], [90, 0, 90])),
      paint(COLORS.black, tubeMesh(bar, 2.8, 6), moved(boxMesh([x + 0.4, y + 0.4, 0.8]), [0, 0, 2 * z])),
      paint(COLORS.silver, ...[-0.5, 0.5].map((at) => onFace('front', half, boxMesh([4, 5, 1.4]), [x * at, z * 0.85]))),
    ],
    shapes: [
      boxShape(half, [0, 0, z]),
      boxShape([x, y * 0.7, 4.5], [0, 0, 2 * z + 4.5]),
      boxShape([x * 0.5, 2.8, 7.5], [0, 0, 2 * z + 16]),
    ],
    grams: vary(150, 290),
    grips: [...fromAbove({ top: 2 * z + 21, depth: 0, part: 'handle' }), ...fromAbove({ top: 2 * z + 4, x: x * 0.78 })],
  };
};
