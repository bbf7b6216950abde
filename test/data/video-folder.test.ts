import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openVideoFolder } from '../../src/data/video/folder.ts';
import { numberIn, SIZE, writeNumbered, writeVariable } from './videos.ts';

const folder = await mkdtemp(path.join(os.tmpdir(), 'gear-folder-'));
const at = (...names: string[]): string => path.join(folder, ...names);

beforeAll(async () => {
  mkdirSync(at('set', 'inner'), { recursive: true });
  mkdirSync(at('set', '.hidden'));
  await writeNumbered(at('set', 'b.mp4'), 12, { fps: 10 });
  await writeNumbered(at('set', 'a.mp4'), 5, {}, 100);
  await writeNumbered(at('set', 'inner', 'c.mp4'), 7, {}, 200);
  await writeVariable(at('variable.mp4'));
  writeFileSync(at('set', 'a.txt'), 'open the drawer\n');
  writeFileSync(at('set', 'readme.md'), 'not a video');
  writeFileSync(at('set', '.hidden', 'd.mp4'), 'not a video');
  writeFileSync(
    at('set', 'metadata.jsonl'),
    ['{"file_name": "b.mp4", "text": "close it"}', '', '{"file_name": "b.mp4", "text": "shut it"}'].join('\n'),
  );
});
afterAll(() => rm(folder, { recursive: true }));

test('every video is an episode', async () => {
  const source = await openVideoFolder(at('set'));
  const { name, format, fps, features, cameras, episodes } = source;
  expect({ name, format, fps, cameras }).toEqual({ name: 'set', format: 'raw-video', fps: 25, cameras: ['video'] });
  expect(features).toEqual({ video: { dtype: 'video', shape: [SIZE.height, SIZE.width, 3] } });
  expect(episodes).toEqual([
    { index: 0, length: 5, tasks: ['open the drawer'], fps: 25 },
    { index: 1, length: 12, tasks: ['close it', 'shut it'], fps: 10 },
    { index: 2, length: 7, tasks: [], fps: 25 },
  ]);
  expect(await source.readRows(1, { from: 3, to: 5 })).toEqual({
    from: 3,
    length: 2,
    timestamps: Float64Array.of(0.3, 0.4),
    tasks: ['close it', 'close it'],
    columns: {},
  });
  for (const [episode, first] of [100, 0, 200].entries()) {
    const { timestamps, length } = await source.readRows(episode);
    const camera = await source.openCamera(episode, 'video');
    expect(camera.length).toBe(length);
    for (const i of [length - 1, 0, 2]) expect(numberIn(await camera.at(timestamps[i] as number))).toBe(first + i);
    await expect(camera.at((timestamps[length - 1] as number) + 1)).rejects.toThrow(/has no frame at .* s, only from 0 to/);
    camera.close();
  }
  await source.close();
});

test('where frames come at varying times, the nearest counts', async () => {
  mkdirSync(at('single'));
  copyFileSync(at('variable.mp4'), at('single', 'v.mp4'));
  const source = await openVideoFolder(at('single'));
  const { timestamps } = await source.readRows(0);
  expect(timestamps).toHaveLength(20);
  const camera = await source.openCamera(0, 'video');
  expect(numberIn(await camera.at(0.2))).toBe(5);
  expect(numberIn(await camera.at(0.54))).toBe(11);
  camera.close();
});

test('times count from the first frame, also where that one is not at 0 by the clock of the container', async () => {
  mkdirSync(at('late'));
  const bytes = readFileSync(at('set', 'b.mp4'));
  // The edit list says that the video begins where its first frame is shown. Without, it begins where decoding does.
  bytes.write('free', bytes.indexOf('edts'), 'latin1');
  writeFileSync(at('late', 'v.mp4'), bytes);
  const source = await openVideoFolder(at('late'));
  const { timestamps } = await source.readRows(0);
  expect([...timestamps]).toEqual(Array.from({ length: 12 }, (_, i) => expect.closeTo(i / 10, 9)));
  const camera = await source.openCamera(0, 'video');
  for (const i of [0, 11, 5]) expect(numberIn(await camera.at(i / (source.episodes[0]?.fps as number)))).toBe(i);
  camera.close();
});

test('what cannot be done is said', async () => {
  const source = await openVideoFolder(at('set'));
  await expect(source.readRows(3)).rejects.toThrow(/set has 3 videos, and no number 3/);
  await expect(source.readRows(0, { to: 6 })).rejects.toThrow(/a.mp4 has 5 frames, \[0, 6\) are not among them/);
  await expect(source.readRows(0, { columns: ['action'] })).rejects.toThrow(/a.mp4 has no columns, and no "action"/);
  await expect(source.openCamera(0, 'wrist')).rejects.toThrow(/no camera "wrist", only video/);
  await expect(openVideoFolder(at('nowhere'))).rejects.toThrow(/there is no folder .*nowhere/);
  mkdirSync(at('empty'));
  await expect(openVideoFolder(at('empty'))).rejects.toThrow(/empty has no videos \(mp4,/);
  mkdirSync(at('broken'));
  writeFileSync(at('broken', 'x.mp4'), 'no video');
  await expect(openVideoFolder(at('broken'))).rejects.toThrow(/x.mp4 is no video in a known container/);
});

test.each([
  ['{"file_name": "z.mp4", "text": "a"}', /metadata.jsonl:1 has a caption for z.mp4, which is no video in/],
  ['{"file": "v.mp4"}', /metadata.jsonl:1 should be \{"file_name": "…", "text": "…"\}, but is \{"file": "v.mp4"\}/],
  ['null', /metadata.jsonl:1 should be/],
  ['{', /metadata.jsonl:1 is not JSON/],
])('the caption %s is refused', async (line, message) => {
  mkdirSync(at('captions'), { recursive: true });
  await writeNumbered(at('captions', 'v.mp4'), 2);
  writeFileSync(at('captions', 'metadata.jsonl'), line);
  await expect(openVideoFolder(at('captions'))).rejects.toThrow(message);
});
