/** What is mended, what is left out, and that nothing else changes. */
import { readdir, rm, truncate } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { examine } from '../../src/data/doctor/examine.ts';
import { type RepairProgress, repair } from '../../src/data/doctor/repair.ts';
import { openLeRobot } from '../../src/data/lerobot/open.ts';
import type { Rows } from '../../src/data/source.ts';
import { dataFile, FPS, type Planted, ROTATION_AT, TASK, videoFile, writeArm } from './doctor-support.ts';
import { allRows, temporaryFolder } from './lerobot/support.ts';

const here = temporaryFolder();

vi.setConfig({ testTimeout: 60_000 });

/** All rows of a dataset that can be read. */
async function rowsOf(root: string): Promise<Rows[]> {
  const source = await openLeRobot(root);
  return allRows(source).finally(() => source.close());
}

/** A dataset with everything that can be mended, an episode each; what it was before is in `sound`. */
const MENDABLE: Planted = {
  lengths: [40, 41, 42, 43, 44, 45, 46],
  camera: true,
  video: (episode) => (episode === 4 ? { frames: 47 } : episode === 5 ? { fps: 25 } : {}),
  row: (column, episode, row, values) => {
    if (column === 'timestamp' && episode === 0) return values.map((time) => time * 1.01);
    if (column === 'timestamp' && episode === 1 && row === 9) return [Number.NaN];
    if (column === 'index' && episode > 2) return values.map((index) => index + 3);
    if (column === 'frame_index' && episode === 2) return [0];
    if (column === 'task_index' && episode === 6 && row > 20) return [5];
    if (column === 'observation.state' && episode === 3 && row >= 11 && row < 17) {
      return values.map((value, i) => (i >= ROTATION_AT && i < ROTATION_AT + 4 ? -value : value));
    }
    return values;
  },
  episodes: (lines) => {
    Object.assign(lines[2] as object, { length: 10 });
    lines.push({ ...lines[6] });
  },
  info: (info) => Object.assign(info, { total_frames: 5, total_episodes: 9 }),
  statistics: (lines) => {
    for (const { stats } of lines) (stats.action as Record<string, number[]>).mean = Array(8).fill(7);
  },
};

test('everything that needs no guess is mended, and the numbers stay as they were', async () => {
  await writeArm(here('broken'), MENDABLE);
  await writeArm(here('sound'), { lengths: MENDABLE.lengths ?? [], camera: true });
  const listing = await readdir(here('broken'), { recursive: true });
  const progress: RepairProgress[] = [];
  const { before, after, mended, dropped, episodes, frames } = await repair(here('broken'), here('new'), {
    onProgress: (seen) => progress.push(seen),
  });

  const found = new Set(before.findings.map(({ check }) => check));
  expect([...found].sort()).toEqual(
    ['data-file', 'frame-count', 'indices', 'metadata', 'rotation-sign', 'stored-statistics', 'tasks', 'timestamps', 'video-times'].sort(),
  );
  expect(after.findings).toEqual([]);
  const again = expect.stringContaining('the episode is listed twice; only its first listing counts');
  expect(dropped).toEqual([{ episode: 6, again: true, reasons: [again] }]);
  expect(new Set(mended.map(({ check }) => check))).toEqual(found);
  expect(episodes).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(frames).toBe(40 + 41 + 42 + 43 + 44 + 45 + 46);
  expect(new Set(progress.map(({ stage }) => stage))).toEqual(new Set(['examine', 'write', 'verify']));

  const [wanted, got] = [await rowsOf(here('sound')), await rowsOf(here('new'))];
  for (const [i, { columns, timestamps, tasks, length }] of got.entries()) {
    expect(length).toBe(wanted[i]?.length);
    expect(columns).toEqual(wanted[i]?.columns);
    expect([...tasks]).toEqual(Array(length).fill(TASK));
    expect([...timestamps]).toEqual(Array.from({ length }, (_, row) => Math.fround(row / FPS)));
  }
  expect(await readdir(here('broken'), { recursive: true })).toEqual(listing);
});

test('frames are those of their rows: left over ones are cut off, and times of a wrong rate do not count', async () => {
  await writeArm(here('broken'), MENDABLE);
  await repair(here('broken'), here('new'));
  const source = await openLeRobot(here('new'));
  try {
    for (const episode of [4, 5]) {
      const { length } = source.episodes[episode] as { length: number };
      const camera = await source.openCamera(episode, 'camera');
      expect(camera.length).toBe(length);
      for (const row of [0, 10, 20]) {
        // The pictures of these videos get lighter by 10 levels a frame, and start again after 255.
        const { data } = await camera.at(row / FPS);
        expect(Math.abs((data[0] as number) - ((10 * row) % 256))).toBeLessThan(8);
      }
      camera.close();
    }
  } finally {
    await source.close();
  }
});

test('what cannot be mended is left out, with the reason', async () => {
  await writeArm(here('broken'), {
    lengths: [40, 40, 40, 40, 40, 40],
    camera: true,
    video: (episode) => (episode === 1 ? null : episode === 3 ? { frames: 39 } : {}),
    row: (column, episode, row, values) => (column === 'action' && episode === 4 && row === 8 ? values.map(() => Number.NaN) : values),
  });
  await rm(dataFile(here('broken'), 2));
  await truncate(videoFile(here('broken'), 0), 2000);
  const { after, dropped, episodes } = await repair(here('broken'), here('new'));
  expect(episodes).toEqual([5]);
  expect(dropped).toEqual([
    { episode: 0, reasons: [expect.stringMatching(/^camera: .*(cut off|has no frames)/)] },
    { episode: 1, reasons: [expect.stringContaining('there is no video')] },
    { episode: 2, reasons: [expect.stringContaining('cannot be opened')] },
    { episode: 3, reasons: ['camera, frame 39: there are 39 frames for 40 rows'] },
    { episode: 4, reasons: [expect.stringMatching(/^action, frame 8: .* are NaN$/)] },
  ]);
  expect(after.findings).toEqual([]);
  expect(after.summary).toMatchObject({ episodes: 1, frames: 40, embodiment: 'panda' });
  expect(JSON.parse(JSON.stringify(after))).toEqual(await examine(here('new')));
});

test('what would be a guess stays as it is, and is reported', async () => {
  const planted: Planted = {
    row: (column, episode, row, values) =>
      column === 'action' && episode === 1 && row === 9 ? values.map((value, i) => (i === 0 ? value + 0.2 : value)) : values,
  };
  await writeArm(here('broken'), planted);
  const { before, after, mended } = await repair(here('broken'), here('new'));
  expect(before.findings.length).toBeGreaterThan(0);
  expect(mended).toEqual([]);
  expect(after.findings).toEqual(before.findings);
  expect((await rowsOf(here('new'))).map(({ columns }) => columns)).toEqual((await rowsOf(here('broken'))).map(({ columns }) => columns));
});

test('a repaired dataset can be repaired, and comes out the same', async () => {
  await writeArm(here('a'), { camera: true });
  await repair(here('a'), here('b'));
  const { after, mended, dropped } = await repair(here('b'), here('c'));
  expect([after.findings, mended, dropped]).toEqual([[], [], []]);
  expect(await rowsOf(here('c'))).toEqual(await rowsOf(here('b')));
});

test('when nothing can be kept there is no new dataset', async () => {
  await writeArm(here('a'), { row: (column, _, __, values) => (column === 'action' ? values.map(() => Number.NaN) : values) });
  await expect(repair(here('a'), here('b'))).rejects.toThrow(/no episode can be kept. Episode 0: action, frame 0: .* are NaN/);
  expect(await readdir(here())).toEqual(['a']);
  await writeArm(here('c'));
  await expect(repair(here('c'), here('a'))).rejects.toThrow('is not empty');
});

test('an info.json that lies about fps is no reason to play everything in slow motion', async () => {
  await writeArm(here('a'), { camera: true, info: (info) => Object.assign(info, { fps: 10 }) });
  const { findings } = await examine(here('a'));
  expect(findings.filter(({ check }) => check === 'metadata')).toMatchObject([
    { severity: 'error', repairable: false, message: expect.stringMatching(/fps is 10 in .*, but .* there are 30 frames per second/) },
  ]);
  const times = findings.filter(({ check }) => check === 'timestamps' || check === 'video-times');
  expect(times.map(({ remedy }) => remedy)).toEqual(['drop', 'drop', 'drop', 'drop']);
  await expect(repair(here('a'), here('b'))).rejects.toThrow(/cannot be repaired: fps is 10 .* Correct meta\/info.json first/);
});

test('rows at another rate than everything else are not mended', async () => {
  await writeArm(here('a'), {
    camera: true,
    row: (column, episode, _, values) => (column === 'timestamp' && episode === 0 ? values.map((time) => time * 2) : values),
  });
  const { dropped, episodes } = await repair(here('a'), here('b'));
  expect(episodes).toEqual([1]);
  expect(dropped).toEqual([{ episode: 0, reasons: [expect.stringContaining('rows come at 15 Hz, not at 30')] }]);
});

test('a gap in time stays out, other bad times are mended', async () => {
  await writeArm(here('a'), {
    lengths: [40, 40, 40],
    row: (column, episode, row, values) => {
      if (column !== 'timestamp') return values;
      // One second is missing, and, so that it is not too easy, there are bad times beside it.
      if (episode === 0) return [row === 18 ? Number.NaN : row === 23 ? 0 : (values[0] as number) + (row >= 20 ? 1 : 0)];
      // Twice the same time, and two that are exchanged
      if (episode === 1) return [(row === 7 ? 6 : row === 20 ? 21 : row === 21 ? 20 : row) / FPS];
      return values;
    },
  });
  const { dropped, episodes, mended, after } = await repair(here('a'), here('b'));
  expect(episodes).toEqual([1, 2]);
  const reason = expect.stringContaining('frames are missing before frame 20, 1.033 s after the one before');
  expect(dropped).toEqual([{ episode: 0, reasons: [reason, reason, reason] }]);
  expect(new Set(mended.map(({ check, episode }) => `${check} ${episode}`))).toEqual(new Set(['timestamps 1']));
  expect(after.findings).toEqual([]);
});

test('rows that contradict the instruction that is announced are left out', async () => {
  await writeArm(here('a'), {
    tasks: (lines) => lines.push({ task_index: 1, task: 'wave' }),
    row: (column, episode, _, values) => (column === 'task_index' && episode === 0 ? [1] : values),
  });
  const { dropped, mended } = await repair(here('a'), here('b'));
  expect(mended).toEqual([]);
  expect(dropped).toEqual([{ episode: 0, reasons: [expect.stringContaining('"wave" is not among those')] }]);
});

test('NaN in a feature that nothing is made of does not cost episodes', async () => {
  const features = { 'observation.force': { of: (row: number) => [row === 3 ? Number.NaN : Math.sin(row), row] } };
  await writeArm(here('a'), { features });
  const { before, dropped, frames } = await repair(here('a'), here('b'));
  const found = before.findings.filter(({ check }) => check === 'values');
  expect(found).toMatchObject([
    { severity: 'warning', feature: 'observation.force', frame: 3, frames: 1, repairable: false, message: 'dimension 0 is NaN' },
    { episode: 1 },
  ]);
  expect([dropped, frames]).toEqual([[], 80]);
});

test('an episode that is listed twice is looked at once', async () => {
  await writeArm(here('a'), {
    lengths: [40, 40, 40],
    episodes: (lines) => lines.splice(2, 0, { ...lines[1], length: 70 }),
  });
  const { before, dropped, episodes, frames } = await repair(here('a'), here('b'));
  expect(before.summary).toMatchObject({ episodes: 3, frames: 120 });
  expect(before.findings.filter(({ check }) => check !== 'metadata')).toEqual([]);
  expect([episodes, frames]).toEqual([[0, 1, 2], 120]);
  expect(dropped).toEqual([{ episode: 1, again: true, reasons: [expect.stringContaining('70 rows instead of 40')] }]);
});

test('columns that the metadata do not know are lost, and named', async () => {
  await writeArm(here('a'), {
    features: { 'observation.force': { of: (row) => [Math.sin(row), row] } },
    info: (info) => delete (info.features as Record<string, unknown>)['observation.force'],
  });
  expect((await repair(here('a'), here('b'))).lostColumns).toEqual(['observation.force']);
});
