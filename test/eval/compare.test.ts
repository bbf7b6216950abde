import { expect, test } from 'vitest';
import { comparisonTables, type NamedEvaluation } from '../../src/eval/compare.ts';
import type { TrialResult } from '../../src/eval/trial.ts';
import { trial } from './results.ts';

const settings = { tasks: ['object/a'], robots: ['panda'], perturbations: ['none'], seed: 7, trials: 10, replan: 10, batch: 10 };

/** Ten trials of which so many succeed. */
const results = (successes: number, other: Partial<TrialResult> = {}): TrialResult[] =>
  Array.from({ length: 10 }, (_, i) => trial('object/a', i, { ...other, ...(i >= successes && { failure: 'missed grasp' }) }));
const evaluated = (name: string, successes: number, other: Partial<typeof settings> = {}): NamedEvaluation => ({
  name,
  evaluation: { settings: { ...settings, ...other }, results: results(successes) },
});

test('a row for each policy; replanning and batches may differ', () => {
  const [success, failures] = comparisonTables([evaluated('shipped', 9), evaluated('expert', 10, { replan: 1, batch: 1 })]);
  expect(success?.rows).toEqual([
    ['', 'object'],
    ['shipped', '90.0 (59.6–98.2)'],
    ['expert', '100.0 (72.2–100.0)'],
  ]);
  expect(failures?.rows.slice(1)).toEqual([
    ['shipped', '0', '1', '0', '0', '0', '10'],
    ['expert', '0', '0', '0', '0', '0', '10'],
  ]);
});

test('a row for each condition, where there are several', () => {
  const perturbations = ['none', 'light:3'];
  const both = [...results(9), ...results(5, { perturbation: 'light:3' })];
  const [success] = comparisonTables([{ name: 'a', evaluation: { settings: { ...settings, perturbations }, results: both } }]);
  expect(success?.rows.map(([label, share]) => [label, share?.split(' ')[0]])).toEqual([
    ['', 'object'],
    ['a, none', '90.0'],
    ['a, light:3', '50.0'],
  ]);
});

test('what was not evaluated alike is not compared', () => {
  expect(() => comparisonTables([evaluated('a', 1), evaluated('b', 1, { seed: 8 })])).toThrow(
    'a and b were not evaluated alike: their seed differ',
  );
  expect(() => comparisonTables([evaluated('a', 1), evaluated('a', 1)])).toThrow('two policies are called "a"');
  expect(() => comparisonTables([])).toThrow('no evaluation');
});
