/**
 * The whole model against the same network written in PyTorch from the paper alone (`reference/nano.py`), on a tiny configuration with
 * weights that are nowhere at their first values, views and instructions that are not all there, and dropped modalities. The fixture:
 *
 *     node --import tsx bench/model-worker.ts tiny tiny.safetensors
 *     python reference/nano.py fixture tiny.safetensors test/model/fixtures/nano_tiny.safetensors
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { promptsOf, readCase } from '../../bench/model-case.ts';
import { objective } from '../../src/model/gear-vla.ts';
import { predict, predictionPrograms } from '../../src/model/predict.ts';
import { compile } from '../../src/tensor/compile.ts';
import { gradients } from '../../src/tensor/gradients.ts';
import { type HostTensor, numbers, scalarOf } from '../../src/tensor/host.ts';
import { parameters } from '../../src/tensor/parameters.ts';
import { readSafetensors } from '../../src/tensor/safetensors.node.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { engine, evaluateWith } from '../nn/helpers.ts';

const file = fileURLToPath(new URL('fixtures/nano_tiny.safetensors', import.meta.url));
const theirs = (await readSafetensors(file)).tensors;
const given = await readCase(file);
const { config, layout, weights, inputs } = given;
const BATCH = (inputs.ids as HostTensor).shape[0] as number;

const expected = (name: string): HostTensor => {
  const tensor = theirs.get(name);
  if (!tensor) throw new Error(`the fixture has no tensor "${name}"`);
  return tensor;
};

/** √Σ(a − b)² / √Σb², or 0 where both are nothing. The fixture is computed in f64: what differs is our rounding. */
function relativeDifference(a: HostTensor, b: HostTensor): number {
  const [x, y] = [numbers(a), numbers(b)];
  expect(x.length).toBe(y.length);
  const difference = x.reduce((sum, value, i) => sum + (value - (y[i] as number)) ** 2, 0);
  return difference === 0 ? 0 : Math.sqrt(difference / y.reduce((sum, value) => sum + value ** 2, 0));
}

const TOLERANCE = 1e-4;

describe('the objective, as in PyTorch', async () => {
  const declared = parameters({ seed: 0 });
  const { loss, parts } = objective(declared, BATCH, layout, config);
  const trainable = declared.trainable();
  const found = gradients(
    loss,
    trainable.map(({ tensor }) => tensor),
  );
  const named = Object.fromEntries(trainable.map(({ name }, i) => [`gradient.${name}`, found[i] as Tensor]));
  const ours: Record<string, HostTensor> = await evaluateWith(weights, { loss, ...parts, ...named }, inputs);

  test('has the same parameters', () => {
    const shapes = (tensors: Iterable<readonly [string, { readonly shape: readonly number[] }]>) =>
      Object.fromEntries(Array.from(tensors, ([name, { shape }]) => [name, shape]));
    expect(shapes(trainable.map((variable) => [variable.name, variable]))).toEqual(shapes(weights));
  });

  test.each(['loss', 'tokens', 'latent', 'fast', 'flow'])('%s', (name) => {
    const value = scalarOf(expected(`out.${name}`));
    expect(Math.abs(scalarOf(ours[name]) / value - 1)).toBeLessThan(TOLERANCE);
  });

  test.each(trainable.map(({ name }) => name))('gradient of %s', (name) => {
    expect(relativeDifference(ours[`gradient.${name}`] as HostTensor, expected(`gradient.${name}`))).toBeLessThan(TOLERANCE);
  });
});

test('latent tokens and actions that are predicted, as in PyTorch', async () => {
  const { layout: prompt, ...feeds } = promptsOf(given, BATCH);
  const programs = predictionPrograms(parameters({ seed: 0 }), BATCH, prompt, config);
  const executable = await compile(engine, programs, { initial: ({ name }) => weights.get(name), frozen: true });
  const { actions, latents } = await predict(executable, feeds, config);
  expect(latents.flat()).toEqual(Array.from(numbers(expected('out.latents'))));
  expect(relativeDifference(actions, expected('out.actions'))).toBeLessThan(TOLERANCE);
  await executable.dispose();
});
