/**
 * GEAR-VLA (figure 2): observations and instructions in; tokens and, through the action expert, chunks of motion out. Pictures, words and
 * state become one sequence that the language model reads; of what it makes of the latent action tokens, the action expert sees keys and
 * values, and no more.
 */
import type { KeysValues } from '../nn/attention.ts';
import { handOver } from '../nn/cache.ts';
import { crossEntropy, tokenAccuracy } from '../nn/loss.ts';
import { keyMask } from '../nn/masks.ts';
import { ACTION_DIMS, ARMS, STATE_DIMS } from '../robot/canonical.ts';
import { hostTensor } from '../tensor/host.ts';
import { add, mul } from '../tensor/ops/arithmetic.ts';
import { broadcastTo, sum } from '../tensor/ops/broadcast.ts';
import { cast, stopGradient } from '../tensor/ops/cast.ts';
import { and, greater, not } from '../tensor/ops/compare.ts';
import { gather } from '../tensor/ops/gather.ts';
import { concat, reshape, slice, squeeze } from '../tensor/ops/layout.ts';
import { normalInit, type Scope } from '../tensor/parameters.ts';
import { constant, input, type Tensor } from '../tensor/tensor.ts';
import { vocabulary } from '../tokens/vocabulary.ts';
import type { ModelConfig } from './config.ts';
import { actionExpert, type ExpertInput } from './expert.ts';
import { flowLoss, flowPoint } from './flow-matching.ts';
import { embedTokens, languageModel, logits } from './language.ts';
import type { MultimodalPositions } from './multimodal-positions.ts';
import { perceive } from './perception.ts';
import { aimCondition, aimedAt, aimTargetInputs, pointAt, pointingLoss } from './pointing.ts';
import {
  armPlaces,
  type Dropped,
  droppedKeys,
  type Layout,
  placesIn,
  type Range,
  sequenceMask,
  tokensOfView,
  writeOver,
} from './sequence.ts';
import { embodimentCondition, projectState, softPrompts } from './state-projector.ts';

/** What a policy sees of a moment, for B samples; V are the views that the prompt has places for. */
export interface Observation {
  /** u8[B, V, S, S, 3] */
  readonly images: Tensor;
  /** i64[B, T]: the prompt */
  readonly ids: Tensor;
  /** bool[B, T]: which of its tokens are there, and by them which views */
  readonly visible: Tensor;
  /** i64[B, 3, T]: time, height and width of the rotary embedding (`ropePositions`) */
  readonly positions: Tensor;
  /** f32[B, 2, STATE_DIMS]: normalised. Only where the prompt has a place for it, as the next two */
  readonly state?: Tensor;
  /** bool[B, 2, STATE_DIMS] */
  readonly stateMask?: Tensor;
  /** i64[B]: number of the embodiment */
  readonly embodiment?: Tensor;
}

/** Declares the inputs of an observation, named like its fields, with `prefix` before them. */
export function observationInputs(batch: number, { length, views, state }: Layout, { imageSize }: ModelConfig, prefix = ''): Observation {
  const seen: Observation = {
    images: input(`${prefix}images`, 'u8', [batch, views.length, imageSize, imageSize, 3]),
    ids: input(`${prefix}ids`, 'i64', [batch, length]),
    visible: input(`${prefix}visible`, 'bool', [batch, length]),
    positions: input(`${prefix}positions`, 'i64', [batch, 3, length]),
  };
  if (!state) return seen;
  const shape = [batch, ARMS.length, STATE_DIMS];
  return {
    ...seen,
    state: input(`${prefix}state`, 'f32', shape),
    stateMask: input(`${prefix}stateMask`, 'bool', shape),
    embodiment: input(`${prefix}embodiment`, 'i64', [batch]),
  };
}

/** How a sequence is read in training. */
export interface ReadOptions {
  /** What action queries do not see; they see everything by default */
  readonly dropped?: Dropped | undefined;
  /** Compute the inside of all blocks again in the backward pass (`checkpoint`): less memory, a third more time. false by default. */
  readonly recompute?: boolean | undefined;
}

/** The sequence with views and state written over their places: f32[B, T, D]. */
export function embedObservation(
  scope: Scope,
  observation: Observation,
  layout: Layout,
  config: ModelConfig,
  { recompute }: Pick<ReadOptions, 'recompute'> = {},
): Tensor {
  const { images, visible } = observation;
  const ids = idsRead(observation.ids, layout, config);
  const { language, embodiment: robots } = config;
  const { width } = language;
  const shown = concat(
    layout.views.map(({ start }) => slice(visible, 1, start, start + 1)),
    1,
  );
  const visual = perceive(scope, images, shown, config, { guide: layout.views[0]?.view === 'guide', recompute });
  const written = layout.views.map(({ view, ...at }, i) => {
    const tokens = tokensOfView(visual, i, layout.views.length);
    return { at, values: config.vision.places ? add(tokens, placesOfView(scope, view, tokens)) : tokens, what: view };
  });
  const { state, stateMask, embodiment } = observation;
  if (!layout.state || !state || !stateMask || !embodiment) return writeOver(embedTokens(scope, ids, language), written);
  const arms = projectState(scope.in('state_projectors'), state, { real: cast(stateMask, 'f32'), embodiment, width }, robots);
  const tokens = robots.softPrompts > 0 ? concat([softPrompts(scope.in('soft_prompts'), embodiment, width, robots), arms], 1) : arms;
  return writeOver(embedTokens(scope, ids, language), [...written, { at: layout.state, values: tokens, what: 'the state' }]);
}

/** What is learned of the places of a view's tokens [B, N, D]: f32[1, N, D]. */
const placesOfView = (scope: Scope, view: string, { shape }: Tensor): Tensor =>
  scope.in('places').parameter(view, [1, ...shape.slice(1)], { init: normalInit(0.5) });

/** Ids with nothing said of latent actions, where a model does without (table 14): the same constant ones in training as in use. */
function idsRead(ids: Tensor, { latent }: Layout, config: ModelConfig): Tensor {
  if (!latent || config.latentActions !== 'none') return ids;
  const values = broadcastTo(constant(hostTensor('i64', [1, latent.end - latent.start], noLatents(config))), [
    ids.shape[0] as number,
    latent.end - latent.start,
  ]);
  return writeOver(ids, [{ at: latent, values, what: 'latent actions' }]);
}

/** Ids of latent action tokens that say nothing. */
export function noLatents({ vocabulary: words }: Pick<ModelConfig, 'vocabulary'>): number[] {
  const { latentLength, latentTokens } = vocabulary(words);
  return [...latentTokens(new Array<number>(latentLength).fill(0))];
}

/** bool[B, T]: tokens that are there: those of prompts, but for the states of arms that a robot lacks. */
export function visibleTokens({ visible, stateMask }: Observation, layout: Layout): Tensor {
  const at = armPlaces(layout);
  if (!at || !stateMask) return visible;
  const arms = greater(sum(cast(stateMask, 'f32'), { axes: 2 }), 0);
  return writeOver(visible, [{ at, values: and(slice(visible, 1, at.start, at.end), arms), what: 'the arms' }]);
}

/** Positions i64[B, 3, T] by axis, i64[B, T] each. */
export const axesOf = (positions: Tensor): MultimodalPositions => {
  const axis = (i: number): Tensor => squeeze(slice(positions, 1, i, i + 1), 1);
  return [axis(0), axis(1), axis(2)];
};

/** What the language model makes of a sequence. */
export interface Reading {
  /** f32[B, T, D], after the last norm */
  readonly hidden: Tensor;
  /** Of each layer, f32[B, T, G, d] */
  readonly layers: readonly KeysValues[];
}

/** Reads a whole sequence at once, as in training. */
export function readSequence(
  scope: Scope,
  observation: Observation,
  layout: Layout,
  config: ModelConfig,
  { dropped, recompute = false }: ReadOptions = {},
): Reading {
  const embeddings = embedObservation(scope, observation, layout, config, { recompute });
  const mask = sequenceMask(layout, visibleTokens(observation, layout), dropped);
  return languageModel(scope, embeddings, { positions: axesOf(observation.positions), mask, recompute }, config.language);
}

/** What is to be said at each place. */
export interface TokenTargets {
  /** i64[B, T] */
  readonly targets: Tensor;
  /** f32[B, T]: how much it counts; 0 where nothing is trained */
  readonly weights: Tensor;
}

/** Declares the inputs of token targets, named like their fields, with `prefix` before them. */
export const tokenTargetInputs = (batch: number, { length }: Layout, prefix = ''): TokenTargets => ({
  targets: input(`${prefix}targets`, 'i64', [batch, length]),
  weights: input(`${prefix}weights`, 'f32', [batch, length]),
});

/** Losses of next tokens: all together (equation 1), and apart where the prompt has latent actions. f32 scalars. */
export interface TokenLosses {
  readonly tokens: Tensor;
  readonly latent?: Tensor;
  readonly fast?: Tensor;
  /** Shares of tokens that are the likeliest: of all, or of latent and FAST tokens */
  readonly accuracies: Readonly<Record<string, Tensor>>;
}

/** Equation 1, of what a reading says at the places where something is trained: not where the configuration does without (table 3). */
export function tokenLosses(
  scope: Scope,
  { hidden }: Reading,
  { targets, weights }: TokenTargets,
  layout: Layout,
  config: ModelConfig,
): TokenLosses {
  const { start, end } = layout.answers;
  const at = (x: Tensor, from: number, to: number): Tensor => slice(x, 1, from, to);
  const said = logits(scope, at(hidden, start, end), config.language);
  const loss = (from: number, to: number): Tensor =>
    crossEntropy(at(said, from - start, to - start), at(targets, from, to), { weights: at(weights, from, to) });
  const accuracy = (from: number, to: number): Tensor =>
    tokenAccuracy(at(said, from - start, to - start), at(targets, from, to), at(weights, from, to));
  if (!layout.latent) return { tokens: loss(start, end), accuracies: { tokenAccuracy: accuracy(start, end) } };
  // The token before a latent one says which it is.
  const last = layout.latent.end - 1;
  const parts = {
    ...(config.latentActions !== 'none' && { latent: loss(start, last) }),
    ...(config.fast && last < end && { fast: loss(last, end) }),
  };
  const tokens = loss('latent' in parts ? start : last, 'fast' in parts ? end : last);
  const accuracies = {
    ...('latent' in parts && { latentAccuracy: accuracy(start, last) }),
    ...('fast' in parts && { fastAccuracy: accuracy(last, end) }),
  };
  return { tokens, ...parts, accuracies };
}

/** A chunk to learn, on its way from noise. */
export interface ChunkTargets {
  /** f32[B, K, 2, ACTION_DIMS]: normalised */
  readonly actions: Tensor;
  /** bool[B, K, 2, ACTION_DIMS] */
  readonly actionMask: Tensor;
  /** f32[B, K, 2, ACTION_DIMS]: normal */
  readonly noise: Tensor;
  /** f32[B]: flow times */
  readonly time: Tensor;
}

/** Declares the inputs of a chunk's targets, named like their fields, with `prefix` before them. */
export function chunkTargetInputs(batch: number, { chunk }: ModelConfig, prefix = ''): ChunkTargets {
  const shape = [batch, chunk, ARMS.length, ACTION_DIMS];
  return {
    actions: input(`${prefix}actions`, 'f32', shape),
    actionMask: input(`${prefix}actionMask`, 'bool', shape),
    noise: input(`${prefix}noise`, 'f32', shape),
    time: input(`${prefix}time`, 'f32', [batch]),
  };
}

/** f32[B, K, 2, A] → f32[B, K, 2·A] */
export const bothArms = (x: Tensor): Tensor => reshape(x, [x.shape[0] as number, x.shape[1] as number, -1]);

/** What the action expert sees of the language model, for each of its layers, and which of it is there. */
export type ExpertContext = Pick<ExpertInput, 'context' | 'visible'>;

/** The context of a whole sequence: keys and values of latent tokens, and of views and state where the configuration says so. Detached by default. */
export function expertContext(
  layers: readonly KeysValues[],
  visible: Tensor,
  layout: Layout,
  { expert: { context, decoupled: detach } }: ModelConfig,
  dropped?: Dropped,
): ExpertContext {
  const latent = latentPlaces(layout);
  if (context.length === 1) return { context: handOver(layers, { tokens: [latent.start, latent.end], detach }) };
  const tokens = placesIn([...rangesSeen(layout, context), latent]);
  const seen = dropped ? and(visible, not(droppedKeys(layout, dropped))) : visible;
  return { context: handOver(layers, { tokens, detach }), visible: keyMask(gather(seen, tokens, 1)) };
}

/** Where in a prompt the expert looks beside the latent action tokens. */
export const rangesSeen = ({ views, state }: Layout, context: ModelConfig['expert']['context']): readonly Range[] => [
  ...(context.includes('vision') ? views : []),
  ...(context.includes('state') && state ? [state] : []),
];

/** Where the latent action tokens are. Throws for prompts without any. */
export function latentPlaces({ latent }: Layout): Range {
  if (!latent) throw new Error('the prompt has no places for latent action tokens');
  return latent;
}

/** i64[B, K]: the steps of a chunk come after the latent action tokens. `last` i64[B, 1] is the position of the last of these. */
export function chunkPositions(last: Tensor, { chunk }: ModelConfig): Tensor {
  const ahead = Array.from({ length: chunk }, (_, i) => i + 1);
  return add(last, constant(hostTensor('i64', [1, chunk], ahead)));
}

/** What is the same in all steps of the flow. */
export interface FlowSetting extends ExpertContext, Pick<ExpertInput, 'there' | 'recompute'> {
  /** i64[B, K] */
  readonly positions: Tensor;
  /** f32[B, K, 2·ACTION_DIMS], 0 or 1 */
  readonly real: Tensor;
  /** i64[B] */
  readonly embodiment: Tensor;
  /** f32[B, 2, V, 3] (`aimedAt`), where the model points */
  readonly aims?: Tensor | undefined;
}

/** The action expert's velocity: noisy f32[B, K, 2·ACTION_DIMS], time f32[B] → the like of noisy. */
export function velocityOf(
  scope: Scope,
  noisy: Tensor,
  time: Tensor,
  { embodiment, aims, ...setting }: FlowSetting,
  config: ModelConfig,
): Tensor {
  const { expert, embodiment: robots, language } = config;
  const own = scope.in('expert');
  const told = [
    ...(robots.outputAware ? [embodimentCondition(own.in('embodiment'), embodiment, expert.width, robots)] : []),
    ...(aims ? [aimCondition(own.in('aims'), aims, expert.width)] : []),
  ];
  return actionExpert(own, noisy, { time, ...setting, ropeBase: language.ropeBase, told }, expert);
}

/** Equation 2: f32 scalar. No gradient of it reaches the language model, unless the configuration says so. */
export function chunkLoss(
  scope: Scope,
  { layers }: Reading,
  observation: Observation,
  { actions, actionMask, noise, time }: ChunkTargets,
  layout: Layout,
  config: ModelConfig,
  { dropped, recompute, aims }: ReadOptions & Pick<FlowSetting, 'aims'> = {},
): Tensor {
  const { positions, embodiment } = observation;
  if (!embodiment) throw new Error('a chunk is learned from a prompt with a state');
  const real = bothArms(cast(actionMask, 'f32'));
  const { noisy, velocity } = flowPoint(bothArms(actions), bothArms(noise), time);
  const end = latentPlaces(layout).end;
  const last = slice(axesOf(positions)[0] as Tensor, 1, end - 1, end);
  const setting = {
    ...expertContext(layers, visibleTokens(observation, layout), layout, config, dropped),
    positions: chunkPositions(last, config),
    real,
    there: greater(sum(real, { axes: 2 }), 0),
    embodiment,
    aims: aims && config.expert.decoupled ? stopGradient(aims) : aims,
    recompute,
  };
  return flowLoss(velocityOf(scope, noisy, time, setting, config), velocity, real);
}

/** All that is learned at once from samples with actions, and the inputs that it takes. */
export interface Objective {
  /** Equation 1 plus equation 2, weighted: f32 scalar */
  readonly loss: Tensor;
  /** Its parts, f32 scalars */
  readonly parts: Readonly<Record<string, Tensor>>;
  /** What else is worth looking at: shares of tokens that are right */
  readonly accuracies: Readonly<Record<string, Tensor>>;
}

/**
 * The objective of a batch of prompts of one layout: next tokens, and where there are latent tokens and a state (and `chunk` is not
 * false) the action expert's, and what is pointed at. Declares inputs `targets`, `weights`, `actions`, `actionMask`, `noise`, `time`,
 * `dropWrist`, `dropState`, `aims`, `aimWeights` as well as the observation's, all with `prefix` before their names. `recompute`: see `ReadOptions`.
 */
export function objective(
  scope: Scope,
  batch: number,
  layout: Layout,
  config: ModelConfig,
  { chunk = true, recompute = false, prefix = '' } = {},
): Objective {
  const observation = observationInputs(batch, layout, config, prefix);
  const dropped = layout.latent && {
    wrist: input(`${prefix}dropWrist`, 'bool', [batch, 1]),
    state: input(`${prefix}dropState`, 'bool', [batch, 1]),
  };
  const reading = readSequence(scope, observation, layout, config, { dropped, recompute });
  const said = tokenTargetInputs(batch, layout, prefix);
  const { tokens, latent, fast, accuracies } = tokenLosses(scope, reading, said, layout, config);
  const spoken = { tokens, ...(latent && { latent }), ...(fast && { fast }) };
  if (!layout.latent || !layout.state) return { loss: tokens, parts: spoken, accuracies };
  const logits = config.pointing > 0 ? pointAt(scope.in('pointing'), reading.hidden, layout) : undefined;
  const pointed = logits && pointingLoss(logits, aimTargetInputs(batch, layout, config, prefix));
  const known = {
    loss: pointed ? add(tokens, mul(pointed.loss, config.pointing)) : tokens,
    parts: { ...spoken, ...(pointed && { pointing: pointed.loss }) },
    accuracies: { ...accuracies, ...(pointed && { pointingAccuracy: pointed.accuracy }) },
  };
  if (!chunk) return known;
  const motion = chunkTargetInputs(batch, config, prefix);
  const aims = logits && aimedAt(logits, visibleTokens(observation, layout), layout, config);
  const flow = chunkLoss(scope, reading, observation, motion, layout, config, { dropped, recompute, aims });
  return { ...known, loss: add(known.loss, mul(flow, config.expert.weight)), parts: { ...known.parts, flow } };
}

/**
 * The objective of pointing alone: prompts with a state that end before anything is said. Declares the inputs of the observation, `aims` and
 * `aimWeights`.
 */
export function pointingObjective(scope: Scope, batch: number, layout: Layout, config: ModelConfig): Objective {
  const { hidden } = readSequence(scope, observationInputs(batch, layout, config), layout, config);
  const { loss, accuracy } = pointingLoss(pointAt(scope.in('pointing'), hidden, layout), aimTargetInputs(batch, layout, config));
  return { loss: mul(loss, config.pointing), parts: { pointing: loss }, accuracies: { pointingAccuracy: accuracy } };
}

/** Whether a parameter is trained at all, by its name: the 2D tower and the 3D encoder may be frozen (table 3). */
export function isTrained(name: string, { vision, geometry }: Pick<ModelConfig, 'vision' | 'geometry'>): boolean {
  if (name.startsWith('visual.') && !name.startsWith('visual.merger.')) return vision.trainable;
  if (name.startsWith('aggregator.')) return geometry.use === 'trainable';
  return true;
}
