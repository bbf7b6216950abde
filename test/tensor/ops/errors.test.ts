/** What is said to those who get shapes and dtypes wrong: the op, the operands, and the line to look at. */
import { describe, expect, test } from 'vitest';
import { gradients } from '../../../src/tensor/gradients.ts';
import * as ops from '../../../src/tensor/ops/index.ts';
import { TensorError } from '../../../src/tensor/site.ts';
import { input, type Tensor } from '../../../src/tensor/tensor.ts';

const matrix = input('matrix', 'f32', [2, 3]);
const vector = input('vector', 'f32', [4]);
const single = input('single', 'f32', []);
const wide = input('wide', 'f64', [2, 3]);
const whole = input('whole', 'i32', [2, 3]);
const bytes = input('bytes', 'u8', [2, 3]);
const flags = input('flags', 'bool', [2, 3]);
const image = input('image', 'f32', [1, 4, 5, 5]);
const filter = input('filter', 'f32', [6, 4, 3, 3]);
const heads = input('heads', 'f32', [1, 5, 4, 8]);

type Mistake = readonly [make: () => Tensor | readonly Tensor[], message: string];

const mistakes: Readonly<Record<string, Mistake>> = {
  'shapes that do not broadcast': [
    () => ops.add(matrix, vector),
    'Add(f32[2, 3], f32[4]): [2, 3] and [4] do not broadcast: axis -1 is 3 and 4',
  ],
  'operands of two dtypes': [
    () => ops.mul(matrix, wide),
    'Mul(f32[2, 3], f64[2, 3]): operands have different dtypes, f32 and f64: cast one of them',
  ],
  'arithmetic on bytes': [() => ops.sub(bytes, bytes), 'Sub(u8[2, 3], u8[2, 3]): arithmetic on u8 is not defined: cast it first'],
  'a sum of truth values': [() => ops.sum(flags), 'ReduceSum(bool[2, 3]): arithmetic on bool is not defined: cast it first'],
  'a function of whole numbers': [() => ops.exp(whole), 'Exp(i32[2, 3]): needs a floating-point tensor, got i32'],
  'a mean of whole numbers': [() => ops.mean(whole), 'ReduceMean(i32[2, 3]): needs a floating-point tensor, got i32'],
  'softmax of whole numbers': [() => ops.softmax(whole), 'Softmax(i32[2, 3]): needs a floating-point tensor, got i32'],
  'logic on numbers': [() => ops.and(flags, matrix), 'And(bool[2, 3], f32[2, 3]): operands have different dtypes, bool and f32'],
  'negation of numbers': [() => ops.not(matrix), 'Not(f32[2, 3]): needs a bool tensor, got f32'],
  'a condition of numbers': [() => ops.where(matrix, matrix, 0), 'Where(f32[2, 3], f32[2, 3], f32[]): needs a bool tensor, got f32'],
  'two numbers': [() => ops.add(1, 2), 'expected at least one tensor, but both operands are numbers: 1 and 2'],
  'a fraction beside whole numbers': [() => ops.mul(whole, 0.5), '0.5 is not a whole number, but the other operand is i32[2, 3]'],
  'an estimator of another shape': [
    () => ops.straightThrough(matrix, vector),
    'StraightThrough(f32[2, 3], f32[4]): value and surrogate must have the same shape and dtype',
  ],

  'matrices that do not fit': [() => ops.matmul(matrix, matrix), 'MatMul(f32[2, 3], f32[2, 3]): inner dimensions differ: a has 3, b has 2'],
  'matrices that do not fit when transposed': [
    () => ops.matmul(matrix, image, { transposeB: true }),
    'MatMul(f32[2, 3], f32[1, 4, 5, 5]): inner dimensions differ: a has 3, b has 5 (transposed)',
  ],
  'a vector for a matrix': [() => ops.matmul(matrix, vector), 'MatMul(f32[2, 3], f32[4]): operands must be matrices: rank 2 or more'],
  'a bias of another size': [
    () => ops.affine(matrix, matrix, vector),
    'MatMul(f32[2, 3], f32[2, 3], f32[4]): bias must have shape [2], got [4]',
  ],
  'a convolution of a matrix': [() => ops.conv(matrix, filter), 'Conv(f32[2, 3], f32[6, 4, 3, 3]): x must be [N, C, L] or [N, C, H, W]'],
  'channels that do not fit': [
    () => ops.conv(image, filter, undefined, { groups: 2 }),
    'Conv(f32[1, 4, 5, 5], f32[6, 4, 3, 3]): x has 4 channels, weight expects 4 × 2 groups',
  ],
  'a kernel larger than the image': [
    () => ops.conv(image, filter, undefined, { dilation: 3 }),
    'Conv(f32[1, 4, 5, 5], f32[6, 4, 3, 3]): the kernel is larger than the padded input',
  ],
  'strides for too few axes': [
    () => ops.conv(image, filter, undefined, { stride: [2] }),
    'Conv(f32[1, 4, 5, 5], f32[6, 4, 3, 3]): stride [2] must have 2 entries',
  ],
  'a stride of 0': [() => ops.conv(image, filter, undefined, { stride: 0 }), 'stride and dilation must be at least 1'],
  'a negative padding': [
    () => ops.conv(image, filter, undefined, { padding: -1 }),
    'padding must be whole numbers from 0 up, got [-1, -1]',
  ],
  'a bias for other channels': [() => ops.conv(image, filter, vector), 'Reshape(f32[4]): cannot reshape 4 values into [6, 1, 1]'],
  'too much output padding': [
    () => ops.convTranspose(image, input('kernel', 'f32', [4, 2, 3, 3]), undefined, { outputPadding: 1 }),
    'ConvTranspose(f32[1, 4, 5, 5], f32[4, 2, 3, 3]): outputPadding [1, 1] must be smaller than the stride [1, 1]',
  ],
  'padding that leaves nothing': [
    () => ops.convTranspose(image, input('kernel', 'f32', [4, 2, 1, 1]), undefined, { padding: 3 }),
    'ConvTranspose(f32[1, 4, 5, 5], f32[4, 2, 1, 1]): the padding leaves nothing of the result',
  ],
  'attention without heads': [
    () => ops.scaledDotProductAttention(matrix, matrix, matrix),
    'Attention(f32[2, 3], f32[2, 3], f32[2, 3]): q, k and v must be [batch, time, heads, width]',
  ],
  'query heads that do not divide': [
    () => ops.scaledDotProductAttention(heads, input('k', 'f32', [1, 5, 3, 8]), input('v', 'f32', [1, 5, 3, 8])),
    'Attention(f32[1, 5, 4, 8], f32[1, 5, 3, 8], f32[1, 5, 3, 8]): 4 query heads do not divide among 3 key heads',
  ],
  'a mask of another shape': [
    () => ops.scaledDotProductAttention(heads, heads, heads, { mask: matrix }),
    'Attention(f32[1, 5, 4, 8], f32[1, 5, 4, 8], f32[1, 5, 4, 8], f32[2, 3]): [2, 3] and [1, 4, 5, 5] do not broadcast',
  ],

  'a norm with too long a scale': [
    () => ops.layerNorm(matrix, { scale: vector, epsilon: 1e-5 }),
    'LayerNormalization(f32[2, 3], f32[4]): scale and bias must have shape [3], got [4]',
  ],
  'an axis too many': [() => ops.softmax(matrix, 2), 'axis 2 is out of range: the axes of a tensor of rank 2 are -2 to 1'],
  'an axis of a scalar': [() => ops.argMax(single, 0), 'axis 0 is out of range: the axes of a tensor of rank 0 are none'],
  'an axis twice': [() => ops.sum(matrix, { axes: [0, -2] }), 'axes [0, 0] repeat'],
  'the largest of nothing': [
    () => ops.max(input('nothing', 'f32', [0, 3]), { axes: 0 }),
    'ReduceMax(f32[0, 3]): there is nothing to reduce: an axis is empty',
  ],
  'more than there is to rank': [() => ops.topK(matrix, 4).values, 'TopK(f32[2, 3]): k is 4, but axis 1 has only 3 entries'],
  'half an entry to rank': [() => ops.topK(matrix, 1.5).values, 'TopK(f32[2, 3]): k must be whole numbers from 0 up, got [1.5]'],

  'a reshape to another size': [() => ops.reshape(matrix, [4]), 'Reshape(f32[2, 3]): cannot reshape 6 values into [4]'],
  'an open size that is no whole number': [
    () => ops.reshape(matrix, [4, -1]),
    'Reshape(f32[2, 3]): sizes must be whole numbers from 0 up, got [4, 1.5]',
  ],
  'an axis missing from a permutation': [
    () => ops.transpose(matrix, [0, 0]),
    'Transpose(f32[2, 3]): [0, 0] is not a permutation of the 2 axes',
  ],
  'a transposed vector': [() => ops.transpose(vector), 'Transpose(f32[4]): [0, -1] is not a permutation of the 1 axes'],
  'a broadcast to fewer axes': [() => ops.broadcastTo(matrix, [3]), 'Expand(f32[2, 3]): does not broadcast to [3]'],
  'a slice beyond the end': [() => ops.slice(matrix, 1, 0, 9), 'Slice(f32[2, 3]): axis 1 has 3 entries: 0 to 9 is not in it'],
  'a slice backwards': [() => ops.slice(matrix, 1, 2, 1), 'Slice(f32[2, 3]): axis 1 has 3 entries: 2 to 1 is not in it'],
  'padding of fewer axes': [() => ops.pad(matrix, [[1, 1]]), 'Pad(f32[2, 3]): expected 2 pairs of padding, got 1'],
  'a join of nothing': [() => ops.concat([], 0), 'Concat(): needs at least one tensor'],
  'a join of other shapes': [
    () => ops.concat([matrix, input('square', 'f32', [3, 3])], 1),
    'Concat(f32[2, 3], f32[3, 3]): shapes must agree on every axis but 1',
  ],
  'a join of two dtypes': [
    () => ops.concat([matrix, wide], 0),
    'Concat(f32[2, 3], f64[2, 3]): operands have different dtypes, f32 and f64: cast one of them',
  ],
  'pieces that do not add up': [() => ops.split(matrix, [1, 1], 1), 'Split(f32[2, 3]): sizes add up to 2, but axis 1 has 3 entries'],
  'an axis that does not divide': [
    () => ops.split(matrix, 2, 1),
    'Split(f32[2, 3]): sizes must be whole numbers from 0 up, got [1.5, 1.5]',
  ],
  'a squeeze of what is not 1': [() => ops.squeeze(matrix, 0), 'Reshape(f32[2, 3]): cannot reshape 6 values into [3]'],
  'fractions for indices': [() => ops.gather(matrix, vector), 'Gather(f32[2, 3], f32[4]): indices must be i64 or i32, got f32'],
  'indices of another rank': [
    () => ops.takeAlongAxis(matrix, input('at', 'i64', [2]), 1),
    'GatherElements(f32[2, 3], i64[2]): shapes must agree on every axis but 1',
  ],
  'updates without indices': [
    () => ops.scatterAdd(matrix, input('at', 'i64', [2, 2]), matrix, 1),
    'ScatterElements(f32[2, 3], i64[2, 2], f32[2, 3]): indices and updates must have the same shape',
  ],
  'updates of another dtype': [
    () => ops.scatterAdd(matrix, input('at', 'i64', [2, 3]), wide, 1),
    'ScatterElements(f32[2, 3], i64[2, 3], f64[2, 3]): data is f32, but the updates are f64: cast one of them',
  ],
  'a loss that is no scalar': [() => gradients(matrix, [matrix]), 'gradients: the loss must be a floating-point scalar, but is f32[2, 3]'],
};

/** The line of this file that a stack or a message names. */
const lineOf = (text: string): number => Number(/errors\.test\.ts[^:\s]*:(\d+):\d+/.exec(text)?.[1]);

function caught(f: () => unknown): TensorError {
  try {
    f();
  } catch (error) {
    if (error instanceof TensorError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a mistake is reported with op, operands and line', () => {
  for (const [name, [make, message]] of Object.entries(mistakes)) {
    test(name, () => {
      const { message: actual } = caught(make);
      expect(actual).toContain(message);
      expect(actual.split('\n').at(-1)).toMatch(/^ {4}made at .*errors\.test\.ts[^:\s]*:\d+:\d+$/);
    });
  }
});

test('the line is that of the call', () => {
  const before = lineOf(new Error().stack as string);
  const { message } = caught(() => ops.add(matrix, vector));
  expect(lineOf(message)).toBe(before + 1);
});

test('the line is that of the call when the op is made of others', () => {
  const before = lineOf(new Error().stack as string);
  const { message } = caught(() => ops.groupNorm(image, 4, { scale: matrix, epsilon: 1e-5 }));
  expect(lineOf(message)).toBe(before + 1);
});
