import { describe, expect, test } from 'vitest';
import { compile } from '../../src/tensor/compile.ts';
import type { Program } from '../../src/tensor/graph.ts';
import { hostScalar, hostTensor, numbers, scalarOf } from '../../src/tensor/host.ts';
import { matchesName } from '../../src/tensor/names.ts';
import { mul, square, sub } from '../../src/tensor/ops/arithmetic.ts';
import { affine } from '../../src/tensor/ops/matmul.ts';
import { mean } from '../../src/tensor/ops/reduce.ts';
import { adamw } from '../../src/tensor/optimizers/adamw.ts';
import { muon, orthogonalize } from '../../src/tensor/optimizers/muon.ts';
import { constantSchedule, cosineSchedule, type Schedule } from '../../src/tensor/optimizers/schedule.ts';
import { type ParameterGroup, trainingPrograms } from '../../src/tensor/optimizers/training.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { normalInit, parameters } from '../../src/tensor/parameters.ts';
import { normals, randomStream } from '../../src/tensor/random.ts';
import { input, type Tensor } from '../../src/tensor/tensor.ts';
import { evaluate } from '../support/evaluate.ts';

const engine = nodeEngine();

describe('schedules', () => {
  const rates = async (schedule: Schedule, steps: readonly number[]): Promise<number[]> => {
    const executable = await compile(engine, { main: { outputs: { rate: schedule(input('step', 'f32', [])) } } });
    const values: number[] = [];
    for (const at of steps) values.push(scalarOf((await executable.run('main', { step: hostScalar('f32', at) })).rate));
    await executable.dispose();
    return values;
  };

  test('constant with warm-up', async () => {
    expect(await rates(constantSchedule(2, { warmup: 4 }), [0, 1, 3, 4, 100])).toBeAllclose([0.5, 1, 2, 2, 2]);
  });

  test('cosine with warm-up and floor', async () => {
    const at = (step: number) => (0.1 + (1 - 0.1) * 0.5 * (1 + Math.cos((Math.PI * (step - 10)) / 90))) * Math.min(1, (step + 1) / 10);
    const steps = [10, 30, 55, 100];
    expect(await rates(cosineSchedule(1, { total: 100, warmup: 10, floor: 0.1 }), [4, ...steps, 1000])).toBeAllclose(
      [0.5, ...steps.map(at), 0.1],
      { rtol: 1e-5 },
    );
  });

  test('a cosine that ends before its warm-up is refused', () => {
    expect(() => cosineSchedule(1, { total: 10, warmup: 10 })).toThrow('cosineSchedule: total (10) must be more than warmup (10)');
  });
});

describe('muon', () => {
  test.each([
    [16, 48],
    [48, 16],
    [20, 20],
  ])('turns [%i, %i] into a matrix whose singular values are near 1', async (rows, columns) => {
    const x = input('x', 'f32', [rows, columns]);
    const value = hostTensor('f32', [rows, columns], normals(randomStream(1, 'matrix'), rows * columns));
    const y = numbers((await evaluate(engine, { y: orthogonalize(x) }, { x: value })).y);
    // The squared singular values are the eigenvalues of the smaller Gram matrix: Gershgorin bounds and their mean.
    const size = Math.min(rows, columns);
    const at = (i: number, k: number): number => (rows <= columns ? y[i * columns + k] : y[k * columns + i]) as number;
    const gram = (i: number, j: number): number =>
      Array.from({ length: Math.max(rows, columns) }, (_, k) => at(i, k) * at(j, k)).reduce((a, b) => a + b, 0);
    const trace = Array.from({ length: size }, (_, i) => gram(i, i)).reduce((a, b) => a + b, 0);
    const squares = Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (_, j) => gram(i, j) ** 2).reduce((a, b) => a + b, 0),
    ).reduce((a, b) => a + b, 0);
    const [first, second] = [trace / size, squares / size];
    // Jordan's coefficients leave singular values in about [0.7, 1.2].
    expect(first).toBeGreaterThan(0.5);
    expect(first).toBeLessThan(1.4);
    expect(Math.sqrt(second - first * first)).toBeLessThan(0.35);
  });

  test('refuses what is no matrix, by name', () => {
    const scope = parameters({ seed: 0 });
    const bias = scope.parameter('bias', [3], { init: normalInit(1) });
    const options = { loss: mean(square(bias)), parameters: scope, groups: [{ match: '*', optimizer: muon({ learningRate: 0.1 }) }] };
    expect(() => trainingPrograms(options)).toThrow('muon is for matrices, but "bias" has shape [3]: give it to adamw');
  });
});

describe('groups', () => {
  test.each([
    ['*', 'visual.blocks.0.attn.qkv.weight', true],
    ['visual.*', 'visual.blocks.0.attn.qkv.weight', true],
    ['visual', 'visual.blocks.0.attn.qkv.weight', false],
    ['blocks.*', 'visual.blocks.0', false],
    ['*.bias', 'a.bias', true],
    ['*.bias', 'axbias', false],
    [/\.(bias|weight)$/, 'a.b.weight', true],
    [/weight/g, 'a.b.weight', true],
  ])('%s on %s: %s', (pattern, name, expected) => {
    expect(matchesName(pattern, name)).toBe(expected);
  });

  const twoLayers = (groups: readonly ParameterGroup[]) => {
    const scope = parameters({ seed: 0 });
    const x = input('x', 'f32', [4, 3]);
    const h = affine(x, scope.parameter('first.weight', [5, 3], { init: normalInit(1) }));
    const loss = mean(square(affine(h, scope.parameter('second.weight', [2, 5], { init: normalInit(1) }))));
    return { scope, programs: trainingPrograms({ loss, parameters: scope, groups, clipNorm: 1 }) };
  };

  test('a frozen parameter keeps its value and has no moments; others are trained', async () => {
    const { scope, programs } = twoLayers([
      { match: 'first.*', optimizer: 'frozen' },
      { match: '*', optimizer: adamw({ learningRate: 0.1 }) },
    ]);
    expect([...scope.variables.keys()]).toEqual([
      'first.weight',
      'second.weight',
      'optimizer.step',
      'optimizer.exp_avg.second.weight',
      'optimizer.exp_avg_sq.second.weight',
    ]);
    const executable = await compile(engine, { step: programs.step });
    const before = await executable.read();
    await executable.run('step', { x: hostTensor('f32', [4, 3], Array(12).fill(1)) });
    const after = await executable.read();
    expect(after.get('first.weight')?.data).toEqual(before.get('first.weight')?.data);
    expect(after.get('second.weight')?.data).not.toEqual(before.get('second.weight')?.data);
    await executable.dispose();
  });

  test('a parameter in no group is an error that names it', () => {
    expect(() => twoLayers([{ match: 'first.*', optimizer: 'frozen' }])).toThrow(
      'parameter "second.weight" matches no group: first.*. End with "*" to catch the rest',
    );
  });
});

describe('training programs', () => {
  /** loss = mean over the batch of ½·|w − x|², whose gradient is w − mean(x) / width */
  const quadratic = (batch: number, options: { clipNorm?: number; accumulation?: number }) => {
    const scope = parameters({ seed: 3 });
    const w = scope.parameter('w', [4], { init: normalInit(1) });
    const loss = mul(mean(square(sub(w, input('x', 'f32', [batch, 4])))), 0.5);
    return trainingPrograms({ loss, parameters: scope, groups: [{ match: '*', optimizer: adamw({ learningRate: 0.1 }) }], ...options });
  };
  const x = (batch: number, offset: number) =>
    hostTensor(
      'f32',
      [batch, 4],
      Array.from({ length: batch * 4 }, (_, i) => Math.sin(i + 4 * offset)),
    );

  test('two accumulated batches make the update of one twice as large', async () => {
    const accumulating = quadratic(2, { clipNorm: 0.5, accumulation: 2 });
    const whole = await compile(engine, { step: quadratic(4, { clipNorm: 0.5 }).step });
    const halves = await compile(engine, { step: accumulating.step, accumulate: accumulating.accumulate as Program });
    for (let i = 0; i < 3; i++) {
      await whole.run('step', { x: x(4, 4 * i) });
      await halves.run('accumulate', { x: x(2, 4 * i) });
      await halves.run('step', { x: x(2, 4 * i + 2) });
    }
    const values = await Promise.all([whole, halves].map((executable) => executable.read(['w', 'optimizer.step'])));
    expect(values[1]?.get('w')).toBeAllclose(values[0]?.get('w') as never, { rtol: 1e-5 });
    expect(values.map((state) => scalarOf(state.get('optimizer.step')))).toEqual([3, 3]);
    await Promise.all([whole.dispose(), halves.dispose()]);
  });

  test('a parameter that the loss does not reach is an error that names it', () => {
    const scope = parameters({ seed: 0 });
    const [used] = ['used', 'idle'].map((name) => scope.parameter(name, [2], { init: normalInit(1) })) as [Tensor, Tensor];
    const groups = [{ match: '*', optimizer: adamw({ learningRate: 0.1 }) }];
    expect(() => trainingPrograms({ loss: mean(square(used)), parameters: scope, groups })).toThrow(
      'the loss does not depend on "idle": put them in a frozen group',
    );
    expect(() => trainingPrograms({ loss: mean(square(used)), parameters: scope, groups, accumulation: 0 })).toThrow(
      'accumulation must be a whole number from 1 up, got 0',
    );
  });

  test('the gradient norm is reported as it was before clipping', async () => {
    const executable = await compile(engine, { step: quadratic(1, { clipNorm: 1e-3 }).step });
    const w = numbers((await executable.read(['w'])).get('w') as never);
    const { gradientNorm } = await executable.run('step', { x: hostTensor('f32', [1, 4], [0, 0, 0, 0]) });
    expect(scalarOf(gradientNorm)).toBeCloseTo(Math.hypot(...w) / 4, 5);
    await executable.dispose();
  });
});
