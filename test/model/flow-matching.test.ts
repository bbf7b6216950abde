/** Flow matching: the straight way, its loss, its times, and an expert that learns a distribution of several modes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { actionExpert, type ExpertConfig, matchingLayer } from '../../src/model/expert.ts';
import { drawFlowTime, flowLoss, flowPoint, integrateFlow, PI0_TIMES } from '../../src/model/flow-matching.ts';
import { embedding } from '../../src/nn/embedding.ts';
import { compile } from '../../src/tensor/compile.ts';
import { type HostTensor, hostTensor, numbers } from '../../src/tensor/host.ts';
import { reshape } from '../../src/tensor/ops/layout.ts';
import { adamw } from '../../src/tensor/optimizers/adamw.ts';
import { trainingPrograms } from '../../src/tensor/optimizers/training.ts';
import { parameters } from '../../src/tensor/parameters.ts';
import { randomStream } from '../../src/tensor/random.ts';
import { constant, full, input, type Tensor } from '../../src/tensor/tensor.ts';
import { engine } from '../nn/helpers.ts';
import { evaluate } from '../support/evaluate.ts';

test('a chunk on its way is noise at 0 and itself at 1, and its velocity leads there from anywhere', async () => {
  const at = (name: string, values: number[]): Tensor =>
    constant(
      hostTensor(
        'f32',
        [3, 1, 2],
        values.map((value) => value + name.length),
      ),
    );
  const [actions, noise] = [at('actions', [1, 2, 3, 4, 5, 6]), at('noise', [-1, 0.5, 2, 0, 9, -3])];
  const { noisy, velocity } = flowPoint(actions, noise, constant(hostTensor('f32', [3], [0, 0.25, 1])));
  const values = await evaluate(engine, { noisy, velocity, actions, noise });
  const [a, e] = [numbers(values.actions), numbers(values.noise)];
  numbers(values.noisy).forEach((value, i) => {
    const time = [0, 0.25, 1][Math.floor(i / 2)] as number;
    expect(value).toBeCloseTo(time * (a[i] as number) + (1 - time) * (e[i] as number), 5);
    expect(numbers(values.velocity)[i]).toBeCloseTo((a[i] as number) - (e[i] as number), 5);
  });
});

test('the loss counts what is there, and is 0 where nothing is', async () => {
  const three = (values: number[]): Tensor => constant(hostTensor('f32', [1, 1, 3], values));
  const some = flowLoss(three([1, 2, 3]), three([0, 0, 9]), three([1, 1, 0]));
  const none = flowLoss(three([1, 2, 3]), three([0, 0, 9]), three([0, 0, 0]));
  const values = await evaluate(engine, { some, none });
  expect(numbers(values.some)[0]).toBeCloseTo(2.5, 6);
  expect(numbers(values.none)[0]).toBe(0);
});

test("π0's times have the distribution function of their beta distribution", () => {
  const random = randomStream(0, 'times');
  const times = Array.from({ length: 20_000 }, () => drawFlowTime(PI0_TIMES, random)).sort((a, b) => a - b);
  expect(times[0]).toBeGreaterThanOrEqual(0);
  expect(times.at(-1)).toBeLessThanOrEqual(0.999);
  // P(time ≤ t) = P(b ≥ 1 − t/0.999) = 1 − (1 − t/0.999)^1.5
  const furthest = Math.max(...times.map((time, i) => Math.abs((i + 0.5) / times.length - (1 - (1 - time / 0.999) ** 1.5))));
  // Kolmogorov's bound of 1 in 1000
  expect(furthest).toBeLessThan(1.95 / Math.sqrt(times.length));
  expect(() => drawFlowTime({ kind: 'beta', alpha: 2, beta: 3 }, random)).toThrow('expected Beta(α > 0, 1)');
});

test("Euler's method follows a straight field exactly, in any number of steps", async () => {
  const begin = constant(hostTensor('f32', [1, 1, 2], [3, -1]));
  const toward = full('f32', [1, 1, 2], 0.7);
  const ends = Object.fromEntries([1, 3, 10].map((steps) => [`${steps}`, integrateFlow(begin, steps, () => toward)]));
  for (const end of Object.values(await evaluate(engine, ends))) {
    expect(numbers(end)[0]).toBeCloseTo(3.7, 5);
    expect(numbers(end)[1]).toBeCloseTo(-0.3, 5);
  }
});

test('layers are matched in order, the last with the last', () => {
  const sizes = fc.integer({ min: 1, max: 40 }).chain((theirs) => fc.tuple(fc.integer({ min: 1, max: theirs }), fc.constant(theirs)));
  fc.assert(
    fc.property(sizes, ([own, theirs]) => {
      const matched = Array.from({ length: own }, (_, i) => matchingLayer(i, own, theirs));
      expect(new Set(matched).size).toBe(own);
      expect(matched).toEqual([...matched].sort((a, b) => a - b));
      expect(matched.at(-1)).toBe(theirs - 1);
      expect(matched[0]).toBeGreaterThanOrEqual(0);
    }),
    { seed: 1 },
  );
});

/** Where the modes of each condition are: along one axis or the other, either way */
const MODES = [
  [
    [1, 0],
    [-1, 0],
  ],
  [
    [0, 1],
    [0, -1],
  ],
] as const;
const SPREAD = 0.08;

test('an expert learns a distribution with two modes for each condition: places, shares and spreads', { timeout: 120_000 }, async () => {
  const config: ExpertConfig = { width: 48, layers: 2, heads: 2, hidden: 96 };
  const declared = parameters({ seed: 3 });
  const batch = 256;
  const velocityAt = (noisy: Tensor, time: Tensor, condition: Tensor): Tensor => {
    const count = noisy.shape[0] as number;
    const seen = (name: string): Tensor => reshape(embedding(declared.in(name), condition, { count: 2, width: 16 }), [count, 1, 1, 16]);
    const context = [
      { keys: seen('keys'), values: seen('values') },
      { keys: seen('keys'), values: seen('values') },
    ];
    const setting = { time, context, positions: [1], ropeBase: 1e4, real: full('f32', noisy.shape, 1) };
    return actionExpert(declared.in('expert'), noisy, setting, config);
  };
  const condition = input('condition', 'i64', [batch]);
  const [actions, noise] = [input('actions', 'f32', [batch, 1, 2]), input('noise', 'f32', [batch, 1, 2])];
  const time = input('time', 'f32', [batch]);
  const { noisy, velocity } = flowPoint(actions, noise, time);
  const loss = flowLoss(velocityAt(noisy, time, condition), velocity, full('f32', [batch, 1, 2], 1));
  const { step } = trainingPrograms({ loss, parameters: declared, groups: [{ match: '*', optimizer: adamw({ learningRate: 3e-3 }) }] });
  const sample = { outputs: { actions: integrateFlow(noise, 10, (at, now) => velocityAt(at, now, condition)) } };
  const executable = await compile(engine, { step, sample });
  const random = randomStream(5, 'modes');
  const normals = (count: number): number[] => Array.from({ length: count }, () => random.normal());
  for (let i = 0; i < 700; i++) {
    const conditions = Array.from({ length: batch }, () => random.integer(2));
    const drawn = conditions.flatMap((c) => {
      const mode = (MODES[c] as (typeof MODES)[number])[random.integer(2)] as readonly [number, number];
      return mode.map((value) => value + SPREAD * random.normal());
    });
    await executable.run('step', {
      condition: hostTensor('i64', [batch], conditions),
      actions: hostTensor('f32', [batch, 1, 2], drawn),
      noise: hostTensor('f32', [batch, 1, 2], normals(2 * batch)),
      time: hostTensor(
        'f32',
        [batch],
        Array.from({ length: batch }, () => drawFlowTime({ kind: 'uniform' }, random)),
      ),
    });
  }
  for (const [c, modes] of MODES.entries()) {
    const points: (readonly [number, number])[] = [];
    for (let i = 0; i < 4; i++) {
      const feeds = {
        condition: hostTensor('i64', [batch], new Array<number>(batch).fill(c)),
        noise: hostTensor('f32', [batch, 1, 2], normals(2 * batch)),
      };
      const drawn = numbers((await executable.run('sample', feeds)).actions as HostTensor);
      for (let b = 0; b < batch; b++) points.push([drawn[2 * b] as number, drawn[2 * b + 1] as number]);
    }
    const distance = ([x, y]: readonly [number, number], [a, b]: readonly [number, number]): number => Math.hypot(x - a, y - b);
    const near = modes.map((mode) => points.filter((point) => modes.every((other) => distance(point, mode) <= distance(point, other))));
    near.forEach((own, i) => {
      const mode = modes[i] as readonly [number, number];
      // 1,024 draws: a half is 0.5 ± 0.05 in 99.8 of 100 cases, were it learned exactly.
      expect(Math.abs(own.length / points.length - 0.5)).toBeLessThan(0.1);
      const mean = [0, 1].map((axis) => own.reduce((sum, point) => sum + (point[axis] as number), 0) / own.length) as [number, number];
      expect(distance(mean, mode)).toBeLessThan(0.1);
      const spread = Math.sqrt(own.reduce((sum, point) => sum + distance(point, mean) ** 2, 0) / own.length / 2);
      expect(spread).toBeGreaterThan(0.4 * SPREAD);
      expect(spread).toBeLessThan(2.5 * SPREAD);
    });
  }
  await executable.dispose();
});
