/** Which packets a video stream has: times and keyframes, read once by demuxing it, without decoding. */
import { AV_NOPTS_VALUE, AV_PKT_FLAG_CORRUPT, AV_PKT_FLAG_DISCARD, AV_PKT_FLAG_KEY, AVERROR_EOF } from 'node-av/constants';
import { FFmpegError, Packet } from 'node-av/lib';
import { frameRateOf, type Input, mp4Damage } from './ffmpeg.ts';

/** The packets of a stream in the order of decoding, and its frames in the order in which they are shown. 29 bytes a frame. */
export interface PacketIndex {
  /** f64[packets]: when a packet's frame is shown, in ticks of the stream's time base */
  readonly pts: Float64Array;
  /** f64[packets]: when it is decoded; never goes back */
  readonly dts: Float64Array;
  /** u32[keyframes]: packets from which decoding can begin */
  readonly keyframes: Uint32Array;
  /** u32[frames]: the packet of each frame */
  readonly packets: Uint32Array;
  /** f64[frames]: seconds since the first frame; they increase */
  readonly times: Float64Array;
  /** Seconds from the first frame to the end of the last */
  readonly duration: number;
  /** Frames per second on average */
  readonly frameRate: number;
}

/** Reads the index of a stream. Throws an Error that says where the file ends when it is cut off or cannot be read on. */
export function readIndex({ context, stream }: Input, path: string): PacketIndex {
  const pts = growing();
  const dts = growing();
  const keyframes = growing();
  const shown = growing();
  const promised = Number(stream.nbFrames);
  let lastDuration = 0;
  let corrupt = false;
  const packet = new Packet();
  packet.alloc();
  try {
    for (;;) {
      const code = context.readFrameSync(packet);
      if (code < 0) {
        const damage = code !== AVERROR_EOF || corrupt || pts.length() < promised ? mp4Damage(path) : undefined;
        if (damage || code !== AVERROR_EOF) {
          const of = promised > 0 ? ` of ${promised}` : '';
          const whole = pts.length() - (corrupt ? 1 : 0);
          throw new Error(`${damage ?? `${path}: ${FFmpegError.strerror(code)}`}. Its first ${whole}${of} frames are there`);
        }
        break;
      }
      if (packet.streamIndex === stream.index) {
        const { flags } = packet;
        const time = shownAt(packet);
        if (Number.isNaN(time)) throw new Error(`${path}: its container has no time for packet ${pts.length()}`);
        if (packet.pts === AV_NOPTS_VALUE && stream.codecpar.videoDelay > 0) {
          throw new Error(`${path}: its container does not say in which order its frames are shown: encode it again, as mp4`);
        }
        corrupt = (flags & AV_PKT_FLAG_CORRUPT) !== 0;
        if (flags & AV_PKT_FLAG_KEY) keyframes.push(pts.length());
        if (!(flags & AV_PKT_FLAG_DISCARD)) shown.push(pts.length());
        pts.push(time);
        dts.push(packet.dts === AV_NOPTS_VALUE ? time : Number(packet.dts));
        lastDuration = Number(packet.duration);
      }
      packet.unref();
    }
  } finally {
    packet.free();
  }
  if (shown.length() === 0) throw new Error(`${path} has no frames`);
  const at = pts.array();
  const packets = inOrderShown(Uint32Array.from(shown.array()), at);
  const { num, den } = stream.timeBase;
  const first = at[packets[0] as number] as number;
  const times = Float64Array.from(packets, (i) => (((at[i] as number) - first) * num) / den);
  const span = times.at(-1) as number;
  const frameRate = frameRateOf(stream) ?? (span > 0 ? (times.length - 1) / span : 1);
  const duration = span + (lastDuration > 0 ? (lastDuration * num) / den : 1 / frameRate);
  return { pts: at, dts: dts.array(), keyframes: Uint32Array.from(keyframes.array()), packets, times, duration, frameRate };
}

/** When a packet's frame is shown, in ticks; when it is decoded where the container does not say (AVI); NaN without either. */
export function shownAt({ pts, dts }: Packet): number {
  const time = pts === AV_NOPTS_VALUE ? dts : pts;
  return time === AV_NOPTS_VALUE ? Number.NaN : Number(time);
}

/** The packet that is shown at this time; of several the one nearest to number `near`. Infinity when there is none. */
export function packetAt({ pts }: PacketIndex, time: number, near: number): number {
  for (let distance = 0; distance < pts.length; distance++) {
    if (pts[near - distance] === time) return near - distance;
    if (pts[near + distance] === time) return near + distance;
  }
  return Number.POSITIVE_INFINITY;
}

/** Packets sorted by the times at which they are shown. Of several with the same time, the first stays. */
function inOrderShown(packets: Uint32Array, pts: Float64Array): Uint32Array {
  const at = (packet: number | undefined): number => pts[packet as number] as number;
  if (packets.some((packet, i) => i > 0 && at(packet) <= at(packets[i - 1]))) packets.sort((a, b) => at(a) - at(b) || a - b);
  return packets.filter((packet, i) => i === 0 || at(packet) !== at(packets[i - 1]));
}

/** The packet at which to begin, so that `packet`'s frame comes out as it does when everything is decoded from the beginning. */
export function decodingStart({ keyframes, pts }: PacketIndex, packet: number): number {
  let i = lastAtMost(keyframes, packet);
  // A frame that is shown before the keyframe it follows may need the frames before that keyframe (an open GOP).
  while (i > 0 && (pts[keyframes[i] as number] as number) > (pts[packet] as number)) i--;
  return i < 0 ? 0 : (keyframes[i] as number);
}

/** The frame shown at a time nearest to `seconds`; the earlier of two that are equally near. */
export function nearestFrame({ times }: PacketIndex, seconds: number): number {
  const before = Math.max(0, lastAtMost(times, seconds));
  const after = Math.min(before + 1, times.length - 1);
  return (times[after] as number) - seconds < seconds - (times[before] as number) ? after : before;
}

/** The last position in an increasing array whose value is at most `value`; -1 when there is none. */
function lastAtMost(values: Float64Array | Uint32Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** A list of numbers in an array that doubles. */
function growing(): { push(value: number): void; length(): number; array(): Float64Array } {
  let values = new Float64Array(1024);
  let length = 0;
  return {
    push(value) {
      if (length === values.length) {
        const larger = new Float64Array(2 * length);
        larger.set(values);
        values = larger;
      }
      values[length++] = value;
    },
    length: () => length,
    array: () => values.slice(0, length),
  };
}
