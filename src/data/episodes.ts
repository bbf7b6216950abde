/**
 * Reads parts of episodes again and again within a fixed amount of memory: rows in blocks, of which the last used are kept, and a few
 * open cameras. What one worker of a loader has of a dataset.
 */
import { featuresOf } from './binding.ts';
import { Recent } from './recent.ts';
import { requireIncreasing } from './resample.ts';
import type { EpisodeSource, Frame, FrameReader } from './source.ts';
import type { ArmTrack, BoundSource } from './tracks.ts';

/** Bounds of what is kept. */
export interface EpisodeReaderOptions {
  /** Bytes of rows; 64 MiB unless given */
  readonly rowBytes?: number;
  /** Open videos; 16 unless given */
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
   * A block with the rows `row` … `row + span` of an episode, less those past its end, and perhaps others around them. Throws with
   * episode and frame when timestamps do not increase or numbers are no pose.
   */
  block(episode: number, row: number, span: number): Promise<EpisodeBlock>;
  /** The frame nearest to `seconds` after the first row, or undefined past the last one. */
  frame(episode: number, camera: string, seconds: number): Promise<Frame | undefined>;
  close(): void;
}

/** Blocks begin at multiples of this; they end `span` rows after the next one begins, so that a span lies in one block. */
const STRIDE = 512;

/** Opens a dataset, bound to a robot or not, for reading at random. It does not own the source: closing it leaves that open. */
export function episodeReader(opened: EpisodeSource | BoundSource, options: EpisodeReaderOptions = {}): EpisodeReader {
  const { rowBytes = 64 * 2 ** 20, openCameras = 16 } = options;
  const [source, bound] = 'binding' in opened ? [opened.source, opened] : [opened, undefined];
  const columns = bound ? featuresOf(bound.binding) : [];
  // A row costs the numbers of its tracks (a pose is two small arrays) and its timestamp.
  const rowCost = 64 + (bound?.embodiment.arms.length ?? 0) * 512;
  const blocks = new Recent<string, Promise<EpisodeBlock>>(Math.max(1, Math.floor(rowBytes / (rowCost * STRIDE))));
  const cameras = new Recent<string, Promise<FrameReader>>(
    openCameras,
    (reader) => void reader.then((r) => r.close()).catch(() => undefined),
  );
  const beginnings = new Map<number, Promise<number>>();

  const beginning = (episode: number): Promise<number> => {
    const known =
      beginnings.get(episode) ?? source.readRows(episode, { from: 0, to: 1, columns: [] }).then((rows) => rows.timestamps[0] ?? 0);
    beginnings.set(episode, known);
    return known;
  };

  async function readBlock(episode: number, from: number, to: number): Promise<EpisodeBlock> {
    const where = `${source.name}, episode ${source.episodes[episode]?.index}`;
    const [begin, rows] = [await beginning(episode), await source.readRows(episode, { from, to, columns })];
    requireIncreasing(rows.timestamps, from, where);
    return { times: rows.timestamps.map((time) => time - begin), tasks: rows.tasks, tracks: bound?.tracks(rows, where) ?? [] };
  }

  return {
    source,
    bound,
    block(episode, row, span) {
      const from = Math.floor(row / STRIDE) * STRIDE;
      const to = Math.min(source.episodes[episode]?.length ?? 0, from + STRIDE + span + 1);
      return blocks.get(`${episode}/${from}/${to}`, () => readBlock(episode, from, to));
    },
    async frame(episode, camera, seconds) {
      const length = source.episodes[episode]?.length ?? 0;
      if (seconds * source.fps > length - 0.5) return undefined;
      const [begin, reader] = [
        await beginning(episode),
        await cameras.get(`${episode}/${camera}`, () => source.openCamera(episode, camera)),
      ];
      return reader.at(begin + seconds);
    },
    close() {
      blocks.clear();
      cameras.clear();
    },
  };
}
