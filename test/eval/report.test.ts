/** The page of an evaluation. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EvaluationFile } from '../../src/eval/evaluation.ts';
import { FAILURES } from '../../src/eval/failures.ts';
import { reportOf } from '../../src/eval/report.ts';
import { type ReportFilm, worthFilming } from '../../src/eval/report-films.ts';
import { REPORT_SCRIPT } from '../../src/eval/report-script.ts';
import { suiteOf, tablesOf } from '../../src/eval/tables.ts';
import type { TrialResult } from '../../src/eval/trial.ts';
import { trial } from './results.ts';

const evaluationOf = (results: readonly TrialResult[]): Omit<EvaluationFile, 'format'> => ({
  version: '1.2.3',
  date: '2026-01-02T03:04:05.678Z',
  machine: { processor: 'an abacus' },
  policy: { file: 'p.safetensors', sha256: 'c0ffee', model: 'nano', chunk: 30, engine: { name: 'hand', details: { threads: 1 } } },
  settings: {
    tasks: ['object/red-can'],
    robots: ['panda'],
    perturbations: ['none'],
    seed: 0,
    trials: results.length,
    replan: 10,
    batch: 4,
  },
  results,
});

const pageOf = (results: readonly TrialResult[], films: readonly ReportFilm[] = [], notices: readonly string[] = []): string =>
  reportOf({ evaluation: evaluationOf(results), tables: tablesOf(results, { name: 'nano' }), films, notices, command: 'gear eval p' });

/** Nine of ten: Wilson's interval is 59.58 % to 98.21 %, as R's `prop.test(9, 10, correct = FALSE)` gives it. */
const NINE_OF_TEN = Array.from({ length: 10 }, (_, seed) => trial('object/red-can', seed, seed === 4 ? { failure: 'dropped' } : {}));

const film: ReportFilm = {
  result: trial('object/red-can', 0, { instruction: '</script><img src=x onerror=alert(1)> "put" it', steps: 30 }),
  video: Uint8Array.from({ length: 1000 }, (_, i) => i % 256),
  trace: { views: ['head', 'rightWrist'], predictions: [{ step: 0, latents: [3, 1, 2], paths: { right: [[0.5, 0.25, 1]] }, aims: [] }] },
};

test('success and its interval are as wide as they should be, failures are counted by kind', () => {
  const page = pageOf(NINE_OF_TEN);
  expect(page).toContain('<i class="fill" style="width:90.0%"></i><i class="whisker" style="left:59.6%;width:38.6%"></i>');
  expect(page).toContain('aria-label="object: 1 dropped"');
  expect(page).toContain('<h1>9 of 10 episodes succeeded</h1>');
  expect(page).toContain('90.0 (59.6–98.2)');
});

test('a page asks for nothing outside, and text from outside stays text', () => {
  const page = pageOf(NINE_OF_TEN, [film], ['left out: <b>bimanual</b>']);
  expect(page).toContain('content="default-src &#39;none&#39;; media-src blob:;');
  expect(page.match(/(?:src|href)\s*=\s*["']?https?:|url\(|@import|<link/g)).toBeNull();
  expect(page).not.toContain('<img');
  expect(page).not.toContain('<b>bimanual</b>');
  expect(page.match(/<script/g)).toHaveLength(2);
});

test('the data of a page are those that it was made of', () => {
  const [, json = ''] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(pageOf(NINE_OF_TEN, [film])) ?? [];
  const { films, replan } = JSON.parse(json);
  expect({ replan, count: films.length }).toEqual({ replan: 10, count: 1 });
  const { video, ...rest } = films[0];
  expect(rest).toEqual({ steps: 30, head: 0, views: ['head', 'rightWrist'], predictions: film.trace.predictions });
  expect(new Uint8Array(Buffer.from(video, 'base64'))).toEqual(film.video);
});

test('the script is one', () => {
  expect(() => new Function(REPORT_SCRIPT)).not.toThrow();
  expect(REPORT_SCRIPT).not.toContain('</');
});

test('of each suite there are as many successes and failures on film as asked for, of different kinds where there are some', () => {
  const results = fc.array(
    fc.record({ task: fc.constantFrom('object/a', 'object/b', 'long/a'), failure: fc.option(fc.constantFrom(...FAILURES)) }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(results, fc.integer({ min: 1, max: 4 }), (drawn, each) => {
      const all = drawn.map(({ task, failure }, seed) => trial(task, seed, failure === null ? {} : { failure }));
      const chosen = worthFilming(all, each);
      expect(new Set(chosen).size).toBe(chosen.length);
      for (const suite of ['object', 'long']) {
        const own = (some: readonly TrialResult[], success: boolean) =>
          some.filter((one) => suiteOf(one) === suite && one.success === success);
        const kinds = (some: readonly TrialResult[]): number => new Set(some.map(({ failure }) => failure)).size;
        for (const success of [true, false]) {
          expect(own(chosen, success)).toHaveLength(Math.min(each, own(all, success).length));
          expect(kinds(own(chosen, success))).toBe(Math.min(each, kinds(own(all, success))));
        }
      }
    }),
  );
});
