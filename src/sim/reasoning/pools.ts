/** Moments that belong together: of several layouts of the same things, or of one rollout. */
import type { RandomStream } from '../../tensor/random.ts';
import { beginEpisode } from '../episode.ts';
import type { Camera } from '../render/types.ts';
import { armsOf, type SimRobot, simRobot } from '../robots.ts';
import type { Task } from '../tasks/task.ts';
import { tasksOf } from '../tasks/tasks.ts';
import { createViews, type Views } from '../views.ts';
import { createWorld } from '../world.ts';
import { drawFreeCamera } from './camera.ts';
import { drawErrand } from './errand.ts';
import { drawLayouts, roomsOf } from './layouts.ts';
import { pick } from './lists.ts';
import { type Moment, momentOf } from './moment.ts';
import { rollOut, type Track } from './rollout.ts';
import type { Split } from './sample.ts';

/** Moments with things, room and robot in common. */
export interface Pool {
  readonly moments: readonly Moment[];
  /** Of a rollout: how it goes on after each moment */
  readonly track?: Track;
}

/** What to draw pools of. */
export interface PoolOptions {
  readonly split: Split;
  /** Pixels along the sides of pictures */
  readonly size: number;
  /** Names */
  readonly robots: readonly string[];
}

/** Layouts in a pool, and cameras that look at each */
const [LAYOUTS, CAMERAS] = [8, 2];
/** Control steps between the moments of a rollout */
const STEPS_PER_MOMENT = 12;
/** Share of pictures of the robot's own head camera, and of rollouts that are errands and no tasks of a suite */
const [OWN_CAMERA, ERRANDS] = [0.4, 0.6];
/** Suites whose tasks are watched. What `grasp` would show, errands show. */
const WATCHED = ['spatial', 'object', 'goal', 'long', 'bimanual'] as const;

/** Draws a pool. Throws for unknown robots. */
export async function drawPool(kind: 'layouts' | 'rollout', random: RandomStream, options: PoolOptions): Promise<Pool> {
  const robot = await robotCalled(pick(options.robots, random));
  return kind === 'layouts' ? poolOfLayouts(random, robot, options) : poolOfRollout(random, robot, options);
}

const loaded = new Map<string, Promise<SimRobot>>();

/** A robot, loaded once. */
function robotCalled(name: string): Promise<SimRobot> {
  const robot = loaded.get(name) ?? simRobot(name);
  loaded.set(name, robot);
  return robot;
}

/** Moments of unrelated layouts, each seen from two places. */
async function poolOfLayouts(random: RandomStream, robot: SimRobot, { split, size }: PoolOptions): Promise<Pool> {
  const moments: Moment[] = [];
  for (const scene of drawLayouts(random, split, robot, LAYOUTS)) {
    const world = await createWorld(scene, robot);
    try {
      const views = createViews(world);
      views.update();
      for (let camera = 0; camera < CAMERAS; camera++) {
        moments.push(momentOf(world, views, { size, from: cameraFor(views, random, 'around') }));
      }
    } finally {
      world.close();
    }
  }
  return { moments };
}

/** Moments of one errand or task, all seen by the same camera. */
async function poolOfRollout(random: RandomStream, robot: SimRobot, { split, size }: PoolOptions): Promise<Pool> {
  const arms = armsOf(robot).length === 1 ? 1 : 2;
  const tasks = WATCHED.flatMap(tasksOf).filter((task) => task.arms === arms);
  // The suites' tasks are those of training.
  const errand = split === 'heldOut' || tasks.length === 0 || random.uniform() < ERRANDS;
  const task: Task = errand ? drawErrand(random, split, arms) : pick(tasks, random);
  const room = pick(roomsOf(split), random);
  const episode = await beginEpisode(task, random.next(), robot, {
    wording: split,
    change: [(plan) => ({ ...plan, scene: { ...plan.scene, room } })],
  });
  try {
    const views = createViews(episode.world);
    views.update();
    return rollOut(episode, views, random, {
      size,
      from: cameraFor(views, random, errand ? 'around' : 'shoulder'),
      every: STEPS_PER_MOMENT,
    });
  } finally {
    episode.world.close();
  }
}

/**
 * The robot's own head camera, or a free one. What tasks of suites call left and right is so for the robot: `shoulder` is for a camera
 * that stands on its side, which the head's of a robot with one arm does not. It looks at the robot, from across the table.
 */
export function cameraFor(views: Views, random: RandomStream, from: 'around' | 'shoulder'): Camera | 'head' {
  const [, , , rightwards] = views.camera('head').rotation;
  const ownSides = rightwards < 0;
  return random.uniform() < OWN_CAMERA && (from === 'around' || ownSides) ? 'head' : drawFreeCamera(views, random, from);
}
