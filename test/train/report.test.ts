/** Charts and pages of runs, and that folders say all that is on them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostZeros } from '../../src/tensor/host.ts';
import { writeSafetensors } from '../../src/tensor/safetensors.node.ts';
import type { LogLine } from '../../src/train/progress.ts';
import { keepOrigin, readRun, writeTrainReport } from '../../src/train/report.node.ts';
import { type RunOrigin, trainReport } from '../../src/train/report.ts';
import { chartHtml, scaleOf } from '../../src/train/report-charts.ts';

const numbersIn = (text: string, pattern: RegExp): number[] => [...text.matchAll(pattern)].map(([, number]) => Number(number));

describe('charts', () => {
  const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  const positive = fc.double({ min: 1e-9, max: 1e9, noNaN: true });
  const several = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: 1, maxLength: 40 });

  test.each([
    ['linear', value],
    ['log', positive],
  ] as const)('a %s scale has all values in it, in order, and a few round ticks', (kind, of) => {
    fc.assert(
      fc.property(several(of), (values) => {
        const { at, ticks } = scaleOf(values, kind);
        const sorted = values.toSorted((a, b) => a - b);
        for (const [i, one] of sorted.entries()) {
          expect(at(one)).toBeGreaterThanOrEqual(-1e-9);
          expect(at(one)).toBeLessThanOrEqual(1 + 1e-9);
          if (i > 0) expect(at(one)).toBeGreaterThanOrEqual(at(sorted[i - 1] as number));
        }
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(12);
        expect(ticks).toEqual(ticks.toSorted((a, b) => a - b));
        for (const tick of ticks) expect(Number(tick.toPrecision(6))).toBeCloseTo(tick, 9);
      }),
    );
  });

  test('a curve lies within its picture, has its last value in words, and is as long as is readable', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 900 }), (values) => {
        const points = values.map((y, i) => [50 * (i + 1), y] as const);
        const { html } = chartHtml({ title: 'Loss', series: [{ name: 'loss', points }], format: (y) => `<${y}>` }) as { html: string };
        const [, line = ''] = /<polyline points="([^"]*)"/.exec(html) ?? [];
        const pairs = line.split(' ').map((pair) => pair.split(',').map(Number));
        expect(pairs).toHaveLength(Math.min(values.length, 300));
        for (const [x = Number.NaN, y = Number.NaN] of pairs) expect(x >= 52 && x <= 580 && y >= 10 && y <= 206).toBe(true);
        expect(html).toContain(`loss <b>&#60;${values.at(-1)}&#62;</b>`);
      }),
      { numRuns: 30 },
    );
  });

  test('nothing to draw makes no chart; what is not finite is left out', () => {
    expect(chartHtml({ title: 'x', series: [] })).toBeUndefined();
    expect(chartHtml({ title: 'x', series: [{ name: 'a', points: [[1, Number.NaN]] }] })).toBeUndefined();
    const holed = chartHtml({ title: 'x', series: [{ name: 'a', points: [[1, 2], [2, Number.POSITIVE_INFINITY], [3, 4]] }] }); // biome-ignore format: one line
    expect(numbersIn(holed?.html ?? '', /<circle cx="([\d.]+)"/g)).toHaveLength(2);
  });
});

const line = (step: number, steps: number, metrics: LogLine['metrics'], seconds = step): LogLine => ({
  step,
  steps,
  loss: 1 / step,
  samplesPerSecond: 64,
  gigaflops: 90,
  secondsLeft: steps - step,
  metrics,
  seconds,
});

const ORIGIN: RunOrigin = {
  experiment: { name: 'object & co', stages: [{ name: 'embodied' }, { name: 'policy' }] },
  version: '0.1.0',
  commit: 'abc1234',
  machine: { node: 'v20' },
  begun: '2026-11-23T04:00:00.000Z',
};

describe('pages', () => {
  test('say what is trained, how it stands, and each metric by its kind', () => {
    const metrics = (k: number) => ({ latent: 2 / k, fastAccuracy: 1 - 1 / k, perplexity0: k, gradientNorm: 3 / k, loss: 5 / k });
    const html = trainReport({
      name: 'object',
      origin: ORIGIN,
      stages: [
        {
          name: 'embodied',
          // Two sessions: 100 seconds, then 40.
          lines: [line(50, 200, metrics(1)), line(100, 200, metrics(2)), line(150, 200, metrics(4), 40)],
          settings: { stage: { batch: 64 }, model: { name: 'nano' }, datasets: [{ name: 'one', path: 'elsewhere/one' }], seed: 42 },
          size: { all: 4_400_000, trained: 1_200_000 },
          sections: [{ title: 'What is predicted <now>', html: '<img alt="" src="data:image/png;base64,AA">' }],
        },
      ],
    });
    for (const said of [
      'embodied: 150 of 200 updates, 0:50 to go when last heard of; policy to come',
      'nano, 4.4 M parameters',
      '1.2 M parameters trained of 4.4 M parameters',
      '<dd>2:20</dd>',
      '0.1.0, abc1234',
      'Parts of the loss',
      'fastAccuracy <b>75 %</b>',
      'Codebook perplexity',
      '<th scope="row">loss</th><td>5</td><td>1.25</td><td>5</td><td><b>1.25</b></td>',
      '<h3>What is predicted &#60;now&#62;</h3><img alt="" src="data:image/png;base64,AA">',
    ]) {
      expect(html).toContain(said);
    }
    expect(html).not.toContain('elsewhere');
    expect(html).not.toMatch(/<script|<link|https?:|url\(/);
  });

  test('survive a single report, and metrics that are nothing', () => {
    const html = trainReport({
      name: 'x',
      stages: [{ name: 'policy', lines: [line(50, 50, { loss: null as never })], settings: {}, sections: [] }],
    });
    expect(html).toContain('Trained to the end');
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('folders', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'gear-report-'));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  function stage(run: string, name: string, lines: readonly LogLine[], end = ''): string {
    const folder = path.join(root, run, name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'log.jsonl'), lines.map((one) => `${JSON.stringify(one)}\n`).join('') + end);
    return folder;
  }

  test('have all of it: order, settings, sizes, sections, and where a stage diverged', async () => {
    const policy = stage('run', 'policy', [line(50, 100, { loss: 1 })], '{"step": 60, "st');
    stage('run', 'embodied', [line(100, 100, { loss: 2 })]);
    stage('run', 'latent', [line(10, 10, { loss: 3 })]);
    mkdirSync(path.join(root, 'run', 'data'));
    const embodied = { name: 'embodied', batch: 8, data: { one: 1 } };
    await keepOrigin(path.join(root, 'run'), { ...ORIGIN, experiment: { name: 'object & co', stages: [embodied, { name: 'policy' }] } });
    await keepOrigin(path.join(root, 'run'), { ...ORIGIN, version: 'later' });
    const zeros = (...shape: number[]) => hostZeros('f32', shape);
    const tensors = new Map([
      ['a.w', zeros(2, 3)],
      ['b', zeros(4)],
      ['optimizer.exp_avg.a.w', zeros(2, 3)],
      ['optimizer.step', hostZeros('i64', [])],
    ]);
    await writeSafetensors(path.join(policy, 'state.safetensors'), { metadata: { settings: '{"seed":7}' }, tensors });
    writeFileSync(path.join(policy, 'sections.json'), '[{"title":"t","html":"<p>h</p>"}]');
    const gone = { metadata: { update: '73', reason: 'loss is NaN' }, tensors: new Map([['x', zeros(1)]]) };
    await writeSafetensors(path.join(policy, 'diverged.safetensors'), gone);

    const { name, origin, stages } = await readRun(path.join(root, 'run'));
    expect({ name, version: origin?.version }).toEqual({ name: 'object & co', version: '0.1.0' });
    expect(stages.map((one) => one.name)).toEqual(['latent', 'embodied', 'policy']);
    // Without a state there is what the experiment says.
    expect(stages[1]?.settings).toMatchObject({ stage: { name: 'embodied', batch: 8 }, datasets: [{ name: 'one' }] });
    expect(stages[2]).toMatchObject({
      lines: [{ step: 50 }],
      settings: { seed: 7 },
      size: { all: 10, trained: 6 },
      sections: [{ title: 't', html: '<p>h</p>' }],
      diverged: { update: 73, reason: 'loss is NaN' },
    });
    const html = readFileSync(await writeTrainReport(path.join(root, 'run')), 'utf8');
    expect(html).toContain('policy diverged at update 73: loss is NaN');
    expect(html).toContain('<h1>object &#38; co</h1>');

    stage('run', 'policy', [line(50, 100, { loss: 1 }), line(100, 100, { loss: 1 })]);
    expect((await readRun(path.join(root, 'run'))).stages[2]?.diverged).toBeUndefined();
  });

  test('that are none of a run are refused', async () => {
    mkdirSync(path.join(root, 'empty'));
    await expect(readRun(path.join(root, 'empty'))).rejects.toThrow('is no run of gear train, or has not reported yet');
    await expect(readRun(path.join(root, 'nowhere'))).rejects.toThrow('nowhere cannot be read: ENOENT');
  });
});
