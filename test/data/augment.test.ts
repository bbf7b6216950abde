import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Augmentation, augment, drawAugmentation, IDENTITY } from '../../src/data/augment.ts';
import type { Frame } from '../../src/data/source.ts';
import { resize } from '../../src/robot/views.ts';
import { randomStream } from '../../src/tensor/random.ts';

/** A frame without any order, the same in Python: (73 i + 5 i²) mod 256. */
const speckled = (width: number, height: number): Frame => ({
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => i * 73 + i * i * 5),
});

const plain = (width: number, height: number, colour: readonly number[]): Frame => ({
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => colour[i % 3] as number),
});

const only = (change: Partial<Augmentation>): Augmentation => ({ ...IDENTITY, ...change });

/** The largest difference of two frames, in levels. */
const difference = (a: Frame, b: readonly number[] | Uint8Array): number =>
  a.data.reduce((most, level, i) => Math.max(most, Math.abs(level - (b[i] as number))), 0);

// torchvision 0.25.0 on float64 images: adjust_brightness(x, 1.3), adjust_contrast(x, 0.6), adjust_saturation(x, 1.7),
// adjust_hue(x, 0.1), adjust_hue(x, -0.3), and the first four in this order; rounded to levels
const TORCHVISION: [string, Partial<Augmentation>, number[]][] = [
  [
    'brightness',
    { brightness: 1.3 },
    [
      0, 101, 216, 10, 151, 255, 138, 255, 177, 49, 255, 166, 78, 3, 255, 224, 187, 164, 153, 156, 172, 200, 242, 255, 31, 112, 205, 255,
      99, 231, 44, 203, 42, 226, 91, 255, 192, 96, 13, 255, 218, 174, 143, 125, 120, 127, 148, 182, 229, 255, 29, 114, 213, 255, 117, 255,
      73, 237, 81, 255,
    ],
  ],
  [
    'contrast',
    { contrast: 0.6 },
    [
      50, 97, 150, 55, 120, 191, 114, 197, 132, 73, 174, 127, 86, 51, 176, 153, 137, 126, 121, 122, 129, 143, 162, 187, 65, 102, 145, 194,
      96, 157, 71, 144, 69, 155, 92, 189, 139, 95, 56, 177, 151, 131, 116, 108, 105, 109, 119, 134, 156, 183, 63, 103, 149, 200, 104, 168,
      84, 159, 87, 175,
    ],
  ],
  [
    'saturation',
    { saturation: 1.7 },
    [
      0, 87, 237, 0, 129, 255, 47, 255, 98, 0, 247, 115, 72, 0, 255, 187, 140, 109, 116, 119, 140, 135, 189, 255, 0, 93, 216, 255, 34, 207,
      0, 191, 0, 212, 35, 255, 189, 64, 0, 236, 162, 104, 117, 93, 87, 88, 115, 159, 169, 248, 0, 44, 173, 255, 49, 229, 0, 229, 25, 255,
    ],
  ],
  [
    'hue',
    { hue: 0.1 },
    [
      22, 0, 166, 36, 8, 234, 106, 244, 219, 38, 183, 206, 185, 2, 210, 172, 172, 126, 124, 118, 132, 166, 154, 228, 42, 24, 158, 240, 76,
      80, 32, 156, 104, 232, 70, 193, 139, 148, 10, 209, 212, 134, 110, 107, 92, 107, 98, 140, 56, 222, 22, 109, 88, 250, 56, 196, 106, 208,
      62, 146,
    ],
  ],
  [
    'hue, the other way',
    { hue: -0.3 },
    [
      45, 166, 0, 71, 234, 8, 244, 164, 106, 206, 162, 38, 2, 210, 102, 153, 126, 172, 118, 132, 119, 171, 228, 154, 59, 158, 24, 76, 145,
      240, 156, 55, 32, 70, 232, 206, 102, 10, 148, 184, 134, 212, 100, 92, 110, 106, 140, 98, 222, 22, 136, 132, 250, 88, 196, 56, 62, 62,
      205, 208,
    ],
  ],
  [
    'all colours',
    { brightness: 1.3, contrast: 0.6, saturation: 1.7, hue: 0.1 },
    [
      56, 28, 248, 23, 27, 255, 115, 234, 226, 36, 211, 246, 247, 43, 255, 209, 208, 148, 162, 153, 172, 170, 179, 226, 78, 53, 231, 255,
      96, 136, 48, 212, 144, 255, 93, 182, 199, 211, 28, 217, 229, 146, 154, 150, 130, 144, 132, 187, 65, 230, 0, 101, 115, 244, 56, 242,
      123, 255, 83, 165,
    ],
  ],
];

describe('augment', () => {
  test('with the identity returns the frame itself', () => {
    const frame = speckled(7, 5);
    expect(augment(frame, IDENTITY)).toBe(frame);
  });

  test('of every kind leaves the frame alone in the limit', () => {
    const frame = speckled(31, 17);
    const hardly = only({ brightness: 1 + 1e-9, contrast: 1 + 1e-9, saturation: 1 - 1e-9, hue: 1e-9, noise: { std: 1e-6, seed: 1 } });
    expect(augment(frame, hardly).data).toEqual(frame.data);
  });

  test.each(TORCHVISION)('%s is as in torchvision', (_, change, expected) => {
    // One level apart where a level is between two whole ones
    expect(difference(augment(speckled(5, 4), only(change)), expected)).toBeLessThanOrEqual(1);
  });

  test('blur is as in torchvision', () => {
    // gaussian_blur(x, [7, 7], [0.9, 0.9]) of 8 by 9 pixels: the green channel
    const green = [
      105, 123, 148, 124, 96, 114, 129, 133, 120, 130, 140, 111, 89, 111, 131, 136, 157, 151, 139, 106, 84, 106, 137, 146, 169, 158, 142,
      121, 99, 110, 127, 131, 158, 152, 133, 115, 101, 102, 96, 96, 141, 128, 102, 84, 84, 84, 76, 78, 124, 107, 82, 76, 89, 101, 95, 93,
      110, 100, 85, 94, 109, 121, 114, 106, 103, 97, 87, 102, 112, 122, 121, 114,
    ];
    const { data } = augment(speckled(8, 9), only({ blur: 0.9 }));
    const blurred = { width: 8, height: 3, data: data.filter((_, i) => i % 3 === 1) };
    expect(difference(blurred, green)).toBeLessThanOrEqual(1);
  });

  test('blur keeps a plain frame and the mean of a large one, however wide it is', () => {
    for (const blur of [0.3, 1, 2.5, 12]) {
      const frame = plain(9, 4, [10, 200, 255]);
      expect(augment(frame, only({ blur })).data).toEqual(frame.data);
    }
    const frame = speckled(80, 70);
    const mean = ({ data }: Frame) => data.reduce((sum, level) => sum + level, 0) / data.length;
    // The edges count a little more or less.
    expect(mean(augment(frame, only({ blur: 1 })))).toBeCloseTo(mean(frame), 0);
  });

  test('crop is a part of the frame, resized', () => {
    const frame = speckled(40, 20);
    const { width, height, data } = augment(frame, only({ crop: { size: 0.5, x: 1, y: 0 } }));
    const part = Uint8Array.from({ length: 3 * 20 * 10 }, (_, i) => frame.data[3 * 40 * Math.floor(i / 60) + 60 + (i % 60)] as number);
    expect({ width, height, data }).toEqual(resize({ width: 20, height: 10, data: part }, 40, 20));
  });

  test('noise has the standard deviation it should have, no mean, and no pattern', () => {
    const { data } = augment(plain(224, 224, [128, 128, 128]), only({ noise: { std: 8, seed: 3 } }));
    const noise = Float64Array.from(data, (level) => level - 128);
    const moment = (shift: number) => noise.reduce((sum, x, i) => sum + x * (shift < 0 ? 1 : (noise[i + shift] ?? 0)), 0) / noise.length;
    // Its numbers come from a table of 65,536: five standard errors of that.
    expect(Math.abs(moment(-1))).toBeLessThan((5 * 8) / 256);
    expect(Math.sqrt(moment(0))).toBeCloseTo(Math.sqrt(64 + 1 / 12), 0);
    for (const shift of [1, 3, 672, 675, 1344]) expect(Math.abs(moment(shift))).toBeLessThan((5 * 64) / 256);
  });

  test('is the same for all frames of a window, and for every run', () => {
    const augmentation = drawAugmentation(randomStream(7, 'augment', 3));
    expect(drawAugmentation(randomStream(7, 'augment', 3))).toEqual(augmentation);
    expect(drawAugmentation(randomStream(7, 'augment', 4))).not.toEqual(augmentation);
    const frame = speckled(33, 21);
    expect(augment(frame, augmentation)).toEqual(augment(frame, JSON.parse(JSON.stringify(augmentation))));
    expect(frame.data).toEqual(speckled(33, 21).data);
  });

  test('keeps the size of any frame', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.nat(), (width, height, seed) => {
        const augmentation = drawAugmentation(randomStream(seed, 'any'), { crop: [0.2, 1], blur: [0, 3] });
        const result = augment(speckled(width, height), augmentation);
        expect([result.width, result.height, result.data.length]).toEqual([width, height, 3 * width * height]);
      }),
      { numRuns: 30 },
    );
  });
});

describe('drawAugmentation', () => {
  test('stays within its options', () => {
    const random = randomStream(2, 'draws');
    const options = { crop: [0.8, 0.9], brightness: 0.1, contrast: 0.2, saturation: 0.3, hue: 0.04, blur: [1, 2], noise: [3, 5] } as const;
    for (let i = 0; i < 200; i++) {
      const { crop, brightness, contrast, saturation, hue, blur, noise } = drawAugmentation(random, options);
      const within = [
        crop.size >= 0.8 && crop.size <= 0.9,
        Math.abs(brightness - 1) <= 0.1,
        Math.abs(contrast - 1) <= 0.2,
        Math.abs(saturation - 1) <= 0.3,
        Math.abs(hue) <= 0.04,
        blur >= 1 && blur <= 2,
        noise.std >= 3 && noise.std <= 5,
      ];
      expect(within).not.toContain(false);
    }
  });

  test('with all turned off is the identity', () => {
    const off = { crop: [1, 1], brightness: 0, contrast: 0, saturation: 0, hue: 0, blur: [0, 0], noise: [0, 0] } as const;
    const frame = speckled(6, 6);
    expect(augment(frame, drawAugmentation(randomStream(1, 'off'), off))).toBe(frame);
  });

  test('with one option changed draws the others as before', () => {
    const draw = (options: object) => drawAugmentation(randomStream(5, 'same'), options);
    const { crop: _, ...others } = draw({});
    const { crop: __, ...same } = draw({ crop: [1, 1] });
    expect(same).toEqual(others);
  });

  test.each([
    [{ crop: [0.9, 0.8] }, 'crop must go up and be within 0.01 to 1, got 0.9 to 0.8'],
    [{ crop: [0.9, 1.1] }, 'crop must go up'],
    [{ hue: 0.6 }, 'hue must be from 0 to 0.5, got 0.6'],
    [{ brightness: Number.NaN }, 'brightness must be from 0 to 1, got NaN'],
    [{ noise: [-1, 2] }, 'noise must go up and be within 0 to 255, got -1 to 2'],
  ])('refuses %j', (options, message) => {
    expect(() => drawAugmentation(randomStream(1, 'bad'), options as object)).toThrow(message);
  });
});
