import { describe, expect, test } from 'vitest';
import { compile, type Executable } from '../../src/tensor/compile.ts';
import type { Program } from '../../src/tensor/graph.ts';
import { hostTensor, numbers } from '../../src/tensor/host.ts';
import { square, sub } from '../../src/tensor/ops/arithmetic.ts';
import { mean } from '../../src/tensor/ops/reduce.ts';
import { adamw } from '../../src/tensor/optimizers/adamw.ts';
import { trainingPrograms } from '../../src/tensor/optimizers/training.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { normalInit, parameters } from '../../src/tensor/parameters.ts';
import { input } from '../../src/tensor/tensor.ts';
import { type LoopOptions, trainLoop } from '../../src/train/loop.ts';
import { formatMetric, formatProgress, sparkline, stageBlock, stageLine } from '../../src/train/progress.ts';

async function quadratic(accumulation: number) {
  const scope = parameters({ seed: 3 });
  const loss = mean(square(sub(scope.parameter('w', [4], { init: normalInit(1) }), input('x', 'f32', [4]))));
  const training = trainingPrograms({
    loss,
    parameters: scope,
    groups: [{ match: '*', optimizer: adamw({ learningRate: 0.1 }) }],
    accumulation,
  });
  const programs: Record<string, Program> = { step: training.step, ...(training.accumulate && { accumulate: training.accumulate }) };
  const executable = await compile(nodeEngine(), programs);
  return { training, executable };
}

const batch = (index: number) => ({
  x: hostTensor(
    'f32',
    [4],
    [0, 1, 2, 3].map((i) => Math.sin(10 * index + i)),
  ),
});

async function train(options: Partial<LoopOptions> & Pick<LoopOptions, 'training' | 'executable'>) {
  return trainLoop({ batch, steps: 6, samplesPerBatch: 1, report: () => undefined, ...options });
}

describe('trainLoop', () => {
  test('asks for every batch once, and reports and saves when it should', async () => {
    const made = await quadratic(2);
    const [asked, saved, reported]: [number[], number[], number[]] = [[], [], []];
    const done = await train({
      ...made,
      batch: (index) => {
        asked.push(index);
        return batch(index);
      },
      saveEvery: 4,
      save: async (step) => void saved.push(step),
      reportEvery: 3,
      report: ({ step }) => reported.push(step),
    });
    expect(done).toBe(6);
    expect(asked).toEqual([...Array(12).keys()]);
    expect(saved).toEqual([4, 6]);
    expect(reported).toEqual([3, 6]);
    await made.executable.dispose();
  });

  test.each([1, 3])('goes on where it was, in the middle of an update of %i batches too', async (accumulation) => {
    const [whole, broken] = [await quadratic(accumulation), await quadratic(accumulation)];
    await train(whole);
    let failures = 0;
    const unreliable = (index: number) => {
      if (index % 4 === 3 && failures++ % 2 === 0) throw new Error('the network is down');
      return batch(index);
    };
    let steps = 0;
    while (steps < 6) steps = await train({ ...broken, batch: unreliable }).catch(() => 0);
    expect(failures).toBeGreaterThan(1);
    expect(numbers((await broken.executable.read()).get('w') as never)).toEqual(numbers((await whole.executable.read()).get('w') as never));
    await Promise.all([whole.executable.dispose(), broken.executable.dispose()]);
  });

  test('an update that was begun may go on with more batches, but not with fewer', async () => {
    const [four, two, eight] = [await quadratic(4), await quadratic(2), await quadratic(8)];
    for (let i = 0; i < 3; i++) await (four.executable as Executable).run('accumulate', batch(i));
    const state = await four.executable.read();
    await two.executable.write(state);
    await eight.executable.write(state);
    await expect(train(two)).rejects.toThrow('an update was begun with 3 batches, but updates are to have 2');
    const asked: number[] = [];
    const noting = (index: number) => {
      asked.push(index);
      return batch(index);
    };
    expect(await train({ ...eight, steps: 1, batch: noting })).toBe(1);
    expect(asked).toEqual([3, 4, 5, 6, 7]);
    const whole = await quadratic(8);
    await train({ ...whole, steps: 1 });
    expect((await eight.executable.read()).get('w')).toEqual((await whole.executable.read()).get('w'));
    await Promise.all([four, two, eight, whole].map(({ executable }) => executable.dispose()));
  });

  test('saving waits until the state is sound, but not beyond the last update', async () => {
    const unsound = [4, 5, 6];
    const savedWith = async (steps: number, signal?: AbortSignal, onStep = (_: number): void => undefined): Promise<number[]> => {
      const made = await quadratic(1);
      const saved: number[] = [];
      let now = 0;
      await train({
        ...made,
        steps,
        saveEvery: 2,
        save: async (step) => void saved.push(step),
        isSound: () => !unsound.includes(now),
        onStep: (step) => {
          now = step;
          onStep(step);
        },
        ...(signal && { signal }),
      });
      await made.executable.dispose();
      return saved;
    };
    expect(await savedWith(10)).toEqual([2, 7, 8, 10]);
    expect(await savedWith(5)).toEqual([2, 5]);
    const controller = new AbortController();
    expect(await savedWith(10, controller.signal, (step) => void (step === 5 && controller.abort()))).toEqual([2]);
  });

  test('stops after the update in progress when it is told to, and saves', async () => {
    const made = await quadratic(1);
    const controller = new AbortController();
    const saved: number[] = [];
    const onStep = (step: number) => step === 2 && controller.abort();
    expect(await train({ ...made, signal: controller.signal, onStep, save: async (step) => void saved.push(step) })).toBe(2);
    expect(saved).toEqual([2]);
    await made.executable.dispose();
  });
});

describe('progress', () => {
  test('is one line', () => {
    const line = formatProgress({ step: 7, steps: 1000, loss: 1.23456, samplesPerSecond: 512.4, gigaflops: 99.6, secondsLeft: 3723 });
    expect(line).toBe('step    7/1000  loss 1.2346  512 samples/s  100 GFLOP/s  ETA 1:02:03');
  });

  const told = {
    step: 300,
    steps: 4000,
    loss: 1.5,
    samplesPerSecond: 64.2,
    gigaflops: 81,
    secondsLeft: 3600,
    metrics: { tokens: 1.39101, fast: 1.59082, fastAccuracy: 0.5432, perplexity0: 7.2246, loss: 1.47465, gradientNorm: 0.97268 },
  };

  test('of a stage is one line with all that is measured', () => {
    expect(stageLine('policy', told)).toBe(
      'policy: step  300/4000  loss 1.4747  64 samples/s  81 GFLOP/s  ETA 1:00:00  tokens 1.391  fast 1.591  fastAccuracy 54.3 %  perplexity0 7.225  gradientNorm 0.9727',
    );
  });

  test('of a stage is some lines in a terminal, none wider than it', () => {
    expect(stageBlock('policy', told, [3, 2, 1], 80)).toEqual([
      'policy  300/4000  ███░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  7 %  ETA 1:00:00',
      '  █▅▁',
      '  losses      loss 1.475  tokens 1.391  fast 1.591',
      '  accuracies  fastAccuracy 54.3 %',
      '  codebook    perplexity0 7.225',
      '  gradient    gradientNorm 0.9727',
      '  speed       64 samples/s  81 GFLOP/s',
    ]);
    for (const width of [10, 20, 40, 60, 200]) {
      for (const line of stageBlock('policy', told, Array(500).fill(1), width)) expect(line.length).toBeLessThanOrEqual(width);
    }
  });

  test.each([
    ['loss', 1.50225, '1.502'],
    ['loss', 2, '2'],
    ['loss', 12_345.6, '12350'],
    ['loss', 0.0000123456, '1.235e-5'],
    ['gradientNorm', 3.2e9, '3.2e9'],
    ['loss', Number.NaN, 'NaN'],
    ['latentAccuracy', 1, '100.0 %'],
  ])('%s %f is %s', (name, value, text) => {
    expect(formatMetric(name, value)).toBe(text);
  });

  test('curves go from their maximum to their minimum', () => {
    expect(sparkline([8, 7, 6, 5, 4, 3, 2, 1])).toBe('█▇▆▅▄▃▂▁');
    expect(sparkline([1, 1, 3, 3], 2)).toBe('▁█');
    expect(sparkline([5, 5])).toBe('▁▁');
  });
});
