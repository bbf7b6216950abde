/** Matrix products, with operands read transposed instead of copied. */

import { CONTRIB, type Lowering, type LoweringNode } from '../lowering.ts';
import { broadcastShapes, sizeOf } from '../shape.ts';
import { apply1, type Op, type Tensor, type TensorType } from '../tensor.ts';
import { sumTo } from './broadcast.ts';
import { requireNumeric, sameDType } from './elementwise.ts';
import { reshape } from './layout.ts';

/** How to read the operands. */
export interface MatmulOptions {
  /** Read `a` as [..., K, M]. */
  readonly transposeA?: boolean;
  /** Read `b` as [..., N, K]. */
  readonly transposeB?: boolean;
  /** Factor on the product. */
  readonly scale?: number;
}

interface MatmulAttributes extends Required<MatmulOptions> {}

const MatMul: Op<MatmulAttributes> = {
  name: 'MatMul',
  infer: (inputs, { transposeA, transposeB }) => {
    const dtype = sameDType(inputs);
    requireNumeric({ dtype, shape: [] });
    const [a, b, bias] = inputs.map(({ shape }) => shape) as [readonly number[], readonly number[], readonly number[] | undefined];
    if (a.length < 2 || b.length < 2) throw new Error('operands must be matrices: rank 2 or more');
    const [m, k] = transposeA ? [a.at(-1), a.at(-2)] : [a.at(-2), a.at(-1)];
    const [k2, n] = transposeB ? [b.at(-1), b.at(-2)] : [b.at(-2), b.at(-1)];
    if (k !== k2)
      throw new Error(
        `inner dimensions differ: a has ${k}${transposeA ? ' (transposed)' : ''}, b has ${k2}${transposeB ? ' (transposed)' : ''}`,
      );
    if (bias && (bias.length !== 1 || bias[0] !== n)) throw new Error(`bias must have shape [${n}], got [${bias.join(', ')}]`);
    return [{ dtype, shape: [...broadcastShapes(a.slice(0, -2), b.slice(0, -2)), m as number, n as number] }];
  },
  gradient: ([gradient], { inputs, attributes: { transposeA, transposeB, scale } }, needs) => {
    const [a, b, bias] = inputs as [Tensor, Tensor, Tensor | undefined];
    const g = gradient as Tensor;
    const da = () =>
      transposeA ? matmul(b, g, { transposeA: transposeB, transposeB: true, scale }) : matmul(g, b, { transposeB: !transposeB, scale });
    const db = () =>
      transposeB ? matmul(g, a, { transposeA: true, transposeB: transposeA, scale }) : matmul(a, g, { transposeA: !transposeA, scale });
    return [
      needs[0] ? sumTo(da(), a.shape) : undefined,
      needs[1] ? sumTo(db(), b.shape) : undefined,
      bias && needs[2] ? sumTo(g, bias.shape) : undefined,
    ];
  },
  flops: ({ inputs: [a], outputs: [y], attributes: { transposeA } }) =>
    2 * sizeOf((y as TensorType).shape) * ((a as TensorType).shape.at(transposeA ? -2 : -1) as number),
  lower: (on, inputs, node) => {
    const matrices = node.inputs.every(({ shape }) => shape.length <= 2);
    const { transposeA, transposeB, scale } = node.attributes;
    const dtype = node.outputs[0]?.dtype;
    const plain = !transposeA && !transposeB && scale === 1 && inputs.length === 2;
    if (plain || dtype === 'i32' || dtype === 'i64') return lowerPlain(on, inputs, node);
    const flags = { transA: { int: Number(transposeA) }, transB: { int: Number(transposeB) }, alpha: { float: scale } };
    if (matrices) return on.emit('Gemm', inputs, flags);
    if (on.target.contrib && dtype === 'f32') return on.emit('FusedMatMul', inputs, flags, CONTRIB);
    return lowerPlain(on, inputs, node);
  },
};

function lowerPlain(
  on: Lowering,
  [a, b, bias]: readonly string[],
  { inputs, outputs, attributes }: LoweringNode<MatmulAttributes>,
): string {
  const swapLast = (x: string | undefined, { shape }: TensorType): string => {
    const axes = shape.map((_, axis) => axis);
    return on.emit('Transpose', [x], { perm: { ints: [...axes.slice(0, -2), axes.length - 1, axes.length - 2] } });
  };
  const left = attributes.transposeA ? swapLast(a, inputs[0] as TensorType) : a;
  const right = attributes.transposeB ? swapLast(b, inputs[1] as TensorType) : b;
  const product = on.emit('MatMul', [left, right]);
  const scaled =
    attributes.scale === 1 ? product : on.emit('Mul', [product, on.scalar((outputs[0] as TensorType).dtype, attributes.scale)]);
  return bias === undefined ? scaled : on.emit('Add', [scaled, bias]);
}

/**
 * Matrix product over the last two axes; the others broadcast. [..., M, K] × [..., K, N] → [..., M, N].
 * A batch times one matrix is computed as a single product.
 */
export function matmul(a: Tensor, b: Tensor, { transposeA = false, transposeB = false, scale = 1 }: MatmulOptions = {}): Tensor {
  return product(a, b, undefined, { transposeA, transposeB, scale });
}

/** x·Wᵀ + b: x [..., in] of rank 2 or more, weight [out, in], bias [out] → [..., out]. */
export function affine(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  return product(x, weight, bias, { transposeA: false, transposeB: true, scale: 1 });
}

function product(a: Tensor, b: Tensor, bias: Tensor | undefined, attributes: MatmulAttributes): Tensor {
  const operands = bias ? [b, bias] : [b];
  if (a.shape.length <= 2 || b.shape.length !== 2 || attributes.transposeA) return apply1(MatMul, [a, ...operands], attributes);
  const rows = reshape(a, [sizeOf(a.shape.slice(0, -1)), a.shape.at(-1) as number]);
  const flat = apply1(MatMul, [rows, ...operands], attributes);
  return reshape(flat, [...a.shape.slice(0, -1), flat.shape[1] as number]);
}
