/** `gear sim reason`: valid samples, the same whatever happens on the way. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { reasonDataset } from '../../src/cli/sim/reasoner.ts';
import { decodeImage } from '../../src/data/images.ts';
import { openReasoning, readPicture } from '../../src/data/reasoning/files.ts';
import { KINDS } from '../../src/sim/reasoning/sample.ts';
import { contentsOf, gear } from './support.ts';

// Threads load the sources for themselves.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-reason-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

const SETTINGS = { split: 'training', kinds: ['general-vqa', 'grounding-2d', 'object-pointing'], size: 48, seed: 3 } as const;
const ARGS = ['--samples', '150', '--kinds', 'object-pointing,general-vqa, grounding-2d', '--size', '48', '--seed', '3'];

beforeAll(async () => {
  const { code, out, err } = await gear('sim', 'reason', '--out', at('one'), ...ARGS, '--workers', '1');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/one: 150 samples\n( {2}[\w-]+ +\d+\n){3}$/);
});

test('two threads, and an interruption, change nothing', async () => {
  const controller = new AbortController();
  const interrupted = reasonDataset(at('two'), SETTINGS, {
    samples: 150,
    workers: 1,
    signal: controller.signal,
    onProgress: (_, __, done) => void (done > 0 && controller.abort(new Error('interrupted'))),
  });
  await expect(interrupted).rejects.toThrow(/^interrupted; \d+ of 150 samples are in .*two\.partial/);
  await expect(reasonDataset(at('two'), { ...SETTINGS, seed: 4 }, { samples: 150 })).rejects.toThrow('begun with seed 3, not 4');
  const { resumed } = await reasonDataset(at('two'), SETTINGS, { samples: 150, workers: 2 });
  expect(resumed).toBeGreaterThan(0);
  expect(contentsOf(at('two'))).toEqual(contentsOf(at('one')));
  expect(existsSync(at('two.partial'))).toBe(false);
});

test('samples are valid, of the kinds that were asked for, and their pictures what they say', async () => {
  const source = await openReasoning(at('one'));
  expect(source.length).toBe(150);
  const kinds = new Set<string>();
  let shown = 0;
  for await (const sample of source.samples()) {
    kinds.add(sample.kind);
    if (shown++ % 25 > 0) continue;
    for (const image of sample.images) {
      const { width, height } = await decodeImage(await readPicture(source.root, image));
      expect([width, height, image.width, image.height]).toEqual([48, 48, 48, 48]);
    }
  }
  expect([...kinds].sort()).toEqual(['general-vqa', 'grounding-2d', 'object-pointing']);
  source.close();
  const made = JSON.parse(readFileSync(path.join(at('one'), 'gear-sim.json'), 'utf8'));
  expect(made).toMatchObject({ split: 'training', size: 48, seed: 3, samples: 150 });
  const { 'spatial-understanding': understanding, 'spatial-perception': perception } = made.stages;
  expect(understanding).toEqual({
    samples: made.counts['general-vqa'],
    kinds: ['general-vqa', 'understanding-qa', 'planning-qa'],
  });
  expect(understanding.samples + perception.samples).toBe(150);
  expect([...understanding.kinds, ...perception.kinds]).toEqual(KINDS);
});

test.each<[string, string[], number, string]>([
  ['an unknown kind', ['--kinds', 'grounding2d'], 2, 'there is no kind of sample "grounding2d": the nearest of 13 are "grounding-2d"'],
  ['pictures in which nothing can be seen', ['--size', '31'], 2, 'expected a whole number from 32 up'],
  ['an unknown split', ['--split', 'test'], 2, 'Allowed choices are training, heldOut'],
  ['no samples', ['--samples', '0'], 2, 'expected a whole number from 1 up'],
])('%s', async (_, args, code, message) => {
  const outcome = await gear('sim', 'reason', '--out', at('wrong'), ...args);
  expect({ code: outcome.code, lines: outcome.err.trim().split('\n').length }).toEqual({ code, lines: 1 });
  expect(outcome.err).toContain(message);
});

test('the kinds of a stage', async () => {
  const args = ['--samples', '40', '--kinds', 'spatial-understanding', '--size', '48', '--workers', '1', '--json'];
  const { code, out } = await gear('sim', 'reason', '--out', at('stage'), ...args);
  expect(code).toBe(0);
  const { stages } = JSON.parse(out);
  expect([stages['spatial-understanding'].samples, stages['spatial-perception'].samples]).toEqual([40, 0]);
});

test('after being killed in the middle of a draw, the same bytes', async () => {
  const args = ['sim', 'reason', '--out', at('killed'), ...ARGS, '--workers', '1'];
  const child = spawn(process.execPath, [fileURLToPath(new URL('../../bin/gear.js', import.meta.url)), ...args], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const draws = (): number =>
    existsSync(at('killed.partial')) ? readdirSync(at('killed.partial')).filter((name) => /^draw-\d+\.\d+\.parquet$/.test(name)).length : 0;
  await vi.waitUntil(() => draws() > 0 || child.exitCode !== null, { timeout: 40_000, interval: 5 });
  child.kill('SIGKILL');
  await ended;
  expect([draws() > 0, existsSync(at('killed')), existsSync(at(`killed.partial/lock.${child.pid}`))]).toEqual([true, false, true]);
  const { code, out, err } = await gear(...args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/\d+ samples of an earlier run were used/);
  expect(contentsOf(at('killed'))).toEqual(contentsOf(at('one')));
  expect(existsSync(at('killed.partial'))).toBe(false);
});

test('a target that is there already', async () => {
  const { code, err } = await gear('sim', 'reason', '--out', at('one'));
  expect(code).toBe(1);
  expect(err).toMatch(/^gear: .*one is not empty/);
});
