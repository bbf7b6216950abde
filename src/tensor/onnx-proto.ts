/**
 * The ONNX file format, as much of it as we write and read back: typed records and their protobuf encoding.
 *
 * Field numbers are those of onnx/onnx.proto (ONNX 1.19, IR version 10). Wire encoding is `pbf`'s.
 */
import { PbfWriter } from 'pbf';

/** `TensorProto.DataType`: the numbers ONNX gives its element types. */
export const ONNX_TYPE = {
  f32: 1,
  u8: 2,
  i8: 3,
  u16: 4,
  i32: 6,
  i64: 7,
  bool: 9,
  f16: 10,
  f64: 11,
  u32: 12,
  bf16: 16,
} as const;
export type OnnxType = keyof typeof ONNX_TYPE;

/** Where the bytes of a tensor outside the model file lie (`TensorProto.external_data`). */
export interface ExternalData {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** A constant of the graph. Exactly one of `data` (C order, little endian) and `external` is set. */
export interface OnnxTensor {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly number[];
  readonly data?: Uint8Array;
  readonly external?: ExternalData;
}

/** An attribute: a whole number is `int`, a real one must be said to be a `float`. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] };

/** `NodeProto`: one operator applied to values. */
export interface OnnxNode {
  readonly name: string;
  readonly opType: string;
  /** Empty for the standard operators, `com.microsoft` for ONNX Runtime's own. */
  readonly domain: string;
  /** Names of values; an empty string is an absent optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** `ValueInfoProto`: name and type of an input or output. */
export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly number[];
}

/** `GraphProto` */
export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** `ModelProto` */
export interface OnnxModel {
  readonly graph: OnnxGraph;
  readonly irVersion: number;
  readonly producer: string;
  /** Operator-set version by domain; the standard domain is the empty string. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The model as the bytes of an `.onnx` file. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const out = new PbfWriter();
  out.writeVarintField(1, model.irVersion);
  out.writeStringField(2, model.producer);
  out.writeMessage(7, writeGraph, model.graph);
  for (const [domain, version] of Object.entries(model.opsets)) {
    out.writeMessage(
      8,
      (_, w) => {
        w.writeStringField(1, domain);
        w.writeVarintField(2, version);
      },
      null,
    );
  }
  for (const entry of Object.entries(model.metadata)) out.writeMessage(14, writeStringPair, entry);
  return out.finish();
}

function writeStringPair([key, value]: [string, string], out: PbfWriter): void {
  out.writeStringField(1, key);
  out.writeStringField(2, value);
}

function writeGraph(graph: OnnxGraph, out: PbfWriter): void {
  for (const node of graph.nodes) out.writeMessage(1, writeNode, node);
  out.writeStringField(2, graph.name);
  for (const tensor of graph.initializers) out.writeMessage(5, writeTensor, tensor);
  for (const value of graph.inputs) out.writeMessage(11, writeValue, value);
  for (const value of graph.outputs) out.writeMessage(12, writeValue, value);
}

function writeNode(node: OnnxNode, out: PbfWriter): void {
  for (const name of node.inputs) out.writeStringField(1, name);
  for (const name of node.outputs) out.writeStringField(2, name);
  out.writeStringField(3, node.name);
  out.writeStringField(4, node.opType);
  for (const entry of Object.entries(node.attributes)) out.writeMessage(5, writeAttribute, entry);
  if (node.domain !== '') out.writeStringField(7, node.domain);
}

function writeAttribute([name, value]: [string, OnnxAttribute], out: PbfWriter): void {
  out.writeStringField(1, name);
  if ('float' in value) {
    out.writeFloatField(2, value.float);
    out.writeVarintField(20, 1);
  } else if ('int' in value) {
    out.writeVarintField(3, value.int);
    out.writeVarintField(20, 2);
  } else if ('string' in value) {
    out.writeStringField(4, value.string);
    out.writeVarintField(20, 3);
  } else if ('floats' in value) {
    for (const x of value.floats) out.writeFloatField(7, x);
    out.writeVarintField(20, 6);
  } else {
    for (const x of value.ints) out.writeVarintField(8, x);
    out.writeVarintField(20, 7);
  }
}

function writeTensor(tensor: OnnxTensor, out: PbfWriter): void {
  for (const dim of tensor.dims) out.writeVarintField(1, dim);
  out.writeVarintField(2, ONNX_TYPE[tensor.type]);
  out.writeStringField(8, tensor.name);
  if (tensor.data !== undefined) out.writeBytesField(9, tensor.data);
  if (tensor.external !== undefined) {
    const { location, offset, length } = tensor.external;
    const entries = { location, offset: String(offset), length: String(length) };
    for (const entry of Object.entries(entries)) out.writeMessage(13, writeStringPair, entry);
    out.writeVarintField(14, 1);
  }
}

function writeValue(value: OnnxValue, out: PbfWriter): void {
  out.writeStringField(1, value.name);
  out.writeMessage(2, writeType, value);
}

function writeType(value: OnnxValue, out: PbfWriter): void {
  out.writeMessage(1, writeTensorType, value);
}

function writeTensorType(value: OnnxValue, out: PbfWriter): void {
  out.writeVarintField(1, ONNX_TYPE[value.type]);
  out.writeMessage(2, writeShape, value.dims);
}

function writeShape(dims: readonly number[], out: PbfWriter): void {
  for (const dim of dims) out.writeMessage(1, writeDimension, dim);
}

function writeDimension(dim: number, out: PbfWriter): void {
  out.writeVarintField(1, dim);
}
