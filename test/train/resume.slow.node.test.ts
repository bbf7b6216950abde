import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { randomStream } from '../../src/tensor/random.ts';

const DEMO = fileURLToPath(new URL('../../demo/induction.ts', import.meta.url));
const STEPS = 120;

function train(...options: string[]) {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), DEMO, '--steps', `${STEPS}`, ...options], {
    stdio: 'ignore',
  });
  const exit = new Promise<NodeJS.Signals | null>((resolve) => child.on('exit', (_, signal) => resolve(signal)));
  return { child, exit };
}

test('a run killed at a random step and resumed ends bit for bit like one that was not', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gear-resume-'));
  const [whole, parts] = [join(folder, 'whole.safetensors'), join(folder, 'parts.safetensors')];
  await train('--checkpoint', whole).exit;

  const { child, exit } = train('--checkpoint', parts, '--save-every', '1');
  while (!(await stat(parts).catch(() => undefined))) await sleep(5);
  await sleep(250 * randomStream(Date.now(), 'moment of death').uniform());
  child.kill('SIGKILL');
  expect(await exit).toBe('SIGKILL');

  await train('--resume', parts, '--checkpoint', parts).exit;
  expect((await readFile(parts)).equals(await readFile(whole))).toBe(true);
  await rm(folder, { recursive: true });
});
