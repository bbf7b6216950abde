/**
 * Each stage learns eight samples by heart. Tokens can be learned completely: all of them are to be the likeliest. The flow has other noise in
 * every update, so its loss stays above 0: it is to end below a fifth of where it began, when the chunk is far better known than its mean.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { LoaderDataset } from '../../src/data/loader/config.ts';
import { openModel } from '../../src/model/checkpoint.node.ts';
import { latentActionConfig } from '../../src/model/latent-actions.ts';
import { processor } from '../../src/model/processor.ts';
import type { ValueSource } from '../../src/tensor/compile.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { readSafetensors } from '../../src/tensor/safetensors.node.ts';
import { adaptationStages, configWith, ownParameters } from '../../src/train/adaptation.ts';
import type { PolicyStage } from '../../src/train/experiment.ts';
import { trainLatentTokenizer } from '../../src/train/latent-stage.node.ts';
import { policyFile, trainPolicy } from '../../src/train/policy-stage.node.ts';
import { writeNumbered } from '../data/videos.ts';
import { EIGHT, eightProcessor, logOf, NO_LATENTS, stageOf, writeColours, writeEight } from './eight.ts';

const folder = await mkdtemp(path.join(os.tmpdir(), 'gear-overfit-'));
afterAll(() => rm(folder, { recursive: true }));
const at = (...names: string[]): string => path.join(folder, ...names);
const engine = nodeEngine({ threads: 1 });

const ready = eightProcessor();
const eight = await writeEight(at('eight'), ready);
const colours = await writeColours(at('colours'));
const asked = { data: { colours: 1 }, batch: EIGHT, weight: 1 };

/** Means over the first and over the last ten updates. */
interface Ends {
  readonly first: Readonly<Record<string, number>>;
  readonly last: Readonly<Record<string, number>>;
}

async function endsOf(stage: string): Promise<Ends> {
  const lines = await logOf(at(stage));
  return { first: lines[0]?.metrics ?? {}, last: lines.at(-1)?.metrics ?? {} };
}

/** How much of a loss is left. */
const left = ({ first, last }: Ends, loss: string): number => (last[loss] as number) / (first[loss] as number);

/** Trains a stage in a folder of its name. */
async function trained(
  stage: PolicyStage,
  { of = eight, by = ready, weights }: { of?: LoaderDataset; by?: typeof ready; weights?: ValueSource } = {},
): Promise<Ends> {
  const setting = { folder: at(stage.name), engine, seed: 42, reportEvery: 10 };
  const data = { datasets: stage.data ? [of] : [], questions: stage.questions ? [colours] : [] };
  await trainPolicy({ ...setting, ...data }, stage, { processor: by, latents: NO_LATENTS, ...(weights && { weights }) });
  return endsOf(stage.name);
}

test('the latent action tokenizer: windows are told from their first frame and the codes', { timeout: 60_000 }, async () => {
  // Of 14 frames at 30 Hz eight moments have a frame 0.2 s later, which is what there is to tell.
  await mkdir(at('clip'));
  await writeNumbered(at('clip', 'eight.mp4'), 14, { fps: 30 }, 1000);
  await trainLatentTokenizer(
    { folder: at('latent'), engine, datasets: [{ name: 'clip', path: at('clip') }], seed: 42, reportEvery: 10 },
    { config: latentActionConfig({ imageSize: 32, width: 32, heads: 2 }), data: { clip: 1 }, steps: 200, batch: 13, learningRate: 3e-3 },
  );
  const { first, last } = await endsOf('latent');
  // Who copies the first frame has 1.
  expect((first.reconstruction as number) / (first.copying as number)).toBeGreaterThan(0.5);
  expect((last.reconstruction as number) / (last.copying as number)).toBeLessThan(0.1);
});

test('vision–language pre-training: all answers are right', { timeout: 60_000 }, async () => {
  const ends = await trained(stageOf({ name: 'language', questions: asked, steps: 200 }));
  expect(ends.first.questionAccuracy).toBeLessThan(0.8);
  expect(ends.last.questionAccuracy).toBe(1);
  expect(left(ends, 'questions')).toBeLessThan(0.05);
});

test('embodied pre-training: all latent and FAST tokens are right', { timeout: 60_000 }, async () => {
  const ends = await trained(stageOf({ name: 'embodied', data: { eight: 1 }, flow: false, steps: 300 }));
  expect(ends.first.latentAccuracy).toBeLessThan(0.5);
  expect(ends.last).toMatchObject({ latentAccuracy: 1, fastAccuracy: 1 });
  expect(left(ends, 'tokens')).toBeLessThan(0.05);
  expect(ends.last).not.toHaveProperty('flow');
});

test('spatial perception: all aims are right, and nothing else is learned', { timeout: 60_000 }, async () => {
  const { files, config } = ready;
  const by = processor(files, { ...config, pointing: 1 });
  const ends = await trained(stageOf({ name: 'pointing', data: { eight: 1 }, only: 'pointing', steps: 200 }), { by });
  expect(ends.first.pointingAccuracy).toBeLessThan(0.8);
  expect(ends.last.pointingAccuracy).toBe(1);
  expect(left(ends, 'pointing')).toBeLessThan(0.05);
  expect(ends.last).not.toHaveProperty('tokens');
  const { tensors } = await readSafetensors(policyFile(at('pointing')));
  expect([...tensors.keys()].filter((name) => /^(expert|lm_head)\./.test(name))).toEqual([]);
});

test('continuous policy, questions beside it: tokens, answers and motion', { timeout: 60_000 }, async () => {
  const ends = await trained(stageOf({ name: 'policy', data: { eight: 1 }, questions: asked, steps: 300 }));
  expect(ends.last).toMatchObject({ latentAccuracy: 1, fastAccuracy: 1, questionAccuracy: 1 });
  expect(left(ends, 'tokens')).toBeLessThan(0.05);
  expect(left(ends, 'flow')).toBeLessThan(0.2);
});

test('adaptation: the new projector alone learns states that are told otherwise, all of the model goes further', {
  timeout: 120_000,
}, async () => {
  // Pictures are black: what to do is told by the state, and the new robot's says the same in another way.
  const known = await writeEight(at('known'), ready, { blind: true });
  const unknown = await writeEight(at('unknown'), ready, { blind: true, reversed: true, robot: 'newcomer' });
  const before = await trained(stageOf({ name: 'base', data: { known: 1 }, steps: 300 }), { of: known });
  expect(before.last).toMatchObject({ latentAccuracy: 1, fastAccuracy: 1 });

  const by = processor(ready.files, configWith(ready.config, 'newcomer', false));
  const own = ownParameters(by, 'newcomer', 42).map(({ name }) => name);
  const pace = { projector: { steps: 200, learningRate: 1e-2 }, endToEnd: { steps: 200, learningRate: 2e-3 } };
  const [a, b] = adaptationStages({ ...pace, oneStage: false, batch: EIGHT }, by, own) as [PolicyStage, PolicyStage];
  const after = async (stage: PolicyStage, earlier: string): Promise<Ends> => {
    const { values, close } = await openModel(policyFile(at(earlier)));
    return trained(stage, { of: unknown, by, weights: values }).finally(close);
  };
  const [projector, endToEnd] = [await after(a, 'base'), await after(b, a.name)];
  // Nothing but the states is new, so the projector is all that has to be: it puts eight states where eight others were.
  expect(projector.first.latentAccuracy).toBeLessThan(0.9);
  expect(projector.last).toMatchObject({ latentAccuracy: 1, fastAccuracy: 1 });
  expect(left(projector, 'tokens')).toBeLessThan(0.2);
  expect(left(projector, 'flow')).toBeLessThan(0.4);
  expect(endToEnd.last).toMatchObject({ latentAccuracy: 1, fastAccuracy: 1 });
  for (const loss of ['tokens', 'flow']) expect(endToEnd.last[loss]).toBeLessThan(projector.last[loss] as number);
});
