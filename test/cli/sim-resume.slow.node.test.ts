/** `gear sim record` goes on after it was killed or interrupted, to the same bytes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { recordDataset } from '../../src/cli/sim/recorder.ts';
import { contentsOf, gear } from './support.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-resume-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

const TASK = 'spatial/bowl-next-to-plate';
const SETTINGS = { tasks: [TASK], robot: 'panda', seed: 7, size: 32, perturb: [], calm: false, keepFailures: false };
const ARGS = ['--episodes', '3', '--seed', '7', '--size', '32'];
const GEAR = fileURLToPath(new URL('../../bin/gear.js', import.meta.url));

beforeAll(async () => {
  await recordDataset(at('one'), SETTINGS, { episodes: 3 });
});

test('after being killed in the middle of the second demonstration', async () => {
  const args = ['sim', 'record', TASK, '--out', at('killed'), ...ARGS, '--workers', '1'];
  const child: ChildProcess = spawn(process.execPath, [GEAR, ...args], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const made = path.join(at('killed.partial'), TASK);
  const inTheMiddle = (): boolean => existsSync(path.join(made, '7')) && existsSync(path.join(made, '8.tmp'));
  await vi.waitUntil(() => inTheMiddle() || child.exitCode !== null, { timeout: 40_000, interval: 5 });
  child.kill('SIGKILL');
  await ended;
  expect(readdirSync(made).sort()).toEqual(['7', '8.tmp']);
  const { code, out, err } = await gear(...args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('1 demonstration of an earlier run was used');
  expect(contentsOf(at('killed'))).toEqual(contentsOf(at('one')));
  expect(readdirSync(folder).filter((name) => name.startsWith('killed'))).toEqual(['killed']);
});

test('after an interruption, which keeps what was being made', async () => {
  const controller = new AbortController();
  const options = { episodes: 3, workers: 1 };
  const interrupted = recordDataset(at('interrupted'), SETTINGS, {
    ...options,
    signal: controller.signal,
    onProgress: (_, __, done) => void (done === 1 && controller.abort(new Error('interrupted'))),
  });
  await expect(interrupted).rejects.toThrow(/^interrupted; 1 of 3 demonstrations .*interrupted\.partial/);
  await expect(recordDataset(at('interrupted'), { ...SETTINGS, size: 64 }, options)).rejects.toThrow('begun with size 32, not 64');
  expect((await recordDataset(at('interrupted'), SETTINGS, options)).resumed).toBe(1);
  expect(contentsOf(at('interrupted'))).toEqual(contentsOf(at('one')));
});
