/**
 * Saying which object is meant by a mask over it in the first picture (appendix F of the paper): the picture becomes grey, and the
 * object's pixels are overlaid with a colour, half and half. The instruction then names the colour.
 */
import { unknownName } from '../../robot/names.ts';
import type { Picture } from '../render/types.ts';

/** Colours of masks by their names: u8 RGB. */
export const MASK_COLORS = {
  red: [230, 25, 25],
  green: [30, 190, 45],
  blue: [30, 60, 240],
  yellow: [245, 225, 20],
  purple: [150, 30, 200],
  cyan: [20, 220, 225],
  pink: [255, 105, 180],
} as const satisfies Readonly<Record<string, readonly [number, number, number]>>;

/** Names of the colours of masks. */
export const MASK_COLOR_NAMES = Object.keys(MASK_COLORS) as readonly (keyof typeof MASK_COLORS)[];

/** A mask's colour by its name. Throws when there is none. */
export function maskColor(name: string): readonly [number, number, number] {
  if (!Object.hasOwn(MASK_COLORS, name)) throw unknownName('colour of masks', name, MASK_COLOR_NAMES);
  return MASK_COLORS[name as keyof typeof MASK_COLORS];
}

/**
 * A picture with a mask: u8[height, width, 3], grey by the weights of ITU-R BT.601, and half of it the colour (u8 RGB) where the
 * segmentation has the id, or one of the ids of a thing of several parts. Throws when the two arrays are not of one size.
 */
export function maskOverlay(
  { rgb, segmentation }: Pick<Picture, 'rgb' | 'segmentation'>,
  id: number | readonly number[],
  color: readonly [number, number, number],
): Uint8Array {
  if (rgb.length !== 3 * segmentation.length) {
    throw new Error(`a picture has ${rgb.length / 3} pixels, its segmentation ${segmentation.length}`);
  }
  const ids = typeof id === 'number' ? [id] : id;
  const masked = new Uint8Array(rgb.length);
  for (const [pixel, there] of segmentation.entries()) {
    const at = 3 * pixel;
    // In 256ths: 0.299, 0.587, 0.114
    const grey = (77 * (rgb[at] as number) + 150 * (rgb[at + 1] as number) + 29 * (rgb[at + 2] as number) + 128) >> 8;
    const covered = ids.includes(there);
    for (let channel = 0; channel < 3; channel++) {
      masked[at + channel] = covered ? (grey + (color[channel] as number) + 1) >> 1 : grey;
    }
  }
  return masked;
}
