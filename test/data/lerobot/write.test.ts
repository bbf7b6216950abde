import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { openLeRobot } from '../../../src/data/lerobot/open.ts';
import { createLeRobot, type LeRobotWriterOptions, type RowBlock } from '../../../src/data/lerobot/write.ts';
import { openParquet, type StoredImage } from '../../../src/data/parquet.ts';
import type { Frame } from '../../../src/data/source.ts';
import { allRows, greys, temporaryFolder, writeVideo } from './support.ts';

const here = temporaryFolder();

const STATE = { dtype: 'float32', shape: [2], names: ['x', 'y'] };
const CAMERA = { dtype: 'video', shape: [16, 32, 3] };
const options: LeRobotWriterOptions = { fps: 10, features: { state: STATE }, video: { codec: 'h264', crf: 1 } };

/** Rows with the state [i, −i]. */
const block = (length: number, tasks: RowBlock['tasks'] = 'wave'): RowBlock => ({
  length,
  tasks,
  columns: { state: { shape: [2], data: Float32Array.from({ length: 2 * length }, (_, i) => (i % 2 === 0 ? i / 2 : -(i - 1) / 2)) } },
});

/** Where a grey picture of `greys` is in its episode. */
const number = ({ data }: Frame, base = 20): number => Math.max(Math.round(((data[0] as number) - base) / 10), 0);

async function json(...names: string[]): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(here(...names), 'utf8'));
}

test('rows in blocks, with timestamps and instructions made up where they are not given', async () => {
  const writer = await createLeRobot(here('a'), { ...options, robotType: 'arm', extra: { gear: { binding: 'arm' } } });
  await writer.addEpisode({ length: 5, rows: [block(3), block(2, ['wave', 'stop'])] });
  await writer.addEpisode({ length: 1, rows: [{ ...block(1), timestamps: Float64Array.of(0.25) }] });
  expect([writer.episodes, writer.frames]).toEqual([2, 6]);
  await writer.finish();
  const source = await openLeRobot(here('a'));
  expect(source).toMatchObject({ format: 'lerobot-v3.0', robotType: 'arm', fps: 10, features: { state: STATE }, cameras: [] });
  expect(source.episodes).toEqual([
    { index: 0, length: 5, tasks: ['wave', 'stop'] },
    { index: 1, length: 1, tasks: ['wave'] },
  ]);
  const [first, second] = await allRows(source);
  expect(Array.from(first?.columns.state?.data ?? [])).toEqual([0, -0, 1, -1, 2, -2, 0, -0, 1, -1]);
  expect(first?.tasks).toEqual(['wave', 'wave', 'wave', 'wave', 'stop']);
  expect(Array.from(first?.timestamps ?? [])).toEqual([0, 0.1, 0.2, 0.3, 0.4].map(Math.fround));
  expect(Array.from(second?.timestamps ?? [])).toEqual([0.25]);
  const indices = await source.readRows(1, { columns: ['frame_index', 'episode_index', 'index', 'task_index'] });
  expect(Object.values(indices.columns).map(({ data }) => data[0])).toEqual([0, 1, 5, 0]);
  expect(await json('a', 'meta', 'info.json')).toMatchObject({
    gear: { binding: 'arm' },
    total_episodes: 2,
    total_frames: 6,
    total_tasks: 2,
  });
  await source.close();
});

describe('pictures in data files', () => {
  const picture = (width: number, height: number): Promise<Uint8Array> =>
    sharp({ create: { width, height, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
  const write = async (images: StoredImage[]) => {
    const writer = await createLeRobot(here('a'), { fps: 10, features: { camera: { dtype: 'image', shape: [16, 32, 3] } } });
    const rows = [{ length: images.length, tasks: 'look', columns: {}, images: { camera: images } }];
    await writer.addEpisode({ length: images.length, rows });
    await writer.finish();
  };

  test('are fine as they should be', async () => {
    const bytes = await picture(32, 16);
    await write([{ bytes }, { bytes, path: 'a.png' }]);
  });

  test.each([
    ['none', async () => ({}), 'the picture of "camera" in row 1 has no bytes'],
    ['only a path', async () => ({ path: '/b.png' }), 'the picture of "camera" in row 1 has no bytes but a path, /b.png'],
    ['no bytes', async () => ({ bytes: new Uint8Array() }), 'the picture of "camera" in row 1 has no bytes'],
    ['no picture', async () => ({ bytes: Uint8Array.of(1, 2, 3) }), 'the picture of "camera" in row 1 is no picture that can be read'],
    [
      'another size',
      async () => ({ bytes: await picture(16, 32) }),
      'the picture of "camera" in row 1 is 16×32, but its feature says 32×16 (shape [16, 32, 3])',
    ],
  ])('%s is refused', async (_, make, message) => {
    await expect(write([{ bytes: await picture(32, 16) }, await make()])).rejects.toThrow(message);
    expect(await readdir(here())).toEqual([]);
  });
});

test('errors name the dataset, and not the folder in which it is made', async () => {
  const empty = await createLeRobot(here('a'), options);
  await expect(empty.finish()).rejects.toThrow(`${here('a')}: a dataset needs at least one episode`);
  const writer = await createLeRobot(here('a'), options);
  const state = { shape: [2], data: Float64Array.of(0, 1, 2, 1e39) };
  await expect(writer.addEpisode({ length: 2, rows: [{ ...block(2), columns: { state } }] })).rejects.toThrow(
    `${here('a/data/chunk-000/file-000.parquet')}: column "state" of float32 cannot hold 1e+39 in row 1`,
  );
});

test('statistics of all and of every episode', async () => {
  const writer = await createLeRobot(here('a'), options);
  await writer.addEpisode({ length: 101, rows: [block(101)] });
  await writer.addEpisode({
    length: 2,
    rows: [{ ...block(2), columns: { state: { shape: [2], data: Float32Array.of(500, Number.NaN, 7, 8) } } }],
  });
  await writer.finish();
  const { state, frame_index } = await json('a', 'meta', 'stats.json');
  expect(state).toMatchObject({ min: [0, -100], max: [500, 8], count: [103], q01: [1.02, -98.99], q50: [50, -49.5] });
  expect((state as { mean: number[] }).mean[0]).toBeCloseTo(5557 / 103, 12);
  expect(frame_index).toMatchObject({ min: [0], max: [100] });
  const parquet = await openParquet(here('a/meta/episodes/chunk-000/file-000.parquet'));
  const columns = ['stats/state/min', 'stats/state/q99', 'stats/state/count', 'meta/episodes/chunk_index'];
  expect(await parquet.readObjects(columns)).toEqual([
    { 'stats/state/min': [0, -100], 'stats/state/q99': [99, -1], 'stats/state/count': [101], 'meta/episodes/chunk_index': 0 },
    { 'stats/state/min': [7, 8], 'stats/state/q99': [495.07, 8], 'stats/state/count': [2], 'meta/episodes/chunk_index': 0 },
  ]);
  await parquet.close();
});

test('frames are encoded, videos are copied, and all are in one file', async () => {
  const writer = await createLeRobot(here('a'), { ...options, features: { state: STATE, camera: CAMERA } });
  await writeVideo(here('copied.mp4'), 7, { base: 60 });
  await writer.addEpisode({ length: 9, rows: [block(9)], cameras: { camera: { frames: greys(9) } } });
  await writer.addEpisode({ length: 7, rows: [block(7)], cameras: { camera: { video: here('copied.mp4') } } });
  await writer.addEpisode({ length: 4, rows: [block(4)], cameras: { camera: { frames: greys(4) } } });
  await writer.finish();
  const source = await openLeRobot(here('a'));
  for (const [episode, base] of [
    [0, 20],
    [1, 60],
    [2, 20],
  ] as const) {
    const { length } = source.episodes[episode] as { length: number };
    const camera = await source.openCamera(episode, 'camera');
    expect(camera.length).toBe(length);
    const seen: number[] = [];
    for (let i = 0; i < length; i++) seen.push(number(await camera.at(Math.fround(i / 10)), base));
    expect(seen).toEqual(Array.from({ length }, (_, i) => i));
    // What is asked for beyond the end is the last frame, not the next episode's first.
    expect(number(await camera.at(length / 10), base)).toBe(length - 1);
    camera.close();
  }
  const { camera } = await json('a', 'meta', 'stats.json');
  expect(camera).toMatchObject({ count: [20], mean: [[[expect.any(Number)]], [[expect.any(Number)]], [[expect.any(Number)]]] });
  const mean = (camera as { mean: number[][][] }).mean[0]?.[0]?.[0] as number;
  // 9 and 4 frames from grey 20 up, 7 from 60 up, each 10 lighter than the one before, with a ramp of 0 to 31
  expect(255 * mean).toBeCloseTo(((60 + 15.5) * 9 + (90 + 15.5) * 7 + (35 + 15.5) * 4) / 20, -0.5);
  const info = (await json('a', 'meta', 'info.json')).features as Record<string, object>;
  expect(info.camera).toMatchObject({ names: ['height', 'width', 'channels'], info: { 'video.codec': 'h264', 'video.fps': 10 } });
  expect(await readdir(here('a'))).toEqual(['data', 'meta', 'videos']);
  await source.close();
});

test('files that would become too large are followed by others, in chunks', async () => {
  const small = { dataFileMegabytes: 1e-4, videoFileMegabytes: 1e-4, chunksSize: 2 };
  const writer = await createLeRobot(here('a'), { ...options, ...small, features: { state: STATE, camera: CAMERA } });
  for (const length of [3, 2, 4, 1])
    await writer.addEpisode({ length, rows: [block(length)], cameras: { camera: { frames: greys(length) } } });
  await writer.finish();
  const source = await openLeRobot(here('a'));
  const files = await Promise.all(source.episodes.map((_, i) => source.lerobot.dataFile(i)));
  expect(files.map(({ file }) => file)).toEqual([0, 0, 1, 1].map((chunk, i) => `data/chunk-00${chunk}/file-00${i % 2}.parquet`));
  expect((await source.lerobot.videoFile(3, 'camera'))?.file).toBe('videos/camera/chunk-001/file-001.mp4');
  expect((await allRows(source)).map(({ length }) => length)).toEqual([3, 2, 4, 1]);
  const camera = await source.openCamera(2, 'camera');
  expect(number(await camera.at(0.3))).toBe(3);
  camera.close();
  await source.close();
});

test('videos that do not fit behind one another get files of their own', async () => {
  const { createVideo } = await import('../../../src/data/video/writer.ts');
  for (const [name, codec] of [
    ['a.mp4', 'h264'],
    ['b.mp4', 'av1'],
    ['c.mp4', 'h264'],
  ] as const) {
    const video = await createVideo(here(name), {
      width: 64,
      height: 64,
      fps: 10,
      codec,
      ...(name === 'c.mp4' && { preset: 'ultrafast' }),
    });
    for (const frame of greys(4, 64, 64)) video.write(frame);
    await video.finish();
  }
  const writer = await createLeRobot(here('a'), { ...options, features: { state: STATE, camera: { dtype: 'video', shape: [64, 64, 3] } } });
  for (const name of ['a.mp4', 'c.mp4', 'b.mp4']) {
    await writer.addEpisode({ length: 4, rows: [block(4)], cameras: { camera: { video: here(name) } } });
  }
  await writer.finish();
  const source = await openLeRobot(here('a'));
  const places = await Promise.all([0, 1, 2].map((episode) => source.lerobot.videoFile(episode, 'camera')));
  expect(places.map((place) => [place?.file.slice(-12), place?.from])).toEqual([0, 1, 2].map((i) => [`file-00${i}.mp4`, 0]));
  for (const episode of [0, 1, 2]) {
    const camera = await source.openCamera(episode, 'camera');
    expect(number(await camera.at(0.2))).toBe(2);
    camera.close();
  }
  await source.close();
});

describe('what is refused', () => {
  test('a folder with something in it; an empty one is fine', async () => {
    await mkdir(here('a'));
    await writeFile(here('a', 'notes.txt'), '');
    await expect(createLeRobot(here('a'), options)).rejects.toThrow('a is not empty (there is notes.txt in it); choose a new folder');
    await mkdir(here('b'));
    const writer = await createLeRobot(here('b'), options);
    await writer.addEpisode({ length: 1, rows: [block(1)] });
    await writer.finish();
    await expect(createLeRobot(here('b'), options)).rejects.toThrow('b is not empty');
  });

  test.each([
    [{ features: { 'a/b': STATE } }, 'a feature cannot be called "a/b"'],
    [{ features: { state: { ...STATE, names: ['x'] } } }, 'feature "state" has 1 names for 2 values'],
    [{ features: { state: { dtype: 'complex64', shape: [2] } } }, 'feature "state" has dtype "complex64", which cannot be written'],
    [
      { features: { camera: { dtype: 'video', shape: [16, 32] } } },
      'camera "camera" needs a shape [height, width, channels], got [16, 32]',
    ],
    [{ fps: 0 }, 'fps must be a positive number, got 0'],
  ])('%j', async (wrong, message) => {
    await expect(createLeRobot(here('a'), { ...options, ...wrong })).rejects.toThrow(message);
    expect(await readdir(here())).toEqual([]);
  });

  const features = { state: STATE, camera: CAMERA };
  const cameras = { camera: { frames: [...greys(3)] } };
  test.each([
    ['too few rows', { length: 3, rows: [block(2)], cameras }, '3 rows were announced, but there are 2'],
    ['too many rows', { length: 3, rows: [block(2), block(2)], cameras }, '3 rows were announced, but there are more'],
    ['no rows', { length: 0, rows: [], cameras }, 'an episode needs at least one row, got 0'],
    ['no frames', { length: 3, rows: [block(3)] }, 'there are no frames of camera'],
    [
      'too few frames',
      { length: 3, rows: [block(3)], cameras: { camera: { frames: greys(2) } } },
      'there are 2 frames of "camera" for 3 rows',
    ],
    ['frames of another size', { length: 3, rows: [block(3)], cameras: { camera: { frames: greys(3, 16, 16) } } }, 'frame 0 is 16×16'],
    [
      'another feature',
      { length: 3, rows: [{ ...block(3), columns: {} }], cameras },
      'there are no values of feature "state" (dtype float32)',
    ],
    [
      'another shape',
      { length: 2, rows: [{ ...block(2), columns: { state: { shape: [1, 2], data: new Float32Array(4) } } }], cameras },
      'feature "state" has shape [2], but values of shape [1, 2] came',
    ],
  ])('%s, and then nothing is left', async (_, content, message) => {
    const writer = await createLeRobot(here('a'), { ...options, features });
    await writer.addEpisode({ length: 3, rows: [block(3)], cameras });
    await expect(writer.addEpisode(content)).rejects.toThrow(message);
    expect(await readdir(here())).toEqual([]);
    await expect(writer.finish()).rejects.toThrow('a is no longer being written');
  });

  test('a dataset without episodes', async () => {
    const writer = await createLeRobot(here('a'), options);
    await expect(writer.finish()).rejects.toThrow('a dataset needs at least one episode');
    expect(await readdir(here())).toEqual([]);
  });

  test('two episodes at once', async () => {
    const writer = await createLeRobot(here('a'), options);
    const first = writer.addEpisode({ length: 1, rows: [block(1)] });
    await expect(writer.addEpisode({ length: 1, rows: [block(1)] })).rejects.toThrow('an episode is still being written');
    await first;
    await writer.finish();
  });
});

test('until it is finished, nothing has the name of the dataset; what is abandoned is gone', async () => {
  const writer = await createLeRobot(here('a'), { ...options, features: { state: STATE, camera: CAMERA } });
  await writer.addEpisode({ length: 3, rows: [block(3)], cameras: { camera: { frames: greys(3) } } });
  expect(await readdir(here())).toEqual([expect.stringMatching(/^a\..*\.tmp$/)]);
  await writer.abandon();
  await writer.abandon();
  expect(await readdir(here())).toEqual([]);
});
