import { describe, expect, test } from 'vitest';
import {
  forwardKinematics,
  IDENTITY_ROTATION,
  type InverseKinematicsResult,
  inverseKinematics,
  type KinematicChain,
  matrixFromAxisAngle,
  type Pose,
  rotationAngle,
  SHIPPED_EMBODIMENTS,
  shippedEmbodiment,
} from '../../src/robot/index.ts';
import { randomStream } from '../../src/tensor/random.ts';
import { within } from './simulated.ts';

const distance = (a: Pose, b: Pose): number => Math.hypot(...a.position.map((p, i) => p - (b.position[i] as number)));

/** How well a result does what it says: it is within the limits, and its errors are those that there are. */
function check(chain: KinematicChain, target: Pose, { joints, converged, positionError, rotationError }: InverseKinematicsResult): void {
  for (const [i, { limits }] of chain.joints.entries()) {
    const q = joints[i] as number;
    expect(limits === null || (q >= limits[0] && q <= limits[1])).toBe(true);
  }
  const found = forwardKinematics(chain, joints);
  expect(Math.abs(distance(found, target) - positionError)).toBeLessThan(1e-12);
  expect(Math.abs(rotationAngle(found.rotation, target.rotation) - rotationError)).toBeLessThan(1e-12);
  if (converged) expect(Math.max(positionError, rotationError)).toBeLessThan(1e-6);
}

describe.each([...SHIPPED_EMBODIMENTS.keys()])('%s', (name) => {
  const samples = 200;

  test('comes back from forward kinematics', async () => {
    const { arms } = await shippedEmbodiment(name);
    for (const { chain, slot } of arms) {
      const random = randomStream(1, `inverse kinematics of ${name}`);
      let [warm, cold] = [0, 0];
      for (let sample = 0; sample < samples; sample++) {
        const joints = chain.joints.map((joint) => within(joint, random.uniform()));
        const target = forwardKinematics(chain, joints);
        const near = inverseKinematics(chain, target, { start: joints.map((q) => q + 0.3 * random.normal()) });
        check(chain, target, near);
        warm += near.converged ? 1 : 0;
        const anywhere = inverseKinematics(chain, target);
        check(chain, target, anywhere);
        cold += anywhere.converged ? 1 : 0;
      }
      expect(warm / samples, `${slot} arm, from nearby`).toBeGreaterThanOrEqual(0.99);
      // Poses of joints that are all near their limits have few ways that lead there.
      expect(cold / samples, `${slot} arm, from the middle`).toBeGreaterThanOrEqual(0.97);
    }
  });

  test('says so when a pose is out of reach', async () => {
    const { arms } = await shippedEmbodiment(name);
    for (const { chain } of arms) {
      const target: Pose = { position: [5, 0, 0], rotation: IDENTITY_ROTATION };
      const result = inverseKinematics(chain, target, { restarts: 2 });
      check(chain, target, result);
      expect(result).toMatchObject({ converged: false, restarts: 2 });
      // Arms are shorter than 2 m.
      expect(result.positionError).toBeGreaterThan(3);
    }
  });
});

describe('an arm', async () => {
  const { chain } = (await shippedEmbodiment('panda')).arms[0] as { chain: KinematicChain };
  const middle = chain.joints.map((joint) => within(joint, 0.5));
  const target = forwardKinematics(chain, middle);

  test('that is there stays there', () => {
    expect(inverseKinematics(chain, target, { start: middle })).toMatchObject({
      joints: middle,
      converged: true,
      iterations: 0,
      restarts: 0,
    });
  });

  test('moves little for a little', () => {
    const turned = matrixFromAxisAngle([0.01, 0, 0]);
    const { joints, restarts } = inverseKinematics(chain, { position: target.position, rotation: turned }, { start: middle });
    expect(restarts).toBeGreaterThanOrEqual(0);
    const next = inverseKinematics(
      chain,
      { ...target, position: [target.position[0] + 0.005, target.position[1], target.position[2]] },
      { start: middle },
    );
    expect(next).toMatchObject({ converged: true, restarts: 0 });
    expect(Math.max(...next.joints.map((q, i) => Math.abs(q - (middle[i] as number))))).toBeLessThan(0.05);
    expect(joints).toHaveLength(7);
  });

  test('gives the same answer every time, and another one with another stream', () => {
    const hard = forwardKinematics(
      chain,
      chain.joints.map((joint) => within(joint, 0.02)),
    );
    const solve = (seed: number): InverseKinematicsResult =>
      inverseKinematics(chain, hard, { iterations: 3, random: randomStream(seed, 'ik') });
    expect(inverseKinematics(chain, hard, { iterations: 3 })).toEqual(inverseKinematics(chain, hard, { iterations: 3 }));
    expect(solve(1)).toEqual(solve(1));
    expect(solve(1).joints).not.toEqual(solve(2).joints);
  });

  test('of 7 joints stays nearer to a posture', () => {
    const random = randomStream(5, 'posture');
    const away = (joints: readonly number[]): number => Math.hypot(...joints.map((q, i) => q - (middle[i] as number)));
    let [nearer, samples] = [0, 0];
    for (let i = 0; i < 50; i++) {
      const joints = middle.map((q) => q + 0.5 * random.normal());
      const start = joints.map((q) => q + 0.5 * random.normal());
      const pose = forwardKinematics(
        chain,
        joints.map((q, j) => Math.min(Math.max(q, chain.joints[j]?.limits?.[0] ?? q), chain.joints[j]?.limits?.[1] ?? q)),
      );
      const free = inverseKinematics(chain, pose, { start });
      const drawn = inverseKinematics(chain, pose, { start, posture: middle });
      expect(drawn.converged).toBe(true);
      if (free.restarts + drawn.restarts > 0) continue;
      samples++;
      nearer += away(free.joints) - away(drawn.joints);
    }
    expect(samples).toBeGreaterThan(30);
    // Radians, over all joints, on average
    expect(nearer / samples).toBeGreaterThan(0.1);
  });

  test.each<[string, () => unknown, string]>([
    ['a start of another length', () => inverseKinematics(chain, target, { start: [1, 2] }), 'start must be 7 finite numbers, got [1, 2]'],
    [
      'a posture of NaN',
      () => inverseKinematics(chain, target, { posture: Array(7).fill(Number.NaN) }),
      'posture must be 7 finite numbers',
    ],
    ['a target of NaN', () => inverseKinematics(chain, { ...target, position: [Number.NaN, 0, 0] }), 'the target is not finite'],
  ])('%s: an error', (_, action, message) => {
    expect(action).toThrow(message);
  });
});
