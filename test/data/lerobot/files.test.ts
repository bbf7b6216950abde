/** How many files a dataset keeps open. */
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { convert } from '../../../src/data/convert.ts';
import { openFiles } from '../../../src/data/lerobot/files.ts';
import { openLeRobot } from '../../../src/data/lerobot/open.ts';
import { createParquet } from '../../../src/data/parquet-write.ts';
import { randomStream } from '../../../src/tensor/random.ts';
import { temporaryFolder, tiny, writeV21, writeVideo } from './support.ts';

const here = temporaryFolder();

/** Descriptors of files in the test's folder */
function open(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(here());
    } catch {
      return false;
    }
  }).length;
}

describe.skipIf(!existsSync('/proc/self/fd'))('descriptors', () => {
  test('of data files: a few, however many read at the same time, and none in the end', async () => {
    for (let i = 0; i < 20; i++) {
      const output = createParquet(here(`${i}.parquet`), [{ name: 'a', dtype: 'int64' }]);
      output.append(1, { a: [i] });
      await output.finish();
    }
    const files = openFiles(here(), 3);
    const random = randomStream(0, 'files');
    const read = async () => {
      for (let k = 0; k < 60; k++) {
        const i = Math.floor(random.uniform() * 20);
        const [found] = await files.with(`${i}.parquet`, (file) => file.readNumbers('a', [1], 0, 1));
        expect(found).toBe(i);
      }
    };
    await Promise.all(Array.from({ length: 12 }, read));
    expect(open()).toBeLessThanOrEqual(3);
    await expect(files.with('20.parquet', async () => undefined)).rejects.toThrow('cannot be opened: ENOENT');
    await files.close();
    expect(open()).toBe(0);
  });

  test('of a video with several episodes: one, and none when the dataset is closed', { timeout: 30_000 }, async () => {
    const dataset = tiny(4, 3, 5);
    await writeV21(here('a'), { ...dataset, features: { ...dataset.features, camera: { dtype: 'video', shape: [16, 32, 3] } } });
    for (const [i, length] of [4, 3, 5].entries()) await writeVideo(here(`a/videos/chunk-000/camera/episode_00000${i}.mp4`), length);
    const original = await openLeRobot(here('a'));
    await convert(original, here('b')).finally(() => original.close());
    const source = await openLeRobot(here('b'));
    const readers = await Promise.all([0, 1, 2, 1].map((episode) => source.openCamera(episode, 'camera')));
    expect(open()).toBe(1);
    expect(readers.map(({ length }) => length)).toEqual([4, 3, 5, 3]);
    const frames = await Promise.all(readers.map((reader) => reader.at(0.2)));
    for (const reader of readers.slice(1)) reader.close();
    readers[1]?.close();
    expect(await readers[0]?.at(0.2)).toEqual(frames[0]);
    expect(frames[3]).toEqual(frames[1]);
    readers[0]?.close();
    // Whoever comes next finds it open; another video in its place is another one.
    expect(open()).toBe(1);
    await writeVideo(here('b/videos/camera/chunk-000/file-000.mp4'), 12, { base: 60 });
    const again = await source.openCamera(0, 'camera');
    expect((await again.at(0)).data[0]).toBeGreaterThan(50);
    await source.close();
    expect(open()).toBe(1);
    again.close();
    expect(open()).toBe(0);
  });
});
