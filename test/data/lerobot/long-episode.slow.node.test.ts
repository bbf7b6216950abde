import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryFolder } from './support.ts';

const here = temporaryFolder();
const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('long-episode.ts', import.meta.url));

test('an episode of a million frames is written and read in bounded memory', { timeout: 300_000 }, async () => {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', '--max-old-space-size=128', SCRIPT, here()]);
  const { start, read } = JSON.parse(stdout) as { start: number; read: number };
  // Its values alone are 48 MB, with indices 96 MB as f64. Statistics have tables of 25 MB, engine and garbage need some, too.
  expect(read - start).toBeLessThan(250);
});
