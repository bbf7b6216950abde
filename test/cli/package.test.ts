/** The package as npm installs it: `bin` and `dist`, without the sources. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Facts } from '../../src/cli/doctor/facts.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-package-'));
const gear = path.join(folder, 'bin', 'gear.js');

beforeAll(() => {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  // Only what it emits is of interest: errors are found by `npm run check`.
  spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', path.join(folder, 'dist')], { cwd: root });
  cpSync(path.join(root, 'bin'), path.join(folder, 'bin'), { recursive: true });
  copyFileSync(path.join(root, 'package.json'), path.join(folder, 'package.json'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('a checkout without its dependencies says what to do', () => {
  const copy = path.join(folder, 'checkout');
  cpSync(path.join(root, 'bin'), path.join(copy, 'bin'), { recursive: true });
  cpSync(path.join(root, 'src', 'cli'), path.join(copy, 'src', 'cli'), { recursive: true });
  const { status, stderr } = spawnSync(process.execPath, [path.join(copy, 'bin', 'gear.js')], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 1, stderr: 'gear: the dependencies of this checkout are not installed: run npm ci\n' });
});

/** Makes packages of the checkout available to the copy. */
function install(...packages: string[]): void {
  const modules = path.join(folder, 'node_modules');
  mkdirSync(modules, { recursive: true });
  for (const name of packages) symlinkSync(path.join(root, 'node_modules', name), path.join(modules, name), 'junction');
}

test('gear runs from dist', () => {
  install('commander', 'picocolors');
  const { status, stdout, stderr } = spawnSync(process.execPath, [gear, '--help'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^Usage: gear /);
});

test('gear doctor reports an engine that is not there and exits with 1', () => {
  install('pbf');
  const { status, stdout, stderr } = spawnSync(process.execPath, [gear, 'doctor', '--json'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  const { engine } = JSON.parse(stdout) as Facts;
  expect(engine).toEqual({ works: false, provider: 'cpu', problem: expect.stringContaining("Cannot find package 'onnxruntime-node'") });
});
