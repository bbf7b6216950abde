/** What an optimiser is: a rule that turns one parameter, its gradient and some state of its own into a new parameter. */
import type { Tensor, Variable } from '../tensor.ts';
import type { Schedule } from './schedule.ts';

/** All that a rule may know about one parameter. */
export interface UpdateContext {
  readonly parameter: Variable;
  /** Of the parameter's shape, f32 */
  readonly gradient: Tensor;
  /** Factor that clipping puts on every gradient, f32 scalar; undefined where nothing is clipped. */
  readonly clip: Tensor | undefined;
  /** Updates done before this one, f32 scalar */
  readonly step: Tensor;
  /** Declares zero-initialised state of the parameter's shape under a name, such as a moment. */
  moment(name: string): Variable;
}

/** The new values of a parameter and its state. */
export interface Update {
  readonly value: Tensor;
  readonly moments: readonly (readonly [Variable, Tensor])[];
}

/** A rule and its learning rate. */
export interface Optimizer {
  readonly learningRate: Schedule;
  update(context: UpdateContext): Update;
}
