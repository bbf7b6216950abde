/**
 * Reads parts of episodes again and again within a fixed amount of memory: rows in blocks, of which the last used are kept, and a few
 * open cameras. What one worker of a loader has of a dataset.
 */
import { featuresOf } from './binding.ts';
import { Recent } from './recent.ts';
import type { EpisodeSource, Frame, FrameReader } from './source.ts';
import type { ArmTrack, BoundSource } from './tracks.ts';

/** Bounds of what is kept. */
export interface EpisodeReaderOptions {
  /** Bytes of rows; 64 MiB unless given */
  readonly rowBytes?: number;
  /** Open videos, but at least one for each camera; 16 unless given */
  readonly openCameras?: number;
}

/** Consecutive rows of an episode, and what they mean. */
export interface EpisodeBlock {
  /** f64[rows]: seconds since the first row of the episode */
  readonly times: Float64Array;
  /** The instruction of each row */
  readonly tasks: readonly (string | undefined)[];
  /** The motion of each arm; none for videos without actions */
  readonly tracks: readonly ArmTrack[];
}

/** A dataset as samples read it. */
export interface EpisodeReader {
  readonly source: EpisodeSource;
  /** What the rows mean; undefined for videos without actions */
  readonly bound: BoundSource | undefined;
  /**
   * A block with the rows `row` − 1 … `row + span` of an episode, less those before its beginning and past its end, and perhaps others
   * around them. Row i is at i / fps: the timestamps of a dataset are only looked at by those who mend them. Throws with episode and
   * frame when numbers are no pose.
   */
  block(episode: number, row: number, span: number): Promise<EpisodeBlock>;
  /** The frame nearest to `seconds` after the first row (the earlier of two), or undefined past the last one. It holds until the next call. */
  frame(episode: number, camera: string, seconds: number): Promise<Frame | undefined>;
  close(): void;
}

/** Rows per second of an episode. */
export const rateOf = (source: EpisodeSource, episode: number): number => source.episodes[episode]?.fps ?? source.fps;

/** Blocks begin one row before multiples of this; they end `span` rows after the next one begins, so that a span lies in one block. */
const STRIDE = 512;

/** Much less than the time between two frames, and much more than what sums of seconds are off by. */
const ROUNDING = 1e-6;

/** Opens a dataset, bound to a robot or not, for reading at random. It does not own the source: closing it leaves that open. */
export function episodeReader(opened: EpisodeSource | BoundSource, options: EpisodeReaderOptions = {}): EpisodeReader {
  const { rowBytes = 64 * 2 ** 20, openCameras = 16 } = options;
  const [source, bound] = 'binding' in opened ? [opened.source, opened] : [opened, undefined];
  const columns = bound ? featuresOf(bound.binding) : [];
  // A row costs the numbers of its tracks (a pose is two small arrays) and its time.
  const rowCost = 64 + (bound?.embodiment.arms.length ?? 0) * 512;
  const blocks = new Recent<string, Promise<EpisodeBlock>>(Math.max(1, Math.floor(rowBytes / (rowCost * STRIDE))));
  const cameras = new Recent<string, Promise<FrameReader>>(
    Math.max(openCameras, source.cameras.length),
    (reader) => void reader.then((r) => r.close()).catch(() => undefined),
  );

  /** Of the last frame, for the next one */
  let pixels: Uint8Array | undefined;

  async function readBlock(episode: number, from: number, to: number): Promise<EpisodeBlock> {
    const fps = rateOf(source, episode);
    const times = Float64Array.from({ length: to - from }, (_, i) => (from + i) / fps);
    const { index, tasks = [] } = source.episodes[episode] ?? {};
    if (!bound) return { times, tasks: Array.from(times, () => tasks[0]), tracks: [] };
    const rows = await source.readRows(episode, { from, to, columns });
    return { times, tasks: rows.tasks, tracks: bound.tracks(rows, `${source.name}, episode ${index}`) };
  }

  return {
    source,
    bound,
    block(episode, row, span) {
      const start = Math.floor(row / STRIDE) * STRIDE;
      const from = Math.max(0, start - 1);
      const to = Math.min(source.episodes[episode]?.length ?? 0, start + STRIDE + span + 1);
      return blocks.get(`${episode}/${from}/${to}`, () => readBlock(episode, from, to));
    },
    async frame(episode, camera, seconds) {
      const length = source.episodes[episode]?.length ?? 0;
      if (seconds * rateOf(source, episode) > length - 0.5) return undefined;
      const reader = await cameras.get(`${episode}/${camera}`, () => source.openCamera(episode, camera));
      const frame = await reader.at(Math.max(0, seconds - ROUNDING), pixels);
      pixels = frame.data;
      return frame;
    },
    close() {
      blocks.clear();
      cameras.clear();
    },
  };
}
