/** Makes a LeRobot dataset of version 3.0 out of any source, its values bit for bit the same, and its videos where that is possible. */

import { existsSync } from 'node:fs';
import { type FoundBinding, toStore } from './dataset.ts';
import { bindingWithLeRobotNames, withLeRobotNames } from './lerobot/names.ts';
import { isLeRobot } from './lerobot/source.ts';
import { type CameraContent, createLeRobot, type LeRobotWriter, type LeRobotWriterOptions, type RowBlock } from './lerobot/write.ts';
import type { EpisodeInfo, EpisodeSource, Feature, Frame, Rows } from './source.ts';
import { probeVideo } from './video/probe.ts';

/** How to convert. */
export interface ConvertOptions {
  /** Positions in the source's `episodes`, in the order wanted; all unless given */
  readonly episodes?: readonly number[];
  /**
   * The codec of all cameras. Videos that have it already are copied where they can be, and all others encoded, pictures in data files
   * as well. Unless given, videos are copied in whatever codec they have, and what cannot be copied is encoded in AV1.
   */
  readonly videoCodec?: 'av1' | 'h264';
  /** Encode all cameras in this size; `apply` makes a frame of it. */
  readonly resize?: { readonly width: number; readonly height: number; apply(frame: Frame): Frame };
  /** What the numbers mean, to be stored with them: as `gear` in `info.json` */
  readonly binding?: FoundBinding;
  /** More keys for `info.json` */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** More about how the dataset is written */
  readonly writer?: Omit<LeRobotWriterOptions, 'fps' | 'robotType' | 'features' | 'extra'>;
  /** Called after every block of rows and every frame that was encoded */
  onProgress?(progress: ConvertProgress): void;
  /** Ends the conversion; nothing is left then. */
  readonly signal?: AbortSignal;
}

/** How far it is. */
export interface ConvertProgress {
  /** Episodes that are finished, and in all */
  readonly episode: number;
  readonly episodes: number;
  /** Rows and frames of cameras that are finished, and in all */
  readonly done: number;
  readonly total: number;
  readonly stage: 'episodes' | 'statistics';
}

/** What was done. */
export interface ConvertReport {
  readonly root: string;
  readonly episodes: number;
  readonly frames: number;
  readonly copiedVideos: number;
  readonly encodedVideos: number;
  /** Positions in the source of episodes whose timestamps were not those of their frames, and are now */
  readonly repairedTimestamps: readonly number[];
  /** Positions of videos of another frame rate, or of none: frames were left out or repeated, so that they keep their speed */
  readonly resampled: readonly number[];
}

/** LeRobot refuses timestamps that are further from their frame's, in seconds. */
const TIME_TOLERANCE = 1e-4;
const BLOCK_ROWS = 4096;
/** Pictures are large. */
const BLOCK_IMAGES = 64;

/**
 * Converts episodes of a source into a new dataset in `target`. Throws when the folder is not empty, and with the episode when one
 * cannot be read; then nothing is left of the new dataset.
 *
 * Slashes in names of features become dots, as LeRobot wants it. Timestamps stay as they are unless LeRobot would refuse them. Then
 * they become frame / fps, for in LeRobot every row is a frame; the rows stay the rows. Where they are off by half a frame and more,
 * counted from the first one, the frames of videos nearest to the old ones are encoded instead of copying the video.
 *
 * Episodes without values, which are videos, may have another frame rate than the source. Where a frame would be shown half a frame
 * and more too early or too late, the rows are those at i / fps for as long as the video lasts, each with the frame nearest to it.
 * With values there is no such row to be had: such an episode is an error.
 */
export async function convert(given: EpisodeSource, target: string, options: ConvertOptions = {}): Promise<ConvertReport> {
  const source = withLeRobotNames(given);
  const { episodes = source.episodes.map((_, i) => i), resize, signal, binding } = options;
  const extra = { ...options.extra, ...(binding && { gear: toStore({ ...binding, binding: bindingWithLeRobotNames(binding.binding) }) }) };
  const unknown = episodes.find((episode) => !source.episodes[episode]);
  if (unknown !== undefined) throw new Error(`${source.name} has ${source.episodes.length} episodes, there is none in position ${unknown}`);
  const features = targetFeatures(source, options);
  const writer = await createLeRobot(target, {
    ...options.writer,
    fps: source.fps,
    ...(source.robotType !== undefined && { robotType: source.robotType }),
    features,
    ...(options.videoCodec && { video: { ...options.writer?.video, codec: options.videoCodec } }),
    ...(Object.keys(extra).length > 0 && { extra }),
  });
  const cameras = Object.keys(features).filter((name) => features[name]?.dtype === 'video');
  const lengths = episodes.map((episode) => source.episodes[episode]?.length ?? 0);
  let total = lengths.reduce((sum, length) => sum + length * (1 + cameras.length), 0);
  const shared = new Map<string, ReadonlyMap<number, CameraContent>>();
  for (const camera of cameras) shared.set(camera, resize ? new Map() : await wholeVideos(source, episodes, camera, options.videoCodec));
  const counts = { copied: 0, encoded: 0, done: 0 };
  const repaired: number[] = [];
  const resampled: number[] = [];

  const report = (more: number, stage: ConvertProgress['stage'] = 'episodes'): void => {
    signal?.throwIfAborted();
    counts.done += more;
    options.onProgress?.({ episode: writer.episodes, episodes: episodes.length, done: counts.done, total, stage });
  };

  async function addEpisode(i: number, episode: number, announced: number): Promise<void> {
    const timing = await timingOf(source, episode, announced);
    const { length } = timing.seconds;
    total += (length - announced) * (1 + cameras.length);
    if (timing.rows) resampled.push(episode);
    else if (timing.repaired) repaired.push(episode);
    const contents: [string, CameraContent][] = [];
    for (const camera of cameras) {
      await checkFrames(source, episode, camera, announced);
      const own = resize || timing.displaced ? undefined : await videoToCopy(source, episode, camera, options.videoCodec);
      const video = own ?? shared.get(camera)?.get(i);
      if (video) counts.copied++;
      else counts.encoded++;
      contents.push([camera, video ?? { frames: frames(episode, camera, timing) }]);
    }
    await writer.addEpisode({
      length,
      rows: timing.rows ? rowsAt(episode, timing.rows) : rows(episode, length, timing),
      cameras: Object.fromEntries(contents),
    });
    report(contents.filter(([, content]) => 'video' in content).length * length);
  }

  async function* rows(episode: number, length: number, timing: Timing): AsyncGenerator<RowBlock> {
    const block = Object.values(features).some(({ dtype }) => dtype === 'image') ? BLOCK_IMAGES : BLOCK_ROWS;
    for (let from = 0; from < length; from += block) {
      const to = Math.min(length, from + block);
      const read = await source.readRows(episode, { from, to });
      const timestamps = timing.repaired ? Float64Array.from({ length: to - from }, (_, i) => (from + i) / source.fps) : read.timestamps;
      yield { ...read, timestamps, ...(await readOthers(source, features, episode, read)) };
      report(to - from);
    }
  }

  /** The rows of a video that are at i / fps: `from` says which one of the source each is. */
  async function* rowsAt(episode: number, from: Int32Array): AsyncGenerator<RowBlock> {
    for (let begin = 0; begin < from.length; begin += BLOCK_ROWS) {
      const chosen = from.subarray(begin, begin + BLOCK_ROWS);
      const first = chosen[0] as number;
      const { tasks } = await source.readRows(episode, { from: first, to: (chosen.at(-1) as number) + 1, columns: [] });
      yield {
        length: chosen.length,
        timestamps: Float64Array.from(chosen, (_, i) => (begin + i) / source.fps),
        tasks: Array.from(chosen, (row) => tasks[row - first]),
        columns: {},
      };
      report(chosen.length);
    }
  }

  async function* frames(episode: number, camera: string, { seconds }: Timing): AsyncGenerator<Frame> {
    // Pictures in the data file are those of their rows, whatever the time of these.
    const ofRows = isLeRobot(source) && source.features[camera]?.dtype === 'image';
    const reader = await source.openCamera(episode, camera);
    try {
      for (const [i, time] of seconds.entries()) {
        const frame = await reader.at(ofRows ? i / source.fps : time);
        yield resize ? resize.apply(frame) : frame;
        report(1);
      }
    } finally {
      reader.close();
    }
  }

  return abandoning(writer, async () => {
    for (const [i, episode] of episodes.entries()) await addEpisode(i, episode, lengths[i] as number);
    report(0, 'statistics');
    await writer.finish();
    return {
      root: writer.root,
      episodes: writer.episodes,
      frames: writer.frames,
      copiedVideos: counts.copied,
      encodedVideos: counts.encoded,
      repairedTimestamps: repaired,
      resampled,
    };
  });
}

/** Runs `f`; when it fails, nothing is left of the new dataset. */
async function abandoning<T>(writer: LeRobotWriter, f: () => Promise<T>): Promise<T> {
  try {
    return await f();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

/** Features of the new dataset: cameras become videos, except pictures of a LeRobot dataset that can stay as they are. */
function targetFeatures(source: EpisodeSource, { resize, videoCodec }: ConvertOptions): Record<string, Feature> {
  return Object.fromEntries(
    Object.entries(source.features).map(([name, feature]) => {
      if (!source.cameras.includes(name)) return [name, feature];
      if (feature.dtype === 'image' && isLeRobot(source) && !resize && !videoCodec) return [name, feature];
      const [height, width] = feature.shape;
      return [name, { dtype: 'video', shape: resize ? [resize.height, resize.width, 3] : [height as number, width as number, 3] }];
    }),
  );
}

/** When the rows of an episode were recorded. */
interface Timing {
  /** f64[rows of the new dataset]: when their frames are shown, in seconds since the first one */
  readonly seconds: Float64Array;
  /** i32[rows of the new dataset]: which row of the source each is, where they are not the same rows */
  readonly rows?: Int32Array;
  /** Whether LeRobot would refuse the timestamps */
  readonly repaired: boolean;
  /** Whether frame i is not always the one nearest to the time of row i */
  readonly displaced: boolean;
}

async function timingOf(source: EpisodeSource, episode: number, length: number): Promise<Timing> {
  const times = new Float64Array(length);
  for (let from = 0; from < length; from += BLOCK_ROWS) {
    const { timestamps } = await source.readRows(episode, { from, to: Math.min(length, from + BLOCK_ROWS), columns: [] });
    times.set(timestamps, from);
  }
  // In long episodes f32 has no closer numbers.
  const repaired = times.some((time, i) => !(Math.abs(time - i / source.fps) <= TIME_TOLERANCE) && time !== Math.fround(i / source.fps));
  // The clock may have begun before the first row; frames have not.
  const seconds = times.map((time) => time - (times[0] as number));
  const displaced = seconds.some((time, i) => !(Math.abs(time * source.fps - i) < 0.5));
  const { index, fps } = source.episodes[episode] as EpisodeInfo;
  const values = Object.keys(source.features).find((name) => !source.cameras.includes(name));
  if (displaced && fps !== undefined && values !== undefined) {
    throw new Error(
      `${source.name}, episode ${index} has ${fps} rows per second and the dataset ${source.fps}: what "${values}" is in between is not known. Convert the others without it`,
    );
  }
  if (!displaced || values !== undefined || isLeRobot(source)) return { seconds, repaired, displaced };
  const step = fps === undefined ? (seconds.at(-1) as number) / Math.max(1, length - 1) : 1 / fps;
  const rows = rowsOnGrid(seconds, step, source.fps);
  return { seconds: Float64Array.from(rows, (row) => seconds[row] as number), rows, repaired, displaced };
}

/** For each i / fps until the last row has been there for `last` seconds, the row nearest to it; the earlier of two. */
function rowsOnGrid(seconds: Float64Array, last: number, fps: number): Int32Array {
  const duration = (seconds.at(-1) as number) + last;
  let row = 0;
  return Int32Array.from({ length: Math.max(1, Math.round(duration * fps)) }, (_, i) => {
    const away = (at: number): number => Math.abs((seconds[at] as number) - i / fps);
    while (row + 1 < seconds.length && away(row + 1) < away(row)) row++;
    return row;
  });
}

/** Throws unless a camera has a frame for each row. Opening it checks the file and the size of its frames as well. */
async function checkFrames(source: EpisodeSource, episode: number, camera: string, rows: number): Promise<void> {
  const reader = await source.openCamera(episode, camera);
  reader.close();
  if (reader.length >= rows) return;
  const { index } = source.episodes[episode] as { index: number };
  const place = isLeRobot(source) ? await source.lerobot.videoFile(episode, camera) : undefined;
  throw new Error(`${source.name}, episode ${index}: ${place?.path ?? `"${camera}"`} has ${reader.length} frames for ${rows} rows`);
}

/** The video of an episode, if it is of this episode only and its packets can be copied as they are. */
async function videoToCopy(
  source: EpisodeSource,
  episode: number,
  camera: string,
  codec: string | undefined,
): Promise<CameraContent | undefined> {
  if (!isLeRobot(source)) return undefined;
  const place = await source.lerobot.videoFile(episode, camera);
  if (!place || place.to !== undefined) return undefined;
  return copyable(place.path, source.fps, codec) ? { video: place.path } : undefined;
}

/** Whether packets of a video can be copied: its codec is not another one than that asked for, and it has a frame for each row. */
function copyable(file: string, fps: number, wanted: string | undefined): boolean {
  const { codec, frameRate } = probeVideo(file);
  return (wanted === undefined || codec === wanted) && (frameRate === undefined || Math.abs(frameRate / fps - 1) < 1e-3);
}

/**
 * Which of the chosen episodes, by their number among these, are in videos of several episodes that can be copied: all of a video
 * must be wanted, in its order, since a part would have to begin at a keyframe.
 */
async function wholeVideos(
  source: EpisodeSource,
  episodes: readonly number[],
  camera: string,
  codec: string | undefined,
): Promise<ReadonlyMap<number, CameraContent>> {
  const found = new Map<number, CameraContent>();
  if (!isLeRobot(source)) return found;
  const close = (a: number, b: number): boolean => Math.abs(a - b) * source.fps < 0.5;
  for (let i = 0; i < episodes.length; ) {
    const run: { readonly path: string; readonly from: number; readonly to: number }[] = [];
    for (; i + run.length < episodes.length; ) {
      const place = await source.lerobot.videoFile(episodes[i + run.length] as number, camera);
      const last = run.at(-1);
      const follows = last ? place?.path === last.path && close(place.from, last.to) : place && close(place.from, 0);
      if (!place || place.to === undefined || !follows) break;
      run.push({ path: place.path, from: place.from, to: place.to });
    }
    const [first] = run;
    if (first && (await isWhole(first.path, run.at(-1)?.to ?? 0, i, run.length))) {
      for (const [k, { path, from, to }] of run.entries()) found.set(i + k, { video: path, part: { from, to } });
    }
    i += Math.max(run.length, 1);
  }
  return found;

  async function isWhole(file: string, end: number, from: number, count: number): Promise<boolean> {
    if (!existsSync(file)) return false;
    if (!close(probeVideo(file).duration ?? Number.NaN, end) || !copyable(file, source.fps, codec)) return false;
    for (const episode of episodes.slice(from, from + count)) {
      if ((await timingOf(source, episode, source.episodes[episode]?.length ?? 0)).displaced) return false;
    }
    return true;
  }
}

/** What a source of rows does not give: texts and pictures. */
async function readOthers(
  source: EpisodeSource,
  features: Readonly<Record<string, Feature>>,
  episode: number,
  { from, length }: Rows,
): Promise<Pick<RowBlock, 'strings' | 'images'>> {
  const strings: Record<string, (string | undefined)[]> = {};
  const images: Record<string, Awaited<ReturnType<typeof readImages>>> = {};
  const readImages = (camera: string) =>
    isLeRobot(source) ? source.lerobot.readImages(episode, camera, from, from + length) : Promise.resolve([]);
  for (const [name, { dtype }] of Object.entries(features)) {
    if (dtype === 'string' && isLeRobot(source)) strings[name] = await source.lerobot.readStrings(episode, name, from, from + length);
    if (dtype === 'image') images[name] = await readImages(name);
  }
  return { strings, images };
}
