/** What the command line asks for, as settings. */
import type { EvaluationSettings } from '../../eval/evaluation.ts';
import { armCount, FIRST_SEED, parseConditions, robotsFor } from '../../eval/trial.ts';
import { unknownName } from '../../robot/names.ts';
import { SIM_ROBOTS } from '../../sim/robots.ts';
import type { Task } from '../../sim/tasks/task.ts';
import type { EvalOptions } from '../eval.ts';
import { chooseTasks } from '../sim/choose.ts';

/** The settings of an evaluation. `known` are robots that may be chosen where none is named. Throws for names of nothing. */
export function settingsOf(options: EvalOptions, known: readonly string[] = SIM_ROBOTS): EvaluationSettings {
  const { suite, robot, perturb, trials, seed = FIRST_SEED, replan, batch } = options;
  const tasks = chooseTasks(namesIn(suite));
  return {
    tasks: tasks.map(({ name }) => name),
    robots: robot === undefined ? usualRobots(tasks, known) : namedRobots(namesIn(robot), tasks),
    perturbations: parseConditions(perturb),
    seed,
    trials,
    replan,
    batch,
  };
}

const namesIn = (list: string): string[] => [...new Set(list.split(',').map((name) => name.trim()))];

/** For each task the first robot that fits it: one that is known, if any of those fits. */
const usualRobots = (tasks: readonly Task[], known: readonly string[]): string[] => [
  ...new Set(
    tasks.map((task) => {
      const fitting = robotsFor(task);
      return (fitting.find((robot) => known.includes(robot)) ?? fitting[0]) as string;
    }),
  ),
];

const words = { 1: 'one arm', 2: 'two arms' } as const;

/** Throws for robots that there are not, and unless there is one for each task and a task for each. */
function namedRobots(names: readonly string[], tasks: readonly Task[]): string[] {
  for (const name of names) if (!SIM_ROBOTS.includes(name)) throw unknownName('simulated robot', name, SIM_ROBOTS);
  for (const task of tasks) {
    if (robotsFor(task, names).length > 0) continue;
    const have = names.length > 1 ? 'have' : 'has';
    throw new Error(
      `${task.name} takes ${words[task.arms]}, which ${names.join(' and ')} ${have} not: choose ${robotsFor(task).join(' or ')}`,
    );
  }
  const idle = names.find((name) => tasks.every(({ arms }) => arms !== armCount(name)));
  if (idle !== undefined) throw new Error(`${idle} has ${armCount(idle)} arms, and none of the tasks takes so many`);
  return [...names];
}
