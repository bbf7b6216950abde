/** `gear-vla/train`: experiments and their stages, the loop around a training program, and what it tells. */

export * from './experiment.node.ts';
export * from './experiment.ts';
export * from './loop.ts';
export * from './progress.ts';
