/** `gear eval --guided` and `gear train-segmenter`, all the way; and guides of recorded demonstrations. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { recordDataset } from '../../src/cli/sim/recorder.ts';
import { openDataset } from '../../src/data/dataset.ts';
import { episodeReader } from '../../src/data/episodes.ts';
import { boxOf, maskOverlap } from '../../src/eval/guided/masks.ts';
import { recordedTarget } from '../../src/eval/guided/recorded.ts';
import type { GuidedResult } from '../../src/eval/guided/run.ts';
import { nameOfWay } from '../../src/eval/guided/ways.ts';
import { savePolicy } from '../../src/model/checkpoint.node.ts';
import { processor } from '../../src/model/processor.ts';
import { maskFromRunLengths } from '../../src/robot/guides.ts';
import type { Picture } from '../../src/robot/views.ts';
import { beginEpisode } from '../../src/sim/episode.ts';
import { createPicture } from '../../src/sim/render/picture.ts';
import { simRobot } from '../../src/sim/robots.ts';
import { taskNamed } from '../../src/sim/tasks/tasks.ts';
import { createViews } from '../../src/sim/views.ts';
import { gear } from '../cli/support.ts';
import { policyConfig, tinyProcessor, tinyWeights } from '../support/policy.ts';

// Threads load the sources for themselves.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-guided-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  const config = policyConfig();
  const { files } = tinyProcessor(config);
  const withPrompt = (prompt: object) => processor({ ...files, prompt: { ...files.prompt, ...prompt } }, config);
  await savePolicy(at('guided.safetensors'), withPrompt({ guide: true, instructionLength: 64 }), tinyWeights(config));
  await savePolicy(at('short.safetensors'), withPrompt({ guide: true, instructionLength: 3 }), tinyWeights(config));
  await savePolicy(at('unguided.safetensors'), tinyProcessor(config), tinyWeights(config));
});

const CAN = ['--suite', 'object/red-can', '--trials', '1', '--replan', '4', '--batch', '2', '--workers', '1'];

test('a segmenter is trained, and an untrained policy guided by it and by exact masks, tracked or not: one table', async () => {
  const trained = await gear('train-segmenter', at('segmenter.safetensors'), '--scenes', '2', '--steps', '80', '--threads', '1', '--json');
  expect(trained).toMatchObject({ code: 0, err: '' });
  const { heldOut } = JSON.parse(trained.out) as { heldOut: { overlap: number; things: number } };
  expect(heldOut.things).toBeGreaterThan(5);
  const masks = `exact,segmenter:${at('segmenter.safetensors')}`;
  const { code, out, err } = await gear(
    'eval',
    at('guided.safetensors'),
    ...CAN,
    '--guided',
    masks,
    '--tracked',
    '--out',
    at('guided.json'),
  );
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^ {2}exact mask, tracked +0\.0 \(0\.0–79\.3\) +1\.000 +0$/m);
  const { results } = JSON.parse(readFileSync(at('guided.json'), 'utf8')) as { results: GuidedResult[] };
  expect(results.map(({ way, overlap }) => [nameOfWay(way), overlap === undefined ? undefined : overlap > 0])).toEqual([
    ['by name', undefined],
    ['exact mask', true],
    ['exact mask, tracked', true],
    ['segmenter mask', true],
    ['segmenter mask, tracked', true],
  ]);
  expect(results.every(({ steps, success, instruction }) => steps === 240 && !success && instruction.includes('red can'))).toBe(true);
});

test.each<[string, string[], number, string]>([
  ['a policy without a place for guides', ['unguided.safetensors', '--guided', 'exact'], 1, 'has no place for a guide: train it with'],
  ['too little room for words', ['short.safetensors', '--guided', 'exact'], 1, 'object/red-can, seed 1000000, panda: action prompt'],
  ['no SAM', ['guided.safetensors', '--guided', `sam:${os.tmpdir()}`], 1, 'there is no SAM in'],
  ['no segmenter', ['guided.safetensors', '--guided', 'segmenter:none.safetensors'], 1, 'none.safetensors'],
  ['masks from nowhere', ['guided.safetensors', '--guided', 'magic'], 2, 'masks come from exact, segmenter:FILE or sam:DIR'],
  ['a replay', ['guided.safetensors', '--guided', 'exact', '--replay', 'x.json'], 2, 'leave out --replay'],
  ['masks that go along without any', ['guided.safetensors', '--tracked'], 2, '--tracked is about the masks of --guided'],
])('%s', async (_, [policy, ...rest], code, message) => {
  const { err, ...outcome } = await gear('eval', at(policy as string), ...CAN, ...rest, '--out', at('never.json'));
  expect({ code: outcome.code, err }).toEqual({ code, err: expect.stringContaining(message) });
  expect(existsSync(at('never.json'))).toBe(false);
});

test('something scripted cannot be guided', async () => {
  const { code, err } = await gear('eval', 'expert', ...CAN, '--guided', 'exact');
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('expert looks at no pictures') });
});

test('the target of a recorded demonstration is found again from what the recording says of itself', async () => {
  const [size, root] = [64, at('recording')];
  const settings = { tasks: ['object/red-can'], robot: 'panda', seed: 3, size, perturb: [], calm: true, keepFailures: false };
  await recordDataset(root, settings, { episodes: 1, workers: 1 });
  const { episodes } = JSON.parse(readFileSync(path.join(root, 'meta', 'gear-sim.json'), 'utf8')) as {
    episodes: { task: string; seed: number }[];
  };
  const [{ task, seed }] = episodes as [{ task: string; seed: number }];
  const episode = await beginEpisode(taskNamed(task), seed, await simRobot('panda'));
  const target = recordedTarget(episode, size);
  expect(target?.phrase).toBe('red can');
  const mask = maskFromRunLengths((target as NonNullable<typeof target>).mask);
  expect(boxOf(mask, { width: size, height: size })).toBeDefined();
  const views = createViews(episode.world);
  const picture = createPicture(size, size);
  views.update();
  views.take('head', picture);
  const there = views.idsOf('red can');
  expect(
    maskOverlap(
      mask,
      Uint8Array.from(picture.segmentation, (id) => (there.includes(id) ? 1 : 0)),
    ),
  ).toBe(1);
  // The first frame of the video is this picture, but for the codec.
  const source = await openDataset(root);
  const frame = await episodeReader(source).frame(0, source.cameras[0] as string, 0);
  const difference = (frame as Picture).data.reduce((sum, level, i) => sum + Math.abs(level - (picture.rgb[i] as number)), 0);
  expect(difference / picture.rgb.length).toBeLessThan(4);
  episode.world.close();
});
