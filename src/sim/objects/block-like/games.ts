/** Pieces of games, and blocks to build with. */
import type { Vec3 } from '../../../robot/vectors.ts';
import type { Mesh } from '../../mesh.ts';
import { boxMesh, cylinderMesh } from '../../meshes/solids.ts';
import { boxShape, type Kind, moved, paint, xy } from '../draft.ts';
import { COLORS, PINE, shade, textured } from '../look.ts';
import { block, type Face, onFace, panel, standing } from './block.ts';

const SIDES: readonly Face[] = ['front', 'right', 'back', 'left', 'top'];

/** A plain cube. */
export const cube: Kind = (look, vary) => {
  const side = vary(18, 26);
  return block([paint(look.main, standing([side, side, side], 1.5))], [side, side, side], { grams: vary(50, 140) });
};

const disc = (r: number): Mesh => cylinderMesh(r, 0.4, { segments: 8 });

/** Where the pips of a number are, in shares of the half side. */
const PIPS: readonly (readonly (readonly [number, number])[])[] = [
  [],
  [xy(0, 0)],
  [xy(-1, 1), xy(1, -1)],
  [xy(-1, 1), xy(0, 0), xy(1, -1)],
  [xy(-1, 1), xy(1, 1), xy(-1, -1), xy(1, -1)],
  [xy(-1, 1), xy(1, 1), xy(-1, -1), xy(1, -1), xy(0, 0)],
  [xy(-1, 1), xy(1, 1), xy(-1, -1), xy(1, -1), xy(-1, 0), xy(1, 0)],
];

/** A die; opposite sides have seven pips together. */
export const die: Kind = (look, vary) => {
  const side = vary(15, 23);
  const half: Vec3 = [side, side, side];
  const pips = (
    [
      ['top', 5],
      ['front', 1],
      ['right', 3],
      ['back', 6],
      ['left', 4],
    ] as const
  ).flatMap(([face, number]) =>
    (PIPS[number] as readonly (readonly [number, number])[]).map(([x, y]) =>
      onFace(face, half, disc(side * (number === 1 ? 0.25 : 0.17)), [x * side * 0.5, y * side * 0.5]),
    ),
  );
  return block([paint(look.main, standing(half, 3)), paint(look.color === COLORS.white ? COLORS.black : COLORS.white, ...pips)], half, {
    grams: vary(30, 90),
  });
};

/** Two numbers of pips with a line between them. */
export const domino: Kind = (look, vary) => {
  const half: Vec3 = [vary(30, 36), vary(15, 18), vary(9, 11)];
  const [x, y] = half;
  const pips = [3, 5].flatMap((number, i) =>
    (PIPS[number] as readonly (readonly [number, number])[]).map(([u, v]) =>
      onFace('top', half, disc(y * 0.17), [(i - 0.5) * x + u * y * 0.5, v * y * 0.5]),
    ),
  );
  return block(
    [paint(look.main, standing(half, 2)), paint(look.accent, ...pips, onFace('top', half, boxMesh([0.9, y * 0.8, 0.4])))],
    half,
    { grams: vary(40, 90) },
  );
};

/** Cards in their box: a pattern on top, white edges. */
export const deckOfCards: Kind = (look, vary) => {
  const half: Vec3 = [vary(31, 36), vary(21, 25), vary(9.5, 12)];
  const [x, y, z] = half;
  return block(
    [
      paint(COLORS.white, standing([x, y, z - 0.2])),
      paint(
        textured('stripes', [COLORS.white, shade(COLORS.grey, 1.5)], { repeats: 6 }),
        ...(['front', 'right', 'left', 'back'] as const).map((face) =>
          panel(face, half, [face === 'front' || face === 'back' ? x : y, z * 0.98], [0, 0], 0.1),
        ),
      ),
      paint(look.color, panel('top', half, [x - 2.5, y - 2.5], [0, 0], -0.1)),
      paint(textured('zigzag', [look.color, COLORS.white], { repeats: 3 }), panel('top', half, [x - 6, y - 6], [0, 0], 0.15)),
      paint(COLORS.white, onFace('top', half, moved(cylinderMesh(y * 0.3, 0.3, { segments: 12 }), [0, 0, 0.2]))),
    ],
    half,
    { grams: vary(70, 110) },
  );
};

/** Nine stickers of six colours on each side, in disorder. */
export const puzzleCube: Kind = (look, vary) => {
  const side = vary(25, 29);
  const half: Vec3 = [side, side, side];
  const colors = [COLORS.red, COLORS.white, COLORS.blue, COLORS.yellow, COLORS.green, COLORS.orange];
  const stickers = SIDES.flatMap((face, f) =>
    [-1, 0, 1].flatMap((x) =>
      [-1, 0, 1].map((y) => ({
        color: (2 * f + 3 * (x + 1) + (x + 2) * (y + 1) * (f + 1)) % 6,
        mesh: panel(face, half, [side * 0.29, side * 0.29], [x * side * 0.64, y * side * 0.64]),
      })),
    ),
  );
  return block(
    [
      paint(look.color, standing(half, 1.5)),
      ...colors.map((color, i) => paint(color, ...stickers.filter((sticker) => sticker.color === i).map(({ mesh }) => mesh))),
    ],
    half,
    { grams: vary(70, 110) },
  );
};

/** A building brick with two rows of four studs. */
export const toyBrick: Kind = (look, vary) => {
  const unit = vary(8, 9.5);
  const half: Vec3 = [4 * unit, 2 * unit, vary(10, 14)];
  const z = half[2];
  const studs = [-3, -1, 1, 3].flatMap((x) =>
    [-1, 1].map((y) => moved(cylinderMesh(unit * 0.6, 2.2, { segments: 10 }), [x * unit, y * unit, 2 * z + 2.2])),
  );
  return block([paint(look.main, standing(half, 0.8)), paint(shade(look.color, 1.1), ...studs)], half, {
    grams: vary(30, 60),
    flat: false,
    more: [boxShape([3.6 * unit, 1.6 * unit, 2.2], [0, 0, 2 * z + 2.2])],
  });
};

/** Painted wood with a letter on each side. */
export const alphabetBlock: Kind = (look, vary) => {
  const side = vary(21, 26);
  const half: Vec3 = [side, side, side];
  const stroke = (length: number, at: readonly [number, number], angle: number): Mesh =>
    moved(boxMesh([2.2, length, 0.5]), [at[0], at[1], 0], [0, 0, angle]);
  const s = side * 0.55;
  const letters: Record<string, readonly Mesh[]> = {
    A: [stroke(s * 1.05, [-s * 0.42, 0], -22), stroke(s * 1.05, [s * 0.42, 0], 22), stroke(s * 0.42, [0, -s * 0.3], 90)],
    H: [stroke(s, [-s * 0.6, 0], 0), stroke(s, [s * 0.6, 0], 0), stroke(s * 0.6, [0, 0], 90)],
    T: [stroke(s, [0, 0], 0), stroke(s * 0.75, [0, s * 0.9], 90)],
  };
  const write = (face: Face, letter: string): Mesh[] =>
    (letters[letter] as Mesh[]).map((mesh) => onFace(face, half, moved(mesh, [0, 0, 0.6])));
  return block(
    [
      paint(PINE, standing(half, 1)),
      paint(look.color, ...SIDES.flatMap((face) => [panel(face, half, [side * 0.86, side * 0.86])])),
      paint([0.97, 0.9, 0.75], ...SIDES.map((face) => panel(face, half, [side * 0.74, side * 0.74], [0, 0], 0.5))),
      paint(COLORS.blue, ...write('front', 'A')),
      paint(COLORS.green, ...write('right', 'H'), ...write('back', 'T')),
      paint(COLORS.red, ...write('top', 'T'), ...write('left', 'A')),
    ],
    half,
    { grams: vary(60, 120) },
  );
};
