/**
 * Goldens: one safetensors file with a network's configuration, weights, inputs and the outputs of its reference implementation.
 * Tensors are named `weight.…`, `input.…` and `output.…`; `__metadata__.config` is the configuration as JSON.
 */
import { describe, type HostTensor } from '../../tensor/host.ts';
import type { Scope } from '../../tensor/parameters.ts';
import type { Tensor } from '../../tensor/tensor.ts';

/** A golden that was read, its tensors by what they are for. Names are without `weight.`, `input.` or `output.`. */
export interface Golden {
  /** `__metadata__.config`, whatever it is. */
  readonly config: unknown;
  readonly weights: ReadonlyMap<string, HostTensor>;
  readonly inputs: ReadonlyMap<string, HostTensor>;
  readonly outputs: ReadonlyMap<string, HostTensor>;
}

/** One output as it is computed here, and how it is compared. */
export interface GoldenOutput {
  /** A tensor of the graph, or what the host worked out (positions, indices). */
  readonly value: Tensor | HostTensor;
  /** Largest absolute error allowed; 0 for integers, which have to be the same. */
  readonly tolerance: number;
  /** Rounding grows with the values: this share of the largest that counts is allowed where that is more. None by default. */
  readonly relative?: number;
  /** What it is compared with: the file's `output.<name>` by default. */
  readonly expected?: HostTensor;
  /** Whether a file without it is refused; false by default. */
  readonly required?: boolean;
  /** Which entries of the leading axes count, one boolean for each (those that are padding do not); all by default. */
  readonly counts?: readonly boolean[];
}

/** A network of which there are goldens. */
export interface GoldenModel {
  /** What people call it. */
  readonly model: string;
  /** Whether the configuration is one of this network's. */
  readonly matches: (config: unknown) => boolean;
  /** Names of the file's weights → those that the network declares, for checkpoints of other library versions; unchanged by default. */
  readonly weightName?: (name: string) => string;
  /**
   * All outputs that the network has for the golden's inputs, by name without `output.`; parameters are declared in `scope` by the
   * names of the published checkpoint. Inputs may be constants of the graph. The harness computes those that the file has, and those
   * with an `expected` of their own. Throws an Error when configuration and inputs make no sense.
   */
  readonly outputs: (scope: Scope, golden: Golden) => ReadonlyMap<string, GoldenOutput>;
}

/** The input of that name. Throws when the file lacks it, or when it is of another dtype. */
export function inputOf({ inputs }: Golden, name: string, ...dtypes: readonly HostTensor['dtype'][]): HostTensor {
  const found = inputs.get(name);
  if (!found) throw new Error(`the golden has no tensor "input.${name}"`);
  if (dtypes.length > 0 && !dtypes.includes(found.dtype)) {
    throw new Error(`"input.${name}" should be ${dtypes.join(' or ')}, but is ${describe(found)}`);
  }
  return found;
}
