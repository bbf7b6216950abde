import { describe, expect, test } from 'vitest';
import { compile } from '../../src/tensor/compile.ts';
import { flopsOf } from '../../src/tensor/flops.ts';
import { checkpoint, gradients } from '../../src/tensor/gradients.ts';
import { graphOf } from '../../src/tensor/graph.ts';
import { hostTensor, numbers, scalarOf } from '../../src/tensor/host.ts';
import { gelu } from '../../src/tensor/ops/activation.ts';
import { add, mul, round, square } from '../../src/tensor/ops/arithmetic.ts';
import { scaledDotProductAttention } from '../../src/tensor/ops/attention.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { stopGradient, straightThrough } from '../../src/tensor/ops/cast.ts';
import { split } from '../../src/tensor/ops/layout.ts';
import { pow } from '../../src/tensor/ops/math.ts';
import { affine } from '../../src/tensor/ops/matmul.ts';
import { groupNorm, layerNorm, rmsNorm } from '../../src/tensor/ops/normalize.ts';
import { mean } from '../../src/tensor/ops/reduce.ts';
import { softmax } from '../../src/tensor/ops/softmax.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { normalInit, parameters } from '../../src/tensor/parameters.ts';
import { constant, input, type Tensor } from '../../src/tensor/tensor.ts';
import { evaluate } from '../support/evaluate.ts';

const engine = nodeEngine();
const vector = (...values: number[]) => hostTensor('f32', [values.length], values);

describe('gradients', () => {
  test('of a value used twice add up', async () => {
    const x = input('x', 'f32', [2]);
    const [g] = gradients(sum(mul(add(x, square(x)), x)), [x]) as [Tensor];
    // x² + x³
    expect((await evaluate(engine, { g }, { x: vector(2, -1) })).g).toBeAllclose([2 * 2 + 3 * 4, -2 + 3]);
  });

  test('of the gradient: second derivatives', async () => {
    const x = input('x', 'f32', [2]);
    const [first] = gradients(sum(mul(square(x), x)), [x]) as [Tensor];
    const [second] = gradients(sum(first), [x]) as [Tensor];
    expect((await evaluate(engine, { second }, { x: vector(2, -1) })).second).toBeAllclose([12, -6]);
  });

  test.each<[string, (x: Tensor) => Tensor]>([
    ['attention', (x) => scaledDotProductAttention(x, mul(x, x), mul(x, 2))],
    ['layerNorm', (x) => layerNorm(x, { epsilon: 1e-3 })],
    ['rmsNorm', (x) => rmsNorm(x, { epsilon: 1e-3 })],
    ['groupNorm', (x) => groupNorm(x, 1, { epsilon: 1e-3 })],
    ['softmax', (x) => softmax(x)],
  ])('second derivatives through %s agree with finite differences of the first', async (_, f) => {
    const x = input('x', 'f64', [1, 3, 2, 4]);
    const values = Array.from({ length: 24 }, (_unused, i) => Math.sin(1 + i));
    const [first] = gradients(sum(square(f(x))), [x]) as [Tensor];
    const weights = constant(hostTensor('f64', x.shape, values.toReversed()));
    const along = sum(mul(first, weights));
    const [second] = gradients(along, [x]) as [Tensor];
    const executable = await compile(engine, { main: { outputs: { along, second } } });
    const at = async (i: number, step: number) => {
      const moved = values.map((value, j) => value + (i === j ? step : 0));
      return scalarOf((await executable.run('main', { x: hostTensor('f64', x.shape, moved) })).along);
    };
    const expected: number[] = [];
    for (let i = 0; i < values.length; i++) expected.push(((await at(i, 1e-5)) - (await at(i, -1e-5))) / 2e-5);
    const { second: actual } = await executable.run('main', { x: hostTensor('f64', x.shape, values) });
    expect(numbers(actual as never)).toBeAllclose(expected, { rtol: 1e-5, atol: 1e-7 });
    await executable.dispose();
  });

  test('of powers at zero, and of attention over an empty batch, are what they should be', async () => {
    const x = input('x', 'f32', [3]);
    const [g] = gradients(sum(pow(x, constant(vector(0, 1, 2)))), [x]) as [Tensor];
    expect((await evaluate(engine, { g }, { x: vector(0, 0, 0) })).g).toBeAllclose([0, 1, 0]);
    const empty = input('q', 'f32', [0, 2, 2, 4]);
    expect(gradients(sum(scaledDotProductAttention(empty, empty, empty)), [empty])[0]?.shape).toEqual([0, 2, 2, 4]);
  });

  test('with respect to an intermediate value', async () => {
    const x = input('x', 'f32', [2]);
    const y = square(x);
    const [g] = gradients(sum(mul(y, y)), [y]) as [Tensor];
    expect((await evaluate(engine, { g }, { x: vector(2, 3) })).g).toBeAllclose([8, 18]);
  });

  test('are exactly zero where nothing leads, and behind stopGradient', async () => {
    const [x, y] = [input('x', 'f32', [2]), input('y', 'f32', [2])];
    const [gx, gy] = gradients(sum(mul(stopGradient(square(x)), 3)), [x, y]) as [Tensor, Tensor];
    const values = await evaluate(engine, { gx, gy }, {});
    expect([...values.gx.data, ...values.gy.data]).toEqual([0, 0, 0, 0]);
  });

  test('of some outputs of an op only', async () => {
    const x = input('x', 'f32', [4]);
    const [, second] = split(x, 2, 0) as [Tensor, Tensor];
    const [g] = gradients(sum(square(second)), [x]) as [Tensor];
    expect((await evaluate(engine, { g }, { x: vector(1, 2, 3, 4) })).g).toBeAllclose([0, 0, 6, 8]);
  });

  test('straightThrough has one value and the other gradient, bit for bit', async () => {
    const x = input('x', 'f32', [3]);
    const y = straightThrough(round(x), x);
    const [g] = gradients(sum(square(y)), [x]) as [Tensor];
    const values = await evaluate(engine, { y, g }, { x: vector(0.4, 1.6, -2.2) });
    expect([...values.y.data]).toEqual([0, 2, -2]);
    expect([...values.g.data]).toEqual([0, 4, -4]);
  });

  test('refuse a loss that is no floating-point scalar', () => {
    const x = input('x', 'f32', [2]);
    expect(() => gradients(x, [x])).toThrow(/the loss must be a floating-point scalar, but is f32\[2\]\n\s+made at .*gradients\.test\.ts/);
  });

  test('of what is left out cost nothing', () => {
    const scope = parameters({ seed: 0 });
    const weights = [0, 1].map((i) => scope.parameter(`w${i}`, [8, 8], { init: normalInit(1) }));
    const loss = mean(square(weights.reduce((h, w) => affine(h, w), input('x', 'f32', [4, 8]))));
    const forward = flopsOf({ outputs: { loss } });
    const product = forward / 2;
    // Backward through the second layer: its weight only. Through both: two weights and the activation between them.
    expect(flopsOf({ outputs: { g: gradients(loss, [weights[1] as Tensor])[0] as Tensor } })).toBe(forward + product);
    expect(flopsOf({ outputs: Object.fromEntries(gradients(loss, weights).map((g, i) => [`g${i}`, g])) })).toBe(forward + 3 * product);
  });
});

describe('checkpoint', () => {
  const network = (wrap: (f: () => Tensor) => Tensor) => {
    const scope = parameters({ seed: 0 });
    let x = input('x', 'f32', [4, 8]);
    for (let layer = 0; layer < 3; layer++) {
      const entering = x;
      const w = scope.parameter(`w${layer}`, [8, 8], { init: normalInit(0.5) });
      x = wrap(() => add(entering, gelu(affine(gelu(affine(entering, w)), w))));
    }
    const loss = mean(square(x));
    const wrt = scope.trainable().map(({ tensor }) => tensor);
    return { outputs: { loss, ...Object.fromEntries(gradients(loss, wrt).map((g, i) => [`g${i}`, g])) } };
  };
  const feeds = {
    x: hostTensor(
      'f32',
      [4, 8],
      Array.from({ length: 32 }, (_, i) => Math.sin(i)),
    ),
  };

  test('gives the same loss and gradients, bit for bit', async () => {
    const [plain, saving] = [network((f) => f()), network(checkpoint)];
    const expected = await evaluate(engine, plain.outputs, feeds);
    const actual = await evaluate(engine, saving.outputs, feeds);
    for (const [name, value] of Object.entries(expected))
      expect([name, ...numbers(actual[name as keyof typeof actual])]).toEqual([name, ...numbers(value)]);
  });

  test('takes segments of any length', () => {
    const x = input('x', 'f32', [2]);
    const y = checkpoint(() => Array.from({ length: 20_000 }).reduce<Tensor>((h) => square(h), x));
    expect(gradients(sum(y), [x])[0]?.shape).toEqual([2]);
  });

  test('computes the inside twice: the products of three blocks, less those that nothing in the backward pass reads', () => {
    const [plain, saving] = [network((f) => f()), network(checkpoint)];
    expect(graphOf(plain).nodes.some(({ op }) => op.name === 'Barrier')).toBe(false);
    expect(graphOf(saving).nodes.some(({ op }) => op.name === 'Barrier')).toBe(true);
    expect(flopsOf(saving)).toBeGreaterThan(flopsOf(plain));
  });
});
