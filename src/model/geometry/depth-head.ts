/**
 * VGGT's depth head: a dense prediction transformer (DPT, Ranftl et al. 2021) over four layers of the aggregator
 * (`vggt/heads/dpt_head.py`).
 */
import { fail, fanInInit } from '../../nn/layer.ts';
import { layerNorm } from '../../nn/norm.ts';
import { hostTensor } from '../../tensor/host.ts';
import { relu } from '../../tensor/ops/activation.ts';
import { add } from '../../tensor/ops/arithmetic.ts';
import { cast } from '../../tensor/ops/cast.ts';
import { type ConvOptions, conv, convTranspose } from '../../tensor/ops/conv.ts';
import { reshape, slice, transpose } from '../../tensor/ops/layout.ts';
import { exp } from '../../tensor/ops/math.ts';
import { resize } from '../../tensor/ops/resize.ts';
import { type Scope, zerosInit } from '../../tensor/parameters.ts';
import { constant, type Tensor } from '../../tensor/tensor.ts';

/** Size of the head. VGGT-1B has 256 features, channels 256, 512, 1024, 1024, and layers 4, 11, 17, 23. */
export interface DepthHeadConfig {
  /** Channels where the four layers are fused: a multiple of 8. */
  readonly features: number;
  /** Channels of the four layers before that: multiples of 4. */
  readonly channels: readonly [number, number, number, number];
  /** Which of the aggregator's layers, counted from 0. */
  readonly layers: readonly [number, number, number, number];
}

/** What the aggregator's tokens are of. */
export interface DepthHeadInput {
  /** All layers f32[B, S, P, C] of the aggregator. */
  readonly layers: readonly Tensor[];
  /** Which token is the first patch. */
  readonly patchStart: number;
  /** Pixels of the images, [H, W]. */
  readonly size: readonly [number, number];
  /** Pixels of a side of a patch. */
  readonly patch: number;
}

/** For each pixel. */
export interface DepthMaps {
  /** f32[B, S, H, W, 1], above 0; unit: the scene's scale */
  readonly depth: Tensor;
  /** f32[B, S, H, W], above 1 */
  readonly confidence: Tensor;
}

/** Channels before the last convolution. */
const HIDDEN = 32;

/**
 * How far away what each pixel shows is, and how sure that is. The scope is `depth_head`. Throws when a layer is asked for that there is
 * not, and when channels cannot hold the embedding of places.
 */
export function depthHead(scope: Scope, { layers, patchStart, size, patch }: DepthHeadInput, config: DepthHeadConfig): DepthMaps {
  const [height, width] = size;
  const [rows, columns] = [height / patch, width / patch];
  const aspect = width / height;

  const maps = config.layers.map((index, i) => {
    const tokens = layers[index] ?? fail(scope, `the aggregator has ${layers.length} layers: there is no layer ${index} (counted from 0)`);
    // Upstream runs the heads in single precision, whatever the aggregator runs in.
    const patches = layerNorm(scope.in('norm'), cast(slice(tokens, 2, patchStart), 'f32'));
    const map = transpose(reshape(patches, [-1, rows, columns, tokens.shape[3] as number]), [0, 3, 1, 2]);
    const projected = convolve(scope.in('projects', i), map, { out: config.channels[i] as number, kernel: 1 });
    return rescale(scope.in('resize_layers', i), embedPlaces(scope, projected, aspect), i);
  });

  const fused = embedPlaces(scope, resize(fuse(scope.in('scratch'), maps, config.features), size, ALIGNED), aspect);
  const last = scope.in('scratch', 'output_conv2');
  const hidden = relu(convolve(last.in(0), fused, { out: HIDDEN, kernel: 3 }));
  const found = convolve(last.in(2), hidden, { out: 2, kernel: 1 });
  const [batch, views] = (layers[0] as Tensor).shape as [number, number];
  return {
    depth: reshape(exp(slice(found, 1, 0, 1)), [batch, views, height, width, 1]),
    confidence: reshape(add(exp(slice(found, 1, 1, 2)), 1), [batch, views, height, width]),
  };
}

const ALIGNED = { mode: 'bilinear', alignCorners: true } as const;

/** The four layers at 4, 2, 1 and ½ times the grid of patches. */
function rescale(scope: Scope, x: Tensor, layer: number): Tensor {
  const channels = x.shape[1] as number;
  if (layer === 2) return x;
  if (layer === 3) return convolve(scope, x, { out: channels, kernel: 3, stride: 2 });
  const factor = layer === 0 ? 4 : 2;
  const weight = scope.parameter('weight', [channels, channels, factor, factor], { init: fanInInit });
  return convTranspose(x, weight, scope.parameter('bias', [channels], { init: zerosInit }), { stride: factor });
}

/** From the coarsest map to the finest, each added to what came before: maps [N, Cᵢ, …] → [N, features/2, 8·rows, 8·columns]. */
function fuse(scope: Scope, maps: readonly Tensor[], features: number): Tensor {
  const equal = maps.map((map, i) => convolve(scope.in(`layer${i + 1}_rn`), map, { out: features, kernel: 3, bias: false }));
  const [finest] = equal as [Tensor];
  let x = equal.at(-1) as Tensor;
  for (let i = equal.length - 1; i >= 0; i--) {
    const block = scope.in(`refinenet${i + 1}`);
    const map = equal[i] as Tensor;
    if (i < equal.length - 1) x = add(x, residual(block.in('resConfUnit1'), map));
    const [h, w] = (equal[i - 1] ?? finest).shape.slice(2) as [number, number];
    const grown = resize(residual(block.in('resConfUnit2'), x), i > 0 ? [h, w] : [2 * h, 2 * w], ALIGNED);
    x = convolve(block.in('out_conv'), grown, { out: features, kernel: 1 });
  }
  return convolve(scope.in('output_conv1'), x, { out: Math.floor(features / 2), kernel: 3 });
}

/** Upstream's ReLU works in place, so what is added is the rectified input: conv₂(relu(conv₁(relu x))) + relu x. */
function residual(scope: Scope, x: Tensor): Tensor {
  const out = x.shape[1] as number;
  const rectified = relu(x);
  const inner = relu(convolve(scope.in('conv1'), rectified, { out, kernel: 3 }));
  return add(convolve(scope.in('conv2'), inner, { out, kernel: 3 }), rectified);
}

interface ConvolveOptions extends Pick<ConvOptions, 'stride'> {
  readonly out: number;
  /** Odd; half of it is padded with zeros. */
  readonly kernel: number;
  readonly bias?: boolean;
}

/** Declares `weight` [out, C, kernel, kernel] and `bias` [out]. */
function convolve(scope: Scope, x: Tensor, { out, kernel, bias = true, stride = 1 }: ConvolveOptions): Tensor {
  const weight = scope.parameter('weight', [out, x.shape[1] as number, kernel, kernel], { init: fanInInit });
  const added = bias ? scope.parameter('bias', [out], { init: zerosInit }) : undefined;
  return conv(x, weight, added, { stride, padding: (kernel - 1) / 2 });
}

/**
 * Adds a tenth of [sin, cos of x, sin, cos of y] to x [N, C, h, w], with C/4 frequencies 100^(−i/(C/4)) each. Places are those of the
 * pixels' centres in a picture of the given width/height, whose half diagonal is 1 (`create_uv_grid`, `position_grid_to_embed`).
 */
function embedPlaces(scope: Scope, x: Tensor, aspect: number): Tensor {
  const [, channels, height, width] = x.shape as [number, number, number, number];
  const count = channels / 4;
  if (!Number.isInteger(count)) fail(scope, `the embedding of places needs a multiple of 4 channels, found ${channels}`);
  const diagonal = Math.sqrt(aspect * aspect + 1);
  /** [C, n]: waves along n pixels, in half of the channels. */
  const waves = (n: number, span: number, firstChannel: number): Float32Array => {
    const values = new Float32Array(channels * n);
    for (let i = 0; i < 2 * count; i++) {
      const frequency = 100 ** (-(i % count) / count);
      const wave = i < count ? Math.sin : Math.cos;
      for (let at = 0; at < n; at++) values[(firstChannel + i) * n + at] = 0.1 * wave(((span * (2 * at + 1 - n)) / n) * frequency);
    }
    return values;
  };
  // The one is the same in all rows, the other in all columns: as one tensor they would be as large as x.
  const across = hostTensor('f32', [1, channels, 1, width], waves(width, aspect / diagonal, 0));
  const down = hostTensor('f32', [1, channels, height, 1], waves(height, 1 / diagonal, 2 * count));
  return add(add(x, constant(across)), constant(down));
}
