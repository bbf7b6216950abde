/** All tasks, by name and by suite. */
import { unknownName } from '../../robot/names.ts';
import { BIMANUAL_TASKS } from './bimanual.ts';
import { GOAL_TASKS } from './goal.ts';
import { GRASP_TASKS } from './grasp.ts';
import { LONG_TASKS } from './long.ts';
import { OBJECT_TASKS } from './object.ts';
import { SPATIAL_TASKS } from './spatial.ts';
import { SUITES, type Suite, type Task } from './task.ts';

const TASKS: Readonly<Record<Suite, readonly Task[]>> = {
  spatial: SPATIAL_TASKS,
  object: OBJECT_TASKS,
  goal: GOAL_TASKS,
  long: LONG_TASKS,
  bimanual: BIMANUAL_TASKS,
  grasp: GRASP_TASKS,
};

/** The tasks of a suite. */
export const tasksOf = (suite: Suite): readonly Task[] => TASKS[suite];

/** The tasks of all suites, suite by suite. */
export const allTasks = (): readonly Task[] => SUITES.flatMap(tasksOf);

/** A task by its name: `spatial/bowl-on-stove`. Throws when there is none, with the names most like it. */
export function taskNamed(name: string): Task {
  const tasks = allTasks();
  const task = tasks.find((other) => other.name === name);
  if (!task)
    throw unknownName(
      'task',
      name,
      tasks.map((other) => other.name),
    );
  return task;
}
