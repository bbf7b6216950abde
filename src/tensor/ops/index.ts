/** All tensor ops: the one import of code that builds networks. */
export * from './activation.ts';
export * from './arithmetic.ts';
export * from './attention.ts';
export { broadcastTo, type ReduceOptions, sum, sumTo } from './broadcast.ts';
export * from './cast.ts';
export * from './compare.ts';
export * from './conv.ts';
export * from './gather.ts';
export * from './layout.ts';
export * from './math.ts';
export * from './matmul.ts';
export * from './normalize.ts';
export * from './reduce.ts';
export * from './resize.ts';
export * from './rotary.ts';
export * from './softmax.ts';
