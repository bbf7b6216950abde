/** `gear-vla/eval`: policies in simulated worlds, why they fail, and how sure their successes are. Runs in Node. */
export * from './actor.ts';
export * from './evaluation.ts';
export * from './failures.ts';
export * from './intervals.ts';
export * from './policy-actor.ts';
export * from './rollout.ts';
export * from './run.ts';
export * from './tables.ts';
export * from './together.ts';
export * from './trial.ts';
