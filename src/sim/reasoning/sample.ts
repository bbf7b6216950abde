/**
 * Samples of embodied reasoning, of the eleven kinds in table 4 of the paper: pictures as raw pixels, a question, and an answer that is
 * either text or labels. The fields and units of answers are those of the samples that datasets keep: pixels from the top left corner of
 * the first picture, metres and radians in the frame of its camera (x right, y down, z forward).
 */

/** [left, top, right, bottom], pixels: whole numbers, between pixels */
export type Box2d = [number, number, number, number];
/** Pixels, or metres */
export type Point2d = [number, number];
/** Metres in the frame of the camera, or radians */
export type Triple = [number, number, number];

/** A mask as pycocotools' uncompressed run lengths: column by column, the first count is of pixels outside. */
export interface RunLengths {
  readonly size: [height: number, width: number];
  readonly counts: number[];
}

/** A box in space: its sides along its own axes, which R = Rz(yaw)·Ry(pitch)·Rx(roll) turns to those of the camera. */
export interface Box3d {
  readonly centre: Triple;
  readonly size: Triple;
  /** Roll, pitch, yaw */
  readonly rotation: Triple;
}

/** What the answers of each kind have. */
interface Labels {
  'general-vqa': { answer: string };
  'understanding-qa': { answer: string };
  'planning-qa': { answer: string };
  'trajectory-2d': { trajectories: { points: Point2d[]; label: string }[] };
  'trajectory-3d': { trajectories: { points: Triple[]; label: string }[] };
  'grounding-2d': { boxes: { box: Box2d; label: string }[] };
  'grounding-3d': { boxes: (Box3d & { label: string })[] };
  'space-pointing': { points: { point: Point2d; label: string }[] };
  'object-pointing': { points: { point: Point2d; label: string }[] };
  affordance: { boxes: { box: Box2d; label: string }[] };
  /** null where the object is not to be seen */
  'mask-tracking': { masks: (RunLengths | null)[]; label: string };
}

/** What a sample says. */
export type Answer = { [K in keyof Labels]: { kind: K } & Labels[K] }[keyof Labels];

/** The name of a kind. */
export type Kind = Answer['kind'];

/** The two stages of the curriculum, the easier one first (appendix B and table 7 of the paper). */
export const STAGES = ['spatial-understanding', 'spatial-perception'] as const;
/** See STAGES. */
export type Stage = (typeof STAGES)[number];

/** Thousands of samples of each kind (table 4 of the paper), and to which stage it belongs: text is understanding, places are perception. */
export const TABLE_4: Readonly<Record<Kind, { readonly thousands: number; readonly stage: Stage }>> = {
  'general-vqa': { thousands: 132, stage: 'spatial-understanding' },
  'understanding-qa': { thousands: 578, stage: 'spatial-understanding' },
  'planning-qa': { thousands: 35, stage: 'spatial-understanding' },
  'trajectory-2d': { thousands: 698, stage: 'spatial-perception' },
  'trajectory-3d': { thousands: 150, stage: 'spatial-perception' },
  'grounding-2d': { thousands: 100, stage: 'spatial-perception' },
  'grounding-3d': { thousands: 632, stage: 'spatial-perception' },
  'space-pointing': { thousands: 625, stage: 'spatial-perception' },
  'object-pointing': { thousands: 401, stage: 'spatial-perception' },
  affordance: { thousands: 393, stage: 'spatial-perception' },
  'mask-tracking': { thousands: 445, stage: 'spatial-perception' },
};

/** All kinds, in the order of table 4. */
export const KINDS = Object.keys(TABLE_4) as readonly Kind[];

/** Raw pixels. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** u8[height, width, 3], RGB, rows from the top */
  readonly data: Uint8Array;
}

/** A question about pictures, and what is to be answered. */
export interface Sample {
  readonly stage: Stage;
  readonly pictures: readonly Pixels[];
  readonly question: string;
  readonly answer: Answer;
  /** Of a question with few possible answers: all those that this one could have had in other pictures. Each was as likely. */
  readonly choices?: readonly string[];
}

/** Which things, rooms and wordings samples may have: the held-out ones are never trained on. */
export type Split = 'training' | 'heldOut';
