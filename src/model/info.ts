/** How large a model is, without its weights: parameters, bytes, arithmetic, and how fast a chunk can be at best. */
import { flopsOf } from '../tensor/flops.ts';
import { gradientsOrNothing } from '../tensor/gradients.ts';
import { graphOf, type Program } from '../tensor/graph.ts';
import { parameters } from '../tensor/parameters.ts';
import { sizeOf } from '../tensor/shape.ts';
import { type Span, VIEWS, type View } from '../tokens/prompt.ts';
import { vocabulary } from '../tokens/vocabulary.ts';
import type { ModelConfig } from './config.ts';
import { isTrained, objective } from './gear-vla.ts';
import { viewGrid } from './perception.ts';
import { predictionPrograms } from './predict.ts';
import { type Layout, layoutOf } from './sequence.ts';

/** The parts of a model and how the names of their parameters begin; the first that fits counts. */
const PARTS = [
  ['vision (2D tower)', /^visual\.(?!merger)/],
  ['fusion (merger and 3D block)', /^visual\.merger\./],
  ['geometry (3D encoder)', /^aggregator\./],
  ['language', /^(model|lm_head)\./],
  ['state projectors', /^(state_projectors|soft_prompts)\./],
  ['action expert', /^expert\./],
] as const;

/** A part of a model. */
export interface PartInfo {
  readonly part: string;
  readonly parameters: number;
  /** Of these, those that are trained */
  readonly trained: number;
}

/** What a call of a program takes, of one observation. */
export interface CallInfo {
  readonly call: string;
  /** How often it is called for one chunk */
  readonly times: number;
  /** Of one call */
  readonly flops: number;
  /** Weights that one call reads, in numbers: those of the expert once for each step of the flow */
  readonly weights: number;
}

/** A model in numbers. */
export interface ModelInfo {
  readonly name: string;
  readonly parts: readonly PartInfo[];
  readonly parameters: number;
  /** Tokens of a prompt, of its latent actions, and of a training sample */
  readonly tokens: { readonly prompt: number; readonly latent: number; readonly sample: number };
  /** Of a training step, for one sample: forward and backward */
  readonly training: { readonly flops: number };
  /** What a chunk takes */
  readonly chunk: readonly CallInfo[];
}

/** Lengths of prompts that a size is measured with; instructions and FAST sequences are padded to these. */
export interface PromptLengths {
  /** Tokens of the chat template and of the marks around views; 32 by default */
  readonly template?: number;
  readonly instruction?: number;
  readonly fast?: number;
  /** All three by default */
  readonly views?: readonly View[];
}

/** The layout of prompts of these lengths, with what is to be said after them when there are `targets`. */
export function layoutOfLengths(
  config: ModelConfig,
  targets: boolean,
  { template = 32, instruction = 64, fast = 256, views = VIEWS }: PromptLengths = {},
): Layout {
  const [rows, columns] = viewGrid(config);
  const latent = vocabulary(config.vocabulary).latentLength;
  const parts: (readonly [Span['kind'], number])[] = [
    ['template', template - 4],
    ...views.map((view) => [view, rows * columns] as const),
    ['instruction', instruction],
    ['state', 2 + config.embodiment.softPrompts],
    ['template', 4],
    ...(targets ? ([['latent', latent], ...(config.fast ? ([['fast', fast]] as const) : []), ['end', 1]] as const) : []),
  ];
  const spans = parts.map(([kind, length], i) => {
    const start = parts.slice(0, i).reduce((sum, [, before]) => sum + before, 0);
    return { kind, start, end: start + length };
  });
  return layoutOf({ ids: new Int32Array(spans.at(-1)?.end ?? 0), spans });
}

/** Measures a configuration: its graphs are traced, nothing is allocated. */
export function modelInfo(config: ModelConfig, lengths: PromptLengths = {}): ModelInfo {
  const declared = parameters({ seed: 0 });
  const sample = layoutOfLengths(config, true, lengths);
  const { loss } = objective(declared, 1, sample, config);
  const all = declared.trainable();
  const trained = all.filter(({ name }) => isTrained(name, config));
  const gradients = gradientsOrNothing(
    loss,
    trained.map(({ tensor }) => tensor),
  );
  const step: Program = { outputs: { loss, ...Object.fromEntries(gradients.flatMap((g, i) => (g ? [[`${i}`, g]] : []))) } };

  const prompt = layoutOfLengths(config, false, lengths);
  const { read, decode, flow } = predictionPrograms(declared, 1, prompt, config);
  const latent = vocabulary(config.vocabulary).latentLength;
  const call = (name: string, times: number, program: Program, passes = 1): CallInfo => ({
    call: name,
    times,
    flops: flopsOf(program),
    weights:
      passes *
      graphOf(program)
        .variables.filter((variable) => variable.trainable)
        .reduce((sum, { name: variable, shape }) => sum + (isLookup(variable) ? 0 : sizeOf(shape)), 0),
  });
  const count = (of: typeof all): number => of.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return {
    name: config.name,
    parts: PARTS.map(([part, names]) => {
      const own = all.filter(({ name }) => names.test(name));
      return { part, parameters: count(own), trained: count(own.filter(({ name }) => isTrained(name, config))) };
    }),
    parameters: count(all),
    tokens: { prompt: prompt.length, latent, sample: sample.length },
    training: { flops: flopsOf(step) },
    chunk: [call('read', 1, read), call('decode', latent, decode), call('flow', 1, flow, config.expert.steps)],
  };
}

/** Of a table from which only some rows are taken, hardly anything is read: those of a token, and those of the latent tokens. */
const isLookup = (name: string): boolean => name === 'model.embed_tokens.weight' || name === 'lm_head.weight';

/** A device, by what was measured on it. */
export interface Device {
  /** Bytes a second from memory */
  readonly bandwidth: number;
  /** Floating-point operations a second in products */
  readonly flops: number;
  /** Bytes of a weight */
  readonly weightBytes: number;
}

/** One H200 in bf16: 4.3 TB/s and 790 TFLOP/s, both measured. */
export const H200: Device = { bandwidth: 4.3e12, flops: 790e12, weightBytes: 2 };

/** The least time of a call, seconds: that of its arithmetic or that of reading its weights, whichever takes longer. */
export interface CallBound {
  readonly call: string;
  readonly times: number;
  /** All calls of a chunk */
  readonly seconds: number;
  readonly by: 'arithmetic' | 'memory';
}

/** The least time that a chunk takes on a device, call by call. Activations and caches are left out: they are small beside the weights. */
export const chunkBound = ({ chunk }: ModelInfo, { bandwidth, flops, weightBytes }: Device): readonly CallBound[] =>
  chunk.map(({ call, times, flops: work, weights }) => {
    const [arithmetic, memory] = [work / flops, (weights * weightBytes) / bandwidth];
    return { call, times, seconds: times * Math.max(arithmetic, memory), by: arithmetic > memory ? 'arithmetic' : 'memory' };
  });
