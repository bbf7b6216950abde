/** What every layer does with its scope: declare parameters in the dtype of what they act on, and say where a mistake is. */
import { cast } from '../tensor/ops/cast.ts';
import { type Initializer, type Scope, uniformInit } from '../tensor/parameters.ts';
import { type Shape, sizeOf } from '../tensor/shape.ts';
import { captureSite, TensorError } from '../tensor/site.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * The parameter `name` for work on `x`: kept in f32, cast where `x` is of another dtype, so that a model computes in half
 * precision by casting its input while the optimiser sees full precision.
 */
export function parameterFor(x: Tensor, scope: Scope, name: string, shape: Shape, init: Initializer): Tensor {
  return cast(scope.parameter(name, shape, { init }), x.dtype);
}

/**
 * Uniform in ±1/√(fan in) for a weight [out, in, ...kernel]: variance 1/(3·fan in). PyTorch's default for linear layers and
 * convolutions. It scales with the width, which a fixed deviation such as 0.02 does not.
 */
export const fanInInit: Initializer = (shape, random) => uniformInit(1 / Math.sqrt(sizeOf(shape.slice(1))))(shape, random);

/** Throws a TensorError that names the layer's place in the model and the caller's line. */
export const fail = (scope: Scope, message: string): never => mistake(`${scope.path || 'the outermost scope'}: ${message}`);

/** Throws a TensorError that names the caller's line. */
export function mistake(message: string): never {
  throw new TensorError(message, captureSite());
}

/** For a `switch` over kinds that a configuration may have misspelt. */
export const unknownKind = (what: string, kind: never): never => mistake(`there is no ${what} of kind ${JSON.stringify(kind)}`);
