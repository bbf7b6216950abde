/**
 * Semantic-aligned 3D integration (section 3.2, equation 3): what the 3D encoder sees of a patch is added to what the 2D tower sees of it,
 * through a widened first layer of the merger. [H²ᴰ; H³ᴰ]·W is H²ᴰ·W²ᴰ + H³ᴰ·W³ᴰ: the 2D block keeps its published name and values, the 3D
 * block is a weight of its own, zero at first, so that visual tokens are those of the language model, bit for bit.
 */
import { fanInInit, parameterFor } from '../nn/layer.ts';
import { reshape, transpose } from '../tensor/ops/layout.ts';
import { matmul } from '../tensor/ops/matmul.ts';
import { type Scope, zerosInit } from '../tensor/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** How the 3D block begins: `zero`, or at random (table 3, "w/o Zero-Init 3D Projector"). */
export interface FusionConfig {
  readonly init: 'zero' | 'random';
}

/**
 * The 3D block's part of the merger's first layer: features f32[B, V, rows, columns, C] of patches → f32[B·V·rows·columns/m², out], in the
 * order of the merger's groups of m × m. Declares `weight` [out, m²·C].
 */
export function geometryBlock(
  scope: Scope,
  features: Tensor,
  { merge, out }: { readonly merge: number; readonly out: number },
  { init }: FusionConfig,
): Tensor {
  const [batch, views, rows, columns, width] = features.shape as [number, number, number, number, number];
  const cells = reshape(features, [batch * views, rows / merge, merge, columns / merge, merge, width]);
  const groups = reshape(transpose(cells, [0, 1, 3, 2, 4, 5]), [-1, merge * merge * width]);
  const weight = parameterFor(groups, scope, 'weight', [out, merge * merge * width], init === 'zero' ? zerosInit : fanInInit);
  return matmul(groups, weight, { transposeB: true });
}
