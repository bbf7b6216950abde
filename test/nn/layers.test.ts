import { describe, expect, test } from 'vitest';
import { embedding } from '../../src/nn/embedding.ts';
import { linear } from '../../src/nn/linear.ts';
import { type Activation, activate, feedForward, mlp, swiGlu } from '../../src/nn/mlp.ts';
import { layerNorm, norm, rmsNorm } from '../../src/nn/norm.ts';
import { sinusoidalEmbedding, timestepEmbedding } from '../../src/nn/timestep.ts';
import { gradients } from '../../src/tensor/gradients.ts';
import { type HostTensor, hostTensor, numbers } from '../../src/tensor/host.ts';
import { square } from '../../src/tensor/ops/arithmetic.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { cast } from '../../src/tensor/ops/cast.ts';
import { affine } from '../../src/tensor/ops/matmul.ts';
import { parameters, type Scope, zerosInit } from '../../src/tensor/parameters.ts';
import { constant, type Tensor } from '../../src/tensor/tensor.ts';
import { evaluateWith, noiseTensor, noisyWeights } from './helpers.ts';

const x = noiseTensor('x', [2, 3, 8]);

/** `name [shape]` of all parameters that a layer declares, in order. */
function declaredBy(make: (scope: Scope) => unknown): string[] {
  const scope = parameters({ seed: 1 });
  make(scope);
  return [...scope.variables.values()].map(({ name, shape }) => `${name} [${shape}]`);
}

/** The first values of a layer's parameters. */
function initialOf(make: (scope: Scope) => unknown): Record<string, Float64Array> {
  const scope = parameters({ seed: 1 });
  make(scope);
  return Object.fromEntries([...scope.variables].map(([name, variable]) => [name, numbers(variable.initial())]));
}

const deviation = (values: Float64Array): number => Math.sqrt(values.reduce((total, value) => total + value * value, 0) / values.length);

describe('linear', () => {
  test('is x·Wᵀ + b', async () => {
    const scope = parameters({ seed: 1 });
    const layer = linear(scope.in('head'), x, { out: 5 });
    const [weight, bias] = ['head.weight', 'head.bias'].map((name) => scope.variables.get(name)?.tensor) as [Tensor, Tensor];
    const values = await evaluateWith(noisyWeights(scope), { layer, plain: affine(x, weight, bias) });
    expect(values.layer).toEqual(values.plain);
  });

  test('declares weight [out, in] and bias', () => {
    expect(declaredBy((scope) => linear(scope, x, { out: 5 }))).toEqual(['weight [5,8]', 'bias [5]']);
    expect(declaredBy((scope) => linear(scope, x, { out: 5, bias: false }))).toEqual(['weight [5,8]']);
  });

  test('starts uniform in ±1/√in, with a bias of zero', () => {
    const { weight, bias } = initialOf((scope) => linear(scope, noiseTensor('wide', [1, 64]), { out: 200 })) as Record<
      string,
      Float64Array
    >;
    const bound = 1 / Math.sqrt(64);
    expect(Math.max(...(weight as Float64Array).map(Math.abs))).toBeLessThanOrEqual(bound);
    expect(deviation(weight as Float64Array)).toBeCloseTo(bound / Math.sqrt(3), 3);
    expect([...(bias as Float64Array)].every((value) => value === 0)).toBe(true);
  });

  test('takes other first values', () => {
    const { weight } = initialOf((scope) => linear(scope, x, { out: 5, init: zerosInit })) as { weight: Float64Array };
    expect(weight.every((value) => value === 0)).toBe(true);
  });

  test('computes in the dtype of its input, with weights kept in f32 and trained through the cast', async () => {
    const scope = parameters({ seed: 1 });
    const half = linear(scope, cast(x, 'bf16'), { out: 5 });
    expect(half.dtype).toBe('bf16');
    expect(scope.variables.get('weight')?.dtype).toBe('f32');
    const [gradient] = gradients(sum(square(cast(half, 'f32'))), [scope.variables.get('weight')?.tensor as Tensor]) as [Tensor];
    expect(gradient.dtype).toBe('f32');
    const weights = noisyWeights(scope);
    const values = await evaluateWith(weights, { half: cast(half, 'f32'), full: linear(scope, x, { out: 5 }), gradient });
    expect(values.half).toBeAllclose(values.full, { rtol: 0.02, atol: 0.02 });
    expect(Math.max(...numbers(values.gradient).map(Math.abs))).toBeGreaterThan(0);
  });
});

describe('embedding', () => {
  const ids = constant(hostTensor('i64', [2, 2], [3, 0, 3, 9]));

  test('looks rows up', async () => {
    const scope = parameters({ seed: 1 });
    const out = embedding(scope.in('embed_tokens'), ids, { count: 10, width: 4 });
    expect(out.shape).toEqual([2, 2, 4]);
    const table = numbers((scope.variables.get('embed_tokens.weight') as { initial(): HostTensor }).initial());
    const { out: values } = await evaluateWith(new Map(), { out });
    expect([...numbers(values)]).toEqual([3, 0, 3, 9].flatMap((row) => [...table.slice(4 * row, 4 * row + 4)]));
    expect(deviation(table)).toBeCloseTo(0.02, 2);
  });

  test('shares its table with a linear layer of the same scope', async () => {
    const scope = parameters({ seed: 1 });
    const embedded = embedding(scope.in('embed_tokens'), ids, { count: 10, width: 4 });
    const logits = linear(scope.in('embed_tokens'), embedded, { out: 10, bias: false });
    expect(logits.shape).toEqual([2, 2, 10]);
    expect([...scope.variables.keys()]).toEqual(['embed_tokens.weight']);
  });

  test('an id that is not in the table fails', async () => {
    const scope = parameters({ seed: 1 });
    const out = embedding(scope, constant(hostTensor('i64', [1], [10])), { count: 10, width: 4 });
    await expect(evaluateWith(new Map(), { out })).rejects.toThrow(/out of data bounds/);
  });
});

describe('norms', () => {
  test('declare weight and bias, or weight alone', () => {
    expect(declaredBy((scope) => layerNorm(scope, x))).toEqual(['weight [8]', 'bias [8]']);
    expect(declaredBy((scope) => rmsNorm(scope, x))).toEqual(['weight [8]']);
  });

  test('normalise at first', async () => {
    const outputs = { layer: layerNorm(parameters({ seed: 1 }), x), rms: rmsNorm(parameters({ seed: 1 }).in('rms'), x) };
    const values = await evaluateWith(new Map(), outputs);
    for (let row = 0; row < 6; row++) {
      const [layer, rms] = [values.layer, values.rms].map((value) => numbers(value).slice(8 * row, 8 * row + 8)) as [
        Float64Array,
        Float64Array,
      ];
      expect(layer.reduce((a, b) => a + b)).toBeCloseTo(0, 5);
      expect(deviation(layer)).toBeCloseTo(1, 4);
      expect(deviation(rms)).toBeCloseTo(1, 4);
    }
  });

  test('are chosen by kind', async () => {
    const scope = parameters({ seed: 1 });
    const values = await evaluateWith(noisyWeights(scope), {
      chosen: norm(scope.in('a'), x, { kind: 'rms', epsilon: 0.1 }),
      direct: rmsNorm(scope.in('a'), x, { epsilon: 0.1 }),
    });
    expect(values.chosen).toEqual(values.direct);
    expect(() => norm(scope, x, { kind: 'batch' as 'rms' })).toThrow('there is no norm of kind "batch"');
  });
});

describe('feed-forward layers', () => {
  test('declare the names of checkpoints', () => {
    expect(declaredBy((scope) => mlp(scope.in('mlp'), x, { hidden: 12 }))).toEqual([
      'mlp.fc1.weight [12,8]',
      'mlp.fc1.bias [12]',
      'mlp.fc2.weight [8,12]',
      'mlp.fc2.bias [8]',
    ]);
    // The merger of Qwen2.5-VL.
    expect(declaredBy((scope) => mlp(scope.in('merger', 'mlp'), x, { hidden: 8, out: 5, bias: false, names: ['0', '2'] }))).toEqual([
      'merger.mlp.0.weight [8,8]',
      'merger.mlp.2.weight [5,8]',
    ]);
    expect(declaredBy((scope) => swiGlu(scope.in('mlp'), x, { hidden: 12 }))).toEqual([
      'mlp.gate_proj.weight [12,8]',
      'mlp.up_proj.weight [12,8]',
      'mlp.down_proj.weight [8,12]',
    ]);
    expect(declaredBy((scope) => swiGlu(scope, x, { hidden: 12, bias: true })).filter((name) => name.includes('bias'))).toHaveLength(3);
  });

  test('are chosen by kind', () => {
    const scope = parameters({ seed: 1 });
    expect(feedForward(scope.in('a'), x, { kind: 'mlp', hidden: 4, out: 3 }).shape).toEqual([2, 3, 3]);
    expect(feedForward(scope.in('b'), x, { kind: 'swiglu', hidden: 4, out: 3 }).shape).toEqual([2, 3, 3]);
    expect(() => feedForward(scope, x, { kind: 'moe' as 'mlp', hidden: 4 })).toThrow('there is no feed-forward layer of kind "moe"');
  });

  test.each<[Activation, number]>([
    ['gelu', 0.8413447],
    ['gelu-tanh', 0.841192],
    ['silu', 0.7310586],
    ['relu', 1],
  ])('%s of 1 is %d', async (activation, expected) => {
    const { one } = await evaluateWith(new Map(), { one: activate(constant(hostTensor('f32', [1], [1])), activation) });
    expect(numbers(one)[0]).toBeCloseTo(expected, 5);
  });

  test('an activation that does not exist', () => {
    expect(() => activate(x, 'tanh' as Activation)).toThrow('there is no activation of kind "tanh"');
  });
});

describe('time embedding', () => {
  test('declares the names of checkpoints', () => {
    const time = noiseTensor('time', [2]);
    expect(declaredBy((scope) => timestepEmbedding(scope.in('t_embedder'), time, { width: 8 }))).toEqual([
      't_embedder.mlp.0.weight [8,256]',
      't_embedder.mlp.0.bias [8]',
      't_embedder.mlp.2.weight [8,8]',
      't_embedder.mlp.2.bias [8]',
    ]);
  });

  test('needs an even width', () => {
    expect(() => sinusoidalEmbedding(noiseTensor('time', [2]), { width: 7 })).toThrow('the width must be even, got 7');
  });
});
