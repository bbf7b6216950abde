/** A program with its weights as a standard ONNX model, for any other runtime. */
import { eliminateCommonSubexpressions, graphOf, type Program } from './graph.ts';
import { bytesOf, checkType, type HostTensor } from './host.ts';
import { inputName, outputName, toOnnx, variableName } from './onnx.ts';
import { encodeModel, type OnnxModel, type OnnxTensor } from './onnx-proto.ts';

/** Protobuf's limit on a message, less room for the graph itself; weights beyond it must lie in a file of their own. */
const MAX_MODEL_BYTES = 2 ** 31 - 2 ** 26;

/** ONNX Runtime maps external data page by page. */
const ALIGNMENT = 4096;

/** The weights, and how to store them. */
export interface ExportOptions {
  /** Values of the variables, by name, which become the model's constants. */
  readonly values: ReadonlyMap<string, HostTensor>;
  /** Name of the file beside the model that holds the weights when the model would be too large without; `model.onnx.data` by default. */
  readonly dataFile?: string;
  /** Size from which weights go into that file; protobuf's 2 GiB by default. */
  readonly maxModelBytes?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The bytes of the files to be written. */
export interface ExportedModel {
  /** The `.onnx` file */
  readonly model: Uint8Array;
  /** The weights' file, in order; empty when they are inside the model. */
  readonly data: readonly Uint8Array[];
}

/**
 * Inputs and outputs keep their names; only standard operators are used. Throws when a variable has no value or one of another
 * type, when an input and an output share a name, or when the program updates variables: a standard model keeps no state.
 */
export function exportOnnx(
  program: Program,
  { values, dataFile = 'model.onnx.data', maxModelBytes = MAX_MODEL_BYTES, metadata = {} }: ExportOptions,
): ExportedModel {
  const graph = eliminateCommonSubexpressions(graphOf(program));
  if (graph.updates.size > 0) throw new Error('exportOnnx: the program updates variables, and a standard ONNX model keeps no state');
  const weights = graph.variables.map((variable): OnnxTensor => {
    const value = values.get(variable.name);
    if (!value) throw new Error(`exportOnnx: there is no value for "${variable.name}"`);
    checkType(`the value of "${variable.name}"`, value, variable);
    return { name: variableName(variable.name), type: value.dtype, dims: value.shape, data: bytesOf(value) };
  });
  const names = new Map<string, string>([
    ...graph.inputs.map(({ name }) => [inputName(name), name] as const),
    ...Object.keys(graph.outputs).map((name) => [outputName(name), name] as const),
  ]);
  const standard = withWeights(toOnnx(graph, { contrib: false, f16: true }).model, weights, names, metadata);
  const weightBytes = standard.graph.initializers.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
  if (weightBytes < maxModelBytes) return { model: encodeModel(standard), data: [] };
  const { model, data } = externalise(standard, dataFile);
  return { model: encodeModel(model), data };
}

function withWeights(
  model: OnnxModel,
  weights: readonly OnnxTensor[],
  names: ReadonlyMap<string, string>,
  metadata: Readonly<Record<string, string>>,
): OnnxModel {
  const constants = new Set(weights.map(({ name }) => name));
  // Names of inputs and outputs are the caller's; a value inside that has one of them gives way.
  const taken = new Set(names.values());
  if (taken.size < names.size) throw new Error('exportOnnx: an input and an output have the same name');
  const rename = (name: string): string => {
    const own = names.get(name);
    if (own !== undefined) return own;
    let free = name;
    while (taken.has(free)) free += '#';
    return free;
  };
  const renamed = (tensor: OnnxTensor): OnnxTensor => ({ ...tensor, name: rename(tensor.name) });
  const { nodes, inputs, outputs, initializers } = model.graph;
  return {
    ...model,
    metadata,
    graph: {
      ...model.graph,
      nodes: nodes.map((node) => ({ ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) })),
      inputs: inputs.filter(({ name }) => !constants.has(name)).map((value) => ({ ...value, name: rename(value.name) })),
      outputs: outputs.map((value) => ({ ...value, name: rename(value.name) })),
      initializers: [...initializers, ...weights].map(renamed),
    },
  };
}

function externalise(model: OnnxModel, location: string): { model: OnnxModel; data: Uint8Array[] } {
  const data: Uint8Array[] = [];
  let offset = 0;
  const initializers = model.graph.initializers.map((tensor): OnnxTensor => {
    const bytes = tensor.data as Uint8Array;
    if (bytes.length < ALIGNMENT) return tensor;
    const padding = -offset & (ALIGNMENT - 1);
    if (padding > 0) data.push(new Uint8Array(padding));
    offset += padding;
    const { data: _, ...rest } = tensor;
    const external = { location, offset, length: bytes.length };
    data.push(bytes);
    offset += bytes.length;
    return { ...rest, external };
  });
  return { model: { ...model, graph: { ...model.graph, initializers } }, data };
}
