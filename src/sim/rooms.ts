/** Rooms: a table, a floor, walls and light. */
import type { Mat3 } from '../robot/rotation.ts';
import { IDENTITY_POSE, type Pose } from '../robot/se3.ts';
import type { Vec3 } from '../robot/vectors.ts';
import type { Material, Rgb } from './material.ts';
import { planeMesh } from './meshes/solids.ts';
import { FLOOR, TABLE } from './mjcf.ts';
import { panel } from './objects/household/build.ts';
import { plain } from './objects/household/materials.ts';
import { textured } from './objects/look.ts';
import type { Visual } from './objects/model.ts';
import type { Light } from './render/types.ts';
import type { Room } from './scene.ts';
import type { Pattern } from './textures.ts';

/** Something of a room to look at. */
export interface RoomVisual {
  readonly visual: Visual;
  /** In the world */
  readonly pose: Pose;
}

/** From the origin to each wall, and from the floor to the ceiling, metres */
const [WALL, CEILING] = [1.9, 2.6];
/** Metres after which the textures of tables, and of floors and walls, repeat */
const TILE = { table: 0.5, room: 0.95 };

/** All of a room that a camera may see. Walls are seen from inside only. */
export function roomVisuals({ table, floor, wall }: Room): RoomVisual[] {
  const repeats = (2 * WALL) / TILE.room;
  return [
    ...[...tableTop(table), ...legs()].map((visual) => ({ visual, pose: IDENTITY_POSE })),
    {
      visual: { mesh: planeMesh(WALL, WALL, [repeats, repeats]), material: floor },
      pose: { position: [0, 0, FLOOR], rotation: IDENTITY_POSE.rotation },
    },
    ...DIRECTIONS.map(([x, y]) => ({
      visual: { mesh: planeMesh(WALL, CEILING / 2, [repeats, CEILING / TILE.room]), material: wall },
      pose: { position: [x * WALL, y * WALL, FLOOR + CEILING / 2] as Vec3, rotation: facing(x, y) },
    })),
  ];
}

/** In front of the robot, to its left, behind it, to its right */
const DIRECTIONS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

/** Turns the plane z = 0 into a wall in this direction: x to the right as seen from inside, y up. */
const facing = (x: number, y: number): Mat3 => [y, 0, -x, -x, 0, -y, 0, 1, 0];

const tableTop = (material: Material): readonly Visual[] =>
  panel([TABLE.x[0], TABLE.y[0], -TABLE.thickness], [TABLE.x[1], TABLE.y[1], 0], material, { bevel: 0.003, density: 1 / TILE.table })
    .visuals;

const legs = (): Visual[] =>
  TABLE.x.flatMap((x) =>
    TABLE.y.flatMap((y) => {
      const [a, b] = [x * 0.93, y * 0.93];
      return panel([a - 0.03, b - 0.03, FLOOR], [a + 0.03, b + 0.03, -TABLE.thickness], plain(0.3, 0.29, 0.28)).visuals;
    }),
  );

/** How a surface looks: made when it is first asked for, since painting takes a while, and always the same object. */
type Surface = () => Material;

function once(make: Surface): Surface {
  let made: Material | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** A pattern of these colours, repeated so often in a tile of it. */
const pattern = (name: Pattern, repeats: number, ...colors: readonly Rgb[]): Surface =>
  once(() => textured(name, colors, { size: 128, repeats }));

const flat = (...color: Rgb): Surface => once(() => plain(...color));

const light = (direction: Vec3, directional: number, ambient: number, temperature: number): Light => ({
  direction,
  directional,
  ambient,
  temperature,
});

const room = (name: string, lamp: Light, table: Surface, floor: Surface, wall: Surface): Room => ({
  name,
  light: lamp,
  get table() {
    return table();
  },
  get floor() {
    return floor();
  },
  get wall() {
    return wall();
  },
});

/** Rooms to train in. */
export const TRAINING_ROOMS: readonly Room[] = [
  room(
    'oak kitchen',
    light([0.4, -0.5, -1], 0.7, 0.45, 5000),
    pattern('wood', 9, [0.72, 0.54, 0.36], [0.6, 0.42, 0.26]),
    pattern('tiles', 4, [0.62, 0.6, 0.57], [0.45, 0.43, 0.41]),
    flat(0.86, 0.83, 0.76),
  ),
  room(
    'white laboratory',
    light([0.2, 0.3, -1], 0.6, 0.5, 6500),
    flat(0.86, 0.87, 0.88),
    pattern('noise', 8, [0.5, 0.53, 0.56], [0.56, 0.59, 0.62]),
    flat(0.78, 0.84, 0.88),
  ),
  room(
    'marble bathroom',
    light([-0.3, -0.5, -1], 0.65, 0.45, 7000),
    pattern('marble', 2, [0.9, 0.89, 0.88], [0.62, 0.62, 0.64]),
    pattern('checks', 4, [0.75, 0.75, 0.74], [0.3, 0.31, 0.33]),
    pattern('tiles', 4, [0.8, 0.87, 0.86], [0.62, 0.7, 0.7]),
  ),
  room(
    'checked tablecloth',
    light([0.5, 0.4, -1], 0.7, 0.45, 4800),
    pattern('checks', 8, [0.86, 0.85, 0.81], [0.55, 0.65, 0.75]),
    pattern('wood', 9, [0.55, 0.38, 0.24], [0.42, 0.28, 0.17]),
    flat(0.9, 0.86, 0.7),
  ),
  room(
    'walnut study',
    light([0.3, -0.7, -1], 0.8, 0.45, 4600),
    pattern('wood', 9, [0.42, 0.28, 0.19], [0.31, 0.19, 0.12]),
    pattern('cloth', 12, [0.45, 0.2, 0.18], [0.55, 0.28, 0.24]),
    flat(0.52, 0.58, 0.5),
  ),
  room(
    'grey workshop',
    light([-0.2, 0.2, -1], 0.75, 0.45, 6000),
    pattern('noise', 12, [0.46, 0.47, 0.48], [0.54, 0.55, 0.56]),
    pattern('noise', 8, [0.38, 0.38, 0.37], [0.47, 0.46, 0.45]),
    pattern('bricks', 4, [0.74, 0.73, 0.71], [0.6, 0.59, 0.57]),
  ),
  room(
    'linen tablecloth',
    light([0.6, 0.1, -1], 0.65, 0.5, 5500),
    pattern('cloth', 48, [0.62, 0.6, 0.53], [0.74, 0.71, 0.63]),
    pattern('wood', 9, [0.76, 0.62, 0.45], [0.66, 0.51, 0.34]),
    pattern('stripes', 4, [0.83, 0.8, 0.74], [0.76, 0.72, 0.68]),
  ),
  room(
    'bamboo canteen',
    light([-0.5, 0.4, -1], 0.7, 0.45, 4800),
    pattern('wood', 14, [0.85, 0.74, 0.52], [0.76, 0.63, 0.42]),
    pattern('speckles', 40, [0.35, 0.42, 0.4], [0.55, 0.6, 0.57]),
    flat(0.6, 0.7, 0.74),
  ),
];

/** Rooms that training never sees. */
export const HELD_OUT_ROOMS: readonly Room[] = [
  room(
    'green baize',
    light([0.2, -0.3, -1], 0.8, 0.4, 4300),
    pattern('noise', 24, [0.16, 0.36, 0.24], [0.2, 0.43, 0.28]),
    pattern('plaid', 2, [0.3, 0.22, 0.2], [0.42, 0.3, 0.24], [0.55, 0.42, 0.3]),
    pattern('wood', 9, [0.5, 0.33, 0.22], [0.4, 0.26, 0.17]),
  ),
  room(
    'terrazzo counter',
    light([-0.4, -0.4, -1], 0.75, 0.45, 6200),
    pattern('speckles', 120, [0.3, 0.3, 0.31], [0.66, 0.64, 0.62]),
    pattern('bricks', 4, [0.6, 0.36, 0.27], [0.72, 0.68, 0.63]),
    pattern('checks', 4, [0.88, 0.88, 0.84], [0.7, 0.78, 0.72]),
  ),
  room(
    'tartan tablecloth',
    light([0.4, 0.6, -1], 0.65, 0.45, 4700),
    pattern('plaid', 3, [0.8, 0.76, 0.66], [0.6, 0.3, 0.28], [0.4, 0.16, 0.18]),
    pattern('cork', 90, [0.7, 0.55, 0.38], [0.45, 0.32, 0.2]),
    flat(0.45, 0.55, 0.65),
  ),
  room(
    'blue tiles',
    light([0.1, 0.5, -1], 0.7, 0.45, 7500),
    pattern('tiles', 4, [0.4, 0.55, 0.68], [0.82, 0.83, 0.82]),
    flat(0.55, 0.5, 0.42),
    pattern('zigzag', 4, [0.86, 0.83, 0.76], [0.74, 0.64, 0.55]),
  ),
  room(
    'cork board',
    light([-0.6, 0.2, -1], 0.7, 0.45, 5200),
    pattern('cork', 90, [0.76, 0.6, 0.42], [0.5, 0.36, 0.23]),
    pattern('tiles', 4, [0.4, 0.3, 0.27], [0.6, 0.55, 0.5]),
    pattern('dots', 3, [0.8, 0.72, 0.72], [0.68, 0.5, 0.55]),
  ),
  room(
    'steel bench',
    light([0.3, 0.1, -1], 0.8, 0.4, 7800),
    pattern('brushed', 32, [0.55, 0.57, 0.6], [0.68, 0.7, 0.72]),
    flat(0.24, 0.3, 0.36),
    pattern('bars', 6, [0.55, 0.58, 0.6], [0.48, 0.51, 0.54]),
  ),
  room(
    'slate desk',
    light([0.5, -0.2, -1], 0.85, 0.45, 5800),
    flat(0.27, 0.29, 0.32),
    pattern('marble', 2, [0.72, 0.68, 0.62], [0.5, 0.44, 0.38]),
    flat(0.72, 0.55, 0.42),
  ),
  room(
    'painted planks',
    light([-0.3, 0.6, -1], 0.7, 0.45, 4600),
    pattern('wood', 7, [0.55, 0.66, 0.66], [0.42, 0.54, 0.55]),
    pattern('zigzag', 4, [0.6, 0.5, 0.36], [0.48, 0.38, 0.27]),
    pattern('bricks', 4, [0.62, 0.33, 0.26], [0.76, 0.7, 0.66]),
  ),
];
