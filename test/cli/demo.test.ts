/** `gear demo`: what is refused before anything is done, and what it draws in a terminal. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { barsOf, halfBlocks, sideBySide, tidingOf } from '../../src/cli/demo/drawing.ts';
import { SHIPPED_POLICY } from '../../src/cli/demo/shipped.ts';
import { savePolicy } from '../../src/model/checkpoint.node.ts';
import { trial } from '../eval/results.ts';
import { policyConfig, tinyProcessor, tinyWeights } from '../support/policy.ts';
import { gear } from './support.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-demo-wrong-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  const panda = policyConfig((c) => ({ ...c, embodiment: { ...c.embodiment, names: ['panda'] } }));
  await savePolicy(at('panda.safetensors'), tinyProcessor(panda), tinyWeights(panda));
});

test.each<[string, string[], number, string]>([
  ['a suite that there is not', ['--suites', 'objects'], 2, 'there is no task or suite "objects"'],
  ['a page of another kind', ['--out', 'report.pdf'], 2, 'a page is a *.html file, and not report.pdf'],
  ['a page in a folder that there is not', ['--out', at('no/report.html')], 2, 'there is no folder'],
  ['no trials', ['--trials', '0'], 2, 'expected a whole number from 1 up'],
  ['a policy that there is not', ['--policy', at('nothing.safetensors')], 1, 'there is no checkpoint'],
  [
    'nothing that a policy can do',
    ['--policy', at('panda.safetensors'), '--suites', 'bimanual'],
    1,
    'can do nothing of what is asked: Left out is what this policy cannot do: 10 tasks of bimanual: it knows no embodiment "agilex", but panda',
  ],
])('%s', async (_, args, exit, message) => {
  const { code, out, err } = await gear('demo', '--out', at('report.html'), ...args);
  expect(err).toContain(message);
  expect({ code, out, lines: err.trim().split('\n').length }).toEqual({ code: exit, out: '', lines: 1 });
});

test.skipIf(existsSync(SHIPPED_POLICY))('a shipped policy that is not there', async () => {
  const { code, err } = await gear('demo', '--out', at('report.html'));
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('name another with --policy') });
});

/** The pixels of half blocks, as a terminal would show them. */
function pixelsOf(lines: readonly string[]): number[] {
  const rows = lines.flatMap((line) => {
    const [upper, lower]: [number[], number[]] = [[], []];
    for (const part of line.split('\x1b[').slice(1)) {
      const [codes = '', blocks = ''] = part.split('m');
      const colours = codes.split(';').map(Number);
      for (const _ of blocks) {
        upper.push(...colours.slice(2, 5));
        lower.push(...colours.slice(7, 10));
      }
    }
    return [upper, lower];
  });
  return rows.flat();
}

test('half blocks show all pixels', () => {
  const pictures = fc
    .constantFrom(2, 4, 8)
    .chain((size) => fc.tuple(fc.constant(size), fc.uint8Array({ minLength: 3 * size * size, maxLength: 3 * size * size })));
  fc.assert(
    fc.property(pictures, ([size, rgb]) => {
      const lines = halfBlocks(rgb, size);
      expect(lines).toHaveLength(size / 2);
      expect(pixelsOf(lines)).toEqual([...rgb]);
    }),
  );
});

test('a bar is as wide as it may be, and its parts are what is done', () => {
  const counts = fc
    .tuple(fc.integer({ min: 1, max: 999 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([trials, a, b]) => ({ trials, done: Math.round(a * trials), successes: Math.round(b * Math.round(a * trials)) }));
  fc.assert(
    fc.property(counts, fc.integer({ min: 40, max: 120 }), ({ trials, done, successes }, width) => {
      const [line = ''] = barsOf([{ suite: 'bimanual', trials, done, successes }], width, false);
      const count = (character: string): number => line.split(character).length - 1;
      const [good, bad, rest] = [count('█'), count('▒'), count('·')];
      const room = good + bad + rest;
      expect(line.length).toBeLessThanOrEqual(width);
      expect(Math.abs(good - (room * successes) / trials)).toBeLessThanOrEqual(0.5);
      expect(Math.abs(good + bad - (room * done) / trials)).toBeLessThanOrEqual(0.5);
    }),
  );
});

test('how a trial ended fits into its line', () => {
  const failed = trial('object/red-can', 0, { instruction: 'put the red can in the basket', failure: 'dropped' });
  expect(tidingOf(failed, 60, false)).toBe('✗ put the red can in the basket (dropped)');
  expect(tidingOf(failed, 12, false)).toBe('✗ put the r…');
  expect(tidingOf({ ...failed, success: true }, 60, true)).toBe('\x1b[32m✓\x1b[0m \x1b[90mput the red can in the basket\x1b[0m');
  expect(sideBySide(['ab', 'cd'], ['x', 'y', 'z'], 2)).toEqual(['ab   x', 'cd   y', '     z']);
});
