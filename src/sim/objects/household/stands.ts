/** Racks, shelves and other things that hold things up. */
import type { Vec3 } from '../../../robot/vectors.ts';
import { cos, sin } from '../../../tensor/portable-math.ts';
import type { Material } from '../../material.ts';
import { transformMesh } from '../../meshes/edit.ts';
import { extrudeMesh } from '../../meshes/extrude.ts';
import { latheMesh } from '../../meshes/lathe.ts';
import { sphereMesh } from '../../meshes/solids.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import type { ObjectModel, Shape } from '../model.ts';
import { block, boxShape, felt, fixture, floorShapes, link, type Piece, panel, seen } from './build.ts';
import { surface } from './containers.ts';
import { plain } from './materials.ts';

/** A rack for bottles that lie, with a slatted top for what stands. */
export function wineRack(wood: Material): ObjectModel {
  const [a, b, height, leg] = [0.08, 0.13, 0.12, 0.008];
  const board = (low: Vec3, high: Vec3): Piece => block(low, high, wood, { density: 5, bevel: 0.001 });
  const slats = [0, 1, 2, 3, 4].map((i) => {
    const x = -a + (i * (2 * a - 0.024)) / 4;
    return panel([x, -b + leg, height - 0.01], [x + 0.024, b - leg, height], wood, { density: 5, bevel: 0.001 });
  });
  const rails = [-b, b - leg];
  const body = link(
    2,
    ...rails.map((y) => board([-a, y, 0], [a, y + leg, height + 0.02])),
    ...slats,
    felt(boxShape([-a, -b + leg, height - 0.01], [a, b - leg, height])),
    ...[-a + 0.004, a - 0.016].map((x) => seen(transformMesh(scallops(b - leg), { position: [x, 0, 0.012], rotation: ACROSS }), wood)),
    felt(
      boxShape([-a + 0.004, -b + leg, 0.012], [-a + 0.016, b - leg, 0.03]),
      boxShape([a - 0.016, -b + leg, 0.012], [a - 0.004, b - leg, 0.03]),
    ),
  );
  return fixture({ noun: 'rack', adjectives: ['wine'], fixed: true, body, places: [surface(0, 0, height, 0.055, 0.095)] });
}

/** Turns what is drawn in x and y so that x is y, y is z, and the thickness is along x. */
const ACROSS = [0, 0, 1, 1, 0, 0, 0, 1, 0] as const;

/** A board with three round hollows in its upper edge. */
function scallops(half: number) {
  const [height, radius] = [0.05, 0.034];
  const middles = [1, 0, -1].map((i) => (i * 2 * half) / 3);
  const hollows = middles.flatMap((x) =>
    Array.from({ length: 9 }, (_, i): [number, number] => [x + radius * cos((i * Math.PI) / 8), height - radius * sin((i * Math.PI) / 8)]),
  );
  return extrudeMesh([[-half, 0], [half, 0], [half, height], ...hollows, [-half, height]], 0.012);
}

/** A shelf with a compartment that is open to the front. Places: on top, and in the compartment. */
export function shelf(wood: Material): ObjectModel {
  const [a, b, height, thick] = [0.09, 0.15, 0.2, 0.012];
  const board = (low: Vec3, high: Vec3): Piece => block(low, high, wood, { density: 4, bevel: 0.001 });
  const body = link(
    3,
    board([-a, -b, 0], [a, -b + thick, height - thick]),
    board([-a, b - thick, 0], [a, b, height - thick]),
    board([-a, -b, height - thick], [a, b, height]),
    board([-a, -b + thick, 0.01], [a, b - thick, 0.01 + thick]),
    board([a - 0.006, -b + thick, 0.01 + thick], [a, b - thick, height - thick]),
  );
  const places = [surface(0, 0, height, 0.065, 0.12), surface(-0.005, 0, 0.01 + thick, 0.06, 0.11)];
  return fixture({ noun: 'shelf', adjectives: ['wooden'], fixed: true, body, places });
}

/** A pole with four pegs to hang mugs on. */
export function mugTree(wood: Material): ObjectModel {
  const [base, pole, height] = [0.065, 0.009, 0.26];
  const radius = 0.0055;
  const pegs = [0, 1, 2, 3].map((i) => {
    const [angle, z] = [(i * Math.PI) / 2, i % 2 === 0 ? 0.2 : 0.14];
    const [length, rise] = [0.075, 0.045];
    const from: Vec3 = [0, 0, z];
    const to: Vec3 = [length * cos(angle), length * sin(angle), z + rise];
    return { from, to };
  });
  const body = link(
    1,
    seen(
      latheMesh(
        [
          [0, 0],
          [base, 0],
          [base, 0.012],
          [base - 0.006, 0.018],
          [pole + 0.006, 0.02],
          [pole, 0.03],
          [pole, height - 0.005],
          [pole - 0.004, height],
          [0, height],
        ],
        { segments: 24 },
      ),
      wood,
    ),
    seen(transformMesh(sphereMesh(0.014, 12), { position: [0, 0, height - 0.002] }), wood),
    ...pegs.map(({ from, to }) => seen(tubeMesh([from, to], radius, 8), wood)),
    ...pegs.map(({ to }) => seen(transformMesh(sphereMesh(radius + 0.002, 8), { position: to }), wood)),
    felt(...floorShapes({ radius: base, height: 0.018 }), {
      type: 'cylinder',
      size: [pole, height / 2 + 0.004],
      position: [0, 0, height / 2 + 0.004],
    }),
    felt(...pegs.map(({ from, to }) => rod(from, to, radius))),
  );
  return fixture({ noun: 'tree', adjectives: ['mug'], fixed: true, body });
}

/** A capsule from one point to another, with a round end at the second. */
function rod(from: Vec3, to: Vec3, radius: number): Shape {
  const [dx, dy, dz] = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
  const length = Math.sqrt(dx * dx + dy * dy + dz * dz);
  const flat = Math.sqrt(dx * dx + dy * dy);
  // Half the turn from z to the direction, about the horizontal across it
  const [c, s] = [Math.sqrt((1 + dz / length) / 2), Math.sqrt((1 - dz / length) / 2)];
  return {
    type: 'capsule',
    size: [radius, length / 2],
    position: [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2, (from[2] + to[2]) / 2],
    quaternion: [c, (-dy / flat) * s, (dx / flat) * s, 0],
  };
}

/** Scales for the kitchen, with a flat plate to put things on. */
export function scales(): ObjectModel {
  const [a, b, height] = [0.09, 0.075, 0.022];
  const body = link(
    0.6,
    block([-a, -b, 0], [a, b, height - 0.006], plain(0.93, 0.93, 0.92), { bevel: 0.003 }),
    block([-a + 0.045, -b + 0.006, height - 0.006], [a - 0.006, b - 0.006, height], plain(0.42, 0.44, 0.47), { bevel: 0.002 }),
    panel([-a + 0.01, -0.032, height - 0.006], [-a + 0.036, 0.032, height - 0.0054], plain(0.16, 0.25, 0.2)),
    ...[-0.06, 0.046].map((y) => panel([-a + 0.016, y, height - 0.006], [-a + 0.03, y + 0.014, height - 0.005], plain(0.85, 0.3, 0.2))),
  );
  return fixture({ noun: 'scales', adjectives: ['kitchen'], fixed: true, body, places: [surface(0.0195, 0, height, 0.05, 0.055)] });
}
