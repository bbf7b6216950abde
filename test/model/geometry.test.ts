/** What must hold for VGGT whatever its weights are. `vggt.test.ts` compares it with the reference. */
import { describe, expect, test } from 'vitest';
import { type GeometryConfig, geometryFeatures, type SceneGeometry, vggt } from '../../src/model/geometry.ts';
import { gradients, gradientsOrNothing } from '../../src/tensor/gradients.ts';
import { graphOf } from '../../src/tensor/graph.ts';
import { type HostTensor, hostTensor, numbers, scalarOf } from '../../src/tensor/host.ts';
import { add, mul } from '../../src/tensor/ops/arithmetic.ts';
import { gather } from '../../src/tensor/ops/gather.ts';
import { concat, slice } from '../../src/tensor/ops/layout.ts';
import { mean } from '../../src/tensor/ops/reduce.ts';
import { type Parameters, parameters } from '../../src/tensor/parameters.ts';
import { normals, randomStream } from '../../src/tensor/random.ts';
import { type Shape, sizeOf } from '../../src/tensor/shape.ts';
import { constant, type Tensor } from '../../src/tensor/tensor.ts';
import { evaluateWith, largestDifference, noiseTensor } from '../nn/helpers.ts';

const config: GeometryConfig = {
  patch: 4,
  width: 16,
  depth: 2,
  heads: 2,
  mlpRatio: 2,
  registers: 2,
  ropeBase: 100,
  patchEmbed: { kind: 'dino', depth: 1, heads: 2, registers: 1, imageSize: 12, mlpRatio: 2 },
  camera: { depth: 1, heads: 2, iterations: 2 },
  depthHead: { features: 8, channels: [4, 8, 4, 8], layers: [0, 0, 1, 1] },
};

/** Values from 0 to 1 that depend on the name only. */
function pictures(name: string, shape: Shape): Tensor {
  const random = randomStream(1, name);
  return constant(
    hostTensor(
      'f32',
      shape,
      Float32Array.from({ length: sizeOf(shape) }, () => random.uniform()),
    ),
  );
}

/** Values for all parameters, none at its first value, and no branch so large that depths, which are exponentials, overflow. */
function weightsFor(declared: Parameters): Map<string, HostTensor> {
  const scale = (shape: Shape): number => (shape.length === 1 ? 0.3 : 1.2 / Math.sqrt(sizeOf(shape.slice(1))));
  return new Map(
    declared.trainable().map(({ name, shape }) => {
      const values = normals(randomStream(1, name), sizeOf(shape), name.includes('token') ? 0.5 : scale(shape));
      return [name, hostTensor('f32', shape, values)];
    }),
  );
}

/** Everything that a scene tells of its views, views on axis 1. */
const told = ({ layers, poses, depth }: SceneGeometry): Record<string, Tensor> => ({
  tokens: layers.at(-1) as Tensor,
  pose: poses.at(-1) as Tensor,
  depth: depth?.depth as Tensor,
  confidence: depth?.confidence as Tensor,
});

/** Values of several scenes under the same weights, by the scene's name and then by what is told. */
async function scenes(each: Readonly<Record<string, { images: Tensor; real?: Tensor; views?: readonly number[] }>>) {
  const scope = parameters({ seed: 1 });
  const outputs: Record<string, Tensor> = {};
  for (const [name, { images, real, views }] of Object.entries(each)) {
    for (const [what, tensor] of Object.entries(told(vggt(scope, images, config, { real })))) {
      const indices = views && constant(hostTensor('i64', [views.length], views));
      outputs[`${name}.${what}`] = indices ? gather(tensor, indices, 1) : tensor;
    }
  }
  const values: Record<string, HostTensor> = await evaluateWith(weightsFor(scope), outputs);
  return (name: string): Map<string, HostTensor> =>
    new Map(['tokens', 'pose', 'depth', 'confidence'].map((what) => [what, values[`${name}.${what}`] as HostTensor]));
}

const real = (...views: readonly (readonly number[])[]): Tensor =>
  constant(hostTensor('bool', [views.length, views[0]?.length ?? 0], views.flat()));

describe('views', () => {
  const images = pictures('images', [1, 4, 3, 12, 8]);

  test('other than the first may come in any order', async () => {
    const order = [0, 3, 1, 2];
    const shuffled = gather(images, constant(hostTensor('i64', [4], order)), 1);
    const of = await scenes({ plain: { images, views: order }, shuffled: { images: shuffled } });
    for (const [what, values] of of('shuffled')) {
      expect(values, what).toBeAllclose(of('plain').get(what) as HostTensor, { rtol: 1e-4, atol: 2e-5 });
    }
  });

  test('the first is another: exchanging it changes what is seen', async () => {
    const order = [1, 0, 2, 3];
    const exchanged = gather(images, constant(hostTensor('i64', [4], order)), 1);
    const of = await scenes({ plain: { images, views: order }, exchanged: { images: exchanged } });
    for (const [what, values] of of('exchanged')) {
      expect(largestDifference(values, of('plain').get(what) as HostTensor), what).toBeGreaterThan(1e-3);
    }
  });

  test('that are not there change nothing of the others, to the bit', async () => {
    const others = pictures('others', [1, 4, 3, 12, 8]);
    const mixed = concat([slice(images, 1, 0, 1), slice(others, 1, 1, 2), slice(images, 1, 2, 3), slice(others, 1, 3)], 1);
    const there = real([1, 0, 1, 0]);
    const of = await scenes({
      one: { images, real: there, views: [0, 2] },
      other: { images: mixed, real: there, views: [0, 2] },
      hidden: { images: mixed, real: there, views: [1, 3] },
      alone: { images: concat([slice(images, 1, 0, 1), slice(images, 1, 2, 3)], 1) },
    });
    for (const [what, values] of of('one')) {
      expect(values.data, what).toEqual(of('other').get(what)?.data);
      // Without them sums have fewer terms, and may be rounded otherwise.
      expect(values, what).toBeAllclose(of('alone').get(what) as HostTensor, { rtol: 1e-4, atol: 2e-5 });
      expect(numbers(of('hidden').get(what) as HostTensor).every(Number.isFinite)).toBe(true);
    }
  });

  test('that are all there are as if nothing had been said', async () => {
    const of = await scenes({ plain: { images }, said: { images, real: real([1, 1, 1, 1]) } });
    for (const [what, values] of of('said')) {
      expect(values, what).toBeAllclose(of('plain').get(what) as HostTensor, { rtol: 1e-4, atol: 2e-5 });
    }
  });
});

test('samples of a batch do not see each other, nor each other’s missing views', async () => {
  const [first, second] = [pictures('first', [1, 2, 3, 8, 12]), pictures('second', [1, 2, 3, 8, 12])];
  const of = await scenes({
    both: { images: concat([first, second], 0), real: real([1, 0], [1, 1]) },
    first: { images: first, real: real([1, 0]) },
    second: { images: second, real: real([1, 1]) },
  });
  for (const [what, values] of of('both')) {
    const apart = [...numbers(of('first').get(what) as HostTensor), ...numbers(of('second').get(what) as HostTensor)];
    expect(numbers(values), what).toBeAllclose(apart, { rtol: 1e-4, atol: 2e-5 });
  }
});

describe('gradients', () => {
  const images = pictures('small', [1, 2, 3, 8, 8]);
  const weighted = (name: string, x: Tensor): Tensor => mean(mul(x, noiseTensor(name, x.shape)));

  test('are those of finite differences', async () => {
    const scope = parameters({ seed: 1 });
    const single = { ...config, camera: { depth: 1, heads: 2, iterations: 1 } };
    const loss = Object.entries(told(vggt(scope, images, single)))
      .map(([name, x]) => weighted(name, x))
      .reduce(add);
    const trainable = scope.trainable();
    const found = gradients(
      loss,
      trainable.map(({ tensor }) => tensor),
    );
    const weights = weightsFor(scope);
    const values: Record<string, HostTensor> = await evaluateWith(weights, Object.fromEntries(found.map((g, i) => [`${i}`, g])));
    for (const part of ['aggregator.patch_embed', 'aggregator.frame', 'aggregator.global', 'token', 'camera_head', 'depth_head']) {
      // The depth head has so many ReLUs that a larger step bends some of them.
      const step = part === 'depth_head' ? 3e-5 : 1e-3;
      const direction = new Map(
        [...weights]
          .filter(([name]) => name.includes(part))
          .map(([name, { shape }]) => [name, normals(randomStream(2, name), sizeOf(shape), 1)] as const),
      );
      const moved = async (by: number): Promise<number> => {
        const there = new Map(
          [...weights].map(([name, weight]) => {
            const along = direction.get(name);
            const values = Float32Array.from(numbers(weight), (value, i) => value + by * ((along?.[i] as number) ?? 0));
            return [name, hostTensor('f32', weight.shape, values)] as const;
          }),
        );
        return scalarOf((await evaluateWith(there, { loss })).loss);
      };
      const difference = ((await moved(step)) - (await moved(-step))) / (2 * step);
      const expected = trainable.reduce((sum, { name }, i) => {
        const along = direction.get(name);
        return along ? sum + numbers(values[`${i}`] as HostTensor).reduce((s, g, j) => s + g * (along[j] as number), 0) : sum;
      }, 0);
      expect(Math.abs(difference - expected), part).toBeLessThan(0.02 * Math.abs(expected));
    }
  });

  test('of the features reach every parameter of the aggregator', async () => {
    const scope = parameters({ seed: 1 });
    const features = geometryFeatures(scope, images, config);
    expect(features.shape).toEqual([1, 2, 2, 2, 32]);
    const trainable = scope.trainable();
    const found = gradients(
      weighted('features', features),
      trainable.map(({ tensor }) => tensor),
    );
    const values: Record<string, HostTensor> = await evaluateWith(
      weightsFor(scope),
      Object.fromEntries(trainable.map(({ name }, i) => [name, found[i] as Tensor])),
    );
    for (const { name } of trainable)
      expect(
        numbers(values[name] as HostTensor).some((g) => g !== 0),
        name,
      ).toBe(true);
  });

  test('are the same when blocks are computed again', async () => {
    const scope = parameters({ seed: 1 });
    const outputs: Record<string, Tensor> = {};
    for (const recompute of [false, true]) {
      const loss = weighted('features', geometryFeatures(scope, images, config, { recompute }));
      const trainable = scope.trainable();
      gradients(
        loss,
        trainable.map(({ tensor }) => tensor),
      ).forEach((gradient, i) => {
        outputs[`${recompute} ${trainable[i]?.name}`] = gradient;
      });
    }
    const values: Record<string, HostTensor> = await evaluateWith(weightsFor(scope), outputs);
    for (const { name } of scope.trainable()) expect(values[`true ${name}`], name).toEqual(values[`false ${name}`]);
  });

  test('of a corrected pose do not go through the guess before', () => {
    const scope = parameters({ seed: 1 });
    const { poses } = vggt(scope, images, config);
    const empty = scope.variables.get('camera_head.empty_pose_tokens')?.tensor as Tensor;
    const [first, second] = poses.map((pose) => gradientsOrNothing(mean(pose), [empty])[0]);
    expect(first).toBeDefined();
    expect(second).toBeUndefined();
  });
});

test('only what is asked for is computed', () => {
  const { layers } = vggt(parameters({ seed: 1 }), pictures('images', [1, 2, 3, 8, 8]), config);
  const used = graphOf({ outputs: { first: layers[0] as Tensor } }).variables.map(({ name }) => name);
  expect(used.some((name) => name.startsWith('aggregator.global_blocks.0.'))).toBe(true);
  expect(used.filter((name) => /blocks\.1\.|_head\./.test(name))).toEqual([]);
});

describe('mistakes are named', () => {
  const build = (shape: Shape, changed: Partial<GeometryConfig> = {}) =>
    vggt(parameters({ seed: 1 }), noiseTensor('x', shape), { ...config, ...changed });

  test.each([
    ['images without views', [2, 3, 8, 8], {}, 'expected images [batch, views, 3, height, width], found [2, 3, 8, 8]'],
    ['images that patches do not fill', [1, 2, 3, 8, 10], {}, 'patches of 4 × 4 pixels do not fill images of 8 × 10'],
    ['runs that do not fill the depth', [1, 2, 3, 8, 8], { run: 3 }, 'runs of 3 blocks do not fill a depth of 2'],
    [
      'a layer that there is not',
      [1, 2, 3, 8, 8],
      { depthHead: { features: 8, channels: [4, 4, 4, 4], layers: [0, 1, 2, 3] } },
      'depth_head: the aggregator has 2 layers: there is no layer 2',
    ],
    [
      'channels without room for places',
      [1, 2, 3, 8, 8],
      { depthHead: { features: 8, channels: [6, 4, 4, 4], layers: [0, 0, 1, 1] } },
      'depth_head: the embedding of places needs a multiple of 4 channels, found 6',
    ],
    [
      'a patch embedding that is not known',
      [1, 2, 3, 8, 8],
      { patchEmbed: { kind: 'clip' } },
      'there is no patch embedding of kind "clip"',
    ],
  ] as const)('%s', (_, shape, changed, message) => {
    expect(() => build(shape, changed as unknown as Partial<GeometryConfig>)).toThrow(message);
  });
});
