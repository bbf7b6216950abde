/** Statistics of datasets, as they are and in canonical form, against sorting all values; and a FAST tokenizer made from them. */
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { bindDataset, openDataset } from '../../src/data/dataset.ts';
import { datasetStatistics } from '../../src/data/dataset-statistics.ts';
import { episodeReader } from '../../src/data/episodes.ts';
import { fitFastTo } from '../../src/data/fast.ts';
import { canonicalStatistics, normalizationOf } from '../../src/data/normalization.ts';
import { canonicalSample, momentsOf } from '../../src/data/samples.ts';
import type { FeatureStatistics } from '../../src/data/statistics.ts';
import type { BoundSource } from '../../src/data/tracks.ts';
import { ACTION_DIMS, ARMS, STATE_DIMS } from '../../src/robot/canonical.ts';
import { normaliseActions } from '../../src/robot/normalization.ts';

const source = await openDataset(fileURLToPath(new URL('../fixtures/g1-pick-bottle', import.meta.url)));
const bound = (await bindDataset(source)) as BoundSource;
afterAll(() => source.close());

/** All of it by sorting. `values[d]` has the values of dimension d. */
function bySorting(
  values: readonly (readonly number[])[],
): Pick<FeatureStatistics, 'count' | 'min' | 'max' | 'mean' | 'std' | 'quantiles'> {
  const sorted = values.map((column) => [...column].sort((a, b) => a - b));
  const quantile = (q: number) => (column: number[]) => {
    const at = q * (column.length - 1);
    const low = column[Math.floor(at)] as number;
    return low + (at - Math.floor(at)) * ((column[Math.ceil(at)] as number) - low);
  };
  const mean = sorted.map((column) => column.reduce((a, b) => a + b, 0) / column.length);
  return {
    count: sorted.map(({ length }) => length),
    min: sorted.map((column) => column[0] as number),
    max: sorted.map((column) => column.at(-1) as number),
    mean,
    std: sorted.map((column, d) => Math.sqrt(column.reduce((sum, x) => sum + (x - (mean[d] as number)) ** 2, 0) / column.length)),
    quantiles: {
      q01: sorted.map(quantile(0.01)),
      q10: sorted.map(quantile(0.1)),
      q50: sorted.map(quantile(0.5)),
      q90: sorted.map(quantile(0.9)),
      q99: sorted.map(quantile(0.99)),
    },
  };
}

function expectClose(found: FeatureStatistics, expected: ReturnType<typeof bySorting>): void {
  expect(found.count).toEqual(expected.count);
  for (const key of ['min', 'max', 'mean', 'std'] as const) expect(found[key]).toBeAllclose(expected[key], { atol: 1e-7 });
  for (const q of ['q01', 'q10', 'q50', 'q90', 'q99'] as const)
    expect(found.quantiles[q]).toBeAllclose(expected.quantiles[q], { atol: 1e-7 });
}

test('canonical states and actions, over all moments, arms and steps', async () => {
  const reader = episodeReader(bound);
  const state: number[][] = Array.from({ length: ACTION_DIMS }, () => []);
  const actions: number[][] = Array.from({ length: ACTION_DIMS }, () => []);
  for (const episode of [0, 1]) {
    for (let moment = 0; moment < momentsOf(source, episode); moment++) {
      const sample = await canonicalSample(reader, episode, moment, { viewSize: 0 }, { seed: 0, draw: 0 });
      for (const slot of ARMS.keys()) for (let d = 0; d < ACTION_DIMS; d++) state[d]?.push(sample.state[slot * STATE_DIMS + d] as number);
      sample.actions.forEach((value, i) => {
        if (sample.actionMask[i]) actions[i % ACTION_DIMS]?.push(value);
      });
    }
  }
  const seen: number[][] = [];
  const found = await canonicalStatistics([bound], { onProgress: (...progress) => seen.push(progress) });
  expect(seen).toEqual([
    [1, 4],
    [2, 4],
    [3, 4],
    [4, 4],
  ]);
  expectClose(found.state, bySorting(state));
  expectClose(found.actions, bySorting(actions));
  // Steps of chunks, one dimension of one of them
  const late: number[] = [];
  for (const episode of [0, 1]) {
    for (let moment = 0; moment < momentsOf(source, episode); moment++) {
      const { actions, actionMask } = await canonicalSample(episodeReader(bound), episode, moment, { viewSize: 0 }, { seed: 0, draw: 0 });
      for (const at of [20 * 20 + 1, 20 * 20 + 11]) if (actionMask[at]) late.push(actions[at] as number);
    }
  }
  const mean = late.reduce((sum, x) => sum + x, 0) / late.length;
  const std = Math.sqrt(late.reduce((sum, x) => sum + (x - mean) ** 2, 0) / late.length);
  expect(found.steps).toHaveLength(30);
  expect([found.steps[20]?.mean[1], found.steps[20]?.std[1]]).toBeAllclose([mean, std], { atol: 1e-6 });
});

test('features as the dataset has them', async () => {
  const values: number[][] = Array.from({ length: 26 }, () => []);
  for (const episode of [0, 1]) {
    const { data } = (await source.readRows(episode)).columns.action as { data: Float32Array };
    for (const [i, value] of data.entries()) values[i % 26]?.push(value);
  }
  const found = await datasetStatistics(source, { frames: 2 });
  expect(Object.keys(found)).toEqual(['observation.state', 'action', 'observation.images.cam_high']);
  expectClose(found.action as FeatureStatistics, bySorting(values));
  expect(found['observation.images.cam_high']?.count).toEqual(Array(3).fill(4 * 640 * 480));
});

test('a tokenizer made from the dataset reads and writes its chunks', async () => {
  const normalization = normalizationOf(await canonicalStatistics([bound]));
  const fast = await fitFastTo([bound], normalization, { chunks: 40 });
  expect(fast.config).toMatchObject({ horizon: 30, dims: 20, scale: 10 });
  const { actions, actionMask } = await canonicalSample(episodeReader(bound), 0, 3, { viewSize: 0 }, { seed: 0, draw: 0 });
  const data = normaliseActions(normalization, actions, actionMask);
  const ids = fast.encode({ horizon: 30, dims: 20, data });
  expect(ids.length).toBeLessThan(200);
  const back = fast.decode(ids, { horizon: 30, dims: 20 });
  const rms = Math.sqrt(back.reduce((sum, x, i) => sum + (x - (data[i] as number)) ** 2, 0) / 600);
  expect(rms).toBeLessThanOrEqual(0.05);
  expect(await fitFastTo([bound], normalization, { chunks: 40 })).toMatchObject({ model: fast.model });
  await expect(fitFastTo([bound], normalization, { steps: 60 })).rejects.toThrow('no episode is as long as a chunk of 60 steps');
});
