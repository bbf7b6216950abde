/**
 * Weight-only quantisation, for inference: weights in blocks of 4- or 8-bit codes with a scale each, as ONNX Runtime's MatMulNBits
 * reads them. Embedding tables, norms and biases stay as they are, and so do activations between the products.
 */
import { type Namer, namer, placeholder } from './freeze.ts';
import { type Graph, knownNodes, leavesOf, rebuild } from './graph.ts';
import { convert, describe, type HostTensor, hostTensor } from './host.ts';
import { matchesName, type NamePattern, requireMatches } from './names.ts';
import { cast } from './ops/cast.ts';
import { transpose } from './ops/layout.ts';
import type { MatmulOptions } from './ops/matmul.ts';
import { type BlockFormat, quantizedAffine, quantizedTypes } from './ops/quantized.ts';
import type { Node, OpNode, Tensor, Variable } from './tensor.ts';

/** Which weights to quantise, and how. */
export interface QuantizeOptions {
  readonly bits: 4 | 8;
  /** Neighbours along the input channels that share a scale: 32 by default; 64 and 128 take less room, 16 is finer. */
  readonly blockSize?: number;
  /** Names of weights of products; all by default. Rows shorter than a block are never quantised. */
  readonly match?: NamePattern | readonly NamePattern[];
  /**
   * What the products are computed in. `f32`, the default for 4 bits, rounds weights only. `int8`, the default for 8 bits, rounds
   * each block of activations to 8 bits as well: ONNX Runtime's CPU kernels have no fast way for 8-bit weights without.
   */
  readonly activations?: 'f32' | 'int8';
}

/** A weight [out, in] in blocks. */
export interface QuantizedWeight {
  /** u8[out, blocks, bytes of a block]; of two 4-bit codes in a byte the first is in the low half. */
  readonly codes: HostTensor;
  /** f32[out, blocks] */
  readonly scales: HostTensor;
}

const BLOCK_SIZES = [16, 32, 64, 128, 256];

/**
 * w ≈ (code − 2^(bits−1))·scale with scale = max|w|/(2^(bits−1) − ½) over the block, which makes every error at most half a step
 * of one scale, and 0 exact. The last block of a row is filled up with zeros. Throws when a weight is not finite, when it is no
 * matrix, and for a block size that the kernels lack.
 */
export function quantizeBlocks(weight: HostTensor, { bits, blockSize }: BlockFormat): QuantizedWeight {
  if (weight.shape.length !== 2) throw new Error(`only matrices can be quantised, but the weight is ${describe(weight)}`);
  requireFormat({ bits, blockSize });
  const [out, width] = weight.shape as [number, number];
  const types = quantizedTypes([out, width], { bits, blockSize });
  const [blocks, blob] = types.codes.shape.slice(1) as [number, number];
  const values = convert(weight, 'f32').data as Float32Array;
  const zero = 2 ** (bits - 1);
  const codes = new Uint8Array(out * blocks * blob).fill(bits === 4 ? 0x88 : 0x80);
  const scales = new Float32Array(out * blocks);
  for (let block = 0; block < out * blocks; block++) {
    const column = (block % blocks) * blockSize;
    const from = Math.floor(block / blocks) * width + column;
    const to = from + Math.min(blockSize, width - column);
    let largest = 0;
    for (let i = from; i < to; i++) largest = Math.max(largest, Math.abs(values[i] as number));
    if (!Number.isFinite(largest)) throw new Error(`row ${Math.floor(block / blocks)} has a weight that is not finite`);
    const scale = Math.fround(largest / (zero - 0.5));
    scales[block] = scale;
    if (scale === 0) continue;
    const start = block * blob;
    for (let i = from; i < to; i++) {
      // The extremes lie half a step outside the range of codes.
      const code = Math.min(Math.max(Math.floor((values[i] as number) / scale + zero + 0.5), 0), 2 * zero - 1);
      if (bits === 8) codes[start + i - from] = code;
      else codes[start + ((i - from) >> 1)] = replaceHalf(codes[start + ((i - from) >> 1)] as number, (i - from) & 1, code);
    }
  }
  return { codes: { ...types.codes, data: codes }, scales: { ...types.scales, data: scales } };
}

/** The byte with its low half (0) or high half (1) replaced. */
const replaceHalf = (byte: number, half: number, code: number): number => (half === 0 ? (byte & 0xf0) | code : (byte & 0x0f) | (code << 4));

/** The weight [out, width] that the codes stand for. */
export function dequantizeBlocks({ codes, scales }: QuantizedWeight, width: number, { bits, blockSize }: BlockFormat): HostTensor {
  const [out, blocks, blob] = codes.shape as [number, number, number];
  const values = new Float32Array(out * width);
  for (let i = 0; i < values.length; i++) {
    const [row, column] = [Math.floor(i / width), i % width];
    const block = row * blocks + Math.floor(column / blockSize);
    const at = column % blockSize;
    const byte = codes.data[block * blob + (bits === 8 ? at : at >> 1)] as number;
    const code = bits === 8 ? byte : (byte >> (4 * (at & 1))) & 15;
    values[i] = (code - 2 ** (bits - 1)) * (scales.data[block] as number);
  }
  return hostTensor('f32', [out, width], values);
}

function requireFormat({ bits, blockSize }: BlockFormat): void {
  if (bits !== 4 && bits !== 8) throw new Error(`weights can be quantised to 4 or 8 bits, not ${bits}`);
  if (!BLOCK_SIZES.includes(blockSize)) throw new Error(`blocks can have ${BLOCK_SIZES.join(', ')} weights, not ${blockSize}`);
}

/** Half of a quantised weight, and the tensor that it is made from. */
export interface QuantizedPart {
  /** [out, in], computed from frozen variables only */
  readonly weight: Tensor;
  readonly part: keyof QuantizedWeight;
  readonly format: BlockFormat;
}

/** Graphs with quantised products. */
export interface QuantizedGraphs {
  readonly graphs: readonly Graph[];
  /** The variables that hold codes and scales, `<weight>.codes` and `<weight>.scales`. Each graph has its own. */
  readonly parts: ReadonlyMap<Variable, QuantizedPart>;
}

/**
 * Puts a quantised product in the place of every product of a tensor with a matrix that depends on frozen variables only, one of
 * which has a name that matches. Throws when a pattern matches none in any graph.
 */
export function quantizeProducts(
  graphs: readonly Graph[],
  frozen: ReadonlySet<Variable>,
  { bits, blockSize = 32, match = '*', activations = bits === 4 ? 'f32' : 'int8' }: QuantizeOptions,
  name: Namer = namer(),
): QuantizedGraphs {
  requireFormat({ bits, blockSize });
  const patterns = [match].flat();
  const candidates = new Set<string>();
  const parts = new Map<Variable, QuantizedPart>();

  const quantizeIn = (graph: Graph): Graph => {
    const known = knownNodes(graph, frozen);
    const partsOf = partsMaker({ bits, blockSize }, parts, name);
    return rebuild(graph, (node, [x, , bias]) => {
      const weight = weightOf(node, known, blockSize);
      const names = weight ? variablesOf(weight).map(({ name }) => name) : [];
      for (const name of names) candidates.add(name);
      if (!weight || !names.some((name) => patterns.some((pattern) => matchesName(pattern, name)))) return undefined;
      const { dtype } = x as Tensor;
      const [codes, scales] = partsOf(weight);
      const options = { bits, blockSize, activations };
      return [cast(quantizedAffine(cast(x as Tensor, 'f32'), codes.tensor, scales.tensor, bias && cast(bias, 'f32'), options), dtype)];
    });
  };
  const quantized = graphs.map(quantizeIn);
  requireMatches(patterns, [...candidates], 'weights that could be quantised: those of products, frozen, with rows of at least a block');
  return { graphs: quantized, parts };
}

/** Declares the parts of weights, once for each weight, and notes in `parts` what they are. */
function partsMaker(
  format: BlockFormat,
  parts: Map<Variable, QuantizedPart>,
  name: Namer,
): (weight: Tensor) => readonly [codes: Variable, scales: Variable] {
  const known = new Map<string, readonly [Variable, Variable]>();
  return (weight) => {
    const types = quantizedTypes(weight.shape as [number, number], format);
    const make = (part: keyof QuantizedWeight): Variable => {
      const variable = placeholder(`${name(weight)}.${part}`, types[part]);
      parts.set(variable, { weight, part, format });
      return variable;
    };
    const pair = known.get(name(weight)) ?? ([make('codes'), make('scales')] as const);
    known.set(name(weight), pair);
    return pair;
  };
}

/** The weight [out, in] of a product that can be quantised: of something that is not known with something that is. */
function weightOf(node: OpNode, known: ReadonlySet<Node>, blockSize: number): Tensor | undefined {
  if (node.op.name !== 'MatMul') return undefined;
  const [a, b] = node.inputs as [Tensor, Tensor];
  const { transposeA, transposeB, scale } = node.attributes as Required<MatmulOptions>;
  if (transposeA || scale !== 1 || b.shape.length !== 2 || (b.shape[transposeB ? 1 : 0] as number) < blockSize) return undefined;
  if (known.has(a.node) || !known.has(b.node) || variablesOf(b).length === 0) return undefined;
  const full = b.node.kind === 'op' && b.node.op.name === 'Cast' ? (b.node.inputs[0] as Tensor) : b;
  return transposeB ? full : transpose(full);
}

const variablesOf = (tensor: Tensor): Variable[] =>
  leavesOf(tensor).flatMap(({ node }) => (node.kind === 'variable' ? [node.variable] : []));
