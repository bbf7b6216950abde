import { expect, test } from 'vitest';
import { compile } from '../../src/tensor/compile.ts';
import type { Program } from '../../src/tensor/graph.ts';
import { type HostTensor, hostTensor, numbers } from '../../src/tensor/host.ts';
import { mul, square, sub } from '../../src/tensor/ops/arithmetic.ts';
import { mean } from '../../src/tensor/ops/reduce.ts';
import { adamw } from '../../src/tensor/optimizers/adamw.ts';
import { trainingPrograms } from '../../src/tensor/optimizers/training.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { normalInit, parameters } from '../../src/tensor/parameters.ts';
import { input } from '../../src/tensor/tensor.ts';

const engine = nodeEngine({ threads: 1 });

function programs(options: { readonly ema?: number; readonly accumulation?: number }) {
  const scope = parameters({ seed: 5 });
  const w = scope.parameter('w', [3], { init: normalInit(1) });
  const fixed = scope.parameter('fixed', [3], { init: normalInit(1) });
  return trainingPrograms({
    loss: mean(square(sub(mul(w, fixed), input('x', 'f32', [3])))),
    parameters: scope,
    groups: [
      { match: 'fixed', optimizer: 'frozen' },
      { match: '*', optimizer: adamw({ learningRate: 0.3 }) },
    ],
    ...options,
  });
}

const batch = (i: number) => ({
  x: hostTensor(
    'f32',
    [3],
    [0, 1, 2].map((k) => Math.cos(5 * i + k)),
  ),
});

test('the average is that of a plain loop over the weights, from the first update on, and weights are as without it', async () => {
  const [with_, without] = [programs({ ema: 0.8 }), programs({})];
  const [averaged, plain] = [await compile(engine, { step: with_.step }), await compile(engine, { step: without.step })];
  let expected: readonly number[] = [];
  for (let t = 0; t < 60; t++) {
    await averaged.run('step', batch(t));
    await plain.run('step', batch(t));
    const now = await averaged.read(['w', 'optimizer.ema.w']);
    const w = [...numbers(now.get('w') as HostTensor)];
    const decay = Math.min(0.8, t / (t + 9));
    expected = w.map((value, i) => decay * (expected[i] ?? 0) + (1 - decay) * value);
    expect(numbers(now.get('optimizer.ema.w') as HostTensor)).toBeAllclose(expected, { rtol: 1e-5 });
    expect(w).toEqual([...numbers((await plain.read(['w'])).get('w') as HostTensor)]);
  }
  expect([...with_.averages]).toEqual([['w', 'optimizer.ema.w']]);
  expect(without.averages.size).toBe(0);
  expect(averaged.variables.map(({ name }) => name)).not.toContain('optimizer.ema.fixed');
  await Promise.all([averaged.dispose(), plain.dispose()]);
});

test('batches that only accumulate leave the average as it is', async () => {
  const { step, accumulate, averages } = programs({ ema: 0.9, accumulation: 2 });
  const executable = await compile(engine, { step, accumulate: accumulate as Program });
  const name = averages.get('w') as string;
  const averageOf = async () => [...numbers((await executable.read([name])).get(name) as HostTensor)];
  await executable.run('accumulate', batch(0));
  expect(await averageOf()).toEqual([0, 0, 0]);
  await executable.run('step', batch(1));
  expect(await averageOf()).toEqual([...numbers((await executable.read(['w'])).get('w') as HostTensor)]);
  await executable.dispose();
});

test.each([0, 1, 1.5, Number.NaN])('a decay of %s is refused', (ema) => {
  expect(() => programs({ ema })).toThrow(`ema is a decay between 0 and 1, such as 0.999, got ${ema}`);
});
