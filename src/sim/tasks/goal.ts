import type { Task } from './task.ts';

/** The ten tasks. */
export const GOAL_TASKS: readonly Task[] = [];
