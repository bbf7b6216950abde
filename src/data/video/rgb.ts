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

/** Turns a decoded picture into u8[height, width, 3], in `into` where that has the right size. */
export interface RGBConverter {
  (picture: AVFrame, into?: Uint8Array): Uint8Array;
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
  const convert = (picture: AVFrame, into?: Uint8Array): Uint8Array => {
    if (picture.width !== width || picture.height !== height) {
      throw new Error(`${path}: frames of ${width}×${height} are followed by one of ${picture.width}×${picture.height}`);
    }
    if (picture.colorSpace === AVCOL_SPC_UNSPECIFIED) picture.colorSpace = AVCOL_SPC_SMPTE170M;
    // With these, swscale would map HDR colours to those of sRGB, and place chroma elsewhere than torchcodec does.
    picture.colorPrimaries = AVCOL_PRI_UNSPECIFIED;
    picture.colorTrc = AVCOL_TRC_UNSPECIFIED;
    picture.chromaLocation = AVCHROMA_LOC_UNSPECIFIED;
    check(scaler.scaleFrameSync(rgb, picture), `${path}: converting a frame to RGB`);
    const packed = into?.length === 3 * width * height ? into : new Uint8Array(3 * width * height);
    packRows(rgb, 3 * width, packed);
    return packed;
  };
  return Object.assign(convert, { close });
}

/** Copies the rows of a picture's first plane, without what is between them. */
function packRows({ data, linesize }: AVFrame, row: number, packed: Uint8Array): void {
  const plane = data?.[0] as Buffer;
  const stride = linesize[0] as number;
  if (stride === row) packed.set(plane.subarray(0, packed.length));
  else for (let to = 0, from = 0; to < packed.length; to += row, from += stride) packed.set(plane.subarray(from, from + row), to);
}
