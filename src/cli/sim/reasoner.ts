/**
 * Samples of embodied reasoning as a dataset: those of draw 0, 1, 2 … one after the other, as many as are wanted, the same however many
 * threads made them. First the samples of each draw are made, in a file of their own (`unfinished.ts`) whose name says how many they are;
 * then the dataset is put together of them.
 */
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { writeReasoning } from '../../data/reasoning/files.ts';
import { openParquetShard } from '../../data/reasoning/parquet.ts';
import { checkSample, type ReasoningKind, type ReasoningSample } from '../../data/reasoning.ts';
import { KINDS, type Kind, type Split, type Stage, TABLE_4 } from '../../sim/reasoning/sample.ts';
import { workOff } from '../../tensor/crew.node.ts';
import { writeFileAtomically } from '../../tensor/files.node.ts';
import { packageInfo } from '../package.ts';
import { workOn } from './unfinished.ts';

/** What samples are of. Everything here changes what they are. */
export interface ReasoningSettings {
  readonly split: Split;
  readonly kinds: readonly Kind[];
  /** Pixels of a side of the pictures */
  readonly size: number;
  readonly seed: number;
}

/** How many, and how they are made. */
export interface ReasonOptions {
  readonly samples: number;
  /** Threads */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  /** Called with what was there at the beginning, what is done, and what there is to do */
  readonly onProgress?: (stage: 'samples' | 'dataset', before: number, done: number, total: number) => void;
}

/** What was written. */
export interface ReasonReport {
  readonly root: string;
  readonly samples: number;
  readonly kinds: Readonly<Partial<Record<ReasoningKind, number>>>;
  /** By stages of the curriculum: which kinds belong to it, and how many samples that are */
  readonly stages: Readonly<Record<Stage, { readonly samples: number; readonly kinds: readonly Kind[] }>>;
  /** Samples that were there from an earlier run */
  readonly resumed: number;
}

/** What a thread is started with. */
export interface ReasonWorkerData {
  readonly settings: ReasoningSettings;
  /** Where the files go */
  readonly folder: string;
}

/** JPEG quality */
export const QUALITY = 90;
/** Draws without a sample, one after the other, after which there will be none */
const MOST_EMPTY = 60;
/** Samples of a draw, before there has been one */
const USUAL = 70;
/** Samples that are read at once */
const BLOCK = 64;

/** The file of a draw: empty where there are no samples. */
export const drawFile = (folder: string, draw: number, samples: number): string => path.join(folder, `draw-${draw}.${samples}.parquet`);

/**
 * Makes a dataset. Throws when the target is there already, when an unfinished one was begun with other settings, when there is nothing
 * of these kinds, and when the disk is full; what was made until then is kept, and the same call goes on with it.
 */
export async function reasonDataset(target: string, settings: ReasoningSettings, options: ReasonOptions): Promise<ReasonReport> {
  const { samples } = options;
  const work = { target, settings: { version: packageInfo().version, quality: QUALITY, ...settings }, wanted: `${samples} samples` };
  return workOn(work, async (folder, isDone) => {
    const onProgress: ReasonOptions['onProgress'] = (stage, ...counts) => {
      if (stage === 'samples') isDone(counts[1]);
      options.onProgress?.(stage, ...counts);
    };
    const { counts, resumed } = await makeSamples(folder, settings, { ...options, onProgress });
    const kinds = await assemble(target, folder, settings, counts, options);
    return { root: target, samples, kinds, stages: stagesOf(kinds), resumed };
  });
}

/** How many samples belong to each stage of the curriculum, and which kinds do. */
function stagesOf(kinds: ReasonReport['kinds']): ReasonReport['stages'] {
  const of = (stage: Stage) => {
    const own = KINDS.filter((kind) => TABLE_4[kind].stage === stage);
    return { samples: own.reduce((sum, kind) => sum + (kinds[kind] ?? 0), 0), kinds: own };
  };
  return { 'spatial-understanding': of('spatial-understanding'), 'spatial-perception': of('spatial-perception') };
}

/** Makes draws that are not there yet, until there are samples enough. `counts` are samples by draw. */
async function makeSamples(
  folder: string,
  settings: ReasoningSettings,
  { samples, workers, signal, onProgress }: ReasonOptions,
): Promise<{ counts: readonly number[]; resumed: number }> {
  const counts: number[] = [];
  for (const name of await readdir(folder)) {
    const [, draw, count] = /^draw-(\d+)\.(\d+)\.parquet$/.exec(name) ?? [];
    if (draw !== undefined) counts[Number(draw)] = Number(count);
  }
  const total = (): number => counts.reduce((sum, count) => sum + count, 0);
  const resumed = total();
  const report = (): void => onProgress?.('samples', resumed, Math.min(total(), samples), samples);
  let [next, busy] = [0, 0];
  report();
  await workOff<number, number>(
    {
      source: new URL('./reason-worker.ts', import.meta.url),
      data: { settings, folder } satisfies ReasonWorkerData,
      ...(workers !== undefined && { workers }),
      ...(signal && { signal }),
    },
    () => {
      while (counts[next] !== undefined) next++;
      const made = Object.keys(counts).length;
      if (made >= MOST_EMPTY && total() === 0) throw new Error(`${made} draws gave no sample of ${settings.kinds.join(', ')}`);
      const expected = made > 0 ? Math.max(total() / made, 1) : USUAL;
      // What is behind a gap does not count before the gap is filled.
      const ahead = counts.slice(0, next).reduce((sum, count) => sum + count, 0);
      if (ahead >= samples || ahead + busy * expected >= samples) return undefined;
      busy++;
      return next++;
    },
    (count, draw) => {
      counts[draw] = count;
      busy--;
      report();
    },
  );
  return { counts, resumed };
}

/** Puts the dataset together, beside its place, and moves it there. Returns how many samples of each kind there are. */
async function assemble(
  target: string,
  folder: string,
  settings: ReasoningSettings,
  counts: readonly number[],
  { samples: wanted, signal, onProgress }: ReasonOptions,
): Promise<Partial<Record<ReasoningKind, number>>> {
  const dataset = path.join(folder, 'dataset');
  await rm(dataset, { recursive: true, force: true });
  const kinds: Partial<Record<ReasoningKind, number>> = {};
  let given = 0;
  async function* samples(): AsyncGenerator<ReasoningSample> {
    for (const [draw, count] of counts.entries()) {
      if (given >= wanted) return;
      if (!count) continue;
      signal?.throwIfAborted();
      onProgress?.('dataset', 0, given, wanted);
      for await (const sample of samplesOf(drawFile(folder, draw, count), Math.min(count, wanted - given))) {
        kinds[sample.kind] = (kinds[sample.kind] ?? 0) + 1;
        given++;
        yield sample;
      }
    }
  }
  await writeReasoning(dataset, samples());
  const made = {
    format: 'gear-vla reasoning by simulation 1',
    version: packageInfo().version,
    ...settings,
    samples: wanted,
    counts: kinds,
    stages: stagesOf(kinds),
  };
  await writeFileAtomically(path.join(dataset, 'gear-sim.json'), [`${JSON.stringify(made, null, 2)}\n`]);
  await mkdir(path.dirname(path.resolve(target)), { recursive: true });
  await rmdir(target).catch(() => undefined);
  await rename(dataset, target);
  onProgress?.('dataset', 0, wanted, wanted);
  return kinds;
}

/** The first samples of a file. */
async function* samplesOf(file: string, most: number): AsyncGenerator<ReasoningSample> {
  const shard = await openParquetShard(file);
  try {
    for (let from = 0; from < most; from += BLOCK) {
      for (const row of await shard.read(from, Math.min(most, from + BLOCK))) yield checkSample(row, file);
    }
  } finally {
    await shard.close();
  }
}
