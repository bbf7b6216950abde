/** The training step as a program: gradients, accumulation, clipping, and each parameter's own optimiser. */
import { gradientsOrNothing } from '../gradients.ts';
import type { Program } from '../graph.ts';
import { matchesName, type NamePattern } from '../names.ts';
import { add, div, minimum, mul, sub } from '../ops/arithmetic.ts';
import { cast } from '../ops/cast.ts';
import { sqrt } from '../ops/math.ts';
import { sumOfSquares } from '../ops/reduce.ts';
import type { Parameters, Scope } from '../parameters.ts';
import { scalar, type Tensor, type Variable, zeros } from '../tensor.ts';
import type { Optimizer } from './optimizer.ts';

/** Which optimiser trains the parameters whose names match, or that they are not trained at all. */
export interface ParameterGroup {
  readonly match: NamePattern;
  readonly optimizer: Optimizer | 'frozen';
}

/** What to train, how, and on what loss. */
export interface TrainingOptions {
  /** f32 scalar */
  readonly loss: Tensor;
  readonly parameters: Parameters;
  /** A parameter belongs to the first group that matches its name. */
  readonly groups: readonly ParameterGroup[];
  /** Largest global norm of all gradients together; no clipping when left out. */
  readonly clipNorm?: number;
  /** Batches whose gradients are averaged into one update: call `accumulate` for all but the last, then `step`. */
  readonly accumulation?: number;
  /**
   * Keeps an exponential moving average of the trained parameters, such as 0.999: over about 1/(1 − ema) updates. Early ones
   * are over what there is: after t updates the decay is at most t/(t + 9), as in TensorFlow's ExponentialMovingAverage. None when left out.
   */
  readonly ema?: number;
  /** Where in `parameters` the optimisers' state goes; programs that name the same place share it. `optimizer` by default. */
  readonly state?: string;
  /** More values to return from both programs. */
  readonly metrics?: Readonly<Record<string, Tensor>>;
}

/** Programs to be compiled together, and with others that share the parameters. */
export interface TrainingPrograms {
  /** One update. Outputs `loss`, `gradientNorm` (before clipping) and the metrics; fails, changing nothing, if either is not finite. */
  readonly step: Program;
  /** Adds the gradients of one batch to those of the next `step`: there with `accumulation` above 1. Same outputs. */
  readonly accumulate?: Program;
  /** Batches per update */
  readonly accumulation: number;
  /** Where the state is: `state.step` counts updates, `state.parts` batches of the next one. */
  readonly state: string;
  /** Largest norm of all gradients together, if they are clipped */
  readonly clipNorm?: number;
  /** With `ema`: names of the variables that hold the averages, by the names of the parameters */
  readonly averages: ReadonlyMap<string, string>;
}

/**
 * Programs that train. Frozen parameters have no state, and no gradient is computed for them. Throws when a parameter matches no
 * group, and when one that is to be trained is not f32 or has no influence on the loss.
 */
export function trainingPrograms({
  loss,
  parameters,
  groups,
  clipNorm,
  accumulation = 1,
  ema,
  state: place = 'optimizer',
  metrics = {},
}: TrainingOptions): TrainingPrograms {
  if (!(Number.isInteger(accumulation) && accumulation >= 1))
    throw new Error(`accumulation must be a whole number from 1 up, got ${accumulation}`);
  if (ema !== undefined && !(ema > 0 && ema < 1)) throw new Error(`ema is a decay between 0 and 1, such as 0.999, got ${ema}`);
  const state = parameters.in(place);
  const trained = parameters.trainable().flatMap((parameter) => {
    const { optimizer } = groupOf(parameter, groups);
    return optimizer === 'frozen' ? [] : [{ parameter, optimizer }];
  });
  for (const { parameter } of trained) {
    if (parameter.dtype !== 'f32')
      throw new Error(`"${parameter.name}" is ${parameter.dtype}, but only f32 parameters can be trained: freeze it`);
  }
  for (const name of ['loss', 'gradientNorm']) {
    if (Object.hasOwn(metrics, name)) throw new Error(`a metric cannot be called "${name}": the programs return that themselves`);
  }
  const fresh = reachedGradients(loss, trained);
  const sums = accumulation === 1 ? [] : trained.map(({ parameter }) => state.buffer(`accumulated.${parameter.name}`, parameter.shape));
  const added = sums.map(({ tensor }, i) => add(tensor, fresh[i] as Tensor));
  // Sums are divided last: an update that was begun may go on with another number of batches.
  const total = accumulation === 1 ? fresh : added.map((gradient) => div(gradient, accumulation));

  const norm = globalNorm(total);
  // As in PyTorch: max / (norm + 1e-6), never above 1.
  const clip = clipNorm === undefined ? undefined : minimum(div(clipNorm, add(norm, 1e-6)), 1);
  const steps = state.buffer('step', [], { dtype: 'i64' });
  const step = cast(steps.tensor, 'f32');

  // 0 at first: an average begins as the value after the first update.
  const decay = ema === undefined ? undefined : minimum(div(step, add(step, 9)), ema);
  const averages = new Map<string, string>();
  const updates = new Map<Variable, Tensor>([[steps, add(steps.tensor, 1)]]);
  trained.forEach(({ parameter, optimizer }, i) => {
    const moment = momentsOf(state, parameter);
    const { value, moments } = optimizer.update({ parameter, gradient: total[i] as Tensor, clip, step, moment });
    updates.set(parameter, value);
    for (const [variable, next] of moments) updates.set(variable, next);
    if (!decay) return;
    const average = momentsOf(state, parameter)('ema');
    averages.set(parameter.name, average.name);
    updates.set(average, add(mul(average.tensor, decay), mul(value, sub(1, decay))));
  });
  for (const sum of sums) updates.set(sum, zeros(sum.dtype, sum.shape));

  const requireFinite = ['loss', 'gradientNorm'];
  const stepProgram = { outputs: { ...metrics, loss, gradientNorm: norm }, updates, requireFinite };
  const common = { step: stepProgram, accumulation, state: place, averages, ...(clipNorm !== undefined && { clipNorm }) };
  if (accumulation === 1) return common;

  const parts = state.buffer('parts', [], { dtype: 'i64' });
  updates.set(parts, scalar('i64', 0));
  const kept = new Map<Variable, Tensor>([[parts, add(parts.tensor, 1)], ...sums.map((sum, i) => [sum, added[i] as Tensor] as const)]);
  const accumulate = { outputs: { ...metrics, loss, gradientNorm: globalNorm(fresh) }, updates: kept, requireFinite };
  return { ...common, accumulate };
}

/** Throws, naming them, when the loss does not depend on all of the parameters. */
function reachedGradients(loss: Tensor, trained: readonly { readonly parameter: Variable }[]): Tensor[] {
  const collected = gradientsOrNothing(
    loss,
    trained.map(({ parameter }) => parameter.tensor),
  );
  const unreached = trained.filter((_, i) => !collected[i]).map(({ parameter }) => `"${parameter.name}"`);
  if (unreached.length > 0) throw new Error(`the loss does not depend on ${unreached.join(', ')}: put them in a frozen group`);
  return collected as Tensor[];
}

/**
 * √Σg². The gradients are added up in the order in which the backward pass makes them: engines schedule what is needed first
 * first, and so compute each weight's gradient while its activations are at hand instead of keeping them all to the end.
 */
function globalNorm(gradients: readonly Tensor[]): Tensor {
  const squares = [...gradients].sort((a, b) => a.node.id - b.node.id).map((gradient) => sumOfSquares(gradient));
  return sqrt(squares.reduce(add, scalar('f32', 0)));
}

const momentsOf =
  (state: Scope, { name, shape }: Variable) =>
  (moment: string): Variable =>
    state.buffer(`${moment}.${name}`, shape);

/** The first group that matches. Throws when there is none. */
export function groupOf({ name }: { readonly name: string }, groups: readonly ParameterGroup[]): ParameterGroup {
  const group = groups.find(({ match }) => matchesName(match, name));
  if (!group)
    throw new Error(`parameter "${name}" matches no group: ${groups.map(({ match }) => match).join(', ')}. End with "*" to catch the rest`);
  return group;
}
