/** An episode: one seed of one task, on one robot, perhaps perturbed. The same numbers give the same episode, anywhere. */
import { randomStream } from '../tensor/random.ts';
import { createExpert, type Expert } from './expert.ts';
import { type Goal, holds } from './goals.ts';
import { armsOf, type SimRobot } from './robots.ts';
import { TRAINING_ROOMS } from './rooms.ts';
import type { Scene } from './scene.ts';
import { fillSlots, type Instructions, type Setup, type Task } from './tasks/task.ts';
import { createWorld, type World } from './world.ts';

/** All that is decided before an episode begins. */
export interface EpisodePlan {
  readonly task: Task;
  readonly seed: number;
  readonly setup: Setup;
  readonly scene: Scene;
  readonly instruction: string;
}

/** How to draw an episode. */
export interface EpisodeOptions {
  /** Which of the task's instructions; `training` by default */
  readonly wording?: keyof Instructions;
  /** Changes to what was drawn, in order: perturbations */
  readonly change?: readonly ((plan: EpisodePlan, robot: SimRobot) => EpisodePlan)[];
}

/** An episode that is going on. `close` its world after use. */
export interface Episode extends EpisodePlan {
  readonly world: World;
  /** Control steps after which it has failed */
  readonly limit: number;
  /** Whether all goals hold now */
  succeeded(): boolean;
  /** An expert for it; made anew with each call */
  expert(): Expert;
}

/**
 * Draws what an episode begins with: layout, room and instruction come from streams of their own. Throws for a seed
 * that is no whole number from 0 up, and when the task has no instructions of the wording.
 */
export function planEpisode(task: Task, seed: number, { wording = 'training' }: EpisodeOptions = {}): EpisodePlan {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`the seed of an episode is ${seed}: expected a whole number from 0 up`);
  const stream = (what: string) => randomStream(seed, `${task.name} ${what}`);
  const setup = task.setup(stream('layout'));
  const templates = task.instructions[wording];
  if (!templates) throw new Error(`${task.name} has no instructions of the wording ${JSON.stringify(wording)}`);
  const template = templates[stream('words').integer(templates.length)] as string;
  const room = setup.room ?? (TRAINING_ROOMS[stream('room').integer(TRAINING_ROOMS.length)] as Scene['room']);
  return { task, seed, setup, scene: { things: setup.things, room }, instruction: fillSlots(template, setup.words) };
}

/** Begins an episode. Throws when the robot has too few arms for the task. */
export async function beginEpisode(task: Task, seed: number, robot: SimRobot, options: EpisodeOptions = {}): Promise<Episode> {
  const arms = armsOf(robot).length;
  if (arms !== task.arms) {
    throw new Error(
      `${task.name} is for robots with ${task.arms === 1 ? 'one arm' : 'two arms'}, and ${robot.embodiment.name} has ${arms}`,
    );
  }
  const plan = (options.change ?? []).reduce((now, change) => change(now, robot), planEpisode(task, seed, options));
  const world = await createWorld(plan.scene, robot);
  const { goals, plan: own } = plan.setup;
  return {
    ...plan,
    world,
    limit: task.steps,
    succeeded: () => allHold(goals, world),
    expert: () => createExpert(world, goals, { random: randomStream(seed, `${task.name} expert`), ...(own && { plan: own }) }),
  };
}

/** Whether all goals hold; of later ones, only when earlier ones do. */
const allHold = (goals: readonly Goal[], world: World): boolean => goals.every((goal) => holds(goal, world));
