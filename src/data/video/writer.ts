/** Videos, frame by frame, into mp4 files that are there whole or not at all. */
import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PIX_FMT_RGB24,
  AV_PIX_FMT_YUV420P,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_RGB,
  AVCOL_SPC_SMPTE170M,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  FF_ENCODER_LIBSVTAV1,
  FF_ENCODER_LIBX264,
} from 'node-av/constants';
import { Frame as AVFrame, Codec, CodecContext, Packet, Rational, SoftwareScaleContext } from 'node-av/lib';
import type { Frame } from '../source.ts';
import { check, orFree, quiet } from './ffmpeg.ts';
import { createOutput } from './output.ts';

/** How to encode a video. */
export interface VideoWriterOptions {
  /** Even, as yuv420p needs it */
  readonly width: number;
  readonly height: number;
  /** Frames per second; fractions such as 29.97 are kept to a thousandth */
  readonly fps: number;
  /** `av1`, as LeRobot writes, unless given */
  readonly codec?: 'h264' | 'av1';
  /** The encoder's constant rate factor: less is better and larger. 30 for AV1 (LeRobot's), 23 for H.264 unless given */
  readonly crf?: number;
  /** Frames from one keyframe to the next. 2 unless given, as in LeRobot: frames are read in random order */
  readonly gop?: number;
  /** The encoder's name for how much time it takes: `medium` for H.264 and `10` for AV1 unless given */
  readonly preset?: string;
  /** Threads that encode; 1 unless given. The bytes that come out may depend on it. */
  readonly threads?: number;
}

/** A video that is being written. */
export interface VideoWriter {
  /** Encodes the next frame. Throws when its size is another one, and when the disk is full. */
  write(frame: Frame): void;
  /** Writes what is left, flushes the file to the disk and puts it in its place. Throws when no frame was written. */
  finish(): Promise<void>;
  /** Removes what was written, unless it was finished. Does nothing the second time. */
  abandon(): void;
}

/**
 * Begins an mp4 file beside `path`; it gets its name when it is finished. Colours become yuv420p with the matrix of BT.601 and
 * limited range, and are tagged so. Throws when the options make no sense or the file cannot be created.
 */
export async function createVideo(path: string, options: VideoWriterOptions): Promise<VideoWriter> {
  const { width, height } = options;
  const encoder = await createEncoder(path, options);
  const freeEncoder = (): void => encoder.context.freeContext();
  const toYUV = orFree(freeEncoder, () => yuvConverter(path, width, height));
  const freeBoth = (): void => {
    toYUV.close();
    freeEncoder();
  };
  const output = orFree(freeBoth, () => createOutput(path, encoder.describe));
  const packet = new Packet();
  packet.alloc();
  let frames = 0;
  let open = true;

  const close = (): void => {
    open = false;
    packet.free();
    freeBoth();
  };
  const drain = (): void => {
    for (;;) {
      const code = encoder.context.receivePacketSync(packet);
      if (code === AVERROR_EAGAIN || code === AVERROR_EOF) return;
      check(code, `${path}: encoding`);
      // Encoders leave this to the one who calls; without it the last frame of an mp4 has no duration.
      if (packet.duration === 0n) packet.duration = 1n;
      output.write(packet, encoder.timeBase);
    }
  };
  const abandon = (): void => {
    if (open) close();
    output.abandon();
  };
  /** Runs `f`; when it fails, nothing is left of the file. */
  const orAbandon = <T>(f: () => T): T => orFree(abandon, f);
  const mustBeOpen = (): void => {
    if (!open) throw new Error(`${path} is no longer being written`);
  };
  return {
    write(frame) {
      mustBeOpen();
      checkFrame(path, frames, frame, options);
      orAbandon(() => {
        const picture = toYUV(frame);
        picture.pts = BigInt(frames);
        check(encoder.context.sendFrameSync(picture), `${path}: encoding frame ${frames}`);
        frames++;
        drain();
      });
    },
    async finish() {
      mustBeOpen();
      orAbandon(() => {
        if (frames === 0) throw new Error(`${path}: a video needs at least one frame`);
        check(encoder.context.sendFrameSync(null), `${path}: finishing`);
        drain();
        close();
      });
      await output.finish();
    },
    abandon,
  };
}

/** Throws when a frame is not what the video was begun with. */
function checkFrame(path: string, index: number, { width, height, data }: Frame, options: VideoWriterOptions): void {
  if (width !== options.width || height !== options.height) {
    throw new Error(`${path}: frame ${index} is ${width}×${height}, but the video ${options.width}×${options.height}`);
  }
  if (data.length !== 3 * width * height) {
    throw new Error(`${path}: frame ${index} of ${width}×${height} needs ${3 * width * height} bytes of RGB, got ${data.length}`);
  }
}

/** An encoder that is open. */
interface Encoder {
  readonly context: CodecContext;
  readonly timeBase: Rational;
  readonly describe: Parameters<typeof createOutput>[1];
}

async function createEncoder(path: string, options: VideoWriterOptions): Promise<Encoder> {
  const { width, height, fps, codec: name = 'av1', crf, gop = 2 } = options;
  if (![width, height].every((n) => Number.isInteger(n) && n > 0 && n % 2 === 0)) {
    throw new Error(`${path}: yuv420p needs an even width and height, got ${width}×${height}`);
  }
  if (!(fps > 0 && fps <= 1000)) throw new Error(`${path}: ${fps} frames per second cannot be written, only up to 1000`);
  const worst = name === 'h264' ? 51 : 63;
  if (!(crf === undefined || (crf >= 0 && crf <= worst))) throw new Error(`${path}: crf of ${name} is from 0 to ${worst}, got ${crf}`);
  if (!(Number.isInteger(gop) && gop > 0)) throw new Error(`${path}: gop counts frames from 1 up, got ${gop}`);
  quiet();
  // SVT writes to stderr by itself, unless told not to. A worker's environment is a copy, which it does not see.
  if (name === 'av1') process.env.SVT_LOG ??= '1';
  const codec = Codec.findEncoderByName(name === 'h264' ? FF_ENCODER_LIBX264 : FF_ENCODER_LIBSVTAV1);
  if (!codec) throw new Error(`${path}: this FFmpeg has no encoder of ${name}`);
  const context = new CodecContext();
  context.allocContext3(codec);
  try {
    return await openEncoder(path, options, codec, context);
  } catch (error) {
    context.freeContext();
    throw error;
  }
}

/** Sets what an encoder is to do. */
async function openEncoder(path: string, options: VideoWriterOptions, codec: Codec, context: CodecContext): Promise<Encoder> {
  const { width, height, fps, codec: name = 'av1', gop = 2, threads = 1 } = options;
  context.width = width;
  context.height = height;
  context.pixelFormat = AV_PIX_FMT_YUV420P;
  context.colorSpace = AVCOL_SPC_SMPTE170M;
  context.colorRange = AVCOL_RANGE_MPEG;
  const timeBase = Number.isInteger(fps) ? new Rational(1, fps) : new Rational(1000, Math.round(1000 * fps));
  context.timeBase = timeBase;
  context.framerate = timeBase.inv();
  context.gopSize = gop;
  context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  context.threadCount = threads;
  // SVT takes a rate factor only when there is no bit rate, which node-av sets.
  context.bitRate = 0n;
  // Not as a dictionary: node-av frees what is left of it a second time.
  const settings = Object.entries(encoderOptions(options));
  for (const [option, value] of settings) check(context.setOption(option, value), `${path}: ${option} "${value}" for ${name}`);
  const said = settings.map(([option, value]) => `${option} "${value}"`).join(', ');
  // Not on this thread: SVT gives the thread that opens it, and processes started from there, real-time priority where it may (as root),
  // and they starve all others.
  check(await context.open2(codec), `${path}: the encoder of ${name} does not take ${said}`);
  return {
    context,
    timeBase,
    describe: (stream) => {
      check(stream.codecpar.fromContext(context), `${path}: parameters of ${name}`);
      stream.timeBase = timeBase;
      stream.avgFrameRate = timeBase.inv();
    },
  };
}

function encoderOptions({ codec = 'av1', crf, preset, threads = 1 }: VideoWriterOptions): Record<string, string> {
  switch (codec) {
    case 'h264':
      // With mbtree and so few frames from one keyframe to the next, x264 gives other bytes for the same frames now and then.
      return { crf: String(crf ?? 23), preset: preset ?? 'medium', mbtree: '0' };
    case 'av1':
      return { crf: String(crf ?? 30), preset: preset ?? '10', 'svtav1-params': `lp=${threads}` };
    default:
      throw new Error(`there is no codec "${String(codec)}" to write; h264 and av1 are`);
  }
}

/** Turns u8[height, width, 3] into a picture in yuv420p, which the encoder may hold on to. */
interface YUVConverter {
  (frame: Frame): AVFrame;
  close(): void;
}

function yuvConverter(path: string, width: number, height: number): YUVConverter {
  const scaler = new SoftwareScaleContext();
  scaler.allocContext();
  const [rgb, yuv] = [new AVFrame(), new AVFrame()];
  const close = (): void => {
    rgb.free();
    yuv.free();
    scaler.freeContext();
  };
  orFree(close, () => {
    allocate(rgb, path, width, height, AV_PIX_FMT_RGB24);
    allocate(yuv, path, width, height, AV_PIX_FMT_YUV420P);
  });
  rgb.colorSpace = AVCOL_SPC_RGB;
  rgb.colorRange = AVCOL_RANGE_JPEG;
  const convert = ({ data }: Frame): AVFrame => {
    check(rgb.fromBuffer(Buffer.from(data.buffer, data.byteOffset, data.byteLength)), `${path}: reading a frame`);
    check(yuv.makeWritable(), `${path}: memory for a frame`);
    yuv.colorSpace = AVCOL_SPC_SMPTE170M;
    yuv.colorRange = AVCOL_RANGE_MPEG;
    check(scaler.scaleFrameSync(yuv, rgb), `${path}: converting a frame to yuv420p`);
    return yuv;
  };
  return Object.assign(convert, { close });
}

type PixelFormat = typeof AV_PIX_FMT_RGB24 | typeof AV_PIX_FMT_YUV420P;

function allocate(frame: AVFrame, path: string, width: number, height: number, format: PixelFormat): void {
  frame.alloc();
  frame.width = width;
  frame.height = height;
  frame.format = format;
  check(frame.getBuffer(), `${path}: memory for a frame of ${width}×${height}`);
}
