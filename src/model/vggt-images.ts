/**
 * Pictures as VGGT takes them (facebookresearch/vggt, `load_and_preprocess_images` in `vggt/utils/load_fn.py`): as wide as the network was
 * trained with, as high as whole patches come nearest to their proportions, resized by Pillow's bicubic filter.
 */
import type { Picture } from '../robot/views.ts';
import { type HostTensor, hostTensor } from '../tensor/host.ts';
import { bicubic, requireRgb, roundHalfToEven } from './resample.ts';

/** How pictures become as large as the network wants them. */
export interface VggtImagesOptions {
  /**
   * `crop`, the default: `size` wide, of what is higher than `size` the middle. `pad`: the longer side is `size`, and white on both sides
   * of the shorter one makes a square.
   */
  readonly mode?: 'crop' | 'pad';
  /** Pixels; 518 by default. */
  readonly size?: number;
  /** Pixels of a side of a patch; 14 by default. */
  readonly patch?: number;
}

/**
 * Pictures → f32[1, S, 3, H, W] from 0 to 1: the views of one scene. Where they come out at different sizes, white is added around the
 * smaller ones. Throws when there is none, when one is so narrow that no patch fits into it, and when one's data are not RGB of its size.
 */
export function vggtImages(pictures: readonly Picture[], { mode = 'crop', size = 518, patch = 14 }: VggtImagesOptions = {}): HostTensor {
  if (pictures.length === 0) throw new Error('expected at least one picture, got none');
  if (size % patch !== 0) throw new Error(`patches of ${patch} pixels do not fill ${size} pixels`);
  const resized = pictures.map((picture) => {
    requireRgb(picture);
    const { width, height } = resizedSize(picture, mode, size, patch);
    return croppedTo(bicubic(picture, width, height), size);
  });
  const square = mode === 'pad' ? size : 0;
  const height = Math.max(square, ...resized.map((picture) => picture.height));
  const width = Math.max(square, ...resized.map((picture) => picture.width));
  const values = new Float32Array(pictures.length * 3 * height * width).fill(1);
  resized.forEach((picture, i) => {
    const [top, left] = [Math.floor((height - picture.height) / 2), Math.floor((width - picture.width) / 2)];
    for (let channel = 0; channel < 3; channel++) {
      for (let y = 0; y < picture.height; y++) {
        const to = ((i * 3 + channel) * height + top + y) * width + left;
        for (let x = 0; x < picture.width; x++) values[to + x] = (picture.data[(y * picture.width + x) * 3 + channel] as number) / 255;
      }
    }
  });
  return hostTensor('f32', [1, pictures.length, 3, height, width], values);
}

/**
 * What a file with transparency shows on white, as upstream has it before all else (Pillow's `alpha_composite`, to the bit):
 * u8[height, width, 4], RGBA, → RGB. Throws when the data are of another size.
 */
export function overWhite({ width, height, data }: Picture): Picture {
  if (data.length !== 4 * width * height) {
    throw new Error(`a picture of ${width}×${height} pixels has ${4 * width * height} bytes of RGBA, but this one has ${data.length}`);
  }
  const rgb = new Uint8Array(3 * width * height);
  for (let i = 0; i < rgb.length; i++) {
    const pixel = Math.floor(i / 3);
    const alpha = data[4 * pixel + 3] as number;
    rgb[i] = Math.round(((data[4 * pixel + (i % 3)] as number) * alpha) / 255 + 255 - alpha);
  }
  return { width, height, data: rgb };
}

type Size = Pick<Picture, 'width' | 'height'>;

/** The size before cropping and padding. */
function resizedSize({ width, height }: Size, mode: 'crop' | 'pad', size: number, patch: number): Size {
  const inPatches = (pixels: number, by: number): number => roundHalfToEven((pixels * (size / by)) / patch) * patch;
  const wide = mode === 'crop' || width >= height;
  const found = wide ? { width: size, height: inPatches(height, width) } : { width: inPatches(width, height), height: size };
  if (found.width === 0 || found.height === 0) {
    throw new Error(`a picture of ${width}×${height} is too narrow: at ${size} pixels it is less than half a patch of ${patch}`);
  }
  return found;
}

/** The middle `size` rows; all of them where there are not more. */
function croppedTo({ width, height, data }: Picture, size: number): Picture {
  if (height <= size) return { width, height, data };
  const from = Math.floor((height - size) / 2);
  return { width, height: size, data: data.subarray(3 * width * from, 3 * width * (from + size)) };
}
