/**
 * Qwen2.5-VL's vision tower (Bai et al. 2025; modeling_qwen2_5_vl.py of transformers): patches attend to those of their window, in a few
 * blocks to those of their whole frame, and a merger makes one visual token of every cell of m × m patches.
 *
 * Attention comes in batches of regions (windows or frames) of one shape. The order of the tokens inside the tower is such that these lie
 * one after another. Rotary angles matter by their differences alone, so every region counts from its own corner, and all of one shape share
 * a table; upstream counts from the frame's.
 */

import { fail, mistake } from '../nn/layer.ts';
import { linear } from '../nn/linear.ts';
import { rmsNorm } from '../nn/norm.ts';
import { projectPatches } from '../nn/patch-embed.ts';
import { rotary2d } from '../nn/rotary.ts';
import { vitBlock } from '../nn/vit-block.ts';
import { checkpoint } from '../tensor/gradients.ts';
import { hostTensor } from '../tensor/host.ts';
import { gelu } from '../tensor/ops/activation.ts';
import { add } from '../tensor/ops/arithmetic.ts';
import { gather } from '../tensor/ops/gather.ts';
import { concat, reshape, slice } from '../tensor/ops/layout.ts';
import type { Scope } from '../tensor/parameters.ts';
import { formatShape } from '../tensor/shape.ts';
import { constant, type Tensor } from '../tensor/tensor.ts';

/** Of all RMS norms of the tower; upstream has it in its code. */
const EPSILON = 1e-6;

/** Sizes of the tower; behind each the name of the published configuration. */
export interface VisionConfig {
  readonly depth: number;
  /** Channels of a patch (`hidden_size`) */
  readonly width: number;
  /** `num_heads` */
  readonly heads: number;
  /** Hidden channels of the SwiGLU (`intermediate_size`) */
  readonly hidden: number;
  /** Pixels of a side of a patch (`patch_size`) */
  readonly patch: number;
  /** Frames of a patch (`temporal_patch_size`) */
  readonly temporalPatch: number;
  /** A cell is merge × merge patches, one visual token (`spatial_merge_size`) */
  readonly merge: number;
  /** Pixels of a side of a window (`window_size`) */
  readonly window: number;
  /** Blocks in which a whole frame attends to itself (`fullatt_block_indexes`) */
  readonly fullAttention: readonly number[];
  /** Channels of a visual token (`out_hidden_size`) */
  readonly out: number;
}

/** How many patches an image has (`image_grid_thw`). Rows and columns are multiples of `merge`. */
export interface PatchGrid {
  /** Frames of `temporalPatch` pictures: 1 for an image */
  readonly frames: number;
  readonly rows: number;
  readonly columns: number;
}

/** What is seen of the tower on the way, and kept for the backward pass. */
export interface VisionOptions {
  /** Called with the patches f32[N, width], in the order given, before the first block (−1) and after every block. */
  readonly onBlock?: ((block: number, patches: Tensor) => void) | undefined;
  /** Compute the inside of blocks again in the backward pass (`checkpoint`); false by default. */
  readonly recompute?: boolean | undefined;
}

/**
 * Patches f32[N, C·T·p·p] of all images, those of a cell together (see `qwen-images.ts`) → f32[N, width], in the same order, before the
 * merger. Declares `patch_embed` and `blocks`; the published scope is `visual`. Throws when the grids do not have N patches.
 */
export function visionTower(
  scope: Scope,
  patches: Tensor,
  grids: readonly PatchGrid[],
  config: VisionConfig,
  { onBlock, recompute = false }: VisionOptions = {},
): Tensor {
  const { width, heads, hidden, patch, temporalPatch, merge } = config;
  const count = grids.reduce((sum, { frames, rows, columns }) => sum + frames * rows * columns, 0);
  const channels = (patches.shape[1] ?? 0) / (temporalPatch * patch * patch);
  if (patches.shape.length !== 2 || patches.shape[0] !== count || !Number.isInteger(channels)) {
    fail(
      scope,
      `expected patches [${count}, C·${temporalPatch}·${patch}·${patch}] of ${grids.length} images, got ${formatShape(patches.shape)}`,
    );
  }
  // Frames of one shape follow one another, and so do the windows in them: where all windows are alike, both orders are the same.
  const frames = [...framesOf(grids, config)].sort((a, b) => a.rows - b.rows || a.columns - b.columns);
  const whole = partition(frames.map(({ windows }) => windows.flat()));
  const windows = partition(frames.flatMap((frame) => frame.windows));
  const given = Array.from({ length: count / merge ** 2 }, (_, i) => i);

  const block = (i: number, x: Tensor, { shapes }: Partition): Tensor =>
    inBatches(x, shapes, config, (regions, { y, x }) =>
      vitBlock(scope.in('blocks', i), regions, {
        heads,
        rotary: rotary2d(y, x, { width: width / heads, layout: 'joint' }),
        norm: { kind: 'rms', epsilon: EPSILON },
        feedForward: { kind: 'swiglu', hidden, bias: true },
      }),
    );

  let x = projectPatches(scope.in('patch_embed'), patches, { width, kernel: [channels, temporalPatch, patch, patch], bias: false });
  let order: readonly number[] = given;
  onBlock?.(-1, x);
  for (let i = 0; i < config.depth; i++) {
    const regions = config.fullAttention.includes(i) ? whole : windows;
    const before = reorder(x, order, regions.order, config);
    x = recompute ? checkpoint(() => block(i, before, regions)) : block(i, before, regions);
    order = regions.order;
    onBlock?.(i, reorder(x, order, given, config));
  }
  return reorder(x, order, given, config);
}

/**
 * One visual token of every cell: features f32[N, width] → f32[N/m², out]. What `extra` makes is added to the result of the first layer,
 * f32[N/m², m²·width], before the GELU: how the 3D encoder comes in. Declares `merger.ln_q`, `merger.mlp.0`, `merger.mlp.2`.
 */
export function mergePatches(
  scope: Scope,
  features: Tensor,
  { merge, width, out }: VisionConfig,
  extra?: (normalised: Tensor) => Tensor | undefined,
): Tensor {
  const merger = scope.in('merger');
  const cell = merge * merge * width;
  const normalised = reshape(rmsNorm(merger.in('ln_q'), features, { epsilon: EPSILON }), [-1, cell]);
  const first = linear(merger.in('mlp', 0), normalised, { out: cell });
  const added = extra?.(normalised);
  return linear(merger.in('mlp', 2), gelu(added ? add(first, added) : first), { out });
}

/** A visual token's place: its number among those of all images, and where in its frame it is. */
interface Cell {
  readonly index: number;
  readonly row: number;
  readonly column: number;
}

/** A frame in cells, and its windows row by row. Those at the right and at the bottom may be smaller. */
interface Frame {
  readonly rows: number;
  readonly columns: number;
  readonly windows: readonly (readonly Cell[])[];
}

/** All frames of all images. Throws when cells do not fill a grid, or when a window is smaller than a cell. */
function framesOf(grids: readonly PatchGrid[], { merge, window, patch }: VisionConfig): Frame[] {
  const side = Math.floor(window / merge / patch);
  if (side < 1) mistake(`windows of ${window} pixels are smaller than a cell, ${merge} × ${merge} patches of ${patch} pixels`);
  const frames: Frame[] = [];
  let first = 0;
  for (const grid of grids) {
    const [rows, columns] = [grid.rows / merge, grid.columns / merge];
    if (!Number.isInteger(rows) || !Number.isInteger(columns)) {
      mistake(`an image of ${grid.rows} × ${grid.columns} patches cannot be cut into cells of ${merge} × ${merge}`);
    }
    for (let frame = 0; frame < grid.frames; frame++) {
      frames.push({ rows, columns, windows: windowsOf(first, rows, columns, side) });
      first += rows * columns;
    }
  }
  return frames;
}

function windowsOf(first: number, rows: number, columns: number, side: number): Cell[][] {
  const windows: Cell[][] = [];
  for (let top = 0; top < rows; top += side) {
    for (let left = 0; left < columns; left += side) {
      const window: Cell[] = [];
      for (let row = top; row < Math.min(top + side, rows); row++) {
        for (let column = left; column < Math.min(left + side, columns); column++) {
          window.push({ index: first + row * columns + column, row, column });
        }
      }
      windows.push(window);
    }
  }
  return windows;
}

/** The cells of every window of all images, in upstream's order (`get_window_index`). */
export const windowCells = (grids: readonly PatchGrid[], config: VisionConfig): number[][] =>
  framesOf(grids, config).flatMap(({ windows }) => windows.map((window) => window.map(({ index }) => index)));

/** Regions of one shape: how many, and where in each its cells are. */
interface Shape {
  readonly regions: number;
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** All cells in regions that attend to themselves. */
interface Partition {
  /** Numbers of the cells, region after region, those of one shape together. */
  readonly order: readonly number[];
  readonly shapes: readonly Shape[];
}

function partition(regions: readonly (readonly Cell[])[]): Partition {
  const alike = new Map<string, { shape: Omit<Shape, 'regions'>; regions: (readonly Cell[])[] }>();
  for (const region of regions) {
    const { row: top, column: left } = region[0] as Cell;
    const shape = { rows: region.map(({ row }) => row - top), columns: region.map(({ column }) => column - left) };
    const key = `${shape.rows} ${shape.columns}`;
    const known = alike.get(key);
    if (known) known.regions.push(region);
    else alike.set(key, { shape, regions: [region] });
  }
  return {
    order: [...alike.values()].flatMap(({ regions }) => regions.flat().map(({ index }) => index)),
    shapes: [...alike.values()].map(({ shape, regions }) => ({ ...shape, regions: regions.length })),
  };
}

/** Row and column of every token of a region. */
interface Positions {
  readonly y: readonly number[];
  readonly x: readonly number[];
}

/** Applies `f` to the regions of each shape, f32[regions, tokens, D] at a time: x f32[N, D] → f32[N, D]. */
function inBatches(
  x: Tensor,
  shapes: readonly Shape[],
  { merge }: VisionConfig,
  f: (regions: Tensor, positions: Positions) => Tensor,
): Tensor {
  const width = x.shape[1] as number;
  let start = 0;
  const results = shapes.map(({ regions, rows, columns }) => {
    const tokens = rows.length * merge * merge;
    const part = shapes.length === 1 ? x : slice(x, 0, start, start + regions * tokens);
    start += regions * tokens;
    const inCell = (at: readonly number[], within: (patch: number) => number): number[] =>
      at.flatMap((cell) => Array.from({ length: merge * merge }, (_, patch) => cell * merge + within(patch)));
    const positions = { y: inCell(rows, (patch) => Math.floor(patch / merge)), x: inCell(columns, (patch) => patch % merge) };
    return reshape(f(reshape(part, [regions, tokens, width]), positions), [regions * tokens, width]);
  });
  return results.length === 1 ? (results[0] as Tensor) : concat(results, 0);
}

/** The same patches f32[N, D], their cells in another order. */
function reorder(x: Tensor, from: readonly number[], to: readonly number[], { merge }: VisionConfig): Tensor {
  if (to.every((cell, i) => cell === from[i])) return x;
  const places = new Map(from.map((cell, place) => [cell, place]));
  const source = constant(
    hostTensor(
      'i64',
      [to.length],
      to.map((cell) => places.get(cell) as number),
    ),
  );
  const width = x.shape[1] as number;
  return reshape(gather(reshape(x, [to.length, merge * merge * width]), source), x.shape);
}
