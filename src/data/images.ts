/** Pictures in files and in tables: JPEG and PNG by way of sharp. */
import sharp, { type Sharp } from 'sharp';
import type { Frame } from './source.ts';

/**
 * A picture as JPEG or PNG. `quality` is JPEG's, from 1 to 100: 95 unless given. Colours of a JPEG are kept at full resolution (4:4:4).
 * Throws when the data do not have the size of the picture.
 */
export async function encodeImage(frame: Frame, format: 'jpeg' | 'png', quality = 95): Promise<Uint8Array> {
  const image = rawImage(frame);
  switch (format) {
    case 'jpeg':
      return image.jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer();
    case 'png':
      return image.png().toBuffer();
    default:
      throw new Error(`pictures are written as jpeg or png, not as "${String(format)}"`);
  }
}

/** A picture as JPEG for people to look at: its longer side gets `size` pixels, unless it has fewer. Throws as `encodeImage` does. */
export async function encodeSmall(frame: Frame, size: number, quality: number): Promise<Uint8Array> {
  return rawImage(frame).resize(size, size, { fit: 'inside', withoutEnlargement: true }).jpeg({ quality }).toBuffer();
}

/** Throws when the data do not have the size of the picture. */
function rawImage({ width, height, data }: Frame): Sharp {
  if (!(width > 0 && height > 0) || data.length !== 3 * width * height) {
    throw new Error(`a picture of ${width}×${height} needs ${3 * width * height} bytes of RGB, got ${data.length}`);
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/**
 * A picture in any format that sharp knows by its first bytes (JPEG, PNG, WebP, …), as RGB of 8 bits. Transparency is dropped, grey
 * becomes RGB; the turns that EXIF asks for are not done and colour profiles not applied, as in PIL. `what` begins the message of the
 * Error when it cannot be decoded, or only in part, and when it has inks instead of colours (CMYK).
 */
export async function decodeImage(bytes: Uint8Array, what = 'the picture'): Promise<Frame> {
  if (bytes.length === 0) throw new Error(`${what} cannot be decoded: it has no bytes`);
  try {
    const picture = sharp(bytes, { failOn: 'truncated', ignoreIcc: true });
    const [{ space }, { data, info }] = await Promise.all([
      picture.metadata(),
      picture.clone().toColourspace('srgb').removeAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true }),
    ]);
    if (space === 'cmyk') throw new Error('its colours are inks (CMYK), which mean nothing without a profile: store it as RGB');
    if (info.channels !== 3) throw new Error(`it has ${info.channels} channels, not 3`);
    return { width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
  } catch (error) {
    throw new Error(`${what} cannot be decoded: ${(error as Error).message}`, { cause: error });
  }
}
