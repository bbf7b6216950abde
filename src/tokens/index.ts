/** `gear-vla/tokens`: text, latent actions and FAST actions as tokens of one vocabulary. Runs in Node and in browsers. */
export * from './bpe.ts';
export * from './bpe-train.ts';
export * from './coordinates.ts';
export * from './dct.ts';
export * from './fast.ts';
export * from './fast-files.ts';
export * from './fast-fit.ts';
export * from './prompt.ts';
export * from './text.ts';
export * from './vocabulary.ts';
