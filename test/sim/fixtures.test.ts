import { describe, expect, test } from 'vitest';
import { rotateVector, rotationAngle } from '../../src/robot/rotation.ts';
import { composePoses, type Pose, relativePose } from '../../src/robot/se3.ts';
import { add3, length3, scale3, subtract3, type Vec3 } from '../../src/robot/vectors.ts';
import { FIXTURE_NAMES, fixtureModel } from '../../src/sim/objects/fixtures.ts';
import type { Grasp, ObjectModel } from '../../src/sim/objects/model.ts';
import { ball, cornersOf, gripper, gripperActuators, onTable, standing } from './fixtures-physics.ts';

const models = FIXTURE_NAMES.map((name) => [name, fixtureModel(name)] as const);
const free = models.filter(([, model]) => !model.fixed);
const parts = models.flatMap(([name, model]) => (model.parts ?? []).map((part) => [`${name}: ${part.name}`, model, part] as const));

/** Lowest and highest corner of points. */
const boundsOf = (points: readonly Vec3[]): [Vec3, Vec3] => {
  const along = (pick: (...values: number[]) => number): Vec3 =>
    [0, 1, 2].map((axis) => points.reduce((best, point) => pick(best, point[axis] as number), point0(points, axis))) as unknown as Vec3;
  return [along(Math.min), along(Math.max)];
};
const point0 = (points: readonly Vec3[], axis: number): number => (points[0] as Vec3)[axis] as number;

/** Everything that belongs to a model, in its frame: links with the poses of their frames. */
const linksOf = ({ body, parts = [] }: ObjectModel): (readonly [Pose, ObjectModel['body']])[] => [
  [{ position: [0, 0, 0], rotation: [1, 0, 0, 0, 1, 0, 0, 0, 1] }, body],
  ...parts.map((part) => [part.pose, part] as const),
];

describe.each(models)('%s', (name, model) => {
  test('is called by its words', () => {
    expect(model.name).toBe(name);
    expect([...model.adjectives, model.noun].join(' ')).toBe(name);
    expect(fixtureModel(name)).toBe(model);
  });

  test('has the bounds of its meshes, stands on the table, and feels as it looks', () => {
    const vertices = linksOf(model).flatMap(([pose, { visuals }]) =>
      visuals.flatMap(({ mesh: { positions } }) =>
        Array.from({ length: positions.length / 3 }, (_, i) => {
          const vertex: Vec3 = [positions[3 * i] as number, positions[3 * i + 1] as number, positions[3 * i + 2] as number];
          return add3(pose.position, rotateVector(pose.rotation, vertex));
        }),
      ),
    );
    const [low, high] = boundsOf(vertices);
    expect([...model.bounds[0], ...model.bounds[1]]).toBeAllclose([...low, ...high], { rtol: 0, atol: 1e-6 });
    expect(low[2]).toBeCloseTo(0, 6);
    const corners = linksOf(model).flatMap(([pose, { shapes }]) =>
      shapes.flatMap(cornersOf).map((corner) => composePoses(pose, { position: corner, rotation: pose.rotation }).position),
    );
    const [lowest, highest] = boundsOf(corners);
    expect(lowest[2]).toBeCloseTo(0, 6);
    // What a shape does not follow of a look, and corners of walls that stand out
    expect([...lowest, ...highest]).toBeAllclose([...low, ...high], { rtol: 0, atol: 0.012 });
  });
});

test('names are unique; unknown ones are refused', () => {
  expect(new Set(FIXTURE_NAMES).size).toBe(FIXTURE_NAMES.length);
  expect(() => fixtureModel('blak bowl')).toThrow('there is no fixture "blak bowl": the nearest of');
});

test.each(free)('%s stands still where it is put', async (_, model) => {
  await onTable(standing('it', model, [0.1, -0.2, 0.002]), ({ run, poseOf, speedOf }) => {
    run(1);
    const { position, rotation } = poseOf('it');
    const settled = position;
    expect(Math.abs(position[2])).toBeLessThan(0.0005);
    expect(rotation[8]).toBeGreaterThan(1 - 1e-5);
    run(1);
    expect(speedOf('it')).toBeLessThan(2e-3);
    expect(Math.max(...subtract3(poseOf('it').position, settled).map(Math.abs))).toBeLessThan(1e-4);
  });
});

test('bowls nest: dropped onto one another, a little beside the middle and turned, they stand upright', async () => {
  const bowl = fixtureModel('white bowl');
  for (const [dx, dy] of [
    [0, 0],
    [0.012, 0],
    [-0.008, 0.01],
  ] as const) {
    const bodies = [0, 1, 2].map((i) => standing(`it${i}`, bowl, [i * dx, i * dy, i * 0.06], 0.4 * i)).join('');
    await onTable(bodies, ({ run, poseOf, speedOf }) => {
      run(3);
      for (const i of [0, 1, 2]) {
        const { position, rotation } = poseOf(`it${i}`);
        expect(position[2]).toBeCloseTo(i * 0.014, 2.5);
        expect(rotation[8]).toBeGreaterThan(0.998);
        expect(Math.max(Math.abs(position[0]), Math.abs(position[1]))).toBeLessThan(0.004);
        expect(speedOf(`it${i}`)).toBeLessThan(5e-3);
      }
    });
  }
});

const places = models.flatMap(([name, model]) => [
  ...(model.places ?? []).map((place, i) => [`${name}, place ${i}`, model, undefined, place] as const),
  ...(model.parts ?? []).flatMap((part) => (part.places ?? []).map((place) => [`${name}, ${part.name}`, model, part, place] as const)),
]);

test.each(places)('%s: a ball that is dropped stays there', async (_, model, part, place) => {
  const radius = 0.015;
  // Drawers are pulled out first; what is put in comes from above.
  const out: Vec3 = part ? add3(part.pose.position, scale3(part.joint.axis, part.joint.range[1])) : [0, 0, 0];
  const over = (x: number, y: number): Vec3 =>
    add3(out, add3(place.position, [x * place.extent[0], y * place.extent[1], radius + Math.max(place.depth, 0) + 0.01]));
  for (const [x, y] of [
    [0, 0],
    [0.9, -0.9],
  ] as const) {
    await onTable(standing('it', model, [0, 0, 0]) + ball(radius, over(x, y)), ({ run, data, joint, poseOf, mujoco, model: compiled }) => {
      // Drawers and lids are open.
      for (const {
        name,
        joint: { range },
      } of model.parts ?? [])
        data.qpos[joint(`it/${name}`).qpos] = name === 'door' ? 0 : range[1];
      mujoco.mj_forward(compiled, data);
      run(1.5);
      const frame = poseOf(part ? `it/${part.name}` : 'it');
      const at = subtract3(relativePose(frame, poseOf('ball')).position, place.position);
      expect(at[2]).toBeGreaterThan(radius - 0.002);
      expect(at[2]).toBeLessThan(radius + (place.kind === 'in' ? Math.max(place.depth - radius, 0.002) : 0.012));
      if (place.kind === 'in' || x === 0) {
        expect(Math.abs(at[0])).toBeLessThan(place.extent[0] + 0.025);
        expect(Math.abs(at[1])).toBeLessThan(place.extent[1] + 0.025);
      }
    });
  }
});

describe.each(parts)('%s', (_, model, part) => {
  const { range, type } = part.joint;

  test('moves over its range, touching nothing, when pushed a little, and stays where it is left', async () => {
    await onTable(standing('it', model, [0, 0, 0]), ({ run, data, joint }) => {
      const { qpos, dof } = joint(`it/${part.name}`);
      const still = (seconds: number): number => {
        data.qfrc_applied[dof] = 0;
        run(0.5);
        const before = data.qpos[qpos];
        run(seconds);
        return Math.abs(data.qpos[qpos] - before);
      };
      // Newtons at a drawer's handle; newton metres at a hinge: 5 N at 9 cm
      const push = type === 'slide' ? 3 : 0.45;
      const share = (): number => (data.qpos[qpos] - range[0]) / (range[1] - range[0]);
      expect(still(1)).toBeLessThan(1e-4);
      data.qfrc_applied[dof] = push;
      let least = 0;
      run(2, () => {
        if (share() > 0.5) data.qfrc_applied[dof] = 0;
        least = Math.max(least, data.ncon);
      });
      expect(share()).toBeGreaterThan(0.4);
      expect(share()).toBeLessThan(1.001);
      // A lid that is half open sinks slowly.
      expect(still(1)).toBeLessThan(part.name === 'lid' ? 0.04 : 1e-3);
      data.qfrc_applied[dof] = push;
      run(2.5);
      expect(share()).toBeGreaterThan(0.98);
      expect(share()).toBeLessThan(1.02);
      expect(least).toBe(0);
      // Pushed a little beyond its end, it comes back.
      expect(still(1)).toBeLessThan(5e-3);
      data.qfrc_applied[dof] = -push;
      run(2.5);
      expect(share()).toBeLessThan(0.02);
      expect(still(1)).toBeLessThan(5e-3);
    });
  });
});

/** Lifted by both handles, or by any one grasp. */
const holds = free.flatMap(([name, model]) => {
  const two = model.grasps.filter(({ part }) => /^(left|right) /.test(part));
  const ways: (readonly Grasp[])[] = two.length > 0 ? [two] : model.grasps.map((grasp) => [grasp]);
  return ways.map((grasps) => [`${name} is held by ${grasps.map(({ part }) => part).join(' and ')}`, model, grasps] as const);
});

test.each(holds)('%s', async (_, model, grasps) => {
  for (const { pose, width } of grasps) {
    expect(width).toBeLessThanOrEqual(0.065);
    // Fingertips stay above the table.
    expect(pose.position[2] + 0.01 * pose.rotation[8]).toBeGreaterThan(0.001);
  }
  const hands = grasps.map((grasp, i) => gripper(grasp, `hand${i}`)).join('');
  await onTable(
    standing('it', model, [0, 0, 0]) + hands,
    ({ run, data, poseOf }) => {
      run(0.3);
      expect(Math.abs(poseOf('it').position[2]), 'open fingers push it').toBeLessThan(0.0005);
      for (const i of grasps.keys()) data.ctrl[3 * i + 1] = data.ctrl[3 * i + 2] = 20;
      run(0.5);
      const before = relativePose(poseOf('hand0'), poseOf('it'));
      run(2, () => {
        for (const i of grasps.keys()) data.ctrl[3 * i] = Math.min(0.12, data.ctrl[3 * i] + 0.0005);
      });
      const after = relativePose(poseOf('hand0'), poseOf('it'));
      expect(poseOf('it').position[2]).toBeGreaterThan(0.1);
      expect(length3(subtract3(after.position, before.position))).toBeLessThan(0.012);
      expect(rotationAngle(after.rotation, before.rotation)).toBeLessThan(0.1);
    },
    gripperActuators(grasps.map((_, i) => `hand${i}`)),
  );
});
