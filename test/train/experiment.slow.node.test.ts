import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeImage } from '../../src/data/images.ts';
import { writeReasoning } from '../../src/data/reasoning/files.ts';
import type { ReasoningSample } from '../../src/data/reasoning.ts';
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

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gear-train-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A few questions about pictures, outside the folder that is removed after each test. */
const asked = await mkdtemp(path.join(tmpdir(), 'gear-asked-'));
afterAll(() => rm(asked, { recursive: true }));
const picture = async (level: number) => ({
  bytes: await encodeImage({ width: 8, height: 8, data: new Uint8Array(3 * 8 * 8).fill(level) }, 'png'),
  ...{ width: 8, height: 8 },
});
const about = async (level: number, answer: string): Promise<ReasoningSample> => ({
  ...{ kind: 'general-vqa', question: 'light or dark?', answer },
  images: [await picture(level)],
});
await writeReasoning(path.join(asked, 'questions'), [await about(10, 'dark'), await about(240, 'light'), await about(30, 'dark')]);

/** A recording of a robot, as it is and packed: a vision-language model, embodied pre-training, then the action expert as well. */
const small = (change: Partial<ExperimentInput> = {}): ExperimentInput => ({
  name: 'small',
  model,
  data: {
    bottle: { path: 'g1-pick-bottle' },
    packed: { path: 'g1-pick-bottle', pack: 6 },
    light: { path: path.join(asked, 'questions') },
  },
  processor: {
    ...{ textTokens: 280, fastScale: 5, instructionLength: 60, fastLength: 40, system: '' },
    question: { questionLength: 20, answerLength: 8 },
  },
  latent: { config: { imageSize: 32, width: 32, heads: 2 }, data: { bottle: 1 }, steps: 4, batch: 4, learningRate: 1e-3 },
  stages: [
    { name: 'language', questions: { data: { light: 1 }, batch: 3 }, steps: 4, batch: 1, learningRate: 1e-3 },
    {
      name: 'embodied',
      data: { bottle: 1 },
      questions: { data: { light: 1 }, batch: 2, weight: 0.5 },
      steps: 4,
      batch: 4,
      learningRate: 1e-3,
      flow: false,
    },
    { name: 'policy', data: { packed: 1 }, accumulation: 2, ema: 0.9, snapshots: 4, steps: 6, batch: 4, learningRate: 1e-3, muon: 0.01 },
  ],
  ...change,
});

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
    const early = await readSafetensors(path.join(folder, 'whole/policy/policy-4.safetensors'));
    expect(early.metadata).toEqual(metadata);
    expect(early.tensors).not.toEqual(tensors);
    const log = (await readFile(path.join(folder, 'whole/policy/log.jsonl'), 'utf8')).trim().split('\n');
    const last = JSON.parse(log.at(-1) as string) as LogLine;
    expect(last.step).toBe(6);
    const names = ['fast', 'fastAccuracy', 'flow', 'gradientNorm', 'latent', 'latentAccuracy', 'loss', 'tokens'];
    expect(Object.keys(last.metrics).sort()).toEqual(names);
    const language = JSON.parse(
      (await readFile(path.join(folder, 'whole/language/log.jsonl'), 'utf8')).trim().split('\n').at(-1) as string,
    );
    expect(Object.keys(language.metrics).sort()).toEqual(['gradientNorm', 'loss', 'questionAccuracy', 'questions']);
    const told: string[] = [];
    await run('whole', small(), undefined, (stage) => told.push(stage));
    expect(told).toEqual([]);
    expect((await readSafetensors(policy)).tensors).toEqual(tensors);
  });

  test('that is interrupted in any stage goes on to the same bits', { timeout: 120_000 }, async () => {
    const whole = await readSafetensors((await run('whole')) as string);
    let finished: string | undefined;
    for (const stop of ['latent', 'language', 'embodied', 'policy']) {
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
    const stages = small().stages.map((stage) => (stage.name === 'policy' ? { ...stage, learningRate: 2e-3 } : stage));
    await expect(run('run', small({ stages }))).rejects.toThrow(
      /policy\/state\.safetensors was made with other settings \(stage\): go on with the same, or train in another folder/,
    );
  });
});

test.each<[string, Partial<ExperimentInput>, string]>([
  [
    'a dataset that there is not',
    { stages: [{ name: 'policy', data: { cup: 1 }, steps: 1, batch: 1, learningRate: 1 }] },
    'stage "policy" uses the dataset "cup"; there are bottle, packed, light',
  ],
  [
    'posed views that there are not',
    {
      geometry: {
        data: 'views',
        camera: { depth: 1, heads: 2 },
        depthHead: { features: 8, channels: [8, 8, 8, 8] },
        steps: 1,
        batch: 1,
        learningRate: 1,
      },
    },
    'geometry uses the dataset "views"; there are bottle, packed, light',
  ],
  [
    'a 3D encoder that the model does without',
    {
      model: { ...model, geometry: { ...model.geometry, use: 'none' } },
      geometry: {
        data: 'bottle',
        camera: { depth: 1, heads: 2 },
        depthHead: { features: 8, channels: [8, 8, 8, 8] },
        steps: 1,
        batch: 1,
        learningRate: 1,
      },
    },
    'geometry is to be trained, but the model does without',
  ],
  ['nothing to learn from', { stages: [{ name: 'policy', steps: 1, batch: 1, learningRate: 1 }] }, 'has neither data nor questions'],
  [
    'questions that there are not',
    { stages: [{ name: 'policy', questions: { data: { cup: 1 }, batch: 1 }, steps: 1, batch: 1, learningRate: 1 }] },
    'stage "policy" uses the dataset "cup"',
  ],
  ['no stages', { stages: [] }, 'stages'],
  ['a rate below 0', { latent: { data: { bottle: 1 }, steps: 1, batch: 1, learningRate: -1 } }, 'latent.learningRate'],
  ['a model that does not fit together', { model: { ...model, imageSize: 57 } }, 'imageSize 57 is not a multiple'],
])('refused: %s', (_, change, message) => {
  expect(() => experiment(small(change))).toThrow(message);
});
