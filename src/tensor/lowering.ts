/** What an op's lowering may do: emit ONNX nodes and constants. Implemented by `onnx.ts`. */
import type { DType } from './dtype.ts';
import type { HostTensor, TensorType } from './host.ts';
import type { OnnxAttribute } from './onnx-proto.ts';

/** What the ONNX model is for. */
export interface Target {
  /** ONNX Runtime's own operators (`com.microsoft`) may be used; otherwise standard ones only. */
  readonly contrib: boolean;
  /** Arithmetic on f16 runs natively; otherwise it is done in f32 between casts. bf16 always is. */
  readonly f16: boolean;
  /** ONNX Runtime's WebGPU kernels run it, which have faults of their own. */
  readonly webgpu?: boolean;
}

/** A node as its lowering sees it. Half-precision operands that were cast to f32 appear as f32 here. */
export interface LoweringNode<A> {
  readonly attributes: A;
  readonly inputs: readonly TensorType[];
  readonly outputs: readonly TensorType[];
  /** Whether anything needs each output: a second output that nobody reads need not be computed. */
  readonly used: readonly boolean[];
}

/** Where an operator comes from: the standard set unless a domain is named. */
export interface EmitOptions {
  readonly domain?: string;
}

/** The ONNX graph under construction, as an op sees it. */
export interface Lowering {
  readonly target: Target;
  /** Emits a node with one output and returns that output's name. An undefined input is an absent optional one. */
  emit(opType: string, inputs: readonly (string | undefined)[], attributes?: Record<string, OnnxAttribute>, options?: EmitOptions): string;
  /** Emits a node with several outputs and returns their names. */
  emitMany(
    opType: string,
    outputs: number,
    inputs: readonly (string | undefined)[],
    attributes?: Record<string, OnnxAttribute>,
    options?: EmitOptions,
  ): string[];
  constant(value: HostTensor): string;
  /** A 1-D i64 constant: shapes, axes, starts. */
  integers(values: readonly number[]): string;
  scalar(dtype: DType, value: number): string;
}

/** Domain of ONNX Runtime's own operators. */
export const CONTRIB: EmitOptions = { domain: 'com.microsoft' };
