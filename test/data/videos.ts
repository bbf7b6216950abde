/** Videos whose pictures say which frame they are. */

import type { Frame } from '../../src/data/source.ts';
import { concatenateVideos } from '../../src/data/video/concatenate.ts';
import { createVideo, type VideoWriterOptions } from '../../src/data/video/writer.ts';

const BLOCK = 16;
const COLUMNS = 4;
const ROWS = 3;

/** What all of these videos have. */
export const SIZE = { width: COLUMNS * BLOCK, height: ROWS * BLOCK };

/** A picture of 4×3 blocks, black or white: the bits of a number below 4096. Compression does not change which is which. */
export function numbered(number: number): Frame {
  const data = new Uint8Array(3 * SIZE.width * SIZE.height);
  for (let bit = 0; bit < COLUMNS * ROWS; bit++) {
    if (!((number >> bit) & 1)) continue;
    const [x, y] = cornerOf(bit);
    for (let row = y; row < y + BLOCK; row++) data.fill(255, 3 * (row * SIZE.width + x), 3 * (row * SIZE.width + x + BLOCK));
  }
  return { ...SIZE, data };
}

/** The number that a picture shows. */
export function numberIn({ width, data }: Frame): number {
  let number = 0;
  for (let bit = 0; bit < COLUMNS * ROWS; bit++) {
    const [x, y] = cornerOf(bit);
    if ((data[3 * ((y + BLOCK / 2) * width + x + BLOCK / 2)] as number) > 127) number |= 1 << bit;
  }
  return number;
}

const cornerOf = (bit: number): [number, number] => [(bit % COLUMNS) * BLOCK, Math.floor(bit / COLUMNS) * BLOCK];

/** Writes frames that show `first`, `first + 1`, …, at 25 a second unless told otherwise. */
export async function writeNumbered(path: string, frames: number, options: Partial<VideoWriterOptions> = {}, first = 0): Promise<void> {
  const video = await createVideo(path, { ...SIZE, fps: 25, codec: 'h264', ...options });
  for (let i = 0; i < frames; i++) video.write(numbered(first + i));
  await video.finish();
}

/** Ten frames at 25 a second, then ten at 10: the frame rate is not in AV1's parameters, so that the two fit together. */
export async function writeVariable(path: string): Promise<void> {
  const parts = [`${path}.a.mp4`, `${path}.b.mp4`];
  await writeNumbered(parts[0] as string, 10, { codec: 'av1', fps: 25 });
  await writeNumbered(parts[1] as string, 10, { codec: 'av1', fps: 10 }, 10);
  await concatenateVideos(parts, path);
}
