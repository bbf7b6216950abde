/** Decoding of single frames: goes on where it is when that leads there, else begins at a keyframe. */
import { AV_NOPTS_VALUE, AVERROR_EAGAIN, AVERROR_EOF, AVSEEK_FLAG_BACKWARD, FF_DECODE_ERROR_MISSING_REFERENCE } from 'node-av/constants';
import { Frame as AVFrame, Codec, CodecContext, FFmpegError, Packet } from 'node-av/lib';
import { check, codecOf, type Input, orFree } from './ffmpeg.ts';
import { decodingStart, type PacketIndex, packetAt, shownAt } from './packets.ts';

/** A decoder at some place in a video. */
export interface FrameDecoder {
  /**
   * Frame `i`, counted in the order shown, valid until the next call. Throws with file, frame and time when it cannot be decoded, or
   * one on which it depends; the same call throws again then, whatever was decoded before.
   */
  decode(i: number): AVFrame;
  close(): void;
}

/** Opens the decoder of a stream. Throws when there is none for its codec. */
export function frameDecoder(path: string, { context, stream }: Input, index: PacketIndex, threads: number): FrameDecoder {
  const { pts, dts, packets, times } = index;
  const codec = Codec.findDecoder(stream.codecpar.codecId);
  if (!codec) throw new Error(`${path} has video of ${codecOf(stream)}, for which there is no decoder here`);
  const decoder = new CodecContext();
  decoder.allocContext3(codec);
  const packet = new Packet();
  packet.alloc();
  const picture = new AVFrame();
  picture.alloc();
  const close = (): void => {
    packet.free();
    picture.free();
    decoder.freeContext();
  };
  orFree(close, () => {
    check(decoder.parametersToContext(stream.codecpar), `${path}: parameters of ${codecOf(stream)}`);
    decoder.threadCount = threads;
    decoder.pktTimebase = stream.timeBase;
    check(decoder.open2Sync(codec), `${path}: opening the decoder of ${codecOf(stream)}`);
  });

  /** The packet with which the decoder began */
  let begun = 0;
  /** The packet that it gets next; undefined when it must begin at a keyframe */
  let next: number | undefined;
  /** Whether `packet` is already that one */
  let pending = false;
  /** When the last decoded frame is shown, in ticks */
  let shown = Number.NaN;
  /** Whether that frame is in `picture` */
  let held = false;

  const wrong = (i: number, why: string): Error => {
    next = undefined;
    const seconds = (times[i] as number).toFixed(3);
    return new Error(`${path}: frame ${i} of ${times.length}, at ${seconds} s, cannot be decoded: ${why}`);
  };

  /** Reads a packet of the stream. Throws when there is none. */
  const read = (number: number): void => {
    do {
      packet.unref();
      check(context.readFrameSync(packet), `${path}: reading packet ${number} of ${pts.length}`);
    } while (packet.streamIndex !== stream.index);
  };

  /** Goes back to a keyframe. Demuxers land where their own index takes them, at times after what was asked for: then from further back. */
  const seek = (start: number): void => {
    next = undefined;
    // What FFmpeg's HEVC decoder has ready would otherwise still come out after the flush.
    while (decoder.receiveFrameSync(picture) >= 0);
    decoder.flushBuffers();
    for (let target = start; ; target = decodingStart(index, target - 1)) {
      const ticks = BigInt(dts[target] as number);
      check(context.seekFrameSync(stream.index, ticks, AVSEEK_FLAG_BACKWARD), `${path}: seeking to packet ${target}`);
      read(target);
      let found = packetAt(index, shownAt(packet), target);
      for (; found < start; found++) read(found + 1);
      if (found === start) break;
      if (target === 0) throw new Error(`${path}: packet ${start} of ${pts.length} cannot be found again`);
    }
    begun = start;
    next = start;
    pending = true;
    shown = Number.NEGATIVE_INFINITY;
  };

  /** Gives the decoder its next packet, or tells it that there is none. */
  const feed = (i: number): void => {
    if (next === undefined || next > pts.length) throw wrong(i, 'the stream ended before it');
    if (next === pts.length) {
      next++;
      decoder.sendPacketSync(null);
      return;
    }
    if (!pending) read(next);
    pending = false;
    const sent = decoder.sendPacketSync(packet);
    packet.unref();
    if (sent < 0) throw wrong(i, `packet ${next} of ${pts.length} is damaged (${FFmpegError.strerror(sent)})`);
    next++;
  };

  return {
    decode(i) {
      const wanted = pts[packets[i] as number] as number;
      if (held && shown === wanted) return picture;
      const start = decodingStart(index, packets[i] as number);
      held = false;
      if (next === undefined || shown >= wanted || start < begun || start > next) seek(start);
      for (;;) {
        const code = decoder.receiveFrameSync(picture);
        if (code === AVERROR_EAGAIN) {
          feed(i);
          continue;
        }
        if (code < 0) throw wrong(i, code === AVERROR_EOF ? 'the decoder left it out' : FFmpegError.strerror(code));
        if (picture.decodeErrorFlags & ~FF_DECODE_ERROR_MISSING_REFERENCE) throw wrong(i, 'it, or a frame on which it depends, is damaged');
        // The best effort goes wrong after seeks, and is needed only where packets have no pts (AVI).
        shown = Number(picture.pts === AV_NOPTS_VALUE ? picture.bestEffortTimestamp : picture.pts);
        if (shown > wanted) throw wrong(i, 'the decoder left it out');
        if (shown === wanted) break;
      }
      held = true;
      return picture;
    },
    close,
  };
}
