/**
 * Every variant of the network and its objective in the paper's ablations (tables 3, 12, 13 and 14): builds, learns, predicts. What each
 * of them changes is tested in `ablations.test.ts`. One-stage adaptation (table 3) is a matter of stages, not of the network.
 */
import { expect, test } from 'vitest';
import type { ModelConfig } from '../../src/model/config.ts';
import { isTrained, objective } from '../../src/model/gear-vla.ts';
import { predict, predictionPrograms } from '../../src/model/predict.ts';
import { drawDropping } from '../../src/model/sequence.ts';
import { compile } from '../../src/tensor/compile.ts';
import { graphOf } from '../../src/tensor/graph.ts';
import { type HostTensor, hostTensor, numbers } from '../../src/tensor/host.ts';
import { adamw } from '../../src/tensor/optimizers/adamw.ts';
import { trainingPrograms } from '../../src/tensor/optimizers/training.ts';
import { parameters } from '../../src/tensor/parameters.ts';
import { randomStream } from '../../src/tensor/random.ts';
import { engine } from '../nn/helpers.ts';
import { feeds, layoutFor, only, prompt, tiny } from './tiny.ts';

type Change = (config: ModelConfig) => unknown;

const geometry =
  (change: object): Change =>
  (c) => ({ ...c, geometry: { ...c.geometry, ...change } });
const robots =
  (change: object): Change =>
  (c) => ({ ...c, embodiment: { ...c.embodiment, ...change } });
const drops =
  (wrist: number, state: number, both: number): Change =>
  (c) => ({ ...c, dropping: { wrist, state, both } });

const VARIANTS: Readonly<Record<string, Change>> = {
  // The tiny model's 2D tower is trained: table 3, "Trainable 2D ViT".
  'the full model with a trainable 2D tower': (c) => c,
  'the full model (frozen 2D tower)': (c) => ({ ...c, vision: { ...c.vision, trainable: false } }),
  'without latent action ids (tables 3 and 14)': (c) => ({ ...c, latentActions: 'none' }),
  'without FAST tokens (table 3)': (c) => ({ ...c, fast: false }),
  'without VGGT (table 3)': geometry({ use: 'none' }),
  'frozen VGGT (table 3)': geometry({ use: 'frozen' }),
  'random-initialised 3D block (table 3)': geometry({ fusion: { init: 'random' } }),
  'without dropping (table 12)': drops(0, 0, 0),
  'dropping wrists only (table 12)': drops(0.2, 0, 0),
  'dropping state only (table 12)': drops(0, 0.2, 0),
  'dropping both at once only': drops(0, 0, 0.2),
  'dropping each, but never both at once': drops(0.2, 0.2, 0),
  'dropping wrists, alone or with state': drops(0.2, 0, 0.2),
  'dropping state, alone or with wrists': drops(0, 0.2, 0.2),
  'nothing of the embodiment (table 13)': robots({ projectors: 'shared' }),
  'soft prompts (tables 3 and 13)': robots({ softPrompts: 2, outputAware: true }),
  'own projectors and output-aware (table 13)': robots({ outputAware: true }),
  'output-aware only (tables 3 and 13)': robots({ projectors: 'shared', outputAware: true }),
  'LAPA-style latent actions (table 14)': (c) => ({
    ...c,
    latentActions: 'lapa',
    vocabulary: { ...c.vocabulary, latent: { ...c.vocabulary.latent, transitions: 1 } },
  }),
  'places of visual tokens, and an expert whose loss counts more': (c) => ({
    ...c,
    vision: { ...c.vision, places: true },
    expert: { ...c.expert, weight: 3 },
  }),
  'an expert that sees views and state (appendix)': (c) => ({ ...c, expert: { ...c.expert, context: ['latent', 'vision', 'state'] } }),
};

/** What each sample of a batch of two drops in a step, drawn as training draws it. */
function dropped({ dropping }: ModelConfig, step: number): Record<'dropWrist' | 'dropState', HostTensor> {
  const random = randomStream(1, 'dropping', step);
  const drawn = [drawDropping(dropping, random), drawDropping(dropping, random)];
  const flags = (what: 'wrist' | 'state'): HostTensor =>
    hostTensor(
      'bool',
      [2, 1],
      drawn.map((one) => Number(one[what])),
    );
  return { dropWrist: flags('wrist'), dropState: flags('state') };
}

test.each(Object.entries(VARIANTS))('%s: builds, trains 20 steps and predicts', { timeout: 120_000 }, async (_, change) => {
  const of = tiny(change);
  const prompts = [prompt(of, 1), prompt(of, 2)];
  const own = layoutFor(of);
  const declared = parameters({ seed: 1 });
  const { loss, parts } = objective(declared, 2, own, of);
  expect(Object.keys(parts).sort()).toEqual(
    ['fast', 'flow', 'latent', 'tokens'].filter((part) => (part === 'fast' ? of.fast : part !== 'latent' || of.latentActions !== 'none')),
  );
  const trained = declared.trainable().map(({ name }) => name);
  const frozen = trained.filter((name) => !isTrained(name, of));
  const groups = [
    ...frozen.map((match) => ({ match, optimizer: 'frozen' as const })),
    { match: '*', optimizer: adamw({ learningRate: 3e-3 }) },
  ];
  const training = trainingPrograms({ loss, parameters: declared, groups, clipNorm: 1, metrics: parts });
  const short = prompts.map((_, i) => prompt(of, i + 1, { targets: false }));
  const prediction = predictionPrograms(declared, 2, layoutFor(of, false), of);
  const executable = await compile(engine, { step: training.step, ...prediction });
  try {
    const inputs = graphOf(training.step).inputs.map(({ name }) => name);
    const given = only(feeds(of, prompts), inputs);
    const losses: number[] = [];
    for (let i = 0; i < 20; i++)
      losses.push(numbers((await executable.run('step', { ...given, ...dropped(of, i) })).loss as HostTensor)[0] as number);
    expect(losses.at(-1)).toBeLessThan(0.9 * (losses[0] as number));
    const seen = feeds(of, short);
    const { actionMask, noise } = seen as Record<'actionMask' | 'noise', HostTensor>;
    const observation = {
      ...only(
        seen,
        graphOf(prediction.read).inputs.map(({ name }) => name),
      ),
      embodiment: seen.embodiment as HostTensor,
    };
    const { actions, latents } = await predict(executable, { observation, actionMask, noise }, of);
    expect(actions.shape).toEqual([2, of.chunk, 2, 10]);
    const mask = numbers(actionMask);
    numbers(actions).forEach((value, i) => {
      expect(Number.isFinite(value)).toBe(true);
      if (!mask[i]) expect(Math.abs(value)).toBe(0);
    });
    expect(latents.map((row) => row.length)).toEqual([4 * of.vocabulary.latent.transitions, 4 * of.vocabulary.latent.transitions]);
  } finally {
    await executable.dispose();
  }
});
