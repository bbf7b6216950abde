/** Finding the first op that made a NaN or an infinity out of finite values. */
import { isFloat } from './dtype.ts';
import { nodesOf, type Program } from './graph.ts';
import type { HostTensor } from './host.ts';
import { add, mul } from './ops/arithmetic.ts';
import { cast } from './ops/cast.ts';
import { isInf, isNan } from './ops/compare.ts';
import { concat, reshape } from './ops/layout.ts';
import { max } from './ops/reduce.ts';
import { elementCount, formatNode, type InputNode, type Node, output, type Tensor } from './tensor.ts';

/** Name of the extra output: i32 per checked tensor, bit 0 for NaN, bit 1 for infinity. */
const CHECKS = 'anomaly-checks';

const [NAN, INFINITY] = [1, 2];

/** All floating-point values of a program, in the order in which they are computed. */
function checkedTensors({ outputs, updates = new Map() }: Program): Tensor[] {
  const nodes = nodesOf([...Object.values(outputs), ...updates.values()]);
  return nodes
    .flatMap((node) => node.outputs.map((_, index) => output(node, index)))
    .filter((tensor) => isFloat(tensor.dtype) && elementCount(tensor) > 0);
}

/** The same program with one more output that says of every value whether it holds a NaN or an infinity. */
export function withAnomalyChecks(program: Program): Program {
  const flag = (condition: Tensor): Tensor => max(cast(condition, 'i32'));
  const checks = checkedTensors(program).map((tensor) => reshape(add(flag(isNan(tensor)), mul(flag(isInf(tensor)), INFINITY)), [1]));
  return checks.length === 0 ? program : { ...program, outputs: { ...program.outputs, [CHECKS]: concat(checks, 0) } };
}

/** What went wrong, and where. */
export interface Anomaly {
  readonly what: 'NaN' | 'infinity';
  /** An op, or an input or variable that came with it. */
  readonly node: Node;
}

/**
 * The first op whose result has a NaN or an infinity that none of its operands has; or an input with one, or a variable with a
 * NaN. Constants may have any value: masks are full of infinities. Takes the checks out of `outputs`.
 */
export function firstAnomaly(program: Program, outputs: Record<string, HostTensor>): Anomaly | undefined {
  const checks = outputs[CHECKS]?.data;
  if (!checks) return undefined;
  delete outputs[CHECKS];
  const key = ({ node, index }: Tensor): string => `${node.id}.${index}`;
  const tensors = checkedTensors(program);
  const found = new Map(tensors.map((tensor, i) => [key(tensor), checks[i] as number]));
  const allowed = ({ node }: Tensor): number => {
    if (node.kind === 'op') return node.inputs.reduce((all, input) => all | (found.get(key(input)) ?? 0), 0);
    return { input: 0, variable: INFINITY, constant: NAN | INFINITY }[node.kind];
  };
  for (const tensor of tensors) {
    const fresh = (found.get(key(tensor)) as number) & ~allowed(tensor);
    if (fresh) return { what: fresh & NAN ? 'NaN' : 'infinity', node: tensor.node };
  }
  return undefined;
}

/** Says which op, of what, made where; or which input or variable. */
export class AnomalyError extends Error {
  readonly anomaly: Anomaly;
  constructor(program: string, anomaly: Anomaly) {
    super(`program "${program}": ${anomaly.what} first appears in ${placeOf(anomaly.node)}`);
    this.name = 'AnomalyError';
    this.anomaly = anomaly;
  }
}

function placeOf(node: Node): string {
  if (node.kind === 'op') return `the result of ${formatNode(node)}`;
  return node.kind === 'variable' ? `the variable "${node.variable.name}"` : `the input "${(node as InputNode).name}"`;
}
