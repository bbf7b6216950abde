/** What elementwise ops share: broadcasting shape rules, and gradients that undo the broadcast. */
import { type DType, isFloat } from '../dtype.ts';
import type { OnnxAttribute } from '../onnx-proto.ts';
import { broadcastShapes } from '../shape.ts';
import { type Op, type OpNode, output, type Tensor, type TensorType } from '../tensor.ts';
import { sumTo } from './broadcast.ts';

/** Throws unless all operands have one dtype. */
export function sameDType(inputs: readonly TensorType[]): DType {
  const [first] = inputs as [TensorType];
  for (const { dtype } of inputs) {
    if (dtype !== first.dtype) throw new Error(`operands have different dtypes, ${first.dtype} and ${dtype}: cast one of them`);
  }
  return first.dtype;
}

/** Throws unless the dtype is f32, f16, bf16 or f64. */
export function requireFloat({ dtype }: TensorType): void {
  if (!isFloat(dtype)) throw new Error(`needs a floating-point tensor, got ${dtype}`);
}

/** f32, f16, bf16, f64, i32, i64: what arithmetic is defined on. */
export function requireNumeric({ dtype }: TensorType): void {
  if (dtype === 'u8' || dtype === 'bool') throw new Error(`arithmetic on ${dtype} is not defined: cast it first`);
}

type UnaryGradient<A> = (g: Tensor, x: Tensor, y: Tensor, attributes: A) => Tensor | undefined;

interface UnarySpec<A> {
  readonly name: string;
  /** From the gradient of the output, the input and the output to the gradient of the input. */
  readonly gradient: UnaryGradient<A> | null;
  readonly accepts?: (input: TensorType) => void;
  readonly onnx?: (attributes: A) => Record<string, OnnxAttribute>;
  readonly lower?: Op<A>['lower'];
}

/** y = f(x) element by element; floating point unless `accepts` says otherwise. */
export function unaryOp<A = null>({ name, gradient, accepts = requireFloat, onnx, lower }: UnarySpec<A>): Op<A> {
  return {
    name,
    rowwise: true,
    infer: ([x]) => {
      accepts(x as TensorType);
      return [x as TensorType].map(({ dtype, shape }) => ({ dtype, shape }));
    },
    gradient: gradient && (([g], node) => [gradient(g as Tensor, node.inputs[0] as Tensor, output(node as OpNode, 0), node.attributes)]),
    lower: lower ?? ((on, inputs, node) => on.emit(name, inputs, onnx?.(node.attributes))),
  };
}

type BinaryGradient = (g: Tensor, a: Tensor, b: Tensor, y: Tensor) => Tensor;

interface BinarySpec {
  readonly name: string;
  /** Gradients of the two operands, before the broadcast is undone. */
  readonly gradient: readonly [BinaryGradient, BinaryGradient] | null;
  readonly accepts?: (input: TensorType) => void;
  /** dtype of the result where it is not the operands'. */
  readonly result?: DType;
}

/** y = f(a, b) element by element, with NumPy's broadcasting. */
export function binaryOp({ name, gradient, accepts = requireNumeric, result }: BinarySpec): Op<null> {
  return {
    name,
    rowwise: true,
    infer: (inputs) => {
      const dtype = sameDType(inputs);
      inputs.forEach(accepts);
      return [{ dtype: result ?? dtype, shape: broadcastShapes(...inputs.map(({ shape }) => shape)) }];
    },
    gradient:
      gradient &&
      (([g], node, needs) => {
        const [a, b] = node.inputs as [Tensor, Tensor];
        return [a, b].map((operand, i) =>
          needs[i] ? sumTo((gradient[i] as BinaryGradient)(g as Tensor, a, b, output(node as OpNode, 0)), operand.shape) : undefined,
        );
      }),
    lower: (on, inputs) => on.emit(name, inputs),
  };
}
