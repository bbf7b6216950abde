/** Pictures in files and in tables: JPEG and PNG by way of sharp. */
import sharp from 'sharp';
import type { Frame } from './source.ts';

/**
 * A picture as JPEG or PNG. `quality` is JPEG's, from 1 to 100: 95 unless given. Colours of a JPEG are kept at full resolution (4:4:4).
 * Throws when the data do not have the size of the picture.
 */
export async function encodeImage({ width, height, data }: Frame, format: 'jpeg' | 'png', quality = 95): Promise<Uint8Array> {
  if (!(width > 0 && height > 0) || data.length !== 3 * width * height) {
    throw new Error(`a picture of ${width}×${height} needs ${3 * width * height} bytes of RGB, got ${data.length}`);
  }
  const image = sharp(data, { raw: { width, height, channels: 3 } });
  switch (format) {
    case 'jpeg':
      return image.jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer();
    case 'png':
      return image.png().toBuffer();
    default:
      throw new Error(`pictures are written as jpeg or png, not as "${String(format)}"`);
  }
}

/**
 * A picture in any format that sharp knows by its first bytes (JPEG, PNG, WebP, …), as RGB of 8 bits. Transparency is dropped, grey
 * becomes RGB, and the turns that EXIF asks for are not done, as in PIL. `what` begins the message of the Error when it cannot be
 * decoded, or only in part.
 */
export async function decodeImage(bytes: Uint8Array, what = 'the picture'): Promise<Frame> {
  if (bytes.length === 0) throw new Error(`${what} cannot be decoded: it has no bytes`);
  try {
    const { data, info } = await sharp(bytes, { failOn: 'truncated' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`it has ${info.channels} channels, not 3`);
    return { width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
  } catch (error) {
    throw new Error(`${what} cannot be decoded: ${(error as Error).message}`, { cause: error });
  }
}
