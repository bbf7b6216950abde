/** Several videos one after the other in one file, without encoding anything again: as LeRobot v3.0 keeps many episodes in one mp4. */
import { AV_NOPTS_VALUE, AV_PKT_FLAG_DISCARD, AVERROR_EOF } from 'node-av/constants';
import { type CodecParameters, Packet, type Stream } from 'node-av/lib';
import { check, codecOf, type Input, openInput } from './ffmpeg.ts';
import { createOutput, type Output } from './output.ts';
import { readIndex } from './packets.ts';

/** Where one of the videos is in the whole, in seconds since the first frame of that. */
export interface Span {
  readonly from: number;
  /** The `from` of the next one */
  readonly to: number;
}

/**
 * Writes the packets of videos into one mp4, which is there whole or not at all, and may have the name of one of them. Returns where
 * each begins and ends. Throws an Error that names the file when one cannot be read, and when they do not fit together: all must have
 * the same codec with the same parameters, which videos of one writer with the same options have.
 */
export async function concatenateVideos(inputs: readonly string[], output: string): Promise<Span[]> {
  const [first] = inputs;
  if (first === undefined) throw new Error(`could not write ${output}: there is no video to put into it`);
  const model = openInput(first);
  try {
    const parts = inputs.map((path) => partOf(path, model.stream, first));
    const delay = Math.max(...parts.map((part) => part.delay));
    const { codecpar, timeBase, avgFrameRate } = model.stream;
    const joined = createOutput(output, (stream) => {
      check(codecpar.copy(stream.codecpar), `could not write ${output}`);
      // A tag is the container's name of a codec. This container chooses its own.
      stream.codecpar.codecTag = 0;
      stream.timeBase = timeBase;
      stream.avgFrameRate = avgFrameRate;
    });
    try {
      const { num, den } = joined.timeBase;
      const ends: number[] = [0];
      const write = inDecodingOrder(joined);
      for (const part of parts) ends.push(append(part, { ...joined, write }, ends.at(-1) as number, delay));
      await joined.finish();
      return inputs.map((_, i) => ({ from: ((ends[i] as number) * num) / den, to: ((ends[i + 1] as number) * num) / den }));
    } catch (error) {
      joined.abandon();
      throw error;
    }
  } finally {
    model.close();
  }
}

/** One of the videos. Times are in seconds. */
interface Part {
  readonly path: string;
  /** When its first frame is shown, by its own clock */
  readonly first: number;
  /** From the first frame to the end of the last */
  readonly duration: number;
  /**
   * How long before the first frame is shown decoding begins. Encoders look ahead as far as there are frames: a video of one frame has
   * no delay, and longer ones of the same encoder have some.
   */
  readonly delay: number;
}

/** Reads the index of a video. Throws when it does not fit behind the first one. */
function partOf(path: string, model: Stream, modelPath: string): Part {
  return withInput(path, (input) => {
    checkSame(path, input.stream, modelPath, model);
    const { pts, dts, packets, duration } = readIndex(input, path);
    if (packets.length !== pts.length) {
      const hidden = pts.length - packets.length;
      throw new Error(`${path}: its container hides ${hidden} of its ${pts.length} frames, which would be seen: encode it again`);
    }
    const { num, den } = input.stream.timeBase;
    const [first, begun] = [pts[packets[0] as number] as number, dts[0] as number];
    return { path, first: (first * num) / den, duration, delay: ((first - begun) * num) / den };
  });
}

/** Writes packets with times of decoding that increase, also where a video with frames of varying duration ends. */
function inDecodingOrder(output: Output): Output['write'] {
  let last: bigint | undefined;
  return (packet, timeBase) => {
    if (last !== undefined && packet.dts <= last) packet.dts = last + 1n;
    last = packet.dts;
    output.write(packet, timeBase);
  };
}

/**
 * Appends a video whose first frame is to be shown at `begin`, in the output's ticks, and decoded `delay` seconds earlier: the same for
 * all, so that times of decoding are as far apart where two videos meet as they are elsewhere. Players compute the frame rate from them.
 * Returns where it ends.
 */
function append(part: Part, output: Output, begin: number, delay: number): number {
  const ticks = (seconds: number): number => Math.round((seconds * output.timeBase.den) / output.timeBase.num);
  withInput(part.path, (input) => copyPackets(part, input, output, begin, ticks(delay) - ticks(part.delay)));
  return begin + ticks(part.duration);
}

/** Copies all packets of a video. They are decoded `earlier` ticks of the output before they would have to be. */
function copyPackets({ path, first }: Part, { context, stream }: Input, output: Output, begin: number, earlier: number): void {
  const { num, den } = stream.timeBase;
  const scale = (num * output.timeBase.den) / (den * output.timeBase.num);
  const origin = Math.round((first * den) / num);
  const moved = (ticks: bigint, by: number): bigint => BigInt(begin + Math.round((Number(ticks) - origin) * scale) + by);
  const packet = new Packet();
  packet.alloc();
  try {
    for (;;) {
      const code = context.readFrameSync(packet);
      if (code === AVERROR_EOF) break;
      check(code, path);
      if (packet.streamIndex === stream.index && !(packet.flags & AV_PKT_FLAG_DISCARD)) {
        if (packet.pts === AV_NOPTS_VALUE || packet.dts === AV_NOPTS_VALUE)
          throw new Error(`${path}: its container has no times for some packets`);
        packet.pts = moved(packet.pts, 0);
        packet.dts = moved(packet.dts, -earlier);
        packet.duration = BigInt(Math.round(Number(packet.duration) * scale));
        packet.pos = -1n;
        output.write(packet, output.timeBase);
      }
      packet.unref();
    }
  } finally {
    packet.free();
  }
}

function withInput<T>(path: string, use: (input: Input) => T): T {
  const input = openInput(path);
  try {
    return use(input);
  } finally {
    input.close();
  }
}

/** Throws when packets of `stream` cannot be decoded with the parameters of `model`. */
function checkSame(path: string, stream: Stream, modelPath: string, model: Stream): void {
  const [mine, other] = [describe(stream), describe(model)];
  const differences = Object.keys(mine).filter((key) => mine[key] !== other[key]);
  if (differences.length === 0) return;
  const said = differences.map((key) => `${key} ${mine[key]} instead of ${other[key]}`).join(', ');
  throw new Error(`${path} does not fit behind ${modelPath} (${said}): encode it again with the same options`);
}

function describe(stream: Stream): Record<string, unknown> {
  const { width, height, format, profile, colorSpace, colorRange, extradata }: CodecParameters = stream.codecpar;
  const parameters = extradata === null ? 'none' : extradata.toString('hex');
  return {
    codec: codecOf(stream),
    width,
    height,
    'pixel format': format,
    profile,
    'colour space': colorSpace,
    'colour range': colorRange,
    parameters,
  };
}
