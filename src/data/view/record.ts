/**
 * What a page shows, as it is embedded in it. Everything is computed when the page is made; its script only draws.
 *
 * Arrays of numbers are base64 of little-endian f32 (`Packed`): exact for what datasets hold, shorter than digits, and NaN stays NaN.
 */

/** Numbers, f32 little-endian, in base64. */
export type Packed = string;

/** Which arm something belongs to; `none` for neither, and for the arm of a robot that has one, `either`. */
export type Side = 'left' | 'right' | 'either' | 'none';

/** The data of a page. */
export interface PageData {
  /** Rows of the episode */
  readonly rows: number;
  /** f32[rows]: seconds since the first row, increasing */
  readonly times: Packed;
  /** Instructions, and the row at which each begins */
  readonly tasks: readonly { readonly row: number; readonly text: string }[];
  /** Rows for which there are pictures and chunks, increasing */
  readonly samples: readonly number[];
  readonly cameras: readonly CameraData[];
  readonly curves: CurvesData;
  readonly paths: PathsData | undefined;
  readonly chunks: ChunksData | undefined;
}

/** A camera, or a view of the model for which there is none. */
export interface CameraData {
  /** The view of the model; `undefined` for a camera that the model does not see */
  readonly view: string | undefined;
  /** As the dataset calls it; `undefined` where there is none */
  readonly camera: string | undefined;
  /** JPEG as data: addresses, one per sample, `null` where there is none; empty where there is no camera */
  readonly frames: readonly (string | null)[];
  /** Why pictures are missing */
  readonly problem: string | undefined;
}

/** Curves of states and actions. A point is a row, or the least and the greatest value of several. */
export interface CurvesData {
  /** Rows of a point; the last may have fewer */
  readonly stride: number;
  readonly groups: readonly CurveGroup[];
}

/** Panels that belong together. */
export interface CurveGroup {
  readonly title: string;
  readonly side: Side;
  readonly panels: readonly CurvePanel[];
}

/** A quantity: its measured values and its commanded ones, or one of the two. */
export interface CurvePanel {
  readonly name: string;
  readonly unit: string;
  /** What the axis shows; as much as the values need unless given */
  readonly range?: readonly [low: number, high: number];
  readonly series: readonly Curve[];
  /** Rows [from, to) in which a value is missing */
  readonly gaps: readonly (readonly [from: number, to: number])[];
}

/** Values of a quantity over the episode. */
export interface Curve {
  readonly kind: 'state' | 'action';
  /** The feature and the element of it, or what it was computed from */
  readonly from: string;
  /** f32[points]: the least value of each; the value itself where a point is a row */
  readonly low: Packed;
  /** f32[points]: the greatest value, where points are several rows */
  readonly high?: Packed;
}

/** Where the tools were, in the base frame of the robot. */
export interface PathsData {
  /** Rows from one point to the next */
  readonly stride: number;
  readonly tools: readonly ToolPath[];
}

/** The path of one tool. */
export interface ToolPath {
  readonly side: Side;
  /** f32[points, 10]: position (3, metres), the tool's y axis (closing) and z axis (approach) as unit vectors, gripper 0 … 1 */
  readonly points: Packed;
}

/** The chunks of actions that follow the samples, and their FAST tokens. */
export interface ChunksData {
  /** Steps of a chunk, K */
  readonly steps: number;
  /** Steps per second */
  readonly rate: number;
  /** Of the numbers of an arm */
  readonly names: readonly string[];
  readonly arms: readonly string[];
  /** [samples][2]: how many steps of each arm there are; the others are masked */
  readonly present: readonly (readonly number[])[];
  /** f32[samples, K, 2, 10]: relative to the pose at the sample; metres, rmat6d, gripper 0 … 1 */
  readonly actions: Packed;
  /** f32[10]: an action is normalised as (action − offset) / scale */
  readonly offset: Packed;
  readonly scale: Packed;
  readonly tokens: TokensData | undefined;
  /** Why there are no tokens */
  readonly problem: string | undefined;
}

/** FAST tokens of chunks. */
export interface TokensData {
  /** Where the tokenizer and the normalisation are from */
  readonly made: string;
  readonly vocabulary: number;
  readonly scale: number;
  /** Ids per sample; `null` where the chunk has no tokens, with the reason in `problems` */
  readonly ids: readonly (readonly number[] | null)[];
  readonly problems: readonly (string | null)[];
  /** f32[samples, K, 2, 10]: the tokens decoded and no longer normalised */
  readonly decoded: Packed;
  /** Coefficients that a token stands for, by id; `null` for part of one */
  readonly meaning: Readonly<Record<number, readonly number[] | null>>;
  /** Over the whole episode, for some rows: how many tokens, and how far what they say is from what was encoded */
  readonly over: {
    readonly rows: readonly number[];
    /** f32[rows]: tokens */
    readonly tokens: Packed;
    /** f32[rows]: greatest distance of a position, millimetres */
    readonly position: Packed;
    /** f32[rows]: greatest angle between rotations, degrees */
    readonly rotation: Packed;
    /** f32[rows]: greatest difference of a gripper, 0 … 1 */
    readonly gripper: Packed;
    /** f32[rows]: root mean square of the difference of normalised actions */
    readonly rms: Packed;
  };
  /** Of whole chunks */
  readonly mean?: number;
}

/** Numbers for a page. */
export const pack = (values: ArrayLike<number>): Packed => Buffer.from(Float32Array.from(values).buffer).toString('base64');
