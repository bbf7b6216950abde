/** The stream of batches: the same for any number of workers, from any batch on, and for all ranks together. */
import { copyFileSync, cpSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { encodeImage } from '../../src/data/images.ts';
import type { Batch } from '../../src/data/loader/batch.ts';
import { batchBytes } from '../../src/data/loader/batch.ts';
import type { LoaderConfig } from '../../src/data/loader/config.ts';
import { createLoader, type LoaderOptions } from '../../src/data/loader/loader.ts';
import { parseAnswer } from '../../src/data/reasoning/answer.ts';
import { writeReasoning } from '../../src/data/reasoning/files.ts';
import { normaliseActions } from '../../src/robot/normalization.ts';

// Every worker is a thread that loads the sources for itself.
vi.setConfig({ testTimeout: 60_000 });

const G1 = fileURLToPath(new URL('../fixtures/g1-pick-bottle', import.meta.url));

/** A second dataset: the videos of the first one without anything else. */
const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-loader-'));
afterAll(() => rmSync(folder, { recursive: true }));
const videos = path.join(folder, 'videos');
cpSync(path.join(G1, 'videos', 'chunk-000', 'observation.images.cam_high'), videos, { recursive: true });

/** And a third one: questions about pictures. */
const questions = path.join(folder, 'questions');
const pictureBytes = await encodeImage({ width: 12, height: 8, data: Uint8Array.from({ length: 288 }, (_, i) => (7 * i) % 256) }, 'png');
await writeReasoning(
  questions,
  Array.from({ length: 5 }, (_, i) => ({
    kind: 'object-pointing' as const,
    images: [{ bytes: pictureBytes, width: 12, height: 8 }],
    question: `where is object ${i}?`,
    points: [{ point: [2 * i, i] as [number, number], label: 'object' }],
  })),
);

const config: LoaderConfig = {
  datasets: [
    { name: 'robot', path: G1, weight: 3 },
    { name: 'videos', path: videos, weight: 1 },
    { name: 'questions', path: questions, weight: 2 },
  ],
  batchSize: 6,
  seed: 5,
  samples: { viewSize: 24, steps: 10, latent: { size: 16 }, augment: {} },
};

/** Batches `start` … `start + count − 1`. */
async function batches(count: number, options: LoaderOptions = {}, changes: Partial<LoaderConfig> = {}): Promise<Batch[]> {
  const loader = await createLoader({ ...config, ...changes }, options);
  try {
    const all: Batch[] = [];
    for (let i = 0; i < count; i++) all.push(await loader.next());
    return all;
  } finally {
    await loader.close();
  }
}

const reference = await batches(8, { workers: 0 });

test.each([1, 2, 4])('%d workers make the same stream', async (workers) => {
  expect(await batches(8, { workers })).toEqual(reference);
});

test('goes on from any batch, in the middle of an epoch', async () => {
  expect(await batches(3, { workers: 2, start: 5 })).toEqual(reference.slice(5));
  expect(reference.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test('the ranks together are one stream', async () => {
  const ranks = await Promise.all([0, 1, 2].map((rank) => batches(4, { workers: 0 }, { rank, ranks: 3 })));
  for (let i = 0; i < 4; i++) {
    expect(ranks.flatMap((rank) => rank[i]?.origins)).toEqual(reference[i]?.origins);
    const joined = ranks.flatMap((rank) => [...((rank[i] as Batch).tensors.images.data as Uint8Array)]);
    expect(Uint8Array.from(joined)).toEqual(reference[i]?.tensors.images.data);
  }
});

test('has the shapes of the canonical record, and mixes by weight', () => {
  const shapes = Object.fromEntries(
    Object.entries((reference[0] as Batch).tensors).map(([name, { dtype, shape }]) => [name, `${dtype} ${shape}`]),
  );
  expect(shapes).toEqual({
    images: 'u8 6,3,24,24,3',
    viewMask: 'bool 6,3',
    state: 'f32 6,2,18',
    stateMask: 'bool 6,2,18',
    actions: 'f32 6,10,2,10',
    actionMask: 'bool 6,10,2,10',
    aims: 'f32 6,2,3,2',
    aimMask: 'bool 6,2,3',
    latentFrames: 'u8 6,5,16,16,3',
    latentMask: 'bool 6,5',
  });
  const origins = reference.flatMap((batch) => batch.origins);
  expect(origins.filter(({ source }) => source === 'robot')).toHaveLength(24);
  // Nothing comes twice in an epoch, and the five questions are in their fourth one.
  expect(new Set(origins.map((origin) => JSON.stringify(origin))).size).toBe(48);
  expect(new Set(origins.map(({ source, epoch }) => `${source} ${epoch}`))).toEqual(
    new Set(['robot 0', 'videos 0', 'questions 0', 'questions 1', 'questions 2', 'questions 3']),
  );
  for (const batch of reference) {
    batch.origins.forEach(({ source }, i) => {
      expect(batch.embodiments[i]).toBe(source === 'robot' ? 'g1-inspire' : '');
      const masked = (batch.tensors.actionMask.data as Uint8Array).subarray(i * 200, (i + 1) * 200).every((bit) => bit === 0);
      expect(masked).toBe(source !== 'robot');
    });
  }
});

test('questions come with answers in pixels of the view', () => {
  const asked = reference.flatMap(({ origins, instructions, answers }) =>
    origins.map(({ source, episode }, i) => ({ source, episode, question: instructions[i], answer: answers[i] })),
  );
  for (const { source, episode, question, answer } of asked) {
    if (source !== 'questions') expect(answer).toBe('');
    else {
      expect(question).toBe(`where is object ${episode}?`);
      // 12×8 pixels become 24×16, below 4 rows of black.
      expect(parseAnswer('object-pointing', answer ?? '')).toMatchObject({
        ok: true,
        answer: { points: [{ point: [4 * episode, 2 * episode + 4] }] },
      });
    }
  }
});

test('another seed is another stream', async () => {
  const [first] = await batches(1, { workers: 0 }, { seed: 6 });
  expect(first?.origins).not.toEqual(reference[0]?.origins);
});

test('normalises when asked to', async () => {
  const statistics = { mean: Array(10).fill(0), std: Array(10).fill(1), q01: Array(10).fill(-0.5), q99: Array(10).fill(0.7) };
  const normalization = { rotation: 'rmat6d-columns', state: statistics, actions: statistics } as const;
  const [first] = await batches(1, { workers: 1 }, { normalization });
  const { actions, actionMask } = (reference[0] as Batch).tensors;
  expect(first?.tensors.actions.data).toEqual(normaliseActions(normalization, actions.data as Float32Array, actionMask.data as Uint8Array));
  expect(first?.tensors.actions.data).not.toEqual(actions.data);
});

test.each([0, 2])('calls wait for one another, with %d workers', async (workers) => {
  const loader = await createLoader(config, { workers });
  const together = await Promise.all([loader.next(), loader.next(), loader.next()]);
  expect(together.map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(loader.position).toBe(3);
  await loader.close();
});

describe('limits', () => {
  test('no more batches wait than allowed, and memory is bounded', async () => {
    const bytes = batchBytes(6, { viewSize: 24, steps: 10, latent: { size: 16 } });
    const total = Object.values((reference[0] as Batch).tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
    expect(bytes).toBe(total);
    // Room for three: of eight that are allowed only three are made.
    const loader = await createLoader(config, { workers: 2, ahead: 8, memory: 3 * bytes + 1 });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(loader.pending).toBe(3);
    await loader.next();
    expect(loader.pending).toBe(3);
    await loader.close();
    await expect(createLoader(config, { workers: 4, memory: 3 * bytes })).rejects.toThrow(
      '4 workers need 1 MiB for a batch each, but may use 1; take fewer workers',
    );
  });

  test.each<[LoaderOptions, string]>([
    [{ workers: -1 }, '"workers" must be a whole number from 0 up, got -1'],
    [{ workers: 4, ahead: 3 }, '"ahead" must be a whole number from 4 up, got 3'],
    [{ memory: Number.NaN }, '"memory" must be a number of bytes, got NaN'],
    [{ start: 0.5 }, '"start" must be a whole number from 0 up, got 0.5'],
  ])('%o is refused', async (options, message) => {
    await expect(createLoader(config, options)).rejects.toThrow(message);
  });

  test.each<[string, Partial<LoaderConfig>, string]>([
    ['a missing dataset', { datasets: [{ name: 'a', path: path.join(folder, 'none') }] }, 'there is no dataset at'],
    [
      'an episode that there is not',
      { datasets: [{ name: 'a', path: G1, episodes: [2] }] },
      'g1-pick-bottle has no episode in position 2, only 2',
    ],
    ['an episode twice', { datasets: [{ name: 'a', path: G1, episodes: [1, 1] }] }, 'an episode is named twice: 1, 1'],
    [
      'a binding of questions',
      { datasets: [{ name: 'a', path: questions, binding: 'x.json' }] },
      'has samples of reasoning, and no binding',
    ],
    ['no steps', { samples: { viewSize: 8, steps: 0 } }, '"steps" must be a whole number from 1 up, got 0'],
    ['half a pixel', { samples: { viewSize: 24.5 } }, '"viewSize" must be a whole number from 0 up, got 24.5'],
    [
      'an unknown view',
      { samples: { viewSize: 8, latent: { size: 8, view: 'wrist' as never } } },
      '"latent.view" must be one of head, leftWrist, rightWrist',
    ],
    ['a batch that cannot be divided', { ranks: 4 }, 'a batch of 6 cannot be divided among 4 ranks'],
    [
      'two datasets of one name',
      {
        datasets: [
          { name: 'a', path: G1 },
          { name: 'a', path: videos },
        ],
      },
      '"a" is the name of an earlier source, too',
    ],
  ])('%s is refused', async (_, changes, message) => {
    await expect(batches(1, { workers: 0 }, changes)).rejects.toThrow(message);
  });
});

test.each([0, 2])('a broken video is an error that names it, with %d workers', async (workers) => {
  const broken = path.join(folder, `broken-${workers}`);
  cpSync(G1, broken, { recursive: true });
  const video = (episode: number): string =>
    path.join(broken, 'videos', 'chunk-000', 'observation.images.cam_high', `episode_00000${episode}.mp4`);
  copyFileSync(video(0), video(1));
  truncateSync(video(1), 1000);
  await expect(batches(4, { workers }, { datasets: [{ name: 'robot', path: broken }] })).rejects.toThrow(/episode 1.*episode_000001\.mp4/);
});
