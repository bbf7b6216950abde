/**
 * Inference (section 3.1): read the observation, decode the latent action tokens with cached keys and values, follow the flow. Three
 * programs share two caches, one of the prompt and one of the latent tokens: `read` is called once and fills the first, `decode` once for
 * each latent token and adds to the second, `flow` once for all of its steps.
 */
import type { KeysValues } from '../nn/attention.ts';
import { cachedLayers, cacheStep, emptied, handOver, joinKeysValues, type KeyValueCache, keyValueCache } from '../nn/cache.ts';
import { joinMasks, keyMask } from '../nn/masks.ts';
import { ACTION_DIMS, ARMS } from '../robot/canonical.ts';
import type { Executable, Feeds } from '../tensor/compile.ts';
import type { Program } from '../tensor/graph.ts';
import type { HostTensor } from '../tensor/host.ts';
import { hostTensor } from '../tensor/host.ts';
import { add, mul } from '../tensor/ops/arithmetic.ts';
import { cast } from '../tensor/ops/cast.ts';
import { gather } from '../tensor/ops/gather.ts';
import { reshape, slice, squeeze } from '../tensor/ops/layout.ts';
import { argMax } from '../tensor/ops/reduce.ts';
import type { Parameters, Scope } from '../tensor/parameters.ts';
import { constant, input, type Tensor, type Variable } from '../tensor/tensor.ts';
import { type Vocabulary, vocabulary } from '../tokens/vocabulary.ts';
import type { ModelConfig } from './config.ts';
import { integrateFlow } from './flow-matching.ts';
import {
  axesOf,
  bothArms,
  chunkPositions,
  type ExpertContext,
  noLatents,
  observationInputs,
  rangesSeen,
  readSequence,
  velocityOf,
  visibleTokens,
} from './gear-vla.ts';
import { embedTokens, languageModel, logits } from './language.ts';
import { aimedAt, pointAt } from './pointing.ts';
import { type Layout, placesIn } from './sequence.ts';

/** The programs of inference. */
export interface PredictionPrograms {
  /**
   * Inputs: an observation whose prompt ends before the latent tokens. Outputs `token` i64[B, 1]: the first latent token; and of models
   * that point, `aims` f32[B, 2, V, 3]
   */
  readonly read: Program;
  /**
   * Inputs: `token` i64[B, 1], where it is (`at` i64[B, 3, 1]) and the group of the next one (`group` i64[1]). Output `token` i64[B, 1]:
   * the next one; of no meaning after the last.
   */
  readonly decode: Program;
  /** Inputs: `noise` f32[B, K, 2, A], `actionMask` bool of the same shape, `last` i64[B, 1] (position of the last latent token), `embodiment` i64[B], `aims` as they were read. Output `actions` f32[B, K, 2, A]: normalised. */
  readonly flow: Program;
}

/** Makes the programs for B observations at a time. `layout` is that of a prompt without targets. */
export function predictionPrograms(parameters: Parameters, batch: number, layout: Layout, config: ModelConfig): PredictionPrograms {
  const { language, chunk, expert } = config;
  const words = vocabulary(config.vocabulary);
  const latents = words.latentLength;
  const cacheOf = (name: string, capacity: number): KeyValueCache =>
    keyValueCache(parameters.in('cache', name), { ...language, batch, capacity });
  const caches: Caches = { prompt: cacheOf('prompt', layout.length), latent: cacheOf('latent', latents) };
  const next = (hidden: Tensor, group: Tensor): Tensor => nextLatent(parameters, hidden, group, words, config);

  const observation = observationInputs(batch, layout, config);
  const read = readSequence(parameters, observation, layout, config);
  const first = constant(hostTensor('i64', [1], [0]));
  const points = config.pointing > 0;
  const visible = visibleTokens(observation, layout);
  const aims = points && aimedAt(pointAt(parameters.in('pointing'), read.hidden, layout), visible, layout, config);

  const token = input('token', 'i64', [batch, 1]);
  const step = cacheStep(caches.latent, 1);
  const prompt = cachedLayers(caches.prompt);
  const decoded = languageModel(
    parameters,
    embedTokens(parameters, token, language),
    {
      positions: axesOf(input('at', 'i64', [batch, 3, 1])),
      mask: joinMasks([keyMask(caches.prompt.real.tensor), step.mask]),
      attendTo: (layer, own) => joinKeysValues([prompt[layer] as KeysValues, step.append(layer, own)]),
    },
    language,
  );

  const shape = [batch, chunk, ARMS.length, ACTION_DIMS];
  const setting = {
    ...cachedContext(caches, layout, config),
    positions: chunkPositions(input('last', 'i64', [batch, 1]), config),
    real: bothArms(cast(input('actionMask', 'bool', shape), 'f32')),
    embodiment: input('embodiment', 'i64', [batch]),
    ...(aims && { aims: input('aims', 'f32', aims.shape) }),
  };
  const noise = mul(bothArms(input('noise', 'f32', shape)), setting.real);
  const actions = integrateFlow(noise, expert.steps, (at, time) => velocityOf(parameters, at, time, setting, config));

  return {
    read: {
      outputs: { token: next(slice(read.hidden, 1, layout.length - 1), first), ...(aims && { aims }) },
      updates: new Map([...filled(caches.prompt, read.layers, visible), ...emptied(caches.latent)]),
    },
    decode: { outputs: { token: next(decoded.hidden, input('group', 'i64', [1])) }, updates: step.updates },
    flow: { outputs: { actions: reshape(mul(actions, setting.real), shape) } },
  };
}

/** What is kept of a prompt, as many tokens as its layout has, and of the latent tokens that follow. */
interface Caches {
  readonly prompt: KeyValueCache;
  readonly latent: KeyValueCache;
}

/** Updates that fill a cache at once: keys and values of all its slots, and bool[B, S], which of these hold real tokens. */
function filled({ layers, real }: KeyValueCache, own: readonly KeysValues[], visible: Tensor): Map<Variable, Tensor> {
  const each = own.flatMap(({ keys, values }, i): [Variable, Tensor][] => {
    const buffers = layers[i] as KeyValueCache['layers'][number];
    return [
      [buffers.keys, keys],
      [buffers.values, values],
    ];
  });
  return new Map([...each, [real, visible]]);
}

/** The likeliest latent token of a group: hidden f32[B, 1, D], group i64[1] → i64[B, 1]. */
function nextLatent(scope: Scope, hidden: Tensor, group: Tensor, { latent, codes }: Vocabulary, { language }: ModelConfig): Tensor {
  const all = logits(scope, hidden, language, latent);
  const byGroup = reshape(all, [all.shape[0] as number, codes.groups, codes.entries]);
  const entry = argMax(squeeze(gather(byGroup, group, 1), 1), 1);
  return reshape(add(add(cast(entry, 'i64'), mul(group, codes.entries)), latent.start), [-1, 1]);
}

/** What the expert sees of the caches once all latent tokens are in them. */
function cachedContext({ prompt, latent }: Caches, layout: Layout, { expert }: ModelConfig): ExpertContext {
  const latents = handOver(cachedLayers(latent));
  if (expert.context.length === 1) return { context: latents };
  const tokens = placesIn(rangesSeen(layout, expert.context));
  const seen = handOver(cachedLayers(prompt), { tokens });
  return {
    context: seen.map((each, i) => joinKeysValues([each, latents[i] as KeysValues])),
    visible: joinMasks([keyMask(gather(prompt.real.tensor, tokens, 1)), latent.real.shape[1] as number]),
  };
}

/** What inference is given: an observation's values, what is there of the chunk, and noise to begin with. */
export interface PredictionFeeds {
  /** By the names of `observationInputs` */
  readonly observation: Feeds;
  /** bool[B, K, 2, A]: which arms there are */
  readonly actionMask: HostTensor;
  /** f32[B, K, 2, A]: normal */
  readonly noise: HostTensor;
}

/** What comes of it. */
export interface Prediction {
  /** f32[B, K, 2, A]: normalised; 0 for arms that there are not */
  readonly actions: HostTensor;
  /** Ids of the latent action tokens: a row for each observation */
  readonly latents: readonly (readonly number[])[];
  /** f32[B, 2, V, 3], of models that point: by arm and view the place where the gripper is going to close or open, x and y as parts of the view's side, and how likely that is not to be seen */
  readonly aims?: HostTensor;
}

/** The last prediction that each executable was asked for. */
const asked = new WeakMap<Executable<keyof PredictionPrograms>, Promise<unknown>>();

/**
 * Predicts chunks for a batch of observations. Calls for one executable wait for one another, for they share its caches. Throws when the
 * observation lacks something, and for an embodiment that there is not.
 */
export function predict(
  executable: Executable<keyof PredictionPrograms>,
  feeds: PredictionFeeds,
  config: ModelConfig,
): Promise<Prediction> {
  const result = (asked.get(executable) ?? Promise.resolve()).then(() => predictNow(executable, feeds, config));
  asked.set(
    executable,
    result.catch(() => undefined),
  );
  return result;
}

async function predictNow(
  executable: Executable<keyof PredictionPrograms>,
  { observation, actionMask, noise }: PredictionFeeds,
  config: ModelConfig,
): Promise<Prediction> {
  const words = vocabulary(config.vocabulary);
  const { positions, embodiment } = observation;
  if (!positions || !embodiment) throw new Error(`predict: the observation has no ${positions ? 'embodiment' : 'positions'}`);
  const { names } = config.embodiment;
  const unknown = Array.from(embodiment.data, Number).find((number) => !(number >= 0 && number < names.length));
  if (unknown !== undefined)
    throw new Error(`predict: there is no embodiment ${unknown}; the model knows ${names.length}: ${names.join(', ')}`);
  const [batch, , length] = positions.shape as [number, number, number];
  // Padding has position 0: what comes next is after the largest.
  const begin = Array.from({ length: batch }, (_, b) => 1 + largest(positions, b * 3 * length, 3 * length));
  const placed = (i: number, axes: number): HostTensor =>
    hostTensor(
      'i64',
      axes === 1 ? [batch, 1] : [batch, axes, 1],
      begin.flatMap((from) => new Array<number>(axes).fill(from + i)),
    );
  const nothing = noLatents(config);
  const tokens: number[][] = [];
  const seen = readsEmbodiment(config) ? observation : omit(observation, 'embodiment');
  let { token, aims } = (await executable.run('read', seen)) as { token: HostTensor; aims?: HostTensor };
  for (let i = 0; i < words.latentLength; i++) {
    // Without latent actions nothing was learned of these places but what is written there.
    if (config.latentActions === 'none') token = hostTensor('i64', [batch, 1], new Array<number>(batch).fill(nothing[i] as number));
    tokens.push(Array.from(token.data as BigInt64Array, Number));
    const group = words.latentGroup(Math.min(i + 1, words.latentLength - 1));
    ({ token } = (await executable.run('decode', { token, at: placed(i, 3), group: hostTensor('i64', [1], [group]) })) as {
      token: HostTensor;
    });
  }
  const last = placed(words.latentLength - 1, 1);
  const told = { ...(config.embodiment.outputAware && { embodiment }), ...(aims && { aims }) };
  const { actions } = await executable.run('flow', { noise, actionMask, last, ...told });
  const latents = Array.from({ length: batch }, (_, b) => tokens.map((row) => row[b] as number));
  return { actions: actions as HostTensor, latents, ...(aims && { aims }) };
}

/** Whether reading takes to know the embodiment: not with one projector for all. */
const readsEmbodiment = ({ embodiment: { projectors, softPrompts } }: ModelConfig): boolean => projectors === 'own' || softPrompts > 0;

const omit = (feeds: Feeds, name: string): Feeds => Object.fromEntries(Object.entries(feeds).filter(([other]) => other !== name));

/** The largest of some numbers in a row. */
function largest({ data }: HostTensor, from: number, count: number): number {
  let most = 0;
  for (let i = from; i < from + count; i++) most = Math.max(most, Number(data[i]));
  return most;
}
