/** `gear-vla/model/node`: checkpoints of models in folders, and published ones brought into them. */
export * from './checkpoint.node.ts';
export * from './import.node.ts';
