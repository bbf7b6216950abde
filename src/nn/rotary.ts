/**
 * Rotary position embedding (Su et al. 2021, "RoFormer"): pairs of channels of queries and keys are turned by angles that grow
 * with position, so that their product depends on the distance only. The kinds differ in which position turns which pair:
 * one axis; two axes as in VGGT and as in Qwen2.5-VL's vision tower; three as in its language model (M-RoPE).
 *
 * Angles are rounded to f32 as upstream's are, on the host and on the engine alike.
 */
import { hostTensor } from '../tensor/host.ts';
import { mul } from '../tensor/ops/arithmetic.ts';
import { cast } from '../tensor/ops/cast.ts';
import { concat, reshape, split, unsqueeze } from '../tensor/ops/layout.ts';
import { cos, sin } from '../tensor/ops/math.ts';
import { rotate } from '../tensor/ops/rotary.ts';
import { constant, type Tensor } from '../tensor/tensor.ts';
import { mistake } from './layer.ts';

/** Known when the graph is made, one number for each of T tokens; or a tensor i64[T], i64[B, T] (any numeric dtype). */
export type Positions = readonly number[] | Tensor;

/** Angles of d/2 pairs of channels for every token. */
export interface RotaryTable {
  /** f32[T, 1, d/2] or f32[B, T, 1, d/2] */
  readonly cos: Tensor;
  readonly sin: Tensor;
  /** Channels are cut into so many equal parts; within each, the first half is paired with the second. */
  readonly parts: number;
}

/** base^(−2i/width) for i = 0 … width/2 − 1, in radians per position */
const frequencies = (width: number, base: number): number[] =>
  Array.from({ length: width / 2 }, (_, i) => Math.fround(base ** ((-2 * i) / width)));

/** The position along one axis and the frequencies of the pairs that it turns. */
interface RotaryAxis<P extends Positions = Positions> {
  readonly positions: P;
  readonly frequencies: readonly number[];
}

const isKnown = (axis: RotaryAxis): axis is RotaryAxis<readonly number[]> => !('node' in axis.positions);

/** The axes' pairs one after another. */
function rotaryTable(axes: readonly RotaryAxis[], parts: number): RotaryTable {
  if (axes.every(isKnown)) return { ...knownTable(axes), parts };
  const angles = concat(axes.map(tensorAngles), -1);
  return { cos: unsqueeze(cos(angles), -2), sin: unsqueeze(sin(angles), -2), parts };
}

/** Constants, computed here. */
function knownTable(axes: readonly RotaryAxis<readonly number[]>[]): Omit<RotaryTable, 'parts'> {
  const counts = axes.map(({ positions }) => positions.length);
  const [tokens] = counts as [number];
  if (counts.some((count) => count !== tokens))
    mistake(`rotary positions of ${counts.join(' and ')} tokens: expected as many on every axis`);
  const angles = Array.from({ length: tokens }, (_, token) =>
    axes.flatMap(({ positions, frequencies }) => frequencies.map((f) => Math.fround((positions[token] as number) * f))),
  ).flat();
  const table = (f: (angle: number) => number): Tensor => constant(hostTensor('f32', [tokens, 1, angles.length / tokens], angles.map(f)));
  return { cos: table(Math.cos), sin: table(Math.sin) };
}

/** f32[..., T, frequencies] */
function tensorAngles(axis: RotaryAxis): Tensor {
  const { positions, frequencies } = axis;
  const at = isKnown(axis) ? constant(hostTensor('f32', [axis.positions.length], axis.positions)) : cast(positions as Tensor, 'f32');
  return mul(unsqueeze(at, -1), constant(hostTensor('f32', [frequencies.length], frequencies)));
}

/** How wide the heads are and how fast they turn. */
export interface RotaryOptions {
  /** Channels of a head, d. */
  readonly width: number;
  /** The slowest pair turns by about 1/base radians per position. 10000 by default. */
  readonly base?: number;
}

/** One axis, as in Llama and Qwen2: pair i of d/2 turns by position·base^(−2i/d). Throws when d is odd. */
export function rotary1d(positions: Positions, { width, base = 10000 }: RotaryOptions): RotaryTable {
  requireMultiple('rotary1d', width, 2);
  return rotaryTable([{ positions, frequencies: frequencies(width, base) }], 1);
}

/** The same, and which channels turn with which axis. */
export interface Rotary2dOptions extends RotaryOptions {
  /**
   * `split`: the first half of the channels turns with y, the rest with x, each by itself (VGGT, base 100).
   * `joint`: the first quarter of the channels, paired with the third, turns with y; the second, paired with the fourth, with x
   * (Qwen2.5-VL's vision tower, base 10000).
   */
  readonly layout: 'split' | 'joint';
}

/** Two axes: each turns d/4 pairs by position·base^(−2i/(d/2)). Throws when d is not a multiple of 4. */
export function rotary2d(y: Positions, x: Positions, { width, base = 10000, layout }: Rotary2dOptions): RotaryTable {
  requireMultiple('rotary2d', width, 4);
  const perAxis = frequencies(width / 2, base);
  return rotaryTable(
    [y, x].map((positions) => ({ positions, frequencies: perAxis })),
    layout === 'split' ? 2 : 1,
  );
}

/** The same, and how many pairs turn with each axis. */
export interface MultimodalRotaryOptions extends RotaryOptions {
  /** Pairs turned by time, height and width, `mrope_section` in the checkpoints' configuration; they add up to d/2. */
  readonly sections: readonly [number, number, number];
}

/**
 * M-RoPE (Wang et al. 2024, "Qwen2-VL"): the d/2 pairs of `rotary1d`, of which the first section turns with time, the next with
 * height, the last with width. Where the three agree, as for text, it is `rotary1d`. Throws when the sections do not add up.
 */
export function multimodalRotary(
  positions: readonly [time: Positions, height: Positions, width: Positions],
  { width, base = 10000, sections }: MultimodalRotaryOptions,
): RotaryTable {
  const [time, height, across] = sections;
  if (2 * (time + height + across) !== width) {
    mistake(`multimodalRotary: sections [${sections}] add up to ${time + height + across}, expected ${width / 2}`);
  }
  const all = frequencies(width, base);
  const parts = [all.slice(0, time), all.slice(time, time + height), all.slice(time + height)];
  return rotaryTable(
    positions.map((at, axis) => ({ positions: at, frequencies: parts[axis] as number[] })),
    1,
  );
}

/** Turns x f32[B, T, H, d] by the table's angles. Throws when the table is for another width. */
export function applyRotary(x: Tensor, table: RotaryTable): Tensor {
  const [batch, time, , width] = x.shape as [number, number, number, number];
  const pairs = table.cos.shape.at(-1) as number;
  if (width !== 2 * pairs) {
    mistake(`applyRotary: heads have ${width} channels, but the table is for ${2 * pairs}`);
  }
  const { parts } = table;
  const rows = (t: Tensor): Tensor => {
    const [each] = t.shape;
    return cast(reshape(t, t.shape.length === 4 && each === batch ? [batch, time, pairs] : [time, pairs]), x.dtype);
  };
  const [c, s] = [rows(table.cos), rows(table.sin)];
  if (parts === 1) return rotate(x, c, s);
  const [cosines, sines] = [split(c, parts, -1), split(s, parts, -1)];
  return concat(
    split(x, parts, 3).map((part, i) => rotate(part, cosines[i] as Tensor, sines[i] as Tensor)),
    3,
  );
}

/** In what order, and from where, a grid is counted. */
export interface GridOptions {
  /** Cells come in blocks of merge × merge, as Qwen2.5-VL orders patches for its merger; 1 (row by row) by default. */
  readonly merge?: number;
  /** Of the first row and column: VGGT counts from 1, and puts its special tokens at 0. 0 by default. */
  readonly start?: number;
}

/** Row and column of every cell of a grid, in token order. Throws when blocks do not fill it. */
export function gridPositions(rows: number, columns: number, { merge = 1, start = 0 }: GridOptions = {}): { y: number[]; x: number[] } {
  if (rows % merge !== 0 || columns % merge !== 0) {
    mistake(`gridPositions: blocks of ${merge} × ${merge} do not fill a grid of ${rows} × ${columns}`);
  }
  const [y, x]: [number[], number[]] = [[], []];
  for (let top = 0; top < rows; top += merge) {
    for (let left = 0; left < columns; left += merge) {
      for (let cell = 0; cell < merge * merge; cell++) {
        y.push(start + top + Math.floor(cell / merge));
        x.push(start + left + (cell % merge));
      }
    }
  }
  return { y, x };
}

function requireMultiple(layer: string, width: number, of: number): void {
  if (width % of !== 0) mistake(`${layer}: the head width must be a multiple of ${of}, got ${width}`);
}
