/** Toy vehicles, which drive to the right (x). */
import type { Vec3 } from '../../../robot/vectors.ts';
import type { Mesh } from '../../mesh.ts';
import { smoothCurve } from '../../meshes/curve.ts';
import { displaceMesh } from '../../meshes/edit.ts';
import { extrudeMesh } from '../../meshes/extrude.ts';
import { latheMesh } from '../../meshes/lathe.ts';
import { boxMesh, coneMesh, cylinderMesh, ellipsoidMesh, sphereMesh } from '../../meshes/solids.ts';
import { boxShape, capsuleShape, cylinderShape, fromAbove, fromSide, type Kind, moved, paint, ringOf, rz, xy } from '../draft.ts';
import { COLORS, shade } from '../look.ts';

const GLASS = [0.68, 0.84, 0.95] as const;

/** A wheel across x, and its bright hub. */
const wheel = (x: number, y: number, r: number, half = 3.5): Mesh => moved(cylinderMesh(r, half, { segments: 12 }), [x, y, r], [90, 0, 0]);
const hub = (x: number, y: number, r: number, half = 3.5): Mesh =>
  moved(cylinderMesh(r * 0.45, half + 0.4, { segments: 8 }), [x, y, r], [90, 0, 0]);

/** Wheels and hubs at these places along x on both sides. */
function wheels(xs: readonly number[], y: number, r: number): [Mesh[], Mesh[]] {
  const places = xs.flatMap((x) => [-y, y].map((side) => [x, side] as const));
  return [places.map(([x, side]) => wheel(x, side, r)), places.map(([x, side]) => hub(x, side, r))];
}

/** Seen from the side (x and z), so wide along y. */
const profile = (outline: readonly (readonly [number, number])[], halfWidth: number, bevel = 0): Mesh =>
  moved(extrudeMesh(outline, 2 * halfWidth, { bevel }), [0, halfWidth, 0], [90, 0, 0]);

/** A saloon. */
export const toyCar: Kind = (look, vary) => {
  const [x, y] = [vary(38, 44), vary(17, 20)];
  const r = vary(8.5, 10);
  const [deck, roof] = [r + vary(14, 16), r + vary(28, 32)];
  const body = [
    xy(-x, r * 0.7),
    xy(x, r * 0.7),
    xy(x, deck - 5),
    xy(x * 0.86, deck - 1),
    xy(x * 0.45, deck),
    xy(-x * 0.9, deck),
    xy(-x, deck - 3),
  ];
  const cabin = [xy(-x * 0.68, deck - 1), xy(x * 0.46, deck - 1), xy(x * 0.16, roof), xy(-x * 0.48, roof)];
  const glass = [xy(-x * 0.6, deck + 1), xy(x * 0.36, deck + 1), xy(x * 0.13, roof - 2.5), xy(-x * 0.45, roof - 2.5)];
  const [tyres, hubs] = wheels([-x * 0.58, x * 0.58], y - 2, r);
  return {
    visuals: [
      paint(look.main, profile(body, y, 2), profile(cabin, y - 3, 1.5)),
      paint(
        GLASS,
        profile(glass, y - 2.7),
        moved(boxMesh([0.5, y * 0.68, (roof - deck) * 0.5]), [x * 0.335, 0, (roof + deck) / 2], [0, -36, 0]),
      ),
      paint(COLORS.black, ...tyres, moved(boxMesh([1, y * 0.6, 2]), [x, 0, r + 2])),
      paint(COLORS.silver, ...hubs),
      paint(
        [1, 0.93, 0.6],
        ...[-1, 1].map((side) => moved(sphereMesh(3.2, 8), [x - 0.6, side * y * 0.66, deck - 7.5], [0, 0, 0], [0.5, 1, 1])),
      ),
      paint(COLORS.red, ...[-1, 1].map((side) => moved(boxMesh([0.6, 3, 2]), [-x, side * y * 0.66, deck - 6]))),
    ],
    shapes: [
      boxShape([x, y, (deck - r * 0.7) / 2], [0, 0, (deck + r * 0.7) / 2]),
      boxShape([x * 0.45, y - 3, (roof - deck) / 2], [-x * 0.14, 0, (roof + deck) / 2]),
      ...[-0.58, 0.58].map((at) => boxShape([r * 0.6, y + 1, r * 0.5], [x * at, 0, r * 0.5])),
    ],
    grams: vary(80, 160),
    grips: fromAbove({ top: roof, depth: (roof - deck) * 0.7, x: -x * 0.14 }),
  };
};

/** A steam engine. */
export const toyTrain: Kind = (look, vary) => {
  const [x, y] = [vary(40, 46), vary(16, 19)];
  const [r, boiler] = [vary(8, 9.5), vary(14, 16)];
  const floor = 2 * r - 2;
  const roof = floor + boiler * 2 + 12;
  const [tyres, hubs] = wheels([-x * 0.66, -x * 0.1, x * 0.46], y - 3, r);
  return {
    visuals: [
      paint(
        look.main,
        moved(cylinderMesh(boiler, x * 0.62, { segments: 14 }), [x * 0.3, 0, floor + boiler], [0, 90, 0]),
        moved(boxMesh([x * 0.3, y, boiler + 2]), [-x * 0.66, 0, floor + boiler + 2]),
      ),
      paint(
        COLORS.black,
        moved(boxMesh([x, y * 0.8, 3]), [0, 0, floor]),
        ...tyres,
        moved(latheMesh([rz(0, 0), rz(4.5, 0), rz(4.5, 12), rz(7, 17), rz(0, 17)], { segments: 10 }), [
          x * 0.66,
          0,
          floor + 2 * boiler - 2,
        ]),
      ),
      paint(
        COLORS.red,
        ...hubs,
        moved(boxMesh([x * 0.34, y + 1, 2]), [-x * 0.66, 0, roof]),
        moved(coneMesh(y * 0.85, 9, { segments: 4 }), [x - 3, 0, floor - 1], [0, 90, 0], [0.55, 1, 1]),
      ),
      paint(
        COLORS.gold,
        moved(cylinderMesh(boiler + 0.7, 1.6, { segments: 14 }), [x * 0.1, 0, floor + boiler], [0, 90, 0]),
        moved(cylinderMesh(boiler + 0.7, 1.6, { segments: 14 }), [x * 0.6, 0, floor + boiler], [0, 90, 0]),
        moved(sphereMesh(5, 8), [x * 0.24, 0, floor + 2 * boiler]),
        moved(cylinderMesh(5, 1.5, { segments: 10 }), [x * 0.94, 0, floor + boiler], [0, 90, 0]),
      ),
      paint(GLASS, ...[-1, 1].map((side) => moved(boxMesh([x * 0.17, 0.5, boiler * 0.42]), [-x * 0.66, side * y, floor + boiler * 1.5]))),
    ],
    shapes: [
      boxShape([x + 3, y, floor / 2 + 1], [3, 0, floor / 2 + 1]),
      boxShape([x * 0.62, boiler * 0.97, boiler], [x * 0.3, 0, floor + boiler]),
      boxShape([x * 0.34, y, (roof - floor) / 2 + 1], [-x * 0.66, 0, (roof + floor) / 2 + 1]),
      cylinderShape(6, floor + 2 * boiler, floor + 2 * boiler + 15, [x * 0.66, 0]),
    ],
    grams: vary(120, 220),
    grips: [
      ...fromAbove({ top: floor + 2 * boiler + 2, x: x * 0.24, depth: boiler }),
      ...fromAbove({ top: roof + 2, x: -x * 0.66, part: 'cab' }),
    ],
  };
};

/** A propeller plane on its wheels. */
export const toyPlane: Kind = (look, vary) => {
  const [x, r] = [vary(42, 48), vary(11, 13)];
  const span = vary(44, 52);
  const z = r + 9;
  const hull = smoothCurve([
    rz(0, -x),
    rz(r * 0.35, -x * 0.96),
    rz(r * 0.75, -x * 0.3),
    rz(r, x * 0.3),
    rz(r * 0.9, x * 0.8),
    rz(r * 0.4, x),
    rz(0, x),
  ]);
  const wing = (chord: number, half: number, at: Vec3): Mesh => moved(ellipsoidMesh([chord, half, 2.4], 10), at);
  return {
    visuals: [
      paint(look.main, moved(latheMesh(hull, { segments: 10, smoothAngle: 1 }), [0, 0, z], [0, 90, 0])),
      paint(
        look.accent,
        wing(12, span, [x * 0.28, 0, z + 2]),
        wing(7, 18, [-x * 0.86, 0, z + 3]),
        profile([xy(-x * 0.98, z), xy(-x * 0.62, z), xy(-x * 0.86, z + 19), xy(-x * 1.02, z + 19)], 1.5),
      ),
      paint(GLASS, moved(ellipsoidMesh([10, 6.5, 7], 8), [x * 0.22, 0, z + r * 0.8])),
      paint(
        COLORS.black,
        ...[-1, 1].map((side) => wheel(x * 0.42, side * 12, 6, 2)),
        wheel(-x * 0.78, 0, 4, 1.5),
        moved(boxMesh([1, 1.8, 15]), [x + 3, 0, z], [25, 0, 0]),
      ),
      paint(
        COLORS.grey,
        ...[-1, 1].map((side) => moved(boxMesh([1.5, 1.5, 6]), [x * 0.42, side * 10, 10], [side * 15, 0, 0])),
        moved(boxMesh([1.2, 1.2, (z - 6) / 2]), [-x * 0.78, 0, (z + 4) / 2]),
      ),
      paint(COLORS.red, moved(sphereMesh(4, 6), [x + 2.5, 0, z])),
    ],
    shapes: [
      capsuleShape(r * 0.92, x * 0.5, [x * 0.4, 0, z], [0, 90, 0]),
      boxShape([x * 0.35, r * 0.58, r * 0.6], [-x * 0.62, 0, z]),
      boxShape([11, span, 2], [x * 0.28, 0, z + 2]),
      boxShape([5, 14, 5], [x * 0.42, 0, 5]),
      boxShape([3, 2, z / 2], [-x * 0.78, 0, z / 2]),
      boxShape([x * 0.16, 1.5, 9], [-x * 0.86, 0, z + 10]),
    ],
    grams: vary(60, 120),
    grips: fromAbove({ top: z + 8, x: -x * 0.35 }),
  };
};

/** A steamer with a cabin and a funnel. */
export const toyBoat: Kind = (look, vary) => {
  const [x, y, deck] = [vary(42, 50), vary(18, 21), vary(20, 24)];
  const outline = [
    xy(-x, -y * 0.8),
    xy(-x * 0.6, -y),
    xy(x * 0.35, -y),
    xy(x * 0.75, -y * 0.55),
    xy(x, 0),
    xy(x * 0.75, y * 0.55),
    xy(x * 0.35, y),
    xy(-x * 0.6, y),
    xy(-x, y * 0.8),
  ];
  const hull = (low: number, high: number, grow: number): Mesh =>
    moved(
      displaceMesh(extrudeMesh(outline, high - low), ([px, py, pz]) => {
        const share = 0.72 + 0.28 * ((pz + low) / deck);
        return [px * share + grow * Math.sign(px), py * share + grow * Math.sign(py), pz];
      }),
      [0, 0, low],
    );
  const cabin = deck + 14;
  return {
    visuals: [
      paint(shade(COLORS.red, 0.85), hull(0, deck * 0.35, 0)),
      paint(look.main, hull(deck * 0.35, deck, 0)),
      paint(
        COLORS.white,
        moved(boxMesh([x * 0.36, y * 0.62, 7]), [-x * 0.2, 0, deck + 7]),
        moved(boxMesh([x * 0.18, y * 0.5, 6]), [-x * 0.06, 0, cabin + 6]),
        moved(extrudeMesh(outline, 1.2), [0, 0, deck - 0.2], [0, 0, 0], [0.94, 0.9, 1]),
      ),
      paint(
        GLASS,
        ...[-0.45, -0.2, 0.05].flatMap((at) =>
          [-1, 1].map((side) => moved(cylinderMesh(3, 0.5, { segments: 8 }), [x * at, side * y * 0.62, deck + 8], [90, 0, 0])),
        ),
        moved(boxMesh([0.5, y * 0.4, 3]), [x * 0.12, 0, cabin + 7]),
      ),
      paint(COLORS.red, moved(cylinderMesh(6, 10, { segments: 12 }), [-x * 0.36, 0, cabin + 8])),
      paint(COLORS.black, moved(cylinderMesh(6.2, 2.5, { segments: 12 }), [-x * 0.36, 0, cabin + 18])),
    ],
    shapes: [
      boxShape([x * 0.78, y * 0.94, deck / 2], [-x * 0.16, 0, deck / 2]),
      boxShape([x * 0.22, y * 0.45, deck * 0.3], [x * 0.76, 0, deck * 0.7]),
      boxShape([x * 0.36, y * 0.62, 7], [-x * 0.2, 0, deck + 7]),
      boxShape([x * 0.27, 7, 10], [-x * 0.2, 0, cabin + 10]),
    ],
    grams: vary(100, 180),
    grips: [...fromAbove({ top: deck + 14, x: -x * 0.2, depth: 1, part: 'cabin' }), ...fromAbove({ top: deck + 2, x: x * 0.25 })],
  };
};

/** Ready to start, on its fins. */
export const rocket: Kind = (look, vary) => {
  const [r, h] = [vary(16, 19), vary(100, 118)];
  const [low, shoulder] = [14, h * 0.62];
  const body = [rz(0, low), rz(r * 0.7, low), ...smoothCurve([rz(r * 0.72, low), rz(r, h * 0.36), rz(r * 0.9, shoulder)])];
  const nose = smoothCurve([rz(r * 0.9, shoulder), rz(r * 0.55, h * 0.85), rz(0, h)]);
  const fin = extrudeMesh([xy(r * 0.6, h * 0.34), xy(r * 0.6, low), xy(r * 1.35, 0), xy(r * 1.6, 0), xy(r * 1.5, h * 0.16)], 4);
  const fins = ringOf(moved(fin, [0, 2, 0], [90, 0, 0]), 4, 45);
  const place = r * 1.12;
  return {
    visuals: [
      paint(look.main, latheMesh(body, { segments: 16 })),
      paint(COLORS.red, latheMesh(nose, { segments: 16 }), ...fins),
      paint(COLORS.grey, moved(latheMesh([rz(0, 0), rz(r * 0.6, 0), rz(r * 0.4, 9)], { segments: 12 }), [0, 0, low - 8])),
      paint(COLORS.silver, moved(cylinderMesh(r * 0.5, 2, { segments: 14 }), [0, -r * 0.9, h * 0.46], [90, 0, 0])),
      paint(COLORS.blue, moved(cylinderMesh(r * 0.36, 2.4, { segments: 12 }), [0, -r * 0.9, h * 0.46], [90, 0, 0])),
    ],
    shapes: [
      cylinderShape(r * 0.96, low, shoulder),
      cylinderShape(r * 0.5, shoulder, h - 3),
      boxShape([2, place * 1.4, 9], [0, 0, 9], [0, 0, 45]),
      boxShape([2, place * 1.4, 9], [0, 0, 9], [0, 0, -45]),
    ],
    grams: vary(80, 150),
    grips: [...fromAbove({ top: h * 0.86, depth: h * 0.2, aroundZ: true }), ...fromSide({ z: h * 0.5 })],
  };
};
