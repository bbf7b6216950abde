/**
 * The 3D spatial encoder of figure 2: VGGT's aggregator (Wang et al. 2025; facebookresearch/vggt, `vggt/models/aggregator.py`) over all
 * views together. Blocks alternate between attention within each view (frame) and over all of them (global). Its heads for cameras
 * and depth are beside it, in `geometry/`.
 */

import { mistake, parameterFor } from '../nn/layer.ts';
import { keyMask } from '../nn/masks.ts';
import { gridPositions, type RotaryTable, rotary2d } from '../nn/rotary.ts';
import { type VitBlockOptions, vitBlock } from '../nn/vit-block.ts';
import { checkpoint } from '../tensor/gradients.ts';
import { hostTensor } from '../tensor/host.ts';
import { div, sub } from '../tensor/ops/arithmetic.ts';
import { broadcastTo } from '../tensor/ops/broadcast.ts';
import { concat, reshape, slice } from '../tensor/ops/layout.ts';
import { normalInit, type Scope } from '../tensor/parameters.ts';
import { formatShape } from '../tensor/shape.ts';
import { constant, type Tensor } from '../tensor/tensor.ts';
import { type CameraHeadConfig, cameraHead, type ViewOptions } from './geometry/camera-head.ts';
import { type DepthHeadConfig, type DepthMaps, depthHead } from './geometry/depth-head.ts';
import { embedPatches, type PatchEmbedConfig, type PatchTokenSizes } from './geometry/patch-embed.ts';

/** Size of the encoder. VGGT-1B: patch 14, width 1024, depth 24, 16 heads, 4 registers, base 100, DINOv2 ViT-L of 518 pixels. */
export interface GeometryConfig extends PatchTokenSizes {
  /** Pairs of a frame block and a global block. */
  readonly depth: number;
  readonly heads: number;
  /** Hidden channels of the MLPs by channels. */
  readonly mlpRatio: number;
  /** Register tokens of each view. */
  readonly registers: number;
  /** Of the rotary embedding; 0 for none. */
  readonly ropeBase: number;
  readonly patchEmbed: PatchEmbedConfig;
  /** Blocks of a kind that follow each other (`aa_block_size`); 1 by default. */
  readonly run?: number;
  /** Whether queries and keys are normalised; true by default. */
  readonly qkNorm?: boolean;
  /** First value of LayerScale's γ, 0.01 by default; `false` for none. */
  readonly layerScale?: number | false;
  readonly camera?: CameraHeadConfig;
  readonly depthHead?: DepthHeadConfig;
}

/** What the aggregator makes of the views. Layers that nobody reads are not computed. */
export interface Aggregated {
  /** Per pair of blocks f32[B, S, P, 2·width]: the frame block's tokens, then the global block's. */
  readonly layers: readonly Tensor[];
  /** Which token is the first patch: before it are the camera token and the registers. */
  readonly patchStart: number;
}

/** Which views there are, and what is kept for the backward pass. */
export interface AggregateOptions extends ViewOptions {
  /** Compute the inside of blocks again in the backward pass (`checkpoint`); false by default. */
  readonly recompute?: boolean | undefined;
}

/** ImageNet's mean and deviation per channel, of values from 0 to 1. */
const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

/**
 * Images f32[B, S, 3, H, W] from 0 to 1 → tokens of all layers. The first view is the one in whose frame the scene is described: it must
 * be there. The scope is `aggregator`: declares `camera_token`, `register_token`, `patch_embed`, `frame_blocks.i`, `global_blocks.i`.
 * Throws when patches do not fill the images.
 */
export function aggregate(
  scope: Scope,
  images: Tensor,
  config: GeometryConfig,
  { real, recompute = false }: AggregateOptions = {},
): Aggregated {
  const { width, depth, heads, mlpRatio, registers, run = 1, qkNorm = true, layerScale = 0.01 } = config;
  const [batch, views, rows, columns] = gridOf(images, config);
  if (depth % run !== 0) mistake(`aggregate: runs of ${run} blocks do not fill a depth of ${depth}`);
  const patches = reshape(patchTokens(scope, images, config, { recompute }), [batch, views, rows * columns, width]);
  const own = (name: string, count: number): Tensor[] => (count > 0 ? [tokensOfViews(scope, name, count, patches)] : []);
  const embedded = concat([...own('camera_token', 1), ...own('register_token', registers), patches], 2);
  const tokens = embedded.shape[2] as number;

  const shared: VitBlockOptions = {
    heads,
    norm: { kind: 'layer', epsilon: 1e-5 },
    feedForward: { kind: 'mlp', hidden: Math.floor(width * mlpRatio) },
    qkNorm: qkNorm ? { kind: 'layer' } : undefined,
    layerScale: layerScale === false ? undefined : layerScale,
  };
  const visible = real && keyMask(reshape(broadcastTo(reshape(real, [batch, views, 1]), [batch, views, tokens]), [batch, -1]));
  const within: Attention = {
    name: 'frame_blocks',
    shape: [batch * views, tokens, width],
    options: { ...shared, rotary: rotaryOf(config, rows, columns, 1) },
  };
  const across: Attention = {
    name: 'global_blocks',
    shape: [batch, views * tokens, width],
    options: { ...shared, rotary: rotaryOf(config, rows, columns, views), mask: visible },
  };

  /** `run` blocks, one after another: what each gives, f32[B, S, P, width]. */
  const blocks = (x: Tensor, first: number, { name, shape, options }: Attention): Tensor[] => {
    const given: Tensor[] = [];
    for (let i = first; i < first + run; i++) {
      const before = reshape(given.at(-1) ?? x, shape);
      const block = (): Tensor => vitBlock(scope.in(name, i), before, options);
      given.push(reshape(recompute ? checkpoint(block) : block(), embedded.shape));
    }
    return given;
  };

  const layers: Tensor[] = [];
  let x = embedded;
  for (let first = 0; first < depth; first += run) {
    const frame = blocks(x, first, within);
    const global = blocks(frame.at(-1) as Tensor, first, across);
    x = global.at(-1) as Tensor;
    layers.push(...frame.map((each, i) => concat([each, global[i] as Tensor], 3)));
  }
  return { layers, patchStart: 1 + registers };
}

/** Blocks of one of the two kinds: what they are called, who sees whom, and how. */
interface Attention {
  readonly name: string;
  /** Of the tokens: [groups that do not see each other, tokens, width]. */
  readonly shape: readonly number[];
  readonly options: VitBlockOptions;
}

/** Patch tokens before the aggregator: images f32[B, S, 3, H, W] from 0 to 1 → f32[B·S, rows·columns, width]. The scope is `aggregator`. */
export function patchTokens(
  scope: Scope,
  images: Tensor,
  config: GeometryConfig,
  options: Pick<AggregateOptions, 'recompute'> = {},
): Tensor {
  const [batch, views] = gridOf(images, config);
  const channel = (values: readonly number[]): Tensor => constant(hostTensor(images.dtype, [1, 1, 3, 1, 1], values));
  const normalised = div(sub(images, channel(MEAN)), channel(STD));
  const flat = reshape(normalised, [batch * views, ...images.shape.slice(2)]);
  return embedPatches(scope.in('patch_embed'), flat, config, config.patchEmbed, options);
}

/** For the fusion: what the last layer says of the patches, f32[B, S, rows, columns, 2·width]. The scope is `aggregator`. */
export function geometryFeatures(scope: Scope, images: Tensor, config: GeometryConfig, options: AggregateOptions = {}): Tensor {
  const [batch, views, rows, columns] = gridOf(images, config);
  const { layers, patchStart } = aggregate(scope, images, config, options);
  return reshape(slice(layers.at(-1) as Tensor, 2, patchStart), [batch, views, rows, columns, 2 * config.width]);
}

/** All that VGGT predicts here. Depth belongs to the images' pixels. */
export interface SceneGeometry extends Aggregated {
  /** f32[B, S, 9] after each iteration: see `cameraHead`. */
  readonly poses: readonly Tensor[];
  readonly depth?: DepthMaps;
}

/** The whole network, with those heads that the configuration has: scopes `aggregator`, `camera_head`, `depth_head`. Throws as these do. */
export function vggt(scope: Scope, images: Tensor, config: GeometryConfig, options: AggregateOptions = {}): SceneGeometry {
  const { camera, depthHead: depth, patch } = config;
  const aggregated = aggregate(scope.in('aggregator'), images, config, options);
  const last = aggregated.layers.at(-1) as Tensor;
  const size = images.shape.slice(-2) as [number, number];
  return {
    ...aggregated,
    poses: camera ? cameraHead(scope.in('camera_head'), last, camera, options) : [],
    ...(depth && { depth: depthHead(scope.in('depth_head'), { ...aggregated, size, patch }, depth) }),
  };
}

/** [B, S, rows, columns]. Throws when images are not [B, S, 3, H, W], or patches do not fill them. */
function gridOf({ shape }: Tensor, { patch }: PatchTokenSizes): [number, number, number, number] {
  const [batch, views, channels, height, width] = shape as [number, number, number, number, number];
  if (shape.length !== 5 || channels !== 3)
    mistake(`aggregate: expected images [batch, views, 3, height, width], found ${formatShape(shape)}`);
  if (height % patch !== 0 || width % patch !== 0) {
    mistake(`aggregate: patches of ${patch} × ${patch} pixels do not fill images of ${height} × ${width}`);
  }
  return [batch, views, height / patch, width / patch];
}

/** A kind of token, one for the first view and another for all others: [1, 2, count, width] → [B, S, count, width]. */
function tokensOfViews(scope: Scope, name: string, count: number, patches: Tensor): Tensor {
  const [batch, views, , width] = patches.shape as [number, number, number, number];
  const both = parameterFor(patches, scope, name, [1, 2, count, width], normalInit(1e-6));
  const others = broadcastTo(slice(both, 1, 1), [1, views - 1, count, width]);
  const each = views > 1 ? concat([slice(both, 1, 0, 1), others], 1) : slice(both, 1, 0, 1);
  return broadcastTo(each, [batch, views, count, width]);
}

/** Patches are counted from 1 in both directions, in each view; camera token and registers are at 0. */
function rotaryOf(
  { width, heads, registers, ropeBase }: GeometryConfig,
  rows: number,
  columns: number,
  views: number,
): RotaryTable | undefined {
  if (ropeBase === 0) return undefined;
  const { y, x } = gridPositions(rows, columns, { start: 1 });
  const special = Array<number>(1 + registers).fill(0);
  const ofViews = (positions: readonly number[]): number[] => Array.from({ length: views }, () => [...special, ...positions]).flat();
  return rotary2d(ofViews(y), ofViews(x), { width: width / heads, base: ropeBase, layout: 'split' });
}
