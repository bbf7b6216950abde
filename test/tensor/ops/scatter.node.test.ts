/** Many additions to few places: none may be lost, and the order, on which the last digits depend, must not change. */
import { expect, test } from 'vitest';
import { compile } from '../../../src/tensor/compile.ts';
import { pullback } from '../../../src/tensor/gradients.ts';
import { hostTensor } from '../../../src/tensor/host.ts';
import { broadcastTo, gather, scatterAdd, unsqueeze } from '../../../src/tensor/ops/index.ts';
import { nodeEngine } from '../../../src/tensor/ort.node.ts';
import { randomStream } from '../../../src/tensor/random.ts';
import { input, type Tensor, zeros } from '../../../src/tensor/tensor.ts';
import { type NdArray, ndarray, reshaped } from '../../support/ndarray.ts';

const ROWS = 4096;
const WIDTH = 48;
const PLACES = 7;
/** Long enough for its gradient not to be computed as a product with one-hot rows. */
const LONG = 2000;
const RUNS = 12;

const rows = input('rows', 'f32', [ROWS, WIDTH]);
const indices = input('indices', 'i64', [ROWS]);

/** The gradient of looking up rows along an axis of a table. */
const gatherGradient = (shape: readonly number[], axis: number, seed: Tensor): Tensor => {
  const table = input('table', 'f32', shape);
  return pullback([gather(table, indices, axis)], [seed], [table])[0] as Tensor;
};

const additions: Readonly<Record<string, Tensor>> = {
  scatterAdd: scatterAdd(zeros('f32', [PLACES, WIDTH]), broadcastTo(unsqueeze(indices, 1), [ROWS, WIDTH]), rows, 0),
  'the gradient of gather, short table': gatherGradient([PLACES, WIDTH], 0, rows),
  'the gradient of gather, long table': gatherGradient([LONG, WIDTH], 0, rows),
  'the gradient of gather, second axis': gatherGradient([1, PLACES, WIDTH], 1, unsqueeze(rows, 0)),
};

const random = randomStream(1, 'scatter').uniform;
const values = Float32Array.from({ length: ROWS * WIDTH }, () => 2 * random() - 1);
const places = Array.from({ length: ROWS }, () => Math.floor(random() * PLACES));

function expected(length: number): NdArray {
  const sums = new Float64Array(length * WIDTH);
  values.forEach((value, i) => {
    const place = (places[Math.floor(i / WIDTH)] as number) * WIDTH + (i % WIDTH);
    sums[place] = (sums[place] as number) + value;
  });
  return ndarray([length, WIDTH], sums);
}

for (const [name, result] of Object.entries(additions)) {
  test(`${name} adds ${ROWS} rows up to ${PLACES}, the same in every run`, async () => {
    const executable = await compile(nodeEngine({ threads: 2 }), { main: { outputs: { result } } });
    const feeds = { rows: hostTensor('f32', [ROWS, WIDTH], values), indices: hostTensor('i64', [ROWS], places) };
    const first = (await executable.run('main', feeds)).result?.data.slice() as Float32Array;
    // About 600 numbers of magnitude 1 make each sum: their rounding errors stay below 600 · 30 · 2⁻²⁴ = 10⁻³.
    expect(hostTensor('f32', result.shape, first)).toBeAllclose(reshaped(expected(result.shape.at(-2) as number), result.shape), {
      atol: 1e-3,
    });
    for (let run = 1; run < RUNS; run++) {
      const again = (await executable.run('main', feeds)).result?.data as Float32Array;
      expect(Buffer.compare(new Uint8Array(again.buffer, again.byteOffset, again.byteLength), new Uint8Array(first.buffer))).toBe(0);
    }
    await executable.dispose();
  });
}
