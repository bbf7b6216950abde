/** Predictions on the page of a run are those of the policy in use. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LoaderDataset } from '../../src/data/loader/config.ts';
import { createLoader } from '../../src/data/loader/loader.ts';
import { openPolicy } from '../../src/policy/checkpoint.node.ts';
import { createPolicy } from '../../src/policy/policy.ts';
import type { HostTensor } from '../../src/tensor/host.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { readSafetensors } from '../../src/tensor/safetensors.node.ts';
import { policyFile, trainPolicy } from '../../src/train/policy-stage.node.ts';
import { samplePredictions } from '../../src/train/predictions.node.ts';
import { predictionsSection, type SamplePrediction } from '../../src/train/report-predictions.ts';
import { EIGHT, eightProcessor, NO_LATENTS, stageOf, writeEight } from './eight.ts';

const engine = nodeEngine({ threads: 1 });
const ready = eightProcessor();
const folder = await mkdtemp(path.join(os.tmpdir(), 'gear-predictions-'));
afterAll(() => rm(folder, { recursive: true }));
const at = (...names: string[]): string => path.join(folder, ...names);

let eight: LoaderDataset;
beforeAll(async () => {
  eight = await writeEight(at('eight'), ready);
  for (const [name, flow] of Object.entries({ policy: true, embodied: false })) {
    const stage = stageOf({ name, data: { eight: 1 }, flow, steps: 3, ema: 0.9 });
    await trainPolicy({ folder: at(name), engine, datasets: [eight], questions: [], seed: 42 }, stage, {
      processor: ready,
      latents: NO_LATENTS,
    });
  }
}, 60_000);

const predictedBy = async (stage: string, flow: boolean): Promise<SamplePrediction[]> => {
  const { tensors } = await readSafetensors(policyFile(at(stage)));
  return samplePredictions({ datasets: [eight], batch: EIGHT, seed: 42, engine, flow }, ready, NO_LATENTS)(tensors);
};

test('they are what the policy says of the same observations', { timeout: 60_000 }, async () => {
  const samples = { viewSize: ready.config.imageSize, steps: ready.config.chunk };
  const loader = await createLoader({ datasets: [eight], batchSize: EIGHT, seed: 42, samples }, { workers: 0 });
  const { tensors, instructions, embodiments, codes } = await loader.next().finally(loader.close);
  const row = <T>({ data, shape }: HostTensor, i: number): T => data.slice((i * data.length) / (shape[0] as number), ((i + 1) * data.length) / (shape[0] as number)) as T; // biome-ignore format: one line
  const observations = [0, 1, 2, 3].map((i) => ({
    images: row<Uint8Array>(tensors.images, i),
    viewMask: row<Uint8Array>(tensors.viewMask, i),
    state: row<Float32Array>(tensors.state, i),
    stateMask: row<Uint8Array>(tensors.stateMask, i),
    instruction: instructions[i] as string,
    embodiment: embodiments[i] as string,
    seed: 42,
  }));
  const { processor, values, close } = await openPolicy(policyFile(at('policy')));
  const policy = await createPolicy(engine, processor, values, { batch: 4 });
  const chunks = await policy.predict(observations);
  await policy.dispose();
  await close();

  const shown = await predictedBy('policy', true);
  expect(shown).toHaveLength(4);
  for (const [i, { predicted, recorded, latents, views }] of shown.entries()) {
    expect(predicted).toEqual(chunks[i]?.actions);
    expect(latents?.said).toEqual(chunks[i]?.latents);
    expect(recorded.actions).toEqual(row(tensors.actions, i));
    expect(latents?.recorded).toEqual(Array.from(codes?.[i] ?? []));
    expect(views.map(({ view }) => view)).toEqual(['head', 'rightWrist']);
  }
});

test('they are on the page of each stage, with motion where an action expert is trained', { timeout: 60_000 }, async () => {
  for (const [stage, flow] of [
    ['policy', true],
    ['embodied', false],
  ] as const) {
    // biome-ignore format: one line
    const sections = JSON.parse(await readFile(at(stage, 'sections.json'), 'utf8'));
    const { slots } = ready.format.vocabulary.codes;
    expect(sections).toEqual([predictionsSection(await predictedBy(stage, flow), slots)]);
    expect(sections[0].html.includes('staying would be off by')).toBe(flow);
  }
});
