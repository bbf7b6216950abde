/** `gear-vla/eval`: policies in simulated worlds, and how sure their successes are. */
export * from './evaluation.ts';
export * from './intervals.ts';
export * from './rollout.ts';
