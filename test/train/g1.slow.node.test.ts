/** A real robot's data, the whole way: a few updates of `configs/g1-pick-bottle.ts` on five episodes, compared with the sixth. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import g1 from '../../configs/g1-pick-bottle.ts';
import type { ExperimentInput } from '../../src/train/experiment.ts';
import { gear } from '../cli/support.ts';

const DATA = fileURLToPath(new URL('../fixtures/small', import.meta.url));
const SIXTH = ['--data', path.join(DATA, 'g1-pick-bottle'), '--episodes', '5', '--every', '60'];

let folder = '';
const at = (name: string): string => path.join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gear-g1-'));
});
afterAll(() => rm(folder, { recursive: true }));

const few = { steps: 4, batch: 4 };
const short: ExperimentInput = {
  ...g1,
  data: Object.fromEntries(Object.entries(g1.data).map(([name, dataset]) => [name, { ...dataset, pack: 6 }])),
  latent: { ...g1.latent, ...few },
  stages: g1.stages.map((stage) => ({ ...stage, ...few })),
};

test('five episodes are learned from, and the sixth is compared with, the same each time', { timeout: 180_000 }, async () => {
  await writeFile(at('g1.json'), JSON.stringify(short));
  const run = await gear('train', at('g1.json'), '--data', DATA, '--out', at('run'), '--threads', '1', '--workers', '1', '--json');
  expect(run.code).toBe(0);
  const { policy } = JSON.parse(run.out) as { policy: string };

  const first = await gear('eval', policy, ...SIXTH, '--out', at('offline.json'), '--markdown', at('offline.md'));
  expect(first.code).toBe(0);
  expect(first.out).toMatch(/Open-loop error, right arm\n +mm at 0\.5 s +mm at 1 s/);
  expect(first.out).toMatch(/g1-pick-bottle − repeat the last velocity/);
  expect(first.out).toMatch(/7 moments of episode 5 of g1-pick-bottle; means, with 95 % intervals \(standard errors/);
  expect(await readFile(at('offline.md'), 'utf8')).toMatch(/\| stay where you are \|/);

  const { date: _, ...evaluation } = JSON.parse(await readFile(at('offline.json'), 'utf8'));
  expect(evaluation).toMatchObject({
    format: 'gear-vla offline evaluation 1',
    policy: { file: policy, sha256: expect.stringMatching(/^[0-9a-f]{64}$/), chunk: 30 },
    data: { robot: 'g1-inspire', episodes: [5] },
    settings: { every: 60, seed: 0 },
  });
  // What was measured by a program of its own: means over all moments of the sixth episode, in metres, of which these are a few.
  const { still, velocity } = evaluation.errors;
  expect(still.right.translation.value[29]).toBeGreaterThan(0.015);
  expect(still.right.translation.value[29]).toBeLessThan(0.06);
  expect(still.left.translation.value[29]).toBeLessThan(0.005);
  expect(velocity.right.translation.value[14]).toBeLessThan(still.right.translation.value[14]);
  const again = await gear('eval', policy, ...SIXTH, '--batch', '10', '--json');
  const { date: __, ...same } = JSON.parse(again.out);
  expect(same).toEqual(evaluation);
});

test.each<[string, string[], number, string]>([
  [
    'an option of simulation beside',
    [...SIXTH, '--suite', 'object'],
    2,
    '--data has nothing to do with --suite, which is about simulation',
  ],
  ['an option of recorded data without', ['--episodes', '5'], 2, '--episodes is about recorded data: say which with --data'],
  ['something scripted', SIXTH, 1, 'expert acts in simulation only'],
])('refused: %s', async (_, args, code, message) => {
  const refused = await gear('eval', 'expert', ...args);
  expect(refused.err).toContain(message);
  expect(refused.code).toBe(code);
});
