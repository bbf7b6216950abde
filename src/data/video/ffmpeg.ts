/**
 * What the reader and the writer of videos share of FFmpeg, by way of node-av's low-level synchronous functions. Nothing of node-av
 * is seen outside this folder: its FFmpeg is built with parts under the GPL, and might have to be another one some day.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { AV_LOG_FATAL, AVDISCARD_ALL, AVMEDIA_TYPE_VIDEO } from 'node-av/constants';
import { avGetCodecName, FFmpegError, FormatContext, Log, type Stream } from 'node-av/lib';

/** Containers with timestamps. Playlists and the like, which name other files to open, are not among them. */
const CONTAINERS = 'mov,mp4,matroska,webm,avi,mpegts,mpeg,flv,ogg,asf,gif,ivf';

/** A container that is open, and its video stream. Packets of other streams are left out when it is read. */
export interface Input {
  readonly context: FormatContext;
  readonly stream: Stream;
  close(): void;
}

/** Returns what an FFmpeg function returned. Throws when that means a failure; `what` begins the message. */
export function check(code: number, what: string): number {
  if (code < 0) throw new Error(`${what}: ${FFmpegError.strerror(code)}`);
  return code;
}

/** Runs `open`. When it fails, `free` is called: memory of FFmpeg is not JavaScript's to collect. */
export function orFree<T>(free: () => void, open: () => T): T {
  try {
    return open();
  } catch (error) {
    free();
    throw error;
  }
}

/** Leaves only what kills the process to FFmpeg's own log: everything else comes as a return value, and becomes an Error here. */
export function quiet(): void {
  if (Log.getLevel() > AV_LOG_FATAL) Log.setLevel(AV_LOG_FATAL);
}

/** Opens a video file. Throws an Error that names the file when there is none, when it is no video, and when it is cut off. */
export function openInput(path: string): Input {
  quiet();
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new Error(`there is no video ${path}`);
  if (!stats.isFile()) throw new Error(`${path} should be a video, but is no file`);
  if (stats.size === 0) throw new Error(`${path} should be a video, but is empty`);
  const context = new FormatContext();
  context.allocContext();
  const close = (): void => context.closeInputSync();
  return orFree(close, () => {
    check(context.setOption('format_whitelist', CONTAINERS), 'format_whitelist');
    const opened = context.openInputSync(`file:${path}`);
    if (opened < 0) throw new Error(mp4Damage(path) ?? `${path} is no video in a known container (${FFmpegError.strerror(opened)})`);
    const probed = context.findStreamInfoSync();
    if (probed < 0) throw new Error(mp4Damage(path) ?? `${path}: its streams cannot be read: ${FFmpegError.strerror(probed)}`);
    const stream = context.streams[context.findBestStream(AVMEDIA_TYPE_VIDEO)];
    if (!stream) throw new Error(mp4Damage(path) ?? `${path} has no video stream`);
    for (const other of context.streams) if (other.index !== stream.index) other.discard = AVDISCARD_ALL;
    return { context, stream, close };
  });
}

/** Frames per second of a stream, as its container says; undefined where it does not. */
export function frameRateOf({ avgFrameRate, rFrameRate }: Stream): number | undefined {
  const rates = [avgFrameRate, rFrameRate].map(({ num, den }) => num / den);
  return rates.find((rate) => Number.isFinite(rate) && rate > 0);
}

/** FFmpeg's name of a stream's codec: `h264`, `av1`, … */
export function codecOf({ codecpar }: Stream): string {
  return avGetCodecName(codecpar.codecId) ?? `codec ${codecpar.codecId}`;
}

/**
 * What is wrong with the outermost boxes of an mp4 (ISO/IEC 14496-12 §4.2), as a sentence: one that ends after the file does, or no
 * `moov`. Undefined when they are well, and for a file that is no mp4.
 */
export function mp4Damage(path: string): string | undefined {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const header = Buffer.alloc(16);
    const seen: string[] = [];
    for (let at = 0; at + 8 <= size; ) {
      readSync(file, header, 0, 16, at);
      const type = header.toString('latin1', 4, 8);
      if (seen.length === 0 && type !== 'ftyp') return undefined;
      const size32 = header.readUInt32BE(0);
      const length = size32 === 1 ? Number(header.readBigUInt64BE(8)) : size32 === 0 ? size - at : size32;
      if (length < 8 || !/^[\x20-\x7e©]{4}$/.test(type)) return `${path} is damaged: there is no mp4 box at byte ${at}`;
      if (at + length > size) {
        const moov = seen.includes('moov') || type === 'moov' ? '' : ', and has no moov box, which says where the frames are';
        return `${path} is cut off: its ${type} box should go on to byte ${at + length}, but the file ends at ${size}${moov}`;
      }
      seen.push(type);
      at += length;
    }
    if (seen.length === 0 || seen.includes('moov')) return undefined;
    return `${path} has no moov box, which says where the frames are: it was not written to its end, or is cut off`;
  } finally {
    closeSync(file);
  }
}
