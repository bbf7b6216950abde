/** ONNX Runtime as an engine: what its Node and browser packages have in common. */
import type { InferenceSession, Tensor as OrtTensor, TypedTensor } from 'onnxruntime-common';
import type { DType } from './dtype.ts';
import type { CompileOptions, DeviceTensor, Engine, KeptWeights, Session, SessionCall, SessionResult, Weight } from './engine.ts';
import type { Graph } from './graph.ts';
import { bytesOf, convert, describe, type HostTensor } from './host.ts';
import type { Target } from './lowering.ts';
import { borderType, inputName, outputName, type StoredWeight, toOnnx, updateName, variableName } from './onnx.ts';
import { encodeModel } from './onnx-proto.ts';
import { formatNode, type OpNode } from './tensor.ts';

/** What we use of `onnxruntime-node` or `onnxruntime-web`. */
export interface Ort {
  readonly InferenceSession: { create(model: Model, options?: InferenceSession.SessionOptions): Promise<InferenceSession> };
  readonly Tensor: new (type: OrtTensor.Type, data: OrtTensor.DataType, dims: readonly number[]) => OrtTensor;
}

/** What a session is made of: an ONNX model's bytes, or its file. */
export type Model = Uint8Array | string;

/** Weights in the model's memory or in a file. */
export interface OrtWeights extends KeptWeights {
  readonly tensors: ReadonlyMap<string, StoredWeight>;
  /** Puts a model where it finds the weights. */
  place(model: Uint8Array): Promise<Model>;
}

/** Weights that become part of every model. */
export async function keepInMemory(weights: readonly Weight[]): Promise<OrtWeights> {
  const tensors = new Map<string, StoredWeight>();
  for (const { name, dtype, shape, value } of weights) tensors.set(name, { type: dtype, dims: shape, data: bytesOf(await value()) });
  return { tensors, place: async (model) => model, release: async () => tensors.clear() };
}

/** How an engine on one of the packages differs from the others. */
export interface OrtEngineSpec {
  readonly name: string;
  readonly details: Engine['details'];
  readonly target: Target;
  readonly sessionOptions: InferenceSession.SessionOptions;
  /** Where weights are kept: in memory, unless said otherwise. */
  readonly keep?: (weights: readonly Weight[]) => Promise<OrtWeights>;
}

interface OrtDeviceTensor extends DeviceTensor {
  readonly value: OrtTensor;
}

type BorderType = Exclude<DType, 'bf16'>;

const ORT_TYPES: Readonly<Record<BorderType, OrtTensor.Type>> = {
  f32: 'float32',
  f16: 'float16',
  f64: 'float64',
  i32: 'int32',
  i64: 'int64',
  u8: 'uint8',
  bool: 'bool',
};

/** An engine on either package of ONNX Runtime. */
export function ortEngine(ort: Ort, { name, details, target, sessionOptions, keep = keepInMemory }: OrtEngineSpec): Engine {
  const upload = (tensor: HostTensor): OrtDeviceTensor => {
    const { data } = convert(tensor, borderType(tensor.dtype));
    const value = new ort.Tensor(ORT_TYPES[borderType(tensor.dtype) as BorderType], data as OrtTensor.DataType, tensor.shape);
    return { dtype: tensor.dtype, shape: tensor.shape, value };
  };
  return {
    name,
    details,
    upload,
    download: async (tensor) => {
      const { dtype, shape, value } = tensor as OrtDeviceTensor;
      const data = (await value.getData()) as HostTensor['data'];
      return convert({ dtype: borderType(dtype), shape, data: sixteenBits(data) }, dtype);
    },
    keep,
    compile: (graph, options = {}) => compile(ort, graph, target, sessionOptions, options),
  };
}

/** Newer JavaScript hosts hand f16 out as Float16Array; we hold bit patterns. */
function sixteenBits(data: HostTensor['data']): HostTensor['data'] {
  const isFloat16 = data.constructor.name === 'Float16Array';
  return isFloat16 ? new Uint16Array(data.buffer, data.byteOffset, data.length) : data;
}

async function compile(
  ort: Ort,
  graph: Graph,
  target: Target,
  sessionOptions: InferenceSession.SessionOptions,
  { profile, weights }: CompileOptions,
): Promise<Session> {
  const kept = weights as OrtWeights | undefined;
  const { model, origins } = toOnnx(graph, target, kept?.tensors);
  const fed = graph.variables.filter(({ name }) => !kept?.tensors.has(name)).map(({ name }) => name);
  const profiling = profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile };
  const explain = (error: Error): never => {
    throw explained(error, origins);
  };
  const bytes = encodeModel(model);
  const placed = kept ? await kept.place(bytes) : bytes;
  const session = await ort.InferenceSession.create(placed, { ...sessionOptions, ...profiling }).catch(explain);
  return {
    run: (call) => run(session, graph, fed, call).catch(explain),
    dispose: async () => {
      if (profile !== undefined) session.endProfiling();
      await session.release();
    },
  };
}

/** An engine's error, with the op it is about where the engine says which node failed. */
function explained(error: Error, origins: ReadonlyMap<string, OpNode>): Error {
  const [, name = '', complaint = error.message] =
    /node\. Name:'([^']*)' Status Message: (.*)/s.exec(error.message) ?? /node with name '([^']*)'/.exec(error.message) ?? [];
  const node = origins.get(name);
  return node ? new Error(`${complaint.trim()}\n    in ${formatNode(node)}`, { cause: error }) : error;
}

async function run(
  session: InferenceSession,
  graph: Graph,
  fed: readonly string[],
  { inputs, variables, updates }: SessionCall,
): Promise<SessionResult> {
  const value = (tensor: DeviceTensor | undefined): OrtTensor => (tensor as OrtDeviceTensor).value;
  const feeds: Record<string, OrtTensor> = {};
  for (const { name } of graph.inputs) feeds[inputName(name)] = value(inputs.get(name));
  for (const name of fed) feeds[variableName(name)] = value(variables.get(name));
  const fetches: Record<string, OrtTensor | null> = {};
  for (const name of Object.keys(graph.outputs)) fetches[outputName(name)] = null;
  for (const { name } of graph.updates.keys()) fetches[updateName(name)] = value(updates.get(name));
  const results = await session.run(feeds, fetches);
  const returned = (name: string, { dtype, shape }: DeviceTensor): OrtDeviceTensor => {
    const result = results[name] as TypedTensor<OrtTensor.Type>;
    if (result.size !== shape.reduce((a, b) => a * b, 1))
      throw new Error(`${name} should be ${describe({ dtype, shape })}, but came out as [${result.dims}]`);
    return { dtype, shape, value: result };
  };
  return {
    outputs: new Map(Object.entries(graph.outputs).map(([name, tensor]) => [name, returned(outputName(name), tensor)])),
    updates: new Map([...graph.updates].map(([{ name }, tensor]) => [name, returned(updateName(name), tensor)])),
  };
}
