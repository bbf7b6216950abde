/** `gear data …` on a piece of a real dataset, and on one that was broken. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test, vi } from 'vitest';
import { fromOpenpi } from '../../src/robot/norm-stats.ts';
import { loadFast } from '../../src/tokens/fast-files.ts';
import { gear } from './support.ts';

vi.setConfig({ testTimeout: 30_000 });

const G1 = fileURLToPath(new URL('../fixtures/g1-pick-bottle', import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-data-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (...names: string[]): string => path.join(folder, ...names);

test('info', async () => {
  const { code, out } = await gear('data', 'info', G1);
  expect(code).toBe(0);
  for (const line of [
    'format    lerobot-v2.1',
    'robot     g1-inspire (left arm, 7 joints; right arm, 7 joints)',
    'episodes  2 of 60 to 60 frames',
    'frames    120 at 30 Hz: 0:04',
    'samples   118 moments at which a training sample can begin',
    'cameras   observation.images.cam_high  640×480  → head',
    'leftWrist, rightWrist: none, padded and masked',
    'tasks     2 × Pick up the yellow bottle on the table.',
  ]) {
    expect(out).toContain(line);
  }
  const facts = JSON.parse((await gear('data', 'info', G1, '--json', '--episodes', '1')).out);
  expect(facts).toMatchObject({
    episodes: 1,
    frames: 60,
    samples: 59,
    embodiment: { name: 'g1-inspire' },
    missingViews: ['leftWrist', 'rightWrist'],
  });
});

test('stats, with the files that they make', async () => {
  const { code, out } = await gear('data', 'stats', G1, '--frames', '1', '--norm-stats', at('norm_stats.json'), '--fast', at('fast'));
  expect(code).toBe(0);
  for (const title of ['observation.state  120 values', 'canonical state of an arm  236 values', 'canonical actions of an arm'])
    expect(out).toContain(title);
  expect(fromOpenpi(readFileSync(at('norm_stats.json'), 'utf8')).actions.q01).toHaveLength(10);
  const [tokenizer, processor] = ['tokenizer.json', 'processor_config.json'].map((file) => readFileSync(at('fast', file), 'utf8')) as [
    string,
    string,
  ];
  expect(loadFast({ tokenizer, processor }).config.dims).toBe(20);
  const { features, normalization } = JSON.parse((await gear('data', 'stats', G1, '--frames', '0', '--json')).out);
  expect(features.action.count).toEqual(Array(26).fill(120));
  expect(normalization.rotation).toBe('rmat6d-columns');
});

test('convert, small and with its binding, which is then found without help', async () => {
  const { code, out } = await gear('data', 'convert', G1, at('small'), '--size', '96', '--codec', 'h264', '--episodes', '1');
  expect({ code, out }).toEqual({ code: 0, out: `${at('small')}: 1 episodes, 60 frames; 0 videos copied, 1 encoded\n` });
  const info = JSON.parse((await gear('data', 'info', at('small'), '--json')).out);
  expect(info).toMatchObject({
    format: 'lerobot-v3.0',
    frames: 60,
    embodiment: { name: 'g1-inspire' },
    cameras: [{ width: 96, height: 96 }],
  });
  expect(JSON.parse(readFileSync(at('small', 'meta', 'info.json'), 'utf8')).gear.binding.embodiment).toBe('g1-inspire');
  const again = await gear('data', 'convert', G1, at('small'));
  expect(again.code).toBe(1);
  expect(again.err).toMatch(/^gear: .*small/);
});

test('view', async () => {
  const { code, out } = await gear('data', 'view', G1, '--out', at('pages'), '--episodes', '0');
  expect({ code, out }).toEqual({ code: 0, out: `${at('pages', 'episode_000000.html')}\n` });
  expect(readFileSync(at('pages', 'episode_000000.html'), 'utf8')).toContain('Pick up the yellow bottle on the table.');
  expect(existsSync(at('pages', 'episode_000001.html'))).toBe(false);
});

test('view goes on after an episode that cannot be read', async () => {
  cpSync(G1, at('cut'), { recursive: true });
  truncateSync(path.join(at('cut'), 'data', 'chunk-000', 'episode_000000.parquet'), 500);
  const { code, out, err } = await gear('data', 'view', at('cut'), '--out', at('cut-pages'), '--json');
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ pages: [at('cut-pages', 'episode_000001.html')], problems: [{ episode: 0 }] });
  expect(err).toContain('gear: episode 0 cannot be shown: ');
});

test('doctor: a sound dataset, a broken one, and its repair', async () => {
  const sound = await gear('data', 'doctor', G1);
  expect(sound.code).toBe(0);
  expect(sound.out).toContain('0 errors');
  const broken = at('broken');
  cpSync(G1, broken, { recursive: true });
  truncateSync(path.join(broken, 'videos', 'chunk-000', 'observation.images.cam_high', 'episode_000001.mp4'), 5000);
  const { code, out } = await gear('data', 'doctor', broken, '--json');
  expect(code).toBe(1);
  const { findings } = JSON.parse(out);
  expect(findings[0]).toMatchObject({ check: 'video', severity: 'error', episode: 1 });
  const mended = await gear('data', 'doctor', broken, '--repair', at('mended'));
  expect(mended.code).toBe(0);
  expect(mended.out).toContain('left out episode 1: ');
  expect((await gear('data', 'doctor', at('mended'))).code).toBe(0);
});

test.each<[string, string[], number, string]>([
  ['no dataset', ['info', at('none')], 1, `gear: there is no dataset at ${at('none')}: no such file or folder`],
  ['an episode that there is not', ['info', G1, '--episodes', '0,7'], 1, 'gear: '],
  ['episodes that are none', ['info', G1, '--episodes', 'first'], 2, 'expected numbers and ranges such as 0,3,7-9'],
  ['a missing folder', ['stats'], 2, "missing required argument 'dir'"],
  ['an unknown codec', ['convert', G1, at('x'), '--codec', 'gif'], 2, 'Allowed choices are h264, av1'],
])('%s', async (_, args, code, message) => {
  const outcome = await gear('data', ...args);
  expect(outcome.code).toBe(code);
  expect(outcome.err).toContain(message);
});
