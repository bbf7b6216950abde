import { expect, test } from 'vitest';
import { convert } from '../../../src/data/convert.ts';
import { encodeImage } from '../../../src/data/images.ts';
import { openLeRobot } from '../../../src/data/lerobot/open.ts';
import { createLeRobot } from '../../../src/data/lerobot/write.ts';
import { createParquet } from '../../../src/data/parquet-write.ts';
import { allRows, editInfo, G1, greys, RECORDED, temporaryFolder, tiny, writeV21, writeVideo } from './support.ts';

const here = temporaryFolder();

test('a real dataset: what it is', async () => {
  const source = await openLeRobot(G1);
  expect(source).toMatchObject({ name: 'g1-pick-bottle', root: G1, format: 'lerobot-v2.1', fps: 30, robotType: 'Unitree_G1_Inspire' });
  expect(source.cameras).toEqual(['observation.images.cam_high']);
  expect(Object.keys(source.features)).toEqual(['observation.state', 'action', 'observation.images.cam_high']);
  expect(source.features['observation.images.cam_high']).toEqual({ dtype: 'video', shape: [480, 640, 3] });
  expect(source.features.action?.names).toHaveLength(26);
  expect(source.features.action?.names?.slice(7, 9)).toEqual(['kRightShoulderPitch', 'kRightShoulderRoll']);
  const tasks = ['Pick up the yellow bottle on the table.'];
  expect(source.episodes).toEqual([0, 1].map((index) => ({ index, length: 60, tasks })));
  expect(source.lerobot.problems).toEqual([]);
  await source.close();
});

test('a real dataset: rows and frames', async () => {
  const source = await openLeRobot(G1);
  const rows = await source.readRows(1, { from: 10, to: 14 });
  expect(rows).toMatchObject({ from: 10, length: 4, tasks: new Array(4).fill('Pick up the yellow bottle on the table.') });
  expect(Array.from(rows.timestamps)).toEqual([10, 11, 12, 13].map((frame) => Math.fround(frame / 30)));
  expect(Object.keys(rows.columns)).toEqual(['observation.state', 'action']);
  expect(rows.columns.action).toMatchObject({ shape: [26], data: expect.any(Float32Array) });
  expect(rows.columns.action?.data).toHaveLength(4 * 26);
  const all = await source.readRows(1);
  expect(all.columns.action?.data.subarray(10 * 26, 14 * 26)).toEqual(rows.columns.action?.data);
  const camera = await source.openCamera(1, 'observation.images.cam_high');
  expect(camera.length).toBe(60);
  const frame = await camera.at(12 / 30);
  expect(frame).toMatchObject({ width: 640, height: 480 });
  expect(frame.data).toHaveLength(480 * 640 * 3);
  camera.close();
  await source.close();
});

test('a dataset that LeRobot recorded: pictures and long texts, whose pages have long headers', async () => {
  const source = await openLeRobot(RECORDED);
  expect(source.episodes).toEqual([
    { index: 0, length: 4, tasks: ['look', 'look again 0'] },
    { index: 1, length: 3, tasks: ['look', 'look again 1'] },
  ]);
  const { columns, tasks } = await source.readRows(1);
  expect(Array.from(columns['observation.state']?.data ?? [])).toEqual([1, 0, 0, 1, 1, 1 / 7, 1, 2, 2 / 7].map(Math.fround));
  expect(Array.from(columns.action?.data ?? [])).toEqual([0, 0.25, 0.5]);
  expect(tasks).toEqual(['look', 'look', 'look again 1']);
  for (const [episode, { length }] of source.episodes.entries()) {
    const notes = Array.from({ length }, (_, frame) => `episode ${episode}, frame ${frame}: ${'ä'.repeat(2000)}`);
    expect(await source.lerobot.readStrings(episode, 'note')).toEqual(notes);
    const reader = await source.openCamera(episode, 'camera');
    expect(reader.length).toBe(length);
    for (let frame = 0; frame < length; frame++) {
      const { width, height, data } = await reader.at(frame / 10);
      expect([width, height, ...data.subarray(0, 3)]).toEqual([16, 16, episode, frame, 7]);
    }
  }
  await source.close();
});

test('pictures and videos refuse the same times: those further than a frame from the episode', async () => {
  await writeV21(here('a'), { ...tiny(3), features: { ...tiny(3).features, camera: { dtype: 'video', shape: [16, 32, 3] } } });
  await writeVideo(here('a/videos/chunk-000/camera/episode_000000.mp4'), 3);
  const of = async (root: string, fps: number, length: number) => {
    const source = await openLeRobot(root);
    const reader = await source.openCamera(0, 'camera');
    for (const seconds of [Number.NaN, 1e9, -1.5 / fps, (length + 0.5) / fps, Number.POSITIVE_INFINITY]) {
      await expect(reader.at(seconds)).rejects.toThrow(`the episode has no frame at ${seconds} s in`);
    }
    const frames = await Promise.all([-1, 0, 0.5, length - 1, length].map((frame) => reader.at(frame / fps)));
    expect(frames[0]).toEqual(frames[1]);
    expect(frames[2]).toEqual(frames[1]);
    expect(frames[4]).toEqual(frames[3]);
    expect(frames[3]).not.toEqual(frames[1]);
    reader.close();
    await source.close();
  };
  await of(RECORDED, 10, 4);
  await of(here('a'), 10, 3);
});

test('pictures count from the first one, whatever the timestamps of their rows', async () => {
  const camera = { dtype: 'image', shape: [16, 32, 3] };
  const writer = await createLeRobot(here('a'), { fps: 10, features: { camera } });
  const images = await Promise.all([...greys(5)].map(async (frame) => ({ bytes: await encodeImage(frame, 'png') })));
  const timestamps = Float64Array.from(images, (_, i) => 7 + i / 10);
  await writer.addEpisode({ length: 5, rows: [{ length: 5, tasks: 'wait', timestamps, columns: {}, images: { camera: images } }] });
  await writer.finish();
  const source = await openLeRobot(here('a'));
  const reader = await source.openCamera(0, 'camera');
  for (let i = 0; i < 5; i++) expect((await reader.at(i / 10)).data[0]).toBe(20 + 10 * i);
  await source.close();
});

test('a frame that was dropped says nothing about the rate, whichever rows are read', async () => {
  const [length, fps] = [60, 30];
  const writer = await createLeRobot(here('a'), { fps, features: { x: { dtype: 'float32', shape: [1] } } });
  const timestamps = Float64Array.from({ length }, (_, i) => (i < 20 ? i : i + 1) / fps);
  const x = { shape: [1], data: new Float32Array(length) };
  await writer.addEpisode({ length, rows: [{ length, tasks: 'wait', timestamps, columns: { x } }] });
  await writer.finish();
  const source = await openLeRobot(here('a'));
  for (const from of [0, 14, 16, 40]) {
    const rows = await source.readRows(0, { from, to: from + 8 });
    expect(Array.from(rows.timestamps)).toEqual(Array.from(timestamps.subarray(from, from + 8), Math.fround));
  }
  await source.close();
  await editInfo(here('a'), (info) => Object.assign(info, { fps: 20 }));
  const lying = await openLeRobot(here('a'));
  // Few rows are enough to see it: the episode's first ones are looked at.
  await expect(lying.readRows(0, { from: 40, to: 41 })).rejects.toThrow(
    /its rows are 0\.03333 s apart \(30\.00 per second\), but meta\/info\.json says fps 20/,
  );
  await lying.close();
});

test('episodes in several chunks, an instruction for each row, columns on request', async () => {
  await writeV21(here('a'), tiny(5, 3, 4), 2);
  const source = await openLeRobot(here('a'));
  expect(source.episodes.map(({ length, tasks }) => [length, tasks])).toEqual([
    [5, ['pick', 'place 0']],
    [3, ['pick', 'place 1']],
    [4, ['pick', 'place 2']],
  ]);
  expect((await source.lerobot.dataFile(2)).file).toBe('data/chunk-001/episode_000002.parquet');
  const rows = await source.readRows(2, { from: 1, columns: ['reward', 'index'] });
  expect(rows.tasks).toEqual(['pick', 'place 2', 'place 2']);
  expect(Object.fromEntries(Object.entries(rows.columns).map(([name, { data }]) => [name, Array.from(data)]))).toEqual({
    reward: [1 / 3, 2 / 3, 1],
    index: [9, 10, 11],
  });
  await expect(source.readRows(2, { columns: ['rewards'] })).rejects.toThrow(
    'a, episode 2: there is no feature "rewards", only state, reward,',
  );
  await expect(source.readRows(2, { from: 2, to: 5 })).rejects.toThrow('a, episode 2: rows 2 to 5 were asked for, but it has 4');
  await expect(source.readRows(3)).rejects.toThrow('a has 3 episodes, there is none in position 3');
  await source.close();
  await expect(source.readRows(0)).rejects.toThrow('is closed');
});

test('many files are not all kept open', async () => {
  await writeV21(here('a'), tiny(...new Array(30).fill(2)), 7);
  const source = await openLeRobot(here('a'));
  const rows = await Promise.all(source.episodes.map((_, i) => source.readRows(i)));
  expect(rows.map(({ columns }) => columns.state?.data[0])).toEqual(source.episodes.map((_, i) => i));
  expect(await allRows(source)).toEqual(rows);
  await source.close();
});

test.each([
  [
    ['x', 'y', 'z'],
    ['x', 'y', 'z'],
  ],
  [[['x', 'y', 'z']], ['x', 'y', 'z']],
  [{ motors: ['x', 'y', 'z'] }, ['x', 'y', 'z']],
  [{ arm: { x: 'x', y: 'y' }, hand: ['z'] }, ['x', 'y', 'z']],
  [null, undefined],
  [['state'], undefined],
])('names %j', async (names, expected) => {
  await writeV21(here('a'), tiny(2));
  await editInfo(here('a'), (info) => Object.assign((info.features as Record<string, object>).state as object, { names }));
  const source = await openLeRobot(here('a'));
  expect(source.features.state?.names).toEqual(expected);
  expect(source.lerobot.problems).toEqual([]);
});

test('names that are not as many as values are left out, and said to be wrong', async () => {
  await writeV21(here('a'), tiny(2));
  await editInfo(here('a'), (info) => Object.assign((info.features as Record<string, object>).state as object, { names: ['x', 'y'] }));
  const source = await openLeRobot(here('a'));
  expect(source.features.state?.names).toBeUndefined();
  expect(source.lerobot.problems).toEqual([expect.stringContaining('feature "state" has 2 names for 3 values')]);
});

test('cameras with channels first have channels last here', async () => {
  const dataset = tiny(3);
  const camera = { dtype: 'video', shape: [3, 16, 32], names: ['channels', 'height', 'width'] };
  await writeV21(here('a'), { ...dataset, features: { ...dataset.features, camera } });
  await writeVideo(here('a/videos/chunk-000/camera/episode_000000.mp4'), 3);
  const source = await openLeRobot(here('a'));
  expect(source.features.camera?.shape).toEqual([16, 32, 3]);
  const reader = await source.openCamera(0, 'camera');
  expect(await reader.at(0.1)).toMatchObject({ width: 32, height: 16 });
  reader.close();
});

test('version 3.0: tasks whose index has a name, as newer pandas writes them', { timeout: 30_000 }, async () => {
  const original = await openLeRobot(G1);
  await convert(original, here('b')).finally(() => original.close());
  const output = createParquet(here('b/meta/tasks.parquet'), [
    { name: 'task_index', dtype: 'int64' },
    { name: 'task', dtype: 'string' },
  ]);
  output.append(1, { task_index: [0], task: ['Lift the bottle.'] });
  await output.finish();
  const source = await openLeRobot(here('b'));
  expect((await source.readRows(0, { to: 1 })).tasks).toEqual(['Lift the bottle.']);
  await source.close();
});
