/**
 * An experiment in a folder: processor, latent action tokenizer, then the stages of the policy one after the other, each from the weights of
 * the one before. What is finished is not done again; what was interrupted goes on.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { bindDataset, openDataset } from '../data/dataset.ts';
import { fitFastTo } from '../data/fast.ts';
import type { LoaderDataset } from '../data/loader/config.ts';
import { canonicalStatistics, normalizationOf } from '../data/normalization.ts';
import { renderAnswer } from '../data/reasoning/answer.ts';
import { openReasoning } from '../data/reasoning/files.ts';
import type { BoundSource } from '../data/tracks.ts';
import { openModel } from '../model/checkpoint.node.ts';
import { type ProcessorFiles, parseProcessor, processor, processorFiles } from '../model/processor.ts';
import type { Arm } from '../robot/canonical.ts';
import type { Engine } from '../tensor/engine.ts';
import { writeFileAtomically } from '../tensor/files.node.ts';
import { trainTextTokenizer } from '../tokens/text.ts';
import type { Experiment, PolicyStage } from './experiment.ts';
import { readEncoder, trainGeometry } from './geometry-stage.node.ts';
import { latentFile, openLatentEncoder, trainLatentTokenizer } from './latent-stage.node.ts';
import { packDataset } from './pack.node.ts';
import { policyFile, trainPolicy } from './policy-stage.node.ts';
import type { StageProgress } from './stage.node.ts';

/** Where and how to train. */
export interface TrainOptions {
  /** The folder of the run */
  readonly folder: string;
  /** The folder that datasets are in */
  readonly data: string;
  readonly engine: Engine;
  /** Updates between two reports; 50 unless given */
  readonly reportEvery?: number;
  /** Threads that pack; one for each core unless given */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  /** Shards that are packed, of all */
  readonly onPacked?: (done: number, all: number) => void;
  readonly onStage?: (name: string) => void;
  readonly onProgress?: (stage: string, progress: StageProgress) => void;
}

/** The file of the last stage's policy, once all stages are finished; undefined when the signal ended the run before. */
export async function trainExperiment(experiment: Experiment, options: TrainOptions): Promise<string | undefined> {
  const { folder, data, engine, reportEvery = 50, workers, signal, onStage, onProgress, onPacked } = options;
  const { seed, model, latent, geometry, stages } = experiment;
  await mkdir(folder, { recursive: true });
  const datasets = (shares: Readonly<Record<string, number>>): LoaderDataset[] =>
    Object.entries(shares).map(([name, weight]) => loaderDataset(experiment, data, name, weight));
  const setting = (name: string, shares: Readonly<Record<string, number>>) => {
    onStage?.(name);
    return {
      folder: path.join(folder, name),
      engine,
      datasets: datasets(shares),
      seed,
      reportEvery,
      ...(signal && { signal }),
      onProgress: (progress: StageProgress) => onProgress?.(name, progress),
    };
  };
  onStage?.('processor');
  const ready = processor(await prepareProcessor(experiment, folder, data), model);
  if (signal?.aborted) return undefined;
  const tokenizer = setting('latent', latent.data);
  if (!(await trainLatentTokenizer(tokenizer, latent))) return undefined;
  if (geometry) {
    const { datasets: _, ...own } = setting('geometry', {});
    const { path: where } = loaderDataset(experiment, data, geometry.data, 1);
    if (!(await trainGeometry({ ...own, data: where }, geometry, model))) return undefined;
  }
  // Only what actions are learned from is packed: the latent action tokenizer trains on videos as they are.
  const packed = async ({ data: shares = {} }: PolicyStage): Promise<LoaderDataset[]> => {
    const all: LoaderDataset[] = [];
    for (const dataset of datasets(shares)) {
      const { pack: every, opening } = experiment.data[dataset.name] as Experiment['data'][string];
      if (every === undefined) all.push(dataset);
      else {
        onStage?.(`packing ${dataset.name}`);
        const where = path.join(folder, 'packed', dataset.name);
        const how = {
          every,
          ...(opening && { opening }),
          viewSize: model.imageSize,
          steps: model.chunk,
          latents: latentFile(tokenizer.folder),
          workers,
          signal,
        };
        all.push(await packDataset({ folder: where, dataset, ...how, onProgress: onPacked }));
      }
    }
    return all;
  };
  const unlessAborted = (error: Error): [] => {
    if (!signal?.aborted) throw error;
    return [];
  };
  let before: string | undefined;
  for (const stage of stages) {
    const own = {
      ...setting(stage.name, {}),
      ...(stage.seed !== undefined && { seed: stage.seed }),
      datasets: (await packed(stage).catch(unlessAborted)).map((dataset) => ({
        ...dataset,
        ...(stage.opening !== undefined && { opening: stage.opening }),
      })),
      questions: datasets(stage.questions?.data ?? {}),
    };
    if (signal?.aborted) return undefined;
    const latents = await openLatentEncoder(latentFile(tokenizer.folder), stage.batch, engine);
    const earlier = before === undefined ? undefined : await openModel(before);
    const encoder = geometry && !earlier ? await readEncoder(path.join(folder, 'geometry')) : undefined;
    const weights = earlier?.values ?? encoder;
    try {
      const start = { processor: ready, latents, ...(weights && { weights }) };
      if (!(await trainPolicy(own, stage, start))) return undefined;
    } finally {
      await earlier?.close();
      await latents.dispose();
    }
    before = policyFile(own.folder);
  }
  return before;
}

/** A dataset as loaders want it. */
function loaderDataset({ data: all }: Experiment, data: string, name: string, weight: number): LoaderDataset {
  const { path: where = name, binding, episodes, side, guide } = all[name] as Experiment['data'][string];
  const given = {
    ...(binding !== undefined && { binding }),
    ...(episodes && { episodes }),
    ...(side && { side }),
    ...(guide && { guide }),
  };
  return { name, path: path.resolve(data, where), weight, ...given };
}

/** The processor of a run: statistics, words and FAST tokens of all data that its stages use. Kept in `processor.json`. */
async function prepareProcessor(experiment: Experiment, folder: string, data: string): Promise<ProcessorFiles> {
  const file = path.join(folder, 'processor.json');
  if (existsSync(file)) return parseProcessor(await readFile(file, 'utf8'));
  const { processor: how, stages, model, seed } = experiment;
  const namesOf = (of: (stage: PolicyStage) => object | undefined): string[] =>
    [...new Set(stages.flatMap((stage) => Object.keys(of(stage) ?? {})))].sort();
  const names = namesOf(({ data: used }) => used);
  const parts: (BoundSource & { episodes?: readonly number[]; side?: Arm })[] = [];
  try {
    for (const name of names) {
      const { path: where, binding, episodes, side } = loaderDataset(experiment, data, name, 1);
      const source = await openDataset(where);
      const bound = await bindDataset(source, binding === undefined ? {} : { binding }).catch(async (error: Error) => {
        await source.close();
        throw error;
      });
      if (bound) parts.push({ ...bound, ...(episodes && { episodes }), ...(side && { side }) });
      else await source.close();
    }
    if (parts.length === 0) throw new Error(`none of the datasets ${names.join(', ')} has actions`);
    const normalization = normalizationOf(await canonicalStatistics(parts, { steps: model.chunk }), how.normalization);
    const fast = await fitFastTo(parts, normalization, {
      steps: model.chunk,
      seed,
      scale: how.fastScale,
      vocabularySize: model.vocabulary.fastTokens,
    });
    const instructions = parts.flatMap(({ source, episodes }) =>
      (episodes ?? [...source.episodes.keys()]).flatMap((i) => source.episodes[i]?.tasks ?? []),
    );
    const asked: string[] = [];
    for (const name of namesOf(({ questions }) => questions?.data))
      asked.push(...(await textsOf(loaderDataset(experiment, data, name, 1).path)));
    const text = trainTextTokenizer([...instructions, ...asked, ...TEMPLATE_WORDS], { vocabularySize: how.textTokens });
    const { textTokens: _, fastScale: __, normalization: ___, ...prompt } = how;
    const files = processorFiles(normalization, text, fast, prompt);
    const json = JSON.stringify(files);
    await writeFileAtomically(file, [json]);
    // As it will be read when the run goes on.
    return parseProcessor(json);
  } finally {
    for (const { source } of parts) await source.close();
  }
}

/** Samples of reasoning whose texts the text tokenizer is trained on. */
const MOST_TEXTS = 5000;

/** Questions and answers of a dataset of reasoning. */
async function textsOf(where: string): Promise<string[]> {
  const source = await openReasoning(where);
  try {
    const texts: string[] = [];
    const every = Math.max(1, Math.floor(source.length / MOST_TEXTS));
    for (let i = 0; i < source.length; i += every) {
      const sample = await source.read(i);
      texts.push(sample.question, renderAnswer(sample));
    }
    return texts;
  } finally {
    source.close();
  }
}

/** Words of the chat template, which every prompt has: each is worth a token. */
const TEMPLATE_WORDS: readonly string[] = Array.from({ length: 100 }, () => ['system\n', 'user\n', 'assistant\n', '\n']).flat();
