/** `gear-vla/policy/node`: policies on disk. */
export * from './checkpoint.node.ts';
