import { describe, expect, test } from 'vitest';
import type { KeysValues } from '../../src/nn/attention.ts';
import {
  type CacheOptions,
  type CacheStepOptions,
  cachedLayers,
  cacheStep,
  emptied,
  handOver,
  joinKeysValues,
  type KeyValueCache,
  keyValueCache,
} from '../../src/nn/cache.ts';
import { decoderBlock } from '../../src/nn/decoder-block.ts';
import { ditBlock } from '../../src/nn/dit-block.ts';
import { causalMask, joinMasks, keyMask } from '../../src/nn/masks.ts';
import { rotary1d } from '../../src/nn/rotary.ts';
import { compile } from '../../src/tensor/compile.ts';
import type { DType } from '../../src/tensor/dtype.ts';
import { checkpoint, gradients } from '../../src/tensor/gradients.ts';
import type { Program } from '../../src/tensor/graph.ts';
import { type HostTensor, hostTensor, numbers, scalarOf } from '../../src/tensor/host.ts';
import { square } from '../../src/tensor/ops/arithmetic.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { slice } from '../../src/tensor/ops/layout.ts';
import { parameters, type Scope } from '../../src/tensor/parameters.ts';
import { constant, input, type Tensor } from '../../src/tensor/tensor.ts';
import { engine, evaluateWith, noise, noisyWeights } from './helpers.ts';

const [BATCH, TIME, WIDTH, HEADS, GROUPS, LAYERS, CAPACITY] = [2, 6, 16, 4, 2, 2, 8] as const;
const HEAD_WIDTH = WIDTH / HEADS;
const x = noise('x', [BATCH, TIME, WIDTH]);

interface DecoderOptions {
  readonly run?: (block: () => Tensor) => Tensor;
  readonly groups?: number;
}

/** A small decoder; `attendTo` is given per layer. */
function decoder(
  scope: Scope,
  tokens: Tensor,
  positions: readonly number[] | Tensor,
  mask: Tensor,
  attendTo?: (layer: number, own: KeysValues) => KeysValues,
  { run = (block) => block(), groups = GROUPS }: DecoderOptions = {},
): Tensor {
  const rotary = rotary1d(positions, { width: HEAD_WIDTH });
  let h = tokens;
  for (let i = 0; i < LAYERS; i++) {
    const options = { heads: HEADS, groups, hidden: 24, rotary, mask };
    const before = h;
    h = run(() => decoderBlock(scope.in('layers', i), before, { ...options, attendTo: attendTo && ((own) => attendTo(i, own)) }));
  }
  return h;
}

/** All tokens at once, without a cache. */
function whole(scope: Scope, tokens: Tensor, options?: DecoderOptions): Tensor {
  const count = tokens.shape[1] as number;
  return decoder(scope, tokens, [...Array(count).keys()], causalMask(count), undefined, options);
}

const cacheOf = (scope: Scope, options: Partial<CacheOptions> = {}): KeyValueCache =>
  keyValueCache(scope.in('cache'), {
    batch: BATCH,
    capacity: CAPACITY,
    layers: LAYERS,
    groups: GROUPS,
    headWidth: HEAD_WIDTH,
    ...options,
  });

/** A program that runs `count` more tokens (input `x`) through a cached decoder. */
function cachedProgram(
  scope: Scope,
  count: number,
  { groups = GROUPS, dtype = 'f32', ...options }: CacheStepOptions & { groups?: number; dtype?: DType } = {},
): Program {
  const step = cacheStep(cacheOf(scope, { groups, dtype }), count, options);
  const tokens = input('x', 'f32', [BATCH, count, WIDTH]);
  const out = decoder(scope, tokens, step.slots, step.mask, step.append, { groups });
  return { outputs: { out }, updates: step.updates };
}

/** Tokens `start` to `end` of [B, T, D]. */
function tokens(of: HostTensor, start: number, end: number): HostTensor {
  const [batch, time, width] = of.shape as [number, number, number];
  const rows = Array.from({ length: batch }, (_, b) => [...numbers(of).slice((b * time + start) * width, (b * time + end) * width)]);
  return hostTensor('f32', [batch, end - start, width], rows.flat());
}

describe('decoding with a cache', () => {
  const scope = parameters({ seed: 1 });
  const full = whole(scope, constant(x));
  const weights = noisyWeights(scope);

  test.each([GROUPS, HEADS])('equals computing everything again, token by token and in pieces (%d key heads)', async (groups) => {
    const scope = parameters({ seed: 1 });
    const full = whole(scope, constant(x), { groups });
    const weights = noisyWeights(scope);
    const { full: expected } = await evaluateWith(weights, { full });
    const programs = {
      prefill: cachedProgram(scope, 3, { groups, restart: true }),
      one: cachedProgram(scope, 1, { groups }),
      two: cachedProgram(scope, 2, { groups }),
    };
    const executable = await compile(engine, programs, { initial: weights });
    const run = async (program: keyof typeof programs, start: number, end: number): Promise<void> => {
      const { out } = (await executable.run(program, { x: tokens(x, start, end) })) as { out: HostTensor };
      expect(out, `tokens ${start} to ${end}`).toBeAllclose(tokens(expected, start, end), { rtol: 1e-5, atol: 1e-5 });
    };
    for (let i = 0; i < TIME; i++) await run('one', i, i + 1);
    // The prefill begins again, whatever is left from before.
    await run('prefill', 0, 3);
    await run('one', 3, 4);
    await run('two', 4, 6);
    expect(scalarOf((await executable.read(['cache.length'])).get('cache.length') as HostTensor)).toBe(6);
    await executable.dispose();
  });

  test('fails when the slots run out, and leaves the cache as it was', async () => {
    const empty = { outputs: {}, updates: emptied(cacheOf(scope)) };
    const executable = await compile(engine, { three: cachedProgram(scope, 3), empty }, { initial: weights });
    const run = () => executable.run('three', { x: tokens(x, 0, 3) });
    await run();
    await run();
    const before = await executable.read();
    await expect(run()).rejects.toThrow(/out of data bounds/);
    expect(await executable.read()).toEqual(before);
    await executable.run('empty');
    await run();
    await executable.dispose();
  });

  test('does not see padding', async () => {
    // Row 0 is padded by two tokens on the left, row 1 by none: rotary positions are relative, so slots will do for both.
    const real = hostTensor('bool', [BATCH, 4], [0, 0, 1, 1, 1, 1, 1, 1]);
    const executable = await compile(
      engine,
      { prefill: cachedProgram(scope, 4, { real: constant(real) }), one: cachedProgram(scope, 1) },
      { initial: weights },
    );
    const other = noise('padding', [BATCH, TIME, WIDTH]);
    const withPadding = (padding: HostTensor): HostTensor => {
      const data = Float32Array.from(x.data as Float32Array);
      data.set((padding.data as Float32Array).slice(0, 2 * WIDTH));
      return hostTensor('f32', x.shape, data);
    };
    const results: HostTensor[] = [];
    for (const sequence of [x, withPadding(other)]) {
      executable.write(new Map([['cache.length', hostTensor('i64', [], [0])]]));
      await executable.run('prefill', { x: tokens(sequence, 0, 4) });
      const { out } = (await executable.run('one', { x: tokens(sequence, 4, 5) })) as { out: HostTensor };
      results.push({ ...out, data: out.data.slice() });
    }
    await executable.dispose();
    const [first, second] = results as [HostTensor, HostTensor];
    expect(second.data).toEqual(first.data);

    const row0 = whole(parameters({ seed: 1 }), slice(slice(constant(x), 0, 0, 1), 1, 2, 5));
    const row1 = whole(parameters({ seed: 1 }), slice(slice(constant(x), 0, 1, 2), 1, 0, 5));
    const expected = [await evaluateWith(weights, { row: row0 }), await evaluateWith(weights, { row: row1 })].map(({ row }) =>
      tokens(row, (row.shape[1] as number) - 1, row.shape[1] as number),
    );
    expect(numbers(first)).toBeAllclose(
      expected.flatMap((row) => [...numbers(row)]),
      { rtol: 1e-5, atol: 1e-5 },
    );
  });

  test('may be kept in half precision', async () => {
    const half = parameters({ seed: 1 });
    const { full: expected } = await evaluateWith(weights, { full });
    const executable = await compile(engine, { one: cachedProgram(half, 1, { dtype: 'bf16' }) }, { initial: weights });
    for (let i = 0; i < TIME; i++) {
      const { out } = (await executable.run('one', { x: tokens(x, i, i + 1) })) as { out: HostTensor };
      expect(out).toBeAllclose(tokens(expected, i, i + 1), { rtol: 0.05, atol: 0.05 });
    }
    await executable.dispose();
  });

  test('declares its buffers, which are not trained', () => {
    const declared = parameters({ seed: 1 });
    keyValueCache(declared.in('cache'), { batch: 1, capacity: 8, layers: 2, groups: 2, headWidth: 4 });
    expect([...declared.variables.values()].map(({ name, dtype, shape }) => `${name} ${dtype}[${shape}]`)).toEqual([
      'cache.length i64[]',
      'cache.real bool[1,8]',
      'cache.0.keys f32[1,8,2,4]',
      'cache.0.values f32[1,8,2,4]',
      'cache.1.keys f32[1,8,2,4]',
      'cache.1.values f32[1,8,2,4]',
    ]);
    expect(declared.trainable()).toEqual([]);
  });

  test('refuses more tokens than there are slots, and layers that it does not have', () => {
    const cache = keyValueCache(parameters({ seed: 1 }), { batch: 1, capacity: 8, layers: 2, groups: 2, headWidth: 4 });
    expect(() => cacheStep(cache, 9)).toThrow('9 tokens at once do not fit into a cache of 8 slots');
    const own = { keys: constant(noise('k', [1, 1, 2, 4])), values: constant(noise('v', [1, 1, 2, 4])) };
    expect(() => cacheStep(cache, 1).append(2, own)).toThrow('the cache has 2 layers: there is no layer 2');
  });
});

describe('handing keys and values to another network', () => {
  /** A decoder whose layers' keys and values an expert attends to, together with its own. */
  function together(detach: boolean, options: DecoderOptions = {}) {
    const scope = parameters({ seed: 1 });
    const kept: KeysValues[] = [];
    const keep = (layer: number, own: KeysValues): KeysValues => {
      kept[layer] = own;
      return own;
    };
    const positions = [...Array(TIME).keys()];
    decoder(scope.in('language'), constant(x), positions, causalMask(TIME), keep, options);
    const context = handOver(kept, { tokens: [2, TIME], detach });
    let action = constant(noise('actions', [BATCH, 3, 20]));
    for (let i = 0; i < LAYERS; i++) {
      action = ditBlock(scope.in('expert', i), action, {
        heads: HEADS,
        groups: GROUPS,
        headWidth: HEAD_WIDTH,
        condition: constant(noise('condition', [BATCH, 8])),
        attendTo: (own) => joinKeysValues([context[i] as KeysValues, own]),
      });
    }
    const variables = scope.trainable();
    const found = gradients(
      sum(square(action)),
      variables.map(({ tensor }) => tensor),
    );
    return { scope, outputs: Object.fromEntries(variables.map(({ name }, i) => [name, found[i] as Tensor])) };
  }

  const largest = (gradient: HostTensor): number => Math.max(...numbers(gradient).map(Math.abs));

  test('gives the giver no gradient at all when detached', async () => {
    const { scope, outputs } = together(true);
    const values: Record<string, HostTensor> = await evaluateWith(noisyWeights(scope), outputs);
    for (const [name, gradient] of Object.entries(values)) {
      if (name.startsWith('language.')) expect(largest(gradient), name).toBe(0);
      else expect(largest(gradient), name).toBeGreaterThan(0);
    }
  });

  test('gives the giver gradients when not', async () => {
    const { scope, outputs } = together(false);
    const values: Record<string, HostTensor> = await evaluateWith(noisyWeights(scope), outputs);
    expect(largest(values['language.layers.1.self_attn.k_proj.weight'] as HostTensor)).toBeGreaterThan(0);
    expect(largest(values['language.layers.0.mlp.up_proj.weight'] as HostTensor)).toBeGreaterThan(0);
    // Nothing reads what the last layer does with its keys and values.
    expect(largest(values['language.layers.1.self_attn.o_proj.weight'] as HostTensor)).toBe(0);
  });

  test('is the same when the giver computes its layers again in the backward pass', async () => {
    const [plain, again] = [together(false), together(false, { run: checkpoint })];
    const weights = noisyWeights(plain.scope);
    const values: Record<string, HostTensor> = await evaluateWith(weights, again.outputs);
    for (const [name, gradient] of Object.entries(await evaluateWith(weights, plain.outputs))) {
      expect(values[name], name).toBeAllclose(gradient, { rtol: 1e-4, atol: 1e-5 });
    }
  });

  test('picks tokens by range and by position, from a pass and from a cache', async () => {
    const scope = parameters({ seed: 1 });
    const kept: KeysValues[] = [];
    decoder(scope, constant(x), [...Array(TIME).keys()], causalMask(TIME), (layer, own) => {
      kept[layer] = own;
      return own;
    });
    const weights = noisyWeights(scope);
    const byRange = handOver(kept, { tokens: [3, 5] })[1] as KeysValues;
    const byPosition = handOver(kept, { tokens: constant(hostTensor('i64', [2], [3, 4])) })[1] as KeysValues;
    const expected = await evaluateWith(weights, { ...byRange });
    expect(await evaluateWith(weights, { ...byPosition })).toEqual(expected);

    const program = cachedProgram(scope, TIME);
    const fromCache = handOver(cachedLayers(cacheOf(scope)), { tokens: [3, 5] })[1] as KeysValues;
    const executable = await compile(engine, { fill: program, hand: { outputs: { ...fromCache } } }, { initial: weights });
    await executable.run('fill', { x });
    const handed = (await executable.run('hand')) as { keys: HostTensor; values: HostTensor };
    expect(handed.keys).toBeAllclose(expected.keys, { rtol: 1e-5, atol: 1e-5 });
    expect(handed.values).toBeAllclose(expected.values, { rtol: 1e-5, atol: 1e-5 });
    await executable.dispose();
  });

  test('hidden context is as good as no context', async () => {
    const scope = parameters({ seed: 1 });
    const own = constant(noise('actions', [BATCH, 3, 20]));
    const options = { heads: HEADS, groups: GROUPS, headWidth: HEAD_WIDTH, condition: constant(noise('condition', [BATCH, 8])) };
    const context = {
      keys: constant(noise('k', [BATCH, 2, GROUPS, HEAD_WIDTH])),
      values: constant(noise('v', [BATCH, 2, GROUPS, HEAD_WIDTH])),
    };
    const visible = keyMask(constant(hostTensor('bool', [BATCH, 2], [0, 0, 1, 0])));
    const alone = ditBlock(scope, own, options);
    const joined = ditBlock(scope, own, {
      ...options,
      mask: joinMasks([visible, 3]),
      attendTo: (kv) => joinKeysValues([context, kv]),
    });
    const values = await evaluateWith(noisyWeights(scope), { alone, joined });
    const [row, other] = [3 * 20, 2 * 3 * 20];
    expect(numbers(values.joined).slice(0, row)).toBeAllclose(numbers(values.alone).slice(0, row), { atol: 1e-6 });
    expect(numbers(values.joined).slice(row, other)).not.toBeAllclose(numbers(values.alone).slice(row, other), { atol: 1e-3 });
  });
});
