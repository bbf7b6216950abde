/** Batches of actions: samples of robots from loaders, with their latent actions, as the inputs of the objective. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { AugmentOptions } from '../data/augment.ts';
import type { LoaderDataset } from '../data/loader/config.ts';
import { createLoader } from '../data/loader/loader.ts';
import { PACKED_INFO } from '../data/packed.ts';
import type { Processor } from '../model/processor.ts';
import { actionFeeds, pointingFeeds } from './action-feeds.ts';
import type { PolicyStage } from './experiment.ts';
import type { LatentEncoder } from './latent-stage.node.ts';
import type { BatchSource } from './stage.node.ts';

/** Where a stage's batches come from. */
export interface BatchSetting {
  readonly datasets: readonly LoaderDataset[];
  readonly batch: number;
  readonly seed: number;
  readonly augment?: AugmentOptions | undefined;
  /** What alone is learned of them; all unless given */
  readonly only?: PolicyStage['only'];
}

/** Batches from number `first` on. `latents` says the latent actions of datasets that are not packed. */
export async function actionBatches(
  { datasets, batch, seed, augment, only }: BatchSetting,
  processor: Processor,
  latents: LatentEncoder,
  first: number,
): Promise<BatchSource> {
  const { config, files } = processor;
  const isPacked = datasets.every((dataset) => existsSync(path.join(dataset.path, PACKED_INFO)));
  const samples = {
    viewSize: config.imageSize,
    steps: config.chunk,
    ...(!isPacked && { latent: { size: latents.config.imageSize } }),
    ...(augment && { augment }),
  };
  const loader = await createLoader({ datasets, batchSize: batch, seed, samples, normalization: files.normalization }, { start: first });
  return {
    async next() {
      const made = await loader.next();
      if (only === 'pointing') return pointingFeeds(made, processor);
      const codes = made.codes ?? (await latents.encode(made.tensors.latentFrames));
      return actionFeeds(made, codes, processor, seed).feeds;
    },
    close: loader.close,
  };
}
