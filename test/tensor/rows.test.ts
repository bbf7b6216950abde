import { expect, test } from 'vitest';
import { graphOf } from '../../src/tensor/graph.ts';
import { hostTensor } from '../../src/tensor/host.ts';
import { silu } from '../../src/tensor/ops/activation.ts';
import { add, mul } from '../../src/tensor/ops/arithmetic.ts';
import { reshape } from '../../src/tensor/ops/layout.ts';
import { affine } from '../../src/tensor/ops/matmul.ts';
import { layerNorm, rmsNorm } from '../../src/tensor/ops/normalize.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { normals, randomStream } from '../../src/tensor/random.ts';
import { keepRows } from '../../src/tensor/rows.ts';
import { sizeOf } from '../../src/tensor/shape.ts';
import { constant, input, type Tensor } from '../../src/tensor/tensor.ts';
import { evaluate } from '../support/evaluate.ts';

const random = (name: string, ...shape: number[]) => hostTensor('f32', shape, normals(randomStream(0, name), sizeOf(shape)));
const weight = (name: string): Tensor => constant(random(name, 6, 6));
const vector = constant(random('vector', 6));

/** Two products and what is between them, a residual connection, and a norm whose statistics are not asked for. */
function network(x: Tensor, shift: Tensor): Tensor {
  const gate = silu(affine(rmsNorm(x, { scale: vector, epsilon: 1e-6 }), weight('gate')));
  const between = add(x, affine(mul(gate, affine(x, weight('up'), vector)), weight('down')));
  return affine(add(mul(layerNorm(between, { epsilon: 1e-6 }), vector), shift), weight('out'));
}

const namesOf = (y: Tensor): string[] => keepRows(graphOf({ outputs: { y } })).nodes.map(({ op }) => op.name);

test('between products on [B, T, D] nothing changes shape', () => {
  const x = input('x', 'f32', [2, 3, 6]);
  const names = namesOf(network(x, vector));
  expect(names.filter((name) => name === 'MatMul')).toHaveLength(4);
  // Of the result, and of x wherever it enters.
  expect(names.filter((name) => name === 'Reshape').length).toBeLessThanOrEqual(4);
  expect(graphOf({ outputs: { y: network(x, vector) } }).nodes.filter(({ op }) => op.name === 'Reshape')).toHaveLength(8);
});

test.each([
  ['a vector', [6], [2, 3, 6]],
  ['one row', [1, 1, 6], [2, 3, 6]],
  ['a row of each sample, which does not broadcast among rows', [2, 1, 6], [2, 3, 6]],
  ['all rows', [2, 3, 6], [2, 3, 6]],
  ['rows of more axes', [3, 6], [1, 2, 3, 6]],
])('values are those of a matrix of rows: added is %s', async (_, shiftShape, shape) => {
  const [given, shift] = [random('x', ...shape), random('shift', ...shiftShape)];
  const rows = sizeOf(shape) / 6;
  const whole = network(input('x', 'f32', shape), input('shift', 'f32', shiftShape));
  const { y } = await evaluate(nodeEngine({ threads: 1 }), { y: reshape(whole, [rows, 6]) }, { x: given, shift });
  const spread = hostTensor(
    'f32',
    [rows, 6],
    Array.from({ length: rows * 6 }, (_, i) => shiftOf(shift.data as Float32Array, shape, shiftShape, i)),
  );
  const matrix = await evaluate(
    nodeEngine({ threads: 1 }),
    { y: network(input('x', 'f32', [rows, 6]), input('shift', 'f32', [rows, 6])) },
    { x: { ...given, shape: [rows, 6] }, shift: spread },
  );
  expect(y).toBeAllclose(matrix.y, { atol: 1e-5 });
});

/** Element i of what `shift` of the second shape is when it is broadcast to the first. */
function shiftOf(shift: Float32Array, shape: readonly number[], own: readonly number[], i: number): number {
  let [rest, at, stride] = [i, 0, 1];
  for (let axis = shape.length - 1, mine = own.length - 1; mine >= 0; axis--, mine--) {
    const [size, ownSize] = [shape[axis] as number, own[mine] as number];
    if (ownSize > 1) at += (rest % size) * stride;
    stride *= ownSize;
    rest = Math.floor(rest / size);
  }
  return shift[at] as number;
}
