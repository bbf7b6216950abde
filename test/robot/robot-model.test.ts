import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ChainOptions, chainOf, forwardKinematics, loadMujoco, readRobotModel, relativePose } from '../../src/robot/index.ts';
import { editDistance } from '../../src/robot/names.ts';
import { numbersOf } from './poses.ts';
import { simulate } from './simulated.ts';

/** f64, a few products */
const EXACT = { rtol: 0, atol: 1e-13 };

const number = fc.integer({ min: -20, max: 20 }).map((n) => n / 10);
const vector = fc.tuple(number, number, number).map((v) => v.join(' '));
const axis = fc
  .tuple(number, number, number)
  .filter((v) => Math.hypot(...v) > 0.2)
  .map((v) => v.join(' '));
const joint = fc.record({ type: fc.constantFrom('hinge', 'slide'), axis, pos: vector, ref: number, listed: fc.boolean(), q: number });
const body = fc.record({
  pos: vector,
  quat: fc.tuple(axis, number).map(([v, w]) => `${w} ${v}`),
  joints: fc.array(joint, { maxLength: 2 }),
});

describe('chains', () => {
  test('agree with MuJoCo, whatever the bodies, axes, anchors and references', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(body, { minLength: 1, maxLength: 4 }), fc.nat(), async (bodies, at) => {
        const inner = bodies.reduceRight((inside, { pos, quat, joints }, i) => {
          const written = joints.map((j, k) => `<joint name="j${i}${k}" type="${j.type}" axis="${j.axis}" pos="${j.pos}" ref="${j.ref}"/>`);
          return `<body name="b${i}" pos="${pos}" quat="${quat}"><inertial pos="0 0 0" mass="1" diaginertia="1 1 1"/>${written.join('')}${inside}</body>`;
        }, '<site name="tool" pos="0.1 0.2 0.3" quat="1 2 3 4"/>');
        const mjcf = `<mujoco><compiler angle="radian"/><worldbody><body name="other" pos="1 2 3" quat="1 1 0 0"/>${inner}</worldbody></mujoco>`;
        const all = bodies.flatMap(({ joints }, i) => joints.map((j, k) => ({ ...j, name: `j${i}${k}`, body: i })));
        // The base must not be moved by a listed joint.
        const first = all.find(({ listed }) => listed)?.body ?? bodies.length;
        const base = ['world', 'other', ...bodies.map((_, i) => `b${i}`).slice(0, first)][at % (2 + first)] as string;
        const chain = chainOf(await readRobotModel(mjcf), {
          base,
          joints: all.filter(({ listed }) => listed).map(({ name }) => name),
          tool: { site: 'tool' },
        });
        await simulate(mjcf, ({ move, poseOf }) => {
          move(Object.fromEntries(all.map(({ name, listed, q, ref }) => [name, listed ? q : ref])));
          const expected = relativePose(poseOf('body', base), poseOf('site', 'tool'));
          const found = forwardKinematics(
            chain,
            all.filter(({ listed }) => listed).map(({ q }) => q),
          );
          expect(numbersOf(found)).toBeAllclose(numbersOf(expected), { rtol: 1e-13, atol: 1e-12 });
        });
      }),
      { numRuns: 100 },
    );
  });

  const mjcf = `
    <mujoco>
      <compiler angle="radian"/>
      <worldbody>
        <body name="torso">
          <freejoint name="root"/>
          <geom size="0.1"/>
          <body name="upper">
            <geom size="0.1"/>
            <joint name="shoulder" axis="0 0 2" range="-1 1"/>
            <body name="lower" pos="1 0 0">
              <geom size="0.1"/>
              <joint name="elbow" axis="0 1 0" range="-2 2" limited="false"/>
              <joint name="lift" type="slide" axis="0 0 1"/>
              <site name="grip" pos="0 0 0.1"/>
            </body>
          </body>
          <body name="head"><geom size="0.1"/><joint name="neck" type="ball"/></body>
        </body>
      </worldbody>
      <actuator><motor joint="elbow"/></actuator>
      <sensor><framepos objtype="site" objname="grip"/></sensor>
    </mujoco>`;
  const options: ChainOptions = { base: 'torso', joints: ['shoulder', 'elbow', 'lift'], tool: { site: 'grip' } };

  test('have names, types, unit axes and limits', async () => {
    const { joints, tool } = chainOf(await readRobotModel(mjcf), options);
    expect(joints.map(({ fixed: _, ...rest }) => rest)).toEqual([
      { name: 'shoulder', type: 'hinge', axis: [0, 0, 1], limits: [-1, 1] },
      { name: 'elbow', type: 'hinge', axis: [0, 1, 0], limits: null },
      { name: 'lift', type: 'slide', axis: [0, 0, 1], limits: null },
    ]);
    expect(numbersOf(tool)).toBeAllclose([0, 0, 0.1, 1, 0, 0, 0, 1, 0, 0, 0, 1], EXACT);
  });

  test('hold what is not listed', async () => {
    const { joints } = chainOf(await readRobotModel(mjcf), { ...options, joints: ['elbow'] });
    expect(joints.map(({ name }) => name)).toEqual(['elbow']);
  });

  test.each<[string, Partial<ChainOptions>, string]>([
    ['no such joint', { joints: ['sholder'] }, 'there is no joint "sholder": there are "shoulder", '],
    ['no such site', { tool: { site: 'tcp' } }, 'there is no site "tcp": there are "grip"'],
    ['no such body', { tool: { body: 'hand' } }, 'there is no body "hand": there are "head", '],
    ['no such base', { base: 'pelvis' }, 'there is no body "pelvis"'],
    [
      'a joint elsewhere',
      { joints: ['neck'] },
      'joint "neck" is not on the way from "torso" to "grip", where there are shoulder, elbow, lift',
    ],
    [
      'a wrong order',
      { joints: ['elbow', 'shoulder'] },
      'joints elbow, shoulder: expected the order from "torso" to "grip", each once: shoulder, elbow',
    ],
    ['a joint twice', { joints: ['elbow', 'elbow'] }, 'each once: elbow'],
    [
      'an unlisted joint',
      { joints: ['elbow'], otherJoints: 'refuse' },
      'the tool is moved by joints that are not listed: "shoulder", "lift"',
    ],
    [
      'a joint of many numbers',
      { base: 'world', joints: ['root'] },
      'joint "root" is a free joint: the joints of an arm are hinges and slides',
    ],
    ['a joint above the base', { base: 'lower', joints: ['shoulder'] }, 'joint "shoulder" is not on the way from "lower" to "grip"'],
  ])('%s: an error', async (_, changed, message) => {
    const model = await readRobotModel(mjcf);
    expect(() => chainOf(model, { ...options, ...changed })).toThrow(message);
  });
});

describe('MuJoCo as a reader', () => {
  test('reads URDF with fixed links and without its meshes', async () => {
    const urdf = `
      <robot name="one">
        <link name="base"/>
        <link name="arm">
          <visual><geometry><mesh filename="package://one/arm.dae"/></geometry></visual>
          <collision><geometry><mesh filename="package://one/arm.stl"/></geometry></collision>
        </link>
        <link name="tcp"/>
        <joint name="turn" type="revolute">
          <parent link="base"/><child link="arm"/><origin xyz="0 0 1" rpy="0 0 0"/><axis xyz="0 0 1"/>
          <limit lower="-1" upper="2" effort="1" velocity="1"/>
        </joint>
        <joint name="end" type="fixed"><parent link="arm"/><child link="tcp"/><origin xyz="0.5 0 0" rpy="0 1.5707963267948966 0"/></joint>
      </robot>`;
    const chain = chainOf(await readRobotModel(urdf), { base: 'base', joints: ['turn'], tool: { body: 'tcp' } });
    expect(chain.joints[0]).toMatchObject({ name: 'turn', limits: [-1, 2] });
    expect(numbersOf(forwardKinematics(chain, [Math.PI / 2]))).toBeAllclose([0, 0.5, 1, 0, -1, 0, 0, 0, 1, -1, 0, 0], EXACT);
  });

  test('reads MJCF without its meshes, textures and whatever refers to them', async () => {
    const { bodies, joints } = await readRobotModel(`
      <mujoco>
        <asset>
          <mesh name="shape" file="missing.obj"/>
          <texture name="paint" type="2d" file="missing.png"/>
          <material name="painted" texture="paint"/>
        </asset>
        <worldbody><body name="arm"><joint name="turn"/><geom name="skin" type="mesh" mesh="shape" material="painted"/></body><body name="other"/></worldbody>
        <contact><exclude body1="arm" body2="other"/></contact>
        <tendon><fixed name="cable"><joint joint="turn" coef="1"/></fixed></tendon>
        <actuator><position name="servo" tendon="cable"/></actuator>
        <keyframe><key name="home" qpos="0"/></keyframe>
      </mujoco>`);
    expect([bodies.map(({ name }) => name), joints.map(({ name }) => name)]).toEqual([['world', 'arm', 'other'], ['turn']]);
  });

  test.each([
    ['a misspelt element', '<mujoco><worldbody><bodi/></worldbody></mujoco>', /unrecognized element; Element 'bodi', line 1$/],
    ['no XML', 'name: panda', /cannot read the robot's model: .*XML/],
    ['nothing', '', /cannot read the robot's model: .*EMPTY/],
    ['a name twice', '<mujoco><worldbody><body name="a"/><body name="a"/></worldbody></mujoco>', /repeated name 'a'/],
    [
      'a mistake that only compiling finds',
      '<mujoco><worldbody><body><joint name="turn" axis="0 0 0"/></body></worldbody></mujoco>',
      /axis.*turn/,
    ],
  ])('%s: an error with its message', async (_, text, message) => {
    await expect(readRobotModel(text)).rejects.toThrow(message);
  });

  test('frees what it took', async () => {
    const mujoco = await loadMujoco();
    const memory = (): number => {
      const buffer = new mujoco.DoubleBuffer(1);
      const { byteLength } = buffer.GetView().buffer;
      buffer.delete();
      return byteLength;
    };
    const read = (): Promise<unknown> => readRobotModel('<mujoco><worldbody><body><joint/><geom size="1"/></body></worldbody></mujoco>');
    await read();
    const before = memory();
    for (let i = 0; i < 300; i++) await read();
    // 20 KB of each specification stay behind in 3.14; if nothing was freed it would be three times as much.
    expect((memory() - before) / 300).toBeLessThan(35e3);
  });

  test('survives many mistakes', async () => {
    const broken = '<mujoco><worldbody><body><joint name="turn" axis="0 0 0"/></body></worldbody></mujoco>';
    for (let i = 0; i < 3; i++) await expect(readRobotModel(broken)).rejects.toThrow('turn');
    const [first, again] = [await loadMujoco(), await loadMujoco()];
    expect(again).toBe(first);
    await expect(readRobotModel(broken)).rejects.toThrow('turn');
    expect(await loadMujoco()).not.toBe(first);
  });
});

test.each([
  ['', '', 0],
  ['', 'abc', 3],
  ['kitten', 'Sitting', 3],
  ['left_elbow', 'right_elbow', 4],
])('from %j to %j it takes %i changes', (from, to, changes) => {
  expect(editDistance(from, to)).toBe(changes);
  expect(editDistance(to, from)).toBe(changes);
});
