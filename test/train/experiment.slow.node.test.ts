import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { readSafetensors } from '../../src/tensor/safetensors.node.ts';
import { vocabulary } from '../../src/tokens/vocabulary.ts';
import { trainExperiment } from '../../src/train/experiment.node.ts';
import { type ExperimentInput, experiment } from '../../src/train/experiment.ts';
import type { LogLine } from '../../src/train/stage.node.ts';
import { tiny } from '../model/tiny.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
const base = tiny();
const words = { ...base.vocabulary, textTokens: 300, fastTokens: 300 };
const model = {
  ...base,
  vocabulary: words,
  language: { ...base.language, vocabulary: vocabulary(words).size },
  embodiment: { ...base.embodiment, names: ['g1-inspire'] },
};

/** Two stages on a recording of a robot: embodied pre-training, then the action expert as well. */
const small = (change: Partial<ExperimentInput> = {}): ExperimentInput => ({
  name: 'small',
  model,
  data: { bottle: { path: 'g1-pick-bottle' } },
  processor: { textTokens: 280, fastScale: 5, instructionLength: 60, fastLength: 40, system: '' },
  latent: { config: { imageSize: 32, width: 32, heads: 2 }, data: { bottle: 1 }, steps: 4, batch: 4, learningRate: 1e-3 },
  stages: [
    { name: 'embodied', data: { bottle: 1 }, steps: 4, batch: 4, learningRate: 1e-3, flow: false },
    { name: 'policy', data: { bottle: 1 }, steps: 6, batch: 4, learningRate: 1e-3, muon: 0.01 },
  ],
  ...change,
});

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gear-train-'));
});
afterEach(() => rm(folder, { recursive: true }));

const engine = nodeEngine({ threads: 1 });
const run = (name: string, given = small(), signal?: AbortSignal, onProgress?: (stage: string, step: number) => void) =>
  trainExperiment(experiment(given), {
    folder: path.join(folder, name),
    data: FIXTURES,
    engine,
    reportEvery: 1,
    ...(signal && { signal }),
    onProgress: (stage, { step }) => onProgress?.(stage, step),
  });

describe('an experiment', () => {
  test('comes to a policy; what is finished is not done again', { timeout: 60_000 }, async () => {
    const policy = (await run('whole')) as string;
    const { metadata, tensors } = await readSafetensors(policy);
    expect(JSON.parse(metadata.initial ?? '')).toEqual([]);
    expect(tensors.has('expert.time.mlp.0.weight')).toBe(true);
    const log = (await readFile(path.join(folder, 'whole/policy/log.jsonl'), 'utf8')).trim().split('\n');
    const last = JSON.parse(log.at(-1) as string) as LogLine;
    expect(last.step).toBe(6);
    expect(Object.keys(last.metrics).sort()).toEqual(['fast', 'flow', 'gradientNorm', 'latent', 'loss', 'tokens']);
    const told: string[] = [];
    await run('whole', small(), undefined, (stage) => told.push(stage));
    expect(told).toEqual([]);
    expect((await readSafetensors(policy)).tensors).toEqual(tensors);
  });

  test('that is interrupted in any stage goes on to the same bits', { timeout: 120_000 }, async () => {
    const whole = await readSafetensors((await run('whole')) as string);
    let finished: string | undefined;
    for (const stop of ['latent', 'embodied', 'policy']) {
      const controller = new AbortController();
      finished = await run('parts', small(), controller.signal, (stage, step) => {
        if (stage === stop && step === 2) controller.abort();
      });
      expect(finished).toBeUndefined();
    }
    finished = await run('parts');
    expect((await readSafetensors(finished as string)).tensors).toEqual(whole.tensors);
  });

  test('with other settings is another run', { timeout: 60_000 }, async () => {
    const policy = await run('run');
    expect(existsSync(policy as string)).toBe(true);
    const [embodied, last] = small().stages as [ExperimentInput['stages'][number], ExperimentInput['stages'][number]];
    await expect(run('run', small({ stages: [embodied, { ...last, learningRate: 2e-3 }] }))).rejects.toThrow(
      /policy\/state\.safetensors was made with other settings \(stage\): go on with the same, or train in another folder/,
    );
  });
});

test.each<[string, Partial<ExperimentInput>, string]>([
  [
    'a dataset that there is not',
    { stages: [{ name: 'policy', data: { cup: 1 }, steps: 1, batch: 1, learningRate: 1 }] },
    'stage "policy" uses the dataset "cup"; there are bottle',
  ],
  ['no stages', { stages: [] }, 'stages'],
  ['a rate below 0', { latent: { data: { bottle: 1 }, steps: 1, batch: 1, learningRate: -1 } }, 'latent.learningRate'],
  ['a model that does not fit together', { model: { ...model, imageSize: 57 } }, 'imageSize 57 is not a multiple'],
])('refused: %s', (_, change, message) => {
  expect(() => experiment(small(change))).toThrow(message);
});
