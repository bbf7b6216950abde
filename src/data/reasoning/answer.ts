/**
 * Answers as text, as Qwen2.5-VL writes places: a JSON list in a code fence, one object per line, with `bbox_2d` or `point_2d` in
 * absolute pixels, rounded to whole ones. For what it has no words for, the same with `trajectory_2d`, `trajectory_3d`, `bbox_3d`
 * (centre, size, roll, pitch and yaw; metres and radians with three decimals) and, for masks, the box of each picture's mask with
 * its number, `frame`.
 */
import { z } from 'zod';
import type { Answer, ReasoningKind } from '../reasoning.ts';
import { maskBox } from './masks.ts';

/** Where an object is, picture by picture: what text can say of its masks. */
export interface TrackedBoxes {
  readonly kind: 'mask-tracking';
  readonly boxes: readonly { readonly frame: number; readonly box: readonly [number, number, number, number]; readonly label: string }[];
}

/** An answer as text can say it. */
export type SaidAnswer = Exclude<Answer, { kind: 'mask-tracking' }> | TrackedBoxes;

/** Why a text is no answer of the kind that was asked for. */
export interface AnswerError {
  /** There is no list; there is one, but it is broken or cut off; or it is a list of something else. */
  readonly reason: 'no-list' | 'malformed' | 'mismatch';
  readonly message: string;
}

/** An answer that was understood, or why it was not. */
export type ParsedAnswer = { readonly ok: true; readonly answer: SaidAnswer } | { readonly ok: false; readonly error: AnswerError };

/** The text that a model should answer with. */
export function renderAnswer(answer: Answer): string {
  switch (answer.kind) {
    case 'general-vqa':
    case 'understanding-qa':
    case 'planning-qa':
      return answer.answer;
    case 'trajectory-2d':
      return list(answer.trajectories.map(({ points, label }) => ({ trajectory_2d: points.map((point) => point.map(whole)), label })));
    case 'trajectory-3d':
      return list(answer.trajectories.map(({ points, label }) => ({ trajectory_3d: points.map((point) => point.map(milli)), label })));
    case 'grounding-2d':
    case 'affordance':
      return list(answer.boxes.map(({ box, label }) => ({ bbox_2d: outward(box), label })));
    case 'grounding-3d':
      return list(
        answer.boxes.map(({ centre, size, rotation, label }) => ({
          bbox_3d: [...centre.map(milli), ...size.map((side) => Math.max(milli(side), 0.001)), ...rotation.map(milli)],
          label,
        })),
      );
    case 'space-pointing':
    case 'object-pointing':
      return list(answer.points.map(({ point, label }) => ({ point_2d: point.map(whole), label })));
    case 'mask-tracking':
      return list(
        answer.masks.flatMap((mask, frame) => {
          const box = mask && maskBox(mask);
          return box ? [{ frame, bbox_2d: box, label: answer.label }] : [];
        }),
      );
  }
}

// Adding 0 makes -0 the same number as 0.
const whole = (x: number): number => Math.round(x) + 0;
/** A box of whole pixels around another: one that is smaller than a pixel must not become nothing. */
const outward = ([left, top, right, bottom]: readonly [number, number, number, number]): number[] =>
  [Math.floor(left), Math.floor(top), Math.ceil(right), Math.ceil(bottom)].map(whole);
const milli = (x: number): number => Math.round(x * 1000) / 1000 + 0;

function list(items: readonly object[]): string {
  return `\`\`\`json\n[\n${items.map((item) => `\t${spaced(item)}`).join(',\n')}\n]\n\`\`\``;
}

/** JSON on one line with spaces after commas and colons, as Python and so Qwen writes it. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}: ${spaced(inner)}`)
    .join(', ')}}`;
}

const n = z.number();
const label = z.string();
const bbox = z.object({ bbox_2d: z.tuple([n, n, n, n]), label }).transform((item) => ({ box: item.bbox_2d, label: item.label }));
const point = z.object({ point_2d: z.tuple([n, n]), label }).transform((item) => ({ point: item.point_2d, label: item.label }));
const trajectory2d = z
  .object({ trajectory_2d: z.array(z.tuple([n, n])).min(1), label })
  .transform((item) => ({ points: item.trajectory_2d, label: item.label }));
const trajectory3d = z
  .object({ trajectory_3d: z.array(z.tuple([n, n, n])).min(1), label })
  .transform((item) => ({ points: item.trajectory_3d, label: item.label }));
const bbox3d = z
  .object({ bbox_3d: z.tuple([n, n, n, n, n, n, n, n, n]), label })
  .transform(({ bbox_3d: [x, y, z, width, height, depth, roll, pitch, yaw], label }) => ({
    centre: [x, y, z] as [number, number, number],
    size: [width, height, depth] as [number, number, number],
    rotation: [roll, pitch, yaw] as [number, number, number],
    label,
  }));
const tracked = z
  .object({ frame: z.int().nonnegative(), bbox_2d: z.tuple([n, n, n, n]), label })
  .transform((item) => ({ frame: item.frame, box: item.bbox_2d, label: item.label }));

/**
 * What a text answers to a question of some kind. Text around the list (without brackets of its own) and a missing fence are no matter, nor is a single object
 * without a list; anything else is said to be wrong, never guessed. Places are not checked against a picture.
 */
export function parseAnswer(kind: ReasoningKind, text: string): ParsedAnswer {
  switch (kind) {
    case 'general-vqa':
    case 'understanding-qa':
    case 'planning-qa':
      return { ok: true, answer: { kind, answer: text } };
    case 'trajectory-2d':
      return parseList(text, trajectory2d, (trajectories) => ({ kind, trajectories }));
    case 'trajectory-3d':
      return parseList(text, trajectory3d, (trajectories) => ({ kind, trajectories }));
    case 'grounding-2d':
    case 'affordance':
      return parseList(text, bbox, (boxes) => ({ kind, boxes }));
    case 'grounding-3d':
      return parseList(text, bbox3d, (boxes) => ({ kind, boxes }));
    case 'space-pointing':
    case 'object-pointing':
      return parseList(text, point, (points) => ({ kind, points }));
    case 'mask-tracking':
      return parseList(text, tracked, (boxes) => ({ kind, boxes }));
  }
}

function parseList<T>(text: string, item: z.ZodType<T>, answer: (items: T[]) => SaidAnswer): ParsedAnswer {
  const failed = (reason: AnswerError['reason'], message: string): ParsedAnswer => ({ ok: false, error: { reason, message } });
  // From the first bracket or brace in the fence, if there is one, to the last that could close it
  const fenced = /```(.*)```/s.exec(text)?.[1] ?? text;
  const found = /\[.*\]|\{.*\}|[[{].*/s.exec(fenced)?.[0];
  if (found === undefined) return failed('no-list', `there is no JSON list in ${JSON.stringify(text.slice(0, 80))}`);
  let value: unknown;
  try {
    value = JSON.parse(found);
  } catch (error) {
    return failed('malformed', `the list is no JSON: ${(error as Error).message}`);
  }
  const parsed = z.array(item).safeParse(Array.isArray(value) ? value : [value]);
  if (parsed.success) return { ok: true, answer: answer(parsed.data) };
  return failed('mismatch', parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}
