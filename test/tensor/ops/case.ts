/** What a test case of an op is: how to draw an application of it, and what that should give. */
import type fc from 'fast-check';
import type { DType } from '../../../src/tensor/dtype.ts';
import type * as ops from '../../../src/tensor/ops/index.ts';
import type { Tensor } from '../../../src/tensor/tensor.ts';
import { type Draw, integers, type ValueOptions, values } from '../../support/arbitraries.ts';
import type { NdArray } from '../../support/ndarray.ts';

/** Names of all ops: the functions that `src/tensor/ops/index.ts` exports. */
export type OpName = {
  [Name in keyof typeof ops]: (typeof ops)[Name] extends (...args: never) => unknown ? Name : never;
}[keyof typeof ops];

type Each<Inputs extends readonly unknown[], T> = { [Index in keyof Inputs]: T };
type OneOrMore<T> = T | readonly T[];
type Reference<Inputs extends readonly unknown[]> = (...arrays: Each<Inputs, NdArray>) => OneOrMore<NdArray>;

/** One application of an op. Inputs and results have the dtype under test, unless they name their own. */
export interface SampleSpec<Inputs extends readonly NdArray[]> {
  readonly inputs: Inputs;
  readonly build: (...tensors: Each<Inputs, Tensor>) => OneOrMore<Tensor>;
  /** The same in plain loops. */
  readonly reference: Reference<Inputs>;
  /** What the gradient is the derivative of, where that is not `reference`: an estimator, or one side of a kink. */
  readonly derivativeOf?: Reference<Inputs>;
  /** Inputs to differentiate by; by default those of the dtype under test. */
  readonly wrt?: readonly number[];
}

export interface Sample {
  readonly inputs: readonly NdArray[];
  readonly build: (tensors: readonly Tensor[]) => readonly Tensor[];
  readonly reference: (arrays: readonly NdArray[]) => readonly NdArray[];
  readonly derivativeOf: (arrays: readonly NdArray[]) => readonly NdArray[];
  readonly wrt: readonly number[];
}

/** A sample from its spec, in which the functions take as many arguments as there are inputs. */
export function sample<const Inputs extends readonly NdArray[]>(spec: SampleSpec<Inputs>): Sample {
  const { inputs, build, reference, derivativeOf = reference } = spec;
  const list =
    <T, R>(f: (...args: Each<Inputs, T>) => OneOrMore<R>) =>
    (args: readonly T[]): readonly R[] =>
      [f(...(args as unknown as Each<Inputs, T>))].flat() as R[];
  const wrt = spec.wrt ?? inputs.flatMap(({ dtype }, i) => (dtype === undefined ? [i] : []));
  return { inputs, build: list(build), reference: list(reference), derivativeOf: list(derivativeOf), wrt };
}

export interface OpCase {
  readonly name: string;
  /** dtypes that the CPU kernels of ONNX Runtime compute it in. */
  readonly dtypes: readonly DType[];
  /** dtypes that the op allows, but for which ONNX Runtime has no CPU kernel. */
  readonly missing: readonly DType[];
  /** A dtype that the case needs besides the one under test. */
  readonly also?: DType;
  /** Whether infinities come out of finite numbers. */
  readonly infinite: boolean;
  /** Whether the gradient, which may be zero everywhere, is checked in the floating-point ones among them. */
  readonly differentiable: boolean;
  /** Factor on all tolerances, for what loses more digits than most. */
  readonly looseness: number;
  readonly draw: (g: Draw, dtype: DType) => Sample;
}

type OpCaseSpec = Partial<OpCase> & Pick<OpCase, 'name' | 'draw'>;

export const FLOATS: readonly DType[] = ['f32', 'f64', 'f16', 'bf16'];
/** For ops whose f64 kernel is missing. Half precision is computed in f32, so it is always there when f32 is. */
export const NO_F64: Pick<OpCase, 'dtypes' | 'missing'> = { dtypes: ['f32', 'f16', 'bf16'], missing: ['f64'] };
export const INTEGERS: readonly DType[] = ['i32', 'i64'];
export const NUMERIC: readonly DType[] = [...FLOATS, ...INTEGERS];
export const ALL: readonly DType[] = [...NUMERIC, 'u8', 'bool'];

/** Floating point and differentiable unless it says otherwise. */
export const opCase = (spec: OpCaseSpec): OpCase => ({
  dtypes: FLOATS,
  missing: [],
  infinite: false,
  differentiable: true,
  looseness: 1,
  ...spec,
});

/** Values that a dtype can hold: small whole numbers where it is an integer. */
export function numbersOf(dtype: DType, shape: readonly number[], options: ValueOptions = {}): fc.Arbitrary<NdArray> {
  if (dtype === 'bool') return integers(shape, 0, 1);
  if (dtype === 'u8') return integers(shape, 0, 9);
  return INTEGERS.includes(dtype) ? integers(shape, -6, 6) : values(shape, options);
}
