/** Files of pictures → what the published processors of both models make of them: see `reference/pictures.py`. */
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { qwenImage } from '../../src/model/qwen-images.ts';
import { overWhite, vggtImages } from '../../src/model/vggt-images.ts';
import type { Picture } from '../../src/robot/views.ts';
import type { HostTensor } from '../../src/tensor/host.ts';
import { readSafetensors } from '../../src/tensor/safetensors.node.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const { tensors } = await readSafetensors(fixture('pictures.safetensors'));
const get = (name: string): HostTensor => tensors.get(name) as HostTensor;

/** A file's pixels: u8[height, width, 4], of opaque ones the last is 255. */
async function rgbaIn(name: string): Promise<Picture> {
  const { data, info } = await sharp(fixture(name)).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}

/** Without its transparency. */
const opaque = ({ width, height, data }: Picture): Picture => ({ width, height, data: data.filter((_, i) => i % 4 !== 3) });

describe.each(['rgb', 'rgba'])('%s', (kind) => {
  test('to pixels of Qwen2VLImageProcessor, to the bit', async () => {
    const { pixels, grid } = qwenImage(opaque(await rgbaIn(`picture-${kind}.png`)), { patch: 14, temporalPatch: 2, merge: 2 });
    expect([grid.frames, grid.rows, grid.columns]).toEqual([...get(`${kind}.image_grid_thw`).data].map(Number));
    const expected = get(`${kind}.pixel_values`);
    expect(pixels.shape).toEqual([expected.shape[0], 3 * 2 * 14 * 14]);
    // Frame by frame: the fixture has one of the two equal ones.
    const both = Array.from(expected.data as Float32Array).flatMap((_, i, all) =>
      i % 196 === 0 ? [...all.slice(i, i + 196), ...all.slice(i, i + 196)] : [],
    );
    expect(pixels.data).toEqual(Float32Array.from(both));
  });

  test('to pixels of VGGT’s loader, to the bit', async () => {
    const images = vggtImages([overWhite(await rgbaIn(`picture-${kind}.png`))], { size: 56 });
    const expected = get(`${kind}.vggt`);
    expect(images.shape).toEqual([1, 1, ...expected.shape]);
    expect(images.data).toEqual(expected.data);
  });
});

test('every level at every opacity is over white as Pillow has it', () => {
  const data = Uint8Array.from({ length: 4 * 65536 }, (_, i) => (i % 4 === 3 ? i >> 10 : i >> 2));
  const { data: rgb } = overWhite({ width: 256, height: 256, data });
  expect(rgb.filter((_, i) => i % 3 === 0)).toEqual(get('over_white').data);
  expect(rgb.filter((_, i) => i % 3 === 2)).toEqual(get('over_white').data);
});

test('data of another size are refused', () => {
  expect(() => overWhite({ width: 5, height: 4, data: new Uint8Array(60) })).toThrow(
    'a picture of 5×4 pixels has 80 bytes of RGBA, but this one has 60',
  );
});
