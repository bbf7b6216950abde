/** Every variant of the paper's ablations (tables 3, 12, 13 and 14): builds, learns, predicts. */
import { expect, test } from 'vitest';
import type { ModelConfig } from '../../src/model/config.ts';
import { isTrained, objective } from '../../src/model/gear-vla.ts';
import { predict, predictionPrograms } from '../../src/model/predict.ts';
import { compile } from '../../src/tensor/compile.ts';
import { graphOf } from '../../src/tensor/graph.ts';
import { type HostTensor, numbers } from '../../src/tensor/host.ts';
import { adamw } from '../../src/tensor/optimizers/adamw.ts';
import { trainingPrograms } from '../../src/tensor/optimizers/training.ts';
import { parameters } from '../../src/tensor/parameters.ts';
import { engine } from '../nn/helpers.ts';
import { feeds, layoutFor, only, prompt, tiny } from './tiny.ts';

const VARIANTS: Readonly<Record<string, (config: ModelConfig) => unknown>> = {
  'the full model': (c) => c,
  'without latent action ids': (c) => ({ ...c, latentActions: 'none' }),
  'LAPA-style latent actions': (c) => ({
    ...c,
    latentActions: 'lapa',
    vocabulary: { ...c.vocabulary, latent: { ...c.vocabulary.latent, transitions: 1 } },
  }),
  'without FAST tokens': (c) => ({ ...c, fast: false }),
  'without VGGT': (c) => ({ ...c, geometry: { ...c.geometry, use: 'none' } }),
  'frozen VGGT': (c) => ({ ...c, geometry: { ...c.geometry, use: 'frozen' } }),
  'random-initialised 3D block': (c) => ({ ...c, geometry: { ...c.geometry, fusion: { init: 'random' } } }),
  'frozen 2D tower': (c) => ({ ...c, vision: { ...c.vision, trainable: false } }),
  'a shared state projector': (c) => ({ ...c, embodiment: { ...c.embodiment, projectors: 'shared' } }),
  'soft prompts': (c) => ({ ...c, embodiment: { ...c.embodiment, softPrompts: 2, outputAware: true } }),
  'output-aware': (c) => ({ ...c, embodiment: { ...c.embodiment, outputAware: true } }),
  'an expert that sees views and state': (c) => ({ ...c, expert: { ...c.expert, context: ['latent', 'vision', 'state'] } }),
};

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
    for (let i = 0; i < 20; i++) losses.push(numbers((await executable.run('step', given)).loss as HostTensor)[0] as number);
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
      if (!mask[i]) expect(value).toBe(0);
    });
    expect(latents.map((row) => row.length)).toEqual([4 * of.vocabulary.latent.transitions, 4 * of.vocabulary.latent.transitions]);
  } finally {
    await executable.dispose();
  }
});
