/** Axes of size 0: nothing in, nothing out, and no gradient but zeros. */
import { expect, test } from 'vitest';
import { gradients } from '../../../src/tensor/gradients.ts';
import { hostZeros } from '../../../src/tensor/host.ts';
import * as ops from '../../../src/tensor/ops/index.ts';
import { nodeEngine } from '../../../src/tensor/ort.node.ts';
import { input, type Tensor } from '../../../src/tensor/tensor.ts';
import { evaluate } from '../../support/evaluate.ts';
import { ndarray, sizeOf } from '../../support/ndarray.ts';

const engine = nodeEngine({ threads: 1 });

interface Given {
  /** [0, 3] */
  readonly none: Tensor;
  /** [2, 3], full of zeros */
  readonly some: Tensor;
  /** i64[0] */
  readonly indices: Tensor;
}

const results: Readonly<Record<string, readonly [build: (given: Given) => Tensor, shape: readonly number[]]>> = {
  'broadcast over nothing': [({ none, some }) => ops.add(none, ops.slice(some, 0, 0, 1)), [0, 3]],
  'element by element': [({ none }) => ops.exp(none), [0, 3]],
  'a sum over nothing': [({ none }) => ops.sum(none, { axes: 0 }), [3]],
  'a mean of no rows': [({ none }) => ops.mean(none, { axes: 1 }), [0]],
  'softmax of no rows': [({ none }) => ops.softmax(none), [0, 3]],
  'a norm of no rows': [({ none }) => ops.layerNorm(none, { epsilon: 1 }), [0, 3]],
  'a product over nothing': [({ none }) => ops.matmul(none, none, { transposeA: true }), [3, 3]],
  'a product of no rows': [({ none, some }) => ops.affine(none, some), [0, 2]],
  'a batch of no rows': [
    ({ none, some }) => ops.matmul(ops.reshape(none, [1, 0, 3]), ops.unsqueeze(some, 0), { transposeB: true }),
    [1, 0, 2],
  ],
  'another shape of nothing': [({ none }) => ops.reshape(none, [3, 0]), [3, 0]],
  'axes exchanged': [({ none }) => ops.transpose(none), [3, 0]],
  'joined with something': [({ none, some }) => ops.concat([none, some], 0), [2, 3]],
  'padded to something': [
    ({ none }) =>
      ops.pad(none, [
        [1, 1],
        [0, 0],
      ]),
    [2, 3],
  ],
  'an empty slice': [({ some }) => ops.slice(some, 0, 1, 1), [0, 3]],
  'an empty piece': [({ some }) => ops.split(some, [0, 2], 0)[0] as Tensor, [0, 3]],
  'no rows gathered': [({ some, indices }) => ops.gather(some, indices), [0, 3]],
  'no columns gathered': [({ some, indices }) => ops.gather(some, indices, 1), [2, 0]],
  'nothing scattered': [({ none, some }) => ops.scatterAdd(some, ops.cast(none, 'i64'), none, 0), [2, 3]],
  'no rows of one and zeros': [({ indices }) => ops.oneHot(indices, 4), [0, 4]],
  'after nothing': [({ none, some }) => ops.barrier(some, none), [2, 3]],
};

for (const [name, [build, shape]] of Object.entries(results)) {
  test(name, async () => {
    const types = { none: ['f32', [0, 3]], some: ['f32', [2, 3]], indices: ['i64', [0]] } as const;
    const given = Object.fromEntries(
      Object.entries(types).map(([key, [dtype, dims]]) => [key, input(key, dtype, dims)]),
    ) as unknown as Given;
    const result = build(given);
    const parts = [given.none, given.some];
    const [none, some] = gradients(ops.sum(ops.square(result)), parts) as [Tensor, Tensor];
    // Feeds that a program does not need are refused: all of them are made to matter.
    const all = ops.sum(ops.concat([ops.reshape(given.none, [-1]), ops.reshape(given.some, [6]), ops.cast(given.indices, 'f32')], 0));
    const feeds = Object.fromEntries(Object.entries(types).map(([key, [dtype, dims]]) => [key, hostZeros(dtype, dims)]));
    const values = await evaluate(engine, { result, none, some, all }, feeds);
    expect(values.result).toBeAllclose(ndarray(shape, new Float64Array(sizeOf(shape))));
    expect(values.none).toBeAllclose(ndarray([0, 3], []));
    expect(values.some).toBeAllclose(ndarray([2, 3], new Float64Array(6)));
  });
}
