/** Goldens of VGGT (facebookresearch/vggt): the aggregator, and the heads for cameras and depth where the configuration has them. */
import { describe, type HostTensor, hostTensor, numbers } from '../../tensor/host.ts';
import type { Scope } from '../../tensor/parameters.ts';
import { constant } from '../../tensor/tensor.ts';
import type { CameraHeadConfig } from '../geometry/camera-head.ts';
import type { DepthHeadConfig } from '../geometry/depth-head.ts';
import { type PatchEmbedConfig, positionalEmbedding } from '../geometry/patch-embed.ts';
import { type GeometryConfig, patchTokens, vggt } from '../geometry.ts';
import { type Golden, type GoldenModel, type GoldenOutput, inputOf } from './golden.ts';

/** Allowed absolute errors: the reference's own f32 against f64 is off by 3e-6, in poses by 1e-5, before the blocks by 1e-7. */
const TOLERANCE = { aggregated: 5e-5, depth: 5e-5, poses: 1e-4, patches: 1e-6 };
/** Where values are large their rounding is more than that: what is allowed at least, by the largest of them. */
const RELATIVE = 2e-6;

/**
 * Each input `images` or `<case>.images`, f32[B, S, 3, H, W], gives `patch_tokens`, `dino_pos_embed`, `patch_start_idx`, `aggregated.i`,
 * `pose_enc.i`, `depth` and `depth_conf`, under the same case.
 */
export const vggtGolden: GoldenModel = {
  model: 'VGGT',
  matches: (config) => isRecord(config) && 'embed_dim' in config && 'num_register_tokens' in config,
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
  return outputs.map(([name, output]) => {
    const tolerance = output.tolerance === 0 ? 0 : Math.max(output.tolerance, RELATIVE * largest(golden.outputs.get(`${prefix}${name}`)));
    return [`${prefix}${name}`, { ...output, tolerance }];
  });
}

/** The largest absolute value, infinities and NaN left out; 0 of nothing. */
const largest = (tensor: HostTensor | undefined): number =>
  tensor ? numbers(tensor).reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0) : 0;

/** The configuration in upstream's words; what it leaves out is as in VGGT-1B, or to be seen in the weights. */
function geometryConfig({ config: given, weights, outputs }: Golden): GeometryConfig {
  const config = isRecord(given) ? given : {};
  const read = (name: string, fallback?: number): number => numberIn(config, name, fallback);
  const registers = read('num_register_tokens');
  const order = config.aa_order;
  if (order !== undefined && JSON.stringify(order) !== '["frame","global"]') {
    throw new Error(`config.aa_order is ${JSON.stringify(order)}, expected ["frame","global"]`);
  }
  return {
    patch: read('patch_size', 14),
    width: read('embed_dim'),
    depth: read('depth', 24),
    heads: read('num_heads', 16),
    mlpRatio: read('mlp_ratio', 4),
    registers,
    ropeBase: Math.max(0, read('rope_freq', 100)),
    run: read('aa_block_size', 1),
    qkNorm: config.qk_norm !== false,
    layerScale: layerScaleIn(weights, 'aggregator.frame_blocks.'),
    patchEmbed: patchEmbedConfig(config, weights),
    ...(isRecord(config.camera) && { camera: cameraConfig(config.camera, weights, outputs) }),
    ...(isRecord(config.depth_head) && { depthHead: depthConfig(config.depth_head) }),
  };
}

function patchEmbedConfig(config: Record<string, unknown>, weights: Golden['weights']): PatchEmbedConfig {
  if (typeof config.patch_embed === 'string' && config.patch_embed.includes('conv')) return { kind: 'conv' };
  return {
    kind: 'dino',
    depth: numberIn(config, 'dino_depth', 24),
    heads: numberIn(config, 'dino_num_heads', 16),
    imageSize: numberIn(config, 'img_size', 518),
    registers: weights.get('aggregator.patch_embed.register_tokens')?.shape[1] ?? 0,
    mlpRatio: mlpRatioIn(weights, 'aggregator.patch_embed.blocks.0'),
    layerScale: layerScaleIn(weights, 'aggregator.patch_embed.blocks.'),
  };
}

function cameraConfig(config: Record<string, unknown>, weights: Golden['weights'], outputs: Golden['outputs']): CameraHeadConfig {
  const last = Math.max(3, ...[...outputs.keys()].map((name) => Number(/(?:^|\.)pose_enc\.(\d+)$/.exec(name)?.[1] ?? 0)));
  return {
    depth: numberIn(config, 'trunk_depth', 4),
    heads: numberIn(config, 'num_heads', 16),
    mlpRatio: mlpRatioIn(weights, 'camera_head.trunk.0'),
    iterations: last + 1,
    layerScale: layerScaleIn(weights, 'camera_head.trunk.'),
  };
}

function depthConfig(config: Record<string, unknown>): DepthHeadConfig {
  type Four = [number, number, number, number];
  const four = (name: string): Four => {
    const list = config[name];
    if (!Array.isArray(list) || list.length !== 4 || !list.every(Number.isInteger)) {
      throw new Error(`config.depth_head.${name} should be four whole numbers, but is ${JSON.stringify(list)}`);
    }
    return list as Four;
  };
  return { features: numberIn(config, 'features'), channels: four('out_channels'), layers: four('intermediate_layer_idx') };
}

/** Hidden channels by channels of a block's MLP; 4 where the weights do not say. */
function mlpRatioIn(weights: ReadonlyMap<string, HostTensor>, block: string): number {
  const [hidden, width] = weights.get(`${block}.mlp.fc1.weight`)?.shape ?? [];
  return hidden && width ? hidden / width : 4;
}

/** Whether blocks have LayerScale: its first value does not matter here. */
const layerScaleIn = (weights: ReadonlyMap<string, HostTensor>, blocks: string): number | false =>
  [...weights.keys()].some((name) => name.startsWith(blocks) && name.endsWith('.ls1.gamma')) ? 1 : false;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Throws when it is no number, or left out where nothing stands in for it. */
function numberIn(config: Record<string, unknown>, name: string, fallback?: number): number {
  const value = config[name] ?? fallback;
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new Error(`config.${name} should be a number, but is ${JSON.stringify(value)}`);
  return value;
}
