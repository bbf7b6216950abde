/** Where demonstrations begin: anywhere over the table, in any state of the work, the same for the same seed; and experts go on from there. */
import { expect, test, vi } from 'vitest';
import { type Disturbances, demonstrate, NO_DISTURBANCES } from '../../src/sim/demonstration.ts';
import { beginEpisode } from '../../src/sim/episode.ts';
import { simRobot } from '../../src/sim/robots.ts';
import { heldBy } from '../../src/sim/skills/attempt.ts';
import { taskNamed } from '../../src/sim/tasks/tasks.ts';

vi.setConfig({ testTimeout: 60_000 });

const panda = await simRobot('panda');
const ELSEWHERE: Disturbances = { ...NO_DISTURBANCES, elsewhere: 1 };

/** The first moment of a demonstration, and whether it succeeds, where that is asked for. */
async function begun(seed: number, disturbances: Disturbances, toTheEnd = false) {
  const episode = await beginEpisode(taskNamed('object/red-can'), seed, panda);
  try {
    const run = demonstrate(episode, { disturbances });
    let step = run.next();
    const first = step.done ? undefined : step.value.state.right;
    const holding = heldBy(episode.world, 'right') !== undefined;
    const touching = episode.world.contacts().some(({ bodies }) => bodies.some((body) => episode.world.fingersOf('right').includes(body)));
    while (toTheEnd && !step.done) step = run.next();
    return { position: first?.pose.position ?? [0, 0, 0], holding, touching, success: step.done === true && step.value };
  } finally {
    episode.world.close();
  }
}

const seeds = Array.from({ length: 20 }, (_, i) => i);

test('spread over the table, now and then with a thing in hand, touching nothing else', async () => {
  const all: Awaited<ReturnType<typeof begun>>[] = [];
  for (const seed of seeds) all.push(await begun(seed, ELSEWHERE));
  const deviation = (axis: number): number => {
    const values = all.map(({ position }) => position[axis] as number);
    const mean = values.reduce((a, b) => a + b) / values.length;
    return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
  };
  // Of uniform draws within ±0.18 and ±0.28 m: 0.10 and 0.16
  expect(deviation(0)).toBeGreaterThan(0.06);
  expect(deviation(1)).toBeGreaterThan(0.1);
  const held = all.filter(({ holding }) => holding).length;
  expect(held).toBeGreaterThan(0);
  expect(held).toBeLessThan(seeds.length / 2);
  expect(all.filter(({ holding, touching }) => touching && !holding)).toEqual([]);
});

test('the same seed begins at the same place; without disturbances all begin at home', async () => {
  expect(await begun(3, ELSEWHERE)).toEqual(await begun(3, ELSEWHERE));
  const home = await Promise.all([1, 2].map((seed) => begun(seed, NO_DISTURBANCES)));
  expect([...(home[0]?.position ?? [])]).toBeAllclose([...(home[1]?.position ?? [])], { atol: 1e-9 });
});

test('the expert goes on from there', async () => {
  for (const seed of seeds.slice(0, 8)) expect(await begun(seed, ELSEWHERE, true)).toMatchObject({ success: true });
});
