import { expect, test } from 'vitest';
import { comparisonTables, type NamedEvaluation } from '../../src/eval/compare.ts';
import { learningCurve } from '../../src/eval/learning-curve.ts';
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

test('a learning curve has the shares where their numbers are, with their intervals', () => {
  const svg = learningCurve([evaluated('1000', 10), evaluated('500', 5), evaluated('0', 0)], 'samples & more');
  // The picture's height is 222 pixels of shares from 34 on, its width 604 of samples from 52 on; the earlier come first.
  expect(svg).toContain('<polyline points="52,256 354,145 656,34"');
  expect(svg).toContain('<title>500: object 50.0 (23.7–76.3) per cent of 10</title>');
  expect(svg).toContain('samples &#38; more');
  expect(svg.match(/text-anchor="middle" fill="#555">[^<]*/g)?.map((text) => text.split('>')[1])).toEqual([
    ...['0', '200', '400', '600', '800', '1,000'],
  ]);
  expect(() => learningCurve([evaluated('best', 10)], 'samples')).toThrow('is called "best"');
});
