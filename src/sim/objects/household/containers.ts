/** Boxes without lids: baskets, trays, boxes for shoes, a caddy for a desk. And flat things that others are put on. */
import type { Vec3 } from '../../../robot/vectors.ts';
import { cos, sin } from '../../../tensor/portable-math.ts';
import type { Material } from '../../material.ts';
import { transformMesh } from '../../meshes/edit.ts';
import { extrudeMesh } from '../../meshes/extrude.ts';
import { latheMesh } from '../../meshes/lathe.ts';
import { cylinderMesh } from '../../meshes/solids.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import { textured } from '../look.ts';
import type { ObjectModel, Place } from '../model.ts';
import { type BoxOptions, block, boxShape, felt, fixture, floorShapes, graspFrom, link, type Piece, panel, seen } from './build.ts';
import { plain } from './materials.ts';

/** The inside of a box without a lid, and how thick what surrounds it is. Metres. */
interface Crate {
  /** Outer sides along x and y */
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly wall: number;
  readonly floor: number;
}

/** Floor and four walls. */
function crate({ x, y, height, wall, floor }: Crate, material: Material, options?: BoxOptions): Piece[] {
  const [a, b] = [x / 2, y / 2];
  return [
    block([-a, -b, 0], [a, b, floor], material, options),
    block([-a, -b, floor], [-a + wall, b, height], material, options),
    block([a - wall, -b, floor], [a, b, height], material, options),
    block([-a + wall, -b, floor], [a - wall, -b + wall, height], material, options),
    block([-a + wall, b - wall, floor], [a - wall, b, height], material, options),
  ];
}

/** Where something small can be inside. */
const inside = ({ x, y, height, wall, floor }: Crate, margin = 0.02): Place => ({
  kind: 'in',
  position: [0, 0, floor],
  extent: [x / 2 - wall - margin, y / 2 - wall - margin],
  depth: height - floor,
});

/** Both side walls, from above. */
const wallGrasps = ({ y, height, wall }: Crate) =>
  [1, -1].map((side) =>
    graspFrom({
      at: [0, side * (y / 2 - wall / 2), height - 0.01],
      pitch: Math.PI / 2,
      width: wall,
      part: side > 0 ? 'left rim' : 'right rim',
    }),
  );

/** A rounded bar around the top of the walls. */
function rimAround({ x, y, height, wall }: Crate, radius: number, material: Material): Piece {
  const [a, b] = [x / 2 - wall / 2, y / 2 - wall / 2];
  const corner = 0.004;
  const path: Vec3[] = [];
  for (const [sx, sy, from] of [
    [1, 1, 0],
    [-1, 1, 1],
    [-1, -1, 2],
    [1, -1, 3],
  ] as const) {
    for (const step of [0, 1, 2]) {
      const angle = ((from + step / 2) * Math.PI) / 2;
      path.push([sx * (a - corner) + corner * cos(angle), sy * (b - corner) + corner * sin(angle), height - 0.004]);
    }
  }
  return seen(tubeMesh([...path, path[0] as Vec3], radius, 6), material);
}

/** Something woven, open at the top. */
function woven(adjectives: readonly string[], size: Crate, weave: Material, edge: Material, mass: number, lining: readonly Piece[] = []) {
  const body = link(mass, ...crate(size, weave, { density: 14 }), rimAround(size, 0.007, edge), ...lining);
  return fixture({ noun: 'basket', adjectives, body, grasps: wallGrasps(size), places: [inside(size)] });
}

/** A basket for shopping. */
export function basket(weave: Material): ObjectModel {
  return woven([], { x: 0.2, y: 0.26, height: 0.09, wall: 0.008, floor: 0.008 }, weave, plain(0.5, 0.32, 0.16), 0.3);
}

/** A low basket with a cloth in it. */
export function breadBasket(weave: Material): ObjectModel {
  const size = { x: 0.18, y: 0.24, height: 0.055, wall: 0.008, floor: 0.008 };
  const cloth = textured(
    'plaid',
    [
      [0.95, 0.93, 0.88],
      [0.86, 0.35, 0.33],
      [0.72, 0.12, 0.14],
    ],
    { repeats: 3 },
  );
  const lining = panel([-0.08, -0.11, 0.0081], [0.08, 0.11, 0.009], cloth);
  return woven(['bread'], size, weave, plain(0.62, 0.43, 0.22), 0.25, [lining]);
}

/** A wooden tray with holes to carry it by. */
export function tray(wood: Material): ObjectModel {
  const size = { x: 0.22, y: 0.32, height: 0.032, wall: 0.01, floor: 0.008 };
  const hole = plain(0.16, 0.11, 0.08);
  const holes = [1, -1].map((side) => {
    const y = (side * size.y) / 2;
    return panel([-0.03, y - 0.0105 * (1 + side) + 0.0005 * side, 0.014], [0.03, y + 0.0105 * (1 - side) + 0.0005 * side, 0.025], hole);
  });
  const body = link(0.4, ...crate(size, wood, { bevel: 0.001, density: 5 }), ...holes);
  return fixture({ noun: 'tray', body, grasps: wallGrasps(size), places: [{ ...inside(size), kind: 'on', depth: 0 }] });
}

/** A cardboard box for a pair of shoes. */
export function shoeBox(cardboard: Material): ObjectModel {
  const size = { x: 0.26, y: 0.24, height: 0.08, wall: 0.006, floor: 0.006 };
  const band = plain(0.82, 0.25, 0.16);
  const [a, b] = [size.x / 2, size.y / 2];
  const label = panel([-a - 0.0006, 0.02, 0.02], [-a, 0.09, 0.06], plain(0.95, 0.95, 0.93));
  const stripes = [
    panel([-a - 0.0004, -b, 0.064], [-a, b, size.height], band),
    panel([-a, -b - 0.0004, 0.064], [a, -b, size.height], band),
    panel([-a, b, 0.064], [a, b + 0.0004, size.height], band),
  ];
  const body = link(0.25, ...crate(size, cardboard, { density: 6 }), label, ...stripes);
  return fixture({ noun: 'box', adjectives: ['shoe'], body, grasps: wallGrasps(size), places: [inside(size)] });
}

/** For the desk: a tall compartment for a book at the back, two low ones in front of it. Places: back, front left, front right. */
export function caddy(material: Material): ObjectModel {
  const wall = 0.006;
  const [front, partition, back, side, low, high] = [-0.1, 0.03, 0.1, 0.09, 0.055, 0.1];
  const plate = (from: Vec3, to: Vec3): Piece => block(from, to, material, { bevel: 0.001, density: 5 });
  const pieces = [
    plate([front, -side, 0], [back, side, wall]),
    plate([back - wall, -side, wall], [back, side, high]),
    plate([partition - wall, -side + wall, wall], [partition, side - wall, high - 0.015]),
    ...[-side, side - wall].flatMap((y) => [
      plate([front, y, wall], [partition - wall, y + wall, low]),
      plate([partition - wall, y, wall], [back - wall, y + wall, high]),
    ]),
    plate([front, -side + wall, wall], [front + wall, side - wall, low]),
    plate([front + wall, -wall / 2, wall], [partition - wall, wall / 2, low]),
  ];
  const place = (x: readonly [number, number], y: readonly [number, number], height: number, margin: number): Place => ({
    kind: 'in',
    position: [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2, wall],
    extent: [(x[1] - x[0]) / 2 - margin, (y[1] - y[0]) / 2 - margin],
    depth: height - wall,
  });
  const places = [
    place([partition, back - wall], [-side + wall, side - wall], high, 0.012),
    place([front + wall, partition - wall], [wall / 2, side - wall], low, 0.015),
    place([front + wall, partition - wall], [-side + wall, -wall / 2], low, 0.015),
  ];
  return fixture({ noun: 'caddy', adjectives: ['desk'], body: link(0.5, ...pieces), places });
}

/** Something flat and round. */
export function coaster(adjectives: readonly string[], material: Material, edge: Material): ObjectModel {
  const [radius, height] = [0.05, 0.008];
  const body = link(
    0.05,
    seen(
      latheMesh(
        [
          [0, 0],
          [radius, 0],
          [radius, height],
          [radius - 0.005, height],
        ],
        { segments: 24 },
      ),
      edge,
    ),
    seen(roundTop(radius - 0.005, height), material),
    felt(...floorShapes({ radius, height })),
  );
  return fixture({ noun: 'coaster', adjectives, body, places: [surface(0, 0, height, 0.032, 0.032)] });
}

/** A disc that is seen from above, its texture once over it. */
function roundTop(radius: number, z: number) {
  const outline = Array.from({ length: 24 }, (_, i): [number, number] => [
    radius * cos((i * Math.PI) / 12),
    radius * sin((i * Math.PI) / 12),
  ]);
  return transformMesh(extrudeMesh(outline, 0.001), { position: [0, 0, z - 0.001] });
}

/** A flat place to put things on. */
export const surface = (x: number, y: number, z: number, halfX: number, halfY: number): Place => ({
  kind: 'on',
  position: [x, y, z],
  extent: [halfX, halfY],
  depth: 0,
});

/** A thin square of cloth or rubber that marks where something belongs. */
export function mat(adjectives: readonly string[], material: Material, border: Material): ObjectModel {
  const [half, height] = [0.07, 0.004];
  const body = link(
    0.08,
    block([-half, -half, 0], [half, half, height - 0.0005], border),
    panel([-half + 0.008, -half + 0.008, 0.001], [half - 0.008, half - 0.008, height], material),
  );
  return fixture({ noun: 'mat', adjectives, body, places: [surface(0, 0, height, half - 0.015, half - 0.015)] });
}

/** A board with a handle that points away from the robot. */
export function cuttingBoard(wood: Material): ObjectModel {
  const [a, b, height] = [0.09, 0.14, 0.016];
  const outline = [
    ...arc(a - 0.02, b - 0.02, 0.02, 0, 1),
    ...arc(-a + 0.02, b - 0.02, 0.02, 1, 2),
    ...arc(-a + 0.02, -b + 0.02, 0.02, 2, 3),
    ...arc(a - 0.02, -b + 0.02, 0.02, 3, 4),
    [a, -0.025] as const,
    ...arc(a + 0.04, 0, 0.025, 3, 5),
    [a, 0.025] as const,
  ];
  const body = link(
    0.6,
    seen(extrudeMesh(outline, height, { bevel: 0.002 }), wood),
    seen(transformMesh(cylinderMesh(0.011, 0.0005, { segments: 12 }), { position: [a + 0.042, 0, height] }), plain(0.2, 0.13, 0.08)),
    felt(boxShape([-a, -b, 0], [a, b, height]), boxShape([a, -0.025, LIFTED], [a + 0.065, 0.025, height])),
  );
  return fixture({ noun: 'board', adjectives: ['cutting'], body, places: [surface(0, 0, height, 0.065, 0.11)] });
}

/** The handle does not carry the board. */
const LIFTED = 0.001;

/** Points of an arc about a middle, from one quarter turn to another. */
function arc(x: number, y: number, radius: number, from: number, to: number): [number, number][] {
  const steps = 3 * (to - from);
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = ((from + i / 3) * Math.PI) / 2;
    return [x + radius * cos(angle), y + radius * sin(angle)];
  });
}
