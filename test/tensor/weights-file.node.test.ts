import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { vitBlock } from '../../src/nn/vit-block.ts';
import { compile, type ExecutableOptions } from '../../src/tensor/compile.ts';
import { type HostTensor, hostTensor } from '../../src/tensor/host.ts';
import { sub } from '../../src/tensor/ops/arithmetic.ts';
import { erf } from '../../src/tensor/ops/math.ts';
import { affine } from '../../src/tensor/ops/matmul.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { normalInit, parameters } from '../../src/tensor/parameters.ts';
import { normals, randomStream } from '../../src/tensor/random.ts';
import { input } from '../../src/tensor/tensor.ts';
import { keepInFile } from '../../src/tensor/weights-file.node.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gear-test-weights-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const x = hostTensor('f32', [1, 4, 64], normals(randomStream(0, 'x'), 256));

async function output(maxWeightsInMemory: number, options: ExecutableOptions = {}): Promise<HostTensor> {
  const scope = parameters({ seed: 0 });
  const program = { outputs: { y: vitBlock(scope, input('x', 'f32', [1, 4, 64]), { heads: 2 }) } };
  const engine = nodeEngine({ threads: 1, maxWeightsInMemory });
  const executable = await compile(engine, { program }, { frozen: true, ...options });
  expect(await readdir(folder)).toEqual([]);
  const { y } = await executable.run('program', { x });
  const copy = { ...(y as HostTensor), data: (y as HostTensor).data.slice() };
  await executable.dispose();
  return copy;
}

describe('weights in a file', () => {
  test.each<[string, ExecutableOptions]>([
    ['as they are', {}],
    ['quantised to 4 bits', { quantize: { bits: 4 } }],
    ['quantised to 8 bits', { quantize: { bits: 8 } }],
  ])('give the results of weights in memory, and no file is left once they are compiled: %s', async (_, options) => {
    expect(await output(0, options)).toEqual(await output(Number.POSITIVE_INFINITY, options));
  });

  test('are asked for one at a time, when the one before is in the file', async () => {
    const shape = [64, 64];
    const sizes: number[] = [];
    const weights = ['a', 'b', 'c'].map((name) => ({
      name,
      dtype: 'f32' as const,
      shape,
      value: async () => {
        const [own] = await readdir(folder);
        sizes.push(statSync(path.join(folder, own as string, 'weights.bin')).size);
        return hostTensor('f32', shape, new Float32Array(4096));
      },
    }));
    const kept = await keepInFile(weights);
    expect(sizes).toEqual([0, 4 * 4096, 8 * 4096]);
    await kept.release();
    expect(await readdir(folder)).toEqual([]);
  });

  test('are taken in bf16 as well, and only in the right shape', async () => {
    const w = parameters({ seed: 0 }).parameter('w', [32, 64], { init: normalInit(1) });
    const programs = { main: { outputs: { y: sub(affine(input('x', 'f32', [1, 4, 64]), w), 0) } } };
    const engine = nodeEngine({ threads: 1, maxWeightsInMemory: 0 });
    const patterns = Uint16Array.from({ length: 2048 }, (_, i) => 0x3f80 + (i % 100) + (i % 2) * 0x8000);
    const values = Float32Array.from(patterns, (pattern) => (pattern & 0x8000 ? -1 : 1) * (1 + ((pattern & 0x7fff) - 0x3f80) / 128));
    const outputs: HostTensor[] = [];
    for (const value of [hostTensor('bf16', [32, 64], patterns), hostTensor('f32', [32, 64], values)]) {
      const executable = await compile(engine, programs, { frozen: true, initial: async () => value });
      const { y } = await executable.run('main', { x });
      outputs.push({ ...(y as HostTensor), data: (y as HostTensor).data.slice() });
      await executable.dispose();
    }
    expect(outputs[0]).toEqual(outputs[1]);
    const flat = hostTensor('f32', [2048], values);
    await expect(compile(engine, programs, { frozen: true, initial: () => flat })).rejects.toThrow(
      'the initial value of "w" should be f32[32, 64], but is f32[2048]',
    );
    expect(await readdir(folder)).toEqual([]);
  });

  test('leave nothing behind when one cannot be read, and when the model is refused', async () => {
    const failing = ({ name }: { readonly name: string }): undefined => {
      if (name.includes('fc2')) throw new Error(`cannot read ${name}`);
    };
    await expect(output(0, { initial: failing })).rejects.toThrow('cannot read mlp.fc2.weight');
    expect(await readdir(folder)).toEqual([]);
    const w = parameters({ seed: 0 }).parameter('w', [64, 64], { init: normalInit(1), dtype: 'f64' });
    // There is no kernel for erf in f64.
    const bad = { outputs: { y: erf(affine(input('x', 'f64', [1, 64]), w)) } };
    const engine = nodeEngine({ threads: 1, maxWeightsInMemory: 0 });
    await expect(compile(engine, { bad }, { frozen: true })).rejects.toThrow('Erf');
    expect(await readdir(folder)).toEqual([]);
  });

  test('a folder that cannot be written to is an error that says which', async () => {
    const missing = path.join(folder, 'missing');
    vi.stubEnv('TMPDIR', missing);
    await expect(output(0)).rejects.toThrow(missing);
    expect(existsSync(missing)).toBe(false);
  });
});

test('what a process that was killed has left is removed, and what belongs to one that runs is not', async () => {
  const ended = spawnSync(process.execPath, ['-e', '']).pid;
  const orphan = await mkdtemp(path.join(folder, `gear-weights-${ended}-`));
  const own = await mkdtemp(path.join(folder, `gear-weights-${process.pid}-`));
  const { release } = await keepInFile([]);
  await release();
  expect(existsSync(orphan)).toBe(false);
  expect(existsSync(own)).toBe(true);
});
