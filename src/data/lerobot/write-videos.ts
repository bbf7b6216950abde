/** The videos of one camera of a dataset that is being written: many episodes in one file, one after the other. */
import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Feature, Frame } from '../source.ts';
import { concatenateVideos, type Span } from '../video/concatenate.ts';
import { probeVideo, type VideoInfo } from '../video/probe.ts';
import { openVideo } from '../video/reader.ts';
import { createVideo, type VideoWriter } from '../video/writer.ts';
import { sampledFrames } from './statistics.ts';
import type { CameraContent, LeRobotWriterOptions } from './write.ts';
import { type PictureStatistics, pictureStatistics } from './write-data.ts';

/** Where files are, as LeRobot names them. */
export const VIDEO_PATH = 'videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4';

/** Where an episode's frames went; times in seconds. */
export interface WrittenVideo extends Span {
  readonly chunk: number;
  readonly file: number;
}

/** The videos of a camera. */
export interface VideoTrack {
  /** Of each episode, once it is finished */
  readonly places: readonly WrittenVideo[];
  readonly statistics: PictureStatistics;
  /** What the first video says of itself; undefined before there is one */
  readonly video: VideoInfo | undefined;
  /** Adds an episode of `length` rows. Throws when it has fewer frames, or frames of another size. */
  add(content: CameraContent, length: number): Promise<void>;
  finish(): Promise<void>;
  abandon(): void;
}

interface Pending {
  readonly path: string;
  readonly bytes: number;
  /** Whether the file is ours, and not needed any more once it is in another one */
  readonly encoded: boolean;
  /** The episodes in it, if there are several */
  readonly parts?: Span[];
}

/** Begins the videos of a camera in a folder. */
export function createVideoTrack(root: string, camera: string, feature: Feature, options: LeRobotWriterOptions): VideoTrack {
  const { fps, videoFileMegabytes = 200, chunksSize = 1000, imageStatistics = 'sampled' } = options;
  const [height, width] = feature.shape as [number, number, number];
  const places: WrittenVideo[] = [];
  const statistics = pictureStatistics();
  let video: VideoInfo | undefined;
  let pending: Pending[] = [];
  let kind = '';
  let episodes = 0;
  let number = 0;
  let current: VideoWriter | undefined;

  async function encode(frames: AsyncIterable<Frame> | Iterable<Frame>, length: number): Promise<string> {
    const file = path.join(root, 'encoded', camera, `${episodes}.mp4`);
    await mkdir(path.dirname(file), { recursive: true });
    current = await createVideo(file, { ...options.video, width, height, fps });
    let written = 0;
    for await (const frame of frames) {
      if (written === length) throw new Error(`there are more than ${length} frames of "${camera}", one for each row`);
      current.write(frame);
      written++;
    }
    if (written !== length) throw new Error(`there are ${written} frames of "${camera}" for ${length} rows`);
    await current.finish();
    current = undefined;
    return file;
  }

  /** Counts the pixels of a video, and throws when it is not as the dataset says. */
  function look(file: string, length: number, part?: Span): void {
    const reader = openVideo(file);
    try {
      if (reader.width !== width || reader.height !== height) {
        throw new Error(`${file}: frames of "${camera}" are ${reader.width}×${reader.height}, but its feature says ${width}×${height}`);
      }
      const first = Math.round((part?.from ?? 0) * fps);
      const found = (part ? Math.min(Math.round(part.to * fps), reader.length) : reader.length) - first;
      if (found < length) throw new Error(`${file} has ${found} frames of "${camera}" for ${length} rows`);
      const wanted = imageStatistics === 'all' ? Array.from({ length }, (_, i) => i) : sampledFrames(length);
      for (const i of wanted) statistics.add(reader.at(reader.times[first + i] as number));
      statistics.endEpisode();
    } finally {
      reader.close();
    }
  }

  /** Writes what waits into one file, or into one each where videos do not fit behind one another. */
  async function flush(): Promise<void> {
    const videos = pending;
    pending = [];
    if (videos.length === 0) return;
    try {
      await join(videos);
    } catch (error) {
      if (videos.length === 1 || !/does not fit behind/.test((error as Error).message)) throw error;
      for (const one of videos) await join([one]);
    }
    for (const { path: file, encoded } of videos) if (encoded) await rm(file, { force: true });
  }

  async function join(videos: readonly Pending[]): Promise<void> {
    const [chunk, file] = [Math.floor(number / chunksSize), number % chunksSize];
    const target = path.join(
      root,
      'videos',
      camera,
      `chunk-${String(chunk).padStart(3, '0')}`,
      `file-${String(file).padStart(3, '0')}.mp4`,
    );
    await mkdir(path.dirname(target), { recursive: true });
    const spans = await concatenateVideos(
      videos.map((one) => one.path),
      target,
    );
    for (const [i, span] of spans.entries()) {
      const { path: source, parts = [{ from: 0, to: span.to - span.from }] } = videos[i] as Pending;
      const end = parts.at(-1)?.to ?? 0;
      if (!close(end, span.to - span.from)) {
        throw new Error(`${source}: of its ${(span.to - span.from).toFixed(3)} s only ${end.toFixed(3)} s are episodes to copy`);
      }
      places.push(...parts.map(({ from, to }) => ({ from: span.from + from, to: span.from + to, chunk, file })));
    }
    number++;
  }

  /** Whether two times, in seconds, are those of the same frame. */
  const close = (a: number, b: number): boolean => Math.abs(a - b) * fps < 0.5;

  /** Where an episode in a video of several goes: behind the one before it in the same video. */
  async function addPart(file: string, bytes: number, part: Span): Promise<void> {
    const last = pending.at(-1);
    if (last?.parts && last.path === file && close(last.parts.at(-1)?.to ?? 0, part.from)) {
      last.parts.push(part);
      return;
    }
    if (!close(part.from, 0)) throw new Error(`${file}: the episode at ${part.from} s does not follow one that ends there`);
    await makeRoom(file, bytes);
    pending.push({ path: file, bytes, encoded: false, parts: [part] });
  }

  /** Writes what waits if a video would make the file too large, or cannot be in one with it. */
  async function makeRoom(file: string, bytes: number): Promise<void> {
    const found = probeVideo(file);
    video ??= found;
    const waiting = pending.reduce((sum, one) => sum + one.bytes, 0);
    const sameKind = `${found.codec} ${found.pixelFormat}`;
    if (pending.length > 0 && (waiting + bytes > videoFileMegabytes * 2 ** 20 || sameKind !== kind)) await flush();
    kind = sameKind;
  }

  return {
    places,
    statistics,
    get video() {
      return video;
    },
    async add(content, length) {
      const file = 'video' in content ? content.video : await encode(content.frames, length);
      const part = 'video' in content ? content.part : undefined;
      look(file, length, part);
      const { size } = await stat(file);
      if (part) await addPart(file, size, part);
      else {
        await makeRoom(file, size);
        pending.push({ path: file, bytes: size, encoded: !('video' in content) });
      }
      episodes++;
    },
    finish: flush,
    abandon() {
      current?.abandon();
    },
  };
}
