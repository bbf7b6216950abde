/** Batches with which training diverged, replayed: the numbers of the training step itself, and the part that is at fault. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACTION_DIMS, STATE_DIMS } from '../../src/robot/canonical.ts';
import type { HostTensor } from '../../src/tensor/host.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { parameters } from '../../src/tensor/parameters.ts';
import { readSafetensors, writeSafetensors } from '../../src/tensor/safetensors.node.ts';
import { actionBatches } from '../../src/train/action-batches.node.ts';
import { stageObjective, trainPolicy } from '../../src/train/policy-stage.node.ts';
import { replayDiverged } from '../../src/train/replay.node.ts';
import { gear } from '../cli/support.ts';
import { EIGHT, eightProcessor, logOf, NO_LATENTS, stageOf, writeEight } from './eight.ts';

const engine = nodeEngine({ threads: 1, flushDenormals: true });
const ready = eightProcessor();
const folder = await mkdtemp(path.join(os.tmpdir(), 'gear-replay-'));
afterAll(() => rm(folder, { recursive: true }));
const at = (...names: string[]): string => path.join(folder, ...names);

const stage = stageOf({ name: 'policy', data: { eight: 1 }, steps: 120, train: ['state_projectors.*', 'model.layers.*', 'expert.*'] });
const trained = async (name: string, stop: number): Promise<boolean> => {
  const controller = new AbortController();
  const setting = { folder: at(name), engine, datasets: [{ name: 'eight', path: at('eight') }], questions: [], seed: 42, reportEvery: 1 };
  const onProgress = ({ step }: { readonly step: number }): void => void (step === stop && controller.abort());
  const telling = { signal: controller.signal, onProgress };
  return trainPolicy({ ...setting, ...telling }, stage, { processor: ready, latents: NO_LATENTS });
};

describe('a sound batch', () => {
  const file = at('sound', 'diverged.safetensors');

  /** As if training had stopped at once: the first batch, and what parameters are before it, after a change. */
  async function stopAtOnce(change: (parameters: Map<string, HostTensor>) => void = () => undefined): Promise<void> {
    const source = await actionBatches({ datasets: [await writeEight(at('eight'), ready)], batch: EIGHT, seed: 42 }, ready, NO_LATENTS, 0);
    const batch = await source.next().finally(source.close);
    const scope = parameters({ seed: 42 });
    stageObjective(scope, stage, ready);
    const values = new Map(scope.trainable().map(({ name, initial }) => [name, initial()]));
    change(values);
    const { metadata } = await readSafetensors(at('sound', 'state.safetensors'));
    await writeSafetensors(file, {
      metadata: { settings: metadata.settings as string, update: '1', after: '0', reason: 'none' },
      tensors: new Map([...Object.entries(batch), ...Array.from(values, ([name, value]) => [`parameters.${name}`, value] as const)]),
    });
  }

  beforeAll(async () => {
    await writeEight(at('eight'), ready);
    await trained('sound', 1);
  }, 60_000);

  test('has the loss, the parts and the norm that its training step had', { timeout: 60_000 }, async () => {
    await stopAtOnce();
    const { stopped, saved, first } = await replayDiverged(file, engine);
    const { gradientNorm, ...metrics } = (await logOf(at('sound')))[0]?.metrics ?? {};
    expect(Object.keys(stopped.metrics).sort()).toEqual(Object.keys(metrics).sort());
    for (const [name, value] of Object.entries(metrics)) expect(stopped.metrics[name]).toBeCloseTo(value, 5);
    expect(stopped.gradientNorm / (gradientNorm as number)).toBeCloseTo(1, 4);
    expect({ after: stopped.after, first }).toEqual({ after: 0, first: undefined });
    // What the stage does not train has no gradient here either.
    expect(stopped.parts.map(({ name }) => name).filter((name) => /^(visual|aggregator|model\.embed)/.test(name))).toEqual([]);
    // The update did what it is for.
    expect(saved?.after).toBe(1);
    expect(saved?.metrics.loss).toBeLessThan(stopped.metrics.loss as number);
  });

  test('shows the op that made the first infinity, and that the last state does not', { timeout: 60_000 }, async () => {
    await stopAtOnce((values) => {
      for (const [name, { data }] of values) if (name.startsWith('expert.head.')) data.fill(3e38 as never);
    });
    const { stopped, saved, first } = await replayDiverged(file, engine);
    expect(stopped.metrics.flow).not.toBeLessThan(Number.MAX_VALUE);
    // What has no part in it is as it was.
    expect(stopped.metrics.tokens).toBeCloseTo((await logOf(at('sound')))[0]?.metrics.tokens as number, 5);
    expect(Number.isFinite(saved?.gradientNorm)).toBe(true);
    expect(stopped.parts[0]?.name).toMatch(/^expert\./);
    expect(first).toMatch(/infinity first appears in the result of .*expert\.ts/s);
  });
});

test('a batch with an absurd state is told by its input, and by what stopped training', { timeout: 60_000 }, async () => {
  await writeEight(at('eight'), ready);
  expect(await trained('state', 2)).toBe(false);
  await writeEight(at('eight'), ready, { spoil: (state) => state.fill(3e38, STATE_DIMS, STATE_DIMS + 1) });
  await expect(trained('state', 0)).rejects.toThrow(
    /training diverged: .* The batch is in .*diverged\.safetensors, and the last state, after/,
  );
  const { update, reason, inputs, stopped, saved } = await replayDiverged(at('state', 'diverged.safetensors'), engine);
  expect({ update, after: stopped.after }).toEqual({ update: 3, after: 2 });
  expect(reason).toContain(`loss is ${stopped.metrics.loss}`);
  // The parameters are those of the last state, which was saved just before.
  expect(saved).toEqual(stopped);
  expect(inputs[0]).toMatchObject({ name: 'state', notFinite: 1 });
});

describe('batches with an absurd motion explode', () => {
  const file = at('motion', 'diverged.safetensors');

  test('the replay has the norm that was the first outlier, and names the part that it is in', { timeout: 120_000 }, async () => {
    await writeEight(at('eight'), ready);
    expect(await trained('motion', 105)).toBe(false);
    await writeEight(at('eight'), ready, { spoil: (_, actions) => actions.fill(1800, ACTION_DIMS, ACTION_DIMS + 1) });
    await expect(trained('motion', 0)).rejects.toThrow('training diverged: the gradient explodes from update 106 on');
    const { update, reason, inputs, stopped, saved, first } = await replayDiverged(file, engine);
    expect({ update, after: stopped.after, saved: saved?.after, first }).toEqual({ update: 106, after: 108, saved: 105, first: undefined });
    const [, norm] = /its norm is ([^,]+),/.exec(reason) ?? [];
    expect(saved?.gradientNorm.toPrecision(3)).toBe(norm);
    expect(inputs.find(({ name }) => name === 'actions')?.greatest).toBeGreaterThan(1000);
    expect(stopped.parts[0]?.name).toMatch(/^expert\./);
  });

  test('and is printed by the command', { timeout: 60_000 }, async () => {
    const { code, out, err } = await gear('replay', file, '--threads', '1');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^the batch of update 106: the gradient explodes/);
    expect(out).toMatch(/\ngradients of .*norm with the last state\nexpert\./);
    const { out: json } = await gear('replay', file, '--threads', '1', '--json');
    expect(JSON.parse(json)).toMatchObject({ update: 106, stopped: { after: 108 } });
  });
});

test.each<[string, () => Promise<string>, string]>([
  ['a file that there is not', async () => at('nothing.safetensors'), 'nothing.safetensors'],
  ['a state', async () => at('state', 'state.safetensors'), 'is no batch with which training diverged'],
  [
    'a batch of another kind of stage',
    async () => {
      const metadata = { settings: '{"latent":{}}', update: '1', after: '0', reason: 'loss is NaN' };
      await writeSafetensors(at('latent.safetensors'), { metadata, tensors: new Map() });
      return at('latent.safetensors');
    },
    'is of a stage that does not train the policy',
  ],
])('refused: %s', async (_, made, message) => {
  const { code, err } = await gear('replay', await made());
  expect(err).toContain(message);
  expect(code).toBe(1);
});
