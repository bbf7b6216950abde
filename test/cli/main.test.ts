import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { gear } from './support.ts';

describe('gear', () => {
  test.each([[[]], [['--help']], [['help']]])('%j lists the commands', async (args) => {
    const { code, out, err } = await gear(...args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^Usage: gear /);
    expect(out).toMatch(/^ {2}doctor /m);
  });

  test.each([[['doctor', '--help']], [['help', 'doctor']]])('%j explains a command', async (args) => {
    const { code, out } = await gear(...args);
    expect(code).toBe(0);
    expect(out).toMatch(/^Usage: gear doctor /);
    expect(out).toContain('--json');
  });

  test('--version prints the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(await gear('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  test.each([
    [['docter'], "gear: unknown command 'docter' (Did you mean doctor?)\n"],
    [['fly'], "gear: unknown command 'fly' (see gear --help)\n"],
    [['--versoin'], "gear: unknown option '--versoin' (Did you mean --version?)\n"],
    [['doctor', '--jsn'], "gear: unknown option '--jsn' (Did you mean --json?)\n"],
    [['doctor', 'now'], "gear: too many arguments for 'doctor'. Expected 0 arguments but got 1. (see gear --help)\n"],
    [
      ['doctor', '--provider', 'gpu'],
      "gear: option '--provider <name>' argument 'gpu' is invalid. Allowed choices are cpu, webgpu, cuda. (see gear --help)\n",
    ],
  ])('%j is an error on one line with exit code 2', async (args, err) => {
    expect(await gear(...args)).toEqual({ code: 2, out: '', err });
  });
});

describe('bin/gear.js', () => {
  const bin = fileURLToPath(new URL('../../bin/gear.js', import.meta.url));

  test('runs from the sources', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, '--help'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: gear /);
  });

  test('passes the exit code on', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'docter'], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe("gear: unknown command 'docter' (Did you mean doctor?)\n");
  });
});
