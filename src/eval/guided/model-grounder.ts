/** Grounding by a model: it is asked where the thing is, in words of the simulator's data engine, and answers with a box. */
import { parseAnswer } from '../../data/reasoning/answer.ts';
import type { Answerer } from '../../policy/answerer.ts';
import type { Picture } from '../../robot/views.ts';
import type { Grounder } from './guide.ts';
import type { PixelBox } from './masks.ts';

/** A question of `gear sim reason`, kind `grounding-2d`. */
export const groundingQuestion = (phrase: string): string => `Where is the ${phrase}? Answer with its box.`;

/**
 * Grounds what instructions name, the words of which `phraseOf` finds. What the model answers with that is no box, or none within the picture,
 * counts as not to be seen. Throws for pictures that are not as large as the model sees them.
 */
export const modelGrounder = (answerer: Answerer, phraseOf: (instruction: string) => string): Grounder => ({
  async ground(picture, instruction) {
    const phrase = phraseOf(instruction);
    const [said] = await answerer.answer([{ question: groundingQuestion(phrase), ...headView(picture, answerer) }]);
    const box = boxIn(said as string, picture);
    return box && { phrase, box };
  },
});

/** A picture as the head view, without any others. */
function headView({ width, height, data }: Picture, { processor }: Answerer): { images: Uint8Array; viewMask: Uint8Array } {
  const side = processor.config.imageSize;
  if (width !== side || height !== side) throw new Error(`a picture of ${width}×${height} pixels, but the model sees ${side}×${side}`);
  const images = new Uint8Array(3 * data.length);
  images.set(data);
  return { images, viewMask: Uint8Array.of(1, 0, 0) };
}

/** The first box of an answer, in whole pixels of the picture; undefined where there is none. */
function boxIn(said: string, { width, height }: Picture): PixelBox | undefined {
  const parsed = parseAnswer('grounding-2d', said);
  if (!parsed.ok || parsed.answer.kind !== 'grounding-2d' || !parsed.answer.boxes[0]) return undefined;
  const inside = (x: number, most: number): number => Math.min(Math.max(Math.round(x), 0), most);
  const [left, top, right, bottom] = parsed.answer.boxes[0].box;
  const box = [inside(left, width), inside(top, height), inside(right, width), inside(bottom, height)] as const;
  return box[0] < box[2] && box[1] < box[3] ? box : undefined;
}
