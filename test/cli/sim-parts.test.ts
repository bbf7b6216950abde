/** What the commands of the simulator are made of: shares of tasks, unfinished work, sheets, outlines. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { createShares, type Share } from '../../src/cli/sim/shares.ts';
import { wrapped, writeSheet } from '../../src/cli/sim/sheet.ts';
import { type Settings, workOn } from '../../src/cli/sim/unfinished.ts';
import { bodiesOf } from '../../src/cli/sim/view/outlines.ts';
import { depthRange, segmentColors } from '../../src/cli/sim/view/pictures.ts';
import { cubeAndPlate } from '../sim/stand-ins.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-sim-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

describe('shares', () => {
  /** Tries seeds as several workers would, which are done in an order of their own. */
  function tryAll(
    tasks: readonly string[],
    episodes: number,
    succeeds: (task: string, seed: number) => boolean,
    workers: number,
    order: readonly number[],
  ) {
    const shares = createShares({ tasks, seed: 5, keepFailures: false }, episodes);
    const busy: NonNullable<ReturnType<typeof shares.next>>[] = [];
    for (let turn = 0; ; turn++) {
      for (let job = shares.next(); job; job = shares.next()) {
        busy.push(job);
        if (busy.length >= workers) break;
      }
      const [job] = busy.splice((order[turn % order.length] as number) % Math.max(busy.length, 1), 1);
      if (!job) return shares.all;
      shares.add({ ...job, success: succeeds(job.task, job.seed), instruction: '', rows: 1 });
    }
  }
  const seedsOf = (shares: readonly Share[], which: 'kept' | 'tried'): number[][] =>
    shares.map((share) => share[which].map(({ seed }) => seed));

  test('of each task, the first seeds that succeed are kept and none is tried in vain, whoever is done first', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(20), { minLength: 1, maxLength: 9 }),
        (count, episodes, pattern, workers, order) => {
          fc.pre(pattern.filter(Boolean).length >= 4);
          const tasks = ['a/x', 'b/y', 'c/z'].slice(0, count);
          const succeeds = (task: string, seed: number): boolean => pattern[(seed + tasks.indexOf(task)) % pattern.length] as boolean;
          const shares = tryAll(tasks, episodes, succeeds, workers, order);
          expect(shares.map(({ kept }) => kept.length).reduce((a, b) => a + b)).toBe(episodes);
          for (const [i, share] of shares.entries()) {
            const wanted = Math.ceil((episodes - i) / count);
            const expected: number[] = [];
            let seed = 5;
            for (; expected.length < wanted; seed++) if (succeeds(share.task, seed)) expected.push(seed);
            expect(seedsOf([share], 'kept')).toEqual([expected]);
            expect(seedsOf([share], 'tried')).toEqual([Array.from({ length: seed - 5 }, (_, k) => 5 + k)]);
          }
        },
      ),
    );
  });

  test('failures that are kept are not replaced, and a task that always fails is given up', () => {
    const shares = createShares({ tasks: ['a/x'], seed: 0, keepFailures: true }, 2);
    expect([shares.next(), shares.next(), shares.next()]).toEqual([{ task: 'a/x', seed: 0 }, { task: 'a/x', seed: 1 }, undefined]);
    shares.add({ task: 'a/x', seed: 0, success: false, instruction: '', rows: 1 });
    expect(shares.next()).toBeUndefined();
    expect(() => tryAll(['a/x'], 2, () => false, 1, [0])).toThrow(
      'a/x: the expert failed with 12 of 12 seeds, which is too often to go on',
    );
  });
});

describe('unfinished work', () => {
  const work = (name: string, settings: Settings) => ({ target: at(name), settings, wanted: '3 things' });
  const fails = async (_: string, isDone: (count: number) => void): Promise<never> => {
    isDone(2);
    throw new Error('no room');
  };

  test('goes on with the same settings only', async () => {
    const settings = { size: 96, tasks: ['a'] };
    await expect(workOn(work('target', settings), fails)).rejects.toThrow(
      `no room; 2 of 3 things are in ${at('target')}.partial, and the same command goes on with them`,
    );
    await expect(workOn(work('target', { size: 112, tasks: ['a'] }), fails)).rejects.toThrow('.partial was begun with size 96, not 112');
    await expect(workOn(work('target', { tasks: ['a'] }), fails)).rejects.toThrow('begun with size 96, not nothing');
    expect(await workOn(work('target', { tasks: ['a'], size: 96 }), async (unfinished) => path.basename(unfinished))).toBe(
      'target.partial',
    );
    expect(await readdir(folder)).not.toContain('target.partial');
  });

  test('one process at a time', async () => {
    let finish = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const first = workOn(work('twice', {}), () => held.then(() => 1));
    await vi.waitUntil(() => existsSync(at(`twice.partial/lock.${process.pid}`)));
    const refused = `process ${process.pid} is writing to ${at('twice')}.partial: wait for it, or choose another --out`;
    await expect(workOn(work('twice', {}), fails)).rejects.toThrow(refused);
    finish();
    expect(await first).toBe(1);
    // The parent of this process runs, and is another one.
    mkdirSync(at('other.partial'));
    writeFileSync(at(`other.partial/lock.${process.ppid}`), '');
    await expect(workOn(work('other', {}), fails)).rejects.toThrow(`process ${process.ppid} is writing to`);
    expect(await readdir(at('other.partial'))).toEqual([`lock.${process.ppid}`]);
  });

  test('the lock of a process that is gone does not count, nor one that it left to this number', async () => {
    mkdirSync(at('stale.partial'));
    for (const owner of [99999999, process.pid]) writeFileSync(at(`stale.partial/lock.${owner}`), '');
    const locks = await workOn(work('stale', {}), (unfinished) => readdir(unfinished));
    expect(locks.sort()).toEqual([`lock.${process.pid}`, 'settings.json']);
  });
});

describe('sheets', () => {
  const picture = { width: 160, height: 100, data: new Uint8Array(3 * 160 * 100).fill(200) };
  const sections = [
    { heading: 'some <things>', columns: 2, cells: ['one', 'two', 'three'].map((title) => ({ picture, title, text: 'a & b' })) },
  ];

  test('as a picture, with pictures where they belong', async () => {
    await writeSheet(at('sheet.png'), 'Sheet', sections);
    const { data, info } = await sharp(at('sheet.png')).raw().toBuffer({ resolveWithObject: true });
    const grey = Array.from({ length: info.width * info.height }, (_, k) => data[info.channels * k]).filter(
      (level) => level === 200,
    ).length;
    expect(grey).toBeGreaterThan(0.99 * 3 * 160 * 100);
    expect(info.width).toBeGreaterThan(2 * 160);
    expect(info.height).toBeGreaterThan(2 * 100);
  });

  test('as a page, with text as text', async () => {
    expect(await writeSheet(at('sheet.html'), 'Sheet', sections)).toBe(true);
    const page = await readFile(at('sheet.html'), 'utf8');
    expect(page).toContain('some &#60;things&#62;');
    expect(page.match(/data:image\/jpeg/g)).toHaveLength(3);
  });

  test('nothing else', async () => {
    await expect(writeSheet(at('sheet.gif'), 'Sheet', sections)).rejects.toThrow('a sheet is a *.png or *.html file');
  });

  test('words in lines', () => {
    expect(wrapped('put the bowl on the plate', 11)).toEqual(['put the', 'bowl on the', 'plate']);
    expect(wrapped('', 10)).toEqual([]);
  });
});

describe('pictures of a page', () => {
  test('each thing has a colour of its own, and its parts shades of it', () => {
    const { colors, legend } = segmentColors(
      new Map([
        [1, { kind: 'room' }],
        [2, { kind: 'robot', body: 'hand' }],
        [3, { kind: 'thing', thing: 'bowl' }],
        [4, { kind: 'thing', thing: 'cabinet' }],
        [5, { kind: 'thing', thing: 'cabinet', part: 'top drawer' }],
      ]),
    );
    expect(legend.map(({ name }) => name)).toEqual(['bowl', 'cabinet', 'robot', 'room']);
    expect(new Set([...colors.values()].map((color) => color.join())).size).toBe(5);
    expect(colors.get(4)).toEqual(legend[1]?.color);
  });

  test('the range of depths leaves out what is very near and very far', () => {
    const depths = Uint16Array.from({ length: 97 * 200 }, (_, i) => (i < 97 ? 1 : i > 97 * 199 ? 65535 : 500 + (i % 500)));
    const [near, far] = depthRange([depths]);
    expect(near).toBeGreaterThanOrEqual(500);
    expect(far).toBeLessThan(1000);
  });

  test('outlines reach as far as the things do', () => {
    const [cube, plate] = bodiesOf(cubeAndPlate);
    const extent = (points: readonly (readonly number[])[], axis: number): number =>
      Math.max(...points.map((point) => Math.abs(point[axis] as number)));
    expect(extent(cube?.points ?? [], 0)).toBeCloseTo(0.02, 6);
    expect(extent(plate?.points ?? [], 0)).toBeCloseTo(0.08, 6);
  });
});
