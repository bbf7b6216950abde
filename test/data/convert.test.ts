import { mkdir, readdir, readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { parseBinding } from '../../src/data/binding.ts';
import { type ConvertProgress, convert } from '../../src/data/convert.ts';
import { bindDataset } from '../../src/data/dataset.ts';
import { type LeRobotSource, openLeRobot } from '../../src/data/lerobot/open.ts';
import { createLeRobot, type RowBlock } from '../../src/data/lerobot/write.ts';
import type { EpisodeSource, Frame } from '../../src/data/source.ts';
import { openVideoFolder } from '../../src/data/video/folder.ts';
import { readEmbodimentFiles } from '../../src/robot/embodiments.node.ts';
import { allRows, G1, greys, temporaryFolder, tiny, writeV21, writeVideo } from './lerobot/support.ts';
import { memorySource } from './memory-source.ts';
import { numberIn, writeNumbered } from './videos.ts';

const here = temporaryFolder();
const CAMERA = 'observation.images.cam_high';

/** Frames of an episode at the times of some rows. */
async function frames(source: EpisodeSource, episode: number, camera: string, rows: readonly number[]): Promise<Frame[]> {
  const { timestamps } = await source.readRows(episode, { columns: [] });
  const reader = await source.openCamera(episode, camera);
  const found: Frame[] = [];
  for (const row of rows) found.push(await reader.at(timestamps[row] as number));
  reader.close();
  return found;
}

/** Opens a dataset for the time of `use`. */
async function using<T>(dir: string, use: (source: LeRobotSource) => Promise<T>): Promise<T> {
  const source = await openLeRobot(dir);
  return use(source).finally(() => source.close());
}

test('a real dataset: values and pixels stay as they are, bit for bit', { timeout: 30_000 }, async () => {
  await using(G1, async (original) => {
    const report = await convert(original, here('a'));
    expect(report).toMatchObject({ episodes: 2, frames: 120, copiedVideos: 2, encodedVideos: 0, repairedTimestamps: [] });
    await using(here('a'), async (converted) => {
      expect(converted).toMatchObject({
        format: 'lerobot-v3.0',
        features: original.features,
        episodes: original.episodes,
        cameras: original.cameras,
      });
      expect(await allRows(converted)).toEqual(await allRows(original));
      for (const episode of [0, 1]) {
        const rows = [0, 1, 30, 59];
        const [mine, other] = [await frames(converted, episode, CAMERA, rows), await frames(original, episode, CAMERA, rows)];
        for (const [i, { data }] of mine.entries()) expect(Buffer.compare(data, other[i]?.data ?? data.subarray(1))).toBe(0);
      }
    });
  });
});

test('episodes that were chosen, in their order, with progress', async () => {
  await writeV21(here('a'), tiny(3, 5, 4));
  const seen: ConvertProgress[] = [];
  await using(here('a'), async (source) => {
    await convert(source, here('b'), { episodes: [2, 0], extra: { gear: 1 }, onProgress: (progress) => seen.push(progress) });
    await expect(convert(source, here('c'), { episodes: [3] })).rejects.toThrow('a has 3 episodes, there is none in position 3');
    const [, , third] = await allRows(source);
    expect((await using(here('b'), allRows))[0]).toEqual(third);
  });
  expect(seen.at(-1)).toEqual({ episode: 2, episodes: 2, done: 7, total: 7, stage: 'statistics' });
  expect(JSON.parse(await readFile(here('b/meta/info.json'), 'utf8'))).toMatchObject({ gear: 1, total_episodes: 2 });
});

describe('videos', () => {
  const CAM = { dtype: 'video', shape: [16, 32, 3] };
  const withVideos = async (...lengths: number[]) => {
    const dataset = tiny(...lengths);
    await writeV21(here('a'), { ...dataset, features: { ...dataset.features, cam: CAM } });
    for (const [i, length] of lengths.entries()) await writeVideo(here(`a/videos/chunk-000/cam/episode_00000${i}.mp4`), length);
  };
  const grey = ({ data }: Frame): number => Math.max(Math.round(((data[0] as number) - 20) / 10), 0);

  test('are copied if nothing else is asked for, also when the codec is the one asked for', async () => {
    await withVideos(4);
    await using(here('a'), async (source) => {
      expect(await convert(source, here('b'))).toMatchObject({ copiedVideos: 1, encodedVideos: 0 });
      expect(await convert(source, here('c'), { videoCodec: 'h264' })).toMatchObject({ copiedVideos: 1, encodedVideos: 0 });
    });
  });

  test('are encoded in another size', async () => {
    await withVideos(4, 3);
    const apply = (frame: Frame): Frame => ({ width: 16, height: 8, data: frame.data.slice(0, 16 * 8 * 3) });
    await using(here('a'), async (source) => {
      const report = await convert(source, here('b'), { videoCodec: 'h264', resize: { width: 16, height: 8, apply } });
      expect(report).toMatchObject({ copiedVideos: 0, encodedVideos: 2 });
    });
    await using(here('b'), async (source) => {
      expect(source.features.cam?.shape).toEqual([8, 16, 3]);
      expect((await frames(source, 1, 'cam', [0, 1, 2])).map(({ width, height }) => [width, height])).toEqual(new Array(3).fill([16, 8]));
    });
  });

  test('of several episodes are copied if all of them are wanted, and else encoded again', { timeout: 30_000 }, async () => {
    await withVideos(4, 3, 5);
    await using(here('a'), (source) => convert(source, here('b')));
    await using(here('b'), async (source) => {
      expect(await convert(source, here('c'))).toMatchObject({ copiedVideos: 3, encodedVideos: 0 });
      expect(await convert(source, here('d'), { episodes: [1, 2], videoCodec: 'h264' })).toMatchObject({
        copiedVideos: 0,
        encodedVideos: 2,
      });
      expect(await convert(source, here('e'), { episodes: [0, 2], videoCodec: 'h264' })).toMatchObject({
        copiedVideos: 0,
        encodedVideos: 2,
      });
      await using(here('c'), async (copy) => {
        const videos = [await copy.lerobot.videoFile(2, 'cam'), await source.lerobot.videoFile(2, 'cam')];
        expect(videos[0]).toEqual({ ...videos[1], path: here('c/videos/cam/chunk-000/file-000.mp4') });
        for (const [episode, length] of [4, 3, 5].entries()) {
          const rows = Array.from({ length }, (_, i) => i);
          expect((await frames(copy, episode, 'cam', rows)).map(grey)).toEqual(rows);
        }
      });
    });
    await using(here('e'), async (source) => {
      expect((await frames(source, 1, 'cam', [0, 1, 2, 3, 4])).map(grey)).toEqual([0, 1, 2, 3, 4]);
    });
  });

  test('with fewer frames than rows are an error, and nothing is left', async () => {
    await withVideos(4, 3);
    await writeVideo(here('a/videos/chunk-000/cam/episode_000001.mp4'), 2);
    await using(here('a'), async (source) => {
      await expect(convert(source, here('b'))).rejects.toThrow(/a, episode 1: .*episode_000001\.mp4 has 2 frames for 3 rows/);
    });
    expect(await readdir(here())).toEqual(['a']);
  });

  test('timestamps that LeRobot refuses are repaired; where frames are elsewhere, they are taken from there', async () => {
    await withVideos(6, 6, 6);
    await using(here('a'), async (source) => {
      // A clock that is a bit off, and one that runs at half the speed
      const clocks = [(time: number) => time, (time: number) => time * 1.01, (time: number) => time / 2];
      const drifting: LeRobotSource = {
        ...source,
        readRows: async (episode, range) => {
          const rows = await source.readRows(episode, range);
          return { ...rows, timestamps: rows.timestamps.map(clocks[episode] as (time: number) => number) };
        },
      };
      expect(await convert(drifting, here('b'), { writer: { video: { codec: 'h264' } } })).toMatchObject({
        copiedVideos: 2,
        encodedVideos: 1,
        repairedTimestamps: [1, 2],
      });
    });
    await using(here('b'), async (source) => {
      for (const episode of [0, 1, 2]) {
        const { timestamps } = await source.readRows(episode);
        expect(Array.from(timestamps)).toEqual([0, 1, 2, 3, 4, 5].map((frame) => Math.fround(frame / 10)));
      }
      expect((await frames(source, 1, 'cam', [0, 1, 2, 3, 4, 5])).map(grey)).toEqual([0, 1, 2, 3, 4, 5]);
      const slow = (await frames(source, 2, 'cam', [0, 2, 4])).map(grey);
      expect(slow).toEqual([0, 1, 2]);
    });
  });

  test('with fewer frames than rows are an error also where they are encoded', async () => {
    await withVideos(4, 3);
    await writeVideo(here('a/videos/chunk-000/cam/episode_000001.mp4'), 2);
    await using(here('a'), async (source) => {
      const apply = (frame: Frame): Frame => frame;
      await expect(convert(source, here('b'), { resize: { width: 32, height: 16, apply } })).rejects.toThrow(
        /a, episode 1: .*episode_000001\.mp4 has 2 frames for 3 rows/,
      );
    });
    expect(await readdir(here())).toEqual(['a']);
  });

  test('of rows whose times do not begin at 0 are those of the rows', async () => {
    await withVideos(6);
    await using(here('a'), async (source) => {
      const late: LeRobotSource = {
        ...source,
        readRows: async (episode, range) => {
          const rows = await source.readRows(episode, range);
          return { ...rows, timestamps: rows.timestamps.map((time) => time + 5) };
        },
      };
      const report = await convert(late, here('b'), { writer: { video: { codec: 'h264' } } });
      expect(report).toMatchObject({ copiedVideos: 1, encodedVideos: 0, repairedTimestamps: [0] });
    });
    await using(here('b'), async (source) => {
      expect((await frames(source, 0, 'cam', [0, 1, 2, 3, 4, 5])).map(grey)).toEqual([0, 1, 2, 3, 4, 5]);
    });
  });

  test('when it is told to stop, nothing is left', async () => {
    await withVideos(4, 3);
    const stop = new AbortController();
    await using(here('a'), async (source) => {
      const converting = convert(source, here('b'), { onProgress: ({ episode }) => episode === 1 && stop.abort(), signal: stop.signal });
      await expect(converting).rejects.toThrow(/abort/i);
    });
    expect(await readdir(here())).toEqual(['a']);
  });
});

test('pictures in data files stay there, byte for byte, and can become videos', async () => {
  const features = {
    cam: { dtype: 'image', shape: [16, 32, 3] },
    note: { dtype: 'string', shape: [1] },
    x: { dtype: 'int64', shape: [1] },
  };
  const writer = await createLeRobot(here('a'), { fps: 10, features });
  const images: { bytes: Uint8Array; path: string }[] = [];
  for (const { data, width, height } of greys(5)) {
    images.push({
      bytes: new Uint8Array(
        await sharp(data, { raw: { width, height, channels: 3 } })
          .png()
          .toBuffer(),
      ),
      path: `${images.length}.png`,
    });
  }
  const rows: RowBlock = {
    length: 5,
    tasks: 'look',
    columns: { x: { shape: [1], data: Float64Array.of(1, 2, 3, 4, 5) } },
    strings: { note: ['a', undefined, 'c', '', 'e'] },
    images: { cam: images },
  };
  await writer.addEpisode({ length: 5, rows: [rows] });
  await writer.finish();
  await using(here('a'), async (source) => {
    expect(await convert(source, here('b'))).toMatchObject({ copiedVideos: 0, encodedVideos: 0 });
    expect(await convert(source, here('c'), { videoCodec: 'h264' })).toMatchObject({ encodedVideos: 1 });
  });
  await using(here('b'), async (source) => {
    expect(await source.lerobot.readImages(0, 'cam')).toEqual(images);
    expect(await source.lerobot.readStrings(0, 'note')).toEqual(['a', undefined, 'c', '', 'e']);
    expect(await frames(source, 0, 'cam', [0, 4])).toEqual(
      [...greys(5)].filter((_, i) => i % 4 === 0).map((frame) => expect.objectContaining({ width: frame.width, data: expect.anything() })),
    );
    const [first] = await frames(source, 0, 'cam', [3]);
    expect(Array.from(first?.data ?? [])).toEqual(Array.from([...greys(5)][3]?.data ?? []));
    expect(JSON.parse(await readFile(here('b/meta/stats.json'), 'utf8'))).toMatchObject({
      cam: { count: [5], min: [[[20 / 255]], [[20 / 255]], [[20 / 255]]] },
    });
  });
  await using(here('c'), async (source) => {
    expect(source.features.cam?.dtype).toBe('video');
    expect((await source.readRows(0)).columns.x?.data).toEqual(Float64Array.of(1, 2, 3, 4, 5));
  });
});

test('videos of other rates keep their speed: frames are left out or repeated', async () => {
  await mkdir(here('a'));
  await writeNumbered(here('a/1.mp4'), 10, { fps: 20 });
  await writeNumbered(here('a/2.mp4'), 12, { fps: 60 }, 100);
  await writeNumbered(here('a/3.mp4'), 6, { fps: 10 }, 200);
  await writeNumbered(here('a/4.mp4'), 10, { fps: 20.2 }, 300);
  const seen: ConvertProgress[] = [];
  const source = await openVideoFolder(here('a'));
  const report = await convert(source, here('b'), { videoCodec: 'h264', onProgress: (progress) => seen.push(progress) });
  expect(report).toMatchObject({ episodes: 4, frames: 10 + 4 + 12 + 10, encodedVideos: 4, resampled: [1, 2], repairedTimestamps: [3] });
  expect(seen.at(-1)).toMatchObject({ done: 72, total: 72 });
  await using(here('b'), async (converted) => {
    expect(converted.fps).toBe(20);
    expect(converted.episodes.map(({ length }) => length)).toEqual([10, 4, 12, 10]);
    const shown = async (episode: number) => {
      const reader = await converted.openCamera(episode, 'video');
      const numbers = [];
      for (let i = 0; i < reader.length; i++) numbers.push(numberIn(await reader.at(i / 20)));
      reader.close();
      return numbers;
    };
    expect(await shown(0)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await shown(1)).toEqual([100, 103, 106, 109]);
    expect(await shown(2)).toEqual([200, 200, 201, 201, 202, 202, 203, 203, 204, 204, 205, 205]);
    expect(await shown(3)).toEqual([300, 301, 302, 303, 304, 305, 306, 307, 308, 309]);
    const { timestamps } = await converted.readRows(1);
    expect(Array.from(timestamps)).toEqual([0, 0.05, 0.1, 0.15].map(Math.fround));
  });
});

test('rows with values at another rate are refused', async () => {
  const source = memorySource({ rows: 20, fps: 20, values: { x: (t) => [t] } });
  const [episode] = source.episodes;
  const slow: EpisodeSource = {
    ...source,
    episodes: [{ index: 4, length: 20, tasks: [], ...episode, fps: 10 }],
    readRows: async (position, range) => {
      const rows = await source.readRows(position, range);
      return { ...rows, timestamps: rows.timestamps.map((time) => 2 * time) };
    },
  };
  await expect(convert(slow, here('a'))).rejects.toThrow(
    'memory, episode 0 has 10 rows per second and the dataset 20: what "x" is in between is not known',
  );
  expect(await readdir(here())).toEqual([]);
});

test('a dataset without episodes cannot be made, and the message names it', async () => {
  const source = memorySource({ rows: 2, fps: 20, values: { x: (t) => [t] } });
  await expect(convert(source, here('a'), { episodes: [] })).rejects.toThrow(`${here('a')}: a dataset needs at least one episode`);
});

test('names with slashes become names that LeRobot allows, in the binding as well', async () => {
  const source = memorySource({
    rows: 4,
    fps: 20,
    values: { 'obs/joints': (t) => Array.from({ length: 7 }, (_, j) => t + j), actions: (t) => [t] },
    cameras: ['obs/agentview_rgb'],
  });
  const binding = parseBinding(
    {
      embodiment: 'panda',
      arms: {
        either: {
          state: { kind: 'joints', joints: { feature: 'obs/joints', columns: [0, 1, 2, 3, 4, 5, 6] } },
          gripper: { feature: 'actions', columns: [0], closed: 0, open: 1 },
        },
      },
      cameras: { head: 'obs/agentview_rgb' },
    },
    'the binding',
  );
  await convert(source, here('slashes'), { binding: { binding, robot: await readEmbodimentFiles('panda') }, videoCodec: 'h264' });
  await using(here('slashes'), async (converted) => {
    expect(Object.keys(converted.features)).toEqual(['obs.joints', 'actions', 'obs.agentview_rgb']);
    expect((await converted.readRows(0)).columns['obs.joints']?.data).toEqual((await source.readRows(0)).columns['obs/joints']?.data);
    const bound = await bindDataset(converted);
    expect(bound?.binding.cameras).toEqual({ head: 'obs.agentview_rgb' });
    expect(bound?.tracks(await converted.readRows(0), 'here')[0]?.jointCount).toBe(7);
  });
  const twice = { ...source, features: { ...source.features, 'obs.joints': { dtype: 'float32', shape: [1] } } };
  await expect(convert(twice, here('twice'))).rejects.toThrow('names of features become the same where slashes become dots');
});
