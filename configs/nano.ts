/**
 * The whole method for two cores, from nothing: the latent action tokenizer, the 3D encoder, the curriculum of embodied pre-training (what is where, where
 * exactly, where to go, how to move), then the continuous policy with its share of reasoning. One robot with one arm and one with two; the others are kept
 * for adaptation.
 */
import type { ExperimentInput } from '../src/train/experiment.ts';
import { geometry, latent, model, processor } from './nano-model.ts';

/** What a run costs. */
export interface Budget {
  readonly name: string;
  /** Demonstrations of each suite, and of the suites for two arms */
  readonly episodes: number;
  /** Tokens that an instruction can have: the fewer texts the tokenizer has seen, the more it makes of a new one */
  readonly instructionLength: number;
  /** Moments of posed views */
  readonly moments: number;
  /** Samples of reasoning of each stage of the curriculum */
  readonly samples: number;
  /** Updates of each stage */
  readonly steps: {
    readonly latent: number;
    readonly geometry: number;
    readonly understanding: number;
    readonly perception: number;
    readonly pointing: number;
    readonly embodied: number;
    readonly policy: number;
  };
  /** Samples of an update */
  readonly batch: number;
}

/** The experiment for a budget. */
export function pipeline({ name, episodes, instructionLength, moments, samples, steps, batch }: Budget): ExperimentInput {
  const demonstrations = (suite: string, robot: 'panda' | 'agilex'): ExperimentInput['data'][string] => ({
    record: { tasks: [suite], robot, episodes, seed: 10_000 },
    pack: 2,
    opening: 30,
    // In use, the one arm of a simulated robot is the right one.
    ...(robot === 'panda' && { side: 'right' as const }),
  });
  const actions = { spatial: 1, object: 1, goal: 1, long: 1, bimanual: 1 };
  const asked = (data: Record<string, number>, share: number) => ({ data, batch: Math.max(1, Math.round(batch * share)), weight: 1 });
  const usual = { batch, learningRate: 1e-3, muon: 0.01 };
  return {
    name,
    model: { ...model, name },
    data: {
      spatial: demonstrations('spatial', 'panda'),
      object: demonstrations('object', 'panda'),
      goal: demonstrations('goal', 'panda'),
      long: demonstrations('long', 'panda'),
      bimanual: demonstrations('bimanual', 'agilex'),
      views: { depth: { moments, tasks: Object.keys(actions), robots: ['panda', 'agilex'], seed: 40_000 } },
      understanding: { reason: { samples, kinds: ['spatial-understanding'], seed: 20_000 } },
      perception: { reason: { samples, kinds: ['spatial-perception'], seed: 30_000 } },
    },
    processor: { ...processor, instructionLength, question: { questionLength: 80, answerLength: 32 } },
    latent: { ...latent, data: actions, steps: steps.latent },
    geometry: { ...geometry, data: 'views', steps: steps.geometry },
    stages: [
      { name: 'understanding', questions: asked({ understanding: 1 }, 1), steps: steps.understanding, ...usual },
      { name: 'perception', questions: asked({ understanding: 1, perception: 4 }, 1), steps: steps.perception, ...usual },
      // Where demonstrations begin, words alone say where to go.
      { name: 'pointing', data: actions, only: 'pointing', opening: 10, steps: steps.pointing, ...usual },
      // 40 % of what is learned is reasoning (section 3.2).
      {
        name: 'embodied',
        data: actions,
        questions: asked({ understanding: 1, perception: 4 }, 2 / 3),
        flow: false,
        steps: steps.embodied,
        ...usual,
      },
      { name: 'policy', data: actions, questions: asked({ understanding: 1, perception: 4 }, 2 / 3), steps: steps.policy, ...usual },
    ],
  };
}

export default pipeline({
  name: 'nano',
  episodes: 1000,
  instructionLength: 28,
  moments: 4000,
  samples: 20_000,
  steps: { latent: 1000, geometry: 2000, understanding: 500, perception: 1000, pointing: 2000, embodied: 1000, policy: 12_000 },
  batch: 64,
});
