/** VGGT against its reference: upstream's own run, and other sizes by `reference/vggt_fixture.py`. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { verifyGolden } from '../../src/model/golden/verify.ts';
import { type HostTensor, hostTensor } from '../../src/tensor/host.ts';
import { readSafetensors } from '../../src/tensor/safetensors.node.ts';
import type { SafetensorsFile } from '../../src/tensor/safetensors.ts';
import { engine } from '../nn/helpers.ts';

const golden = (name: string): Promise<SafetensorsFile> =>
  readSafetensors(fileURLToPath(new URL(`fixtures/${name}.safetensors`, import.meta.url)));

describe.each([
  ['vggt_tiny_a', 26, ['aggregator.patch_embed.mask_token']],
  ['vggt_conv', 22, []],
  ['vggt_dino', 52, []],
])('%s', (name, count, unused) => {
  test('all outputs are within tolerance', async () => {
    const report = await verifyGolden(engine, await golden(name));
    expect(report.model).toBe('VGGT');
    expect(report.outputs.filter(({ passed }) => !passed)).toEqual([]);
    expect(report.outputs).toHaveLength(count);
    expect(report.unusedWeights).toEqual(unused);
  });
});

describe('another golden', () => {
  /** The golden with one tensor replaced or, by undefined, left out, and other configuration. */
  async function changed(tensor: string, value?: HostTensor, config: object = {}): Promise<SafetensorsFile> {
    const { metadata, tensors } = await golden('vggt_conv');
    const replaced = new Map(tensors);
    if (value) replaced.set(tensor, value);
    else replaced.delete(tensor);
    return { metadata: { config: JSON.stringify({ ...JSON.parse(metadata.config as string), ...config }) }, tensors: replaced };
  }
  const zeros = (...shape: number[]): HostTensor => hostTensor('f32', shape, new Float32Array(shape.reduce((a, b) => a * b, 1)));

  test('with a wrong bias fails in what depends on it', async () => {
    const { passed, outputs } = await verifyGolden(engine, await changed('weight.aggregator.global_blocks.1.attn.proj.bias', zeros(24)));
    expect(passed).toBe(false);
    expect(outputs.filter((output) => !output.passed && output.name.startsWith('aggregated')).map(({ name }) => name)).toEqual([
      'aggregated.1',
      'aggregated.2',
    ]);
  });

  test.each([
    ['without a weight', 'weight.aggregator.camera_token', undefined, {}, '"weight.aggregator.camera_token"'],
    ['with a weight of another shape', 'weight.camera_head.embed_pose.bias', zeros(47), {}, '"weight.camera_head.embed_pose.bias"'],
    ['without an output', 'output.pose_enc.3', undefined, {}, '"output.pose_enc.3"'],
    [
      'with an infinite pose',
      'output.pose_enc.0',
      hostTensor('f32', [1, 5, 9], new Float32Array(45).fill(Number.POSITIVE_INFINITY)),
      {},
      '"output.pose_enc.0" should have finite numbers',
    ],
    ['without depth', 'output.depth', undefined, {}, '"output.depth"'],
    [
      'with images of another layout',
      'input.images',
      zeros(5, 3, 24, 40),
      {},
      '"input.images" should be f32[batch, views, 3, height, width]',
    ],
    ['with another order of blocks', '', zeros(), { aa_order: ['global', 'frame'] }, 'the configuration of VGGT is wrong: aa_order.0'],
    ['with a word for a number', '', zeros(), { depth: 'three' }, 'wrong: depth: Invalid input: expected number'],
    ['with fewer blocks than none', '', zeros(), { depth: -1 }, 'wrong: depth: Too small'],
    ['with half a block', '', zeros(), { depth: 2.5 }, 'wrong: depth: Invalid input: expected int'],
    ['with a camera head of fewer blocks than none', '', zeros(), { camera: { trunk_depth: -1 } }, 'wrong: camera.trunk_depth: Too small'],
    ['with a camera head that is none', '', zeros(), { camera: 'yes' }, 'wrong: camera: Invalid input: expected object'],
    ['with a word for yes or no', '', zeros(), { qk_norm: 'no' }, 'wrong: qk_norm: Invalid input: expected boolean'],
    ['with an unknown patch embedding', '', zeros(), { patch_embed: 'vit' }, 'wrong: patch_embed: expected a convolution'],
    ['with several mistakes', '', zeros(), { depth: 0, num_heads: 0 }, /wrong: depth: .*; num_heads: /],
    [
      'with three layers for depth',
      '',
      zeros(),
      { depth_head: { features: 16, out_channels: [1, 2, 3], intermediate_layer_idx: [0, 1, 2, 3] } },
      'wrong: depth_head.out_channels: ',
    ],
  ])('%s is refused', async (_, tensor, value, config, message) => {
    const file = await changed(tensor, tensor === '' ? undefined : value, config);
    await expect(verifyGolden(engine, file)).rejects.toThrow(message);
  });
});
