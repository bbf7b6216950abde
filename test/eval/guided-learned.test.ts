/** What is learned from guides: of two samples that only their guides tell apart, a policy learns to do what each is for. */
import { expect, test } from 'vitest';
import type { Batch } from '../../src/data/loader/batch.ts';
import { objective } from '../../src/model/gear-vla.ts';
import { imagesFeed, processor, promptFeeds } from '../../src/model/processor.ts';
import { createPolicy } from '../../src/policy/policy.ts';
import { ACTION_DIMS, ARMS, STATE_DIMS, VIEWS } from '../../src/robot/canonical.ts';
import { MASK_COLORS, maskOverlay } from '../../src/robot/guides.ts';
import { normaliseState } from '../../src/robot/normalization.ts';
import { compile } from '../../src/tensor/compile.ts';
import { type HostTensor, hostTensor, scalarOf } from '../../src/tensor/host.ts';
import { adamw } from '../../src/tensor/optimizers/adamw.ts';
import { trainingPrograms } from '../../src/tensor/optimizers/training.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { parameters } from '../../src/tensor/parameters.ts';
import { actionPrompt } from '../../src/tokens/prompt.ts';
import { actionFeeds } from '../../src/train/action-feeds.ts';
import { observation, policyConfig, tinyProcessor } from '../support/policy.ts';

test('the guide says which of two things is meant', { timeout: 120_000 }, async () => {
  const config = policyConfig((c) => ({ ...c, dropping: { wrist: 0, state: 0, both: 0 } }));
  const { files } = tinyProcessor(config);
  const own = processor({ ...files, prompt: { ...files.prompt, guide: true } }, config);
  const { format, layouts } = own;
  const side = config.imageSize;
  const one = { ...observation(4, config), instruction: 'put the red bowl on the plate' };
  // The same picture, its left or its right half masked
  const guides = [0, 1].map((half) => {
    const segmentation = Uint16Array.from({ length: side * side }, (_, i) => (Math.floor((2 * (i % side)) / side) === half ? 1 : 0));
    return maskOverlay({ rgb: one.images.slice(0, 3 * side * side), segmentation }, 1, MASK_COLORS.red);
  });
  const codes = [0, 1].map((sample) => Array.from({ length: format.vocabulary.latentLength }, (_, i) => (3 * i + 5 * sample) % 8));
  const twice = <T extends Uint8Array | Float32Array>(dtype: 'u8' | 'bool' | 'f32', shape: readonly number[], data: T): HostTensor => {
    const both = dtype === 'f32' ? new Float32Array(2 * data.length) : new Uint8Array(2 * data.length);
    both.set(data);
    both.set(data, data.length);
    return hostTensor(dtype, [2, ...shape], both);
  };
  const chunk = [config.chunk, ARMS.length, ACTION_DIMS];
  const size = config.chunk * ARMS.length * ACTION_DIMS;
  const batch = (index: number): Batch => ({
    index,
    tensors: {
      images: twice('u8', [VIEWS.length, side, side, 3], one.images),
      viewMask: twice('bool', [VIEWS.length], one.viewMask),
      state: twice('f32', [ARMS.length, STATE_DIMS], normaliseState(files.normalization, one.state, one.stateMask)),
      stateMask: twice('bool', [ARMS.length, STATE_DIMS], one.stateMask),
      actions: twice('f32', chunk, new Float32Array(size).fill(0.3)),
      actionMask: twice('bool', chunk, new Uint8Array(size).fill(1)),
      aims: twice('f32', [ARMS.length, VIEWS.length, 2], new Float32Array(12)),
      aimMask: twice('bool', [ARMS.length, VIEWS.length], new Uint8Array(6)),
      latentFrames: hostTensor('u8', [2, 0], []),
      latentMask: hostTensor('bool', [2, 0], []),
    },
    instructions: [one.instruction, one.instruction],
    answers: ['', ''],
    embodiments: [one.embodiment, one.embodiment],
    origins: [],
  });
  const guided = hostTensor('u8', [2, side, side, 3], Uint8Array.from(guides.flatMap((guide) => [...guide])));
  const views = VIEWS.filter((_, slot) => one.viewMask[slot] === 1);
  const feedsOf = (index: number) => {
    const made = batch(index);
    const { feeds } = actionFeeds(made, codes, own, 0);
    const prompts = codes.map((latents) => actionPrompt(format, { instruction: one.instruction, views, guide: true, latents, fast: [] }));
    const withGuide = promptFeeds(
      prompts.map((prompt, i) => ({ ...prompt, ids: Int32Array.from(idsOf(feeds.ids as HostTensor, i)) })),
      format,
    );
    return { ...feeds, ...withGuide, images: imagesFeed(made.tensors.images, format, guided) };
  };
  const idsOf = ({ data, shape }: HostTensor, i: number): number[] =>
    Array.from(data as unknown as BigInt64Array, Number).slice(i * (shape[1] as number), (i + 1) * (shape[1] as number));

  const scope = parameters({ seed: 1 });
  const { loss, parts } = objective(scope, 2, layouts.sample, config);
  const optimizer = adamw({ learningRate: 4e-3 });
  const training = trainingPrograms({ loss, parameters: scope, groups: [{ match: '*', optimizer }], clipNorm: 1, metrics: parts });
  const engine = nodeEngine({ threads: 1 });
  const weights = scope.trainable().map(({ name }) => name);
  const executable = await compile(engine, { step: training.step });
  let latent = Number.POSITIVE_INFINITY;
  for (let step = 0; step < 200 && latent > 0.05; step++) latent = scalarOf((await executable.run('step', feedsOf(step))).latent);
  expect(latent).toBeLessThan(0.05);
  const policy = await createPolicy(engine, own, await executable.read(weights), { batch: 2 });
  const chunks = await policy.predict(guides.map((guide) => ({ ...one, guide })));
  expect(chunks.map(({ latents }) => latents)).toEqual(codes);
  await policy.dispose();
  await executable.dispose();
});
