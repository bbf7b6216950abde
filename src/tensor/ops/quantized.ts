/** The product with a quantised weight: what `quantize.ts` puts in the place of `affine`. Not for models to call. */
import { CONTRIB } from '../lowering.ts';
import { sameShape, sizeOf } from '../shape.ts';
import { apply1, type Op, type Tensor, type TensorType } from '../tensor.ts';

/** How a weight [out, in] is stored: `quantizeBlocks` has the formula. */
export interface BlockFormat {
  /** Of one code */
  readonly bits: 4 | 8;
  /** Neighbours along `in` that share a scale: a power of two from 16 up. */
  readonly blockSize: number;
}

/** The format, and what the kernel may do with x. */
export interface QuantizedOptions extends BlockFormat {
  /** `f32`: exact but for rounding. `int8`: x is rounded to 8 bits block by block, for integer products. */
  readonly activations: 'f32' | 'int8';
}

/** Types of the codes and scales of a weight [out, in]. */
export function quantizedTypes(
  [out, width]: readonly [number, number],
  { bits, blockSize }: BlockFormat,
): Record<'codes' | 'scales', TensorType> {
  const blocks = Math.ceil(width / blockSize);
  return {
    codes: { dtype: 'u8', shape: [out, blocks, (blockSize * bits) / 8] },
    scales: { dtype: 'f32', shape: [out, blocks] },
  };
}

interface QuantizedAttributes extends QuantizedOptions {
  /** Input channels; the last block may be longer. */
  readonly width: number;
}

const QuantizedMatMul: Op<QuantizedAttributes> = {
  name: 'QuantizedMatMul',
  infer: ([x, codes, scales, bias], { width, ...format }) => {
    const [{ shape, dtype }, out] = [x as TensorType, (codes as TensorType).shape[0] as number];
    const expected = quantizedTypes([out, width], format);
    const fits =
      sameShape((codes as TensorType).shape, expected.codes.shape) && sameShape((scales as TensorType).shape, expected.scales.shape);
    if (dtype !== 'f32' || shape.at(-1) !== width) throw new Error(`x must be f32[..., ${width}]`);
    if (!fits) throw new Error(`codes must be u8[${expected.codes.shape}] and scales f32[${expected.scales.shape}]`);
    if (bias && !sameShape(bias.shape, [out])) throw new Error(`bias must have shape [${out}]`);
    return [{ dtype, shape: [...shape.slice(0, -1), out] }];
  },
  gradient: null,
  flops: ({ outputs: [y], attributes: { width } }) => 2 * sizeOf((y as TensorType).shape) * width,
  lower: (on, [x, codes, scales, bias], { outputs, attributes: { width, bits, blockSize, activations } }) => {
    if (!on.target.contrib) throw new Error("a quantised product needs ONNX Runtime's own operators: export the model unquantised");
    const attributes = {
      K: { int: width },
      N: { int: (outputs[0] as TensorType).shape.at(-1) as number },
      bits: { int: bits },
      block_size: { int: blockSize },
      accuracy_level: { int: ACCURACY_LEVEL[activations] },
    };
    return on.emit('MatMulNBits', [x, codes, scales, undefined, undefined, bias], attributes, CONTRIB);
  },
};

/** What MatMulNBits calls the type in which x takes part in the products. */
const ACCURACY_LEVEL = { f32: 1, int8: 4 } as const;

/** x·Wᵀ + b for x f32[..., in], W [out, in] as codes and scales, bias f32[out] → f32[..., out]. It has no gradient. */
export function quantizedAffine(x: Tensor, codes: Tensor, scales: Tensor, bias: Tensor | undefined, options: QuantizedOptions): Tensor {
  const { bits, blockSize, activations } = options;
  return apply1(QuantizedMatMul, bias ? [x, codes, scales, bias] : [x, codes, scales], {
    bits,
    blockSize,
    activations,
    width: x.shape.at(-1) as number,
  });
}
