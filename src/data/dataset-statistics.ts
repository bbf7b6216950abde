/** Statistics of everything a dataset holds, as it holds it. What policies are normalised with is in `normalization.ts`. */
import { rateOf } from './episodes.ts';
import type { EpisodeSource } from './source.ts';
import {
  addBlock,
  addFrame,
  type FeatureStatistics,
  type FirstPass,
  finishImages,
  finishStatistics,
  firstPass,
  imagePass,
  type SecondPass,
  secondPass,
} from './statistics.ts';

/** What is counted. */
export interface DatasetStatisticsOptions {
  /** Frames of each camera and episode, evenly spread, that are looked at; 16 unless given, none when 0 */
  readonly frames?: number;
  /** Positions of episodes; all unless given */
  readonly episodes?: readonly number[];
  /** Called as episodes are gone through: three times each, or twice without frames */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Rows that are read at once. */
const TOGETHER = 4096;

/**
 * Exact statistics of every numeric feature over all its rows, and of cameras (levels from 0 to 1, by channel) over some frames.
 * Throws, with episode and row, for what cannot be read or is no finite number.
 */
export async function datasetStatistics(
  source: EpisodeSource,
  options: DatasetStatisticsOptions = {},
): Promise<Record<string, FeatureStatistics>> {
  const { frames = 16, episodes = [...source.episodes.keys()], onProgress } = options;
  const total = episodes.length * (source.cameras.length > 0 && frames > 0 ? 3 : 2);
  let done = 0;
  const widths = numericFeatures(source);
  const each = async (passes: ReadonlyMap<string, FirstPass | SecondPass>): Promise<void> => {
    for (const episode of episodes) {
      const length = source.episodes[episode]?.length ?? 0;
      for (let from = 0; from < length; from += TOGETHER) {
        const rows = await source.readRows(episode, { from, to: Math.min(from + TOGETHER, length), columns: [...passes.keys()] });
        for (const [feature, pass] of passes) {
          const column = rows.columns[feature];
          const where = `${source.name}, episode ${source.episodes[episode]?.index}, ${feature} from frame ${from}`;
          if (column) addBlock(pass, { data: column.data, where });
        }
      }
      onProgress?.(++done, total);
    }
  };
  const first = new Map([...widths].map(([feature, width]) => [feature, firstPass(width)]));
  await each(first);
  const second = new Map([...first].map(([feature, pass]) => [feature, secondPass(pass)]));
  await each(second);
  const statistics = [...first].map(([feature, pass]) => [feature, finishStatistics(pass, second.get(feature) as SecondPass)] as const);

  const pictures = frames > 0 ? source.cameras.map((camera) => [camera, imagePass()] as const) : [];
  for (const episode of pictures.length > 0 ? episodes : []) {
    const length = source.episodes[episode]?.length ?? 0;
    for (const [camera, pass] of pictures) {
      const reader = await source.openCamera(episode, camera);
      try {
        const count = Math.min(frames, length);
        // The middle of each of `count` stretches
        for (let i = 0; i < count; i++) addFrame(pass, await reader.at(Math.floor(((i + 0.5) * length) / count) / rateOf(source, episode)));
      } finally {
        reader.close();
      }
    }
    onProgress?.(++done, total);
  }
  return Object.fromEntries([...statistics, ...pictures.map(([camera, pass]) => [camera, finishImages(pass)] as const)]);
}

/** Numbers of a row by feature, of the features that are numbers. */
function numericFeatures({ features, cameras }: EpisodeSource): Map<string, number> {
  const numeric = Object.entries(features).filter(([name, { dtype }]) => !cameras.includes(name) && /^(float|int|uint|bool)/.test(dtype));
  return new Map(numeric.map(([name, { shape }]) => [name, shape.reduce((a, b) => a * b, 1)]));
}
