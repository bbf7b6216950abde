/**
 * One suite from nothing: demonstrations of ten tasks with one arm, latent actions of their videos, a policy. `npm run train:nano -- --suite
 * object` does this and evaluates it.
 */
import type { ExperimentInput } from '../src/train/experiment.ts';
import { latent, model, processor } from './nano-model.ts';

const experiment: ExperimentInput = {
  name: 'object',
  // Without the 3D encoder: at this size it has cost a fifth of the speed and brought nothing (docs/results.md).
  model: { ...model, name: 'object', geometry: { ...model.geometry, use: 'none' } },
  data: { object: { record: { tasks: ['object'], robot: 'panda', episodes: 1000, seed: 10_000 }, side: 'right', pack: 2, opening: 30 } },
  processor: { ...processor, views: ['head', 'rightWrist'] },
  latent: { ...latent, data: { object: 1 }, steps: 500 },
  stages: [{ name: 'policy', data: { object: 1 }, steps: 5000, batch: 64, learningRate: 1e-3, muon: 0.01 }],
};

export default experiment;
