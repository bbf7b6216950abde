import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { transformer } from '../../examples/transformer.ts';
import { crossEntropy } from '../../src/nn/loss.ts';
import { compile } from '../../src/tensor/compile.ts';
import { writeOnnx } from '../../src/tensor/export-onnx.node.ts';
import { exportOnnx } from '../../src/tensor/export-onnx.ts';
import { hostTensor } from '../../src/tensor/host.ts';
import { add } from '../../src/tensor/ops/arithmetic.ts';
import { exp } from '../../src/tensor/ops/math.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { parameters } from '../../src/tensor/parameters.ts';
import { input, scalar } from '../../src/tensor/tensor.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gear-onnx-'));
});
afterEach(() => rm(folder, { recursive: true }));

const ids = BigInt64Array.from({ length: 20 }, (_, i) => BigInt((i * 5) % 16));

async function trained() {
  const scope = parameters({ seed: 1 });
  const tokens = input('tokens', 'i64', [2, 10]);
  const logits = transformer(scope, tokens, { vocabulary: 16, width: 32, heads: 2, layers: 2, positions: 'rotary' });
  const program = { outputs: { logits, loss: crossEntropy(logits, tokens) } };
  const executable = await compile(nodeEngine(), { program });
  const expected = await executable.run('program', { tokens: hostTensor('i64', [2, 10], ids) });
  const values = await executable.read();
  await executable.dispose();
  return { program, values, expected };
}

describe('exportOnnx', () => {
  test.each([
    ['weights inside', Number.POSITIVE_INFINITY, ['model.onnx']],
    ['weights in a file of their own', 1000, ['model.onnx', 'model.onnx.data']],
  ])('stock ONNX Runtime gives the same results: %s', async (_, maxModelBytes, files) => {
    const { program, values, expected } = await trained();
    const path = join(folder, 'model.onnx');
    await writeOnnx(path, program, { values, maxModelBytes, metadata: { task: 'test' } });
    expect((await readdir(folder)).sort()).toEqual(files);
    const session = await InferenceSession.create(path, { graphOptimizationLevel: 'disabled' });
    expect(session.inputNames).toEqual(['tokens']);
    expect(session.outputNames).toEqual(['logits', 'loss']);
    const results = await session.run({ tokens: new Tensor('int64', ids, [2, 10]) });
    expect(results.logits?.data as Float32Array).toBeAllclose(expected.logits as never, { rtol: 1e-4, atol: 1e-5 });
    expect(results.loss?.data as Float32Array).toBeAllclose(expected.loss as never, { rtol: 1e-5 });
    await session.release();
  });

  test('names of the caller are kept even where values inside have them', async () => {
    const [a, b] = [input('Add_1', 'f32', [1]), input('const_0', 'f32', [1])];
    const path = join(folder, 'model.onnx');
    await writeOnnx(path, { outputs: { Exp_1: exp(add(add(a, b), 5)) } }, { values: new Map() });
    const session = await InferenceSession.create(path);
    const one = new Tensor('float32', [1], [1]);
    const { Exp_1: result } = await session.run({ Add_1: one, const_0: one });
    expect(result?.data as Float32Array).toBeAllclose([Math.exp(7)]);
    await session.release();
    expect(() => exportOnnx({ outputs: { const_0: exp(b) } }, { values: new Map() })).toThrow('an input and an output have the same name');
  });

  test('a weight without a value, and a program with state, are refused', async () => {
    const { program, values } = await trained();
    values.delete('head.weight');
    expect(() => exportOnnx(program, { values })).toThrow('exportOnnx: there is no value for "head.weight"');
    const count = parameters({ seed: 0 }).buffer('count', []);
    const counting = { outputs: {}, updates: new Map([[count, add(count.tensor, scalar('f32', 1))]]) };
    expect(() => exportOnnx(counting, { values: new Map() })).toThrow(
      'exportOnnx: the program updates variables, and a standard ONNX model keeps no state',
    );
  });
});
