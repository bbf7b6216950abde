/**
 * The model that is trained on two cores: `nano` of `src/model/configs.ts` with smaller pictures and narrow layers. Chosen by what samples
 * cost and what they bring (docs/results.md).
 */
import { modelSize } from '../src/model/configs.ts';
import { vocabulary } from '../src/tokens/vocabulary.ts';
import type { ExperimentInput } from '../src/train/experiment.ts';

const nano = modelSize('nano');
const words = { ...nano.vocabulary, latent: { ...nano.vocabulary.latent, slots: 2 }, fastTokens: 1024 };

/**
 * Departures from the paper, which begins with pre-trained weights. The action expert sees what the language model sees, and its loss trains
 * the language model as well: where all begins at random, FAST tokens alone teach the trunk too little of where things are. For the same
 * reason visual tokens have embeddings of their places.
 */
export const model: ExperimentInput['model'] = {
  ...nano,
  name: 'nano',
  imageSize: 84,
  vocabulary: words,
  vision: {
    ...nano.vision,
    places: true,
    tower: { ...nano.vision.tower, merge: 1, width: 96, heads: 3, hidden: 192, temporalPatch: 1, out: 128 },
  },
  geometry: { ...nano.geometry, use: 'frozen' },
  language: { ...nano.language, vocabulary: vocabulary(words).size, width: 128, layers: 6, heads: 2, groups: 1, hidden: 384 },
  expert: {
    ...nano.expert,
    width: 128,
    layers: 6,
    heads: 2,
    hidden: 384,
    decoupled: false,
    weight: 3,
    context: ['latent', 'vision', 'state'],
  },
  pointing: 1,
  dropping: { wrist: 0, state: 0.05, both: 0 },
};

/** Tokenizers and prompts. */
export const processor = {
  textTokens: 1024,
  fastScale: 5,
  normalization: 'steps',
  instructionLength: 14,
  fastLength: 24,
  template: 'plain',
  instructionFirst: true,
} as const satisfies ExperimentInput['processor'];

/** The latent action tokenizer, as small. */
export const latent = { config: { codes: words.latent }, batch: 32, learningRate: 1e-3 } as const;

/** The 3D encoder's pre-training; its heads are not kept. */
export const geometry: Omit<NonNullable<ExperimentInput['geometry']>, 'data' | 'steps'> = {
  camera: { depth: 1, heads: 3 },
  depthHead: { features: 32, channels: [32, 32, 48, 48] },
  batch: 16,
  learningRate: 1e-3,
};
