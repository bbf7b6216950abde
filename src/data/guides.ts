/**
 * Guides of recorded episodes: which thing is meant, told by its mask in the first picture (`robot/guides.ts`). A dataset has them, or not,
 * in `meta/guides.json`, which whoever has no use for them need not read: run lengths of masks, the words of instructions that name the
 * thing, and the colours that take the place of these words.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { type ColorName, guidePicture, MASK_COLOR_NAMES, maskFromRunLengths, rewrittenInstruction } from '../robot/guides.ts';
import { contain, pad } from '../robot/views.ts';
import { randomStream } from '../tensor/random.ts';
import type { EpisodeReader } from './episodes.ts';
import { type CanonicalSample, camerasOf } from './samples.ts';

/** The file of guides in the folder `meta` of a dataset. */
export const GUIDES_FILE = 'guides.json';

const episodeGuide = z.strictObject({
  /** The words of the instruction that name the thing, without an article */
  phrase: z.string().min(1),
  color: z.enum(MASK_COLOR_NAMES as readonly [ColorName, ...ColorName[]]),
  /** Run lengths, column by column; the first is of pixels without */
  counts: z.array(z.int().min(0)),
});

const guides = z.strictObject({
  format: z.literal('gear-vla guides 1'),
  /** Pixels of a side of the head view */
  size: z.int().min(1),
  /** By position of the episode; null where the thing was not to be seen at first */
  episodes: z.array(episodeGuide.nullable()),
});

/** What guides an episode. */
export type EpisodeGuide = z.output<typeof episodeGuide>;

/** What guides the episodes of a dataset: `guides.json`. */
export type DatasetGuides = z.output<typeof guides>;

/** How often samples are guided. */
export interface GuideShare {
  /** From 0 to 1; the others have their instruction as it is, and no guide */
  readonly share: number;
}

/** The guides of a dataset of so many episodes. Throws when it has none, and when they are of another dataset. */
export async function readGuides(root: string, episodes: number): Promise<DatasetGuides> {
  const file = path.join(root, 'meta', GUIDES_FILE);
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Error(`${root} has no guides: record it with \`gear sim record --guides\``, { cause: error });
  });
  const { success, data, error } = guides.safeParse(JSON.parse(text));
  if (!success) throw new Error(`${file} has no guides: ${z.prettifyError(error)}`);
  if (data.episodes.length !== episodes) throw new Error(`${file} is of ${data.episodes.length} episodes, but the dataset has ${episodes}`);
  for (const [i, guide] of data.episodes.entries()) {
    const pixels = guide?.counts.reduce((sum, count) => sum + count, 0) ?? data.size ** 2;
    if (pixels !== data.size ** 2) throw new Error(`${file}: the mask of episode ${i} has ${pixels} pixels, expected ${data.size ** 2}`);
  }
  return data;
}

/** Throws when a share is none. */
export function checkGuideShare(name: string, { share }: GuideShare): void {
  if (!(share >= 0 && share <= 1)) throw new Error(`dataset "${name}": "guide.share" must be a number from 0 to 1, got ${share}`);
}

/**
 * A sample as a guided policy sees it: with the guide of its episode, u8[S, S, 3], and the instruction rewritten. As it was for episodes
 * without one, and for all but a share of the draws: by a stream of `seed` and `draw`, and by nothing else. The guide is never augmented.
 */
export async function withGuide(
  sample: CanonicalSample,
  reader: EpisodeReader,
  episode: number,
  { size, episodes }: DatasetGuides,
  { share, viewSize }: GuideShare & { readonly viewSize: number },
  { seed, draw }: { readonly seed: number; readonly draw: number },
): Promise<CanonicalSample> {
  const guide = episodes[episode];
  if (!guide || randomStream(seed, 'guide', draw).uniform() >= share) return sample;
  const where = `${reader.source.name}, episode ${episode}`;
  // The head's camera is the same on either side.
  const camera = camerasOf(reader, 'right').head;
  const frame = camera === undefined ? undefined : await reader.frame(episode, camera, 0);
  if (!frame) throw new Error(`${where}: there is a guide, but no first picture of the head view`);
  if (frame.width !== size || frame.height !== size)
    throw new Error(`${where}: the guide is of ${size} × ${size} pixels, the head view of ${frame.width} × ${frame.height}`);
  const first = new Uint8Array(3 * viewSize ** 2);
  pad(contain(frame, viewSize), viewSize, first);
  const mask = resized(maskFromRunLengths({ size: [size, size], counts: guide.counts }), size, viewSize);
  return {
    ...sample,
    guide: guidePicture(first, mask, guide.color),
    instruction: rewrittenInstruction(sample.instruction, guide.phrase, guide.color),
  };
}

/** A square mask at another size: of each pixel, what there is in its middle. */
function resized(mask: Uint8Array, from: number, to: number): Uint8Array {
  const at = (i: number): number => Math.floor(((i + 0.5) * from) / to);
  return Uint8Array.from({ length: to * to }, (_, i) => mask[at(Math.floor(i / to)) * from + at(i % to)] as number);
}
