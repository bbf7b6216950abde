/**
 * The border between graphs and what runs them. An engine takes a whole program and runs it in one call; it decides how to
 * lower the graph. Two exist, `ort.node.ts` and `ort.web.ts`, both ONNX Runtime; another need only implement these interfaces.
 */
import type { Graph } from './graph.ts';
import type { HostTensor, TensorType } from './host.ts';

/** A tensor where the engine keeps its own. */
export interface DeviceTensor extends TensorType {}

/** Something that runs whole graphs. */
export interface Engine {
  /** `onnxruntime-node (cpu)` */
  readonly name: string;
  /** Versions, providers, threads: what a report of a measurement should say. */
  readonly details: Readonly<Record<string, string | number | boolean>>;
  /** The engine's own copy of a tensor, or the tensor itself where it works in the host's memory. */
  upload(tensor: HostTensor): DeviceTensor;
  /** Values on the host. They may share memory with the engine's tensor: copy what must outlast it. */
  download(tensor: DeviceTensor): Promise<HostTensor>;
  /** Takes in weights for graphs to be compiled with, each when its turn comes. */
  keep(weights: readonly Weight[]): Promise<KeptWeights>;
  compile(graph: Graph, options?: CompileOptions): Promise<Session>;
}

/** The value of a variable that never changes. */
export interface Weight extends TensorType {
  readonly name: string;
  /** Called once. The value is not needed any longer when the next weight is asked for, unless the engine keeps it. */
  readonly value: () => Promise<HostTensor>;
}

/** Weights that an engine has, for sessions to share where it can. */
export interface KeptWeights {
  /** Frees what only compiling needs: no more graphs will be compiled with them. Sessions keep what they use. */
  release(): Promise<void>;
}

/** What is fixed, and what to find out while running. */
export interface CompileOptions {
  /** Where to write a profile by op, if one is wanted. */
  readonly profile?: string;
  /** Constants in the place of the graph's variables of these names. */
  readonly weights?: KeptWeights;
}

/** A compiled graph. Tensors are passed by the names of inputs, variables and outputs. */
export interface Session {
  run(call: SessionCall): Promise<SessionResult>;
  /** Ends profiling, if it was on, and frees what the engine holds. */
  dispose(): Promise<void>;
}

/** What a call reads, and where it writes. */
export interface SessionCall {
  readonly inputs: ReadonlyMap<string, DeviceTensor>;
  readonly variables: ReadonlyMap<string, DeviceTensor>;
  /** Memory for the new values of variables, by name. */
  readonly updates: ReadonlyMap<string, DeviceTensor>;
}

/** What a call made, by name. */
export interface SessionResult {
  readonly outputs: ReadonlyMap<string, DeviceTensor>;
  readonly updates: ReadonlyMap<string, DeviceTensor>;
}
