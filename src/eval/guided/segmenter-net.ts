/**
 * A small network that tells a thing from what is around it: a square of the picture around the box, with the box as a fourth channel, goes
 * through a U-Net (Ronneberger et al. 2015, with sums in place of concatenations), and comes out as a logit for each of its pixels. The
 * squares are of one size whatever the picture's, so that near and far things look alike to it.
 */
import { fanInInit, parameterFor } from '../../nn/layer.ts';
import type { Picture } from '../../robot/views.ts';
import { relu } from '../../tensor/ops/activation.ts';
import { add } from '../../tensor/ops/arithmetic.ts';
import { conv, convTranspose } from '../../tensor/ops/conv.ts';
import { type Scope, zerosInit } from '../../tensor/parameters.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { logitAt, type Mask, type PixelBox } from './masks.ts';

/** Pixels of a side of the square, and its channels: red, green, blue, inside the box. */
export const [SIDE, CHANNELS] = [32, 4] as const;

/** Channels of the three levels, of 32, 16 and 8 pixels of a side. */
const WIDTHS = [16, 32, 64] as const;

/** Squares f32[B, 4, 32, 32] in 0 to 1 → logits f32[B, 1, 32, 32]: above 0 where it is the thing. */
export function segmenterNet(scope: Scope, squares: Tensor): Tensor {
  const [fine, middle, coarse] = WIDTHS;
  const layer = (name: string, x: Tensor, out: number, stride: 1 | 2 = 1): Tensor => {
    const [own, from] = [scope.in(name), x.shape[1] as number];
    const weight = parameterFor(x, own, 'weight', [out, from, 3, 3], fanInInit);
    return conv(x, weight, parameterFor(x, own, 'bias', [out], zerosInit), { stride, padding: 1 });
  };
  const up = (name: string, x: Tensor, out: number): Tensor => {
    const [own, from] = [scope.in(name), x.shape[1] as number];
    const weight = parameterFor(x, own, 'weight', [from, out, 2, 2], fanInInit);
    return convTranspose(x, weight, parameterFor(x, own, 'bias', [out], zerosInit), { stride: 2 });
  };
  const a = relu(layer('in', squares, fine));
  const b = relu(layer('down1', a, middle, 2));
  const c = relu(layer('down2', b, coarse, 2));
  const d = add(c, relu(layer('deep', c, coarse)));
  const e = relu(layer('mix1', add(b, up('up1', d, middle)), middle));
  const f = relu(layer('mix2', add(a, up('up2', e, fine)), fine));
  return layer('out', f, 1);
}

/** The square of a picture that the network sees for a box: its upper left corner and its side, in pixels. */
export interface Square {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/** As wide as the box's longer side and half of that again, around its middle. */
export function squareAround([left, top, right, bottom]: PixelBox): Square {
  const side = 1.5 * Math.max(right - left, bottom - top, 1);
  return { left: (left + right - side) / 2, top: (top + bottom - side) / 2, side };
}

/**
 * What the network sees of a picture: writes f32[4, 32, 32] into `into`. Between pixels it is interpolated, beyond the picture's edge it is
 * black.
 */
export function cutSquare({ width, height, data }: Picture, box: PixelBox, into: Float32Array): void {
  const { left, top, side } = squareAround(box);
  const plane = SIDE * SIDE;
  const level = (x: number, y: number, channel: number): number =>
    x < 0 || y < 0 || x >= width || y >= height ? 0 : (data[3 * (y * width + x) + channel] as number);
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const [x, y] = [left + ((column + 0.5) * side) / SIDE, top + ((row + 0.5) * side) / SIDE];
      const [x0, y0] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
      const [u, v] = [x - 0.5 - x0, y - 0.5 - y0];
      const at = row * SIDE + column;
      for (let channel = 0; channel < 3; channel++) {
        const above = (1 - u) * level(x0, y0, channel) + u * level(x0 + 1, y0, channel);
        const below = (1 - u) * level(x0, y0 + 1, channel) + u * level(x0 + 1, y0 + 1, channel);
        into[channel * plane + at] = ((1 - v) * above + v * below) / 255;
      }
      into[3 * plane + at] = x >= box[0] && x < box[2] && y >= box[1] && y < box[3] ? 1 : 0;
    }
  }
}

/** What of the square is the thing, for training: f32[32, 32] of the pixels that its points lie in. */
export function cutMask(mask: Mask, { width, height }: Pick<Picture, 'width' | 'height'>, box: PixelBox): Float32Array {
  const { left, top, side } = squareAround(box);
  return Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
    const x = Math.floor(left + (((i % SIDE) + 0.5) * side) / SIDE);
    const y = Math.floor(top + ((Math.floor(i / SIDE) + 0.5) * side) / SIDE);
    return x < 0 || y < 0 || x >= width || y >= height ? 0 : (mask[y * width + x] as number);
  });
}

/** The mask of a whole picture, of the logits f32[32, 32] of a box's square: what is above 0 between them. */
export function pasteMask(logits: Float32Array, { width, height }: Pick<Picture, 'width' | 'height'>, box: PixelBox): Mask {
  const { left, top, side } = squareAround(box);
  const mask = new Uint8Array(width * height);
  for (let y = Math.max(0, Math.round(top)); y < Math.min(height, Math.round(top + side)); y++) {
    for (let x = Math.max(0, Math.round(left)); x < Math.min(width, Math.round(left + side)); x++) {
      const [column, row] = [((x + 0.5 - left) / side) * SIDE, ((y + 0.5 - top) / side) * SIDE];
      if (logitAt(logits, SIDE, column, row) > 0) mask[y * width + x] = 1;
    }
  }
  return mask;
}
