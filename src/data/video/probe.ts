/** What a video's container says of it. */
import { AV_PIX_FMT_NONE, AVMEDIA_TYPE_AUDIO, type AVPixelFormat } from 'node-av/constants';
import { avGetPixFmtName } from 'node-av/lib';
import { codecOf, frameRateOf, openInput } from './ffmpeg.ts';

/** What a container says of its video stream, which may not be true: `openVideo` looks at the packets. */
export interface VideoInfo {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  /** FFmpeg's name: `h264`, `av1`, … */
  readonly codec: string;
  /** FFmpeg's name: `yuv420p`, …; undefined when it is not known before decoding */
  readonly pixelFormat?: string;
  /** Frames per second, on average where it varies; undefined where the container does not say */
  readonly frameRate?: number;
  /** Frames; undefined where the container does not say */
  readonly length?: number;
  /** Seconds; undefined where the container does not say */
  readonly duration?: number;
  /** Whether there is sound as well */
  readonly audio: boolean;
}

/** Reads the header of a video. Throws an Error that names the file when it is no video, or cut off before its header. */
export function probeVideo(path: string): VideoInfo {
  const { context, stream, close } = openInput(path);
  try {
    const { width, height, format } = stream.codecpar;
    const pixelFormat = format === AV_PIX_FMT_NONE ? null : avGetPixFmtName(format as AVPixelFormat);
    const frameRate = frameRateOf(stream);
    const duration = secondsOf(stream.duration, stream.timeBase) ?? secondsOf(context.duration, { num: 1, den: 1e6 });
    return {
      path,
      width,
      height,
      codec: codecOf(stream),
      ...(pixelFormat !== null && { pixelFormat }),
      ...(frameRate !== undefined && { frameRate }),
      ...(stream.nbFrames > 0n && { length: Number(stream.nbFrames) }),
      ...(duration !== undefined && { duration }),
      audio: context.streams.some(({ codecpar }) => codecpar.codecType === AVMEDIA_TYPE_AUDIO),
    };
  } finally {
    close();
  }
}

/** Undefined for times that are not known, which FFmpeg writes as the least of numbers. */
function secondsOf(ticks: bigint, { num, den }: { readonly num: number; readonly den: number }): number | undefined {
  return ticks > 0n ? (Number(ticks) * num) / den : undefined;
}
