/** The samples of one dataset of a mixture, numbered from 0: moments of episodes, or questions and answers. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { bindDataset, openDataset } from '../dataset.ts';
import { type EpisodeReaderOptions, episodeReader } from '../episodes.ts';
import { checkGuideShare, readGuides, withGuide } from '../guides.ts';
import { openPacked, PACKED_INFO } from '../packed.ts';
import { reasoningCanonical } from '../reasoning/canonical.ts';
import { openReasoning } from '../reasoning/files.ts';
import { type CanonicalSample, canonicalSample, momentsOf, type SampleOptions, type SamplePixels } from '../samples.ts';
import type { EpisodeSource } from '../source.ts';
import { type BoundSource, bindSource } from '../tracks.ts';
import type { LoaderDataset } from './config.ts';

/** What the numbers of a dataset mean; null where it has none. Plain data. */
export type Meaning = Pick<BoundSource, 'binding' | 'embodiment'> | null;

/** A dataset that is open. */
export interface SampleSet {
  readonly length: number;
  readonly meaning: Meaning;
  /** Where sample `n` is: the position of its episode and the moment in it; of a sample of reasoning, its number and 0 */
  place(n: number): { readonly episode: number; readonly moment: number };
  /** Puts its pixels where it is told to. Throws, with dataset, episode and frame (or file and row), when it cannot be read. */
  sample(
    n: number,
    options: SampleOptions,
    draw: { readonly seed: number; readonly draw: number },
    pixels: SamplePixels,
  ): Promise<CanonicalSample>;
  close(): Promise<void>;
}

/** Opens a dataset. Its meaning is found out unless given. Throws when it cannot be opened, has no samples, or no known meaning. */
export async function openSamples(dataset: LoaderDataset, bounds: EpisodeReaderOptions, meaning?: Meaning): Promise<SampleSet> {
  const isReasoning = /\.(jsonl|parquet)$/.test(dataset.path) || existsSync(path.join(dataset.path, 'reasoning.json'));
  const isPacked = existsSync(path.join(dataset.path, PACKED_INFO));
  const set = isPacked
    ? await packedSamples(dataset)
    : isReasoning
      ? await reasoningSamples(dataset)
      : await episodeSamples(dataset, bounds, meaning);
  if (set.length > 0) return set;
  await set.close();
  throw new Error(`dataset "${dataset.name}": ${dataset.path} has no samples${isReasoning ? '' : ': no episode is longer than one step'}`);
}

async function packedSamples({ name, path: where, binding, episodes, side, guide, opening }: LoaderDataset): Promise<SampleSet> {
  requireNone(name, `${where} has packed samples`, { binding, episodes, side, guide });
  const packed = await openPacked(where);
  const all = Array.from({ length: packed.length }, (_, n) => n);
  const kept = opening === undefined ? all : all.filter((n) => packed.place(n).moment < opening);
  return {
    length: kept.length,
    meaning: null,
    place: (n) => packed.place(kept[n] as number),
    sample: (n, options, draw, pixels) => packed.sample(kept[n] as number, options, draw, pixels),
    close: async () => packed.close(),
  };
}

/** Throws when something was given that such a dataset has no use for. */
function requireNone(name: string, what: string, given: Readonly<Record<string, unknown>>): void {
  const useless = Object.keys(given).filter((key) => given[key] !== undefined);
  if (useless.length > 0) throw new Error(`dataset "${name}": ${what}, and no ${useless.join(', no ')}`);
}

async function reasoningSamples({ name, path: where, binding, episodes, guide, opening }: LoaderDataset): Promise<SampleSet> {
  requireNone(name, `${where} has samples of reasoning`, { binding, episodes, guide, opening });
  const source = await openReasoning(where);
  return {
    length: source.length,
    meaning: null,
    place: (n) => ({ episode: n, moment: 0 }),
    sample: (n, options, draw, pixels) => reasoningCanonical(source, n, options, draw, pixels),
    close: async () => source.close(),
  };
}

async function episodeSamples(
  { name, path: where, binding, episodes, side, guide, opening }: LoaderDataset,
  bounds: EpisodeReaderOptions,
  meaning?: Meaning,
): Promise<SampleSet> {
  if (guide) checkGuideShare(name, guide);
  const source = await openDataset(where);
  try {
    const guides = guide && (await readGuides(where, source.episodes.length));
    const bound = meaning
      ? bindSource(source, meaning.binding, meaning.embodiment)
      : await bindDataset(source, binding === undefined ? {} : { binding });
    if (!bound && source.format !== 'raw-video') {
      const robot = source.robotType ?? 'unknown';
      throw new Error(`dataset "${name}": nothing says what the numbers of ${where} mean; give a binding (robot type ${robot})`);
    }
    const reader = episodeReader(bound ?? source, bounds);
    const { length, place } = momentIndex(source, episodes ?? [...source.episodes.keys()], opening);
    return {
      length,
      meaning: bound ? { binding: bound.binding, embodiment: bound.embodiment } : null,
      place,
      async sample(n, options, draw, pixels) {
        const { episode, moment } = place(n);
        const sample = await canonicalSample(reader, episode, moment, side ? { ...options, side } : options, draw, pixels);
        return guides ? withGuide(sample, reader, episode, guides, { ...guide, viewSize: options.viewSize }, draw) : sample;
      },
      async close() {
        reader.close();
        await source.close();
      },
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** The moments of some episodes, or the first so many of each, one after the other. */
function momentIndex(
  source: EpisodeSource,
  episodes: readonly number[],
  opening = Number.POSITIVE_INFINITY,
): Pick<SampleSet, 'length' | 'place'> {
  const starts = new Float64Array(episodes.length + 1);
  if (new Set(episodes).size < episodes.length) throw new Error(`${source.name}: an episode is named twice: ${episodes.join(', ')}`);
  for (const [i, episode] of episodes.entries()) {
    if (!source.episodes[episode]) throw new Error(`${source.name} has no episode in position ${episode}, only ${source.episodes.length}`);
    starts[i + 1] = (starts[i] as number) + Math.min(opening, momentsOf(source, episode));
  }
  return {
    length: starts[episodes.length] as number,
    place(n) {
      let [low, high] = [0, episodes.length - 1];
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((starts[middle] as number) <= n) low = middle;
        else high = middle - 1;
      }
      return { episode: episodes[low] as number, moment: n - (starts[low] as number) };
    },
  };
}
