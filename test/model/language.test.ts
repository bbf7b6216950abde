/** Qwen2.5-VL's language model: who sees whom. That it computes what upstream does is shown by `golden-qwen.test.ts`. */
import { describe, expect, test } from 'vitest';
import { embedTokens, type LanguageConfig, languageModel, logits, placeFeatures } from '../../src/model/language.ts';
import { layoutPositions, positionAxes, sequencePositions } from '../../src/model/multimodal-positions.ts';
import { cacheStep, keyValueCache } from '../../src/nn/cache.ts';
import { allMasks, causalMask, keyMask } from '../../src/nn/masks.ts';
import { compile } from '../../src/tensor/compile.ts';
import { gradients } from '../../src/tensor/gradients.ts';
import { type HostTensor, hostTensor, numbers } from '../../src/tensor/host.ts';
import { square } from '../../src/tensor/ops/arithmetic.ts';
import { mean } from '../../src/tensor/ops/reduce.ts';
import { type Parameters, parameters } from '../../src/tensor/parameters.ts';
import { constant, input, type Tensor } from '../../src/tensor/tensor.ts';
import { engine, evaluateWith, noise, noisyWeights } from '../nn/helpers.ts';

const config: LanguageConfig = {
  vocabulary: 20,
  width: 24,
  layers: 3,
  heads: 4,
  groups: 2,
  headWidth: 8,
  hidden: 40,
  epsilon: 1e-6,
  ropeBase: 1e4,
  sections: [2, 1, 1],
  tied: false,
};

/** Two tokens of text, an image of 2 × 3 cells, four tokens more. */
const layout = [2, { rows: 2, columns: 3 }, 4];
const TIME = 12;
const { positions } = layoutPositions(layout);

/** f32[2, T, D] of noise, with some positions (of all rows) changed. */
function embeddings(...changed: number[]): HostTensor {
  const x = noise('embeddings', [2, TIME, config.width]);
  const data = Float32Array.from(numbers(x), (value, i) => value + (changed.includes(Math.floor(i / config.width) % TIME) ? 1 : 0));
  return { ...x, data };
}

const rowsOf = ({ shape, data }: HostTensor, batch: number, start: number, end: number): number[] => {
  const [, time, width] = shape as [number, number, number];
  return Array.from(data as Float32Array).slice((batch * time + start) * width, (batch * time + end) * width);
};

/** Runs a network of the embeddings alone on several. */
async function run(network: (scope: Parameters, x: Tensor) => Tensor, ...inputs: HostTensor[]): Promise<HostTensor[]> {
  const scope = parameters({ seed: 0 });
  const y = network(scope, input('x', 'f32', (inputs[0] as HostTensor).shape));
  const weights = noisyWeights(scope);
  const results: HostTensor[] = [];
  for (const x of inputs) results.push((await evaluateWith(weights, { y }, { x })).y);
  return results;
}

test.each([0, 3, 7, 11])('what comes before a token does not see it, to the bit: %i', async (token) => {
  const network = (scope: Parameters, x: Tensor): Tensor => logits(scope, languageModel(scope, x, { positions }, config).hidden, config);
  const [before, after] = (await run(network, embeddings(), embeddings(token))) as [HostTensor, HostTensor];
  for (const row of [0, 1]) {
    expect(rowsOf(after, row, 0, token)).toEqual(rowsOf(before, row, 0, token));
    for (let t = token; t < TIME; t++) expect(rowsOf(after, row, t, t + 1)).not.toEqual(rowsOf(before, row, t, t + 1));
  }
});

test('padding changes nothing, to the bit, and shifts nothing', async () => {
  const ids = hostTensor('i64', [2, TIME], Array(2 * TIME).fill(1));
  const real = Array.from({ length: 2 * TIME }, (_, i) => (i >= TIME || i >= 3 ? 1 : 0));
  const mask = hostTensor('bool', [2, TIME], real);
  const { positions: padded } = sequencePositions(ids, { mask, images: [], image: 18, start: 17 });
  const withPadding = (scope: Parameters, x: Tensor): Tensor =>
    languageModel(
      scope,
      x,
      { positions: positionAxes(constant(padded)), mask: allMasks(causalMask(TIME), keyMask(constant(mask))) },
      config,
    ).hidden;
  const [before, after] = (await run(withPadding, embeddings(), embeddings(0, 1, 2))) as [HostTensor, HostTensor];
  expect(rowsOf(after, 0, 3, TIME)).toEqual(rowsOf(before, 0, 3, TIME));

  const alone = (scope: Parameters, x: Tensor): Tensor =>
    languageModel(scope, x, { positions: layoutPositions([TIME - 3]).positions }, config).hidden;
  const short = hostTensor('f32', [1, TIME - 3, config.width], rowsOf(embeddings(), 0, 3, TIME));
  const [unpadded] = (await run(alone, short)) as [HostTensor];
  expect(rowsOf(before, 0, 3, TIME)).toBeAllclose(unpadded.data as Float32Array, { rtol: 1e-4, atol: 1e-5 });
});

test('decoding with a cache is what the whole sequence at once gives', async () => {
  const PROMPT = 8;
  const scope = parameters({ seed: 0 });
  const cache = keyValueCache(scope.in('cache'), { batch: 2, capacity: TIME + 2, layers: config.layers, groups: 2, headWidth: 8 });
  const whole = languageModel(scope, input('x', 'f32', [2, TIME, config.width]), { positions }, config);
  /** The next `count` tokens, whose positions are an input. */
  const step = (count: number, restart: boolean) => {
    const { mask, append, updates } = cacheStep(cache, count, { restart });
    const x = input('x', 'f32', [2, count, config.width]);
    const at = positionAxes(input('positions', 'i64', [3, 2, count]));
    const { hidden } = languageModel(scope, x, { positions: at, mask, attendTo: append }, config);
    return { outputs: { hidden }, updates };
  };
  const programs = { whole: { outputs: { hidden: whole.hidden } }, prefill: step(PROMPT, true), decode: step(1, false) };
  const executable = await compile(engine, programs, { initial: noisyWeights(scope) });
  const expected = (await executable.run('whole', { x: embeddings() })).hidden as HostTensor;
  const found: number[][] = [[], []];
  for (const [start, end] of [[0, PROMPT], ...[8, 9, 10, 11].map((t) => [t, t + 1])] as [number, number][]) {
    const x = hostTensor(
      'f32',
      [2, end - start, config.width],
      [0, 1].flatMap((row) => rowsOf(embeddings(), row, start, end)),
    );
    const at = positions.flatMap((axis) => [0, 1].flatMap(() => axis.slice(start, end)));
    const feeds = { x, positions: hostTensor('i64', [3, 2, end - start], at) };
    const { hidden } = await executable.run(start === 0 ? 'prefill' : 'decode', feeds);
    for (const row of [0, 1]) found[row]?.push(...rowsOf(hidden as HostTensor, row, 0, end - start));
  }
  await executable.dispose();
  expect(found.flat()).toBeAllclose(Array.from(expected.data as Float32Array), { rtol: 1e-4, atol: 1e-5 });
});

test('gives every layer’s own keys and values, and shows its result', async () => {
  const seen: number[] = [];
  const scope = parameters({ seed: 0 });
  const { layers } = languageModel(
    scope,
    input('x', 'f32', [2, TIME, config.width]),
    {
      positions,
      onLayer: (layer, hidden) => {
        seen.push(layer);
        expect(hidden.shape).toEqual([2, TIME, config.width]);
      },
    },
    config,
  );
  expect(seen).toEqual([0, 1, 2]);
  expect(layers.map(({ keys, values }) => [keys.shape, values.shape])).toEqual(
    Array.from({ length: 3 }, () => [
      [2, TIME, 2, 8],
      [2, TIME, 2, 8],
    ]),
  );
});

describe('parameters', () => {
  const declared = (of: LanguageConfig): Parameters => {
    const scope = parameters({ seed: 0 });
    const embedded = embedTokens(scope, input('ids', 'i64', [1, 4]), of);
    logits(scope, languageModel(scope, embedded, { positions: layoutPositions([4]).positions }, of).hidden, of);
    return scope;
  };

  test('have the published names', () => {
    const layer = ['q', 'k', 'v'].flatMap((part) => [`self_attn.${part}_proj.weight`, `self_attn.${part}_proj.bias`]);
    const names = [...layer, 'self_attn.o_proj.weight', ...['gate', 'up', 'down'].map((part) => `mlp.${part}_proj.weight`)];
    const norms = ['input_layernorm.weight', 'post_attention_layernorm.weight'];
    expect([...declared(config).variables.keys()].sort()).toEqual(
      [
        'model.embed_tokens.weight',
        ...[0, 1, 2].flatMap((i) => [...names, ...norms].map((name) => `model.layers.${i}.${name}`)),
        'model.norm.weight',
        'lm_head.weight',
      ].sort(),
    );
  });

  test('of the output layer are the embedding’s when tied', () => {
    expect(declared({ ...config, tied: true }).variables.has('lm_head.weight')).toBe(false);
  });

  test('all get gradients, with and without recomputation alike', async () => {
    const found = await Promise.all(
      [false, true].map((recompute) => {
        const scope = parameters({ seed: 0 });
        const { hidden } = languageModel(scope, input('x', 'f32', [2, TIME, config.width]), { positions, recompute }, config);
        const trainable = scope.trainable();
        const gradient = gradients(
          mean(square(logits(scope, hidden, config))),
          trainable.map(({ tensor }) => tensor),
        );
        const outputs = Object.fromEntries(trainable.map(({ name }, i) => [name, gradient[i] as Tensor]));
        return evaluateWith(noisyWeights(scope), outputs, { x: embeddings() });
      }),
    );
    const [kept, again] = found as [Record<string, HostTensor>, Record<string, HostTensor>];
    for (const [name, gradient] of Object.entries(kept)) {
      expect(
        numbers(gradient).some((value) => value !== 0),
        name,
      ).toBe(true);
      expect(again[name], name).toBeAllclose(gradient, { rtol: 1e-4, atol: 1e-6 });
    }
  });
});

test('features are written over their places', async () => {
  const features = noise('features', [3, 4]);
  const x = noise('x', [2, 3, 4]);
  const { y } = await evaluateWith(new Map(), { y: placeFeatures(constant(x), constant(features), [1, 5, 3]) });
  const [from, over] = [numbers(x), numbers(features)];
  const expected = [
    from.subarray(0, 4),
    over.subarray(0, 4),
    from.subarray(8, 12),
    over.subarray(8, 12),
    from.subarray(16, 20),
    over.subarray(4, 8),
  ];
  expect(y).toBeAllclose(
    hostTensor(
      'f32',
      [2, 3, 4],
      expected.flatMap((row) => [...row]),
    ),
    { rtol: 0, atol: 0 },
  );
  expect(() => placeFeatures(constant(x), constant(features), [1])).toThrow('1 places for features [3, 4]');
});

test('positions must be those of the tokens', () => {
  const x = input('x', 'f32', [1, 5, config.width]);
  const { positions: four } = layoutPositions([4]);
  expect(() => languageModel(parameters({ seed: 0 }), x, { positions: four }, config)).toThrow(
    'model: there are 5 tokens, but positions of 4',
  );
});
