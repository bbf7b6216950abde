import { expect, test } from 'vitest';
import { checkEmbodiment, forwardKinematics, inverseKinematics, SHIPPED_EMBODIMENTS, shippedEmbodiment } from '../../src/robot/index.ts';
import { posesOf, REFERENCE_POSES } from './reference-poses.ts';

test.each([...SHIPPED_EMBODIMENTS.keys()])('%s is the same robot as in Node', async (name) => {
  const embodiment = await shippedEmbodiment(name);
  // The same operations in the same order; only sines and cosines may differ, by a bit, between versions of the engine.
  expect(posesOf(embodiment).flat()).toBeAllclose((REFERENCE_POSES[name] ?? []).flat(), { rtol: 0, atol: 1e-14 });
});

test('can be posted to a worker, and be reached', async () => {
  const { arms } = structuredClone(await shippedEmbodiment('g1-inspire'));
  for (const { chain } of arms) {
    const joints = chain.joints.map(() => 0.2);
    expect(inverseKinematics(chain, forwardKinematics(chain, joints))).toMatchObject({ converged: true });
  }
});

test('says what is wrong with a file', () => {
  expect(() => checkEmbodiment({ name: 'mine' })).toThrow('the embodiment "mine" is wrong: description: ');
});
