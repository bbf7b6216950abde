/**
 * State projectors (section 3.3): z = f_e(s), the only place where robots differ. Each embodiment has its own; a robot that is new needs
 * nothing else.
 */
import { mlp } from '../nn/mlp.ts';
import { hostTensor } from '../tensor/host.ts';
import { add, mul } from '../tensor/ops/arithmetic.ts';
import { cast } from '../tensor/ops/cast.ts';
import { gather } from '../tensor/ops/gather.ts';
import { concat } from '../tensor/ops/layout.ts';
import { normalInit, type Scope } from '../tensor/parameters.ts';
import { constant, type Tensor } from '../tensor/tensor.ts';

/** How robots are told apart (tables 3 and 13). */
export interface EmbodimentConfig {
  /** Names, in the order of their numbers in a batch */
  readonly names: readonly string[];
  /** `own`: a projector for each embodiment, the default; `shared`: one for all */
  readonly projectors: 'own' | 'shared';
  /** Learned tokens of each embodiment in the prompt (X-VLA's soft prompts); 0 by default */
  readonly softPrompts: number;
  /** Whether the action expert is told the embodiment; false by default */
  readonly outputAware: boolean;
  /** Hidden channels of a projector */
  readonly hidden: number;
}

/**
 * One token for each arm slot: state f32[B, 2, S] normalised, with 0 for what there is not, real f32[B, 2, S] (0 or 1), and the number of
 * each sample's embodiment i64[B] → f32[B, 2, width]. Declares `<name>.fc1`, `<name>.fc2` for each embodiment, or `shared`.
 */
export function projectState(
  scope: Scope,
  state: Tensor,
  { real, embodiment, width }: { readonly real: Tensor; readonly embodiment: Tensor; readonly width: number },
  { names, projectors, hidden }: EmbodimentConfig,
): Tensor {
  // What there is not is said, not guessed from zeros.
  const known = concat([mul(state, real), real], -1);
  const project = (name: string): Tensor => mlp(scope.in(name), known, { hidden, out: width, activation: 'silu' });
  if (projectors === 'shared') return project('shared');
  return ofEmbodiment(names.map(project), embodiment);
}

/** Learned tokens of each sample's embodiment: i64[B] → f32[B, softPrompts, width]. Declares `<name>`. */
export function softPrompts(scope: Scope, embodiment: Tensor, width: number, { names, softPrompts: count }: EmbodimentConfig): Tensor {
  const tokens = names.map((name) => scope.parameter(name, [1, count, width], { init: normalInit(0.02) }));
  return ofEmbodiment(tokens, embodiment);
}

/** What the action expert is told of each sample's embodiment: i64[B] → f32[B, width]. Declares `<name>`. */
export function embodimentCondition(scope: Scope, embodiment: Tensor, width: number, { names }: EmbodimentConfig): Tensor {
  return ofEmbodiment(
    names.map((name) => scope.parameter(name, [1, width], { init: normalInit(0.02) })),
    embodiment,
  );
}

/**
 * For each sample what is its embodiment's, of a table with one row for each embodiment, or of one [B, ...] for each. The others get no
 * gradient from it: a projector is trained by its own samples. A number that no embodiment has fails on the CPU ("indices … out of data
 * bounds").
 */
function ofEmbodiment(each: readonly Tensor[], embodiment: Tensor): Tensor {
  const batch = embodiment.shape[0] as number;
  const rows = (each[0] as Tensor).shape[0] as number;
  if (rows === 1) return gather(concat(each, 0), embodiment);
  const own = constant(
    hostTensor(
      'i64',
      [batch],
      Array.from({ length: batch }, (_, b) => b),
    ),
  );
  return gather(concat(each, 0), add(mul(cast(embodiment, 'i64'), rows), own));
}
