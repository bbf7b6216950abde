/** From the pictures of all views to visual tokens: the 2D tower, the 3D encoder, and the merger in which they meet (section 3.2). */

import { hostTensor } from '../tensor/host.ts';
import { div, mul, sub } from '../tensor/ops/arithmetic.ts';
import { broadcastTo } from '../tensor/ops/broadcast.ts';
import { cast, stopGradient } from '../tensor/ops/cast.ts';
import { pad, reshape, slice, transpose } from '../tensor/ops/layout.ts';
import type { Scope } from '../tensor/parameters.ts';
import { constant, type Tensor } from '../tensor/tensor.ts';
import type { ModelConfig } from './config.ts';
import { geometryBlock } from './fusion.ts';
import { geometryFeatures } from './geometry.ts';
import { CLIP_MEAN, CLIP_STD } from './qwen-images.ts';
import { mergePatches, type VisionConfig, visionTower } from './vision.ts';

/** Visual tokens of a view, rows × columns. */
export function viewGrid({ imageSize, vision: { tower } }: Pick<ModelConfig, 'imageSize' | 'vision'>): readonly [number, number] {
  const side = imageSize / (tower.patch * tower.merge);
  return [side, side];
}

/** How pictures are seen. */
export interface PerceiveOptions {
  /** Whether the first picture is a guide; false by default */
  readonly guide?: boolean;
  /** Compute the inside of blocks again in the backward pass; false by default */
  readonly recompute?: boolean | undefined;
}

/**
 * Pictures u8[B, V, S, S, 3] and which of them there are, bool[B, V] → visual tokens f32[B, V·N, D], view after view. A view that is not
 * there has tokens of its own, and is hidden from the others. With a `guide`, the first picture is of another moment and grey: the 3D
 * encoder does not see it.
 */
export function perceive(
  scope: Scope,
  images: Tensor,
  real: Tensor,
  config: ModelConfig,
  { guide = false, recompute }: PerceiveOptions = {},
): Tensor {
  const { vision, geometry, language, blind } = config;
  const [batch, views, side] = images.shape as [number, number, number];
  const visual = scope.in('visual');
  // f32[B, V, 3, S, S] from 0 to 1
  const seenPixels = div(transpose(cast(images, 'f32'), [0, 1, 4, 2, 3]), 255);
  const pixels = blind ? mul(seenPixels, 0) : seenPixels;
  const rows = side / vision.tower.patch;
  const grids = Array.from({ length: batch * views }, () => ({ frames: 1, rows, columns: rows }));
  const seen = visionTower(visual, patchesOf(reshape(pixels, [batch * views, 3, side, side]), vision.tower), grids, vision.tower, {
    recompute,
  });
  const features = vision.trainable ? seen : stopGradient(seen);
  const solid = (): Tensor | undefined => {
    if (geometry.use === 'none') return undefined;
    const first = guide ? 1 : 0;
    const [now, there] = [slice(pixels, 1, first, views), slice(real, 1, first, views)];
    const seen3d = geometryFeatures(scope.in('aggregator'), now, geometry.encoder, { real: there, recompute });
    const kept = geometry.use === 'frozen' ? stopGradient(seen3d) : seen3d;
    const [before, none] = [[1, 0] as const, [0, 0] as const];
    const cells = guide ? pad(kept, [none, before, none, none, none]) : kept;
    const size = { merge: vision.tower.merge, out: vision.tower.merge ** 2 * vision.tower.width };
    return geometryBlock(visual.in('merger', 'geometry'), cells, size, geometry.fusion);
  };
  const tokens = mergePatches(visual, features, vision.tower, solid);
  return reshape(tokens, [batch, -1, language.width]);
}

/** Patches as Qwen2.5-VL's tower takes them: f32[I, 3, S, S] from 0 to 1 → f32[I·rows·columns, 3·T·p·p], in groups of m × m. */
function patchesOf(pixels: Tensor, { patch, merge, temporalPatch }: VisionConfig): Tensor {
  const [count, , side] = pixels.shape as [number, number, number];
  const channel = (values: readonly number[]): Tensor => constant(hostTensor('f32', [1, 3, 1, 1], values));
  const normalised = div(sub(pixels, channel(CLIP_MEAN)), channel(CLIP_STD));
  const groups = side / (patch * merge);
  const cells = reshape(normalised, [count, 3, groups, merge, patch, groups, merge, patch]);
  const ordered = reshape(transpose(cells, [0, 2, 5, 3, 6, 1, 4, 7]), [-1, 3, 1, patch * patch]);
  // A picture is a film that stands still.
  const film = broadcastTo(ordered, [ordered.shape[0] as number, 3, temporalPatch, patch * patch]);
  return reshape(film, [-1, 3 * temporalPatch * patch * patch]);
}
