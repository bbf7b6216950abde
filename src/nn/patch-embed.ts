/**
 * Patch embedding: a convolution whose stride is its kernel, which is a matrix product over non-overlapping patches. The weight
 * keeps the convolution's layout [out, C, (T,) h, w], so that checkpoints load as they are.
 */
import { reshape, transpose } from '../tensor/ops/layout.ts';
import { affine } from '../tensor/ops/matmul.ts';
import { type Initializer, type Scope, zerosInit } from '../tensor/parameters.ts';
import { formatShape, sizeOf } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { fail, fanInInit, mistake, parameterFor } from './layer.ts';

/**
 * Cuts images into patches, in C order of the grid: f32[N, C, H, W] with patch [h, w] → f32[N, H/h·W/w, C·h·w], or
 * f32[N, C, T, H, W] with patch [t, h, w] → f32[N, T/t·H/h·W/w, C·t·h·w]. Throws when patches do not fill an axis.
 */
export function patchify(images: Tensor, patch: readonly number[]): Tensor {
  const [count, channels, ...space] = images.shape as [number, number, ...number[]];
  const grid = space.map((dim, i) => dim / (patch[i] ?? Number.NaN));
  if (space.length !== patch.length || !grid.every(Number.isInteger)) {
    mistake(`patchify: patches ${formatShape(patch)} do not fill images ${formatShape(images.shape)} along their last axes`);
  }
  const cells = reshape(images, [count, channels, ...grid.flatMap((cells, i) => [cells, patch[i] as number])]);
  // [N, C, g₁, p₁, g₂, p₂, …] → [N, g₁, g₂, …, C, p₁, p₂, …]
  const ordered = transpose(cells, [0, ...grid.map((_, i) => 2 + 2 * i), 1, ...grid.map((_, i) => 3 + 2 * i)]);
  return reshape(ordered, [count, sizeOf(grid), channels * sizeOf(patch)]);
}

/** Size and names of the projection. */
export interface PatchProjectionOptions {
  /** Output channels. */
  readonly width: number;
  /** [C, h, w] or [C, t, h, w]: what one patch is. */
  readonly kernel: readonly number[];
  /** true by default; Qwen2.5-VL has none. */
  readonly bias?: boolean;
  readonly init?: Initializer;
}

/** Patches f32[..., C·(t·)h·w] → f32[..., width]. Declares `proj.weight` [width, ...kernel] and `proj.bias` [width]. */
export function projectPatches(
  scope: Scope,
  patches: Tensor,
  { width, kernel, bias = true, init = fanInInit }: PatchProjectionOptions,
): Tensor {
  const values = sizeOf(kernel);
  if (patches.shape.at(-1) !== values) {
    fail(scope, `a patch ${formatShape(kernel)} has ${values} values, but the patches have ${patches.shape.at(-1)}`);
  }
  const proj = scope.in('proj');
  const weight = reshape(parameterFor(patches, proj, 'weight', [width, ...kernel], init), [width, values]);
  return affine(patches, weight, bias ? parameterFor(patches, proj, 'bias', [width], zerosInit) : undefined);
}

/** Size of the patches and of their embeddings. */
export interface PatchEmbedOptions extends Omit<PatchProjectionOptions, 'kernel'> {
  /** [h, w] or [t, h, w] in pixels and frames. */
  readonly patch: readonly number[];
}

/** Images f32[N, C, (T,) H, W] → f32[N, patches, width], as `conv` with stride = kernel = patch. */
export function patchEmbed(scope: Scope, images: Tensor, { patch, ...options }: PatchEmbedOptions): Tensor {
  return projectPatches(scope, patchify(images, patch), { ...options, kernel: [images.shape[1] as number, ...patch] });
}
