/** `gear adapt`: a policy that has only seen a Panda learns the humanoid of the fixture. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bindDataset, findBinding, openDataset } from '../../src/data/dataset.ts';
import { canonicalStatistics, normalizationOf } from '../../src/data/normalization.ts';
import { savePolicy } from '../../src/model/checkpoint.node.ts';
import { latentActionConfig, latentTokenizer } from '../../src/model/latent-actions.ts';
import { openPolicy } from '../../src/policy/checkpoint.node.ts';
import { createPolicy, type PolicyChunk } from '../../src/policy/policy.ts';
import { STATE_DIMS } from '../../src/robot/canonical.ts';
import { readEmbodimentFiles } from '../../src/robot/embodiments.node.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { parameters } from '../../src/tensor/parameters.ts';
import { normals, randomStream } from '../../src/tensor/random.ts';
import { readSafetensors, writeSafetensors } from '../../src/tensor/safetensors.node.ts';
import { input } from '../../src/tensor/tensor.ts';
import { vocabulary } from '../../src/tokens/vocabulary.ts';
import { adaptPolicy } from '../../src/train/adapt.node.ts';
import { trainExperiment } from '../../src/train/experiment.node.ts';
import { experiment } from '../../src/train/experiment.ts';
import { gear } from '../cli/support.ts';
import { tiny } from '../model/tiny.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
const DATA = path.join(FIXTURES, 'g1-pick-bottle');
const ROBOT = 'g1-inspire';
const engine = nodeEngine({ threads: 1 });

const folder = await mkdtemp(path.join(tmpdir(), 'gear-adapt-'));
afterAll(() => rm(folder, { recursive: true }));
const at = (...names: string[]): string => path.join(folder, ...names);
/** A run of `gear train` whose model never saw the robot, nor has its name */
const CHECKPOINT = at('base', 'policy', 'policy.safetensors');
const LATENTS = at('base', 'latent', 'model.safetensors');

beforeAll(async () => {
  const base = tiny();
  const words = { ...base.vocabulary, textTokens: 300, fastTokens: 300 };
  const model = {
    ...base,
    vocabulary: words,
    language: { ...base.language, vocabulary: vocabulary(words).size },
    embodiment: { ...base.embodiment, names: ['panda', ROBOT] },
  };
  const trained = await trainExperiment(
    experiment({
      name: 'base',
      model,
      data: { bottle: { path: 'g1-pick-bottle' } },
      processor: { textTokens: 280, fastScale: 5, instructionLength: 60, fastLength: 40, system: '' },
      latent: { config: { imageSize: 32, width: 32, heads: 2 }, data: { bottle: 1 }, steps: 1, batch: 2, learningRate: 1e-3 },
      stages: [{ name: 'policy', data: { bottle: 1 }, steps: 2, batch: 2, learningRate: 1e-2 }],
    }),
    { folder: at('base'), data: FIXTURES, engine },
  );
  const { processor, close } = await openPolicy(trained as string);
  await close();
  const { tensors } = await readSafetensors(trained as string);
  const known = new Map([...tensors].filter(([name]) => !name.includes(ROBOT)));
  const config = { ...processor.config, embodiment: { ...processor.config.embodiment, names: ['panda'] } };
  await savePolicy(CHECKPOINT, { config, files: processor.files }, known);
}, 60_000);

const plan = {
  projector: { steps: 4, learningRate: 1e-2 },
  endToEnd: { steps: 4, learningRate: 1e-3 },
  oneStage: false,
  batch: 2,
};

/** Adapts in a folder, and stops where it is told to. */
async function adapted(name: string, change: Partial<typeof plan> = {}, stop?: { readonly stage: string; readonly step: number }) {
  const controller = new AbortController();
  const opened = await openPolicy(CHECKPOINT);
  const source = await openDataset(DATA);
  try {
    const bound = await bindDataset(source);
    if (!bound) throw new Error('the fixture has a binding');
    const states = normalizationOf(await canonicalStatistics([{ ...bound, episodes: [0] }], { steps: 1 })).state;
    const dataset = { name: ROBOT, path: DATA, episodes: [0] };
    return await adaptPolicy(
      { ...opened, from: 'the base', latents: LATENTS },
      { robot: ROBOT, anew: false, states, dataset, pack: 6, plan: { ...plan, ...change }, seed: 7 },
      {
        ...{ folder: at(name), engine, reportEvery: 1, workers: 1, signal: controller.signal },
        onProgress: (stage, { step }) => {
          if (stage === stop?.stage && step === stop.step) controller.abort();
        },
      },
    );
  } finally {
    await source.close();
    await opened.close();
  }
}

const tensorsOf = async (file: string) => (await readSafetensors(file)).tensors;

/** What a policy would do with a Panda in a random place that looks like noise. */
async function asPanda(file: string): Promise<PolicyChunk | undefined> {
  const { processor, values, close } = await openPolicy(file);
  const policy = await createPolicy(engine, processor, values);
  try {
    const side = processor.config.imageSize;
    const random = randomStream(3, 'picture');
    const [chunk] = await policy.predict([
      {
        images: Uint8Array.from({ length: 3 * 3 * side ** 2 }, () => random.integer(256)),
        viewMask: Uint8Array.of(1, 0, 1),
        state: normals(randomStream(3, 'state'), 2 * STATE_DIMS),
        stateMask: Uint8Array.from({ length: 2 * STATE_DIMS }, (_, i) => (i < STATE_DIMS ? 0 : 1)),
        instruction: 'pick up the bottle',
        embodiment: 'panda',
        seed: 5,
      },
    ]);
    return chunk;
  } finally {
    await policy.dispose();
    await close();
  }
}

describe('adaptation', () => {
  test('changes nothing but the new projector in stage A, and leaves the vision tower alone in B', { timeout: 120_000 }, async () => {
    const policy = (await adapted('whole')) as string;
    const [before, a, b] = [await tensorsOf(CHECKPOINT), await tensorsOf(at('whole/stage-a/policy.safetensors')), await tensorsOf(policy)];
    const own = ['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias'].map((name) => `state_projectors.${ROBOT}.${name}`);
    expect([...a.keys()].filter((name) => !before.has(name)).sort()).toEqual([...own].sort());
    for (const [name, value] of before) expect(a.get(name), name).toEqual(value);
    expect(await asPanda(at('whole/stage-a/policy.safetensors'))).toEqual(await asPanda(CHECKPOINT));

    const same = (name: string): boolean =>
      Buffer.from(b.get(name)?.data.buffer as ArrayBuffer).equals(Buffer.from(a.get(name)?.data.buffer as ArrayBuffer));
    const kept = [...a.keys()].filter(same);
    expect(kept.filter((name) => /^visual\.(?!merger)/.test(name))).toEqual(
      [...a.keys()].filter((name) => /^visual\.(?!merger)/.test(name)),
    );
    for (const name of own) expect(kept).not.toContain(name);
    expect(kept.filter((name) => name.startsWith('expert.'))).toEqual([]);
    const { processor, close } = await openPolicy(policy);
    await close();
    expect(processor.config.embodiment.names).toEqual(['panda', ROBOT]);
  });

  test('that is interrupted in either stage goes on to the same bits', { timeout: 120_000 }, async () => {
    const whole = await tensorsOf((await adapted('whole')) as string);
    for (const stage of ['stage-a', 'stage-b']) expect(await adapted('parts', {}, { stage, step: 2 })).toBeUndefined();
    expect(await tensorsOf((await adapted('parts')) as string)).toEqual(whole);
  });

  test('in one stage trains all at once, for as long', { timeout: 60_000 }, async () => {
    const policy = (await adapted('one', { oneStage: true })) as string;
    const log = (await readFile(at('one/one-stage/log.jsonl'), 'utf8')).trim().split('\n');
    expect(log).toHaveLength(8);
    expect(await tensorsOf(policy)).toEqual(await tensorsOf(at('one/one-stage/policy.safetensors')));
  });
});

const given = ['--embodiment', ROBOT, '--data', DATA, '--steps-a', '2', '--steps-b', '2', '--batch', '2', '--pack', '6', '--threads', '1'];

test('gear adapt measures before and after, and measures nothing twice', { timeout: 120_000 }, async () => {
  const first = await gear('adapt', CHECKPOINT, ...given, '--out', at('run'));
  expect(first.code, first.err).toBe(0);
  for (const row of ['before (a new projector)', 'after stage A', 'after stage B', 'stay where you are', 'repeat the last velocity'])
    expect(first.out).toContain(row);
  const kept = JSON.parse(await readFile(at('run/before-after.json'), 'utf8'));
  expect(Object.keys(kept.measured.policies)).toEqual(['before', 'stage-a', 'stage-b']);
  expect(kept.made.data).toMatchObject({ robot: ROBOT, training: expect.any(Array), heldOut: expect.any(Array) });
  expect(kept.measured.policies.before.both.translation.value).toHaveLength(5);
  const again = await gear('adapt', CHECKPOINT, ...given, '--out', at('run'), '--json');
  expect(JSON.parse(again.out)).toEqual({ policy: at('run/policy.safetensors'), made: kept.made, measured: kept.measured });
  const other = await gear('adapt', CHECKPOINT, ...given, '--out', at('run'), '--seed', '1');
  expect(other.err.trim().split('\n').at(-1)).toMatch(/before-after\.json is of another adaptation \((data, )?settings\)/);

  // What was adapted can be adapted: the run has the latent action tokenizer.
  const twice = await gear('adapt', at('run/policy.safetensors'), ...given, '--out', at('twice'));
  expect(twice.err).toContain('has a projector for "g1-inspire" already');
  expect(twice.code).toBe(2);
});

test("a robot of one's own is its file, and a binding that says what numbers mean for it", { timeout: 60_000 }, async () => {
  const { file, model } = await readEmbodimentFiles(ROBOT);
  const source = await openDataset(DATA);
  const found = await findBinding(source);
  await source.close();
  await mkdir(at('mine'));
  await writeFile(at('mine', file.kinematics), model);
  await writeFile(at('mine/mine.json'), JSON.stringify({ ...file, name: 'mine' }));
  await writeFile(at('mine/binding.json'), JSON.stringify({ ...found?.binding, embodiment: './mine.json' }));
  const small = ['--data', DATA, '--steps-a', '1', '--steps-b', '0', '--batch', '2', '--pack', '6', '--threads', '1', '--every', '30'];
  const bound = [...small, '--binding', at('mine/binding.json'), '--out', at('own')];
  const { code, err } = await gear('adapt', CHECKPOINT, '--embodiment', at('mine/mine.json'), ...bound);
  expect(code, err).toBe(0);
  const { processor, close } = await openPolicy(at('own/policy.safetensors'));
  await close();
  expect(processor.config.embodiment.names).toEqual(['panda', 'mine']);

  const arms = file.arms.map((arm) => ({ ...arm, gripper: arm.gripper.map((one) => ({ ...one, closed: 0.5 })) }));
  await writeFile(at('mine/changed.json'), JSON.stringify({ ...file, name: 'mine', arms }));
  const changed = await gear('adapt', CHECKPOINT, '--embodiment', at('mine/changed.json'), ...bound);
  expect(changed.err).toContain('is of another "mine" than');
  expect(changed.code).toBe(1);
});

/** An untrained latent action tokenizer of other codes. */
async function writeOtherLatents(): Promise<void> {
  const config = latentActionConfig({ imageSize: 32, width: 32, heads: 2, codes: { slots: 2, transitions: 4, groups: 2, entries: 8 } });
  const scope = parameters({ seed: 0 });
  latentTokenizer(scope, input('video', 'f32', [1, config.frames, 3, config.imageSize, config.imageSize]), config);
  const tensors = new Map([...scope.variables].map(([name, { initial }]) => [name, initial()]));
  await writeSafetensors(at('other.safetensors'), { metadata: { latent: JSON.stringify(config) }, tensors });
}

describe('refused', () => {
  beforeAll(async () => {
    await writeOtherLatents();
    await writeFile(at('broken.json'), JSON.stringify({ name: 'Mine', kinematics: 'a.xml' }));
    await mkdir(at('nothing'));
    await cp(CHECKPOINT, at('alone.safetensors'));
    await writeFile(at('note.safetensors'), 'no weights');
  });
  const robot = (name: string): string[] => ['--embodiment', name, '--data', DATA];

  test.each<[string, string, () => string[], number]>([
    ['a dataset of another robot', 'is of the embodiment "g1-inspire", but agilex is "agilex"', () => [CHECKPOINT, ...robot('agilex')], 1],
    ['a robot that the model knows', 'has a projector for "panda" already (it knows panda)', () => [CHECKPOINT, ...robot('panda')], 2],
    ['a robot that there is not', 'there is no embodiment "g1"', () => [CHECKPOINT, ...robot('g1')], 2],
    ['an embodiment with mistakes', 'the embodiment "Mine" is wrong: name: ', () => [CHECKPOINT, ...robot(at('broken.json'))], 2],
    ['a folder without a dataset', 'is no dataset', () => [CHECKPOINT, '--embodiment', ROBOT, '--data', at('nothing')], 1],
    ['a policy without its latents', 'say with --latents where', () => [at('alone.safetensors'), ...robot(ROBOT)], 2],
    ['latents that are none', 'is no latent action tokenizer', () => [CHECKPOINT, ...robot(ROBOT), '--latents', CHECKPOINT], 1],
    [
      'latents of another policy',
      'it has 2 slots, the model "tiny" 4',
      () => [CHECKPOINT, ...robot(ROBOT), '--latents', at('other.safetensors')],
      1,
    ],
    ['a policy that is none', 'note.safetensors', () => [at('note.safetensors'), ...robot(ROBOT), '--latents', LATENTS], 1],
    ['a model that is no policy', 'it has no configuration', () => [LATENTS, ...robot(ROBOT), '--latents', LATENTS], 1],
    ['something scripted', 'adaptation is for checkpoints', () => ['expert', ...robot(ROBOT), '--latents', LATENTS], 1],
    ['a rate that is none', 'expected a number between 0 and 1', () => [CHECKPOINT, ...robot(ROBOT), '--learning-rate-a', '3'], 2],
  ])('%s', async (_, message, args, exit) => {
    const { code, err } = await gear('adapt', ...args(), '--out', at('refused'));
    // Before it there may be notes.
    expect(err.trim().split('\n').at(-1)).toContain(message);
    expect(code).toBe(exit);
  });
});
