/**
 * A real robot: five episodes of a Unitree G1 picking up a bottle, the sixth of which is left for `gear eval --data`. So little data is
 * learned by heart in minutes: a small model, pictures that are changed at random, a state that is often hidden, and few updates.
 */
import { modelSize } from '../src/model/configs.ts';
import { vocabulary } from '../src/tokens/vocabulary.ts';
import type { ExperimentInput } from '../src/train/experiment.ts';

const nano = modelSize('nano');
const words = { ...nano.vocabulary, latent: { ...nano.vocabulary.latent, slots: 2 }, fastTokens: 1024 };

const experiment: ExperimentInput = {
  name: 'g1-pick-bottle',
  // That of object.ts, for one view. The action expert trains the language model, too, and one step from noise to action gives the mean of
  // what may follow, which is nearer to what did than a draw from it.
  model: {
    ...nano,
    name: 'g1-pick-bottle',
    imageSize: 84,
    vocabulary: words,
    vision: { ...nano.vision, tower: { ...nano.vision.tower, width: 96, heads: 3, hidden: 192, temporalPatch: 1, out: 192 } },
    language: { ...nano.language, vocabulary: vocabulary(words).size, width: 192, layers: 3, heads: 3, groups: 1, hidden: 512 },
    expert: {
      ...nano.expert,
      width: 192,
      layers: 3,
      heads: 3,
      hidden: 512,
      context: ['latent', 'vision', 'state'],
      decoupled: false,
      steps: 1,
    },
    embodiment: { ...nano.embodiment, names: ['g1-inspire'] },
    dropping: { wrist: 0, state: 0.5, both: 0 },
  },
  data: { bottle: { path: 'g1-pick-bottle', episodes: [0, 1, 2, 3, 4], pack: 1 } },
  processor: { textTokens: 300, fastScale: 5, instructionLength: 14, fastLength: 40, template: 'plain', views: ['head'] },
  latent: { config: { codes: words.latent }, data: { bottle: 1 }, steps: 300, batch: 32, learningRate: 1e-3 },
  stages: [
    {
      name: 'policy',
      data: { bottle: 1 },
      steps: 300,
      batch: 32,
      learningRate: 1e-3,
      muon: 0.02,
      augment: { crop: [0.85, 1], brightness: 0.3, contrast: 0.3, saturation: 0.3 },
    },
  ],
};

export default experiment;
