import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  composePoses,
  forwardKinematics,
  IDENTITY_POSE,
  IDENTITY_ROTATION,
  jacobian,
  type KinematicChain,
  logPose,
  matrixFromQuaternion,
  type Pose,
  type Quaternion,
  relativePose,
  rotateVector,
  SHIPPED_EMBODIMENTS,
  shippedEmbodiment,
} from '../../src/robot/index.ts';
import { randomStream } from '../../src/tensor/random.ts';
import { numbersOf } from './poses.ts';
import { simulate, within } from './simulated.ts';

/** f64, at most a dozen products of matrices with entries up to 1 and lengths up to 1 m, in MuJoCo by way of quaternions. */
const EXACT = { rtol: 0, atol: 1e-13 };

/** A turn about z, 1 m of link along x, a slide along x, and a tool that looks along y. */
const planar: KinematicChain = {
  joints: [
    { name: 'turn', type: 'hinge', axis: [0, 0, 1], limits: null, fixed: { position: [0, 0, 0.5], rotation: IDENTITY_ROTATION } },
    { name: 'slide', type: 'slide', axis: [1, 0, 0], limits: [0, 1], fixed: { position: [1, 0, 0], rotation: IDENTITY_ROTATION } },
  ],
  tool: { position: [0, 0.1, 0], rotation: IDENTITY_ROTATION },
};

describe('by hand', () => {
  test('forward kinematics', () => {
    expect(forwardKinematics(planar, [0, 0.2])).toEqual({ position: [1.2, 0.1, 0.5], rotation: IDENTITY_ROTATION });
    const turned = forwardKinematics(planar, [Math.PI / 2, 0.2]);
    expect(numbersOf(turned)).toBeAllclose([-0.1, 1.2, 0.5, 0, -1, 0, 1, 0, 0, 0, 0, 1], EXACT);
  });

  test('Jacobian', () => {
    const rows = [-0.1, 1, 1.2, 0, 0, 0, 0, 0, 0, 0, 1, 0];
    expect(jacobian(planar, [0, 0.2])).toBeAllclose(rows, EXACT);
  });

  test('an arm without joints is its tool', () => {
    expect(forwardKinematics({ joints: [], tool: IDENTITY_POSE }, [])).toEqual(IDENTITY_POSE);
  });

  test('the wrong number of joints', () => {
    expect(() => forwardKinematics(planar, [1])).toThrow('the arm has 2 joints (turn, slide), but got 1 numbers');
    expect(() => jacobian(planar, [1, 2, 3])).toThrow('but got 3 numbers');
  });
});

// Where the makers' own numbers are known.
describe('published poses', () => {
  test.each<[string, number[], number[]]>([
    // Franka's ready pose: the flange is at x 0.3069, z 0.5903, looking down; the tool is 0.1034 m below it.
    ['panda', [0, -Math.PI / 4, 0, (-3 * Math.PI) / 4, 0, Math.PI / 2, Math.PI / 4], [0.3069, 0, 0.5903 - 0.1034]],
    // All joints 0: the flange is at −(a2 + a3), −(d4 + d6), d1 − d5, looking along −y; the tool is 0.145 m further.
    ['ur5e', [0, 0, 0, 0, 0, 0], [-0.8172, -0.2329 - 0.145, 0.0628]],
    // All joints 0: the arm reports 56.127, 0, 213.266 mm for its last link, which looks along x, 5° down; the tool is 0.125 m further.
    [
      'agilex',
      [0, 0, 0, 0, 0, 0],
      [0.056127 + 0.125 * Math.cos((5 * Math.PI) / 180), 0.3, 0.213266 + 0.125 * Math.sin((5 * Math.PI) / 180)],
    ],
  ])('%s', async (name, joints, position) => {
    const chain = (await shippedEmbodiment(name)).arms[0]?.chain as KinematicChain;
    // Published to a tenth of a millimetre
    expect(forwardKinematics(chain, joints).position).toBeAllclose(position, { rtol: 0, atol: 1e-4 });
  });
});

describe.each([...SHIPPED_EMBODIMENTS])('%s', (name, { file, model }) => {
  test('forward kinematics agree with MuJoCo', async () => {
    const { arms } = await shippedEmbodiment(name);
    const random = randomStream(1, `kinematics of ${name}`);
    await simulate(model, ({ move, poseOf }) => {
      for (let sample = 0; sample < 50; sample++) {
        for (const [i, { chain }] of arms.entries()) {
          const joints = chain.joints.map((joint) => within(joint, random.uniform()));
          move(Object.fromEntries(chain.joints.map((joint, j) => [joint.name, joints[j] as number])));
          const { site, position = [0, 0, 0], quaternion = [1, 0, 0, 0] } = file.arms[i]?.tool ?? {};
          const offset: Pose = { position, rotation: matrixFromQuaternion(quaternion as Quaternion) };
          const expected = relativePose(poseOf('body', file.base), composePoses(poseOf('site', site as string), offset));
          expect(numbersOf(forwardKinematics(chain, joints))).toBeAllclose(numbersOf(expected), EXACT);
        }
      }
    });
  });

  test('the Jacobian agrees with differences', async () => {
    const { arms } = await shippedEmbodiment(name);
    const random = randomStream(2, `Jacobian of ${name}`);
    const step = 1e-5;
    for (const { chain } of arms) {
      const joints = chain.joints.map((joint) => within(joint, random.uniform()));
      const n = joints.length;
      const found = jacobian(chain, joints);
      for (const [i, q] of joints.entries()) {
        const [before, after] = [q - step, q + step].map((value) => forwardKinematics(chain, joints.with(i, value))) as [Pose, Pose];
        const linear = after.position.map((p, axis) => (p - (before.position[axis] as number)) / (2 * step));
        // The turn between the two, in the base frame
        const { angular } = logPose(relativePose(before, after));
        const turned = rotateVector(before.rotation, angular).map((a) => a / (2 * step));
        // Central differences: the error is of the order step² (1e-10), and rounding 1e-16/step
        const column = Array.from({ length: 6 }, (_, row) => found[row * n + i] as number);
        expect(column).toBeAllclose([...linear, ...turned], { rtol: 0, atol: 1e-9 });
      }
    }
  });

  test('the kinematics are plain data', async () => {
    const embodiment = await shippedEmbodiment(name);
    expect(JSON.parse(JSON.stringify(embodiment))).toEqual(embodiment);
  });
});

test('a walk does not change what it was given', () => {
  const frozen = structuredClone(planar);
  fc.assert(
    fc.property(fc.double({ min: -3, max: 3, noNaN: true }), (q) => {
      forwardKinematics(planar, [q, q]);
      jacobian(planar, [q, q]);
      expect(planar).toEqual(frozen);
    }),
    { numRuns: 5 },
  );
});
