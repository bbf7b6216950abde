/** From a graph to an ONNX model: names, casts for half precision, and one emitted node for equal emissions. */
import { type DType, isHalf } from './dtype.ts';
import { attributeKey, type Graph } from './graph.ts';
import { bytesOf, type HostTensor, hostScalar, hostTensor } from './host.ts';
import type { EmitOptions, Lowering, Target } from './lowering.ts';
import { ONNX_TYPE, type OnnxAttribute, type OnnxModel, type OnnxNode, type OnnxTensor, type OnnxValue } from './onnx-proto.ts';
import { type Node, type OpNode, output, type Tensor, type TensorType } from './tensor.ts';

/** The newest operator set that ONNX Runtime 1.30 supports and stock checkers of its time accept. */
const OPSET = 23;
const IR_VERSION = 10;

/** Ops that move f16 and bf16 values as they are on every engine; others compute in f32 where the target must. */
const MOVING = new Set(['Reshape', 'Transpose', 'Cast', 'StopGradient', 'StraightThrough', 'Barrier']);

/** Names of a model's inputs and outputs. */
export const inputName = (name: string): string => `in:${name}`;
export const variableName = (name: string): string => `var:${name}`;
export const outputName = (name: string): string => `out:${name}`;
export const updateName = (name: string): string => `new:${name}`;

/** dtype in which a value crosses the border of a model: no binding of ONNX Runtime for JavaScript knows bf16. */
export const borderType = (dtype: DType): DType => (dtype === 'bf16' ? 'f32' : dtype);

/** A model, and for each of its nodes by name the op it came from: what an engine's error message is about. */
export interface LoweredGraph {
  readonly model: OnnxModel;
  readonly origins: ReadonlyMap<string, OpNode>;
}

/** How a weight is stored. */
export type StoredWeight = Omit<OnnxTensor, 'name'>;

/** The model of a graph: inputs and variables in, but for those that are stored weights; outputs and updates out. */
export function toOnnx(graph: Graph, target: Target, weights: ReadonlyMap<string, StoredWeight> = new Map()): LoweredGraph {
  const origins = new Map<string, OpNode>();
  let current: OpNode | undefined;
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const names = new Map<Node, readonly string[]>();
  const emitted = new Map<string, string[]>();
  const constants = new Map<string, string>();
  const reshaped = new Map<string, string>();
  const used = usedOutputs(graph);
  let count = 0;

  function emitMany(
    opType: string,
    outputs: number,
    inputs: readonly (string | undefined)[],
    attributes: Record<string, OnnxAttribute> = {},
    { domain = '' }: EmitOptions = {},
  ): string[] {
    const trimmed = inputs.map((name) => name ?? '');
    // Of reshapes one after another the last one counts; the others go when nothing else needs them.
    if (opType === 'Reshape') trimmed[0] = reshaped.get(trimmed[0] as string) ?? (trimmed[0] as string);
    while (trimmed.at(-1) === '') trimmed.pop();
    const key = attributeKey([domain, opType, trimmed, attributes, outputs]);
    const twin = emitted.get(key);
    if (twin) return twin;
    const name = `${opType}_${++count}`;
    const results = Array.from({ length: outputs }, (_, i) => (outputs === 1 ? name : `${name}.${i}`));
    nodes.push({ name, opType, domain, inputs: trimmed, outputs: results, attributes });
    emitted.set(key, results);
    // A 0 among the sizes means what the input has there, unless it is allowed to mean 0.
    if (opType === 'Reshape' && !attributes.allowzero) reshaped.set(name, trimmed[0] as string);
    if (current) origins.set(name, current);
    return results;
  }

  const emit: Lowering['emit'] = (opType, inputs, attributes, options) => emitMany(opType, 1, inputs, attributes, options)[0] as string;

  function constantName(value: HostTensor): string {
    const key = value.data.byteLength <= 1024 ? `${value.dtype}[${value.shape}]${bytesOf(value)}` : `large ${initializers.length}`;
    const known = constants.get(key);
    if (known) return known;
    const name = `const_${initializers.length}`;
    initializers.push({ name, type: value.dtype, dims: value.shape, data: bytesOf(value) });
    constants.set(key, name);
    return name;
  }

  const on: Lowering = {
    target,
    emit,
    emitMany,
    constant: constantName,
    integers: (values) => constantName(hostTensor('i64', [values.length], values)),
    scalar: (dtype, value) => constantName(hostScalar(dtype, value)),
  };
  const castTo = (name: string, to: DType): string => emit('Cast', [name], { to: { int: ONNX_TYPE[to] } });
  const nameOf = (tensor: Tensor): string => names.get(tensor.node)?.[tensor.index] as string;
  const enter = (name: string, { dtype }: TensorType): string => (borderType(dtype) === dtype ? name : castTo(name, dtype));

  /** Computes a node that has half-precision operands in f32. */
  function lowerInSinglePrecision(node: OpNode): readonly string[] {
    const widened = (type: TensorType): TensorType => (isHalf(type.dtype) ? { ...type, dtype: 'f32' } : type);
    const inputs = node.inputs.map((tensor) => (isHalf(tensor.dtype) ? castTo(nameOf(tensor), 'f32') : nameOf(tensor)));
    const results = [
      node.op.lower(on, inputs, {
        attributes: node.attributes,
        inputs: node.inputs.map(widened),
        outputs: node.outputs.map(widened),
        used: used.get(node) ?? [],
      }),
    ].flat();
    return results.map((name, i) =>
      name !== '' && isHalf((node.outputs[i] as TensorType).dtype) ? castTo(name, (node.outputs[i] as TensorType).dtype) : name,
    );
  }

  for (const node of graph.inputs) names.set(node, [enter(inputName(node.name), node.outputs[0] as TensorType)]);
  const fed = graph.variables.filter(({ name }) => !weights.has(name));
  for (const variable of fed) names.set(variable.tensor.node, [enter(variableName(variable.name), variable)]);
  for (const { name, tensor } of graph.variables) {
    const weight = weights.get(name);
    if (!weight) continue;
    initializers.push({ name: variableName(name), ...weight });
    names.set(tensor.node, [variableName(name)]);
  }
  for (const node of graph.constants) names.set(node, [constantName(node.value)]);
  for (const node of graph.nodes) {
    current = node;
    const touchesHalf = [...node.inputs, ...node.outputs].some(({ dtype }) => isHalf(dtype) && !(dtype === 'f16' && target.f16));
    if (touchesHalf && !MOVING.has(node.op.name)) names.set(node, lowerInSinglePrecision(node));
    else names.set(node, [node.op.lower(on, node.inputs.map(nameOf), { ...node, used: used.get(node) ?? [] })].flat());
  }

  // A value that an emitted node produces takes the name of the result it is; any other result is a copy.
  const results: OnnxValue[] = [];
  const renamed = new Map<string, string>();
  const produced = new Set(nodes.flatMap(({ outputs }) => outputs));
  const leave = (name: string, tensor: Tensor): void => {
    const type = borderType(tensor.dtype);
    const own = nameOf(tensor);
    const value = type === tensor.dtype ? own : castTo(own, type);
    results.push({ name, type, dims: tensor.shape });
    if (produced.has(value) && !renamed.has(value)) renamed.set(value, name);
    else nodes.push({ name: `result_${results.length}`, opType: 'Identity', domain: '', inputs: [value], outputs: [name], attributes: {} });
  };
  for (const [name, tensor] of Object.entries(graph.outputs)) leave(outputName(name), tensor);
  for (const [variable, tensor] of graph.updates) leave(updateName(variable.name), tensor);
  const rename = (name: string): string => renamed.get(name) ?? name;
  const finished = withoutUnneeded(
    nodes.map((node) => ({ ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) })),
    results.map(({ name }) => name),
  );

  const border = (name: string, { dtype, shape }: TensorType): OnnxValue => ({ name, type: borderType(dtype), dims: shape });
  const inputs = [
    ...graph.inputs.map((node) => border(inputName(node.name), output(node, 0))),
    ...fed.map((variable) => border(variableName(variable.name), variable)),
  ];
  const domains = new Set(nodes.map(({ domain }) => domain));
  const opsets = { '': OPSET, ...(domains.has('com.microsoft') && { 'com.microsoft': 1 }) };
  const lowered = { name: 'gear-vla', nodes: finished, initializers, inputs, outputs: results };
  return { model: { graph: lowered, irVersion: IR_VERSION, producer: 'gear-vla', opsets, metadata: {} }, origins };
}

/** The nodes, which are in an order in which they can run, without those that no result depends on. */
function withoutUnneeded(nodes: readonly OnnxNode[], results: readonly string[]): OnnxNode[] {
  const needed = new Set(results);
  return nodes
    .toReversed()
    .filter(({ inputs, outputs }) => {
      const isNeeded = outputs.some((name) => needed.has(name));
      if (isNeeded) for (const name of inputs) needed.add(name);
      return isNeeded;
    })
    .toReversed();
}

function usedOutputs(graph: Graph): Map<Node, boolean[]> {
  const used = new Map<Node, boolean[]>();
  const mark = ({ node, index }: Tensor): void => {
    const flags = used.get(node) ?? node.outputs.map(() => false);
    flags[index] = true;
    used.set(node, flags);
  };
  for (const node of graph.nodes) node.inputs.forEach(mark);
  for (const tensor of [...Object.values(graph.outputs), ...graph.updates.values()]) mark(tensor);
  return used;
}
