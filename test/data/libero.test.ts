import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Dataset, File, type Group, ready } from 'h5wasm/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHDF5 } from '../../src/data/hdf5.ts';
import { openLibero } from '../../src/data/libero.ts';
import { randomStream } from '../../src/tensor/random.ts';

const folder = await mkdtemp(path.join(os.tmpdir(), 'gear-libero-'));
const at = (...names: string[]): string => path.join(folder, ...names);
const PICTURE = { width: 6, height: 4 };

/** What to put into a file. */
interface Content {
  /** Demonstrations: number → rows */
  readonly demos?: Readonly<Record<number, number>>;
  readonly problem?: unknown;
  readonly env?: unknown;
  /** Arrays that are left out */
  readonly without?: readonly string[];
  readonly jointCount?: number;
}

/** A value that tells demonstration, row and column. */
const value = (demo: number, row: number, column: number): number => demo + row / 100 + column / 10_000;

/** A byte that tells demonstration, row and place. */
const pixel = (demo: number, row: number, i: number): number => (demo * 50 + row * 7 + i) % 256;

/** Writes a file in LIBERO's layout. */
function writeDemos(file: string, content: Content = {}): void {
  const { demos = { 0: 5 }, problem = { language_instruction: 'put the bowl on the plate' }, env, without = [], jointCount = 7 } = content;
  const root = new File(file, 'w');
  const data = root.create_group('data');
  if (problem !== undefined) data.create_attribute('problem_info', typeof problem === 'string' ? problem : JSON.stringify(problem));
  if (env !== undefined) data.create_attribute('env_args', JSON.stringify(env));
  for (const [key, rows] of Object.entries(demos)) {
    const demo = Number(key);
    const group = data.create_group(`demo_${demo}`);
    const add = (parent: Group, name: string, columns: number): void => {
      if (without.includes(name)) return;
      const values = Float64Array.from({ length: rows * columns }, (_, i) => value(demo, Math.floor(i / columns), i % columns));
      parent.create_dataset({ name, data: values, shape: [rows, columns], dtype: '<d' });
    };
    add(group, 'actions', 7);
    add(group, 'robot_states', 9);
    add(group, 'states', 30 + demo);
    group.create_dataset({
      name: 'rewards',
      data: Uint8Array.from({ length: rows }, (_, i) => Number(i === rows - 1)),
      shape: [rows],
      dtype: '<B',
    });
    if (without.includes('obs')) continue;
    const obs = group.create_group('obs');
    add(obs, 'joint_states', jointCount);
    add(obs, 'gripper_states', 2);
    for (const name of ['agentview_rgb', 'eye_in_hand_rgb']) {
      const size = 3 * PICTURE.width * PICTURE.height;
      const pictures = Uint8Array.from({ length: rows * size }, (_, i) => pixel(demo, Math.floor(i / size), i % size));
      const shape = [rows, PICTURE.height, PICTURE.width, 3];
      obs.create_dataset({ name, data: pictures, shape, dtype: '<B', chunks: [1, ...shape.slice(1)], compression: 4 });
    }
  }
  root.close();
}

beforeAll(async () => {
  await ready;
  mkdirSync(at('suite', 'inner'), { recursive: true });
  writeDemos(at('suite', 'b_demo.hdf5'), { demos: { 10: 4, 2: 6, 0: 5 } });
  writeDemos(at('suite', 'a_demo.hdf5'), { problem: { language_instruction: [...'open it'] }, demos: { 0: 3 } });
  writeDemos(at('suite', 'inner', 'KITCHEN_SCENE3_turn_on_the_stove_demo.hdf5'), { problem: { language: 'unknown' }, demos: { 0: 2 } });
  writeFileSync(at('suite', 'notes.txt'), 'not a demonstration');
});
afterAll(() => rm(folder, { recursive: true }));

test('a file is read', async () => {
  const source = await openLibero(at('suite', 'b_demo.hdf5'));
  const { name, format, fps, cameras, features, episodes } = source;
  expect({ name, format, fps, cameras }).toEqual({
    name: 'b_demo.hdf5',
    format: 'libero-hdf5',
    fps: 20,
    cameras: ['obs/agentview_rgb', 'obs/eye_in_hand_rgb'],
  });
  expect(episodes.map(({ length }) => length)).toEqual([5, 6, 4]);
  expect(features).toEqual({
    actions: { dtype: 'float64', shape: [7] },
    rewards: { dtype: 'uint8', shape: [1] },
    robot_states: { dtype: 'float64', shape: [9] },
    'obs/joint_states': { dtype: 'float64', shape: [7] },
    'obs/gripper_states': { dtype: 'float64', shape: [2] },
    'obs/agentview_rgb': { dtype: 'image', shape: [4, 6, 3] },
    'obs/eye_in_hand_rgb': { dtype: 'image', shape: [4, 6, 3] },
  });
  const rows = await source.readRows(2, { from: 1, to: 3, columns: ['actions', 'rewards'] });
  expect(rows).toEqual({
    from: 1,
    length: 2,
    timestamps: Float64Array.of(0.05, 0.1),
    tasks: ['put the bowl on the plate', 'put the bowl on the plate'],
    columns: {
      actions: { shape: [7], data: Float64Array.from({ length: 14 }, (_, i) => value(10, 1 + Math.floor(i / 7), i % 7)) },
      rewards: { shape: [1], data: Float64Array.of(0, 0) },
    },
  });
  const all = await source.readRows(1);
  expect(Object.keys(all.columns).sort()).toEqual(['actions', 'obs/gripper_states', 'obs/joint_states', 'rewards', 'robot_states']);
  expect((await source.readRows(1, { from: 2, to: 2 })).columns.actions?.data).toHaveLength(0);
  await source.close();
});

test('pictures are turned as asked for', async () => {
  const { width, height } = PICTURE;
  const stored = (row: number, y: number, x: number): number[] => [0, 1, 2].map((c) => pixel(2, row, 3 * (y * width + x) + c));
  const places = Array.from({ length: width * height }, (_, i) => [Math.floor(i / width), i % width] as const);
  const turns = {
    rotated: ([y, x]: readonly [number, number]) => stored(3, height - 1 - y, width - 1 - x),
    upright: ([y, x]: readonly [number, number]) => stored(3, height - 1 - y, x),
    stored: ([y, x]: readonly [number, number]) => stored(3, y, x),
  };
  for (const [images, turn] of Object.entries(turns)) {
    const source = await openLibero(at('suite', 'b_demo.hdf5'), { images: images as keyof typeof turns });
    const camera = await source.openCamera(1, 'obs/agentview_rgb');
    expect(camera.length).toBe(6);
    expect(await camera.at(0.15)).toEqual({ width, height, data: Uint8Array.from(places.flatMap(turn)) });
    expect(await camera.at(0.17)).toEqual(await camera.at(0.15));
    expect(await camera.at(0.29)).toEqual(await camera.at(0.25));
    await expect(camera.at(0.4)).rejects.toThrow(/obs\/agentview_rgb has no frame at 0.4 s, only from 0 to 0.25 s/);
    await expect(camera.at(Number.NaN)).rejects.toThrow('has no frame at NaN s');
    camera.close();
    await source.close();
  }
  const byDefault = await openLibero(at('suite', 'b_demo.hdf5'));
  expect((await (await byDefault.openCamera(1, 'obs/agentview_rgb')).at(0.15)).data).toEqual(
    Uint8Array.from(places.flatMap(turns.rotated)),
  );
  await byDefault.close();
});

test('a folder is read, file after file', async () => {
  const source = await openLibero(at('suite'));
  expect(source.episodes).toEqual([
    { index: 0, length: 3, tasks: ['open it'] },
    { index: 1, length: 5, tasks: ['put the bowl on the plate'] },
    { index: 2, length: 6, tasks: ['put the bowl on the plate'] },
    { index: 3, length: 4, tasks: ['put the bowl on the plate'] },
    { index: 4, length: 2, tasks: ['turn on the stove'] },
  ]);
  expect((await source.readRows(4)).tasks).toEqual(['turn on the stove', 'turn on the stove']);
  await source.close();
});

test('more files than are kept open', async () => {
  mkdirSync(at('many'));
  for (let i = 0; i < 20; i++) writeDemos(at('many', `task_${String.fromCharCode(97 + i)}_demo.hdf5`), { demos: { [i]: 3 } });
  const source = await openLibero(at('many'));
  const stream = randomStream(0, 'many');
  const episodes = Array.from({ length: 60 }, () => Math.floor(20 * stream.uniform()));
  const found = await Promise.all(episodes.map(async (episode) => (await source.readRows(episode)).columns.actions?.data[7]));
  expect(found).toEqual(episodes.map((episode) => value(episode, 1, 0)));
  await source.close();
});

test('the rate and the robot are those of the file, where it says them', async () => {
  const env_kwargs = { control_freq: 10, robots: ['Panda'] };
  writeDemos(at('env.hdf5'), { env: { env_name: 'x', env_kwargs } });
  const source = await openLibero(at('env.hdf5'));
  expect([source.fps, source.robotType]).toEqual([10, 'Panda']);
  expect((await source.readRows(0)).timestamps[1]).toBe(0.1);
  await source.close();
});

test('what is missing or damaged is said', async () => {
  await expect(openLibero(at('nowhere'))).rejects.toThrow(/there is no file or folder .*nowhere/);
  mkdirSync(at('empty'));
  await expect(openLibero(at('empty'))).rejects.toThrow(/empty has no \*\.hdf5/);
  writeFileSync(at('text.hdf5'), 'no hdf5');
  await expect(openLibero(at('text.hdf5'))).rejects.toThrow(/^\S*text.hdf5 cannot be opened as HDF5: file signature not found$/);
  const whole = readFileSync(at('suite', 'b_demo.hdf5'));
  writeFileSync(at('cut.hdf5'), whole.subarray(0, whole.length >> 1));
  await expect(openLibero(at('cut.hdf5'))).rejects.toThrow(/^\S*cut.hdf5 cannot be opened as HDF5: truncated file/);
  writeDemos(at('none.hdf5'), { demos: {} });
  await expect(openLibero(at('none.hdf5'))).rejects.toThrow(/none.hdf5 has no demonstrations, data\/demo_0/);
  writeDemos(at('actions.hdf5'), { without: ['actions'] });
  await expect(openLibero(at('actions.hdf5'))).rejects.toThrow(/actions.hdf5: data\/demo_0 has no actions/);
  writeDemos(at('obs.hdf5'), { without: ['obs'] });
  await expect(openLibero(at('obs.hdf5'))).rejects.toThrow(/obs.hdf5: data\/demo_0 has no observations/);
  writeDemos(at('problem.hdf5'), { problem: '{' });
  await expect(openLibero(at('problem.hdf5'))).rejects.toThrow(/problem.hdf5: the attribute problem_info of data is not JSON/);
  const other = new File(at('other.hdf5'), 'w');
  other.create_group('frames');
  other.close();
  await expect(openLibero(at('other.hdf5'))).rejects.toThrow(/other.hdf5 has no group data: it is no file of demonstrations/);
});

/**
 * A file that h5wasm cannot write, by h5py, with gzip:
 *
 *     f.create_dataset("external", (4, 16), "u1", external=[("?" * 240, 0, 64)])
 *     f["own"] = np.arange(4.0)
 *     for name, source in ("virtual", "/nowhere/else.h5"), ("virtual_own", "."):
 *         layout = h5py.VirtualLayout((4,), "f8")
 *         layout[:] = h5py.VirtualSource(source, "own", (4,))
 *         f.create_virtual_dataset(name, layout, fillvalue=-1)
 */
const ELSEWHERE = [
  'H4sIAAAAAAACA+2YsU4CQRBAZ/cOvWCMhxWhIrEhMQEKTOzAAEphhKAFnZh4CUYCCaL4Cdha+Qk2dva2fogfwB/g3e0Md7eJFEZj5OYVDDPM7XKzOzu7+9Co',
  'HW4mM0nwsCwwwYYwcwRymo50UQqUU5TPkuzC/y2N9hS2r/udtet1z3uuQf20EkrmgIkjjfpBy5Md1PdRvsuon3M/dkaDiz7pw8nAl3dXo/Gta0Z5Tnaat9kv',
  '+hWwpnwE6WoGCqkMJvpR1ui64X4TqKsnLP8z4UpPl1I1tO62K9DHy5giNmRp/6cCZFcZZQjKlIrm2frVcQjigb2ZUb9yzKD3Pj1p1oQ7C2jcssbyeNK6+LS2',
  '3G8xP+3lfrQ+2qn/ne/CzZBo3qlICRHNO3ORZ2nfNZUtY+wrUNqA0hzjr+dbkD80VPoKMI3hKjsrR5cZq8KVh2EYhmFWD+GePH52n6XOO9KQIji7zN5MtIdt',
  'ah+mNrSmQVth1e82enra445xHdw0xC0e8k/jwTAMw6wmR9XmsV/Z7HD1BWgHBVFRGAwnPWfkFJz+jZPv7fk3q0bIgWoV6XTjKRaVEuCyk3kJVzWAqt5P/lsN',
  'd193PyLvVdzisWUYhmEYhmEYhmEY4hPI/ILHACgAAA==',
].join('');

test('what is in other files is not read', async () => {
  writeFileSync(at('secret.txt'), 'secret! '.repeat(8));
  const bytes = gunzipSync(Buffer.from(ELSEWHERE, 'base64'));
  const name = bytes.indexOf('?'.repeat(240));
  bytes.fill(0, name, name + 240);
  bytes.write(at('secret.txt'), name);
  writeFileSync(at('elsewhere.hdf5'), bytes);
  const file = await openHDF5(at('elsewhere.hdf5'));
  const external = file.array('external');
  expect(() => external.read(0, 4)).toThrow(/elsewhere.hdf5: external leads to another file, .*secret.txt, and what is not in the file/);
  expect(() => file.array('virtual')).toThrow(/elsewhere.hdf5: virtual leads to another file, \/nowhere\/else.h5/);
  for (const name of ['own', 'virtual_own']) expect(file.array(name).read(0, 4)).toEqual(Float64Array.of(0, 1, 2, 3));
  file.close();

  writeDemos(at('other-secret.hdf5'));
  for (const [i, link] of (['external', 'soft'] as const).entries()) {
    const name = at(`link-${link}.hdf5`);
    writeDemos(name);
    const root = new File(name, 'a');
    const obs = root.get('data/demo_0/obs') as Group;
    obs.create_external_link(at('other-secret.hdf5'), '/data/demo_0/actions', 'far');
    if (i === 1) (root.get('data/demo_0') as Group).create_soft_link('/data/demo_0/obs/far', 'near');
    root.close();
    await expect(openLibero(name)).rejects.toThrow(
      new RegExp(`link-${link}.hdf5: data/demo_0/${i === 1 ? 'near' : 'obs/far'} leads to another file, .*other-secret.hdf5`),
    );
  }
  // Others in the process may use the library as before.
  const root = new File(at('link-external.hdf5'), 'r');
  expect((root.get('data/demo_0/obs/far') as Dataset).shape).toEqual([5, 7]);
  root.close();
});

test('whole numbers that cannot be told apart as floating-point numbers are refused', async () => {
  const write = (name: string, last: bigint): string => {
    writeDemos(at(name));
    const root = new File(at(name), 'a');
    const data = BigInt64Array.of(1n, -2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, last);
    (root.get('data/demo_0') as Group).create_dataset({ name: 'counts', data, shape: [5, 2], dtype: '<q' });
    root.close();
    return at(name);
  };
  const well = await openLibero(write('safe.hdf5', 2n ** 53n - 1n));
  expect((await well.readRows(0)).columns.counts?.data.at(-1)).toBe(2 ** 53 - 1);
  await well.close();
  const source = await openLibero(write('unsafe.hdf5', -(2n ** 53n) - 1n));
  expect((await source.readRows(0, { to: 4 })).columns.counts?.data).toHaveLength(8);
  for (const from of [0, 3]) {
    await expect(source.readRows(0, { from })).rejects.toThrow(
      /unsafe.hdf5: row 4 of data\/demo_0\/counts holds -9007199254740993, which is no number up to 2\^53/,
    );
  }
  await source.close();
});

test('files with other features are no part of it', async () => {
  mkdirSync(at('mixed'));
  writeDemos(at('mixed', 'a.hdf5'));
  writeDemos(at('mixed', 'b.hdf5'), { jointCount: 6 });
  await expect(openLibero(at('mixed'))).rejects.toThrow(
    /b.hdf5 is no part of one dataset with .*a.hdf5: it lacks obs\/joint_states float64\[7\], has obs\/joint_states float64\[6\]/,
  );
});

test('what cannot be asked for is said', async () => {
  const source = await openLibero(at('suite', 'b_demo.hdf5'));
  await expect(source.readRows(3)).rejects.toThrow(/has 3 demonstrations, and no number 3/);
  await expect(source.readRows(0, { from: 2, to: 9 })).rejects.toThrow(/demo_0 has 5 rows, \[2, 9\) are not among them/);
  await expect(source.readRows(0, { columns: ['obs/agentview_rgb'] })).rejects.toThrow(/no column "obs\/agentview_rgb", only actions/);
  await expect(source.openCamera(0, 'actions')).rejects.toThrow(/no camera "actions", only obs\/agentview_rgb, obs\/eye_in_hand_rgb/);
  await source.close();
});
