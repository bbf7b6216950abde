/** Whole programs: what is to be computed and kept, and the passes that tidy the graph before an engine sees it. */
import { bytesOf, bytesOfAll, checkType, type HostTensor } from './host.ts';
import {
  type ConstantNode,
  constant,
  type InputNode,
  type Node,
  type OpNode,
  output,
  type Tensor,
  type Variable,
  withInputs,
} from './tensor.ts';

/** One call of an engine: values out, and new values for variables. Its inputs are whatever those need. */
export interface Program {
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** New values of variables, visible from the next call on. */
  readonly updates?: ReadonlyMap<Variable, Tensor>;
  /** Scalar outputs without which the call fails, before any variable changes: a loss, say. */
  readonly requireFinite?: readonly string[];
}

/** A program as an engine sees it: nodes in an order in which they can run, nothing superfluous among them. */
export interface Graph {
  readonly inputs: readonly InputNode[];
  /** Those that are read; `updates` has those that are written. */
  readonly variables: readonly Variable[];
  readonly constants: readonly ConstantNode[];
  readonly nodes: readonly OpNode[];
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly updates: ReadonlyMap<Variable, Tensor>;
}

/** All nodes that lead to `tensors`, inputs before what uses them. */
export function nodesOf(tensors: Iterable<Tensor>): Node[] {
  const found = new Set<Node>();
  const stack = [...tensors].map(({ node }) => node);
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    for (const tensor of node.inputs) if (!found.has(tensor.node)) stack.push(tensor.node);
  }
  return [...found].sort((a, b) => a.id - b.id);
}

/**
 * The graph of a program. Dead code never gets in, because the walk starts at the results.
 * Throws when there are no results, when two inputs or two variables share a name, or when an update has another type than its
 * variable.
 */
export function graphOf({ outputs, updates = new Map() }: Program): Graph {
  if (Object.keys(outputs).length + updates.size === 0) throw new Error('the program has neither outputs nor updates');
  for (const [variable, value] of updates) checkType(`the update of "${variable.name}"`, value, variable);
  const nodes = nodesOf([...Object.values(outputs), ...updates.values()]);
  const inputs = nodes.filter((node) => node.kind === 'input');
  const variables = nodes.filter((node) => node.kind === 'variable').map((node) => node.variable);
  requireUnique('inputs', inputs);
  requireUnique('variables', new Set([...variables, ...updates.keys()]));
  const constants = nodes.filter((node) => node.kind === 'constant');
  return { inputs, variables, constants, nodes: nodes.filter((node) => node.kind === 'op'), outputs, updates };
}

/** Throws when two of the things share a name. */
export function requireUnique(what: string, named: Iterable<{ readonly name: string }>): void {
  const seen = new Set<string>();
  for (const { name } of named) {
    if (seen.has(name)) throw new Error(`two different ${what} are called "${name}"`);
    seen.add(name);
  }
}

/** The same graph with results replaced by `replace`, and everything rebuilt on what was replaced. */
export function rebuild(
  graph: Graph,
  replace: (node: OpNode, inputs: readonly Tensor[]) => readonly Tensor[] | undefined,
  replaced = new Map<Node, readonly Tensor[]>(),
): Graph {
  const current = (tensor: Tensor): Tensor => replaced.get(tensor.node)?.[tensor.index] ?? tensor;
  for (const node of graph.nodes) {
    const inputs = node.inputs.map(current);
    const results = replace(node, inputs);
    if (results) replaced.set(node, results);
    else if (inputs.some((tensor, i) => tensor !== node.inputs[i])) {
      const moved = withInputs(node, inputs);
      replaced.set(
        node,
        node.outputs.map((_, index) => output(moved, index)),
      );
    }
  }
  const outputs = Object.fromEntries(Object.entries(graph.outputs).map(([name, tensor]) => [name, current(tensor)]));
  return graphOf({ outputs, updates: new Map([...graph.updates].map(([variable, tensor]) => [variable, current(tensor)])) });
}

/** One node for equal computations: the same op, attributes and inputs. Equal small constants count as one, too. */
export function eliminateCommonSubexpressions(graph: Graph): Graph {
  const byContent = new Map<string, string>();
  const constantKey = ({ id, value }: ConstantNode): string => {
    if (value.data.byteLength > 1024) return `${id}`;
    const key = `${value.dtype}${value.shape}:${bytesOf(value)}`;
    if (!byContent.has(key)) byContent.set(key, `${id}`);
    return byContent.get(key) as string;
  };
  const constantKeys = new Map(graph.constants.map((node) => [node as Node, constantKey(node)]));
  const seen = new Map<string, readonly Tensor[]>();
  const opIds = new Map<OpNode['op'], number>();
  const opId = (op: OpNode['op']): number => {
    const id = opIds.get(op) ?? opIds.size;
    opIds.set(op, id);
    return id;
  };
  return rebuild(graph, (node, inputs) => {
    const operands = inputs.map((tensor) => `${constantKeys.get(tensor.node) ?? tensor.node.id}.${tensor.index}`);
    const key = `${opId(node.op)}|${attributeKey(node.attributes)}|${operands.join(' ')}`;
    const twin = seen.get(key);
    if (twin) return twin;
    const moved = withInputs(node, inputs);
    const results = node.outputs.map((_, index) => output(moved, index));
    seen.set(key, results);
    return results;
  });
}

/** Attributes as text in which different ones differ: JSON itself knows no infinities, NaN or −0. */
export const attributeKey = (attributes: unknown): string =>
  JSON.stringify(attributes, (_, value) => (typeof value === 'number' ? (Object.is(value, -0) ? '-0' : String(value)) : value));

/** Results of folding larger than this must not be larger than what they are folded from: zeros stay a scalar. */
const FOLD_FREELY = 1024;

/**
 * The tensors that depend on constants and frozen variables only and that something else, or the program's result, needs: frozen
 * variables themselves among them, constants not. In the place of a result that is larger than what it is made from come the
 * tensors that it is computed from.
 */
export function foldable(graph: Graph, frozen: ReadonlySet<Variable> = new Set()): Tensor[] {
  const known = knownNodes(graph, frozen);
  const wanted = new Map<string, Tensor>();
  const seen = new Set<Node>();
  const want = (tensor: Tensor): void => {
    const { node } = tensor;
    if (!known.has(node) || node.kind === 'constant') return;
    const limit = Math.max(FOLD_FREELY, bytesOfAll(leavesOf(tensor)));
    if (node.kind === 'variable' || bytesOfAll(node.outputs) <= limit) wanted.set(`${node.id}.${tensor.index}`, tensor);
    else if (!seen.has(node)) node.inputs.forEach(want);
    seen.add(node);
  };
  for (const node of graph.nodes) if (!known.has(node)) node.inputs.forEach(want);
  for (const tensor of [...Object.values(graph.outputs), ...graph.updates.values()]) want(tensor);
  return [...wanted.values()];
}

/** The nodes that depend on constants and frozen variables only, those included. */
export function knownNodes(graph: Graph, frozen: ReadonlySet<Variable>): Set<Node> {
  const known = new Set<Node>(graph.constants);
  for (const variable of frozen) known.add(variable.tensor.node);
  for (const node of graph.nodes) if (node.inputs.length > 0 && node.inputs.every((tensor) => known.has(tensor.node))) known.add(node);
  return known;
}

/** The inputs, variables and constants that a tensor depends on. */
export function leavesOf(tensor: Tensor): Tensor[] {
  return nodesOf([tensor])
    .filter(({ kind }) => kind !== 'op')
    .map((node) => output(node, 0));
}

/** The graph with `tensors` replaced by constants of the given values. */
export function substitute(graph: Graph, tensors: readonly Tensor[], values: readonly HostTensor[]): Graph {
  return replaceTensors(graph, tensors, values.map(constant));
}

/** The graph with `tensors` replaced by others of the same types. */
export function replaceTensors(graph: Graph, tensors: readonly Tensor[], replacements: readonly Tensor[]): Graph {
  const byNode = new Map<Node, Tensor[]>();
  tensors.forEach(({ node, index }, i) => {
    const results = byNode.get(node) ?? node.outputs.map((_, other) => output(node, other));
    results[index] = replacements[i] as Tensor;
    byNode.set(node, results);
  });
  return rebuild(graph, (node) => byNode.get(node), new Map(byNode));
}
