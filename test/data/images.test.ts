import sharp from 'sharp';
import { expect, test } from 'vitest';
import { decodeImage, encodeImage, encodeSmall } from '../../src/data/images.ts';
import type { Frame } from '../../src/data/source.ts';
import { randomStream } from '../../src/tensor/random.ts';

/** Noise: nothing that a codec could guess. */
function noise(width: number, height: number): Frame {
  const stream = randomStream(0, 'noise');
  return { width, height, data: Uint8Array.from({ length: 3 * width * height }, () => stream.next() & 255) };
}

/** Smooth colours, as cameras see them. */
function smooth(width: number, height: number): Frame {
  return { width, height, data: Uint8Array.from({ length: 3 * width * height }, (_, i) => 128 + 100 * Math.sin(i / (50 + 20 * (i % 3)))) };
}

test('PNG keeps every bit', async () => {
  for (const frame of [noise(1, 1), noise(17, 5), noise(64, 48)]) expect(await decodeImage(await encodeImage(frame, 'png'))).toEqual(frame);
});

test('JPEG keeps what is seen, better with more quality', async () => {
  const frame = smooth(60, 41);
  const error = async (quality: number): Promise<number> => {
    const { width, height, data } = await decodeImage(await encodeImage(frame, 'jpeg', quality));
    expect({ width, height }).toEqual({ width: 60, height: 41 });
    return data.reduce((sum, value, i) => sum + Math.abs(value - (frame.data[i] as number)), 0) / data.length;
  };
  expect(await error(95)).toBeLessThan(2);
  expect(await error(95)).toBeLessThan(await error(10));
});

test('grey, transparent, 16-bit and indexed pictures become RGB', async () => {
  const { data, ...size } = noise(8, 6);
  const rgb = sharp(data, { raw: { ...size, channels: 3 } });
  const transparent = await rgb.clone().ensureAlpha(0.5).png().toBuffer();
  expect((await decodeImage(transparent)).data).toEqual(data);
  const grey = await decodeImage(await rgb.clone().greyscale().png().toBuffer());
  expect(grey.data).toHaveLength(data.length);
  expect(grey.data.every((value, i) => value === grey.data[i - (i % 3)])).toBe(true);
  const deep = await decodeImage(await rgb.clone().toColourspace('rgb16').png().toBuffer());
  expect(Math.max(...deep.data.map((value, i) => Math.abs(value - (data[i] as number))))).toBeLessThanOrEqual(1);
  const webp = await decodeImage(await rgb.clone().webp({ lossless: true }).toBuffer());
  expect(webp.data).toEqual(data);
});

test('colour profiles are not applied, as in PIL', async () => {
  const { data, ...size } = noise(8, 6);
  const picture = sharp(data, { raw: { ...size, channels: 3 } });
  for (const profile of ['srgb', 'p3']) {
    // Pixels are converted into the profile's colours here; what is then stored is what must come out.
    const tagged = await picture.clone().withIccProfile(profile).png().toBuffer();
    const stored = await sharp(tagged, { ignoreIcc: true }).raw().toBuffer();
    expect((await sharp(tagged).metadata()).icc).toBeDefined();
    expect(Buffer.compare((await decodeImage(tagged)).data, stored)).toBe(0);
  }
});

test('inks are refused', async () => {
  const { data, ...size } = noise(8, 6);
  const inks = await sharp(data, { raw: { ...size, channels: 3 } })
    .toColourspace('cmyk')
    .jpeg()
    .toBuffer();
  await expect(decodeImage(inks, 'row 3')).rejects.toThrow(/^row 3 cannot be decoded: its colours are inks \(CMYK\)/);
});

test('pictures for people are made smaller, but not larger', async () => {
  const sizes = [
    [60, 40],
    [40, 60],
    [20, 10],
  ].map(async ([width, height]) => {
    const small = await decodeImage(await encodeSmall(smooth(width as number, height as number), 30, 90));
    return [small.width, small.height];
  });
  expect(await Promise.all(sizes)).toEqual([
    [30, 20],
    [20, 30],
    [20, 10],
  ]);
  await expect(encodeSmall({ width: 4, height: 4, data: new Uint8Array(5) }, 30, 90)).rejects.toThrow('needs 48 bytes of RGB, got 5');
});

test('what is no whole picture is refused', async () => {
  const png = await encodeImage(noise(32, 32), 'png');
  const jpeg = await encodeImage(noise(32, 32), 'jpeg');
  await expect(decodeImage(new Uint8Array(0), 'row 3 of "cam"')).rejects.toThrow('row 3 of "cam" cannot be decoded: it has no bytes');
  await expect(decodeImage(Uint8Array.from({ length: 100 }, (_, i) => i))).rejects.toThrow(/the picture cannot be decoded: /);
  for (const bytes of [png, jpeg]) await expect(decodeImage(bytes.subarray(0, bytes.length >> 1))).rejects.toThrow(/cannot be decoded: /);
  await expect(encodeImage({ width: 4, height: 4, data: new Uint8Array(5) }, 'png')).rejects.toThrow('needs 48 bytes of RGB, got 5');
  await expect(encodeImage(noise(4, 4), 'gif' as never)).rejects.toThrow('pictures are written as jpeg or png, not as "gif"');
});
