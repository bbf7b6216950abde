/**
 * Group vector quantisation: each slot of a transition takes its code from its own group's codebook. Codebooks are running means of the
 * latents that chose their entries (van den Oord et al. 2017, appendix A.1); an entry that hardly any latent chooses is put where a
 * latent is (Dhariwal et al. 2020, "Jukebox").
 */
import { linear } from '../../nn/linear.ts';
import { type HostTensor, hostTensor } from '../../tensor/host.ts';
import { add, div, maximum, mul, neg, square, sub } from '../../tensor/ops/arithmetic.ts';
import { broadcastTo, sum } from '../../tensor/ops/broadcast.ts';
import { stopGradient, straightThrough } from '../../tensor/ops/cast.ts';
import { and, greater, less, where } from '../../tensor/ops/compare.ts';
import { oneHot, takeAlongAxis } from '../../tensor/ops/gather.ts';
import { reshape, squeeze, transpose, unsqueeze } from '../../tensor/ops/layout.ts';
import { exp, log } from '../../tensor/ops/math.ts';
import { matmul } from '../../tensor/ops/matmul.ts';
import { rmsNorm } from '../../tensor/ops/normalize.ts';
import { argMax, mean, sumOfSquares } from '../../tensor/ops/reduce.ts';
import { constantInit, normalInit, type Scope } from '../../tensor/parameters.ts';
import { randomStream } from '../../tensor/random.ts';
import type { Tensor, Variable } from '../../tensor/tensor.ts';
import type { LatentActionConfig } from './config.ts';

/** Latents and the entries that they chose. */
export interface Quantised {
  /** i64[B, transitions·slots]: entries, in the order of the vocabulary's latent positions */
  readonly codes: Tensor;
  /** f32[B, transitions·slots, codeWidth]: the chosen entries, with the gradient of `latents` */
  readonly quantised: Tensor;
  /** f32[B, transitions·slots, codeWidth]: what was to be quantised, of mean square 1 */
  readonly latents: Tensor;
}

/** The variables of the quantiser. */
interface Codebook {
  /** f32[G, E, codeWidth] */
  readonly entries: Variable;
  /** f32[G, E]: running share of its group's codes */
  readonly use: Variable;
}

function codebookOf(scope: Scope, { codes: { groups, entries }, codeWidth }: LatentActionConfig): Codebook {
  return {
    entries: scope.buffer('codebook', [groups, entries, codeWidth], { init: normalInit(1) }),
    use: scope.buffer('use', [groups, entries], { init: constantInit(1 / entries) }),
  };
}

/** f32[B, transitions·slots, C] → f32[G, N, C], the latents of each group: slots 0 … S/G − 1 are of group 0, and so on. */
function byGroup(x: Tensor, { codes: { transitions, slots, groups } }: LatentActionConfig): Tensor {
  const [batch, , width] = x.shape as [number, number, number];
  const cells = reshape(x, [batch * transitions, groups, slots / groups, width]);
  return reshape(transpose(cells, [1, 0, 2, 3]), [groups, -1, width]);
}

/** And back: [G, N, ...] → [B, transitions·slots, ...]. */
function bySlot(x: Tensor, { codes: { transitions, slots, groups } }: LatentActionConfig): Tensor {
  const rest = x.shape.slice(2);
  const cells = reshape(x, [groups, -1, slots / groups, ...rest]);
  const ordered = transpose(cells, [1, 0, ...cells.shape.map((_, axis) => axis).slice(2)]);
  return reshape(ordered, [(ordered.shape[0] as number) / transitions, transitions * slots, ...rest]);
}

/** Queries f32[B, transitions·slots, width] to codes. Declares `proj` and the buffers `codebook` and `use`. */
export function quantise(scope: Scope, queries: Tensor, config: LatentActionConfig): Quantised {
  const latents = rmsNorm(linear(scope.in('proj'), queries, { out: config.codeWidth }), { epsilon: 1e-6 });
  const { entries } = codebookOf(scope, config);
  const grouped = byGroup(latents, config);
  // −|z − e|² but for |z|², which is the same for all entries.
  const nearness = sub(
    matmul(grouped, entries.tensor, { transposeB: true, scale: 2 }),
    unsqueeze(sumOfSquares(entries.tensor, { axes: [-1] }), 1),
  );
  const chosen = argMax(nearness, -1);
  const values = matmul(oneHot(chosen, config.codes.entries), entries.tensor);
  return { codes: bySlot(chosen, config), quantised: bySlot(straightThrough(values, grouped), config), latents };
}

/**
 * How far latents are from the entries that they chose, as a mean square: what keeps the encoder near its codebook. f32 scalar.
 * `real` f32[B, transitions·slots] is 1 for latents that count, and 0.
 */
export function commitmentLoss({ latents, quantised }: Quantised, real: Tensor): Tensor {
  const distances = mean(square(sub(latents, stopGradient(quantised))), { axes: [-1] });
  return div(sum(mul(distances, real)), maximum(sum(real), 1));
}

/** What training learns of the codebooks from a batch. */
export interface CodebookStep {
  /** f32[G]: e to the entropy of the entries that the batch chose; from 1, where all chose one, to `entries` */
  readonly perplexity: Tensor;
  /** New values of the codebooks' variables, to be among the updates of a training program */
  readonly updates: ReadonlyMap<Variable, Tensor>;
}

/**
 * The step of the codebooks for a batch: in the scope of `quantise`. `picks` i64[G, E] names the latents that dead entries are put at;
 * `real` f32[B, transitions·slots] is 1 for latents that count, and 0.
 */
export function codebookStep(
  scope: Scope,
  { codes, latents }: Quantised,
  { picks, real }: { readonly picks: Tensor; readonly real: Tensor },
  config: LatentActionConfig,
): CodebookStep {
  const { decay, deadBelow, codes: sizes } = config;
  const { entries, use } = codebookOf(scope, config);
  const grouped = stopGradient(byGroup(latents, config));
  const chosen = reshape(byGroup(unsqueeze(codes, -1), config), grouped.shape.slice(0, 2));
  const counts = byGroup(unsqueeze(real, -1), config);
  const total = maximum(sum(counts, { axes: [1], keepDims: true }), 1);
  const choices = div(mul(oneHot(chosen, sizes.entries), counts), total);
  const shares = sum(choices, { axes: [1] });
  const sums = matmul(choices, grouped, { transposeA: true });

  const used = add(mul(use.tensor, decay), mul(shares, 1 - decay));
  const kept = mul(entries.tensor, unsqueeze(mul(use.tensor, decay), -1));
  const moved = div(add(kept, mul(sums, 1 - decay)), unsqueeze(maximum(used, 1e-8), -1));
  const there = takeAlongAxis(grouped, broadcastTo(unsqueeze(picks, -1), entries.shape), 1);
  const dead = and(less(used, deadBelow), greater(takeAlongAxis(squeeze(counts, -1), picks, 1), 0));
  return {
    perplexity: perplexityOf(shares),
    updates: new Map([
      [entries, where(unsqueeze(dead, -1), there, moved)],
      // As if it had been used like all others: it has time to be chosen.
      [use, where(dead, 1 / sizes.entries, used)],
    ]),
  };
}

/** e^(−Σ p·ln p) along the last axis: f32[..., E] → f32[...]. */
export const perplexityOf = (shares: Tensor): Tensor => exp(neg(sum(mul(shares, log(maximum(shares, 1e-12))), { axes: [-1] })));

/** Latents of a batch for the codebooks' dead entries: i64[G, E], drawn anew for every update. */
export function drawPicks(seed: number, update: number, batch: number, { codes }: LatentActionConfig): HostTensor {
  const { transitions, slots, groups, entries } = codes;
  const random = randomStream(seed, 'dead codes', update);
  const picks = Array.from({ length: groups * entries }, () => random.integer((batch * transitions * slots) / groups));
  return hostTensor('i64', [groups, entries], picks);
}
