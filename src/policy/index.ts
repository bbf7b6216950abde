/** `gear-vla/policy`: a trained model in use. */
export * from './answerer.ts';
export * from './policy.ts';
