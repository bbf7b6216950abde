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

/** The JSON of boxes and points as answers have it, in a code block: one object a line. Coordinates are rounded. */
export function formatPlaces(places: readonly (Box | Point)[]): string {
  const lines = places.map((place) => {
    const [key, numbers] = 'bbox_2d' in place ? ['bbox_2d', place.bbox_2d] : ['point_2d', place.point_2d];
    return `\t{"${key}": [${numbers.map(Math.round).join(', ')}], "label": ${JSON.stringify(place.label)}}`;
  });
  return `\`\`\`json\n[\n${lines.join(',\n')}\n]\n\`\`\``;
}

const box = z.object({ bbox_2d: z.tuple([z.number(), z.number(), z.number(), z.number()]), label: z.string().default('') });
const point = z.object({ point_2d: z.tuple([z.number(), z.number()]), label: z.string().default('') });
const places = z.union([z.array(z.union([box, point])), z.union([box, point]).transform((one) => [one])]);

/** Boxes and points of an answer: JSON, in a code block or not, of one or of a list. Throws when it is something else. */
export function parsePlaces(answer: string): (Box | Point)[] {
  const json = /```(?:json)?\s*(.*?)\s*```/s.exec(answer)?.[1] ?? answer;
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
