/** `gear-vla/policy`: a trained model in use. */
export * from './policy.ts';
