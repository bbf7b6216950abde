import { describe, expect, test } from 'vitest';
import { decoderBlock } from '../../src/nn/decoder-block.ts';
import { type DitBlockOptions, ditBlock, ditHead } from '../../src/nn/dit-block.ts';
import { vitBlock } from '../../src/nn/vit-block.ts';
import { gradients } from '../../src/tensor/gradients.ts';
import { type HostTensor, hostTensor, numbers } from '../../src/tensor/host.ts';
import { square } from '../../src/tensor/ops/arithmetic.ts';
import { broadcastTo, sum } from '../../src/tensor/ops/broadcast.ts';
import { unsqueeze } from '../../src/tensor/ops/layout.ts';
import { parameters, type Scope } from '../../src/tensor/parameters.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { evaluateWith, noiseTensor, noisyWeights } from './helpers.ts';

const x = noiseTensor('x', [2, 5, 8]);

/** `name [shape]` of all parameters that a block declares, sorted. */
function declaredBy(make: (scope: Scope) => unknown): string[] {
  const scope = parameters({ seed: 1 });
  make(scope.in('blocks', 0));
  return [...scope.variables.values()].map(({ name, shape }) => `${name.replace('blocks.0.', '')} [${shape}]`).sort();
}

describe('ViT block', () => {
  test('declares the names of DINOv2', () => {
    expect(declaredBy((scope) => vitBlock(scope, x, { heads: 2, layerScale: 1e-5 }))).toEqual([
      'attn.proj.bias [8]',
      'attn.proj.weight [8,8]',
      'attn.qkv.bias [24]',
      'attn.qkv.weight [24,8]',
      'ls1.gamma [8]',
      'ls2.gamma [8]',
      'mlp.fc1.bias [32]',
      'mlp.fc1.weight [32,8]',
      'mlp.fc2.bias [8]',
      'mlp.fc2.weight [8,32]',
      'norm1.bias [8]',
      'norm1.weight [8]',
      'norm2.bias [8]',
      'norm2.weight [8]',
    ]);
  });

  test("declares those of VGGT's aggregator beside them", () => {
    const plain = declaredBy((scope) => vitBlock(scope, x, { heads: 2, layerScale: 0.01 }));
    const normalized = declaredBy((scope) => vitBlock(scope, x, { heads: 2, layerScale: 0.01, qkNorm: { kind: 'layer' } }));
    expect(normalized.filter((name) => !plain.includes(name))).toEqual([
      'attn.k_norm.bias [4]',
      'attn.k_norm.weight [4]',
      'attn.q_norm.bias [4]',
      'attn.q_norm.weight [4]',
    ]);
  });

  test("declares the names of Qwen2.5-VL's vision tower", () => {
    const options = { heads: 2, norm: { kind: 'rms' }, feedForward: { kind: 'swiglu', hidden: 12, bias: true } } as const;
    expect(declaredBy((scope) => vitBlock(scope, x, options))).toEqual([
      'attn.proj.bias [8]',
      'attn.proj.weight [8,8]',
      'attn.qkv.bias [24]',
      'attn.qkv.weight [24,8]',
      'mlp.down_proj.bias [8]',
      'mlp.down_proj.weight [8,12]',
      'mlp.gate_proj.bias [12]',
      'mlp.gate_proj.weight [12,8]',
      'mlp.up_proj.bias [12]',
      'mlp.up_proj.weight [12,8]',
      'norm1.weight [8]',
      'norm2.weight [8]',
    ]);
  });

  test('with a LayerScale of zero is the identity', async () => {
    const { out, same } = await evaluateWith(new Map(), {
      out: vitBlock(parameters({ seed: 1 }), x, { heads: 2, layerScale: 0 }),
      same: x,
    });
    expect(out.data).toEqual(same.data);
  });
});

test('decoder block declares the names of Qwen2.5', () => {
  expect(declaredBy((scope) => decoderBlock(scope, x, { heads: 4, groups: 2, hidden: 12 }))).toEqual([
    'input_layernorm.weight [8]',
    'mlp.down_proj.weight [8,12]',
    'mlp.gate_proj.weight [12,8]',
    'mlp.up_proj.weight [12,8]',
    'post_attention_layernorm.weight [8]',
    'self_attn.k_proj.bias [4]',
    'self_attn.k_proj.weight [4,8]',
    'self_attn.o_proj.weight [8,8]',
    'self_attn.q_proj.bias [8]',
    'self_attn.q_proj.weight [8,8]',
    'self_attn.v_proj.bias [4]',
    'self_attn.v_proj.weight [4,8]',
  ]);
});

describe('DiT block', () => {
  const options: DitBlockOptions = { heads: 2, condition: noiseTensor('condition', [2, 6]) };

  test('declares the names of DiT', () => {
    expect(declaredBy((scope) => ditBlock(scope, x, options))).toEqual([
      'adaLN_modulation.1.bias [48]',
      'adaLN_modulation.1.weight [48,6]',
      'attn.proj.bias [8]',
      'attn.proj.weight [8,8]',
      'attn.qkv.bias [24]',
      'attn.qkv.weight [24,8]',
      'mlp.fc1.bias [32]',
      'mlp.fc1.weight [32,8]',
      'mlp.fc2.bias [8]',
      'mlp.fc2.weight [8,32]',
    ]);
    expect(declaredBy((scope) => ditHead(scope, x, { condition: options.condition, out: 3 }))).toEqual([
      'adaLN_modulation.1.bias [16]',
      'adaLN_modulation.1.weight [16,6]',
      'linear.bias [3]',
      'linear.weight [3,8]',
    ]);
  });

  test('is the identity at first, and its head gives zeros; yet both learn', async () => {
    const scope = parameters({ seed: 1 });
    const out = ditBlock(scope.in('blocks', 0), x, options);
    const head = ditHead(scope.in('final_layer'), out, { condition: options.condition, out: 3 });
    const modulation = scope.variables.get('blocks.0.adaLN_modulation.1.weight')?.tensor as Tensor;
    const last = scope.variables.get('final_layer.linear.weight')?.tensor as Tensor;
    const [ofModulation] = gradients(sum(square(out)), [modulation]) as [Tensor];
    const [ofLast] = gradients(sum(head), [last]) as [Tensor];
    const values = await evaluateWith(new Map(), { out, same: x, head, ofModulation, ofLast });
    expect(values.out.data).toEqual(values.same.data);
    expect(values.head).toEqual(hostTensor('f32', [2, 5, 3], new Float32Array(30)));
    const largest = (gradient: HostTensor): number => Math.max(...numbers(gradient).map(Math.abs));
    expect(largest(values.ofModulation)).toBeGreaterThan(0);
    expect(largest(values.ofLast)).toBeGreaterThan(0);
  });

  test('takes a condition for each token', async () => {
    const scope = parameters({ seed: 1 });
    const one = ditBlock(scope, x, options);
    const each = ditBlock(scope, x, { ...options, condition: broadcastTo(unsqueeze(options.condition, 1), [2, 5, 6]) });
    const values = await evaluateWith(noisyWeights(scope), { one, each });
    expect(values.each).toBeAllclose(values.one, { rtol: 1e-5, atol: 1e-5 });
  });

  test('says what condition it expects', () => {
    const scope = parameters({ seed: 1 }).in('expert', 2);
    expect(() => ditBlock(scope, x, { heads: 2, condition: noiseTensor('c', [3, 6]) })).toThrow(
      'expert.2: expected a condition [2, C] or [2, 5, C], found [3, 6]',
    );
    expect(() => ditBlock(scope, x, { heads: 2, condition: noiseTensor('c', [2, 4, 6]) })).toThrow('found [2, 4, 6]');
  });
});
