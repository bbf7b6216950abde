/**
 * Packing: before a stage, the datasets that the experiment wants packed are decoded once, with the codes of their latent actions, by all
 * cores, shard by shard. A pack that was interrupted goes on with the shards that are missing; one of other settings is made anew.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { bindDataset, openDataset } from '../data/dataset.ts';
import type { LoaderDataset } from '../data/loader/config.ts';
import { PACKED_INFO, type PackedInfo, readPackedInfo, shardFile } from '../data/packed.ts';
import type { View } from '../robot/canonical.ts';
import { workOff } from '../tensor/crew.node.ts';
import { writeFileAtomically } from '../tensor/files.node.ts';

/** What to pack. */
export interface PackSetting {
  /** Where packed samples go */
  readonly folder: string;
  readonly dataset: LoaderDataset;
  /** Every so many moments */
  readonly every: number;
  /** The first so many moments, all of them; none more than the others unless given */
  readonly opening?: number;
  /** Pixels of a side of the views, steps of a chunk */
  readonly viewSize: number;
  readonly steps: number;
  /** File of the latent action tokenizer */
  readonly latents: string;
  readonly workers?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Shards that are done, of all */
  readonly onProgress?: ((done: number, all: number) => void) | undefined;
}

/** What threads are started with. */
export type PackWorkerData = Pick<PackSetting, 'folder' | 'dataset' | 'every' | 'viewSize' | 'steps' | 'latents'> & {
  readonly opening: number;
};

/** A shard to make: positions of episodes. */
export interface ShardJob {
  readonly shard: number;
  readonly episodes: readonly number[];
}

/** What a thread says of a shard that it has made. */
export interface ShardResult {
  readonly samples: number;
  readonly instructions: readonly string[];
  readonly views: readonly View[];
  readonly embodiment: string;
  readonly codes: number;
}

/** Episodes of a shard: few enough that little is lost when packing is interrupted. */
const SHARD = 20;

/** The file beside a shard that says what is in it: it is there when the shard is whole. */
export const shardNote = (folder: string, shard: number): string => path.join(folder, `${shard}.json`);

/**
 * Packs a dataset unless that is done, and says how loaders open it. Throws when samples are to be guided, when
 * an episode cannot be read, and when the signal says so.
 */
export async function packDataset(setting: PackSetting): Promise<LoaderDataset> {
  const { folder, dataset, every, opening = 0, viewSize, steps, latents, workers, signal, onProgress } = setting;
  if (dataset.guide) throw new Error(`dataset "${dataset.name}": packed samples have no guides; leave out "guide" or "pack"`);
  const tokenizer = createHash('sha256')
    .update(await readFile(latents))
    .digest('hex');
  const { weight: _, ...from } = dataset;
  const settings = JSON.parse(JSON.stringify({ ...from, every, ...(opening > 0 && { opening }), viewSize, steps, tokenizer })) as Record<
    string,
    unknown
  >;
  const packed: LoaderDataset = { name: dataset.name, path: folder, ...(dataset.weight !== undefined && { weight: dataset.weight }) };
  const begun = path.join(folder, 'begun.json');
  if (existsSync(path.join(folder, PACKED_INFO))) {
    // What cannot be read was packed by another version, and is made anew like one of other settings.
    const there = await readPackedInfo(folder).catch(() => undefined);
    if (there && same(there.settings, settings)) return packed;
    await rm(folder, { recursive: true });
  } else if (existsSync(begun) && !same(JSON.parse(await readFile(begun, 'utf8')), settings)) await rm(folder, { recursive: true });
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(begun, [JSON.stringify(settings)]);

  const shards = shardsOf(await episodesOf(dataset));
  const results: ShardResult[] = [];
  const todo: ShardJob[] = [];
  for (const job of shards) {
    const note = shardNote(folder, job.shard);
    if (existsSync(note) && existsSync(path.join(folder, shardFile(job.shard))))
      results[job.shard] = JSON.parse(await readFile(note, 'utf8'));
    else todo.push(job);
  }
  let done = shards.length - todo.length;
  onProgress?.(done, shards.length);
  const data: PackWorkerData = { folder, dataset, every, opening, viewSize, steps, latents };
  await workOff<ShardJob, ShardResult>(
    {
      source: new URL('./pack-worker.ts', import.meta.url),
      data,
      ...(workers !== undefined && { workers }),
      ...(signal && { signal }),
    },
    () => todo.shift(),
    (result, { shard }) => {
      results[shard] = result;
      onProgress?.(++done, shards.length);
    },
  );
  const { views, embodiment, codes } = results[0] as ShardResult;
  const info: PackedInfo = {
    format: 'gear-vla packed samples 2',
    settings,
    viewSize,
    steps,
    codes,
    views: [...views],
    embodiment,
    shards: results.map(({ samples, instructions }) => ({ samples, instructions: [...instructions] })),
  };
  await writeFileAtomically(path.join(folder, PACKED_INFO), [JSON.stringify(info)]);
  return packed;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Positions of a dataset's episodes. Throws when nothing says what its numbers mean. */
async function episodesOf({ name, path: where, binding, episodes }: LoaderDataset): Promise<readonly number[]> {
  const source = await openDataset(where);
  try {
    if (!(await bindDataset(source, binding === undefined ? {} : { binding })))
      throw new Error(`dataset "${name}": ${where} has no actions, and is not to be packed`);
    return episodes ?? [...source.episodes.keys()];
  } finally {
    await source.close();
  }
}

const shardsOf = (episodes: readonly number[]): ShardJob[] =>
  Array.from({ length: Math.ceil(episodes.length / SHARD) }, (_, shard) => ({
    shard,
    episodes: episodes.slice(shard * SHARD, (shard + 1) * SHARD),
  }));
