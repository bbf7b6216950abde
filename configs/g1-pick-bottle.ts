/**
 * A real robot: five episodes of a Unitree G1 picking up a bottle, the sixth of which is left for `gear eval --data`. So little data is
 * learned by heart in minutes: a small model, pictures that are changed at random, a state that is often hidden, and few updates.
 */
import type { ExperimentInput } from '../src/train/experiment.ts';
import { latent, model, processor } from './nano-model.ts';

const experiment: ExperimentInput = {
  name: 'g1-pick-bottle',
  // One step from noise to action gives the mean of what may follow, which is nearer to what did than a draw from it.
  model: {
    ...model,
    name: 'g1-pick-bottle',
    expert: { ...model.expert, steps: 1 },
    embodiment: { ...model.embodiment, names: ['g1-inspire'] },
    dropping: { wrist: 0, state: 0.5, both: 0 },
  },
  data: { bottle: { path: 'g1-pick-bottle', episodes: [0, 1, 2, 3, 4], pack: 1 } },
  processor: { ...processor, textTokens: 300, fastLength: 40, views: ['head'] },
  latent: { ...latent, data: { bottle: 1 }, steps: 300 },
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
