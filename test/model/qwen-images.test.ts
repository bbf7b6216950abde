/** Pictures for the tower against transformers' own image processor: `reference/qwen_images.py`. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { qwenImage, qwenPatches, qwenSize } from '../../src/model/qwen-images.ts';
import { bicubic } from '../../src/model/resample.ts';
import { vggtImages } from '../../src/model/vggt-images.ts';
import type { Picture } from '../../src/robot/views.ts';
import { type HostTensor, numbers } from '../../src/tensor/host.ts';
import { readSafetensors } from '../../src/tensor/safetensors.node.ts';

const { tensors } = await readSafetensors(fileURLToPath(new URL('fixtures/qwen_images.safetensors', import.meta.url)));
const named = (pattern: RegExp): [string, HostTensor][] => [...tensors].filter(([name]) => pattern.test(name));

const pictureOf = ({ shape, data }: HostTensor): Picture => ({
  width: shape[1] as number,
  height: shape[0] as number,
  data: data as Uint8Array,
});

const SIZES = { patch: 14, temporalPatch: 2, merge: 2 };

test('sizes are those of smart_resize', () => {
  const rows = numbers(tensors.get('sizes') as HostTensor);
  expect(rows.length).toBeGreaterThan(6 * 200);
  for (let i = 0; i < rows.length; i += 6) {
    const [minPixels, maxPixels, height, width, newHeight, newWidth] = rows.subarray(i, i + 6) as unknown as number[] as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const resized = { width: newWidth, height: newHeight };
    expect(qwenSize({ width, height }, 28, { minPixels, maxPixels }), `${width}×${height}`).toEqual(resized);
    // Those of the published models are the defaults.
    if (maxPixels === 12_845_056) expect(qwenSize({ width, height }, 28), `${width}×${height}`).toEqual(resized);
  }
});

test.each(named(/^bicubic .* to /))('%s is Pillow’s, to the bit', (name, expected) => {
  const picture = pictureOf(tensors.get(name.slice(0, name.indexOf(' to '))) as HostTensor);
  const { width, height } = pictureOf(expected);
  expect(bicubic(picture, width, height)).toEqual({ width, height, data: expected.data });
});

describe.each(named(/^picture /))('%s', (name, picture) => {
  const size = name.slice('picture '.length);

  test('gives the pixels of Qwen2VLImageProcessor, to the bit', () => {
    const { pixels, grid } = qwenImage(pictureOf(picture), SIZES, { minPixels: 4 * 28 * 28, maxPixels: 8 * 28 * 28 });
    expect([grid.frames, grid.rows, grid.columns]).toEqual([...numbers(tensors.get(`image_grid_thw ${size}`) as HostTensor)]);
    // f32[N, 3, 14, 14]: the fixture has one of the two equal frames.
    const expected = tensors.get(`pixel_values ${size}`) as HostTensor;
    const patches = expected.shape[0] as number;
    expect(pixels.shape).toEqual([patches, 3 * 2 * 14 * 14]);
    const [actual, one] = [pixels.data as Float32Array, expected.data as Float32Array];
    for (let part = 0; part < patches * 3; part++) {
      const channel = one.subarray(part * 196, (part + 1) * 196);
      expect(actual.subarray(part * 392, part * 392 + 196)).toEqual(channel);
      expect(actual.subarray(part * 392 + 196, (part + 1) * 392)).toEqual(channel);
    }
  });
});

test('says what it cannot cut', () => {
  expect(() => qwenImage({ width: 1000, height: 4, data: new Uint8Array(12_000) }, SIZES)).toThrow(
    'a picture of 1000×4 is too narrow: its sides differ by 250, 200 at most',
  );
  expect(() => qwenPatches({ width: 28, height: 42, data: new Uint8Array(3 * 28 * 42) }, SIZES)).toThrow(
    'cells of 28×28 pixels do not fill a picture of 28×42',
  );
});

test.each([
  ['grey', 56, 28, 56 * 28, 'a picture of 56×28 pixels has 4704 bytes of RGB, but this one has 1568'],
  ['RGBA', 56, 28, 4 * 56 * 28, 'a picture of 56×28 pixels has 4704 bytes of RGB, but this one has 6272'],
  ['no width', 0, 28, 0, 'the sides of a picture must be whole numbers of pixels from 1 up, got 0×28'],
  ['half a row', 56, 0.5, 84, 'the sides of a picture must be whole numbers of pixels from 1 up, got 56×0.5'],
])('%s is no picture', (_, width, height, bytes, message) => {
  const picture = { width, height, data: new Uint8Array(bytes) };
  expect(() => qwenImage(picture, SIZES)).toThrow(message);
  expect(() => qwenPatches(picture, SIZES)).toThrow(message);
  expect(() => vggtImages([picture])).toThrow(message);
});
