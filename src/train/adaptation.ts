/**
 * Adaptation (section 3.7 of the design, table 3): a policy learns a robot that it has never seen. The robot gets a state projector of its
 * own; stage A trains that alone, stage B all but the 2D vision tower, lightly. Normalisation, words and FAST tokens stay those of the
 * checkpoint: they are shared by all robots, and after stage A the others are driven as before, to the bit.
 */
import { type ModelConfig, modelConfig } from '../model/config.ts';
import { isTrained, objective } from '../model/gear-vla.ts';
import type { Processor } from '../model/processor.ts';
import { parameters } from '../tensor/parameters.ts';
import { randomStream } from '../tensor/random.ts';
import type { Variable } from '../tensor/tensor.ts';
import type { PolicyStage } from './experiment.ts';

/** How long and how fast a stage learns. */
export interface AdaptationPace {
  /** Updates */
  readonly steps: number;
  /** AdamW's, at its highest */
  readonly learningRate: number;
}

/** Both stages. */
export interface AdaptationPlan {
  readonly projector: AdaptationPace;
  /** Left out with 0 steps */
  readonly endToEnd: AdaptationPace;
  /** Both at once, for as many updates as both have, at the rate of the second: the ablation of table 3 */
  readonly oneStage: boolean;
  /** Samples of an update */
  readonly batch: number;
}

/** What is trained after what: names of folders and tables. */
export const [STAGE_A, STAGE_B, ONE_STAGE] = ['stage-a', 'stage-b', 'one-stage'] as const;

/**
 * The configuration of a model that knows one robot more, after the others. Throws when it knows it already, unless the robot is to begin
 * anew: models may have names of robots that they have never seen.
 */
export function configWith(config: ModelConfig, robot: string, anew: boolean): ModelConfig {
  const { names } = config.embodiment;
  if (!names.includes(robot)) return modelConfig({ ...config, embodiment: { ...config.embodiment, names: [...names, robot] } });
  if (anew) return config;
  throw new Error(
    `the model "${config.name}" has a projector for "${robot}" already (it knows ${names.join(', ')}): ` +
      'give the embodiment another name, or say --anew for one that the model was never trained with',
  );
}

/** Parameters that are a robot's own, at their initial values: those whose names change with its name. */
export function ownParameters({ config, layouts }: Processor, robot: string, seed: number): Variable[] {
  const others = new Set(declared([`${robot}-`]).map(({ name }) => name));
  return declared([robot]).filter(({ name }) => !others.has(name));

  function declared(names: readonly string[]): Variable[] {
    const scope = parameters({ seed });
    objective(scope, 1, layouts.sample, { ...config, embodiment: { ...config.embodiment, names: [...names] } });
    return scope.trainable();
  }
}

/**
 * The stages of a plan; `own` are the names of the robot's own parameters. Throws when there are none for stage A to train, as where robots
 * share a projector.
 */
export function adaptationStages(plan: AdaptationPlan, processor: Processor, own: readonly string[]): PolicyStage[] {
  const { projector, endToEnd, oneStage, batch } = plan;
  const stage = (name: string, pace: AdaptationPace, train: readonly string[]): PolicyStage => ({
    ...{ name, batch, data: { robot: 1 }, clipNorm: 1, flow: true },
    ...pace,
    train: [...train],
  });
  const all = lightlyTrained(processor);
  if (oneStage) return [stage(ONE_STAGE, { ...endToEnd, steps: projector.steps + endToEnd.steps }, all)];
  if (own.length === 0)
    throw new Error(`the robots of the model "${processor.config.name}" share a projector, so stage A has none to train: say --one-stage`);
  return [stage(STAGE_A, projector, own), ...(endToEnd.steps > 0 ? [stage(STAGE_B, endToEnd, all)] : [])];
}

/** Names of all that the model trains, but for the 2D vision tower. */
function lightlyTrained({ config, layouts }: Processor): string[] {
  const scope = parameters({ seed: 0 });
  objective(scope, 1, layouts.sample, config);
  const frozenTower = { ...config, vision: { ...config.vision, trainable: false } };
  return scope.trainable().flatMap(({ name }) => (isTrained(name, frozenTower) ? [name] : []));
}

/** Of how many episodes one is held out */
const TENTH = 10;

/** Positions of episodes for training, and of a tenth (one at least) to measure with. Throws when there are less than two. */
export function splitEpisodes(count: number, seed: number): { readonly training: readonly number[]; readonly heldOut: readonly number[] } {
  if (count < 2) throw new Error(`adaptation needs two episodes at least, one of them to measure with, but there is ${count || 'none'}`);
  const order = randomStream(seed, 'held-out episodes').permutation(count);
  const ascending = (some: ArrayLike<number>): number[] => Array.from(some).sort((a, b) => a - b);
  const held = Math.max(1, Math.floor(count / TENTH));
  return { training: ascending(order.slice(held)), heldOut: ascending(order.slice(0, held)) };
}
