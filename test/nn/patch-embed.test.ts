import { describe, expect, test } from 'vitest';
import { patchEmbed, patchify, projectPatches } from '../../src/nn/patch-embed.ts';
import { hostTensor } from '../../src/tensor/host.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { conv } from '../../src/tensor/ops/conv.ts';
import { concat, reshape, transpose, unsqueeze } from '../../src/tensor/ops/layout.ts';
import { affine } from '../../src/tensor/ops/matmul.ts';
import { parameters } from '../../src/tensor/parameters.ts';
import { constant, type Tensor } from '../../src/tensor/tensor.ts';
import { evaluateWith, noiseTensor, noisyWeights } from './helpers.ts';

test('is a convolution whose stride is its kernel', async () => {
  const images = noiseTensor('images', [2, 3, 8, 15]);
  const scope = parameters({ seed: 1 });
  const embedded = patchEmbed(scope, images, { patch: [4, 5], width: 7 });
  const [weight, bias] = ['proj.weight', 'proj.bias'].map((name) => scope.variables.get(name)?.tensor) as [Tensor, Tensor];
  // [N, width, 2, 3] → [N, 6, width]
  const convolved = transpose(reshape(conv(images, weight, bias, { stride: [4, 5] }), [2, 7, 6]), [0, 2, 1]);
  const values = await evaluateWith(noisyWeights(scope), { embedded, convolved });
  expect(embedded.shape).toEqual([2, 6, 7]);
  expect(values.embedded).toBeAllclose(values.convolved, { rtol: 1e-5, atol: 1e-5 });
});

test('over frames too: a still picture meets the sum of the kernels of its frames', async () => {
  const picture = noiseTensor('picture', [1, 3, 4, 6]);
  const scope = parameters({ seed: 1 });
  const frames = stack([picture, picture]);
  const video = patchEmbed(scope, frames, { patch: [2, 2, 2], width: 5, bias: false });
  const weight = scope.variables.get('proj.weight')?.tensor as Tensor;
  expect(weight.shape).toEqual([5, 3, 2, 2, 2]);
  const still = patchify(picture, [2, 2]);
  const summed = reshape(sum(weight, { axes: 2 }), [5, 12]);
  const values = await evaluateWith(noisyWeights(scope), { video, image: affine(still, summed) });
  expect(values.video).toBeAllclose(values.image, { rtol: 1e-5, atol: 1e-5 });
});

/** Frames [N, C, H, W] → [N, C, T, H, W] */
const stack = (frames: readonly Tensor[]): Tensor =>
  concat(
    frames.map((frame) => unsqueeze(frame, 2)),
    2,
  );

test('patches are cut in C order of the grid, channels first within', async () => {
  const count = hostTensor(
    'f32',
    [1, 2, 2, 4],
    Array.from({ length: 16 }, (_, i) => i),
  );
  const { patches } = await evaluateWith(new Map(), { patches: patchify(constant(count), [2, 2]) });
  expect([...(patches.data as Float32Array)]).toEqual([0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15]);
});

describe('parameters keep the layout of a convolution', () => {
  const declared = (make: (scope: ReturnType<typeof parameters>) => unknown): string[] => {
    const scope = parameters({ seed: 1 });
    make(scope);
    return [...scope.variables.values()].map(({ name, shape }) => `${name} [${shape}]`);
  };
  test('images', () => {
    const images = noiseTensor('images', [1, 3, 28, 28]);
    expect(declared((scope) => patchEmbed(scope.in('patch_embed'), images, { patch: [14, 14], width: 8 }))).toEqual([
      'patch_embed.proj.weight [8,3,14,14]',
      'patch_embed.proj.bias [8]',
    ]);
  });
  test('patches of two frames, as Qwen2.5-VL', () => {
    const patches = noiseTensor('patches', [16, 1176]);
    const options = { kernel: [3, 2, 14, 14], width: 8, bias: false };
    expect(declared((scope) => projectPatches(scope.in('visual', 'patch_embed'), patches, options))).toEqual([
      'visual.patch_embed.proj.weight [8,3,2,14,14]',
    ]);
  });
});

describe('mistakes', () => {
  test('patches that do not fill the image', () => {
    expect(() => patchify(noiseTensor('images', [1, 3, 8, 9]), [4, 4])).toThrow('patches [4, 4] do not fill images [1, 3, 8, 9]');
    expect(() => patchify(noiseTensor('images', [1, 3, 8, 8]), [2, 4, 4])).toThrow('do not fill');
  });
  test('patches of another size', () => {
    const scope = parameters({ seed: 1 }).in('patch_embed');
    expect(() => projectPatches(scope, noiseTensor('patches', [4, 10]), { kernel: [3, 2, 2], width: 8 })).toThrow(
      'patch_embed: a patch [3, 2, 2] has 12 values, but the patches have 10',
    );
  });
});
