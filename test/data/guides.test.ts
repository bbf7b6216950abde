/** Guides in training data: a guided sample is what evaluation would show a policy of the same episode and moment. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { DatasetGuides } from '../../src/data/guides.ts';
import type { Batch } from '../../src/data/loader/batch.ts';
import type { LoaderDataset } from '../../src/data/loader/config.ts';
import { createLoader } from '../../src/data/loader/loader.ts';
import { openSamples, type SampleSet } from '../../src/data/loader/sample-set.ts';
import type { CanonicalSample, SampleOptions } from '../../src/data/samples.ts';
import { samplePixels } from '../../src/data/samples.ts';
import { colorOf, exactGrounder, exactSegmenter, surroundings, targetOf } from '../../src/eval/guided/exact.ts';
import { makeGuide } from '../../src/eval/guided/guide.ts';
import { parseProcessor, processor } from '../../src/model/processor.ts';
import { VIEWS } from '../../src/robot/canonical.ts';
import { maskFromRunLengths } from '../../src/robot/guides.ts';
import { demonstrate } from '../../src/sim/demonstration.ts';
import { beginEpisode, type Episode } from '../../src/sim/episode.ts';
import { createPicture } from '../../src/sim/render/picture.ts';
import { simRobot } from '../../src/sim/robots.ts';
import { taskNamed } from '../../src/sim/tasks/tasks.ts';
import { createViews } from '../../src/sim/views.ts';
import type { HostTensor } from '../../src/tensor/host.ts';
import { actionFeeds } from '../../src/train/action-feeds.ts';
import { packDataset } from '../../src/train/pack.node.ts';
import { gear } from '../cli/support.ts';
import { policyConfig, tinyProcessor } from '../support/policy.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-guides-'));
afterAll(() => rmSync(folder, { recursive: true }));
const root = path.join(folder, 'data');
const [TASK, SIZE, EPISODES] = ['object/red-can', 48, 2];

beforeAll(async () => {
  const options = ['--episodes', `${EPISODES}`, '--size', `${SIZE}`, '--workers', '1', '--guides'];
  const { code, err } = await gear('sim', 'record', TASK, '--out', root, ...options);
  expect({ code, err }).toEqual({ code: 0, err: '' });
});

const guidesOf = (dataset: string): DatasetGuides => JSON.parse(readFileSync(path.join(dataset, 'meta', 'guides.json'), 'utf8'));

/** The first recorded moment of an episode, in the simulator itself. */
async function firstMoment(position: number): Promise<Episode> {
  const { episodes } = JSON.parse(readFileSync(path.join(root, 'meta', 'gear-sim.json'), 'utf8'));
  const episode = await beginEpisode(taskNamed(TASK), episodes[position].seed, await simRobot('panda'));
  demonstrate(episode).next();
  return episode;
}

/** Samples of the dataset, of which a share is guided. */
async function withSamples<T>(share: number | undefined, use: (set: SampleSet) => Promise<T>, at = root): Promise<T> {
  const dataset: LoaderDataset = { name: 'guided', path: at, side: 'right', ...(share !== undefined && { guide: { share } }) };
  const set = await openSamples(dataset, {});
  try {
    return await use(set);
  } finally {
    await set.close();
  }
}

/** One of them, in memory of its own. */
const sampleOf = (set: SampleSet, n: number, draw = 0, options: SampleOptions = { viewSize: SIZE, steps: 4 }): Promise<CanonicalSample> =>
  set.sample(n, options, { seed: 3, draw }, samplePixels(options));

const headOf = ({ images }: CanonicalSample, size = SIZE): Uint8Array => {
  const [each, slot] = [3 * size ** 2, VIEWS.indexOf('head')];
  return images.slice(slot * each, (slot + 1) * each);
};

/** The number of the first sample of an episode. */
function firstOf(set: SampleSet, episode: number): number {
  for (let n = 0; n < set.length; n++) if (set.place(n).episode === episode) return n;
  throw new Error(`no episode ${episode}`);
}

describe.each([...Array(EPISODES).keys()])('episode %d', (position) => {
  test('the mask that was recorded is that of the simulator', async () => {
    const episode = await firstMoment(position);
    try {
      const masks = surroundings(episode, SIZE).masks();
      const { size, episodes } = guidesOf(root);
      const counts = episodes[position]?.counts ?? [];
      expect(size).toBe(SIZE);
      expect(maskFromRunLengths({ size: [size, size], counts })).toEqual(masks.get(targetOf(episode)));
    } finally {
      episode.world.close();
    }
  });

  test('a guided sample has the guide and the words of evaluation, at every moment', async () => {
    const episode = await firstMoment(position);
    try {
      await withSamples(1, async (set) => {
        const first = await sampleOf(set, firstOf(set, position));
        const around = surroundings(episode, SIZE);
        const guide = await makeGuide({ width: SIZE, height: SIZE, data: headOf(first) }, episode.instruction, {
          grounder: exactGrounder(episode, around),
          segmenter: exactSegmenter(around),
          color: colorOf(episode),
        });
        expect(first).toMatchObject({ instruction: guide?.instruction });
        expect(first.guide).toEqual(guide?.picture);
        const options = { viewSize: SIZE, steps: 4, augment: {} };
        const later = await sampleOf(set, firstOf(set, position) + 20, 1, options);
        expect(later.guide).toEqual(guide?.picture);
        expect(later.instruction).toBe(guide?.instruction);
        // The video of the dataset is the picture of the simulator, but for its compression.
        const picture = createPicture(SIZE, SIZE);
        const views = createViews(episode.world);
        views.update();
        views.take('head', picture);
        const off = headOf(first).reduce((sum, level, i) => sum + Math.abs(level - (picture.rgb[i] as number)), 0);
        expect(off / picture.rgb.length).toBeLessThan(6);
      });
    } finally {
      episode.world.close();
    }
  });
});

test('share 0 is no guide at all; a share between is that share of the draws, the same ones each time', async () => {
  const drawn = (share: number | undefined): Promise<CanonicalSample[]> =>
    withSamples(share, async (set) => {
      const all: CanonicalSample[] = [];
      for (let draw = 0; draw < 40; draw++) all.push(await sampleOf(set, 5, draw, { viewSize: 16, steps: 4 }));
      return all;
    });
  const [none, zero, half] = [await drawn(undefined), await drawn(0), await drawn(0.5)];
  expect(zero).toEqual(none);
  const guided = half.filter(({ guide }) => guide).length;
  // Four standard deviations
  expect(Math.abs(guided - 20)).toBeLessThan(13);
  for (const [i, { guide, instruction, ...rest }] of half.entries()) {
    const { instruction: name, ...plain } = none[i] as CanonicalSample;
    expect(rest).toEqual(plain);
    expect(/mask/.test(instruction)).toBe(guide !== undefined);
    if (!guide) expect(instruction).toBe(name);
  }
  expect(await drawn(0.5)).toEqual(half);
});

test('in pictures of another size the mask covers the same part', async () => {
  const half = SIZE / 2;
  const covered = (guide: Uint8Array | undefined): number => {
    let count = 0;
    for (let i = 0; i < (guide?.length ?? 0); i += 3) if (guide?.[i] !== guide?.[i + 1] || guide?.[i] !== guide?.[i + 2]) count++;
    return count / ((guide?.length ?? 0) / 3);
  };
  await withSamples(1, async (set) => {
    const [large, small] = [await sampleOf(set, 0), await sampleOf(set, 0, 0, { viewSize: half, steps: 4 })];
    expect(small.guide?.length).toBe(3 * half ** 2);
    expect(Math.abs(covered(small.guide) - covered(large.guide))).toBeLessThan(0.01);
  });
});

/** One batch of a loader. */
async function batchOf(share: number, workers = 0): Promise<Batch> {
  const config = policyConfig();
  const samples = { viewSize: config.imageSize, steps: config.chunk };
  const loader = await createLoader(
    { datasets: [{ name: 'guided', path: root, guide: { share } }], batchSize: 8, seed: 2, samples },
    { workers },
  );
  return loader.next().finally(loader.close);
}

test('in batches guides come before the views, black where a sample has none, and prompts have a place for them', async () => {
  const batch = await batchOf(0.5);
  expect(await batchOf(0.5, 1)).toEqual(batch);
  const { guides, guideMask } = batch.tensors as Required<Batch['tensors']>;
  const mask = [...(guideMask.data as Uint8Array)];
  expect(new Set(mask).size).toBe(2);
  const config = policyConfig();
  const plain = tinyProcessor(config);
  const guided = processor(parseProcessor(JSON.stringify({ ...plain.files, prompt: { ...plain.files.prompt, guide: true } })), config);
  const { length, promptLength, fastLength } = guided.format;
  const codes = batch.instructions.map(() => new Uint8Array(length - promptLength - fastLength - 1));
  const { images } = actionFeeds(batch, codes, guided, 1).feeds as { images: HostTensor };
  const part = ({ data }: HostTensor, i: number): Uint8Array =>
    (data as Uint8Array).slice(i * 3 * config.imageSize ** 2, (i + 1) * 3 * config.imageSize ** 2);
  for (const [b, there] of mask.entries()) {
    const shown = part(images, b * (guided.format.views.length + 1));
    expect(shown).toEqual(part(guides, b));
    expect(shown.some((level) => level > 0)).toBe(there === 1);
    expect(/mask/.test(batch.instructions[b] as string)).toBe(there === 1);
  }
  expect(() => actionFeeds(batch, codes, plain, 1)).toThrow('the format has no place for it');
  expect((await batchOf(0)).tensors).not.toHaveProperty('guides');
});

describe('refused', () => {
  const changed = (name: string, change: (guides: DatasetGuides) => unknown): string => {
    const at = path.join(folder, name);
    cpSync(root, at, { recursive: true });
    writeFileSync(path.join(at, 'meta', 'guides.json'), JSON.stringify(change(guidesOf(root))));
    return at;
  };
  const opening = (share: number, at = root): Promise<unknown> => withSamples(share, async () => undefined, at);

  test('a share that is none', () => expect(opening(1.5)).rejects.toThrow('"guide.share" must be a number from 0 to 1, got 1.5'));

  test('packed samples', () => {
    const dataset = { name: 'guided', path: root, guide: { share: 1 } };
    const setting = { folder: path.join(folder, 'pack'), dataset, every: 1, viewSize: SIZE, steps: 4, latents: 'none' };
    return expect(packDataset(setting)).rejects.toThrow('packed samples have no guides');
  });

  test('to record a task whose instruction does not name the target', async () => {
    const at = path.join(folder, 'drawer');
    const { code, err } = await gear(
      'sim',
      'record',
      'goal/open-middle-drawer',
      '--out',
      at,
      '--episodes',
      '1',
      '--size',
      '32',
      '--guides',
    );
    expect(code).toBe(1);
    expect(err).toContain('goal/open-middle-drawer cannot be guided: it begins with a part of the wooden cabinet that moves');
  });

  test('a dataset without guides', async () => {
    const at = path.join(folder, 'without');
    cpSync(root, at, { recursive: true });
    rmSync(path.join(at, 'meta', 'guides.json'));
    await expect(opening(1, at)).rejects.toThrow('has no guides: record it with `gear sim record --guides`');
  });

  test('guides of another dataset', () => {
    const at = changed('other', (guides) => ({ ...guides, episodes: guides.episodes.slice(1) }));
    return expect(opening(1, at)).rejects.toThrow('is of 1 episodes, but the dataset has 2');
  });

  test('a mask of another size', () => {
    const at = changed('larger', (guides) => ({ ...guides, size: 50 }));
    return expect(opening(1, at)).rejects.toThrow('the mask of episode 0 has 2304 pixels, expected 2500');
  });
});
