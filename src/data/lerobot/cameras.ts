/** The frames of one camera in one episode: a whole video, a part of one, or pictures in the data file. */
import { decodeImage } from '../images.ts';
import type { StoredImage } from '../parquet.ts';
import type { Feature, Frame, FrameReader } from '../source.ts';
import type { VideoReader } from '../video/reader.ts';
import type { VideoPlace } from './layout.ts';
import type { SharedVideos } from './videos.ts';

/** What is to be opened. */
interface CameraOptions {
  readonly camera: string;
  readonly feature: Feature;
  readonly fps: number;
  /** Rows of the episode */
  readonly rows: number;
  /** Where the video is; not given for pictures in the data file */
  readonly video?: VideoPlace & { readonly path: string };
  readonly videos: SharedVideos;
  /** Pictures of rows [from, to) of the episode */
  images(from: number, to: number): Promise<StoredImage[]>;
}

/** Opens a camera. Throws when its file is missing or no video, and when its frames have another size than the dataset says. */
export function openFrames(options: CameraOptions): FrameReader {
  return options.video ? openPart(options, options.video) : openImages(options);
}

function openPart(options: CameraOptions, place: VideoPlace & { readonly path: string }): FrameReader {
  const { camera, fps, videos } = options;
  const { video, close } = videos.open(place.path);
  try {
    checkSize(options, place.path, video);
    const { first, count } = partOf(video, place, fps);
    if (place.from > 0 && first >= video.length) {
      throw new Error(`${place.path} ends at ${video.duration.toFixed(3)} s, but the episode should begin at ${place.from} s in it`);
    }
    return {
      length: count,
      at: async (seconds, into) => {
        if (count === 0) throw new Error(`${place.path} has no frames of "${camera}"`);
        const begin = video.times[first] as number;
        // Beyond these, there may be the frames of another episode.
        const within = clamped(seconds, (video.times[first + count - 1] as number) - begin, fps, `${place.path} of "${camera}"`);
        const { width, height, data } = video.at(begin + within, into);
        return { width, height, data };
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** A time from 0 to that of the last frame. Times may be off by a frame. Throws when they are off by more: a frozen picture is no frame. */
function clamped(seconds: number, last: number, fps: number, what: string): number {
  const slack = 1 / fps + 1e-6;
  if (seconds >= -slack && seconds <= last + slack) return Math.min(Math.max(seconds, 0), last);
  throw new Error(`the episode has no frame at ${seconds} s in ${what}, only from 0 to ${Number(last.toFixed(6))} s`);
}

/** The frames of an episode in a video: `first` is the number of its first frame there. */
export interface VideoPart {
  readonly first: number;
  readonly count: number;
}

/** Which frames of a video are an episode's: those shown from half a frame before its beginning to half a frame before its end. */
export function partOf({ times }: VideoReader, { from, to }: { readonly from: number; readonly to?: number }, fps: number): VideoPart {
  const after = (seconds: number): number => {
    let [low, high] = [0, times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle] as number) < seconds - 0.5 / fps) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const first = from > 0 ? after(from) : 0;
  return { first, count: Math.max(0, (to === undefined ? times.length : after(to)) - first) };
}

function checkSize({ camera, feature }: CameraOptions, path: string, { width, height }: { width: number; height: number }): void {
  const [wantedHeight, wantedWidth] = feature.shape;
  if (height === wantedHeight && width === wantedWidth) return;
  throw new Error(
    `${path}: frames of "${camera}" are ${width}×${height}, but meta/info.json says ${wantedWidth}×${wantedHeight} (shape [${feature.shape.join(', ')}])`,
  );
}

/** Pictures are those of their rows: the one of row i is at i / fps, as in a video. */
function openImages(options: CameraOptions): FrameReader {
  const { camera, fps, rows, images } = options;
  return {
    length: rows,
    async at(seconds): Promise<Frame> {
      if (rows === 0) throw new Error(`"${camera}" has no frames`);
      // The earlier of two that are equally near
      const row = Math.max(0, Math.ceil(clamped(seconds, (rows - 1) / fps, fps, `"${camera}"`) * fps - 0.5));
      const [stored] = await images(row, row + 1);
      const where = `the picture of "${camera}" in frame ${row}`;
      try {
        if (!stored?.bytes) throw new Error('there is none');
        const frame = await decodeImage(stored.bytes);
        checkSize(options, where, frame);
        return frame;
      } catch (error) {
        throw new Error(`${where} cannot be read: ${(error as Error).message}`, { cause: error });
      }
    },
    close: () => undefined,
  };
}
