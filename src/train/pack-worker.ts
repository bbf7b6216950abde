/** A thread that packs: episodes in, a shard of records with the codes of their latent actions out. */
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { workerData } from 'node:worker_threads';
import { bindDataset, openDataset } from '../data/dataset.ts';
import { episodeReader } from '../data/episodes.ts';
import { packEpisode, type UnpackedSample, viewsOf } from '../data/pack.ts';
import { packRecord, shardFile } from '../data/packed.ts';
import type { BoundSource } from '../data/tracks.ts';
import { answerJobs } from '../tensor/crew.node.ts';
import { writeFileAtomically } from '../tensor/files.node.ts';
import { hostTensor } from '../tensor/host.ts';
import { nodeEngine } from '../tensor/ort.node.ts';
import { type LatentEncoder, openLatentEncoder } from './latent-stage.node.ts';
import { type PackWorkerData, type ShardJob, type ShardResult, shardNote } from './pack.node.ts';

const { folder, dataset, every, opening, viewSize, steps, latents } = workerData as PackWorkerData;

/** Windows that are encoded together. */
const TOGETHER = 32;

const opened = openLatentEncoder(latents, TOGETHER, nodeEngine({ threads: 1 }));
// Its error is the answer to the first shard.
opened.catch(() => undefined);

answerJobs(
  async ({ shard, episodes }: ShardJob): Promise<ShardResult> => {
    const encoder = await opened;
    // Nobody tells a thread that it has made its last shard: each closes what it has opened.
    const source = await openDataset(dataset.path);
    const bound = (await bindDataset(source, dataset.binding === undefined ? {} : { binding: dataset.binding })) as BoundSource;
    const reader = episodeReader(bound);
    const side = dataset.side ?? 'right';
    const views = viewsOf(reader, side);
    const instructions: string[] = [];
    let [samples, codes] = [0, 0];
    const file = path.join(folder, shardFile(shard));
    const handle = await open(`${file}.tmp`, 'w');
    try {
      for (const episode of episodes) {
        const { imageSize } = encoder.config;
        const all = await packEpisode(reader, episode, { viewSize, latentSize: imageSize, steps, every, opening, side });
        for (let first = 0; first < all.length; first += TOGETHER) {
          const some = all.slice(first, first + TOGETHER);
          for (const [i, entries] of (await codesOf(some, encoder)).entries()) {
            const { instruction, window: _, ...sample } = some[i] as UnpackedSample;
            if (!instructions.includes(instruction)) instructions.push(instruction);
            codes = entries.length;
            const record = { ...sample, codes: entries, instruction: instructions.indexOf(instruction) };
            await handle.writeFile(packRecord(record, { viewSize, steps, codes, views }));
            samples++;
          }
        }
      }
      await handle.sync();
    } catch (error) {
      await rm(`${file}.tmp`, { force: true });
      throw new Error(`could not pack "${dataset.name}" into ${file}: ${(error as Error).message}`, { cause: error });
    } finally {
      await handle.close();
      reader.close();
      await source.close();
    }
    await rename(`${file}.tmp`, file);
    const result: ShardResult = { samples, instructions, views, embodiment: bound.embodiment.name, codes };
    await writeFileAtomically(shardNote(folder, shard), [JSON.stringify(result)]);
    return result;
  },
  ({ shard }) => `shard ${shard}`,
);

/** Entries of the latent actions of samples, at most TOGETHER. */
async function codesOf(samples: readonly UnpackedSample[], encoder: LatentEncoder): Promise<Uint8Array[]> {
  const { frames, imageSize } = encoder.config;
  const each = frames * imageSize * imageSize * 3;
  const windows = new Uint8Array(TOGETHER * each);
  for (const [i, { window }] of samples.entries()) windows.set(window, i * each);
  const entries = await encoder.encode(hostTensor('u8', [TOGETHER, frames, imageSize, imageSize, 3], windows));
  return entries.slice(0, samples.length).map((one) => Uint8Array.from(one));
}
