/** Packed samples against those that are read from the dataset, one by one. */
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bindDataset, openDataset } from '../../src/data/dataset.ts';
import { type EpisodeReader, episodeReader } from '../../src/data/episodes.ts';
import { createLoader } from '../../src/data/loader/loader.ts';
import { packEpisode, viewsOf } from '../../src/data/pack.ts';
import { openPacked, PACKED_INFO, type PackedInfo, packRecord, recordBytes, shardFile, unpackRecord } from '../../src/data/packed.ts';
import { canonicalSample } from '../../src/data/samples.ts';
import type { BoundSource } from '../../src/data/tracks.ts';
import { ACTION_DIMS, ARMS, STATE_DIMS, VIEWS } from '../../src/robot/canonical.ts';

const bottle = fileURLToPath(new URL('../fixtures/g1-pick-bottle', import.meta.url));
const options = { viewSize: 28, latentSize: 32, steps: 30, every: 6, opening: 0, side: 'right' } as const;

let [reader, close]: [EpisodeReader | undefined, () => Promise<void>] = [undefined, async () => undefined];
let folder = '';
let info: PackedInfo;
let samples: Awaited<ReturnType<typeof packEpisode>> = [];
beforeAll(async () => {
  const source = await openDataset(bottle);
  const bound = (await bindDataset(source)) as BoundSource;
  const own = episodeReader(bound);
  reader = own;
  close = async () => {
    own.close();
    await source.close();
  };
  samples = await packEpisode(own, 0, options);
  folder = await mkdtemp(path.join(os.tmpdir(), 'gear-packed-'));
  const views = viewsOf(own, 'right');
  const shape = { viewSize: 28, steps: 30, codes: 3, views };
  const shards = [samples.slice(0, 5), samples.slice(5)];
  for (const [i, some] of shards.entries()) {
    const records = some.map((sample, k) => packRecord({ ...sample, codes: Uint8Array.of(i, k, 7), instruction: 0 }, shape));
    await writeFile(path.join(folder, shardFile(i)), Buffer.concat(records));
  }
  info = {
    ...shape,
    format: 'gear-vla packed samples 2',
    settings: {},
    embodiment: bound.embodiment.name,
    shards: shards.map((some) => ({ samples: some.length, instructions: [some[0]?.instruction ?? ''] })),
  };
  await writeFile(path.join(folder, PACKED_INFO), JSON.stringify(info));
});
afterAll(async () => {
  await close();
  await rm(folder, { recursive: true });
});

test('an episode is packed into the samples that are read from it one by one', async () => {
  expect(samples.length).toBeGreaterThan(5);
  for (const n of [0, 3, samples.length - 1]) {
    const { window, episode, moment, images, ...packed } = samples[n] as (typeof samples)[number];
    const read = await canonicalSample(
      reader as EpisodeReader,
      episode,
      moment,
      { viewSize: 28, latent: { size: 32 }, side: 'right' },
      { seed: 0, draw: 0 },
    );
    expect(moment).toBe(6 * n);
    expect(window).toEqual(read.latentFrames);
    const each = 3 * 28 * 28;
    const seen = VIEWS.flatMap((_, slot) => (read.viewMask[slot] ? [...read.images.subarray(slot * each, (slot + 1) * each)] : []));
    expect([...images]).toEqual(seen);
    for (const key of ['state', 'stateMask', 'actions', 'actionMask', 'instruction'] as const) expect(packed[key]).toEqual(read[key]);
  }
});

test('of an opening all moments are kept, of what follows those of before', async () => {
  const all = await packEpisode(reader as EpisodeReader, 0, { ...options, opening: 9 });
  const moments = all.map(({ moment }) => moment);
  expect(moments).toEqual([
    ...Array.from({ length: 9 }, (_, i) => i),
    ...samples.map(({ moment }) => moment).filter((moment) => moment >= 9),
  ]);
  for (const sample of samples) expect(all.find(({ moment }) => moment === sample.moment)).toEqual(sample);
});

test('latent windows must be made of the frames that are decoded', async () => {
  await expect(packEpisode(reader as EpisodeReader, 0, { ...options, every: 4 })).rejects.toThrow('every 1, 2, 3 or 6 moments');
});

test('records come back as they were', () => {
  const shape = { viewSize: 2, steps: 2, codes: 3, views: ['head', 'rightWrist'] as PackedInfo['views'] };
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const floats = (length: number) => fc.float32Array({ minLength: length, maxLength: length, noNaN: true });
  const state = ARMS.length * STATE_DIMS;
  const actions = 2 * ARMS.length * ACTION_DIMS;
  const number = fc.nat(2 ** 32 - 1);
  const record = fc.record({
    ...{ images: bytes(24), codes: bytes(3), stateMask: bytes(state), actionMask: bytes(actions), aimMask: bytes(6) },
    ...{ state: floats(state), actions: floats(actions), aims: floats(12), instruction: number, episode: number, moment: number },
  });
  fc.assert(
    fc.property(record, (given) => {
      expect(unpackRecord(packRecord(given, shape), shape)).toEqual(given);
    }),
  );
  expect(() => packRecord({ ...fc.sample(record, 1)[0], codes: new Uint8Array(4) } as never, shape)).toThrow(
    'part 1 of a packed record has 4',
  );
});

describe('a folder of packed samples', () => {
  test('is a dataset of loaders, with codes', async () => {
    const loader = await createLoader(
      { datasets: [{ name: 'bottle', path: folder }], batchSize: 4, seed: 1, samples: { viewSize: 28 } },
      { workers: 0 },
    );
    const { tensors, codes, origins, instructions, embodiments } = await loader.next();
    await loader.close();
    for (const [b, { episode, moment }] of origins.entries()) {
      const n = moment / 6;
      const sample = samples[n] as (typeof samples)[number];
      expect(episode).toBe(0);
      expect([...(codes?.[b] ?? [])]).toEqual(n < 5 ? [0, n, 7] : [1, n - 5, 7]);
      const state = ARMS.length * STATE_DIMS;
      expect(tensors.state.data.slice(b * state, (b + 1) * state)).toEqual(sample.state);
      expect(instructions[b]).toBe(sample.instruction);
      expect(embodiments[b]).toBe(info.embodiment);
    }
  });

  test('has the beginnings of episodes alone, where that is asked for', async () => {
    const loader = await createLoader(
      { datasets: [{ name: 'bottle', path: folder, opening: 13 }], batchSize: 8, seed: 1, samples: { viewSize: 28 } },
      { workers: 0 },
    );
    const { origins } = await loader.next();
    await loader.close();
    expect(new Set(origins.map(({ moment }) => moment))).toEqual(new Set([0, 6, 12]));
  });

  test('has pictures of one size, and no frames for latent actions', async () => {
    const packed = await openPacked(folder);
    const pixels = { images: new Uint8Array(3 * 3 * 32 * 32), latentFrames: new Uint8Array() };
    await expect(packed.sample(0, { viewSize: 32 }, { seed: 0, draw: 0 }, pixels)).rejects.toThrow('has views of 28 pixels');
    packed.close();
  });

  test('that is cut off says where', async () => {
    const packed = await openPacked(folder);
    await truncate(path.join(folder, shardFile(1)), recordBytes(info) + 9);
    expect(() => packed.record(6)).toThrow(/1\.bin ends in the middle of sample 1/);
    packed.close();
  });
});
