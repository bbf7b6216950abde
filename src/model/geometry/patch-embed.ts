/** How VGGT's aggregator gets its patch tokens: from DINOv2 with registers, or from a convolution alone. */

import { parameterFor, unknownKind } from '../../nn/layer.ts';
import { layerNorm } from '../../nn/norm.ts';
import { patchEmbed } from '../../nn/patch-embed.ts';
import { vitBlock } from '../../nn/vit-block.ts';
import { checkpoint } from '../../tensor/gradients.ts';
import { add } from '../../tensor/ops/arithmetic.ts';
import { broadcastTo } from '../../tensor/ops/broadcast.ts';
import { concat, reshape, slice, transpose } from '../../tensor/ops/layout.ts';
import { resize } from '../../tensor/ops/resize.ts';
import { normalInit, type Scope } from '../../tensor/parameters.ts';
import type { Tensor } from '../../tensor/tensor.ts';

/** DINOv2's vision transformer with registers (Darcet et al. 2023), as wide as the aggregator. */
export interface DinoConfig {
  readonly kind: 'dino';
  readonly depth: number;
  readonly heads: number;
  readonly registers: number;
  /** Pixels of a side of the pictures that the positional embedding was trained with; a multiple of the patch. */
  readonly imageSize: number;
  /** Hidden channels of the MLPs by channels; 4 by default. */
  readonly mlpRatio?: number;
  /** First value of LayerScale's γ, 1 by default; `false` for none. */
  readonly layerScale?: number | false;
}

/** Where patch tokens come from. */
export type PatchEmbedConfig = { readonly kind: 'conv' } | DinoConfig;

/** What DINOv2's positional embedding depends on. */
export interface PatchTokenSizes {
  /** Pixels of a side of a patch. */
  readonly patch: number;
  /** Channels of a token. */
  readonly width: number;
}

/** LayerNorm's ε in DINOv2. */
const EPSILON = 1e-6;

/**
 * Patch tokens, row by row: normalised images f32[N, 3, H, W] → f32[N, H/p·W/p, width]. The scope is the aggregator's `patch_embed`: it
 * declares `proj` for `conv`, and for `dino` DINOv2's names (`cls_token`, `pos_embed`, `register_tokens`, `patch_embed.proj`,
 * `blocks.i`, `norm`). `recompute`: see `AggregateOptions`. Throws when patches do not fill the images.
 */
export function embedPatches(
  scope: Scope,
  images: Tensor,
  { patch, width }: PatchTokenSizes,
  config: PatchEmbedConfig,
  { recompute = false }: { readonly recompute?: boolean | undefined } = {},
): Tensor {
  if (config.kind === 'conv') return patchEmbed(scope, images, { width, patch: [patch, patch] });
  if (config.kind !== 'dino') return unknownKind('patch embedding', (config as { kind: never }).kind);
  const { depth, heads, registers, mlpRatio = 4, layerScale = 1 } = config;
  const [count, , height, across] = images.shape as [number, number, number, number];
  const grid = [height / patch, across / patch] as const;
  const patches = patchEmbed(scope.in('patch_embed'), images, { width, patch: [patch, patch] });
  const each = (name: string, tokens: number): Tensor =>
    broadcastTo(parameterFor(images, scope, name, [1, tokens, width], normalInit(1e-6)), [count, tokens, width]);

  const placed = add(concat([each('cls_token', 1), patches], 1), positionalEmbedding(scope, images, grid, { patch, width }, config));
  // Registers come after the class token, and have no place.
  const parts = [slice(placed, 1, 0, 1), ...(registers > 0 ? [each('register_tokens', registers)] : []), slice(placed, 1, 1)];
  let x = concat(parts, 1);
  for (let i = 0; i < depth; i++) {
    const before = x;
    const block = (): Tensor =>
      vitBlock(scope.in('blocks', i), before, {
        heads,
        norm: { kind: 'layer', epsilon: EPSILON },
        feedForward: { kind: 'mlp', hidden: Math.floor(width * mlpRatio) },
        layerScale: layerScale === false ? undefined : layerScale,
      });
    x = recompute ? checkpoint(block) : block();
  }
  return layerNorm(scope.in('norm'), slice(x, 1, 1 + registers), { epsilon: EPSILON });
}

/**
 * DINOv2's learned positions on another grid, by antialiased bicubic interpolation (`interpolate_pos_encoding` with
 * `interpolate_antialias`, offset 0) → f32[1, 1 + rows·columns, width], the class token's first. Declares `pos_embed`, whose grid is
 * `imageSize`/patch square. `like` says in which dtype.
 */
export function positionalEmbedding(
  scope: Scope,
  like: Tensor,
  [rows, columns]: readonly [number, number],
  { patch, width }: PatchTokenSizes,
  { imageSize }: Pick<DinoConfig, 'imageSize'>,
): Tensor {
  const side = Math.floor(imageSize / patch);
  const learned = parameterFor(like, scope, 'pos_embed', [1, 1 + side * side, width], normalInit(0.02));
  const square = transpose(reshape(slice(learned, 1, 1), [1, side, side, width]), [0, 3, 1, 2]);
  const resized = resize(square, [rows, columns], { mode: 'bicubic', antialias: true });
  const placed = reshape(transpose(resized, [0, 2, 3, 1]), [1, rows * columns, width]);
  return concat([slice(learned, 1, 0, 1), placed], 1);
}
