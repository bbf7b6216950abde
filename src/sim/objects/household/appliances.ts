/** Things to operate: a stove with a knob, a microwave with a door, a chest with a lid. */
import { IDENTITY_ROTATION } from '../../../robot/rotation.ts';
import type { Vec3 } from '../../../robot/vectors.ts';
import type { Material } from '../../material.ts';
import type { Mesh } from '../../mesh.ts';
import { transformMesh } from '../../meshes/edit.ts';
import { latheMesh } from '../../meshes/lathe.ts';
import { cylinderMesh } from '../../meshes/solids.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import type { MovingPart, ObjectModel } from '../model.ts';
import { type BoxOptions, block, boxShape, felt, fixture, graspFrom, link, type Piece, panel, seen } from './build.ts';
import { surface } from './containers.ts';
import { plain } from './materials.ts';

const DOWN = Math.PI / 2;

/** A single hot plate, with a knob in front of it that turns by 90°. */
export function stove(): ObjectModel {
  const [a, b, height, lip] = [0.14, 0.13, 0.04, 0.002];
  const [enamel, iron, groove] = [plain(0.83, 0.84, 0.85), plain(0.15, 0.15, 0.16), plain(0.36, 0.36, 0.38)];
  const [x, radius] = [0.034, 0.1];
  const flat = (mesh: Mesh, z: number): Mesh => transformMesh(mesh, { position: [x, 0, z] });
  const ring = (r: number): Mesh =>
    latheMesh(
      [
        [r + 0.004, height],
        [r, height],
      ],
      { segments: 24 },
    );
  const body = link(
    3,
    panel([-a, -b, 0.008], [a, b, height - lip], enamel, { bevel: 0.004 }),
    panel([-a + 0.015, -b + 0.015, 0], [a - 0.015, b - 0.015, 0.008], plain(0.1, 0.1, 0.1)),
    seen(flat(cylinderMesh(radius, 0.003, { segments: 32 }), height - 0.003), iron),
    ...[0.02, 0.045, 0.07].map((r) => seen(flat(ring(r), 0.0003), groove)),
    seen(
      transformMesh(cylinderMesh(0.03, 0.0006, { segments: 24 }), { position: [KNOB[0], KNOB[1], height - lip] }),
      plain(0.25, 0.25, 0.27),
    ),
    // The top is felt at the height of the plate all over.
    felt(boxShape([-a, -b, 0], [a, b, height])),
  );
  return fixture({ noun: 'stove', fixed: true, body, parts: [knob(height)], places: [surface(x, 0, height, 0.065, 0.065)] });
}

/** Where the stove's knob is, x and y. */
const KNOB = [-0.105, -0.065] as const;

/** A disc with a ridge to grip it by; the ridge points away from the robot at 0. */
function knob(z: number): MovingPart {
  const [radius, disc, long, half, high] = [0.022, 0.012, 0.026, 0.007, 0.036];
  const body = link(
    0.05,
    seen(
      latheMesh([
        [0, 0],
        [radius, 0],
        [radius, disc - 0.003],
        [radius - 0.003, disc],
        [0, disc],
      ]),
      plain(0.16, 0.16, 0.18),
    ),
    block([-long, -half, disc], [long, half, high], plain(0.2, 0.2, 0.22), { bevel: 0.003 }),
    panel([0, -0.002, high], [long - 0.002, 0.002, high + 0.0005], plain(0.9, 0.25, 0.15)),
    felt({ type: 'cylinder', size: [radius, disc / 2], position: [0, 0, disc / 2] }),
  );
  return {
    name: 'knob',
    ...body,
    pose: { position: [KNOB[0], KNOB[1], z + 0.001], rotation: IDENTITY_ROTATION },
    joint: { type: 'hinge', axis: [0, 0, 1], range: [0, 1.6], damping: 0.01, friction: 0.02 },
    grasps: [graspFrom({ at: [0, 0, high - 0.01], pitch: DOWN, width: 2 * half, part: 'ridge' })],
  };
}

/** A microwave whose door opens to the left, as seen from the front. */
export function microwave(): ObjectModel {
  const [a, b, height, wall] = [0.13, 0.18, 0.21, 0.012];
  const split = -0.105;
  const [shell, dark, inner] = [plain(0.9, 0.9, 0.9), plain(0.12, 0.12, 0.14), plain(0.72, 0.73, 0.72)];
  const board = (low: Vec3, high: Vec3, material = shell, options: BoxOptions = {}): Piece => block(low, high, material, options);
  const body = link(
    6,
    board([-a, -b, 0], [a, b, wall]),
    board([-a, -b, height - wall], [a, b, height]),
    board([a - wall, -b, wall], [a, b, height - wall]),
    board([-a, b - wall, wall], [a - wall, b, height - wall]),
    board([-a, -b, wall], [a - wall, split, height - wall]),
    // A lining, so that the inside looks like one
    panel([-a + 0.001, split, wall], [a - wall, b - wall, wall + 0.0006], inner),
    panel([a - wall - 0.0006, split, wall], [a - wall, b - wall, height - wall], inner),
    panel([-a - 0.002, -b + 0.004, 0.006], [-a, split - 0.002, height - 0.006], dark),
    panel([-a - 0.003, -b + 0.014, height - 0.045], [-a, split - 0.012, height - 0.02], plain(0.15, 0.55, 0.5)),
    ...buttons([-a, -b + 0.016, 0.03], plain(0.62, 0.63, 0.65)),
  );
  const place = { kind: 'in', position: [0, (split + b - wall) / 2, wall], extent: [0.085, 0.1], depth: 0 } as const;
  const parts = [microwaveDoor([-a, b, 0], b - split - 0.001, height, shell, dark)];
  return fixture({ noun: 'microwave', fixed: true, body, parts, places: [place, surface(0, 0, height, 0.1, 0.14)] });
}

/** Three rows of three. */
const buttons = ([x, y, z]: Vec3, material: Material): Piece[] =>
  Array.from({ length: 12 }, (_, i) => {
    const [left, low] = [y + 0.0155 * (i % 3), z + 0.026 * Math.floor(i / 3)];
    return panel([x - 0.004, left, low], [x, left + 0.011, low + 0.016], material);
  });

/** A door whose hinge is at `at`; it reaches to the right from there. */
function microwaveDoor(at: Vec3, width: number, height: number, frame: Material, glass: Material): MovingPart {
  const [low, high, thick] = [0.005, height - 0.005, 0.018];
  const bar = { y: -width + 0.022, half: 0.007, out: 0.042, from: 0.05, to: height - 0.05 };
  const x = -thick - bar.out;
  const [top, bottom] = [bar.to - 0.008, bar.from + 0.008];
  const handle = tubeMesh(
    [
      [-thick, bar.y, top],
      [x + 0.012, bar.y, top],
      [x + 0.007, bar.y, top - 0.005],
      [x + 0.007, bar.y, bottom + 0.005],
      [x + 0.012, bar.y, bottom],
      [-thick, bar.y, bottom],
    ],
    bar.half,
  );
  const body = link(
    0.5,
    block([-thick, -width, low], [-0.001, -0.001, high], frame, { bevel: 0.002 }),
    panel([-thick - 0.001, -width + 0.045, low + 0.025], [-thick, -0.025, high - 0.025], glass),
    seen(handle, plain(0.55, 0.56, 0.58)),
    felt(boxShape([x, bar.y - bar.half, bar.from], [-thick, bar.y + bar.half, bar.to])),
  );
  const grip = (pitch: number) =>
    graspFrom({ at: [x + 0.012, bar.y, (bar.from + bar.to) / 2], pitch, width: 2 * bar.half, part: 'handle' });
  return {
    name: 'door',
    ...body,
    pose: { position: at, rotation: IDENTITY_ROTATION },
    joint: { type: 'hinge', axis: [0, 0, -1], range: [0, 1.6], damping: 0.1, friction: 0.05 },
    grasps: [grip(0), grip(Math.PI / 4)],
  };
}

/** A chest whose lid opens at the front and stays where it is left. */
export function chest(wood: Material, metal: Material): ObjectModel {
  const [a, b, height, wall] = [0.09, 0.12, 0.08, 0.01];
  const board = (low: Vec3, high: Vec3): Piece => block(low, high, wood, { density: 5, bevel: 0.001 });
  const body = link(
    2,
    board([-a, -b, 0], [a, b, wall]),
    board([-a, -b, wall], [-a + wall, b, height]),
    board([a - wall, -b, wall], [a, b, height]),
    board([-a + wall, -b, wall], [a - wall, -b + wall, height]),
    board([-a + wall, b - wall, wall], [a - wall, b, height]),
    ...[-0.07, 0.055].map((y) => panel([-a - 0.001, y, 0.002], [-a, y + 0.015, height - 0.002], metal)),
  );
  const place = { kind: 'in', position: [0, 0, wall], extent: [a - wall - 0.02, b - wall - 0.02], depth: height - wall } as const;
  return fixture({
    noun: 'chest',
    adjectives: ['wooden'],
    fixed: true,
    body,
    parts: [lid([a, 0, height + 0.001], a, b, wood, metal)],
    places: [place],
  });
}

/** A flat lid, hinged at its back edge, with a handle that stands out at the front: the hand turns with it, from the front to above. */
function lid(at: Vec3, a: number, b: number, wood: Material, metal: Material): MovingPart {
  const [thick, front] = [0.012, -2 * a - 0.004];
  const [out, half, rise] = [0.042, 0.007, 0.024];
  const x = front - out;
  const bow = tubeMesh(
    [
      [front, 0, thick - half],
      [x + 0.018, 0, thick - half],
      [x + half, 0, thick - half - 0.01],
      [x + half, 0, thick - 2 * rise + 0.01],
      [x + 0.018, 0, thick - 2 * rise],
      [front + 0.001, 0, thick - 2 * rise],
    ],
    half,
  );
  const body = link(
    0.1,
    block([front, -b - 0.002, 0], [0.002, b + 0.002, thick], wood, { density: 5, bevel: 0.0015 }),
    ...[-0.07, 0.055].map((y) => panel([front - 0.0005, y, 0.001], [0.001, y + 0.015, thick + 0.0006], metal)),
    panel([front - 0.003, -0.016, thick - 2 * rise - 0.01], [front, 0.016, thick - 0.001], metal),
    seen(bow, metal),
    felt(boxShape([x, -half, thick - 2 * rise - half], [front, half, thick])),
  );
  return {
    name: 'lid',
    ...body,
    pose: { position: at, rotation: IDENTITY_ROTATION },
    // Its weight pulls with 0.1 kg · 9.81 m/s² · 0.09 m = 0.088 N·m at most: halfway it sinks by a degree a second.
    joint: { type: 'hinge', axis: [0, 1, 0], range: [0, 1.7], damping: 0.04, friction: 0.12 },
    grasps: [0, 0.4].map((pitch) => graspFrom({ at: [x + 0.014, 0, thick - rise], pitch, width: 2 * half, part: 'handle' })),
  };
}
