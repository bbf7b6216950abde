/** What the paper's ablations (tables 3, 12, 13 and 14) change of the model, and that they change it. */
import { describe, expect, test } from 'vitest';
import type { ModelConfig } from '../../src/model/config.ts';
import { integrateFlow } from '../../src/model/flow-matching.ts';
import {
  axesOf,
  bothArms,
  chunkPositions,
  chunkTargetInputs,
  embedObservation,
  expertContext,
  isTrained,
  latentPlaces,
  objective,
  observationInputs,
  readSequence,
  velocityOf,
  visibleTokens,
} from '../../src/model/gear-vla.ts';
import { type Prediction, predict, predictionPrograms } from '../../src/model/predict.ts';
import type { Layout } from '../../src/model/sequence.ts';
import { compile } from '../../src/tensor/compile.ts';
import { gradientsOrNothing } from '../../src/tensor/gradients.ts';
import { graphOf } from '../../src/tensor/graph.ts';
import { type HostTensor, hostTensor, numbers } from '../../src/tensor/host.ts';
import { mul } from '../../src/tensor/ops/arithmetic.ts';
import { cast } from '../../src/tensor/ops/cast.ts';
import { slice } from '../../src/tensor/ops/layout.ts';
import { adamw } from '../../src/tensor/optimizers/adamw.ts';
import { trainingPrograms } from '../../src/tensor/optimizers/training.ts';
import { type Parameters, parameters } from '../../src/tensor/parameters.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import type { Prompt } from '../../src/tokens/prompt.ts';
import { vocabulary } from '../../src/tokens/vocabulary.ts';
import { engine, evaluateWith, largestDifference, noisyWeights } from '../nn/helpers.ts';
import { feeds, layoutFor, only, prompt, tiny } from './tiny.ts';

type Values = Readonly<Record<string, HostTensor>>;

/** The tiny model with two robots, one for each sample. */
const twoRobots = (change: (config: ModelConfig) => unknown = (c) => c): ModelConfig =>
  tiny((c) => change({ ...c, embodiment: { ...c.embodiment, names: ['one', 'two'] } }));

const robots = (change: Partial<ModelConfig['embodiment']>) => (c: ModelConfig) => ({ ...c, embodiment: { ...c.embodiment, ...change } });
const seesAll = (c: ModelConfig): ModelConfig => ({ ...c, expert: { ...c.expert, context: ['latent', 'vision', 'state'] } });

/** A value of a batch of two with sample i's numbers changed: its k-th by `change(value, k)`. */
function changed({ dtype, shape, data }: HostTensor, sample: number, change: (value: number, k: number) => number): HostTensor {
  const each = data.length / 2;
  const own = Array.from(data as ArrayLike<number | bigint>, Number);
  return hostTensor(
    dtype,
    shape,
    own.map((value, i) => (Math.floor(i / each) === sample ? change(value, i % each) : value)),
  );
}

/** Computes tensors with weights that are nowhere at their first values. */
const compute = <Name extends string>(
  declared: Parameters,
  outputs: Readonly<Record<Name, Tensor>>,
  given: Values,
): Promise<Record<Name, HostTensor>> =>
  evaluateWith(
    noisyWeights(declared),
    outputs,
    only(
      given,
      graphOf({ outputs }).inputs.map(({ name }) => name),
    ),
  );

/** What cached decoding predicts for each of some values of all inputs, with noisy weights or others. */
async function predicted(
  of: ModelConfig,
  given: readonly Values[],
  change: (weights: Map<string, HostTensor>) => Map<string, HostTensor> = (weights) => weights,
): Promise<Prediction[]> {
  const declared = parameters({ seed: 1 });
  const programs = predictionPrograms(declared, 2, layoutFor(of, false), of);
  const executable = await compile(engine, programs, { initial: change(noisyWeights(declared)) });
  const names = new Set([...graphOf(programs.read).inputs.map(({ name }) => name), 'embodiment']);
  const found: Prediction[] = [];
  for (const values of given) {
    const { actionMask, noise } = values as Record<'actionMask' | 'noise', HostTensor>;
    const { actions, latents } = await predict(executable, { observation: only(values, names), actionMask, noise }, of);
    found.push({ actions: { ...actions, data: actions.data.slice() }, latents });
  }
  await executable.dispose();
  return found;
}

describe('what is frozen (table 3)', () => {
  test.each<[what: string, change: (c: ModelConfig) => ModelConfig, frozen: RegExp]>([
    ['the 3D encoder', (c) => ({ ...c, geometry: { ...c.geometry, use: 'frozen' } }), /^aggregator\./],
    ['the 2D tower', (c) => ({ ...c, vision: { ...c.vision, trainable: false } }), /^visual\.(?!merger\.)/],
    ['nothing', (c) => c, /^(?!)/],
  ])('%s: gets no gradient and stays, and all else is trained', { timeout: 60_000 }, async (_, change, pattern) => {
    const of = twoRobots(change);
    const declared = parameters({ seed: 1 });
    const { loss } = objective(declared, 2, layoutFor(of), of);
    const all = declared.trainable();
    const frozen = all.filter(({ name }) => pattern.test(name));
    const gradients = gradientsOrNothing(
      loss,
      frozen.map(({ tensor }) => tensor),
    );
    expect(frozen.filter((_, i) => gradients[i]).map(({ name }) => name)).toEqual([]);

    const groups = [
      ...all.filter(({ name }) => !isTrained(name, of)).map(({ name }) => ({ match: name, optimizer: 'frozen' as const })),
      { match: '*', optimizer: adamw({ learningRate: 1e-3, weightDecay: 0 }) },
    ];
    const { step } = trainingPrograms({ loss, parameters: declared, groups });
    const before = noisyWeights(declared);
    const executable = await compile(engine, { step }, { initial: before });
    const names = graphOf(step).inputs.map(({ name }) => name);
    const given = only(feeds(of, [prompt(of, 1), prompt(of, 2)]), names);
    for (let i = 0; i < 2; i++) await executable.run('step', given);
    const after = await executable.read(all.map(({ name }) => name));
    await executable.dispose();
    const stayed = all.filter(({ name }) => largestDifference(before.get(name) as HostTensor, after.get(name) as HostTensor) === 0);
    expect(stayed.map(({ name }) => name)).toEqual(frozen.map(({ name }) => name));
  });
});

describe('what is dropped (table 12)', () => {
  const shallow = (c: ModelConfig) => ({ ...c, language: { ...c.language, layers: 1 }, expert: { ...c.expert, layers: 1 } });
  const without3d = (c: ModelConfig) => ({ ...c, geometry: { ...c.geometry, use: 'none' as const } });
  /** Of samples of which the i-th drops something */
  const dropping = (name: string, sample: number): Values => ({
    dropWrist: hostTensor('bool', [2, 1], [0, 0]),
    dropState: hostTensor('bool', [2, 1], [0, 0]),
    [name]: hostTensor('bool', [2, 1], [Number(sample === 0), Number(sample === 1)]),
  });

  test.each<
    [what: string, flag: string, input: string, change: (c: ModelConfig) => ModelConfig, other: (value: number, k: number) => number]
  >([
    // Through one layer, and with views apart, nothing of a view comes to those who do not see it by way of others.
    [
      'a view of a wrist',
      'dropWrist',
      'images',
      (c) => shallow(without3d(c)),
      (x, k) => (Math.floor(k / (56 * 56 * 3)) === 1 ? 255 - x : x),
    ],
    // All that comes after the state are action queries.
    ['the state', 'dropState', 'state', (c) => c, (x) => x + 1],
  ])('%s changes nothing that is said or done, even where the expert sees all', async (_, flag, name, change, other) => {
    const of = twoRobots((c) => robots({ softPrompts: 2 })(seesAll(change(c))));
    const values: Values = feeds(of, [prompt(of, 1), prompt(of, 2)]);
    const otherwise = { ...values, [name]: changed(values[name] as HostTensor, 0, other) };
    const declared = parameters({ seed: 1 });
    const { parts } = objective(declared, 2, layoutFor(of), of);
    expect(Object.keys(parts).sort()).toEqual(['fast', 'flow', 'latent', 'tokens']);
    const dropped = dropping(flag, 0);
    expect(await compute(declared, parts, { ...otherwise, ...dropped })).toEqual(await compute(declared, parts, { ...values, ...dropped }));
    const kept = dropping(flag, 1);
    const [before, after] = [
      await compute(declared, parts, { ...values, ...kept }),
      await compute(declared, parts, { ...otherwise, ...kept }),
    ];
    for (const [part, value] of Object.entries(before)) expect(numbers(after[part] as HostTensor), part).not.toEqual(numbers(value));
  });
});

test('nothing of a view or an arm that is not there is said or done, even where the expert sees all', async () => {
  const of = twoRobots(seesAll);
  const layout = layoutFor(of);
  const values: Values = feeds(of, [prompt(of, 1, { shown: ['head', 'rightWrist'] }), prompt(of, 2)]);
  const { images, positions } = values as Record<'images' | 'positions', HostTensor>;
  const declared = parameters({ seed: 1 });
  const { parts } = objective(declared, 2, layout, of);
  const before = await compute(declared, parts, values);
  const otherView = { ...values, images: changed(images, 0, (x, k) => (Math.floor(k / (56 * 56 * 3)) === 1 ? 255 - x : x)) };
  expect(await compute(declared, parts, otherView)).toEqual(before);
  // The second arm's token does not depend on its state; where it is would change what is seen of it.
  const moved = (place: number): Values => ({
    ...values,
    positions: changed(positions, 0, (x, k) => x + Number(k % layout.length === place)),
  });
  const { end } = layout.state as { end: number };
  expect(await compute(declared, parts, moved(end - 1))).toEqual(before);
  expect(await compute(declared, parts, moved(end - 2))).not.toEqual(before);
});

describe('prediction with caches', () => {
  /** Chunks for prompts that hold their latent actions, f32[2, K, 2·A]: the whole sequence is read at once. */
  async function chunksOf(of: ModelConfig, layout: Layout, given: Values): Promise<HostTensor> {
    const declared = parameters({ seed: 1 });
    const observation = observationInputs(2, layout, of);
    const { noise, actionMask } = chunkTargetInputs(2, of);
    const { layers } = readSequence(declared, observation, layout, of);
    const { end } = latentPlaces(layout);
    const setting = {
      ...expertContext(layers, visibleTokens(observation, layout), layout, of),
      positions: chunkPositions(slice(axesOf(observation.positions)[0] as Tensor, 1, end - 1, end), of),
      real: bothArms(cast(actionMask, 'f32')),
      embodiment: observation.embodiment as Tensor,
    };
    const flow = integrateFlow(mul(bothArms(noise), setting.real), of.expert.steps, (at, time) =>
      velocityOf(declared, at, time, setting, of),
    );
    return (await compute(declared, { actions: mul(flow, setting.real) }, given)).actions;
  }

  test.each<[what: string, change: (c: ModelConfig) => unknown]>([
    ['an expert that sees all, and is told the robot', (c) => robots({ outputAware: true, softPrompts: 2 })(seesAll(c))],
    ['an expert that sees the state', (c) => ({ ...c, expert: { ...c.expert, context: ['state', 'latent'] } })],
    ['without latent actions', (c) => ({ ...seesAll(c), latentActions: 'none' })],
  ])('%s: is that of reading the whole sequence at once, and views that are not there change nothing', async (_, change) => {
    const of = twoRobots(change);
    const options = [{ shown: ['head', 'rightWrist'] }, { shown: ['head'], count: 2 }];
    const short = options.map((each, i) => prompt(of, i, { ...each, targets: false }));
    const values: Values = feeds(of, short);
    const view = of.imageSize ** 2 * 3;
    const images = changed(values.images as HostTensor, 0, (x, k) => (Math.floor(k / view) === 1 ? 255 - x : x));
    const [found, again] = await predicted(of, [values, { ...values, images }]);
    const { actions, latents } = found as Prediction;
    expect(again?.actions.data).toEqual(actions.data);

    const layout = layoutFor(of);
    const whole = options.map((each, i): Prompt => {
      const { ids, ...rest } = prompt(of, i, each);
      // Without latent actions, what samples say of them is not read.
      if (of.latentActions !== 'none') ids.set(latents[i] as readonly number[], latentPlaces(layout).start);
      return { ids, ...rest };
    });
    const expected = await chunksOf(of, layout, feeds(of, whole));
    expect(Math.max(...numbers(expected))).toBeGreaterThan(0.5);
    // Sums in another order
    expect(largestDifference(actions, expected)).toBeLessThan(1e-4);
  });

  test('without latent actions, their places hold the same ids for whatever is seen (table 14)', async () => {
    const of = twoRobots((c) => ({ ...c, latentActions: 'none' }));
    const values = feeds(
      of,
      [1, 2].map((seed) => prompt(of, seed, { targets: false })),
    );
    const { latentLength, latentChoices } = vocabulary(of.vocabulary);
    const first = Array.from({ length: latentLength }, (_, i) => latentChoices(i).start);
    expect((await predicted(of, [values]))[0]?.latents).toEqual([first, first]);
  });
});

describe('how robots are told apart (tables 3 and 13)', () => {
  test('an output-aware expert gives each its own chunk where all else is the same', async () => {
    const of = twoRobots(robots({ projectors: 'shared', outputAware: true }));
    const one = feeds(of, [prompt(of, 1, { targets: false }), prompt(of, 1, { targets: false })]);
    const same = Object.fromEntries(
      Object.entries(one).map(([name, x]) => [name, changed(x, 1, (_, k) => Number((x.data as ArrayLike<number>)[k]))]),
    );
    const numbered = (...embodiment: number[]): Values => ({ ...same, embodiment: hostTensor('i64', [2], embodiment) });
    const chunks = ({ actions }: Prediction): Float64Array[] => {
      const all = numbers(actions);
      return [all.slice(0, all.length / 2), all.slice(all.length / 2)];
    };
    const [straight, crossed] = (await predicted(of, [numbered(0, 1), numbered(1, 0)])).map(chunks);
    const [first, second] = straight as [Float64Array, Float64Array];
    expect(Math.max(...first.map((x, i) => Math.abs(x - (second[i] as number))))).toBeGreaterThan(1e-3);
    expect(crossed).toEqual([second, first]);
    // Numbers are those of the names, of which each has its weights.
    const [names, others] = [
      ['one', 'two'].map((name) => `expert.embodiment.${name}`),
      ['two', 'one'].map((name) => `expert.embodiment.${name}`),
    ];
    const exchanged = await predicted(of, [numbered(0, 1)], (weights) => {
      const swapped = names.map((name, i): [string, HostTensor] => [name, weights.get(others[i] as string) as HostTensor]);
      return new Map([...weights, ...swapped]);
    });
    expect(exchanged.map(chunks)).toEqual([[second, first]]);
  });

  test("soft prompts are the robot's own, and stand before the states of arms", async () => {
    const of = twoRobots(robots({ softPrompts: 2 }));
    const layout = layoutFor(of);
    const values: Values = feeds(of, [prompt(of, 1), prompt(of, 2)]);
    const declared = parameters({ seed: 1 });
    const observation = observationInputs(2, layout, of);
    const outputs = { tokens: embedObservation(declared, observation, layout, of), there: visibleTokens(observation, layout) };
    const { start, end } = layout.state as { start: number; end: number };
    const { width } = of.language;
    const at = (x: HostTensor, sample: number, place: number): Float64Array => {
      const row = sample * layout.length + place;
      return numbers(x).slice(row * width, (row + 1) * width);
    };
    const both = { ...values, stateMask: changed(values.stateMask as HostTensor, 0, () => 1) };
    const { tokens, there } = await compute(declared, outputs, both);
    const weights = noisyWeights(declared);
    ['one', 'two'].forEach((name, sample) => {
      const own = numbers(weights.get(`soft_prompts.${name}`) as HostTensor);
      expect([...at(tokens, sample, start), ...at(tokens, sample, start + 1)]).toEqual([...own]);
    });
    const state = changed(values.state as HostTensor, 0, (x) => x + 1);
    const moved = (await compute(declared, outputs, { ...both, state })).tokens;
    const places = Array.from({ length: layout.length }, (_, place) => place);
    expect(places.filter((place) => at(tokens, 0, place).some((x, i) => x !== at(moved, 0, place)[i]))).toEqual([end - 2, end - 1]);
    // The second sample has one arm: the other's place is hidden, and nothing else of the state.
    const shown = numbers(there).slice(layout.length);
    expect([...shown.slice(start, end)]).toEqual([1, 1, 1, 0]);
  });
});
