/**
 * Camera images at the size that a model wants. Training and inference both come through here, so that a policy never sees pixels
 * from another resampler than it was trained on.
 *
 * `resize` is Pillow 12.0's bilinear filter to the bit (`ImagingResample` in libImaging/Resample.c, 8 bits a channel): a triangle as
 * wide as the shrinking asks for, in fixed point, rows first and then columns. `letterbox` is openpi's `resize_with_pad`
 * (openpi_client/image_tools.py).
 */
import { resample } from './resize.ts';

/** A picture: u8[height, width, 3], RGB. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Throws unless the picture has as many bytes as its size says. */
function requirePicture({ width, height, data }: Picture): void {
  if (!(Number.isInteger(width) && width > 0 && Number.isInteger(height) && height > 0) || data.length !== 3 * width * height) {
    throw new Error(`a picture of ${width}×${height} RGB pixels has ${3 * width * height} bytes, but this one has ${data.length}`);
  }
}

/** The picture at another size. Throws when a side is not a whole number from 1 up. */
export function resize(picture: Picture, width: number, height: number): Picture {
  requirePicture(picture);
  if (![width, height].every((side) => Number.isInteger(side) && side > 0)) {
    throw new Error(`resize: the sides must be whole numbers from 1 up, got ${width}×${height}`);
  }
  if (picture.width === width && picture.height === height) return picture;
  return { width, height, data: resample(picture, width, height) };
}

/** Where a picture lies inside its letterbox, in pixels of that. */
export interface LetterboxPlace {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where `letterbox` puts a picture of this size in a square of `size` pixels. */
export function letterboxPlace({ width, height }: Pick<Picture, 'width' | 'height'>, size: number): LetterboxPlace {
  const ratio = Math.max(width / size, height / size);
  const [inside, tall] = [Math.max(1, Math.trunc(width / ratio)), Math.max(1, Math.trunc(height / ratio))];
  return { left: (size - inside) >> 1, top: (size - tall) >> 1, width: inside, height: tall };
}

/** The whole picture in a square of `size` pixels, its proportions kept, black around it. */
export const letterbox = (picture: Picture, size: number): Picture => pad(contain(picture, size), size);

/** The picture as large as it is inside its letterbox, without the black around it. */
export function contain(picture: Picture, size: number): Picture {
  const { width, height } = letterboxPlace(picture, size);
  return resize(picture, width, height);
}

/**
 * A picture that fits into a square of `size` pixels in the middle of it, black around it. The square is written into `into`, if given:
 * u8[size, size, 3] of zeros. Throws when it does not fit.
 */
export function pad(picture: Picture, size: number, into?: Uint8Array): Picture {
  const { width, height, data } = picture;
  if (width === size && height === size && !into) return picture;
  if (width > size || height > size) throw new Error(`pad: a picture of ${width}×${height} pixels does not fit into ${size}×${size}`);
  const square = into ?? new Uint8Array(3 * size * size);
  const [left, top] = [(size - width) >> 1, (size - height) >> 1];
  for (let y = 0; y < height; y++) square.set(data.subarray(3 * y * width, 3 * (y + 1) * width), 3 * ((top + y) * size + left));
  return { width: size, height: size, data: square };
}
