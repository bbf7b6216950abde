/** How much arithmetic a program is. */
import { eliminateCommonSubexpressions, graphOf, type Program } from './graph.ts';

/**
 * Floating-point operations of the matrix products and convolutions of one call, after common subexpressions are merged; a
 * multiplication and an addition count as two. Elementwise work is left out, as is usual when rates are quoted.
 */
export function flopsOf(program: Program): number {
  const { nodes } = eliminateCommonSubexpressions(graphOf(program));
  return nodes.reduce((total, node) => total + (node.op.flops?.(node) ?? 0), 0);
}
