/** Datasets that are broken: each says what is wrong, where, and what would be right, and only where it is touched. */
import { mkdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { convert } from '../../../src/data/convert.ts';
import { openLeRobot } from '../../../src/data/lerobot/open.ts';
import { createParquet } from '../../../src/data/parquet-write.ts';
import { editInfo, temporaryFolder, tiny, writeV21, writeVideo } from './support.ts';

const here = temporaryFolder();

const CAMERA = { dtype: 'video', shape: [16, 32, 3] };
const video = (episode: number): string => here(`a/videos/chunk-000/camera/episode_00000${episode}.mp4`);
const data = (episode: number): string => here(`a/data/chunk-000/episode_00000${episode}.parquet`);

beforeEach(async () => {
  const dataset = tiny(12, 9);
  await writeV21(here('a'), { ...dataset, features: { ...dataset.features, camera: CAMERA } });
  await writeVideo(video(0), 12);
  await writeVideo(video(1), 9);
});

const reading = async (episode: number, columns?: string[]) => {
  const source = await openLeRobot(here('a'));
  await source.readRows(episode, columns && { columns }).finally(() => source.close());
};
const looking = async (episode: number) => {
  const source = await openLeRobot(here('a'));
  (await source.openCamera(episode, 'camera')).close();
};
const state = (info: Record<string, unknown>): Record<string, unknown> =>
  (info.features as Record<string, Record<string, unknown>>).state ?? {};

test('it is fine before it is broken', async () => {
  await reading(0);
  await looking(1);
});

describe('what is no dataset, or of another version', () => {
  test('a folder without one, and none', async () => {
    await mkdir(here('b'));
    await expect(openLeRobot(here('b'))).rejects.toThrow('b is no LeRobot dataset: there is no meta/info.json in it');
    await expect(openLeRobot(here('c'))).rejects.toThrow('c is no folder with a dataset');
  });

  test.each([
    [
      'v1.6',
      'of version v1.6, and only 2.1 and 3.0 can be read; convert it with LeRobot 0.3: python -m lerobot.datasets.v2.convert_dataset_v1_to_v2',
    ],
    [
      'v2.0',
      'of version v2.0, and only 2.1 and 3.0 can be read; convert it with LeRobot 0.3: python -m lerobot.datasets.v21.convert_dataset_v20_to_v21',
    ],
    ['v4.0', 'of version v4.0, and only 2.1 and 3.0 can be read'],
    [3, 'codebase_version should be "v2.1" or "v3.0", found 3'],
  ])('version %s', async (codebase_version, message) => {
    await editInfo(here('a'), (info) => Object.assign(info, { codebase_version }));
    await expect(openLeRobot(here('a'))).rejects.toThrow(message);
  });

  test('version 1, whose metadata are in another folder', async () => {
    await rm(here('a/meta'), { recursive: true });
    await mkdir(here('a/meta_data'));
    await writeFile(here('a/meta_data/info.json'), '{"codebase_version": "v1.6"}');
    await expect(openLeRobot(here('a'))).rejects.toThrow('a LeRobot dataset of version v1.x');
  });
});

describe('an info.json', () => {
  test('that is no JSON', async () => {
    await writeFile(here('a/meta/info.json'), '{"fps": ');
    await expect(openLeRobot(here('a'))).rejects.toThrow(/meta\/info\.json is no JSON: /);
  });

  test('with wrong fields', async () => {
    await editInfo(here('a'), (info) => Object.assign(info, { fps: 'fast', data_path: undefined }));
    await expect(openLeRobot(here('a'))).rejects.toThrow(/meta\/info\.json: fps: .*expected number.*; data_path: .*expected string/);
  });

  test('that lies about fps', async () => {
    await editInfo(here('a'), (info) => Object.assign(info, { fps: 50 }));
    await expect(reading(0)).rejects.toThrow(
      /a, episode 0: .*episode_000000\.parquet: by their timestamps its rows are 0\.1000 s apart \(10\.00 per second\), but meta\/info\.json says fps 50/,
    );
  });

  test('that lies about the shape of a feature', async () => {
    await editInfo(here('a'), (info) => Object.assign(state(info), { shape: [4], names: null }));
    await expect(reading(1)).rejects.toThrow(
      /a, episode 1: .*episode_000001\.parquet: column "state" has 3 values in row 0, but its shape is \[4\]/,
    );
    await reading(1, ['reward']);
  });

  test('that lies about the size of frames', async () => {
    await editInfo(here('a'), (info) => Object.assign(info.features as object, { camera: { dtype: 'video', shape: [480, 640, 3] } }));
    await expect(looking(0)).rejects.toThrow(/a, episode 0: .*mp4: frames of "camera" are 32×16, but meta\/info\.json says 640×480/);
    await reading(0);
  });

  test('with a feature that no file has', async () => {
    await editInfo(here('a'), (info) => Object.assign(info.features as object, { force: { dtype: 'float32', shape: [6] } }));
    await expect(reading(0)).rejects.toThrow(/episode_000000\.parquet: there is no column "force", only state, reward, timestamp,/);
    await reading(0, ['state']);
  });

  test('whose totals are wrong can be used, and is said to be', async () => {
    await editInfo(here('a'), (info) => Object.assign(info, { total_frames: 99, total_episodes: 3 }));
    const source = await openLeRobot(here('a'));
    expect(source.lerobot.problems).toEqual([
      'meta/info.json says there are 3 episodes, but 2 are listed',
      'meta/info.json says there are 99 frames, but the episodes have 21 in all',
    ]);
  });
});

describe('an episode', () => {
  test('without its rows fails where it is read, and only there', async () => {
    await rm(data(1));
    await expect(reading(1)).rejects.toThrow(/a, episode 1: .*episode_000001\.parquet: cannot be opened: ENOENT/);
    await reading(0);
  });

  test('whose file is cut off', async () => {
    await truncate(data(1), 700);
    await expect(reading(1)).rejects.toThrow(/a, episode 1: .*episode_000001\.parquet: no readable parquet file \(700 bytes\)/);
  });

  test('without its video', async () => {
    await rm(video(1));
    await expect(looking(1)).rejects.toThrow(/a, episode 1: there is no video .*episode_000001\.mp4/);
    await looking(0);
  });

  test('whose video is cut off', async () => {
    await truncate(video(1), 500);
    await expect(looking(1)).rejects.toThrow(
      /a, episode 1: .*episode_000001\.mp4 is cut off: its mdat box should go on to byte 1021, but the file ends at 500/,
    );
  });

  test('of another length than the metadata say', async () => {
    await rename(data(1), data(0));
    await expect(reading(0)).rejects.toThrow(/a, episode 0: .*episode_000000\.parquet has 9 rows, but the metadata give it 12 rows/);
  });

  test('whose rows are those of another one', async () => {
    await writeV21(here('b'), tiny(9, 12));
    await rename(here('b/data/chunk-000/episode_000001.parquet'), data(0));
    await expect(reading(0, ['state'])).rejects.toThrow(/row 0 should be one of episode 0, but its episode_index is 1/);
  });

  test('with an instruction that is not listed', async () => {
    await writeFile(here('a/meta/tasks.jsonl'), '{"task_index": 0, "task": "pick"}\n');
    await expect(reading(0)).rejects.toThrow(/row 6 has task_index 1, but meta\/tasks has only 1 tasks, not that one/);
  });
});

describe('metadata', () => {
  test('with a damaged line', async () => {
    await writeFile(here('a/meta/episodes.jsonl'), '{"episode_index": 0, "length": 12, "tasks": []}\n{"episode_index": 1, "len');
    await expect(openLeRobot(here('a'))).rejects.toThrow(/meta\/episodes\.jsonl:2 is no JSON/);
    await writeFile(here('a/meta/episodes.jsonl'), '{"episode_index": 0, "length": -1, "tasks": []}\n');
    await expect(openLeRobot(here('a'))).rejects.toThrow(/meta\/episodes\.jsonl:1: length: /);
  });

  test('that are missing', async () => {
    await rm(here('a/meta/episodes.jsonl'));
    await expect(openLeRobot(here('a'))).rejects.toThrow(/meta\/episodes\.jsonl cannot be read: ENOENT/);
  });
});

describe('paths that lead out of the dataset are not opened', () => {
  test.each([
    ['data_path', '../{episode_chunk:03d}/{episode_index}.parquet', 'leads out of its folder'],
    ['data_path', 'data/../../{episode_chunk}{episode_index}', 'leads out of its folder'],
    ['data_path', '/etc/{episode_chunk}{episode_index}', 'is absolute'],
    ['data_path', 'C:\\{episode_chunk}{episode_index}', 'is absolute'],
    ['data_path', 'data\\..\\..\\{episode_chunk}{episode_index}', 'leads out of its folder'],
  ])('%s %s', async (field, template, message) => {
    await editInfo(here('a'), (info) => Object.assign(info, { [field]: template }));
    await expect(reading(0)).rejects.toThrow(message);
  });

  test('by the name of a camera', async () => {
    await editInfo(here('a'), (info) => Object.assign(info.features as object, { '../../../x': CAMERA }));
    const source = await openLeRobot(here('a'));
    await expect(source.openCamera(0, '../../../x')).rejects.toThrow('leads out of its folder');
    await expect(source.lerobot.videoFile(0, '../../../x')).rejects.toThrow('leads out of its folder');
  });

  test('by a symbolic link', async () => {
    await rename(data(0), here('outside.parquet'));
    await symlink(here('outside.parquet'), data(0));
    await expect(reading(0)).rejects.toThrow(
      /which is a symbolic link that leads out of its folder, to .*outside\.parquet; it is not opened/,
    );
  });

  test('by a symbolic link in place of metadata', async () => {
    for (const name of ['info.json', 'tasks.jsonl', 'episodes.jsonl']) {
      const file = here(`a/meta/${name}`);
      await rename(file, here(name));
      await symlink(here(name), file);
      await expect(openLeRobot(here('a'))).rejects.toThrow(
        new RegExp(`names the file "meta/${name}", which is a symbolic link that leads out of its folder.*local_dir`),
      );
      await rm(file);
      await rename(here(name), file);
    }
  });

  test('links of the cache of the hub lead to the blobs of the same dataset, and are fine', async () => {
    const hub = here('hub/datasets--user--name');
    await mkdir(`${hub}/snapshots`, { recursive: true });
    await mkdir(`${hub}/blobs`);
    await rename(here('a'), `${hub}/snapshots/abc`);
    const link = async (name: string, blob: string) => {
      await rename(`${hub}/snapshots/abc/${name}`, blob);
      await symlink(path.relative(path.dirname(`${hub}/snapshots/abc/${name}`), blob), `${hub}/snapshots/abc/${name}`);
    };
    const files = ['meta/info.json', 'meta/tasks.jsonl', 'meta/episodes.jsonl', 'data/chunk-000/episode_000000.parquet'];
    for (const [i, name] of files.entries()) await link(name, `${hub}/blobs/${i}`);
    await link('videos/chunk-000/camera/episode_000000.mp4', `${hub}/blobs/video`);
    const source = await openLeRobot(`${hub}/snapshots/abc`);
    await source.readRows(0);
    (await source.openCamera(0, 'camera')).close();
    // The blobs of another dataset are none of its business.
    await mkdir(here('hub/datasets--other--name/blobs'), { recursive: true });
    await link('data/chunk-000/episode_000001.parquet', here('hub/datasets--other--name/blobs/0'));
    await expect(source.readRows(1)).rejects.toThrow(/leads out of its folder, to .*datasets--other--name/);
    await source.close();
  });

  test('a link inside of it is fine, and so is one to all of it', async () => {
    await rename(data(0), here('a/elsewhere.parquet'));
    await symlink(here('a/elsewhere.parquet'), data(0));
    await reading(0);
    await symlink(here('a'), here('link'));
    const source = await openLeRobot(here('link'));
    await source.readRows(0);
    await source.close();
  });

  test.each([
    ['{episode}.parquet', '"{episode}.parquet" has a field {episode}, but only episode_chunk, episode_index are known'],
    ['{episode_index!r}.parquet', 'has braces that are no field'],
  ])('a template with other fields: %s', async (data_path, message) => {
    await editInfo(here('a'), (info) => Object.assign(info, { data_path }));
    await expect(openLeRobot(here('a'))).rejects.toThrow(message);
  });
});

describe('version 3.0', () => {
  beforeEach(async () => {
    const source = await openLeRobot(here('a'));
    await convert(source, here('b'));
    await source.close();
    await rm(here('a'), { recursive: true });
    await rename(here('b'), here('a'));
  });

  /** Replaces the list of episodes. */
  async function list(records: readonly Record<string, number>[]): Promise<void> {
    const names = Object.keys(records[0] ?? {});
    const output = createParquet(
      here('a/meta/episodes/chunk-000/file-000.parquet'),
      names.map((name) => ({ name, dtype: name.endsWith('timestamp') ? 'float64' : 'int64' })),
    );
    output.append(records.length, Object.fromEntries(names.map((name) => [name, records.map((record) => record[name] as number)])));
    await output.finish();
  }
  const place = { 'data/chunk_index': 0, 'data/file_index': 0 };
  const first = { episode_index: 0, length: 12, dataset_from_index: 0, dataset_to_index: 12, ...place };
  const second = { episode_index: 1, length: 9, dataset_from_index: 12, dataset_to_index: 21, ...place };

  test('it is fine before it is broken', async () => {
    await reading(1);
    await looking(1);
    await list([first, second]);
    await reading(1);
  });

  test('an episode whose rows are not as many as it is long', async () => {
    await list([first, { ...second, dataset_to_index: 20 }]);
    await expect(reading(1)).rejects.toThrow('a, episode 1: meta/episodes says that it has 9 rows, and that they are rows 12 to 20');
    await reading(0);
  });

  test('an episode that begins at another row', async () => {
    await list([first, { ...second, dataset_from_index: 11, dataset_to_index: 20 }]);
    await expect(reading(1)).rejects.toThrow(/file-000\.parquet: row 11 should be one of episode 1, but its episode_index is 0/);
  });

  test('an episode beyond the end of its file', async () => {
    await list([first, { ...second, dataset_from_index: 14, dataset_to_index: 23 }]);
    await expect(reading(1)).rejects.toThrow(/file-000\.parquet has 21 rows, but the metadata give it 9 rows, from row 14 of that file/);
  });

  test('an episode without a place in a video, and with one behind its end', async () => {
    await list([first, second]);
    await expect(looking(1)).rejects.toThrow('should have a number in videos/camera/chunk_index, found undefined');
    const video = { 'videos/camera/chunk_index': 0, 'videos/camera/file_index': 0 };
    const span = (from: number, to: number) => ({ ...video, 'videos/camera/from_timestamp': from, 'videos/camera/to_timestamp': to });
    await list([
      { ...first, ...span(0, 1.2) },
      { ...second, ...span(5, 6) },
    ]);
    await expect(looking(1)).rejects.toThrow(/file-000\.mp4 ends at 2\.100 s, but the episode should begin at 5 s in it/);
    await looking(0);
  });

  test('an episode with fewer frames than rows, of which the last is not taken for the rest', async () => {
    const video = { 'videos/camera/chunk_index': 0, 'videos/camera/file_index': 0 };
    await list([
      { ...first, ...video, 'videos/camera/from_timestamp': 0, 'videos/camera/to_timestamp': 1.2 },
      { ...second, ...video, 'videos/camera/from_timestamp': 1.2, 'videos/camera/to_timestamp': 1.7 },
    ]);
    const source = await openLeRobot(here('a'));
    const reader = await source.openCamera(1, 'camera');
    expect(reader.length).toBe(5);
    expect(await reader.at(0.5)).toEqual(await reader.at(0.4));
    await expect(reader.at(0.6)).rejects.toThrow(
      /the episode has no frame at 0\.6 s in .*file-000\.mp4 of "camera", only from 0 to 0\.4 s/,
    );
    reader.close();
    await expect(convert(source, here('c'), { episodes: [1] })).rejects.toThrow(/a, episode 1: .*file-000\.mp4 has 5 frames for 9 rows/);
    await source.close();
  });

  test('a folder of the list that cannot be read', async () => {
    await symlink('chunk-001', here('a/meta/episodes/chunk-001'));
    await expect(openLeRobot(here('a'))).rejects.toThrow(/a: meta\/episodes\/chunk-001 cannot be read: ELOOP/);
  });

  test('no list of episodes, or one without a column', async () => {
    await list([{ episode_index: 0, length: 12 }]);
    await expect(openLeRobot(here('a'))).rejects.toThrow(
      /file-000\.parquet: there is no column data\/chunk_index, data\/file_index, dataset_from_index/,
    );
    await rm(here('a/meta/episodes'), { recursive: true });
    await expect(openLeRobot(here('a'))).rejects.toThrow('but info.json says there are 2 episodes');
  });
});
