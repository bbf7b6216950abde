import type { Task } from './task.ts';

/** The ten tasks. */
export const LONG_TASKS: readonly Task[] = [];
