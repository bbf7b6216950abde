import { describe, expect, test } from 'vitest';
import { decoderBlock } from '../../src/nn/decoder-block.ts';
import { linear } from '../../src/nn/linear.ts';
import { mergeLora, withLora } from '../../src/nn/lora.ts';
import { vitBlock } from '../../src/nn/vit-block.ts';
import { compile } from '../../src/tensor/compile.ts';
import { gradients } from '../../src/tensor/gradients.ts';
import { type HostTensor, hostTensor, numbers, scalarOf } from '../../src/tensor/host.ts';
import { square, sub } from '../../src/tensor/ops/arithmetic.ts';
import { mean } from '../../src/tensor/ops/reduce.ts';
import { adamw } from '../../src/tensor/optimizers/adamw.ts';
import { trainingPrograms } from '../../src/tensor/optimizers/training.ts';
import { type Parameters, parameters, type Scope } from '../../src/tensor/parameters.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { engine, evaluateWith, noise, noiseTensor, noisyWeights } from './helpers.ts';

const x = noiseTensor('x', [2, 3, 16]);

/** A block with separate projections and one with fused ones. */
function model(scope: Scope): Tensor {
  const first = decoderBlock(scope.in('language'), x, { heads: 4, groups: 2, hidden: 24 });
  return vitBlock(scope.in('vision'), first, { heads: 4, feedForward: { kind: 'mlp', hidden: 20 } });
}

const options = { match: ['*.q_proj.weight', /\.mlp\./, '*.qkv.weight'], rank: 3, alpha: 6 } as const;
const adapters = (declared: Parameters): string[] => [...declared.variables.keys()].filter((name) => name.includes('lora')).sort();

describe('LoRA', () => {
  test('declares A and B of the matrices that match, and trains nothing else', () => {
    const base = parameters({ seed: 1 });
    const adapted = withLora(base, { match: ['*.q_proj.weight', /mlp/], rank: 3 });
    model(adapted);
    const names = ['fc1', 'fc2'].map((name) => `vision.mlp.${name}.weight`);
    const expected = [
      ...names,
      ...['down', 'gate', 'up'].map((name) => `language.mlp.${name}_proj.weight`),
      'language.self_attn.q_proj.weight',
    ];
    expect(adapters(base)).toEqual(expected.flatMap((name) => [`${name}.lora_A`, `${name}.lora_B`]).sort());
    expect(base.variables.get('language.mlp.gate_proj.weight.lora_A')?.shape).toEqual([3, 16]);
    expect(base.variables.get('language.mlp.gate_proj.weight.lora_B')?.shape).toEqual([24, 3]);
    const trained = adapted.trainable().map(({ name }) => name);
    expect(trained.sort()).toEqual(adapters(base));
    expect(withLora(base, { match: /mlp/, rank: 3 }).in('a', 1).path).toBe('a.1');
  });

  test('changes no output at first, to the bit', async () => {
    const scope = parameters({ seed: 1 });
    const values = await evaluateWith(new Map(), { base: model(scope), adapted: model(withLora(scope, options)) });
    expect(adapters(scope).length).toBeGreaterThan(0);
    expect(values.adapted).toEqual(values.base);
  });

  test('is W·x + (α/r)·B·(A·x)', async () => {
    const scope = parameters({ seed: 1 });
    const adapted = linear(withLora(scope, { match: '*', rank: 2, alpha: 3 }), x, { out: 5 });
    const { adapted: found } = await evaluateWith(noisyWeights(scope), { adapted });
    const weights = noisyWeights(scope);
    const value = (name: string, i: number): number => (weights.get(name) as HostTensor).data[i] as number;
    const input = noise('x', [2, 3, 16]).data;
    const expected = Array.from({ length: 6 * 5 }, (_, i) => {
      const [row, out] = [Math.floor(i / 5), i % 5];
      const dot = (name: string, at: number): number =>
        Array.from({ length: 16 }, (_, k) => value(name, at * 16 + k) * (input[row * 16 + k] as number)).reduce((a, b) => a + b);
      const low = [0, 1].map((r) => value('weight.lora_B', out * 2 + r) * dot('weight.lora_A', r)) as [number, number];
      return dot('weight', out) + value('bias', out) + (3 / 2) * (low[0] + low[1]);
    });
    expect(numbers(found)).toBeAllclose(expected, { rtol: 1e-5, atol: 1e-5 });
  });

  test('has the gradients that finite differences have', async () => {
    const scope = parameters({ seed: 1 });
    const adapted = withLora(scope, options);
    const loss = mean(square(model(adapted)));
    const trained = adapted.trainable();
    const found = gradients(
      loss,
      trained.map(({ tensor }) => tensor),
    );
    const outputs = Object.fromEntries(trained.map(({ name }, i) => [name, found[i] as Tensor]));
    const values = noisyWeights(scope);
    const executable = await compile(engine, { loss: { outputs: { loss } }, gradients: { outputs } }, { initial: values });
    const gradient = await executable.run('gradients');
    const lossOf = async (name: string, value: HostTensor): Promise<number> => {
      await executable.write(new Map([[name, value]]));
      return scalarOf((await executable.run('loss')).loss);
    };
    for (const { name, shape } of trained) {
      const [value, direction] = [values.get(name) as HostTensor, noise(`direction ${name}`, shape)];
      const moved = (by: number): HostTensor =>
        hostTensor(
          'f32',
          shape,
          Float32Array.from(value.data as Float32Array, (w, i) => w + by * (direction.data[i] as number)),
        );
      const step = 1e-2;
      const difference = ((await lossOf(name, moved(step))) - (await lossOf(name, moved(-step)))) / (2 * step);
      await executable.write(new Map([[name, value]]));
      const slope = numbers(gradient[name] as HostTensor).reduce((sum, g, i) => sum + g * (direction.data[i] as number), 0);
      // A loss of about 10 has 7 digits: 1e-6/1e-2. The rest is the third derivative, along a direction as long as √(number of weights).
      expect([difference], name).toBeAllclose([slope], { rtol: 1e-2, atol: 2e-3 });
    }
    await executable.dispose();
  });

  test('trains the adapters only, and merged weights give the outputs of the adapted model', async () => {
    const scope = parameters({ seed: 1 });
    const adapted = withLora(scope, options);
    const out = model(adapted);
    const loss = mean(square(sub(out, noiseTensor('target', [2, 3, 16]))));
    const groups = [{ match: '*', optimizer: adamw({ learningRate: 0.02 }) }];
    const { step } = trainingPrograms({ loss, parameters: adapted, groups });
    const executable = await compile(engine, { step, out: { outputs: { out } } });
    const base = await executable.read();
    const losses: number[] = [];
    for (let i = 0; i < 30; i++) losses.push(scalarOf((await executable.run('step')).loss));
    expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] as number));
    const after = await executable.read([...scope.variables.keys()].filter((name) => !name.startsWith('optimizer')));
    for (const [name, value] of after) {
      const changed = `${value.data}` !== `${base.get(name)?.data}`;
      expect(changed, name).toBe(name.includes('lora'));
    }
    const { out: trained } = await executable.run('out');
    const kept = { ...(trained as HostTensor), data: (trained as HostTensor).data.slice() };
    await executable.dispose();

    const merged = mergeLora(after, options);
    const plain = parameters({ seed: 1 });
    const whole = model(plain);
    expect([...merged.keys()].sort()).toEqual([...plain.variables.keys()].sort());
    expect((await evaluateWith(merged, { whole })).whole).toBeAllclose(kept, { rtol: 1e-4, atol: 1e-5 });
  });

  test('folds into single matrices when it is frozen', async () => {
    const scope = parameters({ seed: 1 });
    const out = model(withLora(scope, options));
    const values = noisyWeights(scope);
    const results: HostTensor[] = [];
    for (const frozen of [false, true]) {
      const executable = await compile(engine, { main: { outputs: { out } } }, { frozen, initial: values });
      const { out: result } = await executable.run('main');
      results.push({ ...(result as HostTensor), data: (result as HostTensor).data.slice() });
      await executable.dispose();
    }
    expect(results[1]).toBeAllclose(results[0] as HostTensor, { rtol: 1e-4, atol: 1e-5 });
  });

  test('may train other parameters beside', () => {
    const adapted = withLora(parameters({ seed: 1 }), { match: /q_proj/, rank: 2, alsoTrain: ['vision.norm1.*'] });
    model(adapted);
    const trained = adapted.trainable().map(({ name }) => name);
    const lora = ['A', 'B'].map((which) => `language.self_attn.q_proj.weight.lora_${which}`);
    expect(trained.sort()).toEqual([...lora, 'vision.norm1.bias', 'vision.norm1.weight']);
  });

  test('a pattern that matches nothing names what comes near', () => {
    const adapted = withLora(parameters({ seed: 1 }), { match: ['*.q_proj.weight', '*.query.weight'], rank: 2 });
    model(adapted);
    expect(() => adapted.trainable()).toThrow(/^\*\.query\.weight matches none of 11 weights that LoRA could adapt; the nearest are "/);
    const norms = withLora(parameters({ seed: 1 }), { match: '*norm*', rank: 2 });
    model(norms);
    expect(() => norms.trainable()).toThrow('*norm* matches none of 11 weights that LoRA could adapt');
  });

  test('refuses a rank that is none, and adapters that do not fit', () => {
    expect(() => withLora(parameters({ seed: 1 }), { match: '*', rank: 0 })).toThrow(
      'the rank of LoRA must be a whole number from 1 up, got 0',
    );
    const zeros = (shape: readonly number[]): HostTensor => noise('x', shape);
    const [w, a, b] = [
      ['w', zeros([4, 3])],
      ['w.lora_A', zeros([2, 3])],
      ['w.lora_B', zeros([4, 2])],
    ] as [[string, HostTensor], [string, HostTensor], [string, HostTensor]];
    expect(() => mergeLora(new Map([w]), { rank: 2 })).toThrow('there is nothing to merge');
    expect(() => mergeLora(new Map([w, a]), { rank: 2 })).toThrow('mergeLora: "w" cannot be merged: there is no "w.lora_B"');
    expect(() => mergeLora(new Map([w, a, b]), { rank: 3 })).toThrow(
      'mergeLora: "w" is [4,3], so that with rank 3 A should be [3,3] and B [4,3], but they are [2,3] and [4,2]',
    );
  });
});
