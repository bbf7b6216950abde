/** Decoded pictures as RGB. */
import {
  AV_PIX_FMT_RGB24,
  AVCHROMA_LOC_UNSPECIFIED,
  AVCOL_PRI_UNSPECIFIED,
  AVCOL_SPC_SMPTE170M,
  AVCOL_SPC_UNSPECIFIED,
  AVCOL_TRC_UNSPECIFIED,
} from 'node-av/constants';
import { Frame as AVFrame, SoftwareScaleContext } from 'node-av/lib';
import { check, orFree } from './ffmpeg.ts';

/** Turns a decoded picture into u8[height, width, 3]. */
export interface RGBConverter {
  (picture: AVFrame): Uint8Array;
  close(): void;
}

/** Converts pictures of one size, as the header of `reader.ts` says. Throws when one has another size. */
export function rgbConverter(path: string, width: number, height: number): RGBConverter {
  const scaler = new SoftwareScaleContext();
  scaler.allocContext();
  const rgb = new AVFrame();
  rgb.alloc();
  rgb.width = width;
  rgb.height = height;
  rgb.format = AV_PIX_FMT_RGB24;
  const close = (): void => {
    rgb.free();
    scaler.freeContext();
  };
  orFree(close, () => check(rgb.getBuffer(), `${path}: memory for a frame of ${width}×${height}`));
  const convert = (picture: AVFrame): Uint8Array => {
    if (picture.width !== width || picture.height !== height) {
      throw new Error(`${path}: frames of ${width}×${height} are followed by one of ${picture.width}×${picture.height}`);
    }
    if (picture.colorSpace === AVCOL_SPC_UNSPECIFIED) picture.colorSpace = AVCOL_SPC_SMPTE170M;
    // With these, swscale would map HDR colours to those of sRGB, and place chroma elsewhere than torchcodec does.
    picture.colorPrimaries = AVCOL_PRI_UNSPECIFIED;
    picture.colorTrc = AVCOL_TRC_UNSPECIFIED;
    picture.chromaLocation = AVCHROMA_LOC_UNSPECIFIED;
    check(scaler.scaleFrameSync(rgb, picture), `${path}: converting a frame to RGB`);
    return packedRows(rgb, 3 * width, height);
  };
  return Object.assign(convert, { close });
}

/** The rows of a picture's first plane, without what is between them. */
function packedRows({ data, linesize }: AVFrame, row: number, height: number): Uint8Array {
  const plane = data?.[0] as Buffer;
  const stride = linesize[0] as number;
  const packed = new Uint8Array(row * height);
  if (stride === row) packed.set(plane.subarray(0, packed.length));
  else for (let y = 0; y < height; y++) packed.set(plane.subarray(y * stride, y * stride + row), y * row);
  return packed;
}
