/**
 * Saying which object is meant by a mask over it in the first picture (appendix F of the paper): the picture becomes grey, and the
 * object's pixels are overlaid with a colour, half and half. The instruction then names the colour. Training and use have both from here.
 */
import { unknownName } from './names.ts';

/** A mask as pycocotools' uncompressed run lengths: column by column, the first count is of pixels outside. */
export interface MaskRuns {
  readonly size: readonly [height: number, width: number];
  readonly counts: readonly number[];
}

/** Levels of a picture, u8[height, width, 3], and numbers of what its pixels are of, u16[height, width]. */
export interface Segmented {
  readonly rgb: Uint8Array;
  readonly segmentation: Uint16Array;
}

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

/** Name of a mask's colour. */
export type ColorName = keyof typeof MASK_COLORS;

/** Names of the colours of masks. */
export const MASK_COLOR_NAMES = Object.keys(MASK_COLORS) as readonly ColorName[];

/** A mask's colour by its name. Throws when there is none. */
export function maskColor(name: string): readonly [number, number, number] {
  if (!Object.hasOwn(MASK_COLORS, name)) throw unknownName('colour of masks', name, MASK_COLOR_NAMES);
  return MASK_COLORS[name as ColorName];
}

/**
 * A picture with a mask: u8[height, width, 3], grey by the weights of ITU-R BT.601, and half of it the colour (u8 RGB) where the
 * segmentation has the id, or one of the ids of a thing of several parts. Throws when the two arrays are not of one size.
 */
export function maskOverlay(
  { rgb, segmentation }: Segmented,
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

/** Where an instruction names something: `the red apple`, `a red apple`; not the apples, nor what has more words before its name. */
export const mentionOf = (phrase: string): RegExp =>
  new RegExp(`\\b(?:an?|the) ${phrase.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\b`, 'g');

/**
 * `put the red apple into the plate` → `put the object with the blue mask into the plate`, wherever it is named. Throws when it is not:
 * then nothing would say that the mask matters.
 */
export function rewrittenInstruction(instruction: string, phrase: string, color: ColorName): string {
  const rewritten = instruction.replaceAll(mentionOf(phrase), `the object with the ${color} mask`);
  if (rewritten === instruction) throw new Error(`the instruction "${instruction}" does not have the words "the ${phrase}" in it`);
  return rewritten;
}

/** bool[height, width] of run lengths, which go down the columns. */
export function maskFromRunLengths({ size: [height, width], counts }: MaskRuns): Uint8Array {
  const mask = new Uint8Array(width * height);
  let at = 0;
  for (const [i, count] of counts.entries()) {
    for (let k = at; k < at + count && i % 2 === 1; k++) mask[(k % height) * width + Math.floor(k / height)] = 1;
    at += count;
  }
  return mask;
}

/** The picture that says which thing is meant, u8[height, width, 3]: grey, half of it the colour where the mask, bool[height, width], is. */
export const guidePicture = (rgb: Uint8Array, mask: Uint8Array, color: ColorName): Uint8Array =>
  maskOverlay({ rgb, segmentation: Uint16Array.from(mask) }, 1, maskColor(color));
