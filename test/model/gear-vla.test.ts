/** The whole model: what its design promises, on a tiny one with random weights. */
import { describe, expect, test } from 'vitest';
import type { ModelConfig } from '../../src/model/config.ts';
import { integrateFlow } from '../../src/model/flow-matching.ts';
import {
  axesOf,
  chunkLoss,
  chunkPositions,
  chunkTargetInputs,
  expertContext,
  objective,
  observationInputs,
  readSequence,
  velocityOf,
  visibleTokens,
} from '../../src/model/gear-vla.ts';
import { logits } from '../../src/model/language.ts';
import { perceive } from '../../src/model/perception.ts';
import { predict, predictionPrograms } from '../../src/model/predict.ts';
import { sequenceMask } from '../../src/model/sequence.ts';
import { compile } from '../../src/tensor/compile.ts';
import { gradients } from '../../src/tensor/gradients.ts';
import { graphOf } from '../../src/tensor/graph.ts';
import { type HostTensor, hostTensor, numbers } from '../../src/tensor/host.ts';
import { mul } from '../../src/tensor/ops/arithmetic.ts';
import { slice } from '../../src/tensor/ops/layout.ts';
import { type Parameters, parameters } from '../../src/tensor/parameters.ts';
import { constant, input, type Tensor } from '../../src/tensor/tensor.ts';
import { vocabulary } from '../../src/tokens/vocabulary.ts';
import { engine, evaluateWith, noisyWeights } from '../nn/helpers.ts';
import { evaluate } from '../support/evaluate.ts';
import { feeds, layoutFor, only, prompt, tiny, viewsShown } from './tiny.ts';

const config = tiny();
const layout = layoutFor(config);
const prompts = [prompt(config, 1), prompt(config, 2, { count: 2 })];
const values = feeds(config, prompts);

/** Computes tensors that depend on some of the inputs, with weights that are nowhere at their first values, but for those left out. */
async function compute<Name extends string>(
  declared: Parameters,
  outputs: Readonly<Record<Name, Tensor>>,
  given: Readonly<Record<string, HostTensor>> = values,
  leave: (name: string) => boolean = () => false,
): Promise<Record<Name, HostTensor>> {
  const weights = new Map([...noisyWeights(declared)].filter(([name]) => !leave(name)));
  const names = graphOf({ outputs }).inputs.map(({ name }) => name);
  return evaluateWith(weights, outputs, only(given, names));
}

const isFusion = (name: string): boolean => name === 'visual.merger.geometry.weight';

/** Some inputs with others in their place. */
const changed = (name: string, change: (value: number, i: number) => number): Record<string, HostTensor> => {
  const { dtype, shape, data } = values[name] as HostTensor;
  return {
    ...values,
    [name]: hostTensor(
      dtype,
      shape,
      Array.from(data as ArrayLike<number | bigint>, (value, i) => change(Number(value), i)),
    ),
  };
};

describe('semantic-aligned 3D integration (equation 3)', () => {
  const viewMask = input('viewMask', 'bool', [2, 3]);
  const seen = (change: ModelConfig): Promise<Record<'tokens', HostTensor>> => {
    const declared = parameters({ seed: 1 });
    const { images } = observationInputs(2, layout, change);
    return compute(
      declared,
      { tokens: perceive(declared, images, viewMask, change) },
      { ...values, viewMask: viewsShown(prompts) },
      isFusion,
    );
  };
  test('at first, visual tokens are those of the language model, bit for bit', async () => {
    const without = tiny((c) => ({ ...c, geometry: { ...c.geometry, use: 'none' } }));
    expect((await seen(config)).tokens.data).toEqual((await seen(without)).tokens.data);
    const random = tiny((c) => ({ ...c, geometry: { ...c.geometry, fusion: { init: 'random' } } }));
    expect((await seen(random)).tokens.data).not.toEqual((await seen(without)).tokens.data);
  });

  test("the 3D encoder's gradient is exactly zero at the first step, and not after it", async () => {
    const declared = parameters({ seed: 1 });
    const { loss } = objective(declared, 2, layout, config);
    const encoder = declared.trainable().filter(({ name }) => name.startsWith('aggregator.'));
    expect(encoder.length).toBeGreaterThan(20);
    const grads = gradients(
      loss,
      encoder.map(({ tensor }) => tensor),
    );
    const outputs = Object.fromEntries(encoder.map(({ name }, i) => [name, grads[i] as Tensor]));
    const at = async (leave: (name: string) => boolean): Promise<number> =>
      Math.max(
        ...Object.values(await compute(declared, outputs, values, leave)).flatMap((gradient) => [...numbers(gradient)].map(Math.abs)),
      );
    expect(await at(isFusion)).toBe(0);
    expect(await at(() => false)).toBeGreaterThan(1e-6);
  });

  test('views other than the first may be in any order: tokens come in the same one', async () => {
    const declared = parameters({ seed: 1 });
    const { images } = observationInputs(2, layout, config);
    const tokens = perceive(declared, images, viewMask, config);
    const some = [prompt(config, 1, { shown: ['head', 'leftWrist'] }), prompt(config, 2)];
    const shown: Record<string, HostTensor> = { ...feeds(config, some), viewMask: viewsShown(some) };
    const swapViews = ({ dtype, shape, data }: HostTensor): HostTensor => {
      const each = data.length / 6;
      const from = (i: number): number => [0, 2, 1][Math.floor(i / each) % 3] as number;
      return hostTensor(
        dtype,
        shape,
        Array.from(
          data as ArrayLike<number>,
          (_, i) => data[Math.floor(i / (3 * each)) * 3 * each + from(i) * each + (i % each)] as number,
        ),
      );
    };
    const swapped = { ...shown, images: swapViews(shown.images as HostTensor), viewMask: swapViews(shown.viewMask as HostTensor) };
    const [a, b] = [await compute(declared, { tokens }, shown), await compute(declared, { tokens }, swapped)];
    const back = swapViews({ ...b.tokens, shape: a.tokens.shape });
    numbers(a.tokens).forEach((value, i) => {
      expect(Math.abs(value - (numbers(back)[i] as number))).toBeLessThan(1e-4);
    });
  });

  test('a guide is of another moment: it changes no token but its own', async () => {
    const declared = parameters({ seed: 1 });
    const [images, real] = [input('images', 'u8', [1, 4, 56, 56, 3]), input('viewMask', 'bool', [1, 4])];
    const tokens = perceive(declared, images, real, config, { guide: true });
    const pixels = (guide: number): HostTensor =>
      hostTensor(
        'u8',
        [1, 4, 56, 56, 3],
        Array.from({ length: 4 * 56 * 56 * 3 }, (_, i) => (i < 56 * 56 * 3 ? (i * guide) % 256 : (i * 7) % 256)),
      );
    const seen = async (guide: number): Promise<Float64Array> => {
      const all = hostTensor('bool', [1, 4], [1, 1, 1, 1]);
      return numbers((await compute(declared, { tokens }, { images: pixels(guide), viewMask: all })).tokens);
    };
    const [a, b] = [await seen(3), await seen(5)];
    const own = a.length / 4;
    expect(a.slice(own)).toEqual(b.slice(own));
    expect(a.slice(0, own)).not.toEqual(b.slice(0, own));
  });
});

describe('the sequence', () => {
  const declared = parameters({ seed: 1 });
  const observation = observationInputs(2, layout, config);
  const { hidden } = readSequence(declared, observation, layout, config);
  const T = layout.length;
  const D = config.language.width;
  /** Positions whose hidden state differs between two results, of the first sample */
  const differing = (a: HostTensor, b: HostTensor): number[] =>
    Array.from({ length: T }, (_, t) => t).filter((t) =>
      numbers(a)
        .slice(t * D, (t + 1) * D)
        .some((value, i) => value !== numbers(b)[t * D + i]),
    );

  test('is causal: nothing that comes later changes what came before, to the bit', async () => {
    const before = (await compute(declared, { hidden })).hidden;
    for (const at of [T - 3, (layout.latent?.start ?? 0) + 5, 1]) {
      const after = (
        await compute(
          declared,
          { hidden },
          changed('ids', (id, i) => (i === at ? (id + 1) % 40 : id)),
        )
      ).hidden;
      const there = differing(before, after);
      expect(Math.min(...there)).toBeGreaterThanOrEqual(at);
      expect(there).toContain(at);
    }
  });

  test('what is not there changes nothing of what is, to the bit', async () => {
    const shown = feeds(config, [prompt(config, 1, { shown: ['head', 'rightWrist'] }), prompt(config, 2)]);
    const before = (await compute(declared, { hidden }, shown)).hidden;
    const [, left] = layout.views;
    if (!left) throw new Error('there are three views');
    const view = config.imageSize ** 2 * 3;
    const { dtype, shape, data } = shown.images as HostTensor;
    const images = hostTensor(
      dtype,
      shape,
      Array.from(data as Uint8Array, (value, i) => (i >= view && i < 2 * view ? 255 - value : value)),
    );
    const after = (await compute(declared, { hidden }, { ...shown, images })).hidden;
    expect(differing(before, after)).toEqual(Array.from({ length: left.end - left.start }, (_, i) => left.start + i));
    // The other arm's state is masked in these samples.
    const state = shown.state as HostTensor;
    const half = numbers(state).length / 4;
    const other = hostTensor(
      'f32',
      state.shape,
      numbers(state).map((value, i) => (Math.floor(i / half) % 2 === 1 ? value + 1 : value)),
    );
    expect(differing(before, (await compute(declared, { hidden }, { ...shown, state: other })).hidden)).toEqual([]);
  });

  test('dropped modalities are hidden from action queries, and from nothing else', async () => {
    const bool = (flags: number[]): Tensor => constant(hostTensor('bool', [2, 1], flags));
    const visible = constant(values.visible as HostTensor);
    const mask = sequenceMask(layout, visible, { wrist: bool([1, 0]), state: bool([0, 1]) });
    const { dropped, whole } = await evaluate(engine, { dropped: mask, whole: sequenceMask(layout, visible) });
    const kind = (t: number): string =>
      layout.views.find(({ start, end }) => t >= start && t < end)?.view ??
      (layout.state && t >= layout.state.start && t < layout.state.end ? 'state' : 'other');
    numbers(whole).forEach((sees, i) => {
      const [sample, query, key] = [Math.floor(i / (T * T)), Math.floor(i / T) % T, i % T];
      const isAction = query >= (layout.state?.end ?? 0);
      const hidden = isAction && (sample === 0 ? kind(key).endsWith('Wrist') : kind(key) === 'state');
      expect(Boolean(numbers(dropped)[i])).toBe(Boolean(sees) && !hidden);
    });
  });
});

describe('the objective', () => {
  const lossOf = async (of: ModelConfig, given: Readonly<Record<string, HostTensor>>, options = {}): Promise<number[]> => {
    const declared = parameters({ seed: 1 });
    const { loss, parts } = objective(declared, 2, layout, of, options);
    return Object.values(await compute(declared, { loss, ...parts }, given)).flatMap((value) => [...numbers(value)]);
  };

  test('without latent actions does not depend on what they are (table 14)', async () => {
    const none = tiny((c) => ({ ...c, latentActions: 'none' }));
    const { start, end } = layout.latent ?? { start: 0, end: 0 };
    const other = changed('ids', (id, i) => (i % layout.length >= start && i % layout.length < end ? id ^ 1 : id));
    expect(await lossOf(none, other)).toEqual(await lossOf(none, values));
    expect(await lossOf(config, other)).not.toEqual(await lossOf(config, values));
  });

  test('has the same gradients when blocks are computed again in the backward pass', async () => {
    const gradientsOf = async (recompute: boolean) => {
      const declared = parameters({ seed: 1 });
      const { loss } = objective(declared, 2, layout, config, { recompute });
      const all = declared.trainable();
      const found = gradients(
        loss,
        all.map(({ tensor }) => tensor),
      );
      const outputs = Object.fromEntries(all.map(({ name }, i) => [name, found[i] as Tensor]));
      return { nodes: graphOf({ outputs }).nodes.length, values: await compute(declared, outputs) };
    };
    const [kept, again] = [await gradientsOf(false), await gradientsOf(true)];
    expect(again.nodes).toBeGreaterThan(1.15 * kept.nodes);
    for (const [name, gradient] of Object.entries(again.values)) {
      const [a, b] = [numbers(gradient), numbers(kept.values[name] as HostTensor)];
      const size = (x: Float64Array): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
      expect(size(a.map((value, i) => value - (b[i] as number))), name).toBeLessThanOrEqual(1e-3 * size(b));
    }
  });

  test('says which part of a prompt is not as long as what belongs there', () => {
    const more = tiny((c) => ({ ...c, embodiment: { ...c.embodiment, softPrompts: 2 } }));
    expect(() => objective(parameters({ seed: 1 }), 2, layout, more)).toThrow(
      'the prompt has 2 places for the state, but the model makes 4 tokens of it',
    );
  });

  test('fails for an embodiment that there is not', async () => {
    const wrong = { ...values, embodiment: hostTensor('i64', [2], [0, 9]) };
    await expect(lossOf(config, wrong)).rejects.toThrow(/out of data bounds/);
  });
});

describe('the action expert (equation 2)', () => {
  const flowOf = (declared: Parameters, of: ModelConfig): Tensor => {
    const observation = observationInputs(2, layout, of);
    return chunkLoss(declared, readSequence(declared, observation, layout, of), observation, chunkTargetInputs(2, of), layout, of);
  };

  test('gives exactly zero gradient to everything else, whatever it sees', async () => {
    for (const context of [['latent'], ['latent', 'vision', 'state']]) {
      const of = tiny((c) => ({ ...c, expert: { ...c.expert, context } }));
      const declared = parameters({ seed: 1 });
      const loss = flowOf(declared, of);
      const all = declared.trainable();
      const grads = gradients(
        loss,
        all.map(({ tensor }) => tensor),
      );
      const outputs = Object.fromEntries(all.map(({ name }, i) => [name, grads[i] as Tensor]));
      const found = await compute(declared, outputs);
      for (const [name, gradient] of Object.entries(found)) {
        const largest = Math.max(...[...numbers(gradient)].map(Math.abs));
        if (name.startsWith('expert.')) expect(largest, name).toBeGreaterThan(0);
        else expect(largest, name).toBe(0);
      }
    }
  });

  test('trains what it sees as well, where the configuration says so', async () => {
    const of = tiny((c) => ({ ...c, expert: { ...c.expert, context: ['latent', 'vision'], decoupled: false } }));
    const declared = parameters({ seed: 1 });
    const loss = flowOf(declared, of);
    const seen = declared.trainable().filter(({ name }) => /^(visual\.patch_embed|model\.layers\.0)\..*weight$/.test(name));
    const found = gradients(
      loss,
      seen.map(({ tensor }) => tensor),
    );
    const outputs = Object.fromEntries(seen.map(({ name }, i) => [name, found[i] as Tensor]));
    for (const [name, gradient] of Object.entries(await compute(declared, outputs)))
      expect(Math.max(...[...numbers(gradient)].map(Math.abs)), name).toBeGreaterThan(0);
  });

  test('steps past the end of an episode change nothing of those before, to the bit', async () => {
    const declared = parameters({ seed: 1 });
    const outputs = { flow: flowOf(declared, config) };
    const before = numbers((await compute(declared, outputs)).flow);
    const last = 2 * config.chunk * 20 - 2 * 20;
    const step = (i: number): boolean => i >= last;
    expect(
      numbers(values.actionMask as HostTensor)
        .slice(last)
        .some(Boolean),
    ).toBe(false);
    const declaredStep = changed('noise', (value, i) => (step(i) ? value + 3 : value));
    expect(numbers((await compute(declared, outputs, declaredStep)).flow)).toEqual(before);
    // Its place among the others is learned; nobody sees that either.
    const weights = noisyWeights(declared);
    const place = weights.get('expert.step') as HostTensor;
    const moved = new Map([
      ...weights,
      ['expert.step', { ...place, data: (place.data as Float32Array).map((x, i, all) => (i >= (all.length * 3) / 5 ? x + 1 : x)) }],
    ]);
    const names = graphOf({ outputs }).inputs.map(({ name }) => name);
    const ofSecond = async (own: Map<string, HostTensor>) => {
      const mask = values.actionMask as HostTensor;
      const second = { ...mask, data: (mask.data as Uint8Array).map((there, i) => (i < mask.data.length / 2 ? 0 : there)) };
      return numbers((await evaluateWith(own, outputs, only({ ...values, actionMask: second }, names))).flow);
    };
    expect(await ofSecond(moved)).toEqual(await ofSecond(weights));
  });

  test('an arm that is not there changes nothing, to the bit', async () => {
    const declared = parameters({ seed: 1 });
    const outputs = { flow: flowOf(declared, config) };
    const before = numbers((await compute(declared, outputs)).flow);
    const mask = numbers(values.actionMask as HostTensor);
    for (const name of ['actions', 'noise']) {
      const other = changed(name, (value, i) => (mask[i] ? value : value + 7));
      expect(numbers((await compute(declared, outputs, other)).flow)).toEqual(before);
    }
    expect(
      numbers(
        (
          await compute(
            declared,
            outputs,
            changed('noise', (value) => value + 0.1),
          )
        ).flow,
      ),
    ).not.toEqual(before);
  });
});

describe('prediction', () => {
  const prepared = async () => {
    const short = [prompt(config, 1, { targets: false }), prompt(config, 2, { targets: false, count: 2 })];
    const given = feeds(config, short);
    const declared = parameters({ seed: 1 });
    const programs = predictionPrograms(declared, 2, layoutFor(config, false), config);
    const executable = await compile(engine, programs, { initial: noisyWeights(declared) });
    const names = [...graphOf(programs.read).inputs.map(({ name }) => name), 'embodiment'];
    const { actionMask, noise } = given as Record<'actionMask' | 'noise', HostTensor>;
    return { executable, observation: only(given, names) as Record<string, HostTensor>, actionMask, noise };
  };

  test('that is asked for while another is under way waits for it', async () => {
    const { executable, ...one } = await prepared();
    const state = one.observation.state as HostTensor;
    const other = {
      ...one,
      observation: { ...one.observation, state: { ...state, data: (state.data as Float32Array).map((x) => x + 1) } },
    };
    const apart = [await predict(executable, one, config), await predict(executable, other, config)];
    expect(await Promise.all([predict(executable, one, config), predict(executable, other, config)])).toEqual(apart);
    expect(apart[0]?.actions.data).not.toEqual(apart[1]?.actions.data);
    await executable.dispose();
  });

  test('refuses an embodiment that there is not, and an observation that lacks something', async () => {
    const { executable, observation, ...rest } = await prepared();
    const wrong = { ...observation, embodiment: hostTensor('i64', [2], [0, 9]) };
    await expect(predict(executable, { observation: wrong, ...rest }, config)).rejects.toThrow(
      'predict: there is no embodiment 9; the model knows 4: panda, ur5e, agilex, ldt-01',
    );
    const { positions: _, ...without } = observation;
    await expect(predict(executable, { observation: without, ...rest }, config)).rejects.toThrow('the observation has no positions');
    await executable.dispose();
  });

  test('by cached decoding is that of reading the whole sequence at once', async () => {
    const short = [prompt(config, 1, { targets: false }), prompt(config, 2, { targets: false, count: 2 })];
    const given = feeds(config, short);
    const declared = parameters({ seed: 1 });
    const programs = predictionPrograms(declared, 2, layoutFor(config, false), config);
    const weights = noisyWeights(declared);
    const executable = await compile(engine, programs, { initial: weights });
    const names = graphOf(programs.read).inputs.map(({ name }) => name);
    const { actionMask, noise } = given as Record<string, HostTensor> & Record<'actionMask' | 'noise', HostTensor>;
    const result = await predict(
      executable,
      { observation: { ...only(given, names), embodiment: given.embodiment as HostTensor }, actionMask, noise },
      config,
    );
    await executable.dispose();

    // The same tokens in full prompts
    const full = short.map((p, i) => {
      const latents = result.latents[i] as readonly number[];
      const [whole] = [prompt(config, i + 1, { count: i === 0 ? 3 : 2 })];
      const at = layout.latent?.start ?? 0;
      const ids = whole.ids.slice();
      ids.set(latents, at);
      expect(Array.from(ids.subarray(0, p.ids.length))).toEqual(Array.from(p.ids));
      return { ...whole, ids };
    });
    const again = { ...feeds(config, full), images: given.images as HostTensor, state: given.state as HostTensor };
    const all = parameters({ seed: 1 });
    const observation = observationInputs(2, layout, config);
    const reading = readSequence(all, observation, layout, config);
    const said = logits(all, reading.hidden, config.language);
    const { words } = await compute(all, { words: said }, again);
    const V = config.language.vocabulary;
    const choices = vocabulary(config.vocabulary);
    const scores = numbers(words);
    result.latents.forEach((latents, sample) => {
      latents.forEach((id, i) => {
        const row = (sample * layout.length + (layout.latent?.start ?? 0) - 1 + i) * V;
        const { start, end } = choices.latentChoices(i);
        const best = Array.from({ length: end - start }, (_, k) => start + k).reduce((a, b) =>
          (scores[row + b] as number) > (scores[row + a] as number) ? b : a,
        );
        expect(id).toBe(best);
      });
    });

    const { positions, embodiment } = observation;
    const end = layout.latent?.end ?? 0;
    const setting = {
      ...expertContext(reading.layers, visibleTokens(observation, layout), layout, config),
      positions: chunkPositions(slice(axesOf(positions)[0] as Tensor, 1, end - 1, end), config),
      real: constant(hostTensor('f32', [2, config.chunk, 20], numbers(actionMask))),
      embodiment: embodiment as Tensor,
    };
    const begin = mul(constant(hostTensor('f32', [2, config.chunk, 20], numbers(noise))), setting.real);
    const velocity = (at: Tensor, time: Tensor): Tensor => velocityOf(all, at, time, setting, config);
    const { actions } = await compute(all, { actions: mul(integrateFlow(begin, config.expert.steps, velocity), setting.real) }, again);
    const expected = numbers(actions);
    expect(Math.max(...expected)).toBeGreaterThan(0.5);
    numbers(result.actions).forEach((value, i) => {
      expect(Math.abs(value - (expected[i] as number))).toBeLessThan(1e-4);
    });
  });
});
