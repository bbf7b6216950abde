/** `gear-vla/train`: the loop around a training program, and what it tells. */
export * from './loop.ts';
export * from './progress.ts';
