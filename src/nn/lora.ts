/**
 * LoRA (Hu et al. 2021, "LoRA: low-rank adaptation of large language models"): a frozen weight W [out, in] is used as
 * W + (α/r)·B·A, and only A [r, in] and B [out, r] are trained.
 *
 * A scope that hands out adapted weights does it, so that no model knows of it. Compiled with `frozen`, the sum is folded into
 * one matrix as any other constant is.
 */
import { type HostTensor, hostTensor, numbers, type TensorType } from '../tensor/host.ts';
import { matchesName, type NamePattern, requireMatches } from '../tensor/names.ts';
import { add } from '../tensor/ops/arithmetic.ts';
import { cast } from '../tensor/ops/cast.ts';
import { matmul } from '../tensor/ops/matmul.ts';
import { type Parameters, type Scope, zerosInit } from '../tensor/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { fanInInit } from './layer.ts';

/** Rank and scale, of training and merging alike. */
export interface LoraScale {
  /** r: columns of B and rows of A. */
  readonly rank: number;
  /** α: the product is scaled by α/r; α = r by default, a scale of 1. */
  readonly alpha?: number;
}

/** Which weights, and how. */
export interface LoraOptions extends LoraScale {
  /** Names of weights, such as `*.q_proj.weight`. Only matrices are adapted, whatever else may match. */
  readonly match: NamePattern | readonly NamePattern[];
  /** Parameters that are trained beside the adapters, in full: none by default. */
  readonly alsoTrain?: readonly NamePattern[];
}

/**
 * The same parameters, of which every matrix that matches is W + (α/r)·B·A. Declares `<name>.lora_A` [r, in], uniform in ±1/√in,
 * and `<name>.lora_B` [out, r], zeros: at first the model is what it was, to the bit. `trainable` gives the adapters only (and
 * `alsoTrain`), so that `trainingPrograms` freezes the rest; it throws, naming the nearest names, when a pattern matched no
 * weight. Throws when the rank is not a whole number from 1 up.
 */
export function withLora(parameters: Parameters, { match, rank, alpha, alsoTrain = [] }: LoraOptions): Parameters {
  const scale = scaleOf({ rank, alpha });
  const patterns = [match].flat();
  const matrices = new Set<string>();
  const adapted = new Map<string, Tensor>();

  const adapt = (scope: Scope, name: string, weight: Tensor): Tensor => {
    const [out, width] = weight.shape as [number, number];
    const a = scope.parameter(`${name}.lora_A`, [rank, width], { init: fanInInit });
    const b = scope.parameter(`${name}.lora_B`, [out, rank], { init: zerosInit });
    return add(weight, cast(matmul(b, a, { scale }), weight.dtype));
  };
  const wrap = (scope: Scope): Scope => ({
    path: scope.path,
    in: (...names) => wrap(scope.in(...names)),
    buffer: scope.buffer,
    parameter: (name, shape, options) => {
      const weight = scope.parameter(name, shape, options);
      const full = scope.path === '' ? name : `${scope.path}.${name}`;
      if (shape.length !== 2 || ADAPTER.test(full)) return weight;
      matrices.add(full);
      if (!patterns.some((pattern) => matchesName(pattern, full))) return weight;
      const known = adapted.get(full) ?? adapt(scope, name, weight);
      adapted.set(full, known);
      return known;
    },
  });

  return {
    ...wrap(parameters),
    variables: parameters.variables,
    trainable: () => {
      requireMatches(patterns, [...matrices], 'weights that LoRA could adapt');
      const all = parameters.trainable();
      requireMatches(
        alsoTrain,
        all.map(({ name }) => name),
        'parameters',
      );
      return all.filter(({ name }) => ADAPTER.test(name) || alsoTrain.some((pattern) => matchesName(pattern, name)));
    },
  };
}

/** What the names of A and B end in. */
const ADAPTER = /\.lora_[AB]$/;

function scaleOf({ rank, alpha = rank }: { readonly rank: number; readonly alpha?: number | undefined }): number {
  if (!(Number.isInteger(rank) && rank >= 1)) throw new Error(`the rank of LoRA must be a whole number from 1 up, got ${rank}`);
  return alpha / rank;
}

/**
 * The weights of the model without LoRA that gives the same outputs: each W + (α/r)·B·A under the name of W, in W's dtype, and
 * no adapters. Rank and α are those of training. Throws when there are no adapters, or one lacks its counterpart or does not fit.
 */
export function mergeLora(values: ReadonlyMap<string, HostTensor>, options: LoraScale): Map<string, HostTensor> {
  const scale = scaleOf(options);
  const names = new Set([...values.keys()].filter((name) => ADAPTER.test(name)).map((name) => name.replace(ADAPTER, '')));
  if (names.size === 0) throw new Error('mergeLora: there is nothing to merge: no name ends in .lora_A or .lora_B');
  const merged = new Map([...values].filter(([name]) => !ADAPTER.test(name)));
  for (const name of names) {
    const [weight, a, b] = [name, `${name}.lora_A`, `${name}.lora_B`].map(
      (part) => values.get(part) ?? fail(`"${name}" cannot be merged: there is no "${part}"`),
    ) as [HostTensor, HostTensor, HostTensor];
    requireFit(name, options.rank, weight, a, b);
    merged.set(name, mergedWeight(weight, a, b, scale));
  }
  return merged;
}

function requireFit(name: string, rank: number, weight: TensorType, a: TensorType, b: TensorType): void {
  const [out, width] = weight.shape;
  const fits = weight.shape.length === 2 && `${a.shape}` === `${[rank, width]}` && `${b.shape}` === `${[out, rank]}`;
  if (fits) return;
  fail(`"${name}" is [${weight.shape}], so that with rank ${rank} A should be [${rank},${width}] and B [${out},${rank}], but they are \
[${a.shape}] and [${b.shape}]`);
}

/** W + scale·B·A, summed in f64. */
function mergedWeight(weight: HostTensor, a: HostTensor, b: HostTensor, scale: number): HostTensor {
  const [out, width] = weight.shape as [number, number];
  const rank = a.shape[0] as number;
  const [sum, left, right] = [numbers(weight), numbers(b), numbers(a)];
  for (let row = 0; row < out; row++) {
    for (let r = 0; r < rank; r++) {
      const factor = scale * (left[row * rank + r] as number);
      for (let column = 0; column < width; column++) {
        const at = row * width + column;
        sum[at] = (sum[at] as number) + factor * (right[r * width + column] as number);
      }
    }
  }
  return hostTensor(weight.dtype, weight.shape, sum);
}

function fail(message: string): never {
  throw new Error(`mergeLora: ${message}`);
}
