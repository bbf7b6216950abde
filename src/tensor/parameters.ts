/** Declaring parameters by scoped names, with initial values from named random streams. */
import type { DType } from './dtype.ts';
import { describe, type HostTensor, hostTensor, hostZeros } from './host.ts';
import { normals, type RandomStream, randomStream } from './random.ts';
import { type Shape, sameShape, sizeOf } from './shape.ts';
import { captureSite, TensorError } from './site.ts';
import { type Tensor, type Variable, variable } from './tensor.ts';

/** First values of a parameter, given a stream of random numbers of its own. */
export type Initializer = (shape: Shape, random: RandomStream) => ArrayLike<number>;

/** All 0 */
export const zerosInit: Initializer = (shape) => new Float32Array(sizeOf(shape));
/** All 1 */
export const onesInit: Initializer = (shape) => new Float32Array(sizeOf(shape)).fill(1);
/** All `value` */
export const constantInit =
  (value: number): Initializer =>
  (shape) =>
    new Float32Array(sizeOf(shape)).fill(value);
/** Normal with mean 0 */
export const normalInit =
  (std: number): Initializer =>
  (shape, random) =>
    normals(random, sizeOf(shape), std);
/** Uniform in [−bound, bound] */
export const uniformInit =
  (bound: number): Initializer =>
  (shape, random) => {
    const values = new Float32Array(sizeOf(shape));
    for (let i = 0; i < values.length; i++) values[i] = bound * (random.next() / 2 ** 31 - 1);
    return values;
  };
/** Glorot and Bengio 2010: uniform with variance 2/(in + out), for a weight [out, in] */
export const xavierInit: Initializer = (shape, random) =>
  uniformInit(Math.sqrt(6 / ((shape[0] as number) + (shape[1] as number))))(shape, random);

/** How a parameter begins. */
export interface ParameterOptions {
  readonly init: Initializer;
  /** f32 by default */
  readonly dtype?: DType;
}

/** A place in the tree of names. `scope.in('blocks', 0).parameter('norm.weight', …)` declares `blocks.0.norm.weight`. */
export interface Scope {
  readonly path: string;
  in(...names: (string | number)[]): Scope;
  /**
   * The parameter of that name under this scope. The first call declares it; later ones return the same tensor, which ties
   * weights and lets several programs share them. Throws when shape or dtype differ from the declaration's.
   */
  parameter(name: string, shape: Shape, options: ParameterOptions): Tensor;
  /** State without gradient, such as a cache or a running mean: zeros at first. */
  buffer(name: string, shape: Shape, options?: Partial<ParameterOptions>): Variable;
}

/** All variables declared so far, by full name, in order of declaration. */
export interface Parameters extends Scope {
  readonly variables: ReadonlyMap<string, Variable>;
  /** The trainable ones. */
  trainable(): Variable[];
}

/** What all initial values come from. */
export interface ParametersOptions {
  /** Seed of all initial values; each name has a stream of its own, so order of declaration does not matter. */
  readonly seed: number;
}

/** An empty tree of names. */
export function parameters({ seed }: ParametersOptions): Parameters {
  const variables = new Map<string, Variable>();

  function declare(name: string, shape: Shape, { init, dtype = 'f32' }: ParameterOptions, trainable: boolean): Variable {
    const known = variables.get(name);
    if (known) {
      if (!sameShape(known.shape, shape) || known.dtype !== dtype) {
        throw new TensorError(
          `"${name}" is declared as ${describe(known)} and cannot be ${describe({ dtype, shape })} as well`,
          captureSite(),
        );
      }
      return known;
    }
    const initial = (): HostTensor =>
      init === zerosInit ? hostZeros(dtype, shape) : hostTensor(dtype, shape, init(shape, randomStream(seed, name)) as Float32Array);
    const declared = variable({ name, dtype, shape, trainable, initial });
    variables.set(name, declared);
    return declared;
  }

  const scope = (path: string): Scope => {
    const full = (name: string): string => (path === '' ? name : `${path}.${name}`);
    return {
      path,
      in: (...names) => scope(full(names.join('.'))),
      parameter: (name, shape, options) => declare(full(name), shape, options, true).tensor,
      buffer: (name, shape, options = {}) => declare(full(name), shape, { init: zerosInit, ...options }, false),
    };
  };

  return { ...scope(''), variables, trainable: () => [...variables.values()].filter((v) => v.trainable) };
}
