/** Where the episodes of a LeRobot dataset lie: what versions 2.1 and 3.0 say in different ways, in one form. */
import type { EpisodeInfo } from '../source.ts';

/** The rows of an episode in a file. */
export interface DataPlace {
  /** Path of the parquet file, relative to the dataset */
  readonly file: string;
  /** The episode's first row in it */
  readonly firstRow: number;
  /** Whether the file holds this episode only */
  readonly whole: boolean;
}

/** The frames of an episode in a video. */
export interface VideoPlace {
  /** Path of the video, relative to the dataset */
  readonly file: string;
  /** Seconds: where the episode begins */
  readonly from: number;
  /** Seconds: where it ends; undefined where it is the whole video */
  readonly to?: number;
}

/** An episode, and where it lies. */
export interface EpisodePlace extends EpisodeInfo {
  /** Throws when the metadata contradict themselves about this episode. */
  data(): DataPlace;
  /** The same for a feature of dtype `video`. */
  video(camera: string): VideoPlace;
}

/** What the metadata of a dataset say beside `info.json`. */
export interface Layout {
  readonly episodes: readonly EpisodePlace[];
  /** Instructions by `task_index` */
  readonly tasks: ReadonlyMap<number, string>;
}
