/** A cabinet with drawers. */

import { IDENTITY_ROTATION } from '../../../robot/rotation.ts';
import type { Vec3 } from '../../../robot/vectors.ts';
import { cos, sin } from '../../../tensor/portable-math.ts';
import type { Material } from '../../material.ts';
import { transformMesh } from '../../meshes/edit.ts';
import { extrudeMesh } from '../../meshes/extrude.ts';
import type { MovingPart, ObjectModel } from '../model.ts';
import { block, boxShape, felt, fixture, graspFrom, link, type Piece, seen } from './build.ts';
import { surface } from './containers.ts';

/** Outer half sides of the case along x and y, its height, and how thick its boards are. Metres. */
const [DEPTH, WIDTH, HEIGHT, BOARD] = [0.12, 0.14, 0.26, 0.012];
/** How far a drawer comes out: a bowl passes through. */
const TRAVEL = 0.17;
/** Between drawers and what is around them: they never touch. */
const GAP = 0.003;
/** Of the boards of drawers, and of their fronts */
const [THIN, FRONT] = [0.006, 0.014];
/** How far a handle stands out, half its width and half its height */
const HANDLE = { out: 0.042, half: 0.008, rise: 0.026 };

/** What a cabinet is made of. */
export interface CabinetMaterials {
  readonly body: Material;
  readonly front: Material;
  readonly handle: Material;
}

/** A cabinet with two drawers (`top drawer`, `bottom drawer`) or three (and `middle drawer`), and a top to put things on. */
export function cabinet(adjectives: readonly string[], drawers: 2 | 3, materials: CabinetMaterials): ObjectModel {
  const board = (low: Vec3, high: Vec3): Piece => block(low, high, materials.body, { density: 4, bevel: 0.0015 });
  const body = link(
    5,
    board([-DEPTH, -WIDTH, 0], [DEPTH, -WIDTH + BOARD, HEIGHT - BOARD]),
    board([-DEPTH, WIDTH - BOARD, 0], [DEPTH, WIDTH, HEIGHT - BOARD]),
    board([-DEPTH, -WIDTH + BOARD, 0], [DEPTH, WIDTH - BOARD, BOARD]),
    board([DEPTH - BOARD, -WIDTH + BOARD, BOARD], [DEPTH, WIDTH - BOARD, HEIGHT - BOARD]),
    board([-DEPTH - FRONT, -WIDTH, HEIGHT - BOARD], [DEPTH, WIDTH, HEIGHT]),
  );
  const height = (HEIGHT - 2 * BOARD) / drawers;
  const names = drawers === 2 ? ['bottom drawer', 'top drawer'] : ['bottom drawer', 'middle drawer', 'top drawer'];
  const parts = names.map((name, i) => drawer(name, BOARD + i * height, height, i === drawers - 1, materials));
  return fixture({ noun: 'cabinet', adjectives, fixed: true, body, parts, places: [surface(0, 0, HEIGHT, 0.09, 0.11)] });
}

/** A drawer in the space from z upwards; its frame is at the space's bottom, below the cabinet's middle. */
function drawer(name: string, z: number, height: number, highest: boolean, { body, front, handle }: CabinetMaterials): MovingPart {
  const [low, high] = [GAP + 0.001, height - 0.022];
  const [side, back] = [WIDTH - BOARD - GAP, DEPTH - BOARD - GAP];
  const board = (from: Vec3, to: Vec3): Piece => block(from, to, body, { density: 4 });
  const middle = height / 2;
  const face = -DEPTH - FRONT;
  const pieces = [
    board([-DEPTH, -side, low], [back, side, low + THIN]),
    board([-DEPTH, -side, low + THIN], [back, -side + THIN, high]),
    board([-DEPTH, side - THIN, low + THIN], [back, side, high]),
    board([back - THIN, -side + THIN, low + THIN], [back, side - THIN, high]),
    block([face, -WIDTH + 0.002, 0.0015], [-DEPTH - 0.001, WIDTH - 0.002, height - 0.0015], front, { bevel: 0.002, density: 4 }),
    seen(transformMesh(bow(), { position: [face, HANDLE.half, middle], rotation: UPRIGHT }), handle),
    felt(boxShape([face - HANDLE.out, -HANDLE.half, middle - HANDLE.rise], [face, HANDLE.half, middle + HANDLE.rise])),
  ];
  const at: Vec3 = [face - HANDLE.out + 0.014, 0, middle];
  // From above, there is room for a hand at the highest only.
  const pitches = highest ? [Math.PI / 4, 0, Math.PI / 2] : [Math.PI / 4, 0];
  // What is in the drawer can be anywhere; what is put in comes to the part that is in the open.
  const open = TRAVEL - FRONT;
  return {
    name,
    ...link(0.4, ...pieces),
    pose: { position: [0, 0, z], rotation: IDENTITY_ROTATION },
    joint: { type: 'slide', axis: [-1, 0, 0], range: [0, TRAVEL], damping: 4, friction: 1 },
    grasps: pitches.map((pitch) => graspFrom({ at, pitch, width: 2 * HANDLE.half, part: 'handle' })),
    places: [
      { kind: 'in', position: [-DEPTH + open / 2, 0, low + THIN], extent: [open / 2 - 0.02, side - THIN - 0.03], depth: high - low - THIN },
    ],
  };
}

/** Turns what is drawn in x and y so that y is up and the thickness is along −y. */
const UPRIGHT = [1, 0, 0, 0, 0, -1, 0, 1, 0] as const;

/** A bow that stands out to −x, drawn in x and y. */
function bow() {
  const { out, rise, half } = HANDLE;
  const [bar, corner] = [0.012, 0.014];
  const arc = (r: number, y: number, from: number): [number, number][] =>
    [0, 1, 2, 3].map((i) => {
      const angle = ((from + i / 3) * Math.PI) / 2;
      return [-out + corner + r * cos(angle), y + r * sin(angle)];
    });
  const outer: [number, number][] = [[0, rise], ...arc(corner, rise - corner, 1), ...arc(corner, -rise + corner, 2), [0, -rise]];
  const inner = corner - bar + 0.004;
  const hole: [number, number][] = [
    [0, -rise + bar],
    [-out + bar + inner, -rise + bar],
    [-out + bar, -rise + bar + inner],
    [-out + bar, rise - bar - inner],
    [-out + bar + inner, rise - bar],
    [0, rise - bar],
  ];
  return extrudeMesh([...outer, ...hole], 2 * half, { bevel: 0.0015 });
}
