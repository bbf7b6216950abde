/** Everything that can be wrong with a dataset is found, where it is, and nothing else. */
import { copyFile, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, test, vi } from 'vitest';

import { type DoctorReport, type ExamineOptions, type ExamineProgress, examine } from '../../src/data/doctor/examine.ts';
import { type Check, createFindings, type Finding } from '../../src/data/doctor/findings.ts';
import { repair } from '../../src/data/doctor/repair.ts';
import { formatReport } from '../../src/data/doctor/report.ts';
import { timestampCheck, valueCheck } from '../../src/data/doctor/row-checks.ts';
import { statisticsCheck } from '../../src/data/doctor/value-statistics.ts';
import { createLeRobot } from '../../src/data/lerobot/write.ts';
import { createParquet } from '../../src/data/parquet-write.ts';
import { fitFast } from '../../src/tokens/fast-fit.ts';
import { dataFile, FPS, type Planted, ROTATION_AT, TASK, videoFile, writeArm } from './doctor-support.ts';
import { G1, temporaryFolder, writeV21, writeVideo } from './lerobot/support.ts';
import { memorySource } from './memory-source.ts';

const here = temporaryFolder();

// Datasets are written and read, and kinematics loaded, in every test; the machine may be busy.
vi.setConfig({ testTimeout: 60_000 });

/** The report on a dataset in which something was planted. */
async function examined(planted: Planted, options: ExamineOptions = {}): Promise<DoctorReport> {
  await writeArm(here('a'), planted);
  return examine(here('a'), options);
}

const of = (report: DoctorReport, check: Check): Finding[] => report.findings.filter((finding) => finding.check === check);

/** The only finding of a check; nothing else may be wrong but what `also` allows. */
function only(report: DoctorReport, check: Check, ...also: Check[]): Finding {
  expect(report.findings.filter((finding) => ![check, ...also].includes(finding.check))).toEqual([]);
  expect(of(report, check)).toHaveLength(1);
  return of(report, check)[0] as Finding;
}

/** Changes one number of one feature in some rows of an episode. */
const change =
  (
    column: string,
    episode: number,
    rows: (row: number) => boolean,
    to: (value: number, row: number) => number,
    at = 0,
  ): NonNullable<Planted['row']> =>
  (name, e, row, values) =>
    name === column && e === episode && rows(row) ? values.map((value, i) => (i === at ? to(value, row) : value)) : values;

describe('sound datasets', () => {
  test('an arm with a camera has nothing to report', async () => {
    const report = await examined({ camera: true }, { thorough: true });
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ ok: true, format: 'lerobot-v2.1', fps: FPS, robotType: 'panda' });
    expect(report.summary).toMatchObject({ episodes: 2, frames: 80, cameras: ['camera'], embodiment: 'panda', errors: 0, thorough: true });
    expect(report.summary.chunks).toBeGreaterThan(5);
  });

  test('neither has a piece of a real one, in either version', async () => {
    const report = await examine(G1, { thorough: true });
    expect(report.findings).toEqual([]);
    expect(report.summary).toMatchObject({ episodes: 2, frames: 120, embodiment: 'g1-inspire' });
    const { after, mended, dropped } = await repair(G1, here('b'));
    expect([after.findings, mended, dropped]).toEqual([[], [], []]);
    expect(after.format).toBe('lerobot-v3.0');
  });

  test('without a binding it says that robots were not looked at', async () => {
    const report = await examined({ unbound: true });
    expect(only(report, 'binding')).toMatchObject({ severity: 'info', message: expect.stringContaining('were not checked') });
    expect(report.summary.embodiment).toBeUndefined();
  });

  test('some episodes only, with progress', async () => {
    const seen: ExamineProgress[] = [];
    const planted = {
      lengths: [40, 40, 40],
      row: change(
        'action',
        0,
        (row) => row === 3,
        () => Number.NaN,
      ),
    };
    const report = await examined(planted, { episodes: [1, 2], onProgress: (progress) => seen.push(progress) });
    expect(report.findings).toEqual([]);
    expect(report.summary).toMatchObject({ episodes: 2, frames: 80 });
    expect(seen.map(({ episode, stage }) => `${stage} ${episode}`)).toEqual([
      'episodes 0',
      'episodes 1',
      'statistics 0',
      'statistics 1',
      'statistics 2',
    ]);
    await expect(examine(here('a'), { episodes: [3] })).rejects.toThrow('has no episode 3; it has 3, up to 2');
  });

  test('it can be ended', async () => {
    await writeArm(here('a'));
    await expect(examine(here('a'), { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

test('a folder of videos, with times of their own', async () => {
  await writeVideo(here('videos/a.mp4'), 12, { fps: 10 });
  await writeVideo(here('videos/b.mp4'), 15, { fps: 25 });
  const report = await examine(here('videos'), { thorough: true });
  expect(report.findings).toEqual([]);
  expect(report).toMatchObject({ format: 'raw-video', summary: { episodes: 2, frames: 27, cameras: ['video'] } });
});

describe('what cannot be opened', () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ['nothing', async () => undefined, 'there is no dataset at'],
    [
      'metadata that are cut off',
      async () => {
        await writeArm(here('a'));
        await truncate(here('a/meta/info.json'), 30);
      },
      'info.json is no JSON',
    ],
    [
      'episodes that are not listed',
      async () => {
        await writeArm(here('a'));
        await rm(here('a/meta/episodes.jsonl'));
      },
      'episodes.jsonl cannot be read',
    ],
  ])('%s', async (_, prepare, message) => {
    await prepare();
    const report = await examine(here('a'));
    expect(report.findings).toEqual([{ check: 'open', severity: 'error', message: expect.stringContaining(message), repairable: false }]);
    expect(report.ok).toBe(false);
    await expect(repair(here('a'), here('b'))).rejects.toThrow(message);
  });
});

describe('metadata', () => {
  test('totals that are wrong', async () => {
    const report = await examined({ info: (info) => Object.assign(info, { total_frames: 99 }) });
    expect(only(report, 'metadata')).toMatchObject({ severity: 'warning', remedy: 'mend', message: expect.stringContaining('99 frames') });
  });

  test('episodes that are missing, listed twice and empty', async () => {
    const planted: Planted = {
      lengths: [40, 40, 40],
      episodes: (lines) =>
        lines.splice(0, 3, { ...lines[0] }, { ...lines[2] }, { ...lines[2] }, { episode_index: 3, tasks: [TASK], length: 0 }),
      info: (info) => Object.assign(info, { total_episodes: 4 }),
    };
    const found = of(await examined(planted), 'metadata').map(({ episode, message, severity }) => [severity, episode, message]);
    expect(found).toEqual([
      ['error', 2, 'the episode is listed twice; only its first listing counts'],
      ['error', 3, 'the episode has no frames'],
      ['warning', 2, 'episode 1 is missing before this one'],
    ]);
  });

  test('a binding that does not fit', async () => {
    const report = await examined({
      info: (info) => {
        (info.gear as { binding: { embodiment: string } }).binding.embodiment = 'pandaa';
      },
    });
    expect(only(report, 'binding')).toMatchObject({ severity: 'error', message: expect.stringContaining('pandaa') });
  });
});

describe('instructions', () => {
  test('a number without a text', async () => {
    const report = await examined({
      row: change(
        'task_index',
        1,
        (row) => row >= 30,
        () => 7,
      ),
    });
    expect(only(report, 'tasks')).toMatchObject({
      severity: 'error',
      episode: 1,
      frame: 30,
      frames: 10,
      remedy: 'mend',
      message: expect.stringContaining('7'),
    });
  });

  test('an empty text', async () => {
    const report = await examined({
      tasks: (lines) => lines.push({ task_index: 1, task: ' ' }),
      row: change(
        'task_index',
        0,
        (row) => row === 4,
        () => 1,
      ),
    });
    expect(only(report, 'tasks')).toMatchObject({ severity: 'warning', episode: 0, frame: 4, frames: 1, repairable: false });
  });

  test('a text that the episode does not announce, and no text', async () => {
    const report = await examined({
      tasks: (lines) => lines.push({ task_index: 1, task: 'wave' }),
      episodes: (lines) => void Object.assign(lines[1] as object, { tasks: [] }),
      row: change(
        'task_index',
        0,
        (row) => row < 2,
        () => 1,
      ),
    });
    expect(of(report, 'tasks')).toMatchObject([
      { severity: 'warning', episode: 0, frame: 0, frames: 2, message: expect.stringContaining('"wave"') },
      { severity: 'warning', episode: 1, message: expect.stringContaining('no instruction is listed') },
    ]);
  });
});

describe('data files', () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ['missing', () => rm(dataFile(here('a'), 1)), 'cannot be opened'],
    ['truncated', () => truncate(dataFile(here('a'), 1), 3000), 'no readable parquet file (3000 bytes)'],
  ])('%s', async (_, damage, message) => {
    await writeArm(here('a'));
    await damage();
    const report = await examine(here('a'));
    expect(only(report, 'data-file')).toMatchObject({
      severity: 'error',
      episode: 1,
      remedy: 'drop',
      message: expect.stringContaining(message),
    });
    expect(report.summary.frames).toBe(40);
  });

  test('none at all', async () => {
    await writeArm(here('a'));
    await rm(here('a/data'), { recursive: true });
    expect((await examine(here('a'))).findings).toMatchObject([
      { check: 'data-file', episode: 0 },
      { check: 'data-file', episode: 1 },
    ]);
  });

  test('another number of rows than announced', async () => {
    const report = await examined({
      episodes: (lines) => Object.assign(lines[0] as object, { length: 39 }),
      info: (info) => Object.assign(info, { total_frames: 79 }),
    });
    // The rows of the episode after it count from those that are there.
    const message = 'there are 40 rows, but the metadata announce 39';
    expect(only(report, 'data-file')).toMatchObject({ severity: 'error', episode: 0, remedy: 'mend', message });
    expect(report.summary.frames).toBe(80);
  });

  test('a damaged page', async () => {
    await writeArm(here('a'));
    const file = await open(dataFile(here('a'), 0), 'r+');
    await file.write(new Uint8Array(200).fill(255), 0, 200, 60);
    await file.close();
    const report = await examine(here('a'));
    expect(of(report, 'columns')[0]).toMatchObject({ severity: 'error', episode: 0, feature: 'observation.state', remedy: 'drop' });
  });

  test('lists of another length, and columns that nobody knows', async () => {
    await writeArm(here('a'), { features: { force: { of: (row) => [Math.sin(row), Math.cos(row)] } } });
    await writeArm(here('b'), { features: { force: { of: (row) => [Math.sin(row), Math.cos(row), 1] }, more: { of: (row) => [row] } } });
    await copyFile(dataFile(here('b'), 1), dataFile(here('a'), 1));
    const report = await examine(here('a'));
    expect(of(report, 'columns')).toMatchObject([
      {
        severity: 'error',
        episode: 1,
        feature: 'force',
        frame: 0,
        remedy: 'drop',
        message: expect.stringContaining('has 3 values in row 0'),
      },
      { severity: 'info', message: expect.stringContaining('more') },
    ]);
  });

  test('values that the announced type would round', async () => {
    const dtypes = { exact: 1, rounded: 0.1 };
    const rows = [...Array(40).keys()];
    await writeArm(here('a'), {
      lengths: [40],
      features: Object.fromEntries(Object.keys(dtypes).map((name) => [name, { of: (row) => [row] }])),
    });
    const stored = await readFile(here('a/meta/info.json'), 'utf8');
    const { features } = JSON.parse(stored) as { features: Record<string, { dtype: string; shape: number[] }> };
    const columns = Object.entries(features).map(([name, { dtype, shape }]) => ({
      name,
      dtype: name in dtypes ? 'float64' : dtype,
      shape,
    }));
    const output = createParquet(dataFile(here('a'), 0), columns);
    const of1 = Object.fromEntries(
      columns.map(({ name, shape }) => [
        name,
        rows.flatMap((row) => Array(shape[0]).fill(row * (dtypes[name as keyof typeof dtypes] ?? 1))),
      ]),
    );
    output.append(40, of1);
    await output.finish();
    const found = of(await examine(here('a')), 'columns');
    expect(found.find(({ feature }) => feature === 'exact')).toMatchObject({ severity: 'warning', remedy: 'mend' });
    expect(found.find(({ feature }) => feature === 'rounded')).toMatchObject({
      severity: 'warning',
      repairable: false,
      message: expect.stringContaining('stored as DOUBLE, but meta/info.json says float32, which would round them'),
    });
  });

  test('values of another type than announced', async () => {
    const planted: Planted = {
      info: (info) => Object.assign((info.features as Record<string, object>)['observation.state'] as object, { dtype: 'float64' }),
    };
    expect(only(await examined(planted), 'columns')).toMatchObject({ severity: 'warning', feature: 'observation.state', remedy: 'mend' });
  });
});

describe('cameras', () => {
  test('a video that is missing', async () => {
    const report = await examined({ camera: true, video: (episode) => (episode === 1 ? null : {}) });
    expect(only(report, 'video')).toMatchObject({
      severity: 'error',
      episode: 1,
      camera: 'camera',
      remedy: 'drop',
      message: expect.stringContaining('there is no video'),
    });
  });

  test('a video that is cut off', async () => {
    await writeArm(here('a'), { camera: true });
    await truncate(videoFile(here('a'), 0), 1500);
    expect(only(await examine(here('a')), 'video')).toMatchObject({
      severity: 'error',
      episode: 0,
      message: expect.stringContaining('cut off'),
    });
  });

  test('a frame in the middle that cannot be decoded, if every frame is looked at', async () => {
    await writeArm(here('a'), { camera: true });
    const file = await open(videoFile(here('a'), 0), 'r+');
    const bytes = await file.readFile();
    const data = bytes.indexOf('mdat');
    await file.write(new Uint8Array(300).fill(255), 0, 300, data + Math.floor(0.7 * bytes.readUInt32BE(data - 4)));
    await file.close();
    expect((await examine(here('a'))).findings).toEqual([]);
    const finding = only(await examine(here('a'), { thorough: true }), 'video');
    expect(finding).toMatchObject({ severity: 'error', episode: 0, camera: 'camera', remedy: 'drop' });
    expect(finding.frame).toBeGreaterThan(5);
    expect(finding.frame).toBeLessThan(35);
  });

  test('too few frames, and too many', async () => {
    const report = await examined({ camera: true, video: (episode) => ({ frames: episode === 0 ? 37 : 42 }) });
    expect(of(report, 'frame-count')).toMatchObject([
      { severity: 'error', episode: 0, camera: 'camera', frame: 37, frames: 3, remedy: 'drop', message: 'there are 37 frames for 40 rows' },
      { severity: 'warning', episode: 1, remedy: 'mend', message: expect.stringContaining('there are 42 frames for 40 rows') },
    ]);
  });

  test('frames of another size', async () => {
    const report = await examined({ camera: true, video: (episode) => ({ width: episode === 1 ? 48 : 32 }) });
    expect(only(report, 'video-format')).toMatchObject({
      severity: 'error',
      episode: 1,
      message: 'frames are 48×16, but meta/info.json says 32×16',
    });
  });

  test('frames at other times', async () => {
    const report = await examined({ camera: true, video: (episode) => ({ fps: episode === 1 ? 25 : FPS }) });
    expect(only(report, 'video-times')).toMatchObject({
      severity: 'error',
      episode: 1,
      frame: 1,
      frames: 39,
      remedy: 'mend',
      message: expect.stringContaining('25 frames per second'),
    });
  });

  test('a video of many episodes that is cut off', async () => {
    await writeArm(here('a'), { camera: true });
    await repair(here('a'), here('b'));
    await truncate(here('b/videos/camera/chunk-000/file-000.mp4'), 1000);
    const report = await examine(here('b'));
    expect(of(report, 'video').map(({ episode, camera, remedy }) => [episode, camera, remedy])).toEqual([
      [0, 'camera', 'drop'],
      [1, 'camera', 'drop'],
    ]);
  });

  test('pictures in the data files, one of which is none', async () => {
    const features = { picture: { dtype: 'image', shape: [4, 6, 3] } };
    const bytes = await sharp(Buffer.alloc(72, 100), { raw: { width: 6, height: 4, channels: 3 } })
      .png()
      .toBuffer();
    const rows = [...Array(9).keys()];
    for (const name of ['sound', 'broken']) {
      const writer = await createLeRobot(here(name), { fps: 10, features });
      const images = { picture: rows.map(() => ({ bytes })) };
      await writer.addEpisode({ length: 9, rows: [{ length: 9, tasks: TASK, columns: {}, images }] });
      await writer.finish();
    }
    const zeros = rows.map(() => 0);
    const index = { timestamp: rows.map((i) => i / 10), frame_index: rows, episode_index: zeros, index: rows, task_index: zeros };
    const whole = Object.keys(index).slice(1);
    const columns = [
      ...whole.map((name) => ({ name, dtype: 'int64' })),
      { name: 'timestamp', dtype: 'float32' },
      { name: 'picture', dtype: 'image' },
    ];
    const output = createParquet(here('broken/data/chunk-000/file-000.parquet'), columns);
    output.append(9, { ...index, picture: rows.map((i) => ({ bytes: i === 5 ? bytes.subarray(0, 20) : bytes })) });
    await output.finish();
    expect(of(await examine(here('sound'), { thorough: true }), 'video')).toEqual([]);
    expect(of(await examine(here('broken')), 'video')).toEqual([]);
    expect(of(await examine(here('broken'), { thorough: true }), 'video')).toMatchObject([
      { severity: 'error', episode: 0, frame: 5, frames: 1, camera: 'picture' },
    ]);
  });
});

describe('timestamps and indices', () => {
  test('drift', async () => {
    const report = await examined({
      row: change(
        'timestamp',
        1,
        (row) => row >= 10,
        (time, row) => time + 2e-5 * (row - 9),
      ),
    });
    // 10⁻⁴ s is allowed: five rows of 2·10⁻⁵
    expect(only(report, 'timestamps')).toMatchObject({
      severity: 'error',
      episode: 1,
      frame: 15,
      frames: 25,
      remedy: 'mend',
      message: expect.stringContaining('off by up to 0.0006'),
    });
  });

  test('NaN, and time that goes back', async () => {
    const swapped = (row: number): boolean => row === 20 || row === 21;
    const report = await examined({
      row: (column, episode, row, values) => {
        if (column !== 'timestamp' || episode !== 0) return values;
        if (row === 5) return [Number.NaN];
        return swapped(row) ? [(41 - row) / FPS] : values;
      },
    });
    const found = of(report, 'timestamps');
    expect(found.map(({ frame, frames }) => [frame, frames])).toEqual([
      [5, 1],
      [20, 2],
      [21, 1],
    ]);
    expect(found[0]?.message).toContain('NaN');
    expect(found[2]?.message).toContain('does not come after');
  });

  test('frames that are missing in a video make times unsure', async () => {
    const report = await examined({
      camera: true,
      video: () => ({ frames: 42 }),
      row: change(
        'timestamp',
        0,
        (row) => row === 7,
        () => 0,
      ),
    });
    expect(of(report, 'timestamps').every(({ remedy }) => remedy === 'drop')).toBe(true);
    expect(of(report, 'timestamps').length).toBeGreaterThan(0);
  });

  test('f32 has no closer number for late rows, which is fine', () => {
    const findings = createFindings();
    const check = timestampCheck({ findings, episode: 0, fps: 30, regular: true, framesAgree: true });
    const from = 1_000_000;
    const data = Float32Array.from({ length: 100 }, (_, i) => (from + i) / 30);
    expect(Math.max(...data.map((time, i) => Math.abs(time - (from + i) / 30)))).toBeGreaterThan(1e-4);
    check({ from, length: 100, columns: { timestamp: { shape: [1], data } } });
    expect(findings.list()).toEqual([]);
  });

  test.each(['frame_index', 'episode_index', 'index'])('%s that does not count on', async (column) => {
    const report = await examined({
      row: change(
        column,
        1,
        (row) => row >= 38,
        (value) => value + 5,
      ),
    });
    const right = { frame_index: 38, episode_index: 1, index: 78 }[column] as number;
    expect(only(report, 'indices')).toMatchObject({
      episode: 1,
      frame: 38,
      frames: 2,
      feature: column,
      remedy: 'mend',
      message: `${column} is ${right + 5}, but should be ${right}`,
    });
  });
});

describe('values', () => {
  test('NaN and infinity', async () => {
    const report = await examined({
      row: (column, episode, row, values) =>
        column === 'action' && episode === 1 && row % 10 === 6
          ? values.map((value, i) => (i === 1 ? Number.NaN : i === 7 ? Number.POSITIVE_INFINITY : value))
          : values,
    });
    expect(only(report, 'values')).toMatchObject({
      severity: 'error',
      episode: 1,
      frame: 6,
      frames: 4,
      feature: 'action',
      remedy: 'drop',
      message: 'dimensions 1, 7 are NaN',
    });
  });

  test('constants, and quantiles that are too close', async () => {
    const features = {
      extra: { names: ['still', 'rare', 'moving'], of: (row: number) => [3, row === 39 ? 1000 : Math.sin(row) * 1e-3, row] },
    };
    // 1 of 400 rows is beyond the quantiles.
    const report = await examined({ lengths: [400], features });
    const rare = of(report, 'degenerate-quantiles');
    expect(rare).toMatchObject([{ severity: 'warning', feature: 'extra', message: expect.stringContaining('rare cannot be normalised') }]);
    expect(of(report, 'constant')).toMatchObject([{ severity: 'info', feature: 'extra', message: 'still never changes' }]);
  });

  test.each([
    ['the same frame', 0, 1],
    ['the next frame, which is how commands are often made', 1, 0],
  ])('actions that are the state of %s', async (_, later, findings) => {
    const value = (i: number): number => Math.fround(Math.sin(i / 5));
    const numbers = (from: number): number[] => Array.from({ length: 12 }, (_n, i) => value(i + 2 * from));
    const feature = { dtype: 'float32', shape: [2] };
    const values = { 'observation.state': numbers(0), action: numbers(later) };
    await writeV21(here('a'), {
      fps: 10,
      features: { 'observation.state': feature, action: feature },
      episodes: [{ tasks: Array(6).fill(TASK), values }],
    });
    const found = of(await examine(here('a')), 'state-leak');
    expect(found).toHaveLength(findings);
    if (findings > 0) expect(found).toMatchObject([{ severity: 'warning', feature: 'action', frames: 6 }]);
  });
});

describe('stored statistics', () => {
  test('of episodes are only remembered where a version stores them', () => {
    const names = Array.from({ length: 15 }, (_, i) => `feature ${i}`);
    const source = memorySource({ rows: 1, fps: 30, values: Object.fromEntries(names.map((name) => [name, () => Array(16).fill(0)])) });
    const episodes = Array.from({ length: 5000 }, (_, index) => ({ index, length: 1, tasks: [] }));
    const check = statisticsCheck({ ...source, episodes });
    const column = { shape: [16], data: new Float64Array(16) };
    const block = { from: 0, length: 1, columns: Object.fromEntries(names.map((name) => [name, column])) };
    const before = process.memoryUsage().arrayBuffers;
    for (const { index } of episodes) check.block(index, block);
    // They were 58 MB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2e7);
  });

  test('that are not those of the data', async () => {
    const report = await examined({
      statistics: (lines) => {
        for (const { stats } of lines)
          (stats.action as Record<string, number[]>).max = [...((stats.action as Record<string, number[]>).max as number[])].map(
            (max, i) => (i === 2 ? max + 0.1 : max),
          );
      },
    });
    expect(only(report, 'stored-statistics')).toMatchObject({
      severity: 'warning',
      episode: 0,
      feature: 'action',
      remedy: 'mend',
      message: expect.stringMatching(/max of dimension 2 is stored as .* and likewise in 1 more episode\./),
    });
  });

  test('that are missing', async () => {
    await writeArm(here('a'));
    await rm(here('a/meta/episodes_stats.jsonl'));
    expect(only(await examine(here('a')), 'stored-statistics').message).toContain('cannot be read');
    await writeArm(here('b'), { statistics: (lines) => lines.pop() });
    expect(only(await examine(here('b')), 'stored-statistics')).toMatchObject({
      episode: 1,
      message: expect.stringContaining('1 episode has no statistics'),
    });
  });

  test('minimum and maximum where quantiles were meant', async () => {
    // Of a third power, 1 % of the values are far from the rest.
    await writeArm(here('a'), { lengths: [200], features: { cubic: { of: (row) => [((row - 100) / 10) ** 3] } } });
    await repair(here('a'), here('b'));
    const file = here('b/meta/stats.json');
    const stats = JSON.parse(await readFile(file, 'utf8')) as Record<string, Record<string, unknown>>;
    expect((await examine(here('b'))).findings).toEqual([]);
    Object.assign(stats.cubic as object, { q01: stats.cubic?.min, q99: stats.cubic?.max });
    await writeFile(file, JSON.stringify(stats));
    const finding = only(await examine(here('b')), 'stored-statistics');
    expect(finding).toMatchObject({
      feature: 'cubic',
      remedy: 'mend',
      message: expect.stringContaining('minimum and maximum, where quantiles were meant'),
    });
  });
});

describe('joints and grippers', () => {
  test('beyond the limits', async () => {
    // The fourth joint of a Panda is between -3.07 and -0.07 rad.
    const report = await examined({
      row: change(
        'observation.state',
        1,
        (row) => row === 12,
        () => 0.1,
        3,
      ),
    });
    expect(of(report, 'joint-limits')).toMatchObject([
      {
        severity: 'warning',
        episode: 1,
        frame: 12,
        frames: 1,
        feature: 'observation.state',
        message: expect.stringContaining('0.1 in frame 12'),
      },
    ]);
    expect(of(report, 'joint-jumps')).toMatchObject([{ severity: 'warning', episode: 1, frame: 12, frames: 2 }]);
  });

  test('there is no jump over frames that are no numbers', async () => {
    const report = await examined({
      row: change(
        'observation.state',
        0,
        (row) => row >= 20,
        (value, row) => (row < 25 ? Number.NaN : value + 1),
      ),
    });
    expect(of(report, 'joint-jumps')).toEqual([]);
  });

  test('degrees', async () => {
    const report = await examined({
      row: (column, episode, _, values) =>
        column === 'observation.state' && episode === 0 ? values.map((value, i) => (i < 7 ? (value * 180) / Math.PI : value)) : values,
    });
    expect(of(report, 'joint-limits')[0]).toMatchObject({
      severity: 'error',
      episode: 0,
      frame: 0,
      message: expect.stringContaining('are these degrees?'),
    });
    expect(of(report, 'rotation-convention')).toHaveLength(1);
  });

  test('a gripper beyond its ends', async () => {
    const report = await examined({
      row: change(
        'action',
        0,
        (row) => row > 36,
        () => 1.2,
        7,
      ),
    });
    expect(only(report, 'gripper-range')).toMatchObject({
      severity: 'warning',
      episode: 0,
      frame: 37,
      frames: 3,
      feature: 'action',
      message: expect.stringContaining('20 %'),
    });
  });
});

describe('rotations', () => {
  const rotated =
    (
      column: string,
      episode: number,
      rows: (row: number) => boolean,
      to: (quaternion: number[]) => number[],
      at: number,
    ): NonNullable<Planted['row']> =>
    (name, e, row, values) =>
      name === column && e === episode && rows(row)
        ? [...values.slice(0, at), ...to(values.slice(at, at + 4)), ...values.slice(at + 4)]
        : values;

  test('a quaternion that changes its sign', async () => {
    const report = await examined({
      row: rotated(
        'action',
        1,
        (row) => row >= 10 && row < 20,
        (q) => q.map((n) => -n),
        3,
      ),
    });
    expect(only(report, 'rotation-sign')).toMatchObject({
      severity: 'warning',
      episode: 1,
      frame: 10,
      frames: 2,
      feature: 'action',
      remedy: 'mend',
    });
  });

  test('a rotation that jumps', async () => {
    // Half a turn about the tool's z: (w, x, y, z)·(0, 0, 0, 1)
    const report = await examined({
      row: rotated(
        'action',
        0,
        (row) => row === 25,
        ([w, x, y, z]) => [-(z as number), y as number, -(x as number), w as number],
        3,
      ),
    });
    const finding = of(report, 'rotation-jumps')[0];
    expect(finding).toMatchObject({ severity: 'warning', episode: 0, frame: 25, frames: 2, feature: 'action' });
    expect(of(report, 'relative-poses')).toMatchObject([
      { episode: 0, frame: 25, frames: 2, message: expect.stringContaining('the commanded tool of the arm turns') },
    ]);
  });

  test('numbers that are no rotation', async () => {
    const report = await examined({
      row: rotated(
        'observation.state',
        0,
        (row) => row >= 33,
        (q) => q.map((n) => 1.5 * n),
        ROTATION_AT,
      ),
    });
    expect(only(report, 'rotation-convention')).toMatchObject({
      severity: 'error',
      episode: 0,
      frame: 33,
      frames: 7,
      feature: 'observation.state',
      message: expect.stringContaining('no known convention fits'),
    });
  });

  test('columns read as if they were interleaved, and what fits', async () => {
    const report = await examined({ lengths: [40], convention: 'rmat6d-interleaved', declared: 'rmat6d-columns' });
    const messages = of(report, 'rotation-convention').map(({ message }) => message);
    expect(messages.find((message) => message.includes('observation.state[10–15] is declared as rmat6d-columns'))).toContain(
      'they could be rmat6d-interleaved',
    );
    expect(messages.find((message) => message.includes('from where its joints put the tool'))).toContain(
      'read as rmat6d-interleaved they agree',
    );
  });

  test.each([
    ['rmat6d-rows', 'rmat6d-columns'],
    ['quaternion-xyzw', 'quaternion-wxyz'],
  ] as const)('%s declared as %s, which only the joints tell', async (convention, declared) => {
    const report = await examined({ lengths: [40], convention, declared });
    expect(of(report, 'rotation-convention')).toMatchObject([
      {
        severity: 'error',
        feature: 'observation.state',
        message: expect.stringContaining(`read as ${convention} they agree: the binding's convention is wrong`),
      },
    ]);
  });

  test('poses of another frame than the joints', async () => {
    const report = await examined({
      row: (column, _e, _r, values) =>
        values.map(
          (value, i) => value + (column === 'observation.state' && i === 7 ? 0.3 : 0) + (column === 'action' && i === 0 ? 0.3 : 0),
        ),
    });
    expect(of(report, 'rotation-convention')).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('0.00 rad and 0.300 m from where its joints put the tool') },
    ]);
  });

  test('columns that are only called like rotations', async () => {
    const names = ['force', 'ee_quat_x', 'ee_quat_y', 'ee_quat_z', 'ee_quat_w'];
    const turn = (row: number): [number, number] => [Math.sin(row / 20), Math.cos(row / 20)];
    const features = {
      'observation.sensors': { names, of: (row: number) => [row / 7, 0, 0, ...turn(row).map((n) => (row === 20 ? -n : n))] },
      'observation.rot6d': { of: (row: number) => [turn(row)[1], turn(row)[0], 0, -turn(row)[0], turn(row)[1], row === 15 ? 0.5 : 0] },
    };
    const report = await examined({ unbound: true, features });
    expect(of(report, 'rotation-sign')).toMatchObject([
      { feature: 'observation.sensors', episode: 0, frame: 20, frames: 2, repairable: false },
      { episode: 1 },
    ]);
    expect(of(report, 'rotation-convention')).toMatchObject([
      { severity: 'warning', feature: 'observation.rot6d', episode: 0, frame: 15, frames: 1 },
      { episode: 1 },
    ]);
  });

  test('actions and differences are no orientations', async () => {
    const turn = (row: number): number[] => [0.3 * Math.sin(row * 2), 0.3 * Math.cos(row * 1.3), 0.25 * Math.sin(row)];
    const names = ['axis_angle1', 'axis_angle2', 'axis_angle3'];
    const features = {
      'action.arm': { names, of: turn },
      'observation.delta': { names, of: turn },
      'observation.rel': { names, of: turn },
      'observation.state.ee': { names: names.map((name) => `delta_${name}`), of: turn },
    };
    const { findings } = await examined({ unbound: true, features });
    expect(findings.filter(({ check }) => check.startsWith('rotation'))).toEqual([]);
  });

  test('angles in degrees, which are not said to turn too fast', async () => {
    const features = {
      'observation.euler': { of: (row: number) => [170 + 10 * Math.sin(row / 20), 5 * Math.cos(row / 13), 90 * Math.sin(row / 40)] },
    };
    const report = await examined({ unbound: true, lengths: [40], features });
    expect(report.findings.filter(({ check }) => check.startsWith('rotation'))).toMatchObject([
      { check: 'rotation-convention', feature: 'observation.euler', frames: 40, message: expect.stringMatching(/are these degrees\?$/) },
    ]);
  });

  test('angles that wrap', async () => {
    const features = {
      'observation.ee_euler': { of: (row: number) => [0.1 * Math.sin(row), 0, ((3 + row / 100 + Math.PI) % (2 * Math.PI)) - Math.PI] },
    };
    const report = await examined({ unbound: true, features });
    expect(of(report, 'rotation-wrap')).toMatchObject([
      { feature: 'observation.ee_euler', episode: 0, frame: 15, frames: 1, repairable: false },
      { episode: 1 },
    ]);
  });
});

describe('motion', () => {
  test('a tool that is faster than arms are', async () => {
    const report = await examined({
      row: change(
        'action',
        1,
        (row) => row === 8,
        (x) => x + 0.15,
      ),
    });
    expect(of(report, 'relative-poses')).toMatchObject([
      {
        severity: 'warning',
        episode: 1,
        frame: 8,
        frames: 2,
        message: expect.stringMatching(/the commanded tool .* m\/s, where 3 is more than arms do/),
      },
    ]);
  });

  test('commands in another frame than what is measured', async () => {
    const report = await examined({
      row: (column, _e, _r, values) => (column === 'action' ? values.map((value, i) => (i === 1 ? value + 0.6 : value)) : values),
    });
    expect(of(report, 'relative-poses').filter(({ message }) => message.includes('different frames'))).toMatchObject([
      { episode: 0, frame: 0, frames: 40 },
      { episode: 1 },
    ]);
  });

  test('poses out of reach', async () => {
    // The arm is 0.86 m long, and its tool another 0.2 m.
    const far = (row: number): number => Math.min(1, Math.max(0, (row - 15) / 20)) * 1.2;
    const report = await examined({
      lengths: [60],
      row: change(
        'action',
        0,
        (row) => row > 15,
        (x, row) => x + far(row),
      ),
    });
    const finding = of(report, 'unreachable')[0] as Finding;
    expect(finding.message).toMatch(/it stays up to [\d.]+ m and [\d.]+ rad away, worst in frame \d+$/);
    expect(finding).toMatchObject({ severity: 'warning', episode: 0 });
    expect(finding.frame).toBeGreaterThan(20);
    expect(await examine(here('a'))).toEqual(report);
  });
});

describe('FAST', () => {
  test('a tokenizer that was made for less motion', async () => {
    const still = fitFast([{ horizon: 30, dims: 10, data: new Float64Array(300).map((_, i) => Math.sin(i) / 100) }]);
    const report = await examined({}, { fast: still });
    const finding = only(report, 'fast');
    expect(finding).toMatchObject({ severity: 'error', message: expect.stringMatching(/does not give back \d+ of \d+ chunks/) });
    expect(finding.frames).toBe(report.summary.chunks);
  });

  // Too few frames to move the quantiles: of what is normalised by them, they are far out.
  test.each([22, 40])('outliers of %d m, which the published one cuts off', async (metres) => {
    const far = change(
      'action',
      0,
      (row) => row >= 400 && row < 403,
      (x) => x - metres,
    );
    const report = await examined({ lengths: [800], row: far });
    const message = expect.stringMatching(/the published FAST tokenizer cuts off \d of \d+/);
    expect(of(report, 'fast')).toMatchObject([{ severity: 'warning', episode: 0, message }]);
    const { frame } = of(report, 'fast')[0] as { frame: number };
    expect(frame).toBeGreaterThan(400 - 31);
    expect(frame).toBeLessThan(403);
    expect(of(await examine(here('a'), { seed: 7 }), 'fast')).toEqual(of(report, 'fast'));
  });
});

test('a million bad frames are one finding', () => {
  const findings = createFindings();
  const check = valueCheck({ findings, episode: 3, fps: 30, regular: true, framesAgree: true }, { a: { dtype: 'float32', shape: [2] } });
  const data = new Float32Array(2 * 10_000).fill(Number.NaN);
  for (let from = 17; from < 1_000_017; from += 10_000) check({ from, length: 10_000, columns: { a: { shape: [2], data } } });
  expect(findings.list()).toMatchObject([{ episode: 3, frame: 17, frames: 1_000_000, feature: 'a' }]);
});

test('the report is short, and says what was examined', async () => {
  const report = await examined({
    lengths: Array.from({ length: 7 }, () => 40),
    row: (column, _e, row, values) => (column === 'action' && row === 2 ? values.map(() => Number.NaN) : values),
  });
  const text = formatReport(report);
  expect(text).toContain('examined 7 episodes, 280 rows, 0 cameras, robot panda');
  expect(text).toContain('error   values  all numbers are finite');
  expect(text).toContain('episode 3, frame 2, action: dimensions 0, 1, 2, 3 and 4 more are NaN [repair leaves the episode out]');
  expect(text).not.toContain('episode 4, frame 2, action');
  expect(text).toContain('… and 3 more');
  expect(text).toContain('not sound: 7 errors');
  expect(text).not.toContain('\x1b');
  expect(formatReport(report, true)).toContain('\x1b[31m');
});
