/**
 * One suite from nothing: demonstrations of ten tasks with one arm, latent actions of their videos, a policy. A first experiment, to be
 * changed by what is measured.
 */
import { modelSize } from '../src/model/configs.ts';
import { vocabulary } from '../src/tokens/vocabulary.ts';
import type { ExperimentInput } from '../src/train/experiment.ts';

const nano = modelSize('nano');
const words = { ...nano.vocabulary, fastTokens: 1024 };

const experiment: ExperimentInput = {
  name: 'object',
  // Smaller than nano: three layers, and an action expert that sees what the language model sees.
  model: {
    ...nano,
    name: 'object',
    vocabulary: words,
    vision: { ...nano.vision, tower: { ...nano.vision.tower, width: 96, heads: 3, hidden: 192, temporalPatch: 1 } },
    language: { ...nano.language, vocabulary: vocabulary(words).size, layers: 3, hidden: 512 },
    expert: { ...nano.expert, layers: 3, context: ['latent', 'vision', 'state'] },
    dropping: { wrist: 0.05, state: 0.05, both: 0.05 },
  },
  data: { object: { record: { tasks: ['object'], robot: 'panda', episodes: 1000, seed: 10_000 } } },
  processor: { textTokens: 1024, fastScale: 5, instructionLength: 14, fastLength: 32, system: '' },
  latent: { data: { object: 1 }, steps: 600, batch: 32, learningRate: 1e-3 },
  stages: [{ name: 'policy', data: { object: 1 }, steps: 4000, batch: 32, learningRate: 1e-3, muon: 0.02 }],
};

export default experiment;
