/** Experts watched at a task, with what the world itself says of each control step: what labels are compared with. */
import type { Vec3 } from '../../src/robot/vectors.ts';
import { beginEpisode } from '../../src/sim/episode.ts';
import { holders, holds, middleOf } from '../../src/sim/goals.ts';
import { lookAt } from '../../src/sim/reasoning/camera.ts';
import type { Moment } from '../../src/sim/reasoning/moment.ts';
import { rollOut, type Track } from '../../src/sim/reasoning/rollout.ts';
import type { Camera } from '../../src/sim/render/types.ts';
import { simRobot } from '../../src/sim/robots.ts';
import { taskNamed } from '../../src/sim/tasks/tasks.ts';
import { createViews } from '../../src/sim/views.ts';
import { toWorld, type World } from '../../src/sim/world.ts';
import { randomStream } from '../../src/tensor/random.ts';

/** A world at one control step. */
export interface Truth {
  /** By the ids of things: metres, world frame */
  readonly middles: ReadonlyMap<string, Vec3>;
  /** By the ids of things: the arms that hold them */
  readonly held: ReadonlyMap<string, readonly string[]>;
  /** Whether each goal holds */
  readonly goals: readonly boolean[];
  /** By arms: 0 closed … 1 open */
  readonly openings: Readonly<Record<string, number>>;
  /** By arms: metres, world frame */
  readonly tools: Readonly<Record<string, Vec3>>;
}

/** What was watched. */
export interface Watched {
  readonly moments: readonly Moment[];
  readonly track: Track;
  /** By control steps */
  readonly truths: readonly Truth[];
}

/** From behind the robot's left shoulder */
const SHOULDER = lookAt([-0.42, 0.5, 0.62], [0.05, 0, 0], 0.85);

/** Lets an expert act in the episode of a seed, and takes a picture every so many control steps. */
export async function watch(task: string, robot: string, { seed = 0, size = 128, every = 10, from = SHOULDER as Camera | 'head' } = {}) {
  const episode = await beginEpisode(taskNamed(task), seed, await simRobot(robot));
  const { world, setup } = episode;
  const truths: Truth[] = [];
  const watchedWorld: World = Object.create(world, {
    step: {
      value: (commands: Parameters<World['step']>[0]) => {
        truths.push(truthOf(world, setup.goals));
        return world.step(commands);
      },
    },
  });
  try {
    const views = createViews(world);
    const random = randomStream(seed, `watching ${task}`);
    const { moments, track } = rollOut({ ...episode, world: watchedWorld }, views, random, { size, from, every });
    return { moments, track, truths } satisfies Watched;
  } finally {
    world.close();
  }
}

function truthOf(world: World, goals: readonly Parameters<typeof holds>[0][]): Truth {
  const arms = Object.entries(world.state());
  const ids = world.scene.things.map(({ id }) => id);
  return {
    middles: new Map(ids.map((id) => [id, middleOf(world, id)])),
    held: new Map(ids.map((id) => [id, holders(world, id)])),
    goals: goals.map((goal) => holds(goal, world)),
    openings: Object.fromEntries(arms.map(([arm, { gripper }]) => [arm, gripper])),
    tools: Object.fromEntries(arms.map(([arm, { pose }]) => [arm, toWorld(world.robot, pose).position])),
  };
}
