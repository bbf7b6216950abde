/**
 * Mask-guided prompts (the paper's appendix F): a box around what the instruction means (a grounder), the pixels of it (a segmenter), and
 * of both a guide: the picture in grey with the mask in a colour over it, half and half, and the instruction with that colour in place of
 * the thing's name. The colour only points; what the thing looks like is what the policy sees of it now.
 */
import type { Picture } from '../../robot/views.ts';
import { type MASK_COLORS, maskColor, maskOverlay } from '../../sim/tasks/mask.ts';
import type { Mask, PixelBox } from './masks.ts';

/** What an instruction means, and where it is. */
export interface Grounding {
  /** The words of the instruction that name it, without an article: `red apple` */
  readonly phrase: string;
  readonly box: PixelBox;
}

/** Finds in a picture what is to be grasped. */
export interface Grounder {
  /** undefined when it is not to be seen. */
  ground(picture: Picture, instruction: string): Promise<Grounding | undefined>;
}

/** Tells a thing from what is around it. */
export interface Segmenter {
  /** The mask of the thing in a box. */
  segment(picture: Picture, box: PixelBox): Promise<Mask>;
  dispose(): Promise<void>;
}

/** Name of a mask's colour. */
export type ColorName = keyof typeof MASK_COLORS;

/** What says which thing is meant. */
export interface Guide {
  /** u8[height, width, 3] */
  readonly picture: Uint8Array;
  /** With the colour in place of the name */
  readonly instruction: string;
  readonly mask: Mask;
}

/** How guides are made. */
export interface GuideOptions {
  readonly grounder: Grounder;
  readonly segmenter: Segmenter;
  readonly color: ColorName;
}

/** Grounds, masks, colours and rewrites. undefined when the thing is not to be seen, or its mask has no pixels. */
export async function makeGuide(
  picture: Picture,
  instruction: string,
  { grounder, segmenter, color }: GuideOptions,
): Promise<Guide | undefined> {
  const found = await grounder.ground(picture, instruction);
  if (!found) return undefined;
  const mask = await segmenter.segment(picture, found.box);
  if (!mask.includes(1)) return undefined;
  return {
    picture: maskOverlay({ rgb: picture.data, segmentation: Uint16Array.from(mask) }, 1, maskColor(color)),
    instruction: rewrittenInstruction(instruction, found.phrase, color),
    mask,
  };
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
