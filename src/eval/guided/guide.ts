/**
 * Mask-guided prompts (the paper's appendix F): a box around what the instruction means (a grounder), the pixels of it (a segmenter), and
 * of both a guide: the picture in grey with the mask in a colour over it, half and half, and the instruction with that colour in place of
 * the thing's name. The colour only points; what the thing looks like is what the policy sees of it now.
 */
import { type ColorName, guidePicture, rewrittenInstruction } from '../../robot/guides.ts';
import type { Picture } from '../../robot/views.ts';
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
    picture: guidePicture(picture.data, mask, color),
    instruction: rewrittenInstruction(instruction, found.phrase, color),
    mask,
  };
}
