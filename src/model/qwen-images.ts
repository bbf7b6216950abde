/**
 * Pictures as Qwen2.5-VL's vision tower takes them: what `Qwen2VLImageProcessor` of transformers makes of them, the one on NumPy and Pillow
 * (`use_fast=False`), to the bit. The one on torchvision resizes with rounder weights, and differs by a level here and there.
 */
import type { Picture } from '../robot/views.ts';
import { type HostTensor, hostTensor } from '../tensor/host.ts';
import { bicubic, requireRgb, roundHalfToEven } from './resample.ts';
import type { PatchGrid, VisionConfig } from './vision.ts';

/** Mean of each channel, from 0 to 1 (`OPENAI_CLIP_MEAN`) */
export const CLIP_MEAN: readonly [number, number, number] = [0.48145466, 0.4578275, 0.40821073];
/** Standard deviation of each channel (`OPENAI_CLIP_STD`) */
export const CLIP_STD: readonly [number, number, number] = [0.26862954, 0.26130258, 0.27577711];

/** Sizes that pictures get. */
export interface PixelLimits {
  /** 56 · 56 by default (`min_pixels`) */
  readonly minPixels?: number;
  /**
   * 16,384 visual tokens of 28 × 28 by default, as the published models' `preprocessor_config.json` has it (`max_pixels`: 12,845,056); the
   * default of transformers' class alone is 1,280.
   */
  readonly maxPixels?: number;
}

/** How pixels make a visual token. */
export type PatchSizes = Pick<VisionConfig, 'patch' | 'temporalPatch' | 'merge'>;

/** What the tower takes. */
export interface QwenImage {
  /** f32[N, 3·T·p·p] (`pixel_values`) */
  readonly pixels: HostTensor;
  /** `image_grid_thw` */
  readonly grid: PatchGrid;
}

/**
 * A picture of any size, resized (`smart_resize`, bicubic) and cut into patches. Upstream drops transparency before (`convert('RGB')`).
 * Throws when one side is over 200 times the other, and when the data are not RGB of that size.
 */
export function qwenImage(picture: Picture, sizes: PatchSizes, limits: PixelLimits = {}): QwenImage {
  requireRgb(picture);
  const { width, height } = qwenSize(picture, sizes.patch * sizes.merge, limits);
  return qwenPatches(bicubic(picture, width, height), sizes);
}

/**
 * The size that a picture gets: multiples of `factor`, about the same aspect ratio, and a number of pixels within limits (`smart_resize`).
 * Throws when one side is over 200 times the other.
 */
export function qwenSize(
  { width, height }: Pick<Picture, 'width' | 'height'>,
  factor: number,
  { minPixels = 56 * 56, maxPixels = 28 * 28 * 16384 }: PixelLimits = {},
): { width: number; height: number } {
  const aspect = Math.max(width, height) / Math.min(width, height);
  if (aspect > 200) throw new Error(`a picture of ${width}×${height} is too narrow: its sides differ by ${aspect.toFixed(0)}, 200 at most`);
  const sides = (round: (units: number) => number, scale: number, least = 0) => ({
    width: Math.max(least, round(width * scale)) * factor,
    height: Math.max(least, round(height * scale)) * factor,
  });
  const nearest = sides((side) => roundHalfToEven(side / factor), 1);
  if (nearest.width * nearest.height > maxPixels) {
    const shrink = Math.sqrt((height * width) / maxPixels);
    return sides((side) => Math.floor(side / shrink / factor), 1, 1);
  }
  if (nearest.width * nearest.height < minPixels) {
    const grow = Math.sqrt(minPixels / (height * width));
    return sides((side) => Math.ceil((side * grow) / factor), 1);
  }
  return nearest;
}

/**
 * Normalises a picture and cuts it into patches, those of a cell of m × m together, a patch as channel, frame, row, column. The picture is
 * all frames of its patches. Throws when cells do not fill it, and when the data are not RGB of its size.
 */
export function qwenPatches(picture: Picture, { patch, temporalPatch, merge }: PatchSizes): QwenImage {
  requireRgb(picture);
  const { width, height, data } = picture;
  const [rows, columns] = [height / patch, width / patch];
  if (rows % merge !== 0 || columns % merge !== 0) {
    throw new Error(`cells of ${patch * merge}×${patch * merge} pixels do not fill a picture of ${width}×${height}`);
  }
  const levels = normalisedLevels();
  const pixels = new Float32Array(3 * temporalPatch * width * height);
  let written = 0;
  for (const { top, left } of patchCorners(rows, columns, merge)) {
    for (let channel = 0; channel < 3; channel++) {
      for (let frame = 0; frame < temporalPatch; frame++) {
        for (let y = top * patch; y < (top + 1) * patch; y++) {
          for (let x = left * patch; x < (left + 1) * patch; x++) {
            pixels[written++] = levels[256 * channel + (data[3 * (y * width + x) + channel] as number)] as number;
          }
        }
      }
    }
  }
  return { pixels: hostTensor('f32', [rows * columns, 3 * temporalPatch * patch * patch], pixels), grid: { frames: 1, rows, columns } };
}

/** Row and column of every patch, cell after cell. */
function* patchCorners(rows: number, columns: number, merge: number): Generator<{ top: number; left: number }> {
  for (let row = 0; row < rows; row += merge) {
    for (let column = 0; column < columns; column += merge) {
      for (let patch = 0; patch < merge * merge; patch++) {
        yield { top: row + Math.floor(patch / merge), left: column + (patch % merge) };
      }
    }
  }
}

/** f32[3, 256]: what becomes of each level of each channel, rounded after each step as upstream's is. */
function normalisedLevels(): Float32Array {
  const f = Math.fround;
  return Float32Array.from({ length: 3 * 256 }, (_, i) => {
    const channel = Math.floor(i / 256);
    return f(f((i % 256) * (1 / 255)) - f(CLIP_MEAN[channel] as number)) / f(CLIP_STD[channel] as number);
  });
}
