/** Episodes as packed samples: every frame is decoded once, in order, and the moments of an episode are made from what was seen. */
import { type Arm, CONTROL_RATE, VIEWS, type View } from '../robot/canonical.ts';
import { contain, pad } from '../robot/views.ts';
import type { EpisodeReader } from './episodes.ts';
import type { PackedRecord } from './packed.ts';
import { locate } from './resample.ts';
import { blockAt, camerasOf, LATENT_TIMES, momentsOf, motionAt } from './samples.ts';
import type { Frame } from './source.ts';

/** How episodes become samples. */
export interface PackOptions {
  /** Pixels of a side of the views, and of the frames for latent actions */
  readonly viewSize: number;
  readonly latentSize: number;
  /** Steps of a chunk */
  readonly steps: number;
  /** Every so many moments at CONTROL_RATE: 1, 2, 3 or 6, so that the frames of latent windows are among those decoded */
  readonly every: number;
  /** The first so many moments of an episode are samples, all of them */
  readonly opening: number;
  /** Where an arm without a side of its own is put */
  readonly side: Arm;
}

/** A sample of an episode, without the codes of its latent actions but with the frames that they are of. */
export interface UnpackedSample extends Omit<PackedRecord, 'codes' | 'instruction'> {
  readonly instruction: string;
  /** u8[5, L, L, 3]; black past the end of the episode */
  readonly window: Uint8Array;
}

/** The views of a dataset's samples, in the order of slots. */
export const viewsOf = (reader: EpisodeReader, side: Arm): View[] => {
  const cameras = camerasOf(reader, side);
  return VIEWS.filter((view) => cameras[view] !== undefined);
};

/** Steps between the frames of a latent window. */
const WINDOW_STRIDE = Math.round((LATENT_TIMES[1] - LATENT_TIMES[0]) * CONTROL_RATE);

/** All samples of an episode. Throws when `every` does not fit latent windows, and with dataset, episode and frame when one cannot be read. */
export async function packEpisode(
  reader: EpisodeReader,
  episode: number,
  { viewSize, latentSize, steps, every, opening, side }: PackOptions,
): Promise<UnpackedSample[]> {
  if (WINDOW_STRIDE % every !== 0)
    throw new Error(`samples are packed every 1, 2, 3 or 6 moments, so that latent windows are made of their frames; not every ${every}`);
  const cameras = camerasOf(reader, side);
  const views = viewsOf(reader, side);
  // Of every so many moments there are pictures.
  const stride = opening > 0 ? 1 : every;
  const seconds = (i: number): number => (i * stride) / CONTROL_RATE;
  const square = (frame: Frame, size: number): Uint8Array => {
    const shown = new Uint8Array(3 * size * size);
    pad(contain(frame, size), size, shown);
    return shown;
  };
  const pictures = new Map<View, Uint8Array[]>();
  const frames: Uint8Array[] = [];
  for (const view of views) {
    const own: Uint8Array[] = [];
    for (let i = 0; ; i++) {
      const frame = await reader.frame(episode, cameras[view] as string, seconds(i));
      if (!frame) break;
      own.push(square(frame, viewSize));
      if (view === 'head') frames.push(square(frame, latentSize));
    }
    pictures.set(view, own);
  }
  const black = new Uint8Array(3 * latentSize * latentSize);
  const samples: UnpackedSample[] = [];
  for (let i = 0; i * stride < momentsOf(reader.source, episode); i++) {
    if (i * stride >= opening && (i * stride) % every !== 0) continue;
    const { times, tasks, tracks } = await blockAt(reader, episode, seconds(i), steps);
    const shown = views.map((view) => pictures.get(view)?.[i]);
    if (shown.some((picture) => picture === undefined))
      throw new Error(`${reader.source.name}, episode ${episode}: there is no picture at ${seconds(i)} s`);
    samples.push({
      ...motionAt(tracks, times, seconds(i), steps, side),
      images: joined(shown as Uint8Array[]),
      window: joined(LATENT_TIMES.map((_, k) => frames[i + (k * WINDOW_STRIDE) / stride] ?? black)),
      instruction: tasks[locate(times, seconds(i))?.row ?? 0] ?? '',
      episode,
      moment: i * stride,
    });
  }
  return samples;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
