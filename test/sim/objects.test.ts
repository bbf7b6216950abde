/** The catalogue of things to grasp: how many, how different, how they stand, and whether they can be held as they say. */
import { describe, expect, test } from 'vitest';
import { loadMujoco } from '../../src/robot/mujoco.ts';
import { invertRotation, matrixFromQuaternion, multiplyRotations, rotateVector } from '../../src/robot/rotation.ts';
import type { Pose } from '../../src/robot/se3.ts';
import { cross3, dot3, length3, subtract3, type Vec3 } from '../../src/robot/vectors.ts';
import type { Mesh } from '../../src/sim/mesh.ts';
import { transformMesh, vertexAt } from '../../src/sim/meshes/edit.ts';
import { boxMesh, capsuleMesh, cylinderMesh, ellipsoidMesh, sphereMesh } from '../../src/sim/meshes/solids.ts';
import { shapeVolume } from '../../src/sim/mjcf.ts';
import { objectModel, objectNames, TRAINING_OBJECTS, UNSEEN_OBJECTS } from '../../src/sim/objects/catalogue.ts';
import { CATEGORIES, type ObjectModel, type Shape } from '../../src/sim/objects/model.ts';

const ALL = [...TRAINING_OBJECTS, ...UNSEEN_OBJECTS];
const models = ALL.map((name) => objectModel(name));

/** The models of which something is not so, with what was found. */
const exceptions = (find: (model: ObjectModel) => readonly unknown[]): string[] =>
  models.flatMap((model) => {
    const found = find(model);
    return found.length > 0 ? [`${model.name}: ${JSON.stringify(found)}`] : [];
  });

const trianglesOf = ({ indices }: Mesh): number => indices.length / 3;
/** A shape for collisions as something that can be seen. */
function meshOf({ type, size, position = [0, 0, 0], quaternion = [1, 0, 0, 0] }: Shape): Mesh {
  const [a, b, c] = size as [number, number, number];
  const plain = (): Mesh => {
    switch (type) {
      case 'box':
        return boxMesh([a, b, c]);
      case 'sphere':
        return sphereMesh(a, 32);
      case 'ellipsoid':
        return ellipsoidMesh([a, b, c], 32);
      case 'cylinder':
        return cylinderMesh(a, b, { segments: 32 });
      case 'capsule':
        return capsuleMesh(a, b, 32);
    }
  };
  return transformMesh(plain(), { position, rotation: matrixFromQuaternion(quaternion) });
}

describe('the collection', () => {
  test('has as many of each category as the benchmark', () => {
    const counts = (names: readonly string[]) =>
      CATEGORIES.map((category) => names.filter((name) => objectModel(name).category === category).length);
    expect(counts(TRAINING_OBJECTS)).toEqual([16, 6, 10, 1, 2, 0]);
    expect(counts(UNSEEN_OBJECTS)).toEqual([104, 54, 43, 6, 5, 0]);
    expect(objectNames('tool')).toEqual(ALL.filter((name) => objectModel(name).category === 'tool'));
    expect(objectNames()).toHaveLength(247);
  });

  test('has names that people say, and none of which another one is also true', () => {
    expect(new Set(ALL).size).toBe(247);
    expect(ALL.filter((name) => !/^[a-z]+( [a-z]+)*$/.test(name))).toEqual([]);
    expect(models.map(({ adjectives, noun }) => [...adjectives, noun].join(' '))).toEqual(ALL);
    const ambiguous = models.flatMap((a) =>
      models.filter((b) => a !== b && a.noun === b.noun && a.adjectives.every((word) => b.adjectives.includes(word))),
    );
    expect(ambiguous.map(({ name }) => name)).toEqual([]);
  });

  test('has many kinds that training does not have', () => {
    const known = new Set(TRAINING_OBJECTS.map((name) => objectModel(name).noun));
    expect(UNSEEN_OBJECTS.filter((name) => !known.has(objectModel(name).noun)).length).toBeGreaterThan(UNSEEN_OBJECTS.length / 2);
  });

  test('has no two of the same shape, nor, of a kind, of the same look', () => {
    const shapes = models.map(({ body }) => body.visuals.map(({ mesh }) => mesh.positions.join()).join());
    expect(new Set(shapes).size).toBe(247);
    const looks = models.map(({ noun, body }) =>
      JSON.stringify([noun, body.visuals.map(({ material }) => [material.color, material.texture?.data.join()])]),
    );
    expect(new Set(looks).size).toBe(247);
  });

  test('has no unseen object with the proportions of one of its kind to train with', () => {
    const sizes = ({ bounds: [low, high] }: ObjectModel): Vec3 => subtract3(high, low);
    const alike = models.slice(0, TRAINING_OBJECTS.length).flatMap((known) =>
      models
        .slice(TRAINING_OBJECTS.length)
        .filter(({ noun }) => noun === known.noun)
        .filter((other) => sizes(other).every((size, axis) => Math.abs(size - (sizes(known)[axis] as number)) < 0.0005)),
    );
    expect(alike.map(({ name }) => name)).toEqual([]);
  });

  test('is made once, of few triangles and shapes', () => {
    expect(objectModel('red mug')).toBe(objectModel('red mug'));
    const triangles = models.map(({ body }) => body.visuals.reduce((sum, { mesh }) => sum + trianglesOf(mesh), 0));
    expect(Math.max(...triangles)).toBeLessThanOrEqual(900);
    expect(triangles.reduce((sum, count) => sum + count, 0) / triangles.length).toBeLessThan(500);
    const shapes = models.map(({ body }) => body.shapes.length);
    expect(Math.max(...shapes)).toBeLessThanOrEqual(6);
    expect(shapes.reduce((sum, count) => sum + count, 0) / shapes.length).toBeLessThan(4);
  });

  test('unknown names are refused, with those most like them', () => {
    expect(() => objectModel('red mugg')).toThrow('there is no object "red mugg": the nearest of 247 are "red ');
  });
});

describe('sizes', () => {
  /** The lowest and highest corner of some points. */
  const around = (points: readonly Vec3[]): [Vec3, Vec3] =>
    [Math.min, Math.max].map((pick) =>
      [0, 1, 2].map((axis) => points.reduce((at, p) => pick(at, p[axis] as number), points[0]?.[axis] as number)),
    ) as unknown as [Vec3, Vec3];

  const verticesOf = ({ positions }: Mesh): Vec3[] => Array.from({ length: positions.length / 3 }, (_, i) => vertexAt(positions, i));
  const boundsOf = (meshes: readonly Mesh[]): [Vec3, Vec3] => around(meshes.flatMap(verticesOf));
  const meshBounds = ({ body }: ObjectModel): [Vec3, Vec3] => boundsOf(body.visuals.map(({ mesh }) => mesh));
  const shapeBounds = ({ body }: ObjectModel): [Vec3, Vec3] => boundsOf(body.shapes.map(meshOf));
  const millimetres = (corners: readonly Vec3[]): number[] => corners.flat().map((x) => Math.round(x * 10_000) / 10);

  test('bounds are those of the meshes', () => {
    for (const model of models) expect(model.bounds.flat()).toBeAllclose(meshBounds(model).flat(), { atol: 1e-7 });
  });

  test('everything stands on the table, and shapes are where the look is', () => {
    expect(
      exceptions((model) => {
        const [seen, felt] = [millimetres(meshBounds(model)), millimetres(shapeBounds(model))];
        const grounded = Math.abs(seen[2] as number) <= 0.5 && Math.abs(felt[2] as number) <= 0.5;
        return grounded && seen.every((x, i) => Math.abs(x - (felt[i] as number)) <= 6) ? [] : [seen, felt];
      }),
    ).toEqual([]);
  });

  test('things are 2 to 13 cm and weigh 30 to 300 g', () => {
    expect(
      exceptions(({ bounds: [low, high], body }) => {
        const sizes = subtract3(high, low);
        return Math.min(...sizes) >= 0.016 && Math.max(...sizes) <= 0.126 && body.mass >= 0.03 && body.mass <= 0.3
          ? []
          : [sizes, body.mass];
      }),
    ).toEqual([]);
  });
});

describe('grasps', () => {
  /** The grippers of the robots, in the tool's frame: what pads cover, and where the hand begins. Metres */
  const PAD = { x: 0.01, z: [-0.045, 0.01] } as const;
  const FINGER = { thickness: 0.014, opened: 0.0065 } as const;
  const HAND = { x: 0.02, y: 0.1, z: -0.043 } as const;

  /** Points on what is seen of a model, and on what is felt of it, some 4 mm apart. */
  const surfaces = new Map(
    models.map((model) => [
      model,
      {
        seen: model.body.visuals.flatMap(({ mesh }) => pointsOn(mesh)),
        felt: model.body.shapes.flatMap((shape) => pointsOn(meshOf(shape))),
      },
    ]),
  );

  function pointsOn(mesh: Mesh): Vec3[] {
    return Array.from({ length: trianglesOf(mesh) }, (_, t) => {
      const [a, b, c] = [0, 1, 2].map((k) => vertexAt(mesh.positions, mesh.indices[3 * t + k] as number)) as [Vec3, Vec3, Vec3];
      const [ab, ac] = [subtract3(b, a), subtract3(c, a)];
      const n = Math.max(1, Math.ceil(Math.max(length3(ab), length3(ac), length3(subtract3(c, b))) / 0.004));
      const grid = Array.from({ length: n + 1 }, (_, i) => Array.from({ length: n + 1 - i }, (_, j) => [i / n, j / n] as const)).flat();
      return grid.map(([u, v]): Vec3 => [a[0] + u * ab[0] + v * ac[0], a[1] + u * ab[1] + v * ac[1], a[2] + u * ab[2] + v * ac[2]]);
    }).flat();
  }

  /** Points of a model in a tool's frame. */
  function from(tool: Pose, model: ObjectModel, which: 'seen' | 'felt'): Vec3[] {
    const back = invertRotation(tool.rotation);
    const points = surfaces.get(model) as { readonly seen: Vec3[]; readonly felt: Vec3[] };
    return points[which].map((p) => rotateVector(back, subtract3(p, tool.position)));
  }

  /** How far apart pads are when they close on points. */
  function between(all: readonly Vec3[]): number {
    const ys = all.filter(([x, , z]) => Math.abs(x) <= PAD.x && z >= PAD.z[0] && z <= PAD.z[1]).map(([, y]) => y);
    return Math.max(...ys) - Math.min(...ys);
  }

  test('every object has one that any gripper can do, from above', () => {
    expect(
      exceptions(({ grasps }) =>
        grasps.some(({ width, pose }) => width <= 0.06 && pose.rotation[8] < -0.99) ? [] : [grasps.map(({ width }) => width)],
      ),
    ).toEqual([]);
    expect(
      exceptions(({ grasps }) => grasps.filter(({ width }) => !(width > 0.004 && width <= 0.065)).map(({ width, part }) => [part, width])),
    ).toEqual([]);
  });

  test('tool frames are rotations, and come from above or from the side', () => {
    for (const { grasps } of models) {
      for (const { pose } of grasps) {
        const r = pose.rotation;
        expect(multiplyRotations(r, invertRotation(r))).toBeAllclose([1, 0, 0, 0, 1, 0, 0, 0, 1], { atol: 1e-12 });
        const column = (i: number): Vec3 => [r[i] as number, r[3 + i] as number, r[6 + i] as number];
        expect(dot3(cross3(column(0), column(1)), column(2))).toBeCloseTo(1, 12);
        expect(r[8] < -0.99 || Math.abs(r[8]) < 0.01).toBe(true);
      }
    }
  });

  test('fingers stay above the table, and the hand does, too', () => {
    expect(
      exceptions(({ grasps }) =>
        grasps.filter(({ pose }) => pose.position[2] < (pose.rotation[8] < -0.99 ? 0.012 : 0.032) - 1e-9).map(({ pose }) => pose.position),
      ),
    ).toEqual([]);
  });

  test.each([
    ['look', 'seen'],
    ['shapes', 'felt'],
  ] as const)('widths are those of the %s', (_, which) => {
    expect(
      exceptions((model) =>
        model.grasps.flatMap(({ pose, width, part }) => {
          const found = between(from(pose, model, which));
          return Math.abs(found - width) <= 0.004 ? [] : [[part, Math.round(width * 1e4) / 10, Math.round(found * 1e4) / 10]];
        }),
      ),
    ).toEqual([]);
  });

  test('open fingers and the hand get there along the approach without touching', () => {
    expect(
      exceptions((model) =>
        model.grasps.flatMap(({ pose, width, part }) => {
          const fingers = width / 2 + FINGER.opened;
          const hit = [...from(pose, model, 'seen'), ...from(pose, model, 'felt')].filter(([x, y, z]) => {
            const byFinger = Math.abs(x) < PAD.x && Math.abs(y) > fingers && Math.abs(y) < fingers + FINGER.thickness && z < PAD.z[1];
            return byFinger || (Math.abs(x) < HAND.x && Math.abs(y) < HAND.y && z < HAND.z);
          });
          return hit.length === 0 ? [] : [[part, hit.length, hit[0]?.map((x) => Math.round(x * 1000))]];
        }),
      ),
    ).toEqual([]);
  });
});

describe('physics', () => {
  const APART = 0.4;
  const PER_ROW = 16;

  const geom = (mass: number, { type, size, position = [0, 0, 0], quaternion = [1, 0, 0, 0] }: Shape): string =>
    `<geom type="${type}" mass="${mass}" size="${size.join(' ')}" pos="${position.join(' ')}" quat="${quaternion.join(' ')}"/>`;

  function bodyOf({ body: { shapes, mass } }: ObjectModel, i: number): string {
    const volumes = shapes.map(shapeVolume);
    const whole = volumes.reduce((sum, volume) => sum + volume, 0);
    const geoms = shapes.map((shape, k) => geom((mass * (volumes[k] as number)) / whole, shape));
    return `<body pos="${(i % PER_ROW) * APART} ${Math.floor(i / PER_ROW) * APART} 0.002"><freejoint/>${geoms.join('')}</body>`;
  }

  /** All objects in rows, dropped from 2 mm onto something flat. */
  const mjcf = (ground: string): string =>
    `<mujoco><option timestep="${1 / 360}" integrator="implicitfast" cone="elliptic"/><size memory="64M"/>
    <worldbody>${ground}${models.map(bodyOf).join('')}</worldbody></mujoco>`;

  test.each([
    ['a plane', '<geom type="plane" size="0 0 1"/>'],
    ['a table', '<geom type="box" size="10 10 0.02" pos="0 0 -0.02"/>'],
  ])('dropped onto %s, everything stays upright and comes to rest', { timeout: 60_000 }, async (_, ground) => {
    const mujoco = await loadMujoco();
    const model = mujoco.MjModel.from_xml_string(mjcf(ground));
    const data = new mujoco.MjData(model);
    try {
      for (let step = 0; step < 720; step++) mujoco.mj_step(model, data);
      const [qpos, qvel] = [data.qpos as Float64Array, data.qvel as Float64Array];
      const restless = models.flatMap(({ name }, i) => {
        const [x, y, z] = qpos.slice(7 * i, 7 * i + 3) as unknown as [number, number, number];
        const upright = matrixFromQuaternion(qpos.slice(7 * i + 3, 7 * i + 7) as unknown as [number, number, number, number])[8];
        const tilt = (Math.acos(Math.min(upright, 1)) * 180) / Math.PI;
        const moved = length3([x - (i % PER_ROW) * APART, y - Math.floor(i / PER_ROW) * APART, z]);
        const speed = Math.max(...qvel.slice(6 * i, 6 * i + 6).map(Math.abs));
        return tilt < 5 && moved < 0.01 && speed < 0.02 ? [] : [`${name}: ${JSON.stringify({ tilt, moved, speed, z })}`];
      });
      expect(restless).toEqual([]);
    } finally {
      data.delete();
      model.delete();
    }
  });
});
