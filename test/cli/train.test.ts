/** `gear train`: what is refused before anything is done. Training itself is in `test/train`. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import nano from '../../configs/nano.ts';
import object from '../../configs/object.ts';
import quick from '../../configs/quick.ts';
import { type StageTeller, stageTeller, type Terminal } from '../../src/cli/progress.ts';
import { livePage, originOf } from '../../src/cli/train/page.ts';
import { experiment } from '../../src/train/experiment.ts';
import { gear } from './support.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-train-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);
const CONFIGS = fileURLToPath(new URL('../../configs', import.meta.url));

test('the experiments of the project are right', () => {
  expect(experiment(object).stages.map(({ name }) => name)).toEqual(['policy', 'more']);
  for (const all of [nano, quick])
    expect(experiment(all).stages.map(({ name }) => name)).toEqual(['understanding', 'perception', 'pointing', 'embodied', 'policy']);
});

test('gear nano: one suite, or all of them cut short, not both', async () => {
  const { code, err } = await gear('nano', '--quick', '--suite', 'object', '--out', at('run'));
  expect({ code, err }).toEqual({ code: 2, err: 'gear: --quick is all suites, cut short: leave out --suite\n' });
  expect(existsSync(at('run'))).toBe(false);
});

const { record: _, ...elsewhere } = { ...object.data.object, path: 'nowhere' };
writeFileSync(at('broken.json'), '{"name": "x"');
writeFileSync(at('less.json'), JSON.stringify({ ...object, stages: [] }));
writeFileSync(at('lacking.json'), JSON.stringify({ ...object, data: { ...object.data, object: elsewhere } }));

test.each([
  ['a file that there is not', ['nothing.ts'], 2, 'gear: there is no file'],
  ['a module that there is not', [`${CONFIGS}/nothing.ts`], 2, 'gear: there is no file'],
  [
    'a module that exports no experiment',
    [fileURLToPath(import.meta.resolve('../../src/robot/names.ts'))],
    2,
    'it exports no experiment by default',
  ],
  ['JSON that is none', [at('broken.json')], 2, 'broken.json: '],
  ['an experiment without stages', [at('less.json')], 2, 'less.json: the experiment is wrong: stages: '],
  ['a dataset that is not there', [at('lacking.json'), '--data', at('data')], 1, 'there is no dataset "object" at'],
])('%s', async (_, args, exit, message) => {
  const { code, err } = await gear('train', ...args, '--out', at('run'));
  expect(err).toContain(message);
  expect(code).toBe(exit);
  expect(err.trim().split('\n')).toHaveLength(1);
  expect(existsSync(at('run'))).toBe(false);
});

test('where to is not left to chance', async () => {
  const { code, err } = await gear('train', `${CONFIGS}/object.ts`);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining("required option '--out <dir>' not specified") });
});

const progress = (step: number, loss: number) => {
  const metrics = { latent: 2, loss, gradientNorm: 3 };
  return { step, steps: 200, loss, samplesPerSecond: 64, gigaflops: 90, secondsLeft: 60, metrics };
};

/** Tells of two stages; returns what was written to standard error, as `context.complain`, and what to the terminal. */
function told(terminal: boolean): { err: string; drawn: string } {
  const written = { err: '', drawn: '' };
  const context = {
    print: () => undefined,
    complain: (text: string) => {
      written.err += text;
    },
    progress: () => undefined,
    colors: false,
    exitCode: 0,
  };
  const screen: Terminal = {
    columns: 72,
    write: (text: string | Uint8Array) => {
      written.drawn += text;
      return true;
    },
  };
  const teller: StageTeller = stageTeller(context, terminal ? screen : undefined);
  teller.begin('latent');
  teller.report('latent', progress(50, 4));
  teller.begin('policy');
  for (const step of [50, 100]) teller.report('policy', progress(step, 100 / step));
  return written;
}

test('a log that nobody watches gets a line for each report', () => {
  const { err, drawn } = told(false);
  expect(drawn).toBe('');
  expect(err.trim().split('\n')).toEqual([
    'latent …',
    'latent: step  50/200  loss 4.0000  64 samples/s  90 GFLOP/s  ETA 1:00  latent 2  gradientNorm 3',
    'policy …',
    'policy: step  50/200  loss 2.0000  64 samples/s  90 GFLOP/s  ETA 1:00  latent 2  gradientNorm 3',
    'policy: step 100/200  loss 1.0000  64 samples/s  90 GFLOP/s  ETA 1:00  latent 2  gradientNorm 3',
  ]);
});

/** What a terminal shows after it got this, as far as it knows `\r`, up by lines, and erasing. */
function screenOf(text: string): string[] {
  const lines = [''];
  let row = 0;
  for (const [, up, erase, line = '', end] of text.replaceAll('\x1b[', '␛').matchAll(/␛(\d+)A|␛([KJ])|([^␛\r\n]+)|(\r|\n)/g)) {
    if (up) row -= Number(up);
    else if (erase === 'J') lines.splice(row, lines.length - row, '');
    else if (end === '\n') lines[++row] ??= '';
    else if (line !== '') lines[row] = line;
  }
  return lines;
}

test('on a terminal each stage is redrawn in place, and stays when the next one begins', () => {
  const { err, drawn } = told(true);
  expect(err).toBe('');
  const shown = screenOf(drawn);
  expect(shown.filter((line) => /^(latent|policy) /.test(line))).toEqual([
    expect.stringMatching(/^latent {2}50\/200 {2}█+░+ {2}25 % {2}ETA 1:00$/),
    expect.stringMatching(/^policy {2}100\/200 {2}█+░+ {2}50 % {2}ETA 1:00$/),
  ]);
  expect(shown).toContain('  █▁');
  expect(shown).toHaveLength(5 + 5 + 1);
});

describe('gear report', () => {
  const run = at('reported');
  const step = (steps: number): string => JSON.stringify({ ...progress(steps, 1), seconds: steps });

  test('writes the page of a run from its folder alone', async () => {
    mkdirSync(path.join(run, 'policy'), { recursive: true });
    writeFileSync(path.join(run, 'policy', 'log.jsonl'), `${step(50)}\n${step(100)}\n`);
    const usual = path.join(run, 'report.html');
    expect(await gear('report', run)).toEqual({ code: 0, out: `${usual}\n`, err: '' });
    expect(readFileSync(usual, 'utf8')).toContain('policy: 100 of 200 updates');
    const { out } = await gear('report', run, '--out', at('page.html'), '--json');
    expect(JSON.parse(out)).toEqual({ report: at('page.html') });
    expect(readFileSync(at('page.html'), 'utf8')).toBe(readFileSync(usual, 'utf8'));
  });

  test.each([
    ['a folder of no run', [folder], 1, 'is no run of gear train'],
    ['a folder that there is not', [at('nothing')], 1, 'cannot be read'],
    ['a page that is none', [run, '--out', at('page.txt')], 2, 'a page is a *.html file'],
  ])('refuses %s', async (_, args, exit, message) => {
    const { code, err } = await gear('report', ...args);
    expect({ code, err }).toEqual({ code: exit, err: expect.stringContaining(message) });
  });

  test('is what a run writes as it goes on; a page that cannot be written is told of once, and stops nothing', async () => {
    const complaints: string[] = [];
    const context = {
      print: () => undefined,
      complain: (text: string) => void complaints.push(text),
      progress: () => undefined,
      colors: false,
      exitCode: 0,
    };
    const page = livePage(run, context);
    page.update();
    writeFileSync(path.join(run, 'policy', 'log.jsonl'), `${step(50)}\n${step(100)}\n${step(150)}\n`);
    await page.settle();
    expect(readFileSync(path.join(run, 'report.html'), 'utf8')).toContain('policy: 150 of 200 updates');
    const broken = livePage(at('nothing'), context);
    for (let i = 0; i < 3; i++) broken.update();
    await broken.settle();
    expect(complaints).toEqual([expect.stringContaining("gear: the run's page: ")]);
    await livePage(at('never'), context).settle();
    expect(complaints).toHaveLength(1);
  });

  test('says what made a run', () => {
    const { experiment: made, version, begun } = originOf(experiment(object));
    expect({ name: made.name, stages: made.stages.map(({ name }) => name) }).toEqual({ name: 'object', stages: ['policy', 'more'] });
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
    expect(new Date(begun).toISOString()).toBe(begun);
  });
});
