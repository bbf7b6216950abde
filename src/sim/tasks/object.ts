import type { Task } from './task.ts';

/** The ten tasks. */
export const OBJECT_TASKS: readonly Task[] = [];
