/** Statistics of a dataset that is being written, as `stats.json` and the columns `stats/…` of LeRobot hold them. */
import type { ParquetColumn, ParquetValues } from '../parquet-write.ts';
import {
  addBlock,
  type Block,
  type FeatureStatistics,
  finishStatistics,
  firstPass,
  QUANTILES,
  type Quantile,
  secondPass,
  statisticsOf,
} from '../statistics.ts';

/** Statistics of one feature: lists in the feature's shape, `[3, 1, 1]` for cameras. */
export type StoredStatistics = Readonly<Record<string, unknown>>;

/** Rows of one episode. */
export interface StatisticsEpisode {
  /** Blocks of a feature, [rows, dims]; called several times */
  blocks(feature: string): AsyncIterable<Block['data']>;
}

/** A feature of numbers. */
export interface StatisticsFeature {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * Statistics of numeric features, of every episode and of all together: exact, over all rows. Values that are no number are left
 * out. Memory grows with one feature and the number of episodes, not with rows.
 */
export async function rowStatistics(
  { name, shape }: StatisticsFeature,
  episodes: readonly StatisticsEpisode[],
): Promise<{ readonly episodes: StoredStatistics[]; readonly all: StoredStatistics }> {
  const dims = shape.reduce((size, n) => size * n, 1);
  const all = firstPass(dims);
  const found: StoredStatistics[] = [];
  let rows = 0;
  for (const episode of episodes) {
    let length = 0;
    const kept: Block['data'][] = [];
    for await (const data of episode.blocks(name)) {
      addBlock(all, finite(data));
      length += data.length / dims;
      if (length * dims <= MOST_SORTED) kept.push(data);
    }
    const short = length * dims <= MOST_SORTED;
    const own = short ? sortedStatistics(dims, kept) : await statisticsOf(dims, () => finiteBlocks(episode, name));
    found.push(stored(own, shape, length));
    rows += length;
  }
  const second = secondPass(all);
  for (const episode of episodes) for await (const block of finiteBlocks(episode, name)) addBlock(second, block);
  return { episodes: found, all: stored(finishStatistics(all, second), shape, rows) };
}

/** Episodes with more values than this are not sorted but counted, which takes no memory but 100 ms. */
const MOST_SORTED = 2 ** 20;

/** The statistics of a few values, blocks of [rows, dims], by sorting them. */
function sortedStatistics(dims: number, blocks: readonly Block['data'][]): FeatureStatistics {
  const columns = Array.from({ length: dims }, (_, d) => {
    const values = blocks.flatMap((data) =>
      Array.from({ length: data.length / dims }, (_, row) => Math.fround(data[row * dims + d] as number)),
    );
    return Float64Array.from(values.filter(Number.isFinite)).sort();
  });
  const each = (f: (values: Float64Array) => number): number[] => columns.map((values) => (values.length === 0 ? 0 : f(values)));
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const std = (values: Float64Array): number => {
    const middle = mean(values);
    return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
  };
  const quantile = (values: Float64Array, q: number): number => {
    const position = q * (values.length - 1);
    const low = values[Math.floor(position)] as number;
    return low + ((values[Math.ceil(position)] as number) - low) * (position % 1);
  };
  return {
    count: columns.map((values) => values.length),
    min: each((values) => values[0] as number),
    max: each((values) => values.at(-1) as number),
    mean: each(mean),
    std: each(std),
    quantiles: Object.fromEntries(Object.entries(QUANTILES).map(([key, q]) => [key, each((values) => quantile(values, q))])) as Record<
      Quantile,
      number[]
    >,
  };
}

async function* finiteBlocks(episode: StatisticsEpisode, name: string): AsyncGenerator<Block> {
  for await (const data of episode.blocks(name)) yield finite(data);
}

/** A block with a mask for what is not finite, if there is any. */
function finite(data: Block['data']): Block {
  const single = (value: number): boolean => Number.isFinite(Math.fround(value));
  return data.every(single) ? { data } : { data, mask: Uint8Array.from(data, (value) => Number(single(value))) };
}

/** Statistics as LeRobot stores them; `count` is that of rows or frames. */
export function stored(statistics: FeatureStatistics, shape: readonly number[], count: number): StoredStatistics {
  const { min, max, mean, std, quantiles } = statistics;
  const values = { min, max, mean, std, ...quantiles };
  return { ...Object.fromEntries(Object.entries(values).map(([key, list]) => [key, nested(list, shape)])), count: [count] };
}

/**
 * The frames of an episode that image statistics are taken of: as many as LeRobot takes (`sample_indices` in `compute_stats.py`), at
 * least 100 and at most 10,000, evenly spread.
 */
export function sampledFrames(length: number): number[] {
  const count = Math.max(Math.min(100, length), Math.min(Math.floor(length ** 0.75), 10_000));
  return Array.from({ length: count }, (_, i) => (count === 1 ? 0 : Math.round((i * (length - 1)) / (count - 1))));
}

/** The columns of `meta/episodes` for a feature's statistics. */
export function statisticsColumns(feature: string, shape: readonly number[]): ParquetColumn[] {
  const keys = ['min', 'max', 'mean', 'std', ...(Object.keys(QUANTILES) as Quantile[])];
  return [
    ...keys.map((key) => ({ name: `stats/${feature}/${key}`, dtype: 'float64', shape, list: true })),
    { name: `stats/${feature}/count`, dtype: 'int64', list: true },
  ];
}

/** The values of these columns. */
export function statisticsValues(feature: string, statistics: readonly StoredStatistics[]): Record<string, ParquetValues> {
  const keys = Object.keys(statistics[0] ?? {});
  return Object.fromEntries(keys.map((key) => [`stats/${feature}/${key}`, statistics.flatMap((one) => flat(one[key]))]));
}

const flat = (value: unknown): number[] => (Array.isArray(value) ? value.flatMap(flat) : [value as number]);

/** Values in C order as lists in a shape. */
function nested(values: readonly number[], shape: readonly number[]): unknown[] {
  const [length = 1, ...rest] = shape;
  if (rest.length === 0) return values.slice(0, length);
  const stride = rest.reduce((size, n) => size * n, 1);
  return Array.from({ length }, (_, i) => nested(values.slice(i * stride, (i + 1) * stride), rest));
}
