import { describe, expect, test } from 'vitest';
import {
  checkEmbodiment,
  type EmbodimentFile,
  forwardKinematics,
  gripperOpening,
  gripperValues,
  loadEmbodiment,
  logPose,
  relativePose,
  SHIPPED_EMBODIMENTS,
  shippedEmbodiment,
  type Vec3,
} from '../../src/robot/index.ts';
import { posesOf, REFERENCE_POSES } from './reference-poses.ts';
import { simulate, within } from './simulated.ts';

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, x, i) => sum + x * (b[i] as number), 0);

describe.each([...SHIPPED_EMBODIMENTS])('%s', (name, { file, model }) => {
  test('has not moved', async () => {
    // The same operations in the same order; only sines and cosines may differ, by a bit, between versions of the engine.
    expect(posesOf(await shippedEmbodiment(name)).flat()).toBeAllclose((REFERENCE_POSES[name] ?? []).flat(), { rtol: 0, atol: 1e-14 });
  });

  test('has a name, finite limits and a name for everything', async () => {
    const { arms, controlRate, name: own } = await shippedEmbodiment(name);
    expect(own).toBe(name);
    expect(controlRate).toBe(30);
    for (const { chain } of arms) for (const { limits } of chain.joints) expect(limits?.every(Number.isFinite)).toBe(true);
  });

  test('is a valid simulation, whose actuators and cameras are the embodiment’s', async () => {
    await simulate(model, ({ mujoco, model: compiled, data, idOf }) => {
      for (const { gripper } of file.arms) {
        for (const { name: actuator, closed, open } of gripper) {
          const id = idOf('mjOBJ_ACTUATOR', actuator);
          expect(id, actuator).toBeGreaterThanOrEqual(0);
          const range = compiled.actuator_ctrlrange.slice(2 * id, 2 * id + 2);
          expect([...range], actuator).toEqual([Math.min(closed, open), Math.max(closed, open)]);
        }
      }
      for (const camera of Object.values(file.cameras ?? {}) as string[])
        expect(idOf('mjOBJ_CAMERA', camera), camera).toBeGreaterThanOrEqual(0);
      // Held where it is, it stays there: 1 s of simulation.
      const joints = file.arms.flatMap((arm) => arm.joints.map((joint) => idOf('mjOBJ_JOINT', joint as string)));
      const addresses = joints.map((id) => compiled.jnt_qposadr[id] as number);
      const start = joints.map((id) => within({ limits: [compiled.jnt_range[2 * id], compiled.jnt_range[2 * id + 1]] }, 0.45));
      for (const [i, q] of start.entries()) {
        data.qpos[addresses[i] as number] = q;
        const servo = Array.from({ length: compiled.nu }, (_, u) => u).find(
          (u) => compiled.actuator_trnid[2 * u] === joints[i] && compiled.actuator_trntype[u] === 0,
        );
        data.ctrl[servo as number] = q;
      }
      for (let step = 0; step < 500; step++) mujoco.mj_step(compiled, data);
      const moved = addresses.map((address, i) => Math.abs((data.qpos[address] as number) - (start[i] as number)));
      // The servos of the G1 give way to its weight a little.
      expect(Math.max(...moved)).toBeLessThan(0.06);
    });
  });

  test('has the canonical tool frame: between the pads, z along the approach, y along the closing direction', async () => {
    const { arms } = await shippedEmbodiment(name);
    await simulate(model, ({ move, poseOf, model: compiled, data, idOf }) => {
      for (const { chain, slot } of arms) {
        const joints = chain.joints.map((joint) => within(joint, 0.4));
        move(Object.fromEntries(chain.joints.map((joint, i) => [joint.name, joints[i] as number])));
        const tool = forwardKinematics(chain, joints);
        const column = (i: number): Vec3 => [tool.rotation[i] as number, tool.rotation[i + 3] as number, tool.rotation[i + 6] as number];
        const side = slot === 'either' ? '' : `${slot}_`;
        const geomOf = (body: string): Vec3 => {
          const geom = compiled.body_geomadr[idOf('mjOBJ_BODY', body)];
          return relativePose(tool, { position: data.geom_xpos.slice(3 * geom, 3 * geom + 3), rotation: tool.rotation }).position;
        };
        // Bases stand where the world is, so what is seen from the world is seen from the base.
        expect(poseOf('body', file.base).position).toEqual(new Float64Array(3));
        if (idOf('mjOBJ_JOINT', `${side}left_finger`) < 0) {
          // A hand: its fingers begin behind the tool, above one another, and curl about x, so close along y.
          const [index, pinky] = [geomOf(`${side}index`), geomOf(`${side}pinky`)];
          expect(index[2]).toBeLessThan(0.02);
          expect(index[0] - pinky[0]).toBeGreaterThan(0.05);
          const joint = idOf('mjOBJ_JOINT', `${side}index`);
          expect(Math.abs(dot(data.xaxis.slice(3 * joint, 3 * joint + 3), column(0)))).toBeCloseTo(1, 12);
          continue;
        }
        const [left, right] = [geomOf(`${side}left_finger`), geomOf(`${side}right_finger`)];
        const apart = left.map((l, i) => l - (right[i] as number));
        expect(Math.abs(apart[1] as number) / Math.hypot(...apart)).toBeGreaterThan(1 - 1e-9);
        const [x, y, z] = left.map((l, i) => (l + (right[i] as number)) / 2) as [number, number, number];
        expect(Math.hypot(x, y)).toBeLessThan(1e-9);
        // Pads reach a little beyond the tool, and further behind it.
        expect(z).toBeGreaterThan(-0.03);
        expect(z).toBeLessThan(0);
      }
    });
  });
});

test('both arms of a robot do the same: where they mirror each other, so do their tools', async () => {
  for (const [name, sides] of [
    ['ldt-01', [1, -1, -1, 1, -1, -1, 1]],
    ['g1-inspire', [1, -1, -1, 1, -1, 1, -1]],
    ['agilex', [-1, 1, 1, -1, 1, -1]],
  ] as const) {
    const [left, right] = (await shippedEmbodiment(name)).arms.map(({ chain }) => chain);
    if (!left || !right) throw new Error('two arms expected');
    const joints = left.joints.map((joint) => within(joint, 0.4));
    const [a, b] = [
      forwardKinematics(left, joints),
      forwardKinematics(
        right,
        joints.map((q, i) => q * (sides[i] as number)),
      ),
    ];
    // Reflected in the plane y = 0, and the y of the tool reversed to keep it right-handed
    const reflected = [a.position[0], -a.position[1], a.position[2]];
    // The G1's shoulders are 1e-5 off.
    expect(b.position).toBeAllclose(reflected, { rtol: 0, atol: 1e-4 });
    const mirror = [1, -1, 1, -1, 1, -1, 1, -1, 1];
    expect(b.rotation).toBeAllclose(
      a.rotation.map((r, i) => r * (mirror[i] as number)),
      { rtol: 0, atol: 1e-4 },
    );
  }
});

test('on every robot x is up when the tool points forward', async () => {
  const forward: Readonly<Record<string, readonly number[]>> = {
    panda: [0, 0, 0, -Math.PI / 2, 0, Math.PI, Math.PI / 4],
    agilex: [0, 0, 0, 0, 0, 0],
    'ldt-01': [0, 0, 0, -Math.PI / 2, 0, 0, 0],
    'g1-inspire': [0, 0, 0, 0, 0, 0, 0],
  };
  for (const [name, joints] of Object.entries(forward)) {
    for (const { chain } of (await shippedEmbodiment(name)).arms) {
      const { rotation } = forwardKinematics(chain, joints);
      // The Piper's last link points 5° up.
      expect(rotation[2], `${name}: x of z`).toBeGreaterThan(0.99);
      expect(rotation[6], `${name}: z of x`).toBeGreaterThan(0.99);
    }
  }
});

test('unknown robots', async () => {
  await expect(shippedEmbodiment('pandda')).rejects.toThrow('there is no embodiment "pandda": there are "panda", ');
});

const file: EmbodimentFile = {
  name: 'mine',
  description: 'Two links',
  kinematics: 'mine.xml',
  base: 'world',
  arms: [{ slot: 'either', joints: ['turn'], tool: { body: 'arm' }, gripper: [{ name: 'grip', closed: 0, open: 1 }] }],
};
const arm = file.arms[0] as EmbodimentFile['arms'][number];
const mjcf =
  '<mujoco><worldbody><body name="arm" pos="0 0 1"><joint name="turn" range="-90 90"/><geom size="1"/></body></worldbody></mujoco>';

describe('a file', () => {
  test('with defaults', async () => {
    const { arms, ...rest } = await loadEmbodiment(file, mjcf);
    expect(rest).toEqual({ name: 'mine', description: 'Two links', controlRate: 30, cameras: {} });
    expect(arms[0]).toMatchObject({ slot: 'either', gripper: arm.gripper, chain: { joints: [{ limits: [-Math.PI / 2, Math.PI / 2] }] } });
  });

  test('with all that there is', async () => {
    const full: EmbodimentFile = {
      ...file,
      controlRate: 50,
      cameras: { head: 'top', wrist: 'hand_eye' },
      arms: [
        {
          ...arm,
          otherJoints: 'refuse',
          joints: [{ name: 'turn', limits: [-1, 1] }],
          tool: { body: 'arm', position: [0, 0, 0.1], quaternion: [2, 0, 0, 2] },
        },
      ],
    };
    const { arms, controlRate, cameras } = await loadEmbodiment(JSON.parse(JSON.stringify(full)), mjcf);
    expect({ controlRate, cameras }).toEqual({ controlRate: 50, cameras: { head: 'top', wrist: 'hand_eye' } });
    const { chain } = arms[0] as (typeof arms)[number];
    expect(chain.joints[0]?.limits).toEqual([-1, 1]);
    const { position, rotation } = forwardKinematics(chain, [0]);
    expect([...position, ...rotation]).toBeAllclose([0, 0, 1.1, 0, -1, 0, 1, 0, 0, 0, 0, 1], { rtol: 0, atol: 1e-15 });
    expect(logPose({ position, rotation }).angular[2]).toBeCloseTo(Math.PI / 2, 12);
  });

  const withArm = (changed: object): unknown => ({ ...file, arms: [{ ...arm, ...changed }] });

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'the embodiment file is wrong: the whole: Invalid input: expected object, received undefined'],
    ['a text', 'panda', 'the embodiment file is wrong: the whole: Invalid input: expected object, received string'],
    ['no base', { ...file, base: undefined }, 'the embodiment "mine" is wrong: base: Invalid input: expected string'],
    ['a bad name', { ...file, name: 'My Robot' }, 'name: expected lower-case letters, digits and dashes'],
    ['a folder', { ...file, kinematics: '../mine.xml' }, 'kinematics: expected the name of a file beside this one, without folders'],
    ['an absolute path', { ...file, kinematics: '/etc/passwd' }, 'kinematics: expected the name of a file beside this one'],
    ['a hidden file', { ...file, kinematics: '..' }, 'kinematics: expected the name of a file beside this one'],
    ['something unknown', { ...file, grippers: [] }, 'Unrecognized key: "grippers"'],
    ['no arms', { ...file, arms: [] }, 'arms: '],
    ['two arms for either side', { ...file, arms: [arm, arm] }, 'arms: expected one arm, or one left and one right'],
    [
      'two left arms',
      {
        ...file,
        arms: [
          { ...arm, slot: 'left' },
          { ...arm, slot: 'left' },
        ],
      },
      'arms: expected one arm, or one left and one right',
    ],
    ['a third hand', withArm({ slot: 'middle' }), 'arms[0].slot: Invalid option: expected one of "left"|"right"|"either"'],
    ['too many joints', withArm({ joints: Array(9).fill('turn') }), 'arms[0].joints: '],
    ['a number for a joint', withArm({ joints: ['turn', 3] }), 'arms[0].joints[1]: expected the name of a joint, or { name, limits }'],
    ['limits upside down', withArm({ joints: [{ name: 'turn', limits: [1, -1] }] }), 'the lower limit must be below the upper one'],
    ['no tool', withArm({ tool: {} }), 'arms[0].tool: expected either a site or a body'],
    ['two tools', withArm({ tool: { site: 'a', body: 'b' } }), 'arms[0].tool: expected either a site or a body'],
    [
      'a zero quaternion',
      withArm({ tool: { body: 'arm', quaternion: [0, 0, 0, 0] } }),
      'arms[0].tool.quaternion: a quaternion w, x, y, z must not be zero',
    ],
    ['no gripper', withArm({ gripper: [] }), 'arms[0].gripper: '],
    [
      'a gripper that never moves',
      withArm({ gripper: [{ name: 'grip', closed: 1, open: 1 }] }),
      'arms[0].gripper[0]: closed and open must differ',
    ],
    ['an unknown camera slot', { ...file, cameras: { nose: 'a' } }, 'cameras'],
    [
      'a wrist camera on no arm in particular',
      { ...file, cameras: { leftWrist: 'a' } },
      'cameras: expected wrist for an arm that goes to either side',
    ],
    ['a rate of nothing', { ...file, controlRate: 0 }, 'controlRate: '],
  ])('%s: an error', (_, content, message) => {
    expect(() => checkEmbodiment(content)).toThrow(message);
  });

  test('several mistakes at once', () => {
    expect(() => checkEmbodiment({ ...file, base: 3, description: '' })).toThrow(/description: .*; base: /);
  });

  test.each<[string, EmbodimentFile, string, string]>([
    [
      'an unknown joint',
      withArm({ joints: ['tern'] }) as EmbodimentFile,
      mjcf,
      'embodiment "mine" with mine.xml: the only arm: there is no joint "tern": there are "turn"',
    ],
    ['an unknown base', { ...file, base: 'torso' }, mjcf, 'embodiment "mine" with mine.xml: the only arm: there is no body "torso"'],
    [
      'an unknown site',
      withArm({ slot: 'left', tool: { site: 'tcp' } }) as EmbodimentFile,
      mjcf,
      'the left arm: there is no site "tcp": none has a name',
    ],
    ['a broken model', file, '<mujoco><worldbody/>', 'embodiment "mine" with mine.xml: MuJoCo cannot read the robot\'s model: '],
  ])('and a model that do not fit, %s: an error', async (_, content, model, message) => {
    await expect(loadEmbodiment(content, model)).rejects.toThrow(message);
  });
});

describe('grippers', () => {
  const hand = [
    { name: 'finger', closed: 1.7, open: 0 },
    { name: 'thumb', closed: 0, open: 2 },
  ];

  test('are as open as their actuators on average', () => {
    expect(gripperOpening(hand, [1.7, 0])).toBe(0);
    expect(gripperOpening(hand, [0, 2])).toBe(1);
    expect(gripperOpening(hand, [0.85, 2])).toBe(0.75);
    expect(gripperOpening(hand, [-9, -9])).toBe(0.5);
  });

  test('go to where they are told', () => {
    expect(gripperValues(hand, 0)).toEqual([1.7, 0]);
    expect(gripperValues(hand, 0.5)).toEqual([0.85, 1]);
    expect(gripperValues(hand, 7)).toEqual([0, 2]);
    for (const opening of [0, 0.3, 1]) expect(gripperOpening(hand, gripperValues(hand, opening))).toBeCloseTo(opening, 14);
  });

  test('have as many values as actuators', () => {
    expect(() => gripperOpening(hand, [1])).toThrow('the gripper has 2 actuators (finger, thumb), but got 1 values');
  });
});
