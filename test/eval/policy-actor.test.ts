/** Policies as actors: what is carried out of their chunks, what is refused, and who predicts together with whom. */
import { afterAll, describe, expect, test } from 'vitest';
import { ChunkError, policyActor } from '../../src/eval/policy-actor.ts';
import { rollOut } from '../../src/eval/rollout.ts';
import { type Predict, predictTogether } from '../../src/eval/together.ts';
import { beginTrial } from '../../src/eval/trial.ts';
import { createPolicy, type PolicyChunk, type PolicyObservation } from '../../src/policy/policy.ts';
import { ACTION_DIMS, ARMS, STATE_DIMS } from '../../src/robot/canonical.ts';
import type { Episode } from '../../src/sim/episode.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { observation, policyConfig, tinyProcessor, tinyWeights } from '../support/policy.ts';

const WIDTH = ARMS.length * ACTION_DIMS;
/** The right arm's number in a chunk */
const at = (step: number, dim: number): number => step * WIDTH + ACTION_DIMS + dim;

/** A chunk in which the right tool goes on by so many metres along its x axis each step, and the gripper is half open. */
function chunk(steps: number, metres = 0): PolicyChunk {
  const actions = new Float32Array(steps * WIDTH);
  for (let step = 0; step < steps; step++) {
    actions.set([metres * (step + 1), 0, 0, 1, 0, 0, 0, 1, 0, 0.5], at(step, 0));
  }
  return { actions, latents: [], aims: [] };
}

const open: Episode[] = [];
afterAll(() => {
  for (const { world } of open) world.close();
});

/** The first steps of an episode. */
async function begin(seed = 1_000_000, limit = 24): Promise<Episode> {
  const episode = await beginTrial({ task: 'object/red-can', robot: 'panda', perturbation: 'none', seed });
  open.push(episode);
  return { ...episode, limit };
}

test('the first steps of each chunk are carried out, seen from where the robot is then', async () => {
  const episode = await begin();
  const asked: { observation: PolicyObservation; x: number }[] = [];
  const predict: Predict = async (one) => {
    asked.push({ observation: one, x: episode.world.state().right?.pose.position[0] as number });
    return chunk(30, 0.002);
  };
  const told: number[] = [];
  const { steps } = await rollOut(episode, policyActor(episode, predict, { imageSize: 32, replan: 10 }), () => {
    told.push(episode.world.told().right?.pose.position[0] as number);
  });
  expect(steps).toBe(24);
  expect(asked.map(({ observation: { seed } }) => seed - 1_000_000 * 1e4)).toEqual([0, 10, 20]);
  // Tools point down: their x axis is along or against the base's.
  const direction = Math.sign((told[1] as number) - (told[0] as number));
  for (const [i, { x }] of asked.entries()) expect(told[10 * i + 1]).toBeCloseTo(x + direction * 0.002, 4);
  expect(told[10]).toBeCloseTo((asked[0]?.x as number) + direction * 0.02, 4);
  expect(episode.world.told().right?.gripper).toBeCloseTo(0.5, 6);
});

test('a policy sees the views and measures the arms that there are', async () => {
  const episode = await begin();
  const seen: PolicyObservation[] = [];
  const predict: Predict = async (one) => {
    seen.push(one);
    return chunk(1);
  };
  const actor = policyActor(episode, predict, { imageSize: 32, replan: 1 });
  await actor.act();
  const [one] = seen as [PolicyObservation];
  expect(one).toMatchObject({ instruction: episode.instruction, embodiment: 'panda' });
  expect([...one.viewMask]).toEqual([1, 0, 1]);
  const [head, left, right] = [0, 1, 2].map((view) => new Set(one.images.subarray(view * 3 * 32 * 32, (view + 1) * 3 * 32 * 32)).size);
  expect({ head: (head as number) > 50, left, right: (right as number) > 20 }).toEqual({ head: true, left: 1, right: true });
  expect([...one.stateMask.subarray(0, STATE_DIMS)]).toEqual(new Array(STATE_DIMS).fill(0));
  expect(one.stateMask.reduce((sum, there) => sum + there, 0)).toBe(9 + 1 + 7);
});

describe('what cannot be carried out is an error, and the robot does not wait', () => {
  const spoiled = (change: (actions: Float32Array) => unknown): PolicyChunk => {
    const { actions, ...rest } = chunk(30);
    change(actions);
    return { actions, ...rest };
  };
  test.each([
    [
      'a number that is none',
      spoiled((actions) => actions.fill(Number.NaN, at(4, 2), at(4, 3))),
      'at step 0 has NaN as number 2 of the right arm in action 4',
    ],
    ['an infinite number', spoiled((actions) => actions.fill(Number.POSITIVE_INFINITY, at(0, 9))), 'has Infinity as number 9'],
    [
      'a rotation that is none',
      spoiled((actions) => actions.fill(0, at(2, 3), at(2, 9))),
      'cannot be carried out: action 2 of the right arm',
    ],
    ['too few steps', chunk(9), 'has 180 numbers: expected 20 for each of 10 steps or more'],
    ['half a step', { actions: new Float32Array(210), latents: [], aims: [] }, 'has 210 numbers'],
  ])('%s', async (_, given, message) => {
    const episode = await begin();
    const { steps } = episode.world;
    const acting = rollOut(
      episode,
      policyActor(episode, async () => given, { imageSize: 32, replan: 10 }),
    );
    await expect(acting).rejects.toThrow(ChunkError);
    await expect(acting).rejects.toThrow(message);
    expect(episode.world.steps).toBe(steps);
  });
});

describe('together', () => {
  const wait = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  test('batches are full as long as there is work to fill them', async () => {
    const sizes: number[] = [];
    const predict = async (some: readonly PolicyObservation[]): Promise<PolicyChunk[]> => {
      sizes.push(some.length);
      await wait();
      return some.map(({ seed }) => ({ actions: Float32Array.of(seed), latents: [], aims: [] }));
    };
    const together = predictTogether({ batch: 4, predict });
    const one = observation(1);
    const work = (name: number, times: number) =>
      together(async (ask) => {
        for (let i = 0; i < times; i++) {
          const seed = 100 * name + i;
          expect((await ask({ ...one, seed })).actions[0]).toBe(seed);
          await wait();
        }
      });
    await Promise.all([5, 3, 8, 2, 6, 8].map((times, name) => work(name, times)));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(32);
    // Full until fewer than four have something to ask, or all wait who are left.
    expect(sizes.slice(0, 5)).toEqual([4, 4, 4, 4, 4]);
    expect(sizes.length).toBeLessThanOrEqual(11);
  });

  test('only the one at fault is told', async () => {
    const predict = async (some: readonly PolicyObservation[]): Promise<PolicyChunk[]> => {
      if (some.some(({ instruction }) => instruction === 'wrong')) throw new Error('a wrong word');
      return some.map(() => chunk(1));
    };
    const together = predictTogether({ batch: 3, predict });
    const asked = ['good', 'wrong', 'fine'].map((instruction) => together((ask) => ask({ ...observation(1), instruction })));
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(asked[1]).rejects.toThrow('a wrong word');
  });

  test('what a policy does in an episode does not depend on the others: the same states, bit for bit', { timeout: 30_000 }, async () => {
    const config = policyConfig();
    const policy = await createPolicy(nodeEngine({ threads: 1 }), tinyProcessor(config), tinyWeights(config), { batch: 2 });
    /** Acts in some episodes at the same time. Returns where everything is at the end. */
    const actIn = async (seeds: readonly number[]): Promise<number[][]> => {
      const together = predictTogether(policy);
      return Promise.all(
        seeds.map((seed) =>
          together(async (predict) => {
            const episode = await begin(seed, 40);
            await rollOut(episode, policyActor(episode, predict, { imageSize: config.imageSize, replan: 4 }));
            return Array.from(episode.world.data.qpos as Float64Array);
          }),
        ),
      );
    };
    const [a, b, c] = await actIn([1, 2, 3]);
    expect(await actIn([2])).toEqual([b]);
    expect(await actIn([3, 1])).toEqual([c, a]);
    expect(a).not.toEqual(b);
    await policy.dispose();
  });
});
