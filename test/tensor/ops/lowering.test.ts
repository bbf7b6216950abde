/** Which ONNX operators ops become: kernels that are meant to be fused are, and portable models have standard ones only. */
import { describe, expect, test } from 'vitest';
import { gradients } from '../../../src/tensor/gradients.ts';
import { graphOf } from '../../../src/tensor/graph.ts';
import type { Target } from '../../../src/tensor/lowering.ts';
import { toOnnx } from '../../../src/tensor/onnx.ts';
import * as ops from '../../../src/tensor/ops/index.ts';
import { input, type Tensor } from '../../../src/tensor/tensor.ts';

const CPU: Target = { contrib: true, f16: false };
const WEBGPU: Target = { contrib: true, f16: true, webgpu: true };
const PORTABLE: Target = { contrib: false, f16: true };

const operators = (outputs: readonly Tensor[], target: Target): string[] =>
  toOnnx(graphOf({ outputs: Object.fromEntries(outputs.map((tensor, i) => [`${i}`, tensor])) }), target).model.graph.nodes.map(
    ({ domain, opType }) => (domain ? `${domain}.${opType}` : opType),
  );

const x = input('x', 'f32', [2, 5, 4, 8]);
const matrix = input('matrix', 'f32', [8, 8]);

const trained = (y: Tensor): Tensor[] => [y, ...gradients(ops.sum(ops.square(y)), [x])];

describe('attention', () => {
  const attended = ops.scaledDotProductAttention(x, x, x);

  test('is one kernel in inference', () => {
    expect(operators([attended], CPU)).toContain('com.microsoft.MultiHeadAttention');
    expect(operators([attended], CPU)).not.toContain('Softmax');
  });

  test('keeps its probabilities when it is differentiated', () => {
    expect(operators(trained(attended), CPU)).toContain('Softmax');
    expect(operators(trained(attended), CPU)).not.toContain('com.microsoft.MultiHeadAttention');
  });

  test('shares keys among heads without repeating them', () => {
    const keys = input('keys', 'f32', [2, 5, 2, 8]);
    expect(operators([ops.scaledDotProductAttention(x, keys, keys)], CPU)).not.toContain('Expand');
  });
});

describe('norms', () => {
  const normalized = ops.rmsNorm(x, { epsilon: 1e-5 });

  test('are one kernel, also when differentiated', () => {
    expect(operators([normalized], CPU)).toContain('SimplifiedLayerNormalization');
    expect(operators(trained(normalized), CPU)).toContain('SimplifiedLayerNormalization');
    expect(operators(trained(ops.layerNorm(x, { epsilon: 1e-5 })), CPU)).toContain('LayerNormalization');
  });

  test('do not take the statistics of WebGPU, whose kernel gives the mean for 1/rms', () => {
    expect(operators([normalized], WEBGPU)).toContain('SimplifiedLayerNormalization');
    expect(operators(trained(normalized), WEBGPU)).not.toContain('SimplifiedLayerNormalization');
  });
});

test('a batch times a transposed matrix is one product, and nothing is copied', () => {
  expect(operators([ops.affine(x, matrix)], CPU)).toEqual(['Reshape', 'Gemm', 'Reshape']);
  expect(operators([ops.matmul(x, x, { transposeB: true })], CPU)).toEqual(['com.microsoft.FusedMatMul']);
});

test('additions at repeated positions never go through ScatterND, which loses some', () => {
  const table = input('table', 'f32', [5000, 8]);
  const looked = ops.gather(table, input('indices', 'i64', [64]));
  expect(operators(gradients(ops.sum(ops.square(looked)), [table]), CPU)).toContain('ScatterElements');
  expect(operators(gradients(ops.sum(ops.square(looked)), [table]), CPU)).not.toContain('ScatterND');
});

test('a portable model has standard operators only', () => {
  const all = [
    ops.silu(x),
    ops.gelu(x),
    ops.rmsNorm(x, { epsilon: 1e-5 }),
    ops.scaledDotProductAttention(x, x, x),
    ops.matmul(x, x, { transposeB: true }),
  ];
  // The simplified norm is not in the standard, though ONNX Runtime keeps it in the standard's domain.
  const others = operators(all.flatMap(trained), PORTABLE).filter((name) => name.includes('.') || name.startsWith('Simplified'));
  expect(others).toEqual([]);
});
