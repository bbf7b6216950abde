/** Names on the command line, and what they stand for. */

import { SHIPPED_EMBODIMENTS } from '../../robot/embodiments/shipped.ts';
import { unknownName } from '../../robot/names.ts';
import { SIM_ROBOTS } from '../../sim/robots.ts';
import { SUITES, type Task } from '../../sim/tasks/task.ts';
import { allTasks } from '../../sim/tasks/tasks.ts';

/** The tasks that some names stand for: names of tasks, of suites, and patterns with `*`. Each once, in the order of all tasks. Throws for names of nothing. */
export function chooseTasks(names: readonly string[]): Task[] {
  const tasks = allTasks();
  const found = new Set(names.flatMap((name) => tasksMeant(name, tasks)));
  return tasks.filter((task) => found.has(task));
}

function tasksMeant(name: string, tasks: readonly Task[]): readonly Task[] {
  const pattern = new RegExp(
    `^${name
      .split('*')
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('.*')}$`,
  );
  const found = tasks.filter((task) => task.suite === name || pattern.test(task.name));
  if (found.length > 0) return found;
  throw unknownName('task or suite', name, [...tasks.map((task) => task.name), ...SUITES]);
}

const armsOf = (robot: string): number => SHIPPED_EMBODIMENTS.get(robot)?.file.arms.length ?? 0;
const words = { 1: 'one arm', 2: 'two arms' } as const;

/**
 * A robot for some tasks: the one that is named, or the first one with as many arms as they take. Throws for an unknown one, and for
 * one with another number of arms.
 */
export function chooseRobot(name: string | undefined, tasks: readonly Task[]): string {
  if (name !== undefined && !SIM_ROBOTS.includes(name)) throw unknownName('simulated robot', name, SIM_ROBOTS);
  const [first] = tasks;
  if (!first) throw new Error('no task is given');
  const other = tasks.find(({ arms }) => arms !== first.arms);
  if (other) throw new Error(`${first.name} takes ${words[first.arms]}, and ${other.name} ${words[other.arms]}: they need two robots`);
  const fitting = SIM_ROBOTS.filter((robot) => armsOf(robot) === first.arms);
  const robot = name ?? (fitting[0] as string);
  if (fitting.includes(robot)) return robot;
  throw new Error(`${first.name} takes ${words[first.arms]}, which ${robot} does not have: choose ${fitting.join(' or ')}`);
}
