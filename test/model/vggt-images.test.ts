/** VGGT's preprocessing against Pillow and torchvision: see `reference/vggt_images.py`. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { vggtImages } from '../../src/model/vggt-images.ts';
import type { Picture } from '../../src/robot/views.ts';
import type { HostTensor } from '../../src/tensor/host.ts';
import { readSafetensors } from '../../src/tensor/safetensors.node.ts';

const { metadata, tensors } = await readSafetensors(fileURLToPath(new URL('fixtures/vggt_images.safetensors', import.meta.url)));
const get = (name: string): HostTensor => tensors.get(name) as HostTensor;
const pictures = Array.from({ length: 7 }, (_, i): Picture => {
  const { shape, data } = get(`picture.${i}`);
  return { width: shape[1] as number, height: shape[0] as number, data: data as Uint8Array };
});

/** The values that torchvision makes of levels. */
const valuesOf = (levels: ArrayLike<number>): number[] => Array.from(levels, (level) => get('levels').data[level] as number);
const levelsOf = ({ data }: HostTensor): Uint8Array => Uint8Array.from(data as Float32Array, (value) => Math.round(255 * value));
const sha256 = async (bytes: Uint8Array): Promise<string> =>
  Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');

describe.each(['crop', 'pad'] as const)('%s', (mode) => {
  test.each(pictures.map((picture, i) => [`${picture.width} × ${picture.height}`, picture, i] as const))('%s', async (_, picture, i) => {
    const expected = get(`${mode}.${i}`);
    const small = vggtImages([picture], { mode, size: 56 });
    expect(small.shape).toEqual([1, 1, ...expected.shape]);
    expect(Array.from(small.data as Float32Array)).toEqual(valuesOf(expected.data as Uint8Array));
    const published = vggtImages([picture], { mode });
    expect(await sha256(levelsOf(published))).toBe(metadata[`${mode}518.${i}`]);
  });
});

test('pictures of several sizes get white around them', () => {
  const together = vggtImages(pictures, { size: 56 });
  const expected = get('together');
  expect(together.shape).toEqual([1, ...expected.shape]);
  expect(Array.from(together.data as Float32Array)).toEqual(valuesOf(expected.data as Uint8Array));
});

test('what cannot be done is said', () => {
  expect(() => vggtImages([])).toThrow('at least one picture');
  expect(() => vggtImages(pictures, { size: 50 })).toThrow('patches of 14 pixels do not fill 50 pixels');
  expect(() => vggtImages([{ width: 100, height: 1, data: new Uint8Array(300) }])).toThrow('a picture of 100×1 is too narrow');
});
