import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { scalarOf } from '../../src/tensor/host.ts';
import { randomStream } from '../../src/tensor/random.ts';
import { readSafetensors } from '../../src/tensor/safetensors.node.ts';

const DEMO = fileURLToPath(new URL('../../examples/induction.ts', import.meta.url));
const STEPS = 120;

function train(...options: string[]) {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), DEMO, '--steps', `${STEPS}`, ...options]);
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  const exit = new Promise<NodeJS.Signals | null>((resolve) => child.on('close', (_, signal) => resolve(signal)));
  return { child, exit, output: () => output };
}

test('a run killed at a random step and resumed ends bit for bit like one that was not', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gear-resume-'));
  const [whole, parts] = [join(folder, 'whole.safetensors'), join(folder, 'parts.safetensors')];
  await train('--checkpoint', whole).exit;

  const killed = train('--checkpoint', parts, '--save-every', '1');
  while (!(await stat(parts).catch(() => undefined))) await sleep(5);
  await sleep(250 * randomStream(Date.now(), 'moment of death').uniform());
  killed.child.kill('SIGKILL');
  expect(await killed.exit).toBe('SIGKILL');
  const reached = scalarOf((await readSafetensors(parts)).tensors.get('optimizer.step'));
  expect(reached).toBeGreaterThan(0);
  expect(reached).toBeLessThan(STEPS);

  const resumed = train('--resume', parts, '--checkpoint', parts);
  await resumed.exit;
  expect(resumed.output()).toContain(`resumed after step ${reached}\n`);
  expect((await readFile(parts)).equals(await readFile(whole))).toBe(true);
  await rm(folder, { recursive: true });
});
