/** Qwen2.5-VL's tower: who sees whom. That it computes what upstream does is shown by `golden-qwen.test.ts`. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergePatches, type PatchGrid, type VisionConfig, visionTower, windowCells } from '../../src/model/vision.ts';
import { compile } from '../../src/tensor/compile.ts';
import { gradients } from '../../src/tensor/gradients.ts';
import { type HostTensor, hostTensor, numbers } from '../../src/tensor/host.ts';
import { square } from '../../src/tensor/ops/arithmetic.ts';
import { mean } from '../../src/tensor/ops/reduce.ts';
import { type Parameters, parameters } from '../../src/tensor/parameters.ts';
import { input, type Tensor, zeros } from '../../src/tensor/tensor.ts';
import { engine, evaluateWith, noise, noisyWeights } from '../nn/helpers.ts';

const config: VisionConfig = {
  depth: 2,
  width: 16,
  heads: 2,
  hidden: 24,
  patch: 2,
  temporalPatch: 1,
  merge: 2,
  window: 8,
  fullAttention: [],
  out: 12,
};
const PER_PATCH = 3 * config.patch ** 2;

/** Two images alike, one of ragged windows, one of two frames. */
const grids: PatchGrid[] = [
  { frames: 1, rows: 4, columns: 8 },
  { frames: 1, rows: 6, columns: 10 },
  { frames: 1, rows: 4, columns: 8 },
  { frames: 2, rows: 4, columns: 4 },
];
const count = 32 + 60 + 32 + 32;

/** Runs the tower on patches and gives the rows of its result. */
async function run(of: VisionConfig, images: readonly PatchGrid[], ...batches: HostTensor[]): Promise<number[][][]> {
  const scope = parameters({ seed: 0 });
  const patches = input('patches', 'f32', (batches[0] as HostTensor).shape);
  const features = visionTower(scope.in('visual'), patches, images, of);
  const executable = await compile(engine, { tower: { outputs: { features } } }, { initial: noisyWeights(scope) });
  const results: number[][][] = [];
  for (const feed of batches) {
    const values = [...numbers((await executable.run('tower', { patches: feed })).features as HostTensor)];
    results.push(Array.from({ length: values.length / of.width }, (_, i) => values.slice(i * of.width, (i + 1) * of.width)));
  }
  await executable.dispose();
  return results;
}

/** The same patches with one of them changed. */
function perturbed(patches: HostTensor, patch: number): HostTensor {
  const data = Float32Array.from(numbers(patches));
  for (let i = 0; i < PER_PATCH; i++) data[patch * PER_PATCH + i] = (data[patch * PER_PATCH + i] as number) + 1;
  return { ...patches, data };
}

/** Numbers of the rows that are not the same to the bit. */
const changedRows = (a: number[][], b: number[][]): number[] => a.flatMap((row, i) => (row.some((x, j) => x !== b[i]?.[j]) ? [i] : []));

const range = (start: number, end: number): number[] => Array.from({ length: end - start }, (_, i) => start + i);

const patches = noise('patches', [count, PER_PATCH]);

describe('a patch is seen', () => {
  const cellOf = (patch: number): number => Math.floor(patch / config.merge ** 2);

  test('in its own window only', async () => {
    const chosen = [0, 31, 32 + 7, 32 + 59, 92 + 5, 124 + 3, 124 + 20];
    const [before, ...after] = await run(config, grids, patches, ...chosen.map((patch) => perturbed(patches, patch)));
    for (const [i, patch] of chosen.entries()) {
      const window = windowCells(grids, config).find((cells) => cells.includes(cellOf(patch))) as number[];
      const seeing = range(0, count).filter((other) => window.includes(cellOf(other)));
      expect(changedRows(before as number[][], after[i] as number[][])).toEqual(seeing);
    }
  });

  test('in its whole frame where a block has full attention', async () => {
    const chosen = [
      [3, 0, 32],
      [40, 32, 92],
      [100, 92, 124],
      [125, 124, 140],
      [150, 140, 156],
    ] as const;
    const changed = chosen.map(([patch]) => perturbed(patches, patch));
    const [before, ...after] = await run({ ...config, fullAttention: [1] }, grids, patches, ...changed);
    for (const [i, [, start, end]] of chosen.entries()) {
      expect(changedRows(before as number[][], after[i] as number[][])).toEqual(range(start, end));
    }
  });
});

test('images are the same alone and among others', async () => {
  const full = { ...config, depth: 3, fullAttention: [1] };
  const [[together], [second]] = await Promise.all([
    run(full, grids, patches),
    run(full, [grids[1] as PatchGrid], hostTensor('f32', [60, PER_PATCH], [...numbers(patches)].slice(32 * PER_PATCH, 92 * PER_PATCH))),
  ]);
  expect((together as number[][]).slice(32, 92).flat()).toBeAllclose((second as number[][]).flat(), { rtol: 1e-4, atol: 1e-5 });
});

test('windows are rectangles that cover every cell once', () => {
  const side = fc.integer({ min: 1, max: 9 });
  fc.assert(
    fc.property(fc.array(fc.record({ frames: fc.integer({ min: 1, max: 2 }), rows: side, columns: side }), { maxLength: 3 }), (cells) => {
      const images = cells.map(({ frames, rows, columns }) => ({ frames, rows: 2 * rows, columns: 2 * columns }));
      const windows = windowCells(images, { ...config, window: 12 });
      const total = cells.reduce((sum, { frames, rows, columns }) => sum + frames * rows * columns, 0);
      expect(windows.flat().sort((a, b) => a - b)).toEqual(range(0, total));
      const perFrame = cells.flatMap(({ frames, rows, columns }) =>
        Array<number>(frames).fill(Math.ceil(rows / 3) * Math.ceil(columns / 3)),
      );
      expect(windows).toHaveLength(perFrame.reduce((sum, n) => sum + n, 0));
      for (const window of windows) expect(window.length).toBeLessThanOrEqual(9);
    }),
  );
});

test('in the order given whether or not windows are alike', async () => {
  const alike: PatchGrid[] = [grids[0] as PatchGrid, grids[2] as PatchGrid];
  const two = hostTensor('f32', [64, PER_PATCH], [...numbers(patches)].slice(0, 64 * PER_PATCH));
  const swapped = hostTensor(
    'f32',
    [64, PER_PATCH],
    [...numbers(two).subarray(32 * PER_PATCH), ...numbers(two).subarray(0, 32 * PER_PATCH)],
  );
  const [one, other] = await run({ ...config, fullAttention: [0] }, alike, two, swapped);
  const [first, second] = [(one as number[][]).slice(0, 32), (one as number[][]).slice(32)];
  expect((other as number[][]).flat()).toBeAllclose([...second, ...first].flat(), { rtol: 1e-5, atol: 1e-6 });
});

describe('merging', () => {
  const scope = parameters({ seed: 0 });
  const features = input('features', 'f32', [8, config.width]);
  const merged = (extra?: (normalised: Tensor) => Tensor | undefined): Tensor => mergePatches(scope.in('visual'), features, config, extra);
  const outputs = {
    plain: merged(),
    none: merged(() => undefined),
    zero: merged((normalised) => zeros('f32', normalised.shape)),
    more: merged((normalised) => normalised),
  };

  test('adds to the first layer, and nothing where the addition is zero, to the bit', async () => {
    const { plain, none, zero, more } = await evaluateWith(noisyWeights(scope), outputs, {
      features: noise('features', [8, config.width]),
    });
    expect(plain.shape).toEqual([2, config.out]);
    expect(none.data).toEqual(plain.data);
    expect(zero.data).toEqual(plain.data);
    expect(more.data).not.toEqual(plain.data);
  });

  test('has the published names', () => {
    expect([...scope.variables.keys()].sort()).toEqual([
      'visual.merger.ln_q.weight',
      'visual.merger.mlp.0.bias',
      'visual.merger.mlp.0.weight',
      'visual.merger.mlp.2.bias',
      'visual.merger.mlp.2.weight',
    ]);
  });
});

test('every parameter is trained, with and without recomputation alike', async () => {
  const gradientsOf = (scope: Parameters, recompute: boolean): Record<string, Tensor> => {
    const of = { ...config, fullAttention: [1] };
    const features = visionTower(scope.in('visual'), input('patches', 'f32', patches.shape), grids, of, { recompute });
    const trainable = scope.trainable();
    const found = gradients(
      mean(square(features)),
      trainable.map(({ tensor }) => tensor),
    );
    return Object.fromEntries(trainable.map(({ name }, i) => [name, found[i] as Tensor]));
  };
  const [kept, again] = await Promise.all(
    [false, true].map((recompute) => {
      const scope = parameters({ seed: 0 });
      const found = gradientsOf(scope, recompute);
      return evaluateWith(noisyWeights(scope), found, { patches });
    }),
  );
  for (const [name, gradient] of Object.entries(kept as Record<string, HostTensor>)) {
    expect(
      numbers(gradient).some((value) => value !== 0),
      name,
    ).toBe(true);
    expect(again?.[name]).toBeAllclose(gradient, { rtol: 1e-4, atol: 1e-6 });
  }
});

test('says what does not fit', () => {
  const scope = parameters({ seed: 0 });
  const given = (rows: number, width = PER_PATCH): Tensor => input('patches', 'f32', [rows, width]);
  const tower = (x: Tensor, images: readonly PatchGrid[], of = config): (() => Tensor) => {
    return () => visionTower(scope.in('visual'), x, images, of);
  };
  expect(tower(given(30), [{ frames: 1, rows: 4, columns: 8 }])).toThrow(
    'visual: expected patches [32, C·1·2·2] of 1 images, got [30, 12]',
  );
  expect(tower(given(32, 13), [{ frames: 1, rows: 4, columns: 8 }])).toThrow('got [32, 13]');
  expect(tower(given(15), [{ frames: 1, rows: 3, columns: 5 }])).toThrow('an image of 3 × 5 patches cannot be cut into cells of 2 × 2');
  expect(tower(given(4), [{ frames: 1, rows: 2, columns: 2 }], { ...config, window: 3 })).toThrow(
    'windows of 3 pixels are smaller than a cell, 2 × 2 patches of 2 pixels',
  );
});
