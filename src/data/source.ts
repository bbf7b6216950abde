/**
 * A dataset as every format is read: episodes of rows (states, actions, timestamps) and of camera frames. What the numbers of a
 * row mean for a robot is said by a binding (`binding.ts`); a source only knows their names and shapes.
 */

/** A column of a dataset, as `info.json` of LeRobot describes it. */
export interface Feature {
  /** `float32`, `float64`, `int64`, `bool`, `string`, …; `video` and `image` for cameras */
  readonly dtype: string;
  /** Of one frame: `[26]`; `[height, width, 3]` for cameras */
  readonly shape: readonly number[];
  /** Of the elements, flat, where the dataset names them */
  readonly names?: readonly string[];
}

/** What is known of an episode before it is read. */
export interface EpisodeInfo {
  /** The number by which the dataset calls it */
  readonly index: number;
  /** Frames */
  readonly length: number;
  /** Instructions that occur in it */
  readonly tasks: readonly string[];
  /** Frames per second, where they are not those of the dataset: in folders of videos */
  readonly fps?: number;
}

/** Values of one column: `data` is [rows, ...shape] in C order. Strings have no column. */
export interface Column {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

/** Consecutive rows of one episode. */
export interface Rows {
  /** The frame of the first row, counted from the beginning of the episode */
  readonly from: number;
  readonly length: number;
  /** f64[rows]: seconds since the beginning of the episode, as the dataset says */
  readonly timestamps: Float64Array;
  /** The instruction of each row; undefined where the dataset has none */
  readonly tasks: readonly (string | undefined)[];
  /** Numeric columns by feature name, timestamps and indices left out */
  readonly columns: Readonly<Record<string, Column>>;
}

/** A picture. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  /** u8[height, width, 3], RGB */
  readonly data: Uint8Array;
}

/** The frames of one camera in one episode, open for random access. */
export interface FrameReader {
  /** Frames that are there; for a video, as its container says */
  readonly length: number;
  /**
   * The frame nearest to `seconds` since the first one: frame i of a video at a constant rate is at i / fps. Throws with file and time
   * when it cannot be decoded. The pixels are put into `into` where that has the right size, and then hold until it is used again:
   * new memory for every frame would cost as much as resizing it.
   */
  at(seconds: number, into?: Uint8Array): Promise<Frame>;
  close(): void;
}

/** Which rows and columns to read. */
export interface RowRange {
  /** First frame; 0 unless given */
  readonly from?: number;
  /** One past the last frame; the episode's length unless given */
  readonly to?: number;
  /** Features to read; all numeric ones unless given */
  readonly columns?: readonly string[];
}

/** A dataset that is open for reading. Episodes are named by their position in `episodes`. */
export interface EpisodeSource {
  /** How messages and seeds call it */
  readonly name: string;
  /** The folder or file it was opened from */
  readonly root: string;
  readonly format: 'lerobot-v2.1' | 'lerobot-v3.0' | 'libero-hdf5' | 'raw-video';
  /** Rows per second */
  readonly fps: number;
  readonly robotType?: string;
  readonly features: Readonly<Record<string, Feature>>;
  /** Features that are cameras */
  readonly cameras: readonly string[];
  readonly episodes: readonly EpisodeInfo[];
  /** Rows of an episode. Memory grows with the rows asked for (and the file's row groups), not with the episode. */
  readRows(episode: number, range?: RowRange): Promise<Rows>;
  /** A camera's frames in an episode. Throws when the file is missing or no video. */
  openCamera(episode: number, camera: string): Promise<FrameReader>;
  close(): Promise<void>;
}
