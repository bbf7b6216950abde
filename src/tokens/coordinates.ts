/**
 * Boxes and points as Qwen2.5-VL reads and writes them: JSON with whole numbers of pixels in the image as the model gets it (after
 * resizing), x to the right, y down, from the upper left corner.
 */
import * as z from 'zod';

/** A labelled box, in pixels. */
export interface Box {
  readonly bbox_2d: readonly [left: number, top: number, right: number, bottom: number];
  readonly label: string;
}

/** A labelled point, in pixels. */
export interface Point {
  readonly point_2d: readonly [x: number, y: number];
  readonly label: string;
}

/**
 * The JSON of boxes and points as answers have it, in a code block: one object a line. Coordinates are rounded. Throws when one is not
 * finite.
 */
export function formatPlaces(places: readonly (Box | Point)[]): string {
  const lines = places.map((place) => {
    const [key, numbers] = 'bbox_2d' in place ? ['bbox_2d', place.bbox_2d] : ['point_2d', place.point_2d];
    const wrong = numbers.find((x) => !Number.isFinite(x));
    if (wrong !== undefined)
      throw new Error(`formatPlaces: ${key} of ${JSON.stringify(place.label)} has ${wrong}, but coordinates are finite numbers`);
    return `\t{"${key}": [${numbers.map(Math.round).join(', ')}], "label": ${JSON.stringify(place.label)}}`;
  });
  return `\`\`\`json\n[\n${lines.join(',\n')}\n]\n\`\`\``;
}

const box = z.object({ bbox_2d: z.tuple([z.number(), z.number(), z.number(), z.number()]), label: z.string().default('') });
const point = z.object({ point_2d: z.tuple([z.number(), z.number()]), label: z.string().default('') });
const places = z.union([z.array(z.union([box, point])), z.union([box, point]).transform((one) => [one])]);

/** JSON has no line breaks in its texts: marks at the beginning of a line, unlike others, are not part of a label. */
const CODE_BLOCK = /```(?:json)?\s*([[{].*?[\]}])\s*^[ \t]*```/ms;
const BRACKETS = /[[{].*[\]}]/s;

/**
 * Boxes and points of an answer: JSON, of one or of a list. It is that of the first code block, or where there is none, all from the
 * first bracket to the last one, so that there may be words (without brackets) around it. Throws when this is something else.
 */
export function parsePlaces(answer: string): (Box | Point)[] {
  const json = CODE_BLOCK.exec(answer)?.[1] ?? BRACKETS.exec(answer)?.[0] ?? answer;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new Error(`the answer has no boxes or points: ${(error as Error).message} in ${JSON.stringify(answer.slice(0, 100))}`);
  }
  const result = places.safeParse(value);
  if (!result.success)
    throw new Error(`the answer has no boxes or points, which have bbox_2d or point_2d: ${JSON.stringify(json.slice(0, 100))}`);
  return result.data;
}
