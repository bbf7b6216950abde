/** `gear-vla/robot/node`: robots from files. */
export * from './embodiments.node.ts';
