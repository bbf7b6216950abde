import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openModel } from '../../src/model/checkpoint.node.ts';
import { observationInputs, readSequence } from '../../src/model/gear-vla.ts';
import { modelParameters } from '../../src/model/import.ts';
import { withLora } from '../../src/nn/lora.ts';
import { compile, type ExecutableOptions } from '../../src/tensor/compile.ts';
import { type HostTensor, numbers } from '../../src/tensor/host.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { type Parameters, parameters } from '../../src/tensor/parameters.ts';
import { writeSafetensors } from '../../src/tensor/safetensors.node.ts';
import { feeds, layoutFor, only, prompt, tiny } from './tiny.ts';

const config = tiny();
let folder = '';
let file = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gear-checkpoint-'));
  file = path.join(folder, 'model.safetensors');
});
afterEach(() => rm(folder, { recursive: true }));

/** A checkpoint of the tiny model, without some of its tensors. */
async function write(lacking: readonly string[] = [], initial?: readonly string[]): Promise<void> {
  const kept = modelParameters(config).filter(({ name }) => !lacking.includes(name));
  const metadata = { config: JSON.stringify(config), ...(initial && { initial: JSON.stringify(initial) }) };
  await writeSafetensors(file, { metadata, tensors: new Map(kept.map((one) => [one.name, one.initial()])) });
}

/** What the language model makes of a prompt, with weights of the checkpoint. */
async function hidden(options: ExecutableOptions, change: (scope: Parameters) => Parameters = (scope) => scope): Promise<HostTensor> {
  const layout = layoutFor(config, false);
  const scope = change(parameters({ seed: 1 }));
  const observation = observationInputs(1, layout, config);
  const program = { outputs: { hidden: readSequence(scope, observation, layout, config).hidden } };
  const { values, close } = await openModel(file);
  try {
    const executable = await compile(nodeEngine({ threads: 1 }), { program }, { ...options, initial: values, frozen: true });
    const { hidden: result } = (await executable.run(
      'program',
      only(feeds(config, [prompt(config, 1, { targets: false })]), Object.keys(observation)),
    )) as { hidden: HostTensor };
    const copy = { ...result, data: result.data.slice() };
    await executable.dispose();
    return copy;
  } finally {
    await close();
  }
}

describe('weights of a checkpoint', () => {
  test.each([4, 8] as const)('may be quantised to %d bits when they are read', async (bits) => {
    await write();
    const [exact, quantized] = [await hidden({}), await hidden({ quantize: { bits, blockSize: 16 } })];
    // After the last norm numbers are about 1; a code of 8 bits is 16 times as exact as one of 4.
    const difference = numbers(quantized).map((value, i) => value - (numbers(exact)[i] as number));
    const error = Math.sqrt(difference.reduce((sum, x) => sum + x * x, 0) / difference.length);
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(bits === 8 ? 0.02 : 0.3);
  });

  test('may have low-rank changes beside them, which begin at nothing', async () => {
    await write();
    const changed = await hidden({}, (scope) => withLora(scope, { match: '*.q_proj.weight', rank: 2 }));
    expect(numbers(changed)).toEqual(numbers(await hidden({})));
  });

  test.each(['expert.time.mlp.0.weight', 'model.norm.weight', 'visual.merger.geometry.weight'])('must all be there: %s', async (name) => {
    expect(modelParameters(config).map((one) => one.name)).toContain(name);
    await write([name]);
    const { values, close } = await openModel(file);
    const variable = modelParameters(config).find((one) => one.name === name);
    await expect(values(variable as never)).rejects.toThrow(`${file} has no "${name}"`);
    await close();
  });

  test('are not there where the checkpoint says that they begin at their initial values', async () => {
    await write(['expert.time.mlp.0.weight'], ['expert.time.mlp.0.weight']);
    const { values, close } = await openModel(file);
    const variable = modelParameters(config).find(({ name }) => name === 'expert.time.mlp.0.weight');
    expect(await values(variable as never)).toBeUndefined();
    await close();
  });
});
