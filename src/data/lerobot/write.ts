/**
 * Writes LeRobot datasets of version 3.0, episode by episode, in memory that does not grow with their length. The dataset is made
 * beside its folder, as `<folder>.<process>.<n>.tmp`, and gets its name at the very end: nothing that has the name is half-written.
 * When something goes wrong, that folder is removed. A process that is killed (SIGKILL, a power cut) leaves it behind: it may be
 * deleted.
 */
import { mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import type { StoredImage } from '../parquet.ts';
import { isNumberType } from '../parquet-write.ts';
import type { Column, Feature, Frame } from '../source.ts';
import type { Span } from '../video/concatenate.ts';
import type { VideoWriterOptions } from '../video/writer.ts';
import { INDEX_COLUMNS, isCamera } from './info.ts';
import { createDataFiles } from './write-data.ts';
import { writeJson, writeMetadata } from './write-meta.ts';
import { createVideoTrack, type VideoTrack } from './write-videos.ts';

/** How to write a dataset. */
export interface LeRobotWriterOptions {
  /** Rows per second */
  readonly fps: number;
  readonly robotType?: string;
  /** Timestamps and indices left out: every dataset has these. Cameras are `video`, or `image` for pictures in the data files. */
  readonly features: Readonly<Record<string, Feature>>;
  /** How frames are encoded: `av1`, as LeRobot does, unless given */
  readonly video?: Pick<VideoWriterOptions, 'codec' | 'crf' | 'gop' | 'preset' | 'threads'>;
  /** Frames that image statistics are taken of: about as many of each episode as LeRobot takes, or all */
  readonly imageStatistics?: 'sampled' | 'all';
  /** More keys for `info.json`, such as `gear`. LeRobot ignores them. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** Most megabytes of a data file before compression, 100, and of a video, 200. Longer episodes still make longer files. */
  readonly dataFileMegabytes?: number;
  readonly videoFileMegabytes?: number;
  /** Most files in a folder `chunk-…`, 1000 */
  readonly chunksSize?: number;
}

/** Consecutive rows of an episode. What `EpisodeSource.readRows` returns is one. */
export interface RowBlock {
  readonly length: number;
  /** f64[rows], seconds; frame / fps unless given */
  readonly timestamps?: Float64Array;
  /** The instruction, of all rows or of each */
  readonly tasks: string | readonly (string | undefined)[];
  /** Every feature of numbers */
  readonly columns: Readonly<Record<string, Column>>;
  /** Every feature of dtype `string` */
  readonly strings?: Readonly<Record<string, readonly (string | undefined)[]>>;
  /** Every feature of dtype `image`: the bytes of a picture of its size for each row, and a path if there is one */
  readonly images?: Readonly<Record<string, readonly StoredImage[]>>;
}

/**
 * A camera's frames: a video with a frame for each row, whose packets are copied, or pictures to encode. Of a video with several
 * episodes, `part` says where this one is, in seconds. Then all of the video is copied, so that its episodes must follow one another
 * in their order, from its beginning to its end.
 */
export type CameraContent = { readonly video: string; readonly part?: Span } | { readonly frames: AsyncIterable<Frame> | Iterable<Frame> };

/** An episode to write. */
export interface EpisodeContent {
  /** Rows in all */
  readonly length: number;
  readonly rows: AsyncIterable<RowBlock> | Iterable<RowBlock>;
  /** Every feature of dtype `video` */
  readonly cameras?: Readonly<Record<string, CameraContent>>;
}

/** A dataset that is being written. */
export interface LeRobotWriter {
  /** The folder that it will be */
  readonly root: string;
  /** Episodes and frames so far */
  readonly episodes: number;
  readonly frames: number;
  /**
   * Adds an episode. Throws when it is not what was announced (features, shapes, length, size of frames), and when it cannot be
   * written; then the whole dataset is abandoned. A video to copy must be there until `finish`.
   */
  addEpisode(content: EpisodeContent): Promise<void>;
  /** Computes the statistics, writes the metadata and gives the folder its name. `more` are other JSON files for `meta`, by name. */
  finish(more?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Removes what was written, unless it was finished. */
  abandon(): Promise<void>;
}

/** Where an episode went, and which instructions occur in it. */
export interface WrittenEpisode {
  readonly length: number;
  readonly tasks: readonly string[];
  /** Row of the dataset */
  readonly from: number;
  readonly chunk: number;
  readonly file: number;
  /** First row in the file */
  readonly firstRow: number;
}

/** Tells temporary folders of one process apart. */
let created = 0;

/** Begins a dataset. Throws when the folder has something in it, and when the features make no sense. */
export async function createLeRobot(dir: string, options: LeRobotWriterOptions): Promise<LeRobotWriter> {
  const root = path.resolve(dir);
  const features = checkFeatures(options);
  await mustBeFree(root);
  const temporary = `${root}.${process.pid}.${++created}.tmp`;
  await mkdir(path.join(temporary, 'meta'), { recursive: true });
  const data = createDataFiles(temporary, { ...options, features });
  const tracks = new Map<string, VideoTrack>();
  for (const [camera, feature] of Object.entries(features)) {
    if (feature.dtype === 'video') tracks.set(camera, createVideoTrack(temporary, camera, feature, options));
  }
  let state: 'open' | 'busy' | 'closed' | 'finished' = 'open';

  async function abandon(): Promise<void> {
    if (state === 'finished' || state === 'closed') return;
    state = 'closed';
    await data.abandon();
    for (const track of tracks.values()) track.abandon();
    await rm(temporary, { recursive: true, force: true });
  }

  /** Runs `f` alone; when it fails, nothing is left. */
  async function exclusively<T>(f: () => Promise<T>): Promise<T> {
    if (state === 'busy') throw new Error(`${root}: an episode is still being written; await addEpisode before the next call`);
    if (state !== 'open') throw new Error(`${root} is no longer being written`);
    state = 'busy';
    try {
      const result = await f();
      state = 'open';
      return result;
    } catch (error) {
      await abandon();
      throw named(error);
    }
  }

  /** The error with the name that the dataset would have had: where it was being made, there is nothing any more. */
  function named(error: unknown): unknown {
    if (!(error instanceof Error) || !error.message.includes(temporary)) return error;
    return new Error(error.message.replaceAll(temporary, root), { cause: error });
  }

  return {
    root,
    get episodes() {
      return data.episodes.length;
    },
    get frames() {
      return data.frames;
    },
    addEpisode: (content) =>
      exclusively(async () => {
        const number = data.episodes.length;
        try {
          checkCameras([...tracks.keys()], content);
          await data.addEpisode(content);
          for (const [camera, track] of tracks) await track.add(content.cameras?.[camera] as CameraContent, content.length);
        } catch (error) {
          throw new Error(`${root}, episode ${number}: ${(error as Error).message}`, { cause: error });
        }
      }),
    finish: (more = {}) =>
      exclusively(async () => {
        await data.finish();
        for (const track of tracks.values()) await track.finish();
        await writeMetadata(temporary, { ...options, features }, data, tracks);
        for (const [name, content] of Object.entries(more)) await writeJson(path.join(temporary, 'meta', name), content);
        await rm(path.join(temporary, 'encoded'), { recursive: true, force: true });
        await mustBeFree(root);
        await rmdir(root).catch(() => undefined);
        await rename(temporary, root);
        await syncFolder(path.dirname(root));
      }).then(() => {
        state = 'finished';
      }),
    abandon,
  };
}

/** Throws unless there is nothing, or an empty folder: a dataset can be made there. */
export async function mustBeFree(root: string): Promise<void> {
  const entries = await readdir(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new Error(`${root} cannot become a dataset: ${error.message}`, { cause: error });
  });
  if (entries.length > 0) throw new Error(`${root} is not empty (there is ${entries[0]} in it); choose a new folder`);
}

/** Makes a new name survive a power cut. Not every platform can open folders. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

/** The features without timestamps and indices. Throws when one cannot be written. */
function checkFeatures({ features, fps }: LeRobotWriterOptions): Readonly<Record<string, Feature>> {
  if (!(fps > 0 && Number.isFinite(fps))) throw new Error(`fps must be a positive number, got ${fps}`);
  const own = Object.entries(features).filter(([name]) => !(INDEX_COLUMNS as readonly string[]).includes(name));
  for (const [name, feature] of own) {
    const { dtype, shape, names } = feature;
    if (name === '' || /[/\\\0]/.test(name) || name === '.' || name === '..') {
      throw new Error(`a feature cannot be called ${JSON.stringify(name)}: LeRobot allows no slashes`);
    }
    if (isCamera(feature)) {
      if (shape.length !== 3) throw new Error(`camera "${name}" needs a shape [height, width, channels], got [${shape.join(', ')}]`);
      continue;
    }
    if (dtype !== 'string' && !isNumberType(dtype)) throw new Error(`feature "${name}" has dtype "${dtype}", which cannot be written`);
    if (shape.length < 1 || shape.length > 5)
      throw new Error(`feature "${name}" has shape [${shape.join(', ')}]; LeRobot allows 1 to 5 axes`);
    const size = shape.reduce((product, n) => product * n, 1);
    if (names && names.length !== size) throw new Error(`feature "${name}" has ${names.length} names for ${size} values`);
  }
  return Object.fromEntries(own);
}

function checkCameras(cameras: readonly string[], { cameras: given = {} }: EpisodeContent): void {
  const missing = cameras.filter((camera) => !given[camera]);
  const unknown = Object.keys(given).filter((camera) => !cameras.includes(camera));
  if (missing.length > 0) throw new Error(`there are no frames of ${missing.join(', ')}`);
  if (unknown.length > 0) throw new Error(`there are frames of ${unknown.join(', ')}, which the dataset does not have as a video`);
}
