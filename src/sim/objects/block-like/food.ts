/** Things to eat and to wash with that come in blocks. */
import type { Vec3 } from '../../../robot/vectors.ts';
import { atan2 } from '../../../tensor/portable-math.ts';
import type { Mesh } from '../../mesh.ts';
import { smoothCurve } from '../../meshes/curve.ts';
import { repeatTexture } from '../../meshes/edit.ts';
import { extrudeMesh } from '../../meshes/extrude.ts';
import { boxMesh, cylinderMesh, ellipsoidMesh, sphereMesh } from '../../meshes/solids.ts';
import { boxShape, type Draft, fromAbove, type Kind, moved, paint, xy } from '../draft.ts';
import { COLORS, shade, textured } from '../look.ts';
import { block, onFace, standing } from './block.ts';

const CRUST = [0.66, 0.4, 0.17] as const;
const CRUMB = [0.95, 0.86, 0.66] as const;

/** Holes in foam, and a rough layer below. */
export const sponge: Kind = (look, vary) => {
  const half: Vec3 = [vary(32, 40), vary(20, 26), vary(11, 15)];
  const [x, y, z] = half;
  const rough = z * 0.28;
  const foam = textured('speckles', [look.color, shade(look.color, 0.68)], { repeats: 60 });
  const scourer = look.color === COLORS.green ? COLORS.red : shade(COLORS.green, 0.75);
  return block(
    [
      paint(foam, repeatTexture(moved(boxMesh([x, y, z - rough], { bevel: 2 }), [0, 0, z + rough]), 1.6, 1)),
      paint(textured('noise', [scourer, shade(scourer, 0.75)], { repeats: 16 }), standing([x, y, rough])),
    ],
    half,
    { grams: vary(30, 50) },
  );
};

/** A bar with rounded edges, an oval, and some bubbles. */
export const soap: Kind = (look, vary) => {
  const half: Vec3 = [vary(30, 36), vary(19, 23), vary(11, 14)];
  const [x, y, z] = half;
  const bubbles = [
    [-0.5, 0.3, 3.2],
    [-0.25, 0.55, 2.6],
    [-0.62, -0.1, 3],
    [0.55, -0.45, 3],
    [0.3, -0.6, 2.6],
  ].map(([u, v, r]) => moved(sphereMesh(r as number, 8), [x * (u as number), y * (v as number), 2 * z + (r as number) * 0.4]));
  return block(
    [
      paint(look.main, standing(half, 6)),
      paint(shade(look.color, 0.86), onFace('top', half, moved(cylinderMesh(1, 0.4), [0, 0, 0], [0, 0, 0], [x * 0.62, y * 0.55, 1]))),
      paint([0.88, 0.95, 0.99], ...bubbles),
    ],
    half,
    { grams: vary(80, 130), flat: false },
  );
};

/** Half out of its wrapping, with a slice cut off. */
export const butter: Kind = (look, vary) => {
  const half: Vec3 = [vary(34, 40), vary(18, 22), vary(14, 17)];
  const [x, y, z] = half;
  const wrapped = x * 0.55;
  return block(
    [
      paint(
        look.color,
        moved(boxMesh([x - wrapped - 5, y - 0.8, z - 0.5]), [wrapped - 5, 0, z - 0.4]),
        moved(boxMesh([3, y - 0.8, z - 0.5]), [x - 3.5, 0, z - 0.4], [0, 6, 0]),
      ),
      paint(COLORS.silver, moved(boxMesh([wrapped, y, z]), [wrapped - x, 0, z])),
      paint(COLORS.blue, moved(boxMesh([wrapped * 0.55, y + 0.4, z + 0.2]), [wrapped * 0.8 - x, 0, z])),
      paint(COLORS.yellow, moved(boxMesh([wrapped * 0.35, y * 0.5, 0.4]), [wrapped * 0.8 - x, 0, 2 * z + 0.4])),
    ],
    half,
    { grams: vary(120, 250) },
  );
};

/** A wedge of cheese with holes, its tip to the left. */
export const cheeseWedge: Kind = (look, vary): Draft => {
  const [length, width, h] = [vary(66, 78), vary(44, 52), vary(27, 33)];
  const [back, tip] = [length * 0.4, -length * 0.6];
  const at = (t: number): number => tip + t * length;
  const hole = (position: Vec3, r: number, angles: Vec3): Mesh => moved(cylinderMesh(r, 0.5, { segments: 10 }), position, angles);
  const slope = (atan2(width / 2, length) * 180) / Math.PI;
  const onSide = (t: number, z: number, r: number) => hole([at(t), -(width / 2) * t - 0.1, z], r, [90, 0, -slope]);
  return {
    visuals: [
      paint(look.color, extrudeMesh([xy(tip, 0), xy(back, -width / 2), xy(back, width / 2)], h)),
      paint(
        shade(look.color, 0.72),
        onSide(0.45, h * 0.6, 4.5),
        onSide(0.7, h * 0.35, 6),
        onSide(0.86, h * 0.75, 3.5),
        onSide(0.25, h * 0.3, 3),
        hole([at(0.6), -3, h], 5, [0, 0, 0]),
        hole([at(0.85), 9, h], 6, [0, 0, 0]),
        hole([at(0.35), 2, h], 3, [0, 0, 0]),
        hole([back, 8, h * 0.5], 6, [0, 90, 0]),
        hole([back, -12, h * 0.4], 4.5, [0, 90, 0]),
      ),
      paint(shade(look.color, 0.85), moved(boxMesh([0.5, width / 2, h * 0.49]), [back, 0, h / 2])),
    ],
    shapes: [0, 0.25, 0.5, 0.75].map((t) => boxShape([length / 8, (width / 2) * (t + 0.125), h / 2], [at(t + 0.125), 0, h / 2])),
    grams: vary(80, 160),
    grips: [...fromAbove({ top: h, x: at(0.5) }), ...fromAbove({ top: h, x: at(0.7) })],
  };
};

/** Squares of chocolate that look out of red paper. */
export const chocolateBar: Kind = (look, vary) => {
  const half: Vec3 = [vary(38, 44), vary(19, 22), vary(9, 10.5)];
  const [x, y, z] = half;
  const piece = x / 4;
  const squares = [0, 1, 2, 3].flatMap((i) =>
    [-1, 1].map((side) =>
      moved(boxMesh([piece - 0.6, y / 2 - 0.6, 2], { bevel: 1.8 }), [x - piece - 2 * piece * i, (side * y) / 2, 2 * z - 2]),
    ),
  );
  return block(
    [
      paint(look.color, standing([x, y, z - 1.6]), ...squares),
      paint(COLORS.silver, moved(boxMesh([x * 0.08, y + 0.5, z + 0.2]), [-x * 0.07, 0, z])),
      paint(COLORS.red, moved(boxMesh([x * 0.44, y + 0.6, z + 0.2]), [-x * 0.57, 0, z])),
      paint(COLORS.gold, moved(boxMesh([x * 0.3, y * 0.4, 0.3]), [-x * 0.57, 0, 2 * z + 0.4])),
    ],
    half,
    { grams: vary(80, 120) },
  );
};

/** The outline of a slice: straight sides and two humps. */
const slice = (x: number, y: number): [number, number][] =>
  smoothCurve(
    [
      xy(-x * 0.86, -y),
      xy(x * 0.86, -y),
      xy(x * 0.9, -y * 0.8),
      xy(x * 0.84, y * 0.1),
      xy(x, y * 0.55),
      xy(x * 0.7, y),
      xy(0, y * 0.9),
      xy(-x * 0.7, y),
      xy(-x, y * 0.55),
      xy(-x * 0.84, y * 0.1),
      xy(-x * 0.9, -y * 0.8),
    ],
    { closed: true, steps: 2 },
  );

/** A thick slice of white bread, lying. */
export const sliceOfBread: Kind = (look, vary) => {
  const [x, y, h] = [vary(27, 29.5), vary(28, 33), vary(18, 22)];
  const inner = slice(x - 3.5, y - 3.5);
  return {
    visuals: [
      paint(CRUST, extrudeMesh(slice(x, y), h - 0.6)),
      paint(textured('noise', [look.color, shade(look.color, 0.92)], { repeats: 16 }), moved(extrudeMesh(inner, 0.8), [0, 0, h - 0.8])),
    ],
    shapes: [boxShape([x * 0.88, y * 0.97, h / 2], [0, 0, h / 2]), boxShape([x * 0.98, y * 0.22, h / 2], [0, y * 0.55, h / 2])],
    grams: vary(30, 50),
    grips: [...fromAbove({ top: h, closing: 0, y: -y * 0.2 }), ...(y <= 30 ? fromAbove({ top: h }) : [])],
    places: [{ kind: 'on', position: [0, 0, h], extent: [x * 0.6, y * 0.6], depth: 0 }],
  };
};

/** A whole loaf with cuts across its back. */
export const loaf: Kind = (look, vary) => {
  const [x, y, h] = [vary(42, 50), vary(23, 27), vary(38, 44)];
  const section = smoothCurve(
    [
      xy(-y * 0.85, 0),
      xy(y * 0.85, 0),
      xy(y * 0.9, h * 0.35),
      xy(y, h * 0.6),
      xy(y * 0.62, h * 0.95),
      xy(0, h),
      xy(-y * 0.62, h * 0.95),
      xy(-y, h * 0.6),
      xy(-y * 0.9, h * 0.35),
    ],
    { closed: true, steps: 2 },
  );
  const lowest = Math.min(...section.map(([, z]) => z));
  const body = moved(extrudeMesh(section, 2 * x, { bevel: 5 }), [-x, 0, -lowest], [90, 0, 90]);
  const cut = (at: number) => moved(ellipsoidMesh([3.2, y * 0.6, 2.2], 8), [x * at, 0, h - lowest - 1], [0, 0, 25]);
  return {
    visuals: [
      paint(textured('noise', [look.color, shade(look.color, 0.85)], { repeats: 4 }), body),
      paint(CRUMB, ...[-0.6, -0.2, 0.2, 0.6].map(cut)),
    ],
    shapes: [boxShape([x, y * 0.99, h * 0.4], [0, 0, h * 0.4]), boxShape([x * 0.96, y * 0.7, h * 0.5], [0, 0, h * 0.5])],
    grams: vary(120, 220),
    grips: fromAbove({ top: h }),
  };
};
