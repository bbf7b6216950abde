import { describe, expect, test } from 'vitest';
import { SHIPPED_EMBODIMENTS } from '../../src/robot/embodiments/shipped.ts';
import { loadMujoco } from '../../src/robot/mujoco.ts';
import { matrixFromQuaternion, rotateVector } from '../../src/robot/rotation.ts';
import { add3, type Vec3 } from '../../src/robot/vectors.ts';
import { robotVisuals } from '../../src/sim/robot-looks.ts';

/** Compiles MJCF, lets `use` have it, and frees it. */
async function compiled<T>(
  mjcf: string,
  use: (mujoco: Awaited<ReturnType<typeof loadMujoco>>, model: ReturnType<typeof modelOf>) => T,
): Promise<T> {
  const mujoco = await loadMujoco();
  const model = modelOf(mujoco, mjcf);
  try {
    return use(mujoco, model);
  } finally {
    model.delete();
  }
}
const modelOf = (mujoco: Awaited<ReturnType<typeof loadMujoco>>, mjcf: string) => mujoco.MjModel.from_xml_string(mjcf);

const vec = (values: ArrayLike<number>, i: number): Vec3 => [
  values[3 * i] as number,
  values[3 * i + 1] as number,
  values[3 * i + 2] as number,
];

test('geoms are drawn where they are, as large as they are', async () => {
  const mjcf = `<mujoco><worldbody><body name="arm">
    <geom type="box" size="0.1 0.2 0.3" pos="1 2 3" euler="0 0 90"/>
    <geom type="sphere" size="0.5" pos="-2 0 0" rgba="1 0 0 1"/>
    <geom type="capsule" size="0.1" fromto="0 0 5 1 0 5" rgba="0 1 0 1"/>
    <geom type="cylinder" size="0.2 0.4" pos="0 -3 0" rgba="0 0 1 1"/>
    <geom type="ellipsoid" size="0.1 0.2 0.4" pos="0 0 -3" rgba="0 1 1 1"/>
    <geom type="sphere" size="9" group="3"/>
    </body><body name="other"><geom size="1"/></body></worldbody></mujoco>`;
  const boxes = await compiled(mjcf, (mujoco, model) =>
    robotVisuals(mujoco, model, (body) => body === 1).map(({ body, visual: { mesh, material }, pose }) => {
      expect(body).toBe(1);
      expect(pose.position).toEqual([0, 0, 0]);
      const vertices = Array.from({ length: mesh.positions.length / 3 }, (_, i) => vec(mesh.positions, i));
      const range = [0, 1, 2].flatMap((axis) => {
        const along = vertices.map((v) => v[axis] as number);
        return [Math.min(...along), Math.max(...along)];
      });
      return [...material.color, ...range];
    }),
  );
  const expected = [
    [0.5, 0.5, 0.5, 0.8, 1.2, 1.9, 2.1, 2.7, 3.3],
    [1, 0, 0, -2.5, -1.5, -0.5, 0.5, -0.5, 0.5],
    [0, 1, 0, -0.1, 1.1, -0.1, 0.1, 4.9, 5.1],
    [0, 0, 1, -0.2, 0.2, -3.2, -2.8, -0.4, 0.4],
    [0, 1, 1, -0.1, 0.1, -0.2, 0.2, -3.4, -2.6],
  ];
  expect(boxes.flat()).toBeAllclose(expected.flat(), { rtol: 0, atol: 1e-6 });
});

test('what is no such geom is refused', async () => {
  await compiled('<mujoco><worldbody><geom type="plane" size="1 1 1"/></worldbody></mujoco>', (mujoco, model) => {
    expect(() => robotVisuals(mujoco, model, () => true)).toThrow("a robot's geom has MuJoCo's type 0: expected a box, ");
  });
});

describe.each(['panda', 'ur5e', 'agilex', 'ldt-01'])('%s', (name) => {
  const { model: mjcf } = SHIPPED_EMBODIMENTS.get(name) as { model: string };

  test('is drawn with few triangles, and what is only drawn has no mass and touches nothing', async () => {
    await compiled(mjcf, (mujoco, model) => {
      const visuals = robotVisuals(mujoco, model, (body) => body > 0);
      expect(visuals.length).toBeGreaterThan(15);
      expect(visuals.reduce((sum, { visual }) => sum + visual.mesh.indices.length / 3, 0)).toBeLessThan(7000);
      let drawnOnly = 0;
      for (let geom = 0; geom < model.ngeom; geom++) {
        if (model.geom_group[geom] !== 2) continue;
        drawnOnly++;
        expect([model.geom_contype[geom], model.geom_conaffinity[geom]]).toEqual([0, 0]);
      }
      expect(drawnOnly).toBeGreaterThan(15);
    });
    // Without them, bodies weigh the same.
    const bare = mjcf.replace(/<geom class="(shell|dark|trim|metal)"[^>]*\/>/g, '');
    const masses = (text: string): Promise<number[]> => compiled(text, (_, model) => [...model.body_mass, ...model.body_inertia]);
    expect(await masses(bare)).toEqual(await masses(mjcf));
  });

  test('pads, which are what touches, are drawn; nothing drawn on a finger is between them or beyond their tips', async () => {
    await compiled(mjcf, (mujoco, model) => {
      for (let body = 0; body < model.nbody; body++) {
        const finger = mujoco.mj_id2name(model, mujoco.mjtObj.mjOBJ_BODY.value, body);
        if (!finger.endsWith('_finger')) continue;
        const side = finger.endsWith('left_finger') ? 1 : -1;
        const first = model.body_geomadr[body];
        const tip = model.geom_pos[3 * first + 2] + model.geom_size[3 * first + 2];
        for (let geom = first; geom < first + model.body_geomnum[body]; geom++) {
          const half = vec(model.geom_size, geom);
          const rotation = matrixFromQuaternion(
            Array.from(model.geom_quat.slice(4 * geom, 4 * geom + 4)) as [number, number, number, number],
          );
          for (const corner of [-1, 1]) {
            const at = add3(vec(model.geom_pos, geom), rotateVector(rotation, [0, corner * half[1], corner * half[2]]));
            expect(side * at[1]).toBeGreaterThan(-1e-9);
            expect(at[2]).toBeLessThan(tip + 1e-9);
          }
        }
      }
    });
  });
});
