/**
 * Positions of Qwen2.5-VL's language model (M-RoPE; Wang et al. 2024, "Qwen2-VL"; `get_rope_index` of transformers'
 * modeling_qwen2_5_vl.py): every token has three, in time, height and width. Those of text count up together; the cells of an image
 * share the time, and add their row to the height and their column to the width; what follows continues after the largest of the three.
 */
import type { Positions } from '../nn/rotary.ts';
import { type HostTensor, hostTensor, numbers } from '../tensor/host.ts';
import { reshape, slice } from '../tensor/ops/layout.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Per axis numbers known when the graph is made, one for each of T tokens, or a tensor [T] or [B, T]. */
export type MultimodalPositions = readonly [time: Positions, height: Positions, width: Positions];

/** The same, all known. */
export type KnownPositions = readonly [time: number[], height: number[], width: number[]];

/** Visual tokens of an image, row by row, frame after frame. */
export interface CellGrid {
  /** 1 by default. Those of an image are all at the same time. */
  readonly frames?: number;
  readonly rows: number;
  readonly columns: number;
}

/** A part of a sequence: so many tokens of text (or of state or actions), or an image. */
export type Stretch = number | CellGrid;

/** How many tokens a stretch has. */
export const stretchLength = (stretch: Stretch): number =>
  typeof stretch === 'number' ? stretch : (stretch.frames ?? 1) * stretch.rows * stretch.columns;

/** Positions of a sequence whose layout is known, from `start` on, and the position of what comes next. */
export function layoutPositions(stretches: readonly Stretch[], start = 0): { positions: KnownPositions; next: number } {
  const positions: KnownPositions = [[], [], []];
  let next = start;
  for (const stretch of stretches) {
    const place = placeIn(stretch);
    for (let token = 0; token < stretchLength(stretch); token++) {
      for (const [axis, offset] of place(token).entries()) positions[axis]?.push(next + offset);
    }
    next += typeof stretch === 'number' ? stretch : Math.max(stretch.rows, stretch.columns);
  }
  return { positions, next };
}

/** Offsets in time, height and width of a stretch's token. */
function placeIn(stretch: Stretch): (token: number) => readonly [number, number, number] {
  if (typeof stretch === 'number') return (token) => [token, token, token];
  const { rows, columns } = stretch;
  return (token) => [0, Math.floor(token / columns) % rows, token % columns];
}

/** What marks an image in a sequence of token ids. */
export interface ImageTokens {
  /** Placeholder of every cell (`image_token_id`) */
  readonly image: number;
  /** Comes before every image (`vision_start_token_id`) */
  readonly start: number;
}

/**
 * A row of token ids (without padding) in stretches. Images are taken from the front of `images`, one for each image token that follows a
 * start token, as upstream does. Throws when they run out, or when an image has other than its number of placeholders.
 */
function stretchesOf(ids: readonly number[], images: CellGrid[], { image, start }: ImageTokens): Stretch[] {
  const stretches: Stretch[] = [];
  let text = 0;
  for (let at = 0; at < ids.length; ) {
    if (ids[at] !== image || ids[at - 1] !== start) {
      text++;
      at++;
      continue;
    }
    const grid = images.shift();
    if (!grid) throw new Error(`the sequence has an image at token ${at}, but there are no more images`);
    const cells = stretchLength(grid);
    const placeholders = ids.slice(at, at + cells).filter((id) => id === image).length;
    if (placeholders !== cells || ids[at + cells] === image) {
      throw new Error(`the image at token ${at} has ${grid.rows} × ${grid.columns} cells, but not as many tokens ${image} stand for it`);
    }
    stretches.push(text, grid);
    text = 0;
    at += cells;
  }
  return [...stretches, text];
}

/** What else there is to know of a batch of sequences. */
export interface SequenceOptions extends ImageTokens {
  /** [B, L], 0 where a token is padding; none by default (`attention_mask`) */
  readonly mask?: HostTensor | undefined;
  /** The cells of all images, in the order of the sequences. */
  readonly images: readonly CellGrid[];
}

/** Positions of a batch of sequences, and where they go on. */
export interface SequencePositions {
  /** i64[3, B, L]: time, height, width; 1 at padding (`position_ids`) */
  readonly positions: HostTensor;
  /** i64[B, 1]: what to add to the number of a further token in its row, padding included, for its position (`rope_deltas`) */
  readonly deltas: HostTensor;
}

/** Positions of token ids [B, L] as `get_rope_index` gives them. Throws when the images are not those of the sequences. */
export function sequencePositions(ids: HostTensor, { mask, images, ...tokens }: SequenceOptions): SequencePositions {
  const [batch, length] = ids.shape as [number, number];
  const all = numbers(ids);
  const real = mask ? numbers(mask) : new Float64Array(all.length).fill(1);
  const remaining = [...images];
  const positions = new Array<number>(3 * batch * length).fill(1);
  const deltas: number[] = [];
  for (let row = 0; row < batch; row++) {
    const places = Array.from({ length }, (_, i) => row * length + i).filter((place) => real[place] !== 0);
    const stretches = stretchesOf(
      places.map((place) => all[place] as number),
      remaining,
      tokens,
    );
    const { positions: known, next } = layoutPositions(stretches);
    for (const [axis, along] of known.entries()) {
      for (const [i, place] of places.entries()) positions[axis * batch * length + place] = along[i] as number;
    }
    deltas.push(next - length);
  }
  if (remaining.length > 0) throw new Error(`the sequences have places for ${images.length - remaining.length} of ${images.length} images`);
  return { positions: hostTensor('i64', [3, batch, length], positions), deltas: hostTensor('i64', [batch, 1], deltas) };
}

/** Positions [3, B, T] (any numeric dtype), an input say, axis by axis. */
export function positionAxes(positions: Tensor): MultimodalPositions {
  const axis = (i: number): Tensor => reshape(slice(positions, 0, i, i + 1), positions.shape.slice(1));
  return [axis(0), axis(1), axis(2)];
}
