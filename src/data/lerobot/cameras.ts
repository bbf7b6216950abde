/** The frames of one camera in one episode: a whole video, a part of one, or pictures in the data file. */
import { decodeImage } from '../images.ts';
import type { StoredImage } from '../parquet.ts';
import type { Feature, Frame, FrameReader } from '../source.ts';
import { openVideo } from '../video/reader.ts';
import type { VideoPlace } from './layout.ts';

/** What is to be opened. */
interface CameraOptions {
  readonly camera: string;
  readonly feature: Feature;
  readonly fps: number;
  /** Rows of the episode */
  readonly rows: number;
  /** Where the video is; not given for pictures in the data file */
  readonly video?: VideoPlace & { readonly path: string };
  /** Pictures of rows [from, to) of the episode */
  images(from: number, to: number): Promise<StoredImage[]>;
  /** Seconds of each row */
  timestamps(): Promise<Float64Array>;
}

/** Opens a camera. Throws when its file is missing or no video, and when its frames have another size than the dataset says. */
export async function openFrames(options: CameraOptions): Promise<FrameReader> {
  return options.video ? openPart(options, options.video) : openImages(options);
}

function openPart(options: CameraOptions, place: VideoPlace & { readonly path: string }): FrameReader {
  const { fps } = options;
  const video = openVideo(place.path);
  try {
    checkSize(options, place.path, video);
    const begin = Math.round(place.from * fps);
    const end = place.to === undefined ? video.length : Math.min(Math.round(place.to * fps), video.length);
    if (place.from > 0 && begin >= video.length) {
      throw new Error(`${place.path} ends at ${video.duration.toFixed(3)} s, but the episode should begin at ${place.from} s in it`);
    }
    // Beyond its last frame, the frames of another episode may follow, and timestamps may be a bit off.
    const last = place.to === undefined ? Number.POSITIVE_INFINITY : place.to - 0.75 / fps;
    return {
      length: Math.max(0, end - begin),
      at: async (seconds) => {
        const { width, height, data } = video.at(Math.min(Math.max(place.from + seconds, place.from), last));
        return { width, height, data };
      },
      close: () => video.close(),
    };
  } catch (error) {
    video.close();
    throw error;
  }
}

function checkSize({ camera, feature }: CameraOptions, path: string, { width, height }: { width: number; height: number }): void {
  const [wantedHeight, wantedWidth] = feature.shape;
  if (height === wantedHeight && width === wantedWidth) return;
  throw new Error(
    `${path}: frames of "${camera}" are ${width}×${height}, but meta/info.json says ${wantedWidth}×${wantedHeight} (shape [${feature.shape.join(', ')}])`,
  );
}

async function openImages(options: CameraOptions): Promise<FrameReader> {
  const { camera, images } = options;
  const times = await options.timestamps();
  return {
    length: times.length,
    async at(seconds): Promise<Frame> {
      if (times.length === 0) throw new Error(`"${camera}" has no frames`);
      const row = nearest(times, seconds);
      const [stored] = await images(row, row + 1);
      const where = `the picture of "${camera}" in frame ${row}, at ${(times[row] as number).toFixed(3)} s`;
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

/** The position of the time nearest to `seconds` among increasing ones. */
function nearest(times: Float64Array, seconds: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < seconds) low = middle + 1;
    else high = middle;
  }
  return low > 0 && seconds - (times[low - 1] as number) <= (times[low] as number) - seconds ? low - 1 : low;
}
