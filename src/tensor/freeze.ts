/**
 * Weights that never change: which tensors of a graph they determine, and what those are called.
 *
 * A frozen weight stays a variable of the graph, but an engine is given its value once and for all (`Engine.keep`), when its
 * turn comes: so no more than one needs to be in memory at a time. What is computed from frozen weights alone (a slice of a fused
 * projection, a cast, W + (α/r)·B·A) is a weight as well, called by its formula, so that programs compiled together share it.
 */
import { attributeKey, foldable, type Graph, replaceTensors } from './graph.ts';
import { bytesOf, type TensorType } from './host.ts';
import { type Node, type Tensor, type Variable, variable } from './tensor.ts';

/** A graph whose frozen tensors are variables, and what each of these stands for. */
export interface FrozenGraph {
  readonly graph: Graph;
  /** By name of the variable: the tensor, a frozen variable's own or an expression of some. */
  readonly weights: ReadonlyMap<string, Tensor>;
}

/**
 * Cuts off what depends on the frozen variables and constants only, unless its result is larger than what it is made from. Graphs whose
 * weights are to have the same names are given the same `name`.
 */
export function freeze(graph: Graph, frozen: ReadonlySet<Variable>, name: Namer = namer()): FrozenGraph {
  const found = foldable(graph, frozen);
  const computed = found.filter(({ node }) => node.kind === 'op');
  return {
    graph: replaceTensors(
      graph,
      computed,
      computed.map((tensor) => placeholder(name(tensor), tensor).tensor),
    ),
    weights: new Map(found.map((tensor) => [name(tensor), tensor])),
  };
}

/** A variable of a tensor's type. Its value is found elsewhere. */
export function placeholder(name: string, { dtype, shape }: TensorType): Variable {
  const initial = (): never => {
    throw new Error(`the value of "${name}" is computed when a program is compiled`);
  };
  return variable({ name, dtype, shape, trainable: false, initial });
}

/** Names of tensors: see `namer`. */
export type Namer = (tensor: Tensor) => string;

/** Longer formulas are called by a number. */
const LONGEST_FORMULA = 200;

/** Gives equal names to equal expressions: the variable's own, or the formula. Large constants are told apart by their node. */
export function namer(): Namer {
  const known = new Map<Node, string>();
  const numbered = new Map<string, string>();
  /** Formulas of formulas stay short, however often what they are made of is used. */
  const shortened = (formula: string, op: string): string => {
    if (formula.length <= LONGEST_FORMULA) return formula;
    const short = numbered.get(formula) ?? `${op} #${numbered.size + 1}`;
    numbered.set(formula, short);
    return short;
  };
  const nodeName = (node: Node): string => {
    switch (node.kind) {
      case 'variable':
        return node.variable.name;
      case 'constant':
        return node.value.data.byteLength > 1024
          ? `constant ${node.id}`
          : `${node.value.dtype}[${node.value.shape}]:${bytesOf(node.value)}`;
      case 'input':
        return `input ${node.name}`;
      case 'op':
        return shortened(`${node.op.name}${attributeKey(node.attributes)}(${node.inputs.map(name).join(', ')})`, node.op.name);
    }
  };
  const name = ({ node, index }: Tensor): string => {
    const text = known.get(node) ?? nodeName(node);
    known.set(node, text);
    return node.outputs.length > 1 ? `${text}.${index}` : text;
  };
  return name;
}
