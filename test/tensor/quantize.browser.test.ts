/** Quantised products on `onnxruntime-web`: those with the weights quantised and back. */
import { describe, expect, test } from 'vitest';
import { compile } from '../../src/tensor/compile.ts';
import type { Engine } from '../../src/tensor/engine.ts';
import { type HostTensor, hostTensor } from '../../src/tensor/host.ts';
import { affine } from '../../src/tensor/ops/matmul.ts';
import { webEngine } from '../../src/tensor/ort.web.ts';
import { normalInit, parameters } from '../../src/tensor/parameters.ts';
import { dequantizeBlocks, type QuantizeOptions, quantizeBlocks } from '../../src/tensor/quantize.ts';
import { normals, randomStream } from '../../src/tensor/random.ts';
import { input } from '../../src/tensor/tensor.ts';

const [ROWS, OUT, WIDTH] = [5, 24, 96];

async function check(engine: Engine, quantize: Required<Omit<QuantizeOptions, 'match'>>, atol: number): Promise<void> {
  const scope = parameters({ seed: 0 });
  const [w, bias] = [
    scope.parameter('w', [OUT, WIDTH], { init: normalInit(1) }),
    scope.parameter('bias', [OUT], { init: normalInit(1) }),
  ] as const;
  const x = normals(randomStream(0, 'x'), ROWS * WIDTH);
  const programs = { main: { outputs: { y: affine(input('x', 'f32', [ROWS, WIDTH]), w, bias) } } };
  const executable = await compile(engine, programs, { frozen: true, quantize });
  const { y } = await executable.run('main', { x: hostTensor('f32', [ROWS, WIDTH], x) });

  const [weight, added] = ['w', 'bias'].map((name) => scope.variables.get(name)?.initial()) as [HostTensor, HostTensor];
  const back = dequantizeBlocks(quantizeBlocks(weight, quantize), WIDTH, quantize).data;
  const expected = Float32Array.from({ length: ROWS * OUT }, (_, i) => {
    const [row, out] = [Math.floor(i / OUT), i % OUT];
    let sum = added.data[out] as number;
    for (let k = 0; k < WIDTH; k++) sum += (x[row * WIDTH + k] as number) * (back[out * WIDTH + k] as number);
    return sum;
  });
  expect(y as HostTensor).toBeAllclose(expected, { rtol: 1e-4, atol });
  await executable.dispose();
}

const adapter = await navigator.gpu?.requestAdapter();
const engines = [['wasm', await webEngine()], ...(adapter ? [['webgpu', await webEngine({ provider: 'webgpu' })] as const] : [])] as [
  string,
  Engine,
][];

describe.each(engines)('on %s', (_, engine) => {
  test.each([4, 8] as const)('weights of %d bits', (bits) => check(engine, { bits, blockSize: 32, activations: 'f32' }, 1e-4));

  // Sums of 96 products with x rounded to 1/127 of the largest of a block, about 2.5: a deviation of 2.5/127/√12·√96.
  test.each([4, 8] as const)('weights of %d bits, activations of 8', (bits) =>
    check(engine, { bits, blockSize: 32, activations: 'int8' }, 0.3),
  );
});
