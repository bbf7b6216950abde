/** The check of FAST: the same for every seed, silent where training's tokenizer is fine, and an error where it is not. */
import { expect, test } from 'vitest';
import { parseBinding } from '../../src/data/binding.ts';
import { fastCheck } from '../../src/data/doctor/fast-round-trip.ts';
import { createFindings, type Finding } from '../../src/data/doctor/findings.ts';
import { rawReader } from '../../src/data/doctor/rows.ts';
import { bindSource } from '../../src/data/tracks.ts';
import { shippedEmbodiment } from '../../src/robot/embodiments/shipped.ts';
import { memorySource } from './memory-source.ts';

/** What is found in an arm's motion, given as the angle of its first joint by row. */
async function found(fps: number, rows: number, angle: (row: number) => number): Promise<{ findings: Finding[]; chunks: number }> {
  const joints = (row: number): number[] => [angle(row), -0.5, 0, -2, 0, 1.6, 0.8].map((q, j) => q + 0.02 * Math.sin(row * (j + 1.3)));
  const source = memorySource({
    rows,
    fps,
    format: 'libero-hdf5',
    values: { 'observation.state': (_, row) => [...joints(row), Number(row % 20 < 10)] },
  });
  const feature = 'observation.state';
  const arm = {
    state: { kind: 'joints', joints: { feature, columns: [0, 1, 2, 3, 4, 5, 6] } },
    gripper: { feature, columns: [7], closed: 0, open: 1 },
  };
  const binding = parseBinding({ embodiment: 'panda', arms: { either: arm } }, 'a test');
  const check = fastCheck(bindSource(source, binding, await shippedEmbodiment('panda')));
  const raw = await rawReader(source).open(0);
  const findings = createFindings();
  await check.collect(raw, 0);
  await check.choose(raw, 0, 0, 1);
  return { chunks: check.end(findings), findings: findings.list() };
}

test('motion in a lot of waiting is nothing to report', async () => {
  const reach = (row: number): number => (row >= 900 && row < 960 ? Math.sin(((row - 900) / 60) * Math.PI) : 0);
  const { findings, chunks } = await found(30, 1800, reach);
  expect(chunks).toBeGreaterThan(128);
  expect(findings).toEqual([]);
});

test('a motion that a tokenizer from the rest of a long dataset cannot give back', async () => {
  // At 1 Hz a row is 30 moments: these are so many that training takes one in ten. One jump is 30 times what moves otherwise.
  const { findings } = await found(1, 1400, (row) => (row >= 700 ? 1.2 : 0));
  const [error, ...others] = findings.filter(({ severity }) => severity === 'error');
  expect(others).toEqual([]);
  expect(error).toMatchObject({
    check: 'fast',
    episode: 0,
    frame: 699,
    frames: 1,
    message: expect.stringMatching(/does not give back 1 of \d+ chunks of normalised actions, by a tokenizer made from 128 others/),
  });
});
