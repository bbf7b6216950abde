/** `gear-vla/policy/node`: policies on disk. */
export * from './answerer.node.ts';
export * from './checkpoint.node.ts';
