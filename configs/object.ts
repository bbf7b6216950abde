/**
 * One suite from nothing: demonstrations of ten tasks with one arm, latent actions of their videos, a policy. Small pictures, short prompts
 * and large batches: what counts is how many samples there is time for.
 */
import { modelSize } from '../src/model/configs.ts';
import { vocabulary } from '../src/tokens/vocabulary.ts';
import type { ExperimentInput } from '../src/train/experiment.ts';

const nano = modelSize('nano');
const words = { ...nano.vocabulary, latent: { ...nano.vocabulary.latent, slots: 2 }, fastTokens: 1024 };

const experiment: ExperimentInput = {
  name: 'object',
  // Smaller than nano: three narrow layers, and an action expert that sees what the language model sees.
  model: {
    ...nano,
    name: 'object',
    imageSize: 84,
    vocabulary: words,
    vision: { ...nano.vision, tower: { ...nano.vision.tower, width: 96, heads: 3, hidden: 192, temporalPatch: 1, out: 192 } },
    language: { ...nano.language, vocabulary: vocabulary(words).size, width: 192, layers: 3, heads: 3, groups: 1, hidden: 512 },
    expert: { ...nano.expert, width: 192, layers: 3, heads: 3, hidden: 512, context: ['latent', 'vision', 'state'] },
    dropping: { wrist: 0, state: 0.05, both: 0 },
  },
  data: { object: { record: { tasks: ['object'], robot: 'panda', episodes: 1000, seed: 10_000 }, side: 'right', pack: 2 } },
  processor: { textTokens: 1024, fastScale: 5, instructionLength: 14, fastLength: 24, template: 'plain', views: ['head', 'rightWrist'] },
  latent: { config: { codes: words.latent }, data: { object: 1 }, steps: 500, batch: 32, learningRate: 1e-3 },
  stages: [{ name: 'policy', data: { object: 1 }, steps: 4000, batch: 64, learningRate: 1e-3, muon: 0.02 }],
};

export default experiment;
