/** A stage on a small problem: what is kept, what stops it, and that what is interrupted ends with the same bits. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type HostTensor, hostTensor, numbers, scalarOf } from '../../src/tensor/host.ts';
import { mul, square, sub } from '../../src/tensor/ops/arithmetic.ts';
import { mean } from '../../src/tensor/ops/reduce.ts';
import { adamw } from '../../src/tensor/optimizers/adamw.ts';
import { trainingPrograms } from '../../src/tensor/optimizers/training.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { normalInit, parameters } from '../../src/tensor/parameters.ts';
import { readSafetensors } from '../../src/tensor/safetensors.node.ts';
import { input } from '../../src/tensor/tensor.ts';
import { runStage, type StageOptions, trainedValues } from '../../src/train/stage.node.ts';

/** From now on the disk takes so many bytes more: files are written in part, and then there is no room. */
async function fill(room: number): Promise<void> {
  const handle = await open(os.devNull, 'w');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const write = prototype.writeFile;
  let left = room;
  vi.spyOn(prototype, 'writeFile').mockImplementation(async function (this: FileHandle, data) {
    const bytes = Buffer.from(data as Uint8Array);
    await write.call(this, bytes.subarray(0, left));
    if (bytes.length > left) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    left -= bytes.length;
  });
}

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'gear-stage-'));
});
afterEach(() => void vi.restoreAllMocks());
afterAll(() => rmSync(root, { recursive: true }));

const engine = nodeEngine({ threads: 1 });

/** mean (s·(w − x))², whose gradient is s²·(w − x)/2: `scales` says s for batches that are not to have 1. */
function problem(name: string, scales: Readonly<Record<number, number>> = {}): StageOptions {
  const scope = parameters({ seed: 3 });
  const scale = input('scale', 'f32', []);
  const loss = mean(square(mul(scale, sub(scope.parameter('w', [4], { init: normalInit(1) }), input('x', 'f32', [4])))));
  const training = trainingPrograms({
    loss,
    parameters: scope,
    groups: [{ match: '*', optimizer: adamw({ learningRate: 0.01 }) }],
    clipNorm: 1,
    ema: 0.9,
  });
  return {
    folder: path.join(root, name),
    settings: { problem: 'quadratic' },
    engine,
    training,
    samplesPerBatch: 4,
    steps: 160,
    saveEvery: 20,
    reportEvery: 10,
    batches: async (start) => {
      let index = start;
      return {
        next: async () => {
          const x = [0, 1, 2, 3].map((i) => Math.sin(10 * index + i));
          return { x: hostTensor('f32', [4], x), scale: hostTensor('f32', [], [scales[index++] ?? 1]) };
        },
        close: async () => undefined,
      };
    },
  };
}

/** A problem in which something happens before a batch is given. */
const before = (options: StageOptions, index: number, happen: () => void | Promise<void>): StageOptions => ({
  ...options,
  batches: async (start) => {
    const source = await options.batches(start);
    let next = start;
    return {
      ...source,
      next: async () => {
        if (next++ === index) await happen();
        return source.next();
      },
    };
  },
});

/** A problem that is interrupted: no update comes after the one with a batch. */
function stoppedAt(options: StageOptions, index: number): StageOptions {
  const controller = new AbortController();
  return { ...before(options, index, () => controller.abort()), signal: controller.signal };
}

const run = (options: StageOptions): Promise<boolean> => runStage(options, async (_, done) => done);
const file = ({ folder }: StageOptions, name: string): Buffer => readFileSync(path.join(folder, name));
const stepsIn = (options: StageOptions): number[] =>
  `${file(options, 'log.jsonl')}`
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).step);
const messageOf = async (options: StageOptions): Promise<string> =>
  run(options).then(
    () => 'nothing',
    (error: Error) => error.message,
  );

test('a stage that was stopped goes on, and ends with the same bits: weights, moments, averages and norms', async () => {
  const [whole, parts] = [problem('whole'), problem('parts')];
  expect(await run(whole)).toBe(true);
  for (const stop of [33, 121]) {
    expect(await run(stoppedAt(parts, stop))).toBe(false);
  }
  expect(await run(parts)).toBe(true);
  expect(file(parts, 'state.safetensors').equals(file(whole, 'state.safetensors'))).toBe(true);
  expect(stepsIn(parts)).toEqual(Array.from({ length: 16 }, (_, i) => 10 * (i + 1)));
  const { metadata } = await readSafetensors(path.join(parts.folder, 'state.safetensors'));
  expect(JSON.parse(metadata.norms as string).norms).toHaveLength(103);
});

test('one outlier is no explosion, however large; neither are two', async () => {
  const options = problem('outliers', { 110: 1e4, 130: 1e6, 131: 1e6 });
  expect(await run(options)).toBe(true);
  expect(existsSync(path.join(options.folder, 'diverged.safetensors'))).toBe(false);
});

test('three outliers in a row are: the first batch is kept, and the last state is from before, also of a run that was stopped', async () => {
  const scales = { 138: 200, 139: 300, 140: 400 };
  const whole = problem('explodes', scales);
  // A state was due after update 140, but then two gradients had been outliers.
  const message = await messageOf(whole);
  expect(message).toContain('training diverged: the gradient explodes from update 139 on');
  expect(message).toContain('the last state, after update 120, is in');
  const batch = await readSafetensors(path.join(whole.folder, 'diverged.safetensors'));
  expect(scalarOf(batch.tensors.get('scale'))).toBe(200);
  expect(numbers(batch.tensors.get('x') as HostTensor)).toBeAllclose([0, 1, 2, 3].map((i) => Math.sin(1380 + i)));
  expect(batch.metadata).toMatchObject({ update: '139', reason: expect.stringContaining('more than') });
  expect(await messageOf(whole)).toBe(message);

  const stopped = problem('explodes-stopped', scales);
  // Stopped between outliers, it goes on from the state before them.
  expect(await run(stoppedAt(stopped, 139))).toBe(false);
  expect(await messageOf(stopped)).toBe(message.replaceAll(whole.folder, stopped.folder));
});

test('a gradient that is not finite stops a stage at once, with its batch', async () => {
  const options = problem('nan', { 50: Number.NaN });
  expect(await messageOf(options)).toMatch(/training diverged: .*loss is NaN.*the last state, after update 40, is in/);
  const { metadata, tensors } = await readSafetensors(path.join(options.folder, 'diverged.safetensors'));
  expect(metadata).toMatchObject({ update: '51', after: '50' });
  expect(scalarOf(tensors.get('scale'))).toBeNaN();
  // With the weights that were not updated any more, and nothing of the optimizer.
  expect([...tensors.keys()].sort()).toEqual(['parameters.w', 'scale', 'x']);
  const until = { ...problem('until'), steps: 50 };
  const w = await runStage(until, async (executable) => (await executable.read(['w'])).get('w'));
  expect(tensors.get('parameters.w')).toEqual(w);
});

test('how much is too much may be said', async () => {
  expect(await messageOf({ ...problem('strict', { 120: 8 }), explosion: { times: 20, inARow: 1 } })).toContain(
    'explodes from update 121 on',
  );
});

test('what is shown of a stage is kept with its states', async () => {
  const options = problem('sections');
  const sections: StageOptions['sections'] = async (executable, step) => {
    const w = numbers((await executable.read(['w'])).get('w') as HostTensor);
    return [{ title: `After ${step}`, html: `<p>${w.length} weights</p>` }];
  };
  await run({ ...options, sections });
  expect(JSON.parse(`${file(options, 'sections.json')}`)).toEqual([{ title: 'After 160', html: '<p>4 weights</p>' }]);
});

test('averages are what is left of parameters that have them', async () => {
  const options = problem('averages');
  const { w, read } = await runStage(options, async (executable) => ({
    w: numbers((await trainedValues(executable, options.training, ['w'])).get('w') as HostTensor),
    read: await executable.read(),
  }));
  expect(w).toEqual(numbers(read.get('optimizer.ema.w') as HostTensor));
  expect(w).not.toEqual(numbers(read.get('w') as HostTensor));
  const plain = await trainedValues({ read: async () => read }, { averages: new Map() }, ['w']);
  expect([...plain]).toEqual([['w', read.get('w')]]);
});

test('a disk that is full leaves the last state, says so, and a stage goes on once there is room', async () => {
  const [whole, options] = [problem('roomy'), problem('full')];
  await run(whole);
  const message = await messageOf(before(options, 70, () => fill(100)));
  expect(message).toContain('training stopped after update 80: could not write');
  expect(message).toContain('ENOSPC: no space left on device');
  expect(message).toContain(`the last state, after update 60, is in ${path.join(options.folder, 'state.safetensors')}`);
  const { tensors } = await readSafetensors(path.join(options.folder, 'state.safetensors'));
  expect(scalarOf(tensors.get('optimizer.step'))).toBe(60);
  expect(readdirSync(options.folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  vi.restoreAllMocks();
  expect(await run(options)).toBe(true);
  expect(file(options, 'state.safetensors').equals(file(whole, 'state.safetensors'))).toBe(true);
});
