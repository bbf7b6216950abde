/** Goldens of VGGT (facebookresearch/vggt): the aggregator, and the heads for cameras and depth where the configuration has them. */
import { describe, type HostTensor, hostTensor } from '../../tensor/host.ts';
import type { Scope } from '../../tensor/parameters.ts';
import { constant } from '../../tensor/tensor.ts';
import type { CameraHeadConfig } from '../geometry/camera-head.ts';
import { type PatchEmbedConfig, positionalEmbedding } from '../geometry/patch-embed.ts';
import { type GeometryConfig, patchTokens, vggt } from '../geometry.ts';
import { type VggtConfig, vggtConfig } from '../vggt-config.ts';
import { type Golden, type GoldenModel, type GoldenOutput, inputOf } from './golden.ts';

/** Allowed absolute errors: the reference's own f32 against f64 is off by 3e-6, in poses by 1e-5, before the blocks by 1e-7. */
const TOLERANCE = { aggregated: 5e-5, depth: 5e-5, poses: 1e-4, patches: 1e-6 };
/** Where values are large their rounding is more than that: what is allowed by the largest of them. */
const RELATIVE = 2e-6;

/**
 * Each input `images` or `<case>.images`, f32[B, S, 3, H, W], gives `patch_tokens`, `dino_pos_embed`, `patch_start_idx`, `aggregated.i`,
 * `pose_enc.i`, `depth` and `depth_conf`, under the same case.
 */
export const vggtGolden: GoldenModel = {
  model: 'VGGT',
  matches: (config) => typeof config === 'object' && config !== null && 'embed_dim' in config && 'num_register_tokens' in config,
  outputs: (scope, golden) => {
    const config = geometryConfig(golden);
    const cases = [...golden.inputs.keys()].filter((name) => /(^|\.)images$/.test(name));
    if (cases.length === 0) throw new Error('the golden has no tensor "input.images", nor one of another case, "input.<case>.images"');
    return new Map(cases.flatMap((name) => caseOutputs(scope, golden, name, config)));
  },
};

function caseOutputs(scope: Scope, golden: Golden, input: string, config: GeometryConfig): [string, GoldenOutput][] {
  const given = inputOf(golden, input, 'f32');
  if (given.shape.length !== 5 || given.shape[2] !== 3) {
    throw new Error(`"input.${input}" should be f32[batch, views, 3, height, width], but is ${describe(given)}`);
  }
  const prefix = input.slice(0, -'images'.length);
  const images = constant(given);
  const { patch, patchEmbed } = config;
  const grid = given.shape.slice(-2).map((pixels) => pixels / patch) as [number, number];
  const { layers, patchStart, poses, depth } = vggt(scope, images, config);
  const outputs: [string, GoldenOutput][] = [
    ['patch_tokens', { value: patchTokens(scope.in('aggregator'), images, config), tolerance: TOLERANCE.patches }],
    ['patch_start_idx', { value: hostTensor('i32', [1], [patchStart]), tolerance: 0 }],
    ...layers.map((value, i): [string, GoldenOutput] => [`aggregated.${i}`, { value, tolerance: TOLERANCE.aggregated }]),
    ...poses.map((value, i): [string, GoldenOutput] => [`pose_enc.${i}`, { value, tolerance: TOLERANCE.poses, required: true }]),
  ];
  if (depth) {
    outputs.push(['depth', { value: depth.depth, tolerance: TOLERANCE.depth, required: true }]);
    outputs.push(['depth_conf', { value: depth.confidence, tolerance: TOLERANCE.depth, required: true }]);
  }
  if (patchEmbed.kind === 'dino') {
    const value = positionalEmbedding(scope.in('aggregator', 'patch_embed'), images, grid, config, patchEmbed);
    outputs.push(['dino_pos_embed', { value, tolerance: TOLERANCE.patches }]);
  }
  return outputs.map(([name, output]) => [`${prefix}${name}`, { ...output, relative: RELATIVE }]);
}

/** The configuration in the terms of this house; what upstream does not say in numbers is to be seen in weights and outputs. */
function geometryConfig({ config: given, weights, outputs }: Golden): GeometryConfig {
  const config = vggtConfig(given);
  const { camera, depth_head: depthHead } = config;
  return {
    patch: config.patch_size,
    width: config.embed_dim,
    depth: config.depth,
    heads: config.num_heads,
    mlpRatio: config.mlp_ratio,
    registers: config.num_register_tokens,
    ropeBase: Math.max(0, config.rope_freq),
    run: config.aa_block_size,
    qkNorm: config.qk_norm,
    layerScale: layerScaleIn(weights, 'aggregator.frame_blocks.'),
    patchEmbed: patchEmbedConfig(config, weights),
    ...(camera && { camera: cameraConfig(camera, weights, outputs) }),
    ...(depthHead && {
      depthHead: { features: depthHead.features, channels: depthHead.out_channels, layers: depthHead.intermediate_layer_idx },
    }),
  };
}

function patchEmbedConfig(config: VggtConfig, weights: Golden['weights']): PatchEmbedConfig {
  if (config.patch_embed.includes('conv')) return { kind: 'conv' };
  return {
    kind: 'dino',
    depth: config.dino_depth,
    heads: config.dino_num_heads,
    imageSize: config.img_size,
    registers: weights.get('aggregator.patch_embed.register_tokens')?.shape[1] ?? 0,
    mlpRatio: mlpRatioIn(weights, 'aggregator.patch_embed.blocks.0'),
    layerScale: layerScaleIn(weights, 'aggregator.patch_embed.blocks.'),
  };
}

function cameraConfig(
  { trunk_depth: depth, num_heads: heads }: NonNullable<VggtConfig['camera']>,
  weights: Golden['weights'],
  outputs: Golden['outputs'],
): CameraHeadConfig {
  const last = Math.max(3, ...[...outputs.keys()].map((name) => Number(/(?:^|\.)pose_enc\.(\d+)$/.exec(name)?.[1] ?? 0)));
  return {
    depth,
    heads,
    mlpRatio: mlpRatioIn(weights, 'camera_head.trunk.0'),
    iterations: last + 1,
    layerScale: layerScaleIn(weights, 'camera_head.trunk.'),
  };
}

/** Hidden channels by channels of a block's MLP; 4 where the weights do not say. */
function mlpRatioIn(weights: ReadonlyMap<string, HostTensor>, block: string): number {
  const [hidden, width] = weights.get(`${block}.mlp.fc1.weight`)?.shape ?? [];
  return hidden && width ? hidden / width : 4;
}

/** Whether blocks have LayerScale: its first value does not matter here. */
const layerScaleIn = (weights: ReadonlyMap<string, HostTensor>, blocks: string): number | false =>
  [...weights.keys()].some((name) => name.startsWith(blocks) && name.endsWith('.ls1.gamma')) ? 1 : false;
