/**
 * Video files without actions as a dataset: every file is an episode of one camera. Captions may stand beside them, in the layout of
 * Hugging Face's videofolder: `metadata.jsonl` or `captions.jsonl` with `{"file_name", "text"}` in each line, or `<name>.txt`.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { VIDEO_FILE } from '../formats.ts';
import type { EpisodeInfo, EpisodeSource, FrameReader, RowRange, Rows } from '../source.ts';
import { probeVideo, type VideoInfo } from './probe.ts';
import { openVideo, type VideoReader } from './reader.ts';

/** The only camera of such a dataset. */
const VIDEO_CAMERA = 'video';

/**
 * Opens all videos in a folder and those in it, in the order of their paths; other files are ignored. Only their headers are read
 * now; rows and frames open the file. Rows have no columns, and the times of the video's own frames. `fps` is the first file's;
 * every episode has its own. Throws an Error that names the file when one is no video, and when a caption is for none of them.
 */
export async function openVideoFolder(root: string): Promise<EpisodeSource> {
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) throw new Error(`there is no folder ${root}`);
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll(path.sep, '/'))
    .filter((name) => VIDEO_FILE.test(name) && !name.split('/').some((part) => part.startsWith('.')))
    .sort();
  if (names.length === 0) throw new Error(`${root} has no videos (mp4, m4v, mkv, webm, mov or avi)`);
  const captions = readCaptions(root, names);
  const videos = names.map((name) => path.join(root, name));
  const headers = videos.map(probeVideo);
  const first = headers[0] as VideoInfo;
  const episodes = headers.map(
    (header, index): EpisodeInfo => ({
      index,
      length: framesOf(header),
      tasks: captions.get(names[index] as string) ?? [],
      ...(header.frameRate !== undefined && { fps: header.frameRate }),
    }),
  );
  const file = (episode: number): string => {
    const found = videos[episode];
    if (found === undefined) throw new Error(`${root} has ${videos.length} videos, and no number ${episode}`);
    return found;
  };
  return {
    name: path.basename(path.resolve(root)),
    root,
    format: 'raw-video',
    fps: first.frameRate ?? 30,
    features: { [VIDEO_CAMERA]: { dtype: 'video', shape: [first.height, first.width, 3] } },
    cameras: [VIDEO_CAMERA],
    episodes,
    readRows: async (episode, range) => rowsOf(file(episode), episodes[episode] as EpisodeInfo, range),
    openCamera: async (episode, camera) => {
      if (camera !== VIDEO_CAMERA) throw new Error(`${root} has no camera "${camera}", only ${VIDEO_CAMERA}`);
      return openFrames(file(episode));
    },
    close: async () => undefined,
  };
}

/**
 * Frames as the container says. Where it does not, as in mkv, or its length does not fit, as when some are hidden, they are counted:
 * the file is read, but not decoded.
 */
function framesOf({ path: file, length, duration, frameRate }: VideoInfo): number {
  const fits = length !== undefined && duration !== undefined && frameRate !== undefined && Math.abs(duration * frameRate - length) < 0.5;
  return fits ? length : withVideo(file, (video) => video.length);
}

function withVideo<T>(file: string, use: (video: VideoReader) => T): T {
  const video = openVideo(file);
  try {
    return use(video);
  } finally {
    video.close();
  }
}

function rowsOf(file: string, { length: frames, tasks }: EpisodeInfo, { from = 0, to = frames, columns = [] }: RowRange = {}): Rows {
  if (columns.length > 0) throw new Error(`${file} has no columns, and no "${columns[0]}"`);
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= frames)) {
    throw new Error(`${file} has ${frames} frames, [${from}, ${to}) are not among them`);
  }
  const timestamps = withVideo(file, ({ times }) => times.slice(from, to));
  if (timestamps.length !== to - from) {
    throw new Error(`${file} should have ${frames} frames, but they end after ${from + timestamps.length}`);
  }
  return { from, length: to - from, timestamps, tasks: Array.from({ length: to - from }, () => tasks[0]), columns: {} };
}

/** Where the times of frames vary, the nearest counts, however far it is; before the first and after the last there is none. */
function openFrames(file: string): FrameReader {
  const video = openVideo(file, { tolerance: Number.POSITIVE_INFINITY });
  const slack = 1 / video.frameRate;
  return {
    length: video.length,
    at: async (seconds, into) => {
      if (!(seconds >= -slack && seconds <= video.duration + slack)) {
        throw new Error(`${file} has no frame at ${seconds} s, only from 0 to ${video.duration} s`);
      }
      const { width, height, data } = video.at(seconds, into);
      return { width, height, data };
    },
    close: () => video.close(),
  };
}

/** Captions by the path of the video in the folder. Lines of the lists come before what is in text files. */
function readCaptions(root: string, names: readonly string[]): Map<string, string[]> {
  const captions = new Map<string, string[]>();
  for (const list of ['metadata.jsonl', 'captions.jsonl'].map((name) => path.join(root, name)).filter((file) => existsSync(file))) {
    for (const [i, line] of readFileSync(list, 'utf8').split('\n').entries()) {
      if (line.trim() === '') continue;
      const { file_name: name, text } = captionIn(line, `${list}:${i + 1}`);
      if (!names.includes(name)) throw new Error(`${list}:${i + 1} has a caption for ${name}, which is no video in ${root}`);
      captions.set(name, [...(captions.get(name) ?? []), text]);
    }
  }
  for (const name of names) {
    const file = path.join(root, name.replace(VIDEO_FILE, '.txt'));
    if (!captions.has(name) && existsSync(file)) captions.set(name, [readFileSync(file, 'utf8').trim()]);
  }
  return captions;
}

function captionIn(line: string, where: string): { readonly file_name: string; readonly text: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new Error(`${where} is not JSON: ${(error as Error).message}`);
  }
  const { file_name, text } = (value ?? {}) as Record<string, unknown>;
  if (typeof file_name !== 'string' || typeof text !== 'string') {
    throw new Error(`${where} should be {"file_name": "…", "text": "…"}, but is ${line.trim()}`);
  }
  return { file_name: file_name.replace(/^\.\//, ''), text };
}
