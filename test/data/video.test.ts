import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { concatenateVideos } from '../../src/data/video/concatenate.ts';
import { probeVideo } from '../../src/data/video/probe.ts';
import { openVideo, type VideoReader } from '../../src/data/video/reader.ts';
import { createVideo } from '../../src/data/video/writer.ts';
import { randomStream } from '../../src/tensor/random.ts';
import { numbered, numberIn, SIZE, writeNumbered, writeVariable } from './videos.ts';

const FRAMES = 60;
const folder = await mkdtemp(path.join(os.tmpdir(), 'gear-video-'));
const at = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  await writeNumbered(at('h264.mp4'), FRAMES);
  await writeNumbered(at('long-gop.mp4'), FRAMES, { gop: 24 });
  await writeNumbered(at('av1.mp4'), FRAMES, { codec: 'av1' });
  await writeNumbered(at('av1-long-gop.mp4'), FRAMES, { codec: 'av1', gop: 30, threads: 2 });
});
afterAll(() => rm(folder, { recursive: true }));

/** Calls `use` with a video and closes it. */
function withVideo<T>(file: string, use: (video: VideoReader) => T): T {
  const video = openVideo(file);
  try {
    return use(video);
  } finally {
    video.close();
  }
}

/** Numbers below `n` in an order that repeats. */
function shuffled(n: number): number[] {
  const stream = randomStream(0, 'shuffled');
  return Array.from({ length: n }, (_, i) => ({ i, key: stream.uniform() }))
    .sort((a, b) => a.key - b.key)
    .map(({ i }) => i);
}

/** All frames, in order and then in any order, are the same to the bit. */
function expectExactAccess(file: string): void {
  withVideo(file, (video) => {
    const frames = [...video.frames()];
    expect(frames.map(({ index }) => index)).toEqual(frames.map((_, i) => i));
    expect(frames).toHaveLength(video.length);
    const differ = [...shuffled(video.length), ...shuffled(video.length).reverse()].filter((i) => {
      const frame = video.at(video.times[i] as number);
      return frame.index !== i || Buffer.compare(frame.data, (frames[i] as (typeof frames)[number]).data) !== 0;
    });
    expect(differ).toEqual([]);
  });
}

test.each(['h264.mp4', 'long-gop.mp4', 'av1.mp4', 'av1-long-gop.mp4'])('%s: every frame is found, in any order', (name) => {
  withVideo(at(name), (video) => {
    expect([...video.frames()].map(numberIn)).toEqual(Array.from({ length: FRAMES }, (_, i) => i));
    const order = shuffled(FRAMES);
    expect(order.map((i) => numberIn(video.at(i / 25)))).toEqual(order);
  });
  expectExactAccess(at(name));
});

test('the header is told', () => {
  withVideo(at('av1.mp4'), ({ width, height, codec, frameRate, length, duration, times }) => {
    expect({ width, height, codec, frameRate, length, duration }).toEqual({
      ...SIZE,
      codec: 'av1',
      frameRate: 25,
      length: FRAMES,
      duration: 2.4,
    });
    expect([...times]).toEqual(Array.from({ length: FRAMES }, (_, i) => i / 25));
  });
  const { path: file, ...info } = probeVideo(at('h264.mp4'));
  expect(info).toEqual({ ...SIZE, codec: 'h264', pixelFormat: 'yuv420p', frameRate: 25, length: FRAMES, duration: 2.4, audio: false });
});

test('the nearest frame is meant, and none that is more than a frame away', () => {
  withVideo(at('h264.mp4'), (video) => {
    expect([0, 0.019, 0.021, 0.0399, -0.039, 2.36, 2.39].map((seconds) => video.at(seconds).index)).toEqual([0, 0, 1, 1, 0, 59, 59]);
    expect(() => video.at(2.41)).toThrow(
      /no frame at 2\.41 s: the nearest frame is number 59 of 60, at 2\.36 s, and the tolerance 0\.04 s/,
    );
    expect(() => video.at(-0.05)).toThrow(/no frame at -0\.05 s/);
    expect(() => video.at(Number.NaN)).toThrow(/no frame at NaN s/);
  });
  const tolerant = openVideo(at('h264.mp4'), { tolerance: 1 });
  expect(tolerant.at(3.3).index).toBe(59);
  tolerant.close();
  tolerant.close();
  expect(() => tolerant.at(0)).toThrow('was closed');
});

test('frames belong to who asked for them, and readers do not disturb one another', () => {
  const [a, b] = [openVideo(at('h264.mp4')), openVideo(at('h264.mp4'), { threads: 2 })];
  const frames = a.frames();
  const first = frames.next().value as { data: Uint8Array };
  const copy = first.data.slice();
  expect(numberIn(b.at(0.4))).toBe(10);
  expect(numberIn(a.at(1.6))).toBe(40);
  expect((frames.next().value as { index: number }).index).toBe(1);
  expect(first.data).toEqual(copy);
  a.close();
  expect(numberIn(b.at(0.44))).toBe(11);
  b.close();
});

test('colours survive', async () => {
  const colours = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 255],
    [0, 0, 0],
    [200, 120, 40],
  ] as const;
  const size = { width: 32, height: 32 };
  for (const codec of ['h264', 'av1'] as const) {
    const file = at(`colours-${codec}.mp4`);
    const video = await createVideo(file, { ...size, fps: 10, codec, crf: 5 });
    for (const colour of colours)
      video.write({ ...size, data: Uint8Array.from({ length: 3 * 32 * 32 }, (_, i) => colour[i % 3] as number) });
    await video.finish();
    withVideo(file, (reader) => {
      // Limited range has 219 levels for 255, and its chroma is rounded, too.
      for (const [i, frame] of [...reader.frames()].entries()) {
        const error = Math.max(...frame.data.map((value, k) => Math.abs(value - (colours[i]?.[k % 3] as number))));
        expect(error, `${codec}, ${colours[i]}`).toBeLessThanOrEqual(4);
      }
    });
  }
});

test('frames of varying duration keep their times', async () => {
  await writeVariable(at('variable.mp4'));
  withVideo(at('variable.mp4'), (video) => {
    const times = Array.from({ length: 20 }, (_, i) => (i < 10 ? i / 25 : 0.4 + (i - 10) / 10));
    for (const [i, seconds] of times.entries()) expect(video.times[i]).toBeCloseTo(seconds, 4);
    expect(shuffled(20).map((i) => numberIn(video.at(times[i] as number)))).toEqual(shuffled(20));
    expect(video.duration).toBeCloseTo(1.4, 4);
  });
  expectExactAccess(at('variable.mp4'));
});

test('videos are put one after the other without encoding them again', async () => {
  const lengths = [60, 7, 1, 33];
  for (const codec of ['h264', 'av1'] as const) {
    const parts = lengths.map((_, i) => at(`part-${codec}-${i}.mp4`));
    for (const [i, length] of lengths.entries()) await writeNumbered(parts[i] as string, length, { codec }, 100 * i);
    const output = at(`whole-${codec}.mp4`);
    const spans = await concatenateVideos(parts, output);
    let begin = 0;
    for (const [i, { from, to }] of spans.entries()) {
      expect(from).toBeCloseTo(begin / 25, 9);
      begin += lengths[i] as number;
      expect(to).toBeCloseTo(begin / 25, 9);
    }
    withVideo(output, (whole) => {
      expect(whole.length).toBe(101);
      for (const [i, part] of parts.entries()) {
        withVideo(part, (video) => {
          for (const frame of video.frames()) {
            const found = whole.at((spans[i] as { from: number }).from + frame.seconds);
            expect(numberIn(found)).toBe(100 * i + frame.index);
            expect(Buffer.compare(found.data, frame.data)).toBe(0);
          }
        });
      }
    });
  }
});

test.each(['1+9', '1+1+30', '2+9', '3+9', '9+1', '9+2+1+30', '1+100', '2+2+2', '1+1', '1+3'])(
  'however short the first video is, the header of the whole is right: %s',
  async (joined) => {
    const lengths = joined.split('+').map(Number);
    for (const options of [{}, { gop: 8 }, { gop: 8, fps: 29.97 }, { codec: 'av1' }] as const) {
      const { fps = 25 }: { fps?: number } = options;
      const parts = lengths.map((length) => at(`header-${length}.mp4`));
      for (const [i, length] of lengths.entries()) await writeNumbered(parts[i] as string, length, { fps, ...options });
      const spans = await concatenateVideos(parts, at('header.mp4'));
      const total = lengths.reduce((a: number, b) => a + b, 0);
      const { frameRate, duration, length } = probeVideo(at('header.mp4'));
      expect({ frameRate, duration, length }).toEqual({
        frameRate: expect.closeTo(fps, 3),
        duration: expect.closeTo(total / fps, 4),
        length: total,
      });
      withVideo(at('header.mp4'), (whole) => {
        const expected = spans.flatMap(({ from }, i) => Array.from({ length: lengths[i] as number }, (_, k) => from + k / fps));
        for (const [i, seconds] of expected.entries()) expect(whole.times[i]).toBeCloseTo(seconds, 4);
        expect([...whole.frames()].map(numberIn)).toEqual(lengths.flatMap((n) => Array.from({ length: n }, (_, k) => k)));
      });
    }
  },
);

test('videos that begin where decoding does are joined like others', async () => {
  await writeNumbered(at('clocked.mp4'), 12);
  const bytes = readFileSync(at('clocked.mp4'));
  bytes.write('free', bytes.indexOf('edts'), 'latin1');
  writeFileSync(at('unclocked.mp4'), bytes);
  await writeNumbered(at('single.mp4'), 1);
  for (const names of [
    ['single', 'unclocked', 'clocked'],
    ['unclocked', 'single'],
  ]) {
    const spans = await concatenateVideos(
      names.map((name) => at(`${name}.mp4`)),
      at('clocks.mp4'),
    );
    const lengths = names.map((name) => (name === 'single' ? 1 : 12));
    const total = lengths.reduce((a: number, b) => a + b, 0);
    expect(spans.at(-1)?.to).toBeCloseTo(total / 25, 9);
    const { frameRate, duration } = probeVideo(at('clocks.mp4'));
    expect([frameRate, duration]).toEqual([25, total / 25]);
    withVideo(at('clocks.mp4'), (whole) => {
      expect([...whole.frames()].map(numberIn)).toEqual(lengths.flatMap((n) => Array.from({ length: n }, (_, k) => k)));
    });
  }
});

test('videos that do not fit together are refused', async () => {
  await writeNumbered(at('other-preset.mp4'), 3, { preset: 'ultrafast' });
  for (const other of ['av1.mp4', 'other-preset.mp4']) {
    await expect(concatenateVideos([at('h264.mp4'), at(other)], at('refused.mp4'))).rejects.toThrow(
      new RegExp(`${other} does not fit behind .*h264.mp4 \\(.* instead of .*\\): encode it again with the same options`),
    );
  }
  await expect(concatenateVideos([], at('refused.mp4'))).rejects.toThrow('no video to put into it');
  await expect(concatenateVideos([at('h264.mp4'), at('missing.mp4')], at('refused.mp4'))).rejects.toThrow('there is no video');
  expect(readdirSync(folder).filter((name) => name.includes('refused'))).toEqual([]);
});

test('a file that is cut off says so', () => {
  const whole = readFileSync(at('h264.mp4'));
  const front = moovFirst(whole);
  const cut = (bytes: Buffer, length: number): (() => void) => {
    writeFileSync(at('cut.mp4'), bytes.subarray(0, length));
    return () => withVideo(at('cut.mp4'), () => undefined);
  };
  writeFileSync(at('front.mp4'), front);
  withVideo(at('front.mp4'), (video) => expect([...video.frames()]).toHaveLength(FRAMES));
  expect(cut(whole, 0)).toThrow(/cut.mp4 should be a video, but is empty/);
  expect(cut(whole, 3)).toThrow(/cut.mp4 is no video in a known container/);
  expect(cut(whole, 100)).toThrow(/cut.mp4 is cut off: its mdat box .* the file ends at 100, and has no moov box/);
  expect(cut(whole, whole.length >> 1)).toThrow(/cut.mp4 is cut off: its mdat box .* no moov box/);
  expect(cut(whole, whole.length - 300)).toThrow(/cut.mp4 is cut off: its moov box/);
  expect(cut(front, 100)).toThrow(/cut.mp4 is cut off: its moov box/);
  const message = /cut.mp4 is cut off: its mdat box .*\. Its first (\d+) of 60 frames are there/;
  for (const share of [0.6, 0.8, 0.99]) expect(cut(front, Math.floor(share * front.length))).toThrow(message);
});

/** The same mp4 with its index before its frames, as for streaming: chunk offsets move by the size of the index. */
function moovFirst(file: Buffer): Buffer {
  const boxes: Buffer[] = [];
  for (let i = 0; i < file.length; i += file.readUInt32BE(i)) boxes.push(file.subarray(i, i + file.readUInt32BE(i)));
  const named = (name: string): Buffer => boxes.find((box) => box.toString('latin1', 4, 8) === name) as Buffer;
  const moov = Buffer.from(named('moov'));
  const stco = moov.indexOf('stco') + 4;
  for (let i = 0; i < moov.readUInt32BE(stco + 4); i++) {
    const offset = stco + 8 + 4 * i;
    moov.writeUInt32BE(moov.readUInt32BE(offset) + moov.length, offset);
  }
  return Buffer.concat([named('ftyp'), moov, ...boxes.filter((box) => !['ftyp', 'moov'].includes(box.toString('latin1', 4, 8)))]);
}

test('of a damaged file, the frames that do not depend on the damage can be read', () => {
  const bytes = Buffer.from(readFileSync(at('av1.mp4')));
  const mdat = bytes.indexOf('mdat') + 4;
  const middle = mdat + (bytes.readUInt32BE(mdat - 8) >> 1);
  bytes.fill(0xff, middle, middle + 40);
  writeFileSync(at('damaged.mp4'), bytes);
  withVideo(at('damaged.mp4'), (video) => {
    const attempt = (i: number): string => {
      try {
        return numberIn(video.at(i / 25)) === i ? 'right' : 'wrong';
      } catch (error) {
        return (error as Error).message;
      }
    };
    const results = Array.from({ length: FRAMES }, (_, i) => attempt(i));
    const failed = results.filter((result) => result !== 'right');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(20);
    expect(failed[0]).toMatch(/damaged.mp4: frame \d+ of 60, at [\d.]+ s, cannot be decoded: packet \d+ of 60 is damaged/);
    expect(Array.from({ length: FRAMES }, (_, i) => attempt(i))).toEqual(results);
  });
});

test('what is no video says so', () => {
  writeFileSync(at('text.mp4'), 'this is text\n'.repeat(100));
  writeFileSync(at('list.m3u8'), `#EXTM3U\n#EXTINF:1,\n${at('h264.mp4')}\n`);
  mkdirSync(at('folder.mp4'));
  expect(() => openVideo(at('text.mp4'))).toThrow(/text.mp4 is no video in a known container/);
  expect(() => openVideo(at('list.m3u8'))).toThrow(/list.m3u8 is no video in a known container/);
  expect(() => openVideo(at('folder.mp4'))).toThrow(/folder.mp4 should be a video, but is no file/);
  expect(() => openVideo(at('missing.mp4'))).toThrow(/there is no video .*missing.mp4/);
  expect(() => probeVideo(at('missing.mp4'))).toThrow(/there is no video .*missing.mp4/);
});

test('until a video is finished, what was there stays, and nothing is left of one that is not', async () => {
  const file = at('kept.mp4');
  writeFileSync(file, 'old');
  const traces = (): string[] => readdirSync(folder).filter((name) => name.startsWith('kept.mp4'));
  const video = await createVideo(file, { ...SIZE, fps: 25, codec: 'h264' });
  for (let i = 0; i < 20; i++) video.write(numbered(i));
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(() => video.write({ width: 32, height: 48, data: new Uint8Array(3 * 32 * 48) })).toThrow(/frame 20 is 32×48, but the video 64×48/);
  expect(() => video.write({ ...SIZE, data: new Uint8Array(5) })).toThrow(/frame 20 of 64×48 needs 9216 bytes of RGB, got 5/);
  video.abandon();
  video.abandon();
  expect(() => video.write(numbered(0))).toThrow('no longer being written');
  await expect(video.finish()).rejects.toThrow('no longer being written');
  expect(traces()).toEqual(['kept.mp4']);
  const empty = await createVideo(file, { ...SIZE, fps: 25 });
  await expect(empty.finish()).rejects.toThrow('at least one frame');
  expect(traces()).toEqual(['kept.mp4']);
  expect(readFileSync(file, 'utf8')).toBe('old');
  await writeNumbered(file, 3);
  expect(withVideo(file, ({ length }) => length)).toBe(3);
  expect(traces()).toEqual(['kept.mp4']);
});

test.runIf(process.platform === 'linux')('an encoder gives nobody real-time priority on the thread that asks for it', async () => {
  const policy = (): string | undefined => /policy\s*:\s*(\d+)/.exec(readFileSync('/proc/thread-self/sched', 'utf8'))?.[1];
  const before = policy();
  const video = await createVideo(at('fast.mp4'), { ...SIZE, fps: 25 });
  video.abandon();
  expect(policy()).toBe(before);
});

test.each([
  [{ width: 63 }, 'needs an even width and height, got 63×48'],
  [{ height: 0 }, 'needs an even width and height'],
  [{ fps: 0 }, '0 frames per second'],
  [{ gop: 0.5 }, 'gop counts frames'],
  [{ codec: 'theora' as never }, 'no codec "theora"'],
  [{ preset: 'soon' }, 'preset "soon"'],
  [{ crf: 1000 }, 'crf of h264 is from 0 to 51, got 1000'],
])('%j is refused', async (options, message) => {
  await expect(createVideo(at('never.mp4'), { ...SIZE, fps: 25, codec: 'h264', ...options })).rejects.toThrow(message);
  await expect(createVideo(at('nowhere/never.mp4'), { ...SIZE, fps: 25 })).rejects.toThrow(
    /could not write .*never.mp4: there is no folder/,
  );
  expect(readdirSync(folder).filter((name) => name.startsWith('never'))).toEqual([]);
});

test('the same frames give the same bytes', async () => {
  for (const codec of ['h264', 'av1'] as const) {
    await writeNumbered(at('once.mp4'), 10, { codec });
    await writeNumbered(at('again.mp4'), 10, { codec });
    expect(Buffer.compare(readFileSync(at('once.mp4')), readFileSync(at('again.mp4')))).toBe(0);
  }
});

test('memory does not grow with the length of a video, nor with what was closed or failed', { timeout: 60_000 }, async () => {
  await writeNumbered(at('piece.mp4'), 1000, { preset: 'ultrafast' });
  await concatenateVideos(
    Array.from({ length: 20 }, () => at('piece.mp4')),
    at('long.mp4'),
  );
  const script = fileURLToPath(new URL('video-memory.ts', import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), script, at('long.mp4'), at('nowhere/x.mp4')],
    { encoding: 'utf8' },
  );
  expect(status, stderr).toBe(0);
  const { length, read, opened, failed } = JSON.parse(stdout) as Record<string, number>;
  expect(length).toBe(20_000);
  // All frames are 184 MB; one reader's index takes 0.6, and one encoder 3. What is not collected yet needs some, too.
  expect(read).toBeLessThan(60);
  expect(opened).toBeLessThan(60);
  expect(failed).toBeLessThan(60);
});

/** The program, as an independent encoder */
const FFMPEG = 'ffmpeg';
const ffmpeg = spawnSync(FFMPEG, ['-version']).status === 0;
if (!ffmpeg) console.warn('there is no ffmpeg here: videos of other encoders are not tried');

/** What an encoder of FFmpeg makes of a moving picture; undefined when it does not have that encoder. */
function encoded(name: string, args: readonly string[]): string | undefined {
  const source = ['-f', 'lavfi', '-i', 'testsrc2=size=96x64:rate=25:duration=3'];
  return spawnSync(FFMPEG, ['-y', '-v', 'error', ...source, ...args, at(name)]).status === 0 ? at(name) : undefined;
}

test.runIf(ffmpeg).each([
  ['b-frames.mp4', ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-g', '25', '-bf', '3']],
  ['open-gop.mp4', ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-g', '12', '-bf', '3', '-x264-params', 'open-gop=1']],
  ['b-frames.mkv', ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-g', '25', '-bf', '3']],
  ['b-frames.ts', ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-g', '25', '-bf', '3']],
  ['hevc.mp4', ['-c:v', 'libx265', '-x265-params', 'log-level=none', '-pix_fmt', 'yuv420p', '-g', '24']],
  ['ten-bit.mp4', ['-c:v', 'libx265', '-x265-params', 'log-level=none', '-pix_fmt', 'yuv420p10le', '-g', '24']],
  ['vp9.webm', ['-c:v', 'libvpx-vp9', '-b:v', '200k', '-g', '20', '-cpu-used', '8']],
  ['mjpeg.avi', ['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p']],
  ['full-range.mp4', ['-c:v', 'libx264', '-pix_fmt', 'yuvj420p']],
] as const)('%s, by another encoder: every frame is found, in any order', (name, args) => {
  const file = encoded(name, args);
  if (file) expectExactAccess(file);
});

test.runIf(ffmpeg)('an order of frames that the container does not tell is not guessed', () => {
  const file = encoded('b-frames.avi', ['-c:v', 'mpeg4', '-bf', '2']);
  if (file) expect(() => openVideo(file)).toThrow('does not say in which order its frames are shown');
});

test.runIf(ffmpeg)('colours are those of FFmpeg', () => {
  const file = encoded('bt709.mp4', ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-colorspace', 'bt709', '-color_range', 'tv']);
  if (!file) return;
  const { stdout } = spawnSync(FFMPEG, ['-v', 'error', '-i', file, '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'], {
    maxBuffer: 1e8,
  });
  const frame = withVideo(file, (video) => video.at(0));
  const errors = frame.data.map((value, i) => Math.abs(value - (stdout[i] as number)));
  // Versions of FFmpeg place chroma differently at sharp edges.
  expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(1);
});
