/** Labels that follow their picture when it is resized or letterboxed. */
import { letterboxPlace } from '../../robot/views.ts';
import type { Answer, Mask } from '../reasoning.ts';
import { decodeMask, encodeMask } from './masks.ts';

/** Where the pixels of a picture go: x' = scale[0]·x + offset[0], y' = scale[1]·y + offset[1]. */
export interface PixelTransform {
  readonly scale: readonly [number, number];
  readonly offset: readonly [number, number];
  /** The size before */
  readonly from: Size;
  /** The new size */
  readonly width: number;
  readonly height: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** What `resize` does to pixels. */
export function resizeTransform(from: Size, to: Size): PixelTransform {
  return { scale: [to.width / from.width, to.height / from.height], offset: [0, 0], from, width: to.width, height: to.height };
}

/** What `letterbox` does to pixels. */
export function letterboxTransform(from: Size, size: number): PixelTransform {
  const { left, top, width, height } = letterboxPlace(from, size);
  return { scale: [width / from.width, height / from.height], offset: [left, top], from, width: size, height: size };
}

/**
 * What a sample says of its pictures after they were resized or letterboxed, all of them alike. Text and metres stay as they are, masks are
 * sampled at the centres of the new pixels, and those of which nothing is left become null. Throws when a mask is not as large as its picture.
 */
export function transformLabels(answer: Answer, transform: PixelTransform): Answer {
  const [sx, sy] = transform.scale;
  const [ox, oy] = transform.offset;
  // Rounding must not put what is at an edge outside.
  const move = ([x, y]: readonly [number, number]): [number, number] => [
    Math.min(sx * x + ox, transform.width),
    Math.min(sy * y + oy, transform.height),
  ];
  switch (answer.kind) {
    case 'general-vqa':
    case 'understanding-qa':
    case 'planning-qa':
      return { kind: answer.kind, answer: answer.answer };
    case 'trajectory-3d':
      return { kind: answer.kind, trajectories: answer.trajectories };
    case 'grounding-3d':
      return { kind: answer.kind, boxes: answer.boxes };
    case 'trajectory-2d':
      return { kind: answer.kind, trajectories: answer.trajectories.map(({ points, label }) => ({ points: points.map(move), label })) };
    case 'grounding-2d':
    case 'affordance':
      return {
        kind: answer.kind,
        boxes: answer.boxes.map(({ box: [left, top, right, bottom], label }) => ({
          box: [...move([left, top]), ...move([right, bottom])],
          label,
        })),
      };
    case 'space-pointing':
    case 'object-pointing':
      return { kind: answer.kind, points: answer.points.map(({ point, label }) => ({ point: move(point), label })) };
    case 'mask-tracking':
      return { kind: answer.kind, label: answer.label, masks: answer.masks.map((mask) => mask && transformMask(mask, transform)) };
  }
}

function transformMask(mask: Mask, { scale: [sx, sy], offset: [ox, oy], from, width, height }: PixelTransform): Mask | null {
  const [rows, columns] = mask.size;
  if (rows !== from.height || columns !== from.width) {
    throw new Error(`a mask of ${columns}×${rows} pixels does not belong to a picture of ${from.width}×${from.height}`);
  }
  const before = decodeMask(mask);
  const after = new Uint8Array(height * width);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y + 0.5 - oy) / sy);
    if (row < 0 || row >= rows) continue;
    for (let x = 0; x < width; x++) {
      const column = Math.floor((x + 0.5 - ox) / sx);
      if (column >= 0 && column < columns) after[y * width + x] = before[row * columns + column] as number;
    }
  }
  return after.includes(1) ? encodeMask(after, height, width) : null;
}
