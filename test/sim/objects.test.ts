/** The catalogue of things to grasp: how many, how different, how they stand, and whether they can be held as they say. */
import { describe, expect, test } from 'vitest';
import { loadMujoco } from '../../src/robot/mujoco.ts';
import { invertRotation, type Mat3, matrixFromQuaternion, multiplyRotations, rotateVector } from '../../src/robot/rotation.ts';
import { composePoses, type Pose } from '../../src/robot/se3.ts';
import { cross3, dot3, length3, subtract3, type Vec3 } from '../../src/robot/vectors.ts';
import type { Mesh } from '../../src/sim/mesh.ts';
import { vertexAt } from '../../src/sim/meshes/edit.ts';
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
const rotationOf = ({ quaternion }: Shape): Mat3 => matrixFromQuaternion(quaternion ?? [1, 0, 0, 0]);

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

  test('has no two of the same shape, even in other colours and sizes', () => {
    const nouns = [...new Set(models.map(({ noun }) => noun))].map((noun) => models.filter((model) => model.noun === noun));
    const proportions = ({ bounds: [low, high] }: ObjectModel): Vec3 => subtract3(high, low);
    for (const same of nouns) {
      for (const [i, a] of same.entries()) {
        for (const b of same.slice(i + 1)) {
          const [p, q] = [proportions(a), proportions(b)];
          const difference = Math.max(...p.map((size, axis) => Math.abs(size - (q[axis] as number))));
          expect(difference, `${a.name} and ${b.name}`).toBeGreaterThan(0.0003);
          expect(a.body.visuals.map(({ material }) => material)).not.toEqual(b.body.visuals.map(({ material }) => material));
        }
      }
    }
  });

  test('is made once, of few triangles and shapes', () => {
    expect(objectModel('red mug')).toBe(objectModel('red mug'));
    const triangles = models.map(({ body }) => body.visuals.reduce((sum, { mesh }) => sum + trianglesOf(mesh), 0));
    expect(Math.max(...triangles)).toBeLessThanOrEqual(1000);
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

  /** How far a shape reaches from its middle along the axes. */
  function reach(shape: Shape): Vec3 {
    const [a, b, c] = shape.size as [number, number, number];
    const rows = rotationOf(shape);
    return [0, 1, 2].map((i) => {
      const [x, y, z] = rows.slice(3 * i, 3 * i + 3) as unknown as Vec3;
      switch (shape.type) {
        case 'sphere':
          return a;
        case 'box':
          return Math.abs(x) * a + Math.abs(y) * b + Math.abs(z) * c;
        case 'ellipsoid':
          return length3([x * a, y * b, z * c]);
        case 'capsule':
          return Math.abs(z) * b + a;
        case 'cylinder':
          return Math.abs(z) * b + Math.sqrt(1 - Math.min(z * z, 1)) * a;
      }
      throw new Error(shape.type);
    }) as unknown as Vec3;
  }

  const meshBounds = ({ body }: ObjectModel): [Vec3, Vec3] =>
    around(body.visuals.flatMap(({ mesh }) => Array.from({ length: mesh.positions.length / 3 }, (_, i) => vertexAt(mesh.positions, i))));
  const shapeBounds = ({ body }: ObjectModel): [Vec3, Vec3] =>
    around(
      body.shapes.flatMap((shape): Vec3[] => {
        const [at, half]: [Vec3, Vec3] = [shape.position ?? [0, 0, 0], reach(shape)];
        return [subtract3(at, half), [at[0] + half[0], at[1] + half[1], at[2] + half[2]]];
      }),
    );
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

  /** Points on a model's triangles, some 4 mm apart. */
  const points = new Map(models.map((model) => [model, model.body.visuals.flatMap(({ mesh }) => pointsOn(mesh))]));

  function pointsOn(mesh: Mesh): Vec3[] {
    return Array.from({ length: trianglesOf(mesh) }, (_, t) => {
      const [a, b, c] = [0, 1, 2].map((k) => vertexAt(mesh.positions, mesh.indices[3 * t + k] as number)) as [Vec3, Vec3, Vec3];
      const [ab, ac] = [subtract3(b, a), subtract3(c, a)];
      const n = Math.max(1, Math.ceil(Math.max(length3(ab), length3(ac), length3(subtract3(c, b))) / 0.004));
      const grid = Array.from({ length: n + 1 }, (_, i) => Array.from({ length: n + 1 - i }, (_, j) => [i / n, j / n] as const)).flat();
      return grid.map(([u, v]): Vec3 => [a[0] + u * ab[0] + v * ac[0], a[1] + u * ab[1] + v * ac[1], a[2] + u * ab[2] + v * ac[2]]);
    }).flat();
  }

  /** The points of a model in a tool's frame. */
  function seenFrom(tool: Pose, model: ObjectModel): Vec3[] {
    const back = invertRotation(tool.rotation);
    return (points.get(model) as Vec3[]).map((p) => rotateVector(back, subtract3(p, tool.position)));
  }

  const extent = (values: readonly number[]): number =>
    values.reduce((high, y) => Math.max(high, y), -Infinity) - values.reduce((low, y) => Math.min(low, y), Infinity);

  function inside(shape: Shape, point: Vec3): boolean {
    const [x, y, z] = rotateVector(invertRotation(rotationOf(shape)), subtract3(point, shape.position ?? [0, 0, 0]));
    const [a, b, c] = shape.size as [number, number, number];
    switch (shape.type) {
      case 'sphere':
        return length3([x, y, z]) <= a;
      case 'box':
        return Math.abs(x) <= a && Math.abs(y) <= b && Math.abs(z) <= c;
      case 'ellipsoid':
        return length3([x / a, y / b, z / c]) <= 1;
      case 'cylinder':
        return length3([x, y, 0]) <= a && Math.abs(z) <= b;
      case 'capsule':
        return length3([x, y, Math.max(Math.abs(z) - b, 0)]) <= a;
    }
  }

  /** Lines between the pads along the closing direction, as (x, z) */
  const LINES = [-0.009, 0, 0.009].flatMap((x) => [-0.04, -0.025, -0.012, -0.004, 0.002, 0.009].map((z) => [x, z] as const));

  /** How far apart pads are when they touch the shapes. */
  function feltWidth({ body }: ObjectModel, { position, rotation }: Pose): number {
    const steps = Array.from({ length: 71 }, (_, i) => (i - 35) / 1000);
    const touched = steps.filter((y) =>
      LINES.some(([x, z]) => {
        const point = composePoses({ position, rotation }, { position: [x, y, z], rotation }).position;
        return body.shapes.some((shape) => inside(shape, point));
      }),
    );
    return extent(touched);
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

  test('widths are those of the look', () => {
    expect(
      exceptions((model) =>
        model.grasps.flatMap(({ pose, width, part }) => {
          const between = seenFrom(pose, model).filter(([x, , z]) => Math.abs(x) <= PAD.x && z >= PAD.z[0] && z <= PAD.z[1]);
          const seen = extent(between.map(([, y]) => y));
          return Math.abs(seen - width) <= 0.004 ? [] : [[part, width, seen]];
        }),
      ),
    ).toEqual([]);
  });

  test('open fingers and the hand get there along the approach without touching', () => {
    expect(
      exceptions((model) =>
        model.grasps.flatMap(({ pose, width, part }) => {
          const fingers = width / 2 + FINGER.opened;
          const hit = seenFrom(pose, model).filter(([x, y, z]) => {
            const byFinger = Math.abs(x) < PAD.x && Math.abs(y) > fingers && Math.abs(y) < fingers + FINGER.thickness && z < PAD.z[1];
            return byFinger || (Math.abs(x) < HAND.x && Math.abs(y) < HAND.y && z < HAND.z);
          });
          return hit.length === 0 ? [] : [[part, hit.length, hit[0]?.map((x) => Math.round(x * 1000))]];
        }),
      ),
    ).toEqual([]);
  });

  test('widths are those of the shapes', () => {
    expect(
      exceptions((model) =>
        model.grasps.flatMap(({ pose, width, part }) => {
          const felt = feltWidth(model, pose);
          return Math.abs(felt - width) <= 0.005 ? [] : [[part, Math.round(width * 1e4) / 10, Math.round(felt * 1e4) / 10]];
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
