/** The tasks for two arms: what they are called and say, that nothing is done at the beginning, and that experts do them. */
import { expect, test } from 'vitest';
import { beginEpisode, planEpisode } from '../../src/sim/episode.ts';
import { holders, holds } from '../../src/sim/goals.ts';
import { simRobot } from '../../src/sim/robots.ts';
import { BIMANUAL_TASKS } from '../../src/sim/tasks/bimanual.ts';
import { fillSlots, type Task } from '../../src/sim/tasks/task.ts';
import { randomStream } from '../../src/tensor/random.ts';

const named = (name: string): Task => BIMANUAL_TASKS.find((task) => task.name === `bimanual/${name}`) as Task;
const ROBOTS = ['agilex', 'ldt-01'];

test('ten tasks for two arms, each with a name of its own', () => {
  expect(BIMANUAL_TASKS).toHaveLength(10);
  expect(new Set(BIMANUAL_TASKS.map(({ name }) => name)).size).toBe(10);
  for (const { name, suite, arms } of BIMANUAL_TASKS) {
    expect(name).toMatch(/^bimanual\/[a-z-]+$/);
    expect({ suite, arms }).toEqual({ suite: 'bimanual', arms: 2 });
  }
});

test.each(BIMANUAL_TASKS)('$name: every instruction has its words, and none is both trained on and held out', ({ instructions, setup }) => {
  const { training, heldOut } = instructions;
  const all = [...training, ...heldOut];
  expect(Math.min(training.length, heldOut.length)).toBeGreaterThanOrEqual(3);
  expect(new Set(all).size).toBe(all.length);
  for (let seed = 0; seed < 20; seed++) {
    const { words } = setup(randomStream(seed, 'words'));
    for (const template of all) expect(fillSlots(template, words)).not.toMatch(/[{}]/);
  }
});

test.each(BIMANUAL_TASKS)('$name: layouts differ, and each can be drawn again', (task) => {
  const layouts = Array.from({ length: 10 }, (_, seed) =>
    JSON.stringify(planEpisode(task, seed).setup.things.map(({ id, pose }) => [id, pose])),
  );
  expect(new Set(layouts).size).toBe(layouts.length);
  expect(JSON.stringify(planEpisode(task, 3).setup.things.map(({ id, pose }) => [id, pose]))).toBe(layouts[3]);
});

test.each(ROBOTS.flatMap((robot) => BIMANUAL_TASKS.map((task) => ({ robot, task, name: task.name }))))(
  '$robot does $name, with both arms',
  async ({ robot, task }) => {
    const episode = await beginEpisode(task, 0, await simRobot(robot));
    const { world, setup, limit } = episode;
    try {
      expect(setup.goals.filter((goal) => holds(goal, world))).toEqual([]);
      const expert = episode.expert();
      const used = new Set<string>();
      while (!episode.succeeded() && world.steps < limit) {
        world.step(expert.act());
        for (const { id } of setup.things) for (const arm of holders(world, id)) used.add(arm);
      }
      expect(episode.succeeded()).toBe(true);
      expect([...used].sort()).toEqual(['left', 'right']);
    } finally {
      world.close();
    }
  },
);

test('what is handed over is in both hands, in the air, and after that in the other one', async () => {
  const episode = await beginEpisode(named('handover-block'), 1, await simRobot('ldt-01'));
  const { world, setup } = episode;
  try {
    const expert = episode.expert();
    const hands: string[] = [];
    while (!episode.succeeded() && world.steps < episode.limit) {
      world.step(expert.act());
      const now = holders(world, 'block').join(' and ');
      if (now === 'left and right') expect(world.poseOf('block').position[2]).toBeGreaterThan(0.05);
      if (now !== hands.at(-1)) hands.push(now);
    }
    const { first, second } = setup.words as { first: string; second: string };
    expect(hands.filter(Boolean)).toEqual([first, 'left and right', second]);
  } finally {
    world.close();
  }
});

test('an expert whose block is pushed away while it waits, and whose gripper opens, goes on from there', async () => {
  const episode = await beginEpisode(named('stack-blocks-two'), 2, await simRobot('agilex'));
  const { world, setup } = episode;
  const [bottom, top] = setup.goals.map(({ object }) => object) as [string, string];
  try {
    const expert = episode.expert();
    let slipping = 0;
    let slipped = false;
    while (!episode.succeeded() && world.steps < episode.limit) {
      if (world.steps === 8) world.push(bottom, [0.2, 0, 0]);
      const [holder] = holders(world, top);
      if (holder && !slipped && world.poseOf(top).position[2] > 0.05) [slipping, slipped] = [8, true];
      const commands = expert.act();
      const open = slipping-- > 0 ? Object.entries(commands).map(([arm, command]) => [arm, { ...command, gripper: 1 }]) : [];
      world.step({ ...commands, ...Object.fromEntries(open) });
    }
    expect(slipped).toBe(true);
    expect(episode.succeeded()).toBe(true);
  } finally {
    world.close();
  }
});
