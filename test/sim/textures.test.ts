/** Textures have the colours they were given, no seam, and are the same every time. */
import { describe, expect, test } from 'vitest';
import type { Rgb, Texture } from '../../src/sim/material.ts';
import { makeTexture, PATTERNS } from '../../src/sim/textures.ts';

const COLORS: readonly Rgb[] = [
  [0.8, 0.2, 0.1],
  [0.1, 0.4, 0.9],
  [1, 1, 1],
];

const bytes = ([r, g, b]: Rgb): number[] => [r, g, b].map((c) => Math.round(255 * c));

/** A column or a row of pixels. */
const line = ({ width, height, data }: Texture, axis: 'u' | 'v', i: number): number[] =>
  Array.from({ length: axis === 'u' ? height : width }, (_, j) => {
    const pixel = axis === 'u' ? j * width + i : i * width + j;
    return [...data.subarray(3 * pixel, 3 * pixel + 3)];
  }).flat();

const difference = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + Math.abs(x - (b[i] as number)), 0) / a.length;

describe.each(PATTERNS)('%s', (pattern) => {
  const texture = makeTexture(pattern, COLORS);

  test('has only colours between those it was given, and more than one', () => {
    expect(texture.data).toHaveLength(texture.width * texture.height * 3);
    for (const c of [0, 1, 2]) {
      const [given, there] = [COLORS.map((color) => bytes(color)[c] as number), texture.data.filter((_, i) => i % 3 === c)];
      expect(Math.min(...there)).toBeGreaterThanOrEqual(Math.min(...given));
      expect(Math.max(...there)).toBeLessThanOrEqual(Math.max(...given));
    }
    expect(new Set(texture.data.filter((_, i) => i % 3 === 0)).size).toBeGreaterThan(1);
  });

  test.each(['u', 'v'] as const)('has no seam along %s: its ends differ no more than some two lines inside', (axis) => {
    const { width } = texture;
    const inside = Array.from({ length: width - 1 }, (_, i) => difference(line(texture, axis, i), line(texture, axis, i + 1)));
    expect(difference(line(texture, axis, width - 1), line(texture, axis, 0))).toBeLessThanOrEqual(1.05 * Math.max(...inside));
  });

  test('is made once, and depends on what it is made of', () => {
    expect(makeTexture(pattern, COLORS)).toBe(texture);
    expect(makeTexture(pattern, COLORS.toReversed()).data).not.toEqual(texture.data);
    expect(makeTexture(pattern, COLORS, { size: 32 }).data).toHaveLength(32 * 32 * 3);
  });
});

test('where chance has a part, the seed decides', () => {
  const changed = PATTERNS.filter((pattern) =>
    makeTexture(pattern, COLORS, { seed: 1 }).data.some((x, i) => x !== makeTexture(pattern, COLORS).data[i]),
  );
  expect(changed).toEqual(['noise', 'speckles', 'wood', 'marble', 'brushed', 'bricks', 'cork', 'label']);
});

test('stripes are as many as they should be', () => {
  const { data, width } = makeTexture('stripes', COLORS, { repeats: 5 });
  const column = Array.from({ length: width }, (_, y) => ((data[3 * y * width + 2] as number) > 128 ? 1 : 0));
  expect(column.filter((on, y) => on === 1 && column.at(y - 1) === 0)).toHaveLength(5);
});

test('what cannot be made is refused', () => {
  expect(() => makeTexture('dots', COLORS.slice(0, 1))).toThrow('dots needs two colours or more, got 1');
  expect(() => makeTexture('dots', COLORS, { size: 48 })).toThrow('must be one of 8, 16, 32, 64, 128, 256, got 48');
});
