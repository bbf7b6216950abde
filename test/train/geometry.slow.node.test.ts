/** Pre-training of the 3D encoder: learns a few moments by heart, goes on as if nothing had happened, and is what a policy begins with. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { depthDataset } from '../../src/cli/sim/depth-maker.ts';
import { readPosedViews } from '../../src/data/posed-views.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { readSafetensors } from '../../src/tensor/safetensors.node.ts';
import { geometryFile, readEncoder, trainGeometry } from '../../src/train/geometry-stage.node.ts';
import { tiny } from '../model/tiny.ts';
import { logOf } from './eight.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const folder = await mkdtemp(path.join(os.tmpdir(), 'gear-geometry-'));
afterAll(() => rm(folder, { recursive: true }));
const at = (...names: string[]): string => path.join(folder, ...names);
const engine = nodeEngine({ threads: 1 });

const model = tiny();
const SETTINGS = { tasks: ['object/red-can', 'bimanual/stack-bowls-two'], robots: ['panda', 'agilex'], size: model.imageSize, seed: 0 };
beforeAll(async () => {
  await depthDataset(at('views'), SETTINGS, { moments: 9, workers: 2 });
});

const stage = {
  data: 'views',
  camera: { depth: 1, heads: 2, iterations: 2 },
  depthHead: { features: 16, channels: [16, 16, 16, 16] as [number, number, number, number] },
  ...{ steps: 250, batch: 8, learningRate: 3e-3 },
};
const run = (name: string, change: Partial<typeof stage> = {}, stopAt?: number) => {
  const controller = new AbortController();
  const setting = { folder: at(name), engine, data: at('views'), seed: 42, signal: controller.signal };
  const onProgress = ({ step }: { step: number }): void => {
    if (step === stopAt) controller.abort();
  };
  return trainGeometry({ ...setting, onProgress, reportEvery: stopAt === undefined ? 10 : 1 }, { ...stage, ...change }, model);
};

test('the same views, however many threads make them, with an interruption in between', async () => {
  const controller = new AbortController();
  const interrupted = depthDataset(at('again'), SETTINGS, {
    moments: 9,
    workers: 1,
    signal: controller.signal,
    onProgress: (_, __, done) => void (done > 0 && controller.abort(new Error('interrupted'))),
  });
  await expect(interrupted).rejects.toThrow(/^interrupted; \d+ of 9 moments are in .*again\.partial/);
  const { resumed } = await depthDataset(at('again'), SETTINGS, { moments: 9 });
  expect(resumed).toBeGreaterThan(0);
  const [one, two] = [await readPosedViews(at('views')), await readPosedViews(at('again'))];
  expect(one.views).toEqual(['head', 'leftWrist', 'rightWrist']);
  // Panda and AgileX in turn, four moments each; the one arm has no left wrist.
  expect([...one.there.data].map(Number)).toEqual(
    [1, 0, 1, 1, 1, 1, 1, 0, 1].flatMap((_, i, all) =>
      i % 3 === 0 ? Array.from({ length: i === 6 ? 1 : 4 }, () => all.slice(i, i + 3)).flat() : [],
    ),
  );
  expect(two).toEqual(one);
  await expect(depthDataset(at('none'), { ...SETTINGS, tasks: ['object/red-can'] }, { moments: 4 })).rejects.toThrow(
    'none of the tasks object/red-can is for agilex',
  );
});

test('eight moments are learned by heart, and the page shows what is found of one that is not', async () => {
  expect(await run('whole')).toBe(true);
  const lines = await logOf(at('whole'));
  const [first, last] = [lines[0]?.metrics ?? {}, lines.at(-1)?.metrics ?? {}];
  expect(last.camera).toBeLessThan((first.camera as number) / 5);
  // What it is worth to be sure is below 0, so a loss of depth that is learned is near 0.
  expect(last.depth).toBeLessThan((first.depth as number) / 4);
  const [section] = JSON.parse(await readFile(at('whole', 'sections.json'), 'utf8')) as { title: string; html: string }[];
  expect(section?.title).toBe('Depth and cameras');
  expect(section?.html).toContain('1 moments that are not trained on');
  const weights = await readEncoder(at('whole'));
  const { tensors } = await readSafetensors(geometryFile(at('whole')));
  expect(weights({ name: 'aggregator.camera_token' })).toEqual(tensors.get('aggregator.camera_token'));
  expect(weights({ name: 'depth_head.norm.weight' })).toBeUndefined();
});

test('interrupted anywhere, it ends with the same bits', async () => {
  const change = { steps: 12 };
  expect(await run('straight', change)).toBe(true);
  for (const stop of [1, 7]) expect(await run('broken', change, stop)).toBe(false);
  expect(await run('broken', change)).toBe(true);
  expect(await readFile(geometryFile(at('broken')))).toEqual(await readFile(geometryFile(at('straight'))));
});

test('views of another size are refused', async () => {
  const other = trainGeometry({ folder: at('other'), engine, data: at('views'), seed: 1 }, stage, { ...model, imageSize: 28 });
  await expect(other).rejects.toThrow('has views of 56 pixels, but the model has 28');
});
