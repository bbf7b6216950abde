/** All cases of all ops. An op without a case does not compile. */
import type { OpCase, OpName } from './case.ts';
import { layout } from './cases/layout.ts';
import { linear } from './cases/linear.ts';
import { pointwise } from './cases/pointwise.ts';
import { reductions } from './cases/reduce.ts';

export const cases: Readonly<Record<OpName, readonly OpCase[]>> = { ...pointwise, ...reductions, ...linear, ...layout };
