/**
 * Videos, frame by frame, in any order: what comes for a time is bit for bit what decoding everything from the beginning gives.
 *
 * All functions are synchronous and take milliseconds: call them in a thread that loads data. Colours are converted by swscale, with
 * the matrix and range of the stream's tags; without tags BT.601 of limited range. That is what torchcodec does, to the bit. (PyAV
 * takes BT.601 whatever the tags say.) HDR is not mapped to anything, and pictures are not turned where the container asks for it.
 */
import type { Frame } from '../source.ts';
import { frameDecoder } from './decoder.ts';
import { codecOf, type Input, openInput, orFree } from './ffmpeg.ts';
import { nearestFrame, type PacketIndex, readIndex } from './packets.ts';
import { rgbConverter } from './rgb.ts';

/** How to open a video. */
export interface VideoReaderOptions {
  /** Threads that decode; 1 unless given, since loaders run several readers side by side */
  readonly threads?: number;
  /** How far, in seconds, the nearest frame may be from the time asked for; one frame, 1 / `frameRate`, unless given */
  readonly tolerance?: number;
}

/** A frame and when it is shown. */
export interface TimedFrame extends Frame {
  /** Its position in the video, from 0 */
  readonly index: number;
  /** Seconds since the first frame */
  readonly seconds: number;
}

/** A video that is open. Memory: its index (29 bytes a frame), a decoder, and a few frames. */
export interface VideoReader {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  /** FFmpeg's name: `h264`, `av1`, … */
  readonly codec: string;
  /** Frames per second, on average where it varies */
  readonly frameRate: number;
  /** Frames that are there */
  readonly length: number;
  /** Seconds from the first frame to the end of the last */
  readonly duration: number;
  /** f64[length]: when each frame is shown, in seconds since the first */
  readonly times: Float64Array;
  /**
   * The frame nearest to a time, in `into` where that has the right size, else in memory of its own. Throws with file and time when none is within the tolerance, and when the
   * frame cannot be decoded; other frames can still be read then.
   */
  at(seconds: number, into?: Uint8Array): TimedFrame;
  /** All frames in order, each in memory of its own. Calls of `at` in between do no harm. */
  frames(): Generator<TimedFrame, void, undefined>;
  /** Frees decoder and file. Nothing can be read any more. */
  close(): void;
}

/**
 * Opens a video and reads its index: all of the file, but nothing is decoded. Throws an Error that names the file when it is no
 * video, cut off or damaged, and when there is no decoder for it.
 */
export function openVideo(path: string, options: VideoReaderOptions = {}): VideoReader {
  const input = openInput(path);
  return orFree(input.close, () => videoReader(path, input, readIndex(input, path), options));
}

function videoReader(path: string, input: Input, index: PacketIndex, options: VideoReaderOptions): VideoReader {
  const { times, duration, frameRate } = index;
  const { width, height } = input.stream.codecpar;
  const { threads = 1, tolerance = 1 / frameRate } = options;
  const decoder = frameDecoder(path, input, index, threads);
  const toRGB = orFree(decoder.close, () => rgbConverter(path, width, height));
  let open = true;

  const frame = (i: number, into?: Uint8Array): TimedFrame => {
    if (!open) throw new Error(`${path} was closed`);
    return { width, height, data: toRGB(decoder.decode(i), into), index: i, seconds: times[i] as number };
  };
  return {
    path,
    width,
    height,
    codec: codecOf(input.stream),
    frameRate,
    length: times.length,
    duration,
    times,
    at(seconds, into) {
      const i = nearestFrame(index, seconds);
      const distance = Math.abs(seconds - (times[i] as number));
      // Times are often 32-bit numbers: a microsecond more is no difference.
      if (!(distance <= tolerance + 1e-6)) {
        const there = `the nearest frame is number ${i} of ${times.length}, at ${times[i]} s`;
        throw new Error(`${path} has no frame at ${seconds} s: ${there}, and the tolerance ${tolerance} s`);
      }
      return frame(i, into);
    },
    *frames() {
      for (let i = 0; i < times.length; i++) yield frame(i);
    },
    close() {
      if (!open) return;
      open = false;
      decoder.close();
      toRGB.close();
      input.close();
    },
  };
}
