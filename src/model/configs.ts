/** The four sizes. One program for all: they differ in these numbers only. */

import { unknownName } from '../robot/names.ts';
import { vocabulary } from '../tokens/vocabulary.ts';
import { type ModelConfig, modelConfig } from './config.ts';
import { PI0_TIMES } from './flow-matching.ts';

/** What the paper has at every size, and our choices where it leaves them open. */
const PAPER = {
  chunk: 30,
  latentActions: 'causal',
  fast: true,
  dropping: { wrist: 0.2, state: 0.2, both: 0.2 },
} as const;

const CODES = { transitions: 4, slots: 4, groups: 2, entries: 8 } as const;

/** Embodiments that come with the package; a new one is one more name. */
const EMBODIMENTS = ['panda', 'ur5e', 'agilex', 'ldt-01'];

const embodiment = (hidden: number) => ({ names: EMBODIMENTS, projectors: 'own', softPrompts: 0, outputAware: false, hidden }) as const;

const words = (textTokens: number, fastTokens: number) =>
  ({ textTokens, latent: CODES, fastTokens, coordinateTokens: 0, multipleOf: 64 }) as const;

const rows = (textTokens: number, fastTokens: number): number => vocabulary(words(textTokens, fastTokens)).size;

/** Qwen2.5-VL's tower, alike in its 3B and 7B models but for its last layer */
const qwenTower = (out: number) => ({
  depth: 32,
  width: 1280,
  heads: 16,
  hidden: 3420,
  patch: 14,
  temporalPatch: 2,
  merge: 2,
  window: 112,
  fullAttention: [7, 15, 23, 31],
  out,
});

/** VGGT-1B's aggregator */
const VGGT_1B = {
  patch: 14,
  width: 1024,
  depth: 24,
  heads: 16,
  mlpRatio: 4,
  registers: 4,
  ropeBase: 100,
  patchEmbed: { kind: 'dino', depth: 24, heads: 16, registers: 4, imageSize: 518 },
} as const;

const flow = { context: ['latent'], decoupled: true, times: PI0_TIMES, steps: 10 } as const;

const ZERO = { use: 'trainable', fusion: { init: 'zero' } } as const;

/** Trains and runs on two CPU cores. */
const nano = {
  ...PAPER,
  name: 'nano',
  imageSize: 112,
  vocabulary: words(1024, 512),
  vision: {
    tower: {
      depth: 2,
      width: 128,
      heads: 4,
      hidden: 256,
      patch: 14,
      temporalPatch: 2,
      merge: 2,
      window: 112,
      fullAttention: [1],
      out: 256,
    },
    trainable: true,
  },
  geometry: {
    ...ZERO,
    encoder: {
      patch: 14,
      width: 96,
      depth: 1,
      heads: 3,
      mlpRatio: 2,
      registers: 1,
      ropeBase: 100,
      patchEmbed: { kind: 'conv' },
    },
  },
  language: {
    vocabulary: rows(1024, 512),
    width: 256,
    layers: 6,
    heads: 4,
    groups: 2,
    headWidth: 64,
    hidden: 704,
    epsilon: 1e-6,
    ropeBase: 1e4,
    sections: [8, 12, 12],
    tied: true,
  },
  expert: { width: 192, layers: 6, heads: 4, hidden: 512, ...flow },
  embodiment: embodiment(128),
};

/** For one GPU, or a browser with WebGPU. */
const small = {
  ...PAPER,
  name: 'small',
  imageSize: 224,
  vocabulary: words(8192, 1024),
  vision: {
    tower: {
      depth: 8,
      width: 384,
      heads: 6,
      hidden: 1024,
      patch: 14,
      temporalPatch: 2,
      merge: 2,
      window: 112,
      fullAttention: [3, 7],
      out: 768,
    },
    trainable: true,
  },
  geometry: {
    ...ZERO,
    encoder: {
      patch: 14,
      width: 384,
      depth: 6,
      heads: 6,
      mlpRatio: 4,
      registers: 4,
      ropeBase: 100,
      patchEmbed: { kind: 'conv' },
    },
  },
  language: {
    vocabulary: rows(8192, 1024),
    width: 768,
    layers: 12,
    heads: 12,
    groups: 4,
    headWidth: 64,
    hidden: 2048,
    epsilon: 1e-6,
    ropeBase: 1e6,
    sections: [8, 12, 12],
    tied: true,
  },
  expert: { width: 512, layers: 12, heads: 8, hidden: 2048, ...flow },
  embodiment: embodiment(256),
};

/** Qwen2.5-VL-3B and VGGT-1B. */
const base3b = {
  ...PAPER,
  name: 'base-3b',
  imageSize: 448,
  vocabulary: words(151936, 2048),
  vision: { tower: qwenTower(2048), trainable: false },
  geometry: { ...ZERO, encoder: VGGT_1B },
  language: {
    vocabulary: rows(151936, 2048),
    width: 2048,
    layers: 36,
    heads: 16,
    groups: 2,
    headWidth: 128,
    hidden: 11008,
    epsilon: 1e-6,
    ropeBase: 1e6,
    sections: [16, 24, 24],
    tied: true,
  },
  expert: { width: 1024, layers: 36, heads: 8, hidden: 4096, ...flow },
  embodiment: embodiment(1024),
};

/** Qwen2.5-VL-7B and VGGT-1B: the paper's model. */
const paper8b = {
  ...PAPER,
  name: 'paper-8b',
  imageSize: 448,
  vocabulary: words(152064, 2048),
  vision: { tower: qwenTower(3584), trainable: false },
  geometry: { ...ZERO, encoder: VGGT_1B },
  language: {
    vocabulary: rows(152064, 2048),
    width: 3584,
    layers: 28,
    heads: 28,
    groups: 4,
    headWidth: 128,
    hidden: 18944,
    epsilon: 1e-6,
    ropeBase: 1e6,
    sections: [16, 24, 24],
    tied: false,
  },
  expert: { width: 1024, layers: 28, heads: 8, hidden: 4096, ...flow },
  embodiment: embodiment(1024),
};

const CONFIGS: ReadonlyMap<string, unknown> = new Map([nano, small, base3b, paper8b].map((config) => [config.name, config]));

/** Names of the sizes, smallest first. */
export const MODEL_SIZES: readonly string[] = [...CONFIGS.keys()];

/** The configuration of a size. Throws when there is none of that name. */
export function modelSize(name: string): ModelConfig {
  const config = CONFIGS.get(name);
  if (!config) throw unknownName('model size', name, MODEL_SIZES);
  return modelConfig(config);
}
