/**
 * Samples of embodied reasoning, of the eleven kinds in table 4 of the paper: pictures, a question, and an answer that is either
 * text or labels. How labels become text is in `reasoning/answer.ts`, how samples are kept in files in `reasoning/files.ts`.
 *
 *   kind               answer
 *   ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
 *   general-vqa        answer: text
 *   understanding-qa   answer: text (about the scene, the task, its progress)
 *   planning-qa        answer: text (what to do, in steps)
 *   trajectory-2d      trajectories: points in pixels, label
 *   trajectory-3d      trajectories: points in metres, label
 *   grounding-2d       boxes: [x1, y1, x2, y2] in pixels, label
 *   grounding-3d       boxes: centre, size, rotation, label
 *   space-pointing     points: places in free space, in pixels, label
 *   object-pointing    points: places on objects, in pixels, label
 *   affordance         boxes: where to take hold of something, in pixels, label
 *   mask-tracking      masks: of one object, in every picture; label
 *
 * Pixels are those of the first picture, absolute: x to the right from its left edge, y down from its top, whole numbers between
 * pixels. Metres are in the frame of the camera of the first picture: x right, y down, z forward.
 */
import { z } from 'zod';
import { maskArea } from './reasoning/masks.ts';

const text = z.string().min(1);
const pixels = z.tuple([z.number(), z.number()]);
const metres = z.tuple([z.number(), z.number(), z.number()]);
const length = z.number().positive();

/** A rectangle, [left, top, right, bottom] in pixels. */
const box2d = z.strictObject({ box: z.tuple([z.number(), z.number(), z.number(), z.number()]), label: text });

/** A cuboid: its sides along its own axes, which R = Rz(yaw) Ry(pitch) Rx(roll) turns to those of the camera. Radians. */
const box3d = z.strictObject({ centre: metres, size: z.tuple([length, length, length]), rotation: metres, label: text });

const point = z.strictObject({ point: pixels, label: text });
const trajectory2d = z.strictObject({ points: z.array(pixels).min(1), label: text });
const trajectory3d = z.strictObject({ points: z.array(metres).min(1), label: text });

/**
 * A mask as pycocotools' uncompressed run lengths: pixels in columns from the left, each from the top; the first count is of
 * pixels outside, the second of those inside, and so on.
 */
const mask = z.strictObject({ size: z.tuple([z.int().positive(), z.int().positive()]), counts: z.array(z.int().nonnegative()) });

/** A path that stays below the folder it is relative to, with slashes. */
const relativePath = text.refine(
  (path) => !/[\\:\0]/.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
  { error: 'a path must be relative, with slashes, and stay below the folder of the file' },
);

const size = { width: z.int().positive(), height: z.int().positive() };
const encoded: z.ZodType<Uint8Array> = z
  .instanceof(Uint8Array)
  .refine((bytes) => pictureFormat(bytes) !== undefined, { error: 'the bytes are neither a JPEG nor a PNG file' });

/** A picture: the bytes of a JPEG or PNG file, or the path of one. */
const image = z.union([z.strictObject({ bytes: encoded, ...size }), z.strictObject({ path: relativePath, ...size })], {
  error: 'expected bytes or a path, and width and height',
});

/** What kind of picture file begins like this; undefined for all but the two that samples may have. */
export function pictureFormat(bytes: Uint8Array): 'jpeg' | 'png' | undefined {
  const begins = (...start: number[]): boolean => start.every((byte, i) => bytes[i] === byte);
  if (begins(0xff, 0xd8, 0xff)) return 'jpeg';
  return begins(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a) ? 'png' : undefined;
}

const asked = { images: z.array(image).min(1), question: text };
const kind = <const K extends string, L extends z.core.$ZodShape>(name: K, labels: L) =>
  z.strictObject({ kind: z.literal(name), ...asked, ...labels });

/** A sample of any kind. What its labels say must be possible in its pictures. */
export const reasoningSample = z
  .discriminatedUnion('kind', [
    kind('general-vqa', { answer: text }),
    kind('understanding-qa', { answer: text }),
    kind('planning-qa', { answer: text }),
    kind('trajectory-2d', { trajectories: z.array(trajectory2d) }),
    kind('trajectory-3d', { trajectories: z.array(trajectory3d) }),
    kind('grounding-2d', { boxes: z.array(box2d) }),
    kind('grounding-3d', { boxes: z.array(box3d) }),
    kind('space-pointing', { points: z.array(point) }),
    kind('object-pointing', { points: z.array(point) }),
    kind('affordance', { boxes: z.array(box2d) }),
    // null where the object is not to be seen
    kind('mask-tracking', { masks: z.array(mask.nullable()), label: text }),
  ])
  .superRefine((sample, context) => {
    const { width, height } = sample.images[0] ?? { width: Number.POSITIVE_INFINITY, height: Number.POSITIVE_INFINITY };
    const problem = (path: (string | number)[], message: string): void => context.addIssue({ code: 'custom', path, message });
    const inside = (path: (string | number)[], x: number, y: number): void => {
      if (!(x >= 0 && x <= width && y >= 0 && y <= height))
        problem(path, `(${x}, ${y}) is outside the picture of ${width}×${height} pixels`);
    };
    switch (sample.kind) {
      case 'grounding-2d':
      case 'affordance':
        sample.boxes.forEach(({ box: [left, top, right, bottom] }, i) => {
          const path = ['boxes', i, 'box'];
          inside(path, left, top);
          inside(path, right, bottom);
          if (!(left < right && top < bottom)) problem(path, 'a box is [left, top, right, bottom], with left < right and top < bottom');
        });
        break;
      case 'space-pointing':
      case 'object-pointing':
        sample.points.forEach(({ point: [x, y] }, i) => {
          inside(['points', i, 'point'], x, y);
        });
        break;
      case 'trajectory-2d':
        sample.trajectories.forEach(({ points }, i) => {
          points.forEach(([x, y], j) => {
            inside(['trajectories', i, 'points', j], x, y);
          });
        });
        break;
      case 'mask-tracking':
        if (sample.masks.length !== sample.images.length) {
          problem(['masks'], `there are ${sample.masks.length} masks for ${sample.images.length} pictures`);
        }
        sample.masks.forEach((one, i) => {
          const picture = sample.images[i];
          if (!one || !picture) return;
          const [rows, columns] = one.size;
          if (rows !== picture.height || columns !== picture.width) {
            problem(
              ['masks', i, 'size'],
              `[height, width] is [${one.size.join(', ')}], but the picture's [${picture.height}, ${picture.width}]`,
            );
          }
          const pixelsCounted = one.counts.reduce((sum, count) => sum + count, 0);
          if (pixelsCounted !== rows * columns)
            problem(['masks', i, 'counts'], `they add up to ${pixelsCounted}, not to ${rows * columns}`);
          else if (maskArea(one) === 0) problem(['masks', i], 'the mask is empty: use null where the object is not to be seen');
        });
    }
  });

/** A sample of any kind. */
export type ReasoningSample = z.output<typeof reasoningSample>;
/** The name of a kind. */
export type ReasoningKind = ReasoningSample['kind'];
/** A picture of a sample. */
export type Image = z.output<typeof image>;
/** A mask as run lengths. */
export type Mask = z.output<typeof mask>;

type WithoutQuestion<S> = S extends unknown ? Omit<S, 'images' | 'question'> : never;
/** What a sample says: its kind, and its text or labels. Every sample is one. */
export type Answer = WithoutQuestion<ReasoningSample>;

/** Checks a sample that was read or made. Throws an error that begins with `where` and names each field that is wrong. */
export function checkSample(value: unknown, where: string): ReasoningSample {
  const { success, data, error } = reasoningSample.safeParse(value);
  if (!success)
    throw new Error(`${where}: ${error.issues.map(({ path, message }) => `${path.join('.') || 'the sample'}: ${message}`).join('; ')}`);
  return data;
}
