/**
 * The symbolic tensor: a value in a graph that has not been computed yet.
 *
 * A model is a pure function from tensors to tensors. Calling it records a directed acyclic graph of nodes with static
 * shapes and dtypes; nothing is computed until `compile` hands a whole program to an engine. Nodes are immutable and the
 * graph is whatever the tensors at hand lead to: there is no tape and no session to enter or leave.
 */
import { type DType, isFloat } from './dtype.ts';
import { describe, type HostTensor, hostScalar, type TensorType } from './host.ts';
import type { Lowering, LoweringNode } from './lowering.ts';
import { requireShape, type Shape, sizeOf } from './shape.ts';
import { captureSite, formatSite, type Site, TensorError } from './site.ts';

export type { TensorType };

/** Output `index` of `node`. */
export interface Tensor extends TensorType {
  readonly node: Node;
  readonly index: number;
}

interface NodeBase {
  /** Ascending in order of creation, so inputs always have smaller ids than what uses them. */
  readonly id: number;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly TensorType[];
}

/** A value fed at every call of a program. */
export interface InputNode extends NodeBase {
  readonly kind: 'input';
  readonly name: string;
}

/** A value owned by the executable: a parameter, an optimiser moment, a cache. */
export interface VariableNode extends NodeBase {
  readonly kind: 'variable';
  readonly variable: Variable;
}

/** A value known when the graph is made. */
export interface ConstantNode extends NodeBase {
  readonly kind: 'constant';
  readonly value: HostTensor;
}

/** An op applied to tensors. */
export interface OpNode<A = unknown> extends NodeBase {
  readonly kind: 'op';
  readonly op: Op<A>;
  readonly attributes: A;
  readonly site: Site;
  /** The node whose derivative this node is part of. */
  gradientOf?: OpNode;
  /** The rematerialisation segment the node belongs to: see `checkpoint`. */
  segment?: object;
}

export type Node = InputNode | VariableNode | ConstantNode | OpNode;

/** State of a program between calls. Its `name` is that of the published checkpoint, where there is one. */
export interface Variable extends TensorType {
  readonly name: string;
  /** Whether gradients may be asked for it: a parameter, not a buffer. */
  readonly trainable: boolean;
  /** The first value. Called once by each compilation that uses the variable and is given no other. */
  readonly initial: () => HostTensor;
  readonly tensor: Tensor;
}

/** Everything there is to know of one operation; the only place that knows it. */
export interface Op<A> {
  /** ONNX's name for it, or WebNN's where ONNX has none. */
  readonly name: string;
  /** Shape rule. Throws a plain Error that says what is wrong; the caller adds the op, the operands and the line. */
  readonly infer: (inputs: readonly TensorType[], attributes: A) => readonly TensorType[];
  /**
   * Vector-Jacobian product: from the gradients of the outputs (undefined: nothing depends on that output) to those of
   * the inputs for which `needs` is true. `null`: the derivative is zero or undefined everywhere.
   */
  readonly gradient:
    | ((outputs: readonly (Tensor | undefined)[], node: OpNode<A>, needs: readonly boolean[]) => readonly (Tensor | undefined)[])
    | null;
  /** Emits ONNX nodes for the node, given the names of its inputs; returns the names of its outputs. */
  readonly lower: (on: Lowering, inputs: readonly string[], node: LoweringNode<A>) => string | readonly string[];
  /**
   * Whether rows (along the last axis) of operands of the result's shape make the same rows of the results, whatever the axes before:
   * then reshaping those commutes with the op. Other operands broadcast along the last axis.
   */
  readonly rowwise?: boolean;
  /** Floating-point operations of one application; left out where they do not count beside those of products. */
  readonly flops?: (node: {
    readonly inputs: readonly TensorType[];
    readonly outputs: readonly TensorType[];
    readonly attributes: A;
  }) => number;
}

let lastId = 0;

/** Records an application of `op`. Throws a TensorError naming the op, its operands and the caller's line. */
export function apply<A>(op: Op<A>, inputs: readonly Tensor[], attributes: A): Tensor[] {
  const site = captureSite();
  let outputs: readonly TensorType[];
  try {
    outputs = op.infer(inputs, attributes);
  } catch (error) {
    throw new TensorError(`${op.name}(${inputs.map(describe).join(', ')}): ${(error as Error).message}`, site);
  }
  const node: OpNode<A> = { kind: 'op', id: ++lastId, op, attributes, inputs, outputs, site };
  return outputs.map((_, index) => output(node as OpNode, index));
}

/** `apply` for an op with a single output. */
export function apply1<A>(op: Op<A>, inputs: readonly Tensor[], attributes: A): Tensor {
  return apply(op, inputs, attributes)[0] as Tensor;
}

/** A node that does the same to other inputs of the same types. It belongs to no segment. */
export function withInputs(node: OpNode, inputs: readonly Tensor[]): OpNode {
  const { op, attributes, outputs, site, gradientOf } = node;
  return { kind: 'op', id: ++lastId, op, attributes, inputs, outputs, site, ...(gradientOf && { gradientOf }) };
}

/** `Gather(f32[3, 2], i64[1])`, the line that made it, and what it is the gradient of if it is part of one. */
export function formatNode({ op, inputs, site, gradientOf }: OpNode): string {
  if (gradientOf) return `${op.name} in the gradient of ${formatNode(gradientOf)}`;
  return `${op.name}(${inputs.map(describe).join(', ')})\n    made at ${formatSite(site)}`;
}

/** The id that the next node will be above: brackets what a function records. */
export const latestId = (): number => lastId;

/** One output of a node. */
export function output(node: Node, index: number): Tensor {
  return { ...(node.outputs[index] as TensorType), node, index };
}

/** A value that the caller of the program provides at each call. */
export function input(name: string, dtype: DType, shape: Shape): Tensor {
  requireShape(shape);
  return output({ kind: 'input', id: ++lastId, name, inputs: [], outputs: [{ dtype, shape }] }, 0);
}

/** A value known when the graph is made; an engine may fold it away. */
export function constant(value: HostTensor): Tensor {
  return output({ kind: 'constant', id: ++lastId, value, inputs: [], outputs: [{ dtype: value.dtype, shape: value.shape }] }, 0);
}

/** A constant of shape []. */
export const scalar = (dtype: DType, value: number): Tensor => constant(hostScalar(dtype, value));

/** A value kept by the executable from call to call. See `parameters` for the usual way to make one. */
export function variable(spec: Omit<Variable, 'tensor'>): Variable {
  requireShape(spec.shape);
  const result = { ...spec } as { -readonly [K in keyof Variable]: Variable[K] };
  const outputs = [{ dtype: spec.dtype, shape: spec.shape }];
  result.tensor = output({ kind: 'variable', id: ++lastId, variable: result, inputs: [], outputs }, 0);
  return result;
}

/** A number where a tensor is expected is a scalar constant of the other operand's dtype. */
export type Operand = Tensor | number;

/** Both operands as tensors. Throws when neither is one, or when a number is not one of the tensor's dtype. */
export function operands(a: Operand, b: Operand): [Tensor, Tensor] {
  if (typeof a !== 'number') return [a, typeof b === 'number' ? scalarLike(a, b) : b];
  if (typeof b !== 'number') return [scalarLike(b, a), b];
  throw new TensorError(`expected at least one tensor, but both operands are numbers: ${a} and ${b}`, captureSite());
}

function scalarLike(tensor: Tensor, value: number): Tensor {
  if (isFloat(tensor.dtype) || Number.isInteger(value)) return scalar(tensor.dtype, value);
  throw new TensorError(`${value} is not a whole number, but the other operand is ${describe(tensor)}`, captureSite());
}

/** Number of elements. */
export const elementCount = (tensor: TensorType): number => sizeOf(tensor.shape);

/** A tensor full of one value, held as a scalar until it runs. */
export function full(dtype: DType, shape: Shape, value: number): Tensor {
  const filled = scalar(dtype, value);
  return shape.length === 0 ? filled : apply1(Fill, [filled], { shape });
}

/** A tensor full of 0. */
export const zeros = (dtype: DType, shape: Shape): Tensor => full(dtype, shape, 0);
/** A tensor full of 1. */
export const ones = (dtype: DType, shape: Shape): Tensor => full(dtype, shape, 1);

const Fill: Op<{ shape: Shape }> = {
  name: 'Fill',
  infer: ([value], { shape }) => [{ dtype: (value as TensorType).dtype, shape }],
  gradient: null,
  lower: (on, [value], { attributes: { shape } }) => on.emit('Expand', [value, on.integers(shape)]),
};
