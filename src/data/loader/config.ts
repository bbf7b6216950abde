/** What a loader is asked for. Plain data: it is posted to workers as it is. */
import type { Arm } from '../../robot/canonical.ts';
import type { Normalization } from '../../robot/normalization.ts';
import type { GuideShare } from '../guides.ts';
import type { SampleOptions } from '../samples.ts';

/** A dataset of a mixture. */
export interface LoaderDataset {
  /** How seeds, origins and stages of the mixture call it */
  readonly name: string;
  /** Folder or file: episodes of a robot, videos, samples of reasoning (a folder with reasoning.json, *.jsonl, *.parquet), or packed samples */
  readonly path: string;
  /** File of its binding, where the dataset brings none and none is shipped */
  readonly binding?: string;
  /** Where an arm without a side of its own is put: at random unless given. What is packed has its arms where it was packed with them. */
  readonly side?: Arm;
  /** Of the share of samples that come from it; 1 unless given */
  readonly weight?: number;
  /** Positions of the episodes to use, for a training split say; all unless given */
  readonly episodes?: readonly number[];
  /** The first so many moments of each episode are its samples; all unless given */
  readonly opening?: number;
  /** Samples that are guided by a mask, where the dataset was recorded with guides; none unless given */
  readonly guide?: GuideShare;
}

/** The part of a loader that decides what the stream of batches is: the same configuration always makes the same stream. */
export interface LoaderConfig {
  readonly datasets: readonly LoaderDataset[];
  /** Weights by dataset from some positions on: a curriculum */
  readonly stages?: readonly { readonly from: number; readonly weights: Readonly<Record<string, number>> }[];
  /** Samples of a batch, over all ranks */
  readonly batchSize: number;
  readonly seed: number;
  readonly samples: SampleOptions;
  /** States and actions are as recorded unless given */
  readonly normalization?: Normalization;
  /** Which of the processes that train together this one is; 0 of 1 unless given */
  readonly rank?: number;
  readonly ranks?: number;
}
