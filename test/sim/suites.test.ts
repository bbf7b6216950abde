/** The suites of tasks: well-formed, repeatable, not done before they begin, and done by their experts. */
import { expect, test } from 'vitest';
import { demonstrate, NO_DISTURBANCES } from '../../src/sim/demonstration.ts';
import { beginEpisode } from '../../src/sim/episode.ts';
import { holds } from '../../src/sim/goals.ts';
import { perturbation } from '../../src/sim/perturbations.ts';
import { simRobot } from '../../src/sim/robots.ts';
import { fillSlots, type Suite } from '../../src/sim/tasks/task.ts';
import { allTasks, taskNamed, tasksOf } from '../../src/sim/tasks/tasks.ts';
import { randomStream } from '../../src/tensor/random.ts';

const [panda, ur5e, agilex] = [await simRobot('panda'), await simRobot('ur5e'), await simRobot('agilex')];
const LIBERO: readonly Suite[] = ['spatial', 'object', 'goal', 'long'];
const ONE_ARMED = LIBERO.flatMap(tasksOf);

test('have ten tasks each, with names of their own', () => {
  for (const suite of [...LIBERO, 'bimanual'] as const) {
    expect(tasksOf(suite)).toHaveLength(10);
    for (const { name } of tasksOf(suite)) expect(name).toMatch(new RegExp(`^${suite}/[a-z0-9]+(-[a-z0-9]+)*$`));
  }
  expect(new Set(allTasks().map(({ name }) => name)).size).toBe(allTasks().length);
  expect(() => taskNamed('spatial/bowl-on-stoves')).toThrow('there is no task "spatial/bowl-on-stoves": the nearest of');
});

test.each(allTasks().map((task) => [task.name, task] as const))('%s: words fit, seeds repeat', (name, task) => {
  const setup = (seed: number) => task.setup(randomStream(seed, name));
  const { training, heldOut } = task.instructions;
  for (let seed = 0; seed < 5; seed++) {
    const { words } = setup(seed);
    const said = [...training, ...heldOut].map((template) => fillSlots(template, words));
    for (const text of said) expect(text).toMatch(/^[a-z][^{}]*$/);
    expect(new Set(said).size).toBe(training.length + heldOut.length);
  }
  expect(setup(3).things.map(({ id, pose }) => [id, pose])).toEqual(setup(3).things.map(({ id, pose }) => [id, pose]));
});

test.each(allTasks().map((task) => [task.name, task] as const))(
  '%s: nothing is done before it begins, in other layouts either',
  async (_, task) => {
    const robot = task.arms === 1 ? panda : agilex;
    for (const change of [[], [perturbation('layout', 5)]]) {
      const { world, setup } = await beginEpisode(task, 7, robot, { change });
      expect(setup.goals.filter((goal) => holds(goal, world))).toEqual([]);
      world.close();
    }
  },
);

test.each(ONE_ARMED.map((task, i) => [task.name, i % 5 === 0 ? ur5e : panda, task] as const))(
  '%s: not done at the beginning, done by the expert',
  async (_, robot, task) => {
    const episode = await beginEpisode(task, 0, robot);
    try {
      expect(episode.setup.goals.filter((goal) => holds(goal, episode.world))).toEqual([]);
      const run = demonstrate(episode, { disturbances: NO_DISTURBANCES, after: 0 });
      let step = run.next();
      while (!step.done) step = run.next();
      expect(step.value).toBe(true);
    } finally {
      episode.world.close();
    }
  },
);
