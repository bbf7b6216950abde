/**
 * Reads all frames of a video, opens and closes it often, and begins videos that cannot be written. Prints by how many megabytes the
 * most memory that the process ever held grew meanwhile: FFmpeg's is not among what JavaScript counts.
 */
import { peakBytes } from '../../bench/peak.ts';
import { openVideo } from '../../src/data/video/reader.ts';
import { createVideo } from '../../src/data/video/writer.ts';

const [file = '', missing = ''] = process.argv.slice(2);
const peak = (): number => peakBytes() / 2 ** 20;

/** How much more is held after `f` than before. It runs once before that is measured: what stays is loaded then. */
async function growth(f: (times: number) => void | Promise<void>): Promise<number> {
  await f(1);
  const before = peak();
  await f(100);
  return peak() - before;
}

const video = openVideo(file);
video.at(0);
const before = peak();
let sum = 0;
for (const { data } of video.frames()) sum += data[0] as number;
for (let i = 0; i < 500; i++) sum += video.at(((i * 7919) % video.length) / video.frameRate).data[0] as number;
const read = peak() - before;
const { length } = video;
video.close();

const opened = await growth((times) => {
  for (let i = 0; i < times; i++) openVideo(file).close();
});
const failed = await growth(async (times) => {
  for (let i = 0; i < times; i++) {
    const error = await createVideo(missing, { width: 640, height: 480, fps: 25, codec: 'h264' }).catch((reason: Error) => reason);
    if (!(error instanceof Error && /there is no folder/.test(error.message))) throw error;
  }
});
console.log(JSON.stringify({ length, sum, read, opened, failed }));
