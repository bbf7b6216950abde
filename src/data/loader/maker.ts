/** Makes any batch of a stream by its number alone: what every worker does, and why their number changes nothing. */
import { mixture } from '../mixture.ts';
import { type CanonicalSample, checkSampleOptions, samplePixels } from '../samples.ts';
import { type Batch, collate, type Origin } from './batch.ts';
import type { LoaderConfig } from './config.ts';
import { type Meaning, openSamples, type SampleSet } from './sample-set.ts';

/** The batches of a stream, to be made in any order. */
export interface BatchMaker {
  /** By name of a dataset, what its numbers mean: saves workers from finding it out again */
  readonly meanings: Meanings;
  make(index: number): Promise<Batch>;
  close(): Promise<void>;
}

/** What the numbers of datasets mean, by their names. */
export type Meanings = Readonly<Record<string, Meaning>>;

/** Of all datasets together, in each worker: bytes of rows, and open videos (more where datasets have more cameras) */
const ROW_BYTES = 64 * 2 ** 20;
const OPEN_CAMERAS = 16;

/**
 * Opens the datasets of a configuration. What their numbers mean is found out unless given. Throws when one cannot be opened, has no
 * samples, or when the mixture makes no sense.
 */
export async function batchMaker(config: LoaderConfig, meanings?: Meanings): Promise<BatchMaker> {
  const { datasets, batchSize, seed, samples: options, normalization, rank = 0, ranks = 1, stages = [] } = config;
  checkSampleOptions(options);
  // One process's memory, however many datasets there are.
  const bounds = { rowBytes: ROW_BYTES / datasets.length, openCameras: Math.floor(OPEN_CAMERAS / datasets.length) };
  const sets = new Map<string, SampleSet>();
  const close = async (): Promise<void> => {
    for (const set of sets.values()) await set.close();
  };
  try {
    for (const dataset of datasets) {
      // A name that comes twice is found by the mixture; what was opened under it is closed here.
      await sets.get(dataset.name)?.close();
      sets.set(dataset.name, await openSamples(dataset, bounds, meanings?.[dataset.name]));
    }
    const sources = datasets.map(({ name, weight = 1 }) => ({ name, weight, length: sets.get(name)?.length ?? 0 }));
    const order = mixture({ seed, sources, stages: stages.map(({ from, weights }) => ({ from, weights: { ...weights } })) });
    // What is wrong with batches and ranks is found now, not with the first batch.
    order.batch(0, { size: batchSize, rank, ranks });

    return {
      meanings: Object.fromEntries([...sets].map(([name, { meaning }]) => [name, meaning])),
      async make(index) {
        const draws = order.batch(index, { size: batchSize, rank, ranks });
        const origins: Origin[] = [];
        const samples: CanonicalSample[] = [];
        const pixels = samplePixels(options, draws.length);
        const part = (whole: Uint8Array, i: number): Uint8Array => {
          const each = whole.length / draws.length;
          return whole.subarray(i * each, (i + 1) * each);
        };
        // One after the other: a reader's open videos are not to be dropped under a sample that is being made.
        for (const [i, { source, sample, epoch }] of draws.entries()) {
          const set = sets.get(source) as SampleSet;
          const draw = index * batchSize + rank * draws.length + i;
          const own = { images: part(pixels.images, i), latentFrames: part(pixels.latentFrames, i) };
          samples.push(await set.sample(sample, options, { seed, draw }, own));
          origins.push({ source, epoch, ...set.place(sample) });
        }
        return {
          index,
          tensors: collate(samples, pixels, normalization, options),
          instructions: samples.map(({ instruction }) => instruction),
          answers: samples.map(({ answer }) => answer),
          embodiments: samples.map(({ embodiment }) => embodiment),
          ...(samples.every(({ codes }) => codes) && { codes: samples.map(({ codes }) => codes as Uint8Array) }),
          origins,
        };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
