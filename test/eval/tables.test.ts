import { expect, test } from 'vitest';
import { asMarkdown, asText, tablesOf } from '../../src/eval/tables.ts';
import type { TrialResult } from '../../src/eval/trial.ts';
import { trial } from './results.ts';

/** So many trials of a task, of which so many succeed. */
const trials = (task: string, count: number, successes: number, other: Partial<TrialResult> = {}): TrialResult[] =>
  Array.from({ length: count }, (_, i) => trial(task, i, { ...other, ...(i >= successes && { failure: 'timeout' }) }));

test('suites side by side, and their mean: tables 1 and 8', () => {
  const [table, failures] = tablesOf([...trials('object/a', 10, 9), ...trials('object/b', 10, 8), ...trials('spatial/c', 20, 20)], {
    name: 'nano',
  });
  expect(table).toEqual({
    title: 'Success by suite',
    rows: [
      ['', 'spatial', 'object', 'average'],
      ['nano', '100.0 (83.9–100.0)', '85.0 (64.0–94.8)', '92.5 (80.1–97.4)'],
    ],
  });
  expect(failures?.rows).toEqual([
    ['', 'wrong object', 'missed grasp', 'dropped', 'misplaced', 'timeout', 'trials'],
    ['spatial', '0', '0', '0', '0', '0', '20'],
    ['object', '0', '0', '0', '0', '3', '20'],
  ]);
});

test('perturbations side by side, and their mean without the unperturbed: table 9', () => {
  const tables = tablesOf(
    [
      ...trials('object/a', 10, 10),
      ...trials('object/a', 10, 5, { perturbation: 'camera:3' }),
      ...trials('object/a', 10, 7, { perturbation: 'light:3' }),
      ...trials('spatial/b', 10, 10),
      ...trials('spatial/b', 10, 1, { perturbation: 'camera:3' }),
      ...trials('spatial/b', 10, 3, { perturbation: 'light:3' }),
    ],
    { name: 'nano' },
  );
  const table = tables.find(({ title }) => title === 'Success by perturbation: nano');
  expect(table?.rows.map((row) => row.map((text) => text.split(' ')[0]))).toEqual([
    ['', 'none', 'camera:3', 'light:3', 'average'],
    ['spatial', '100.0', '10.0', '30.0', '20.0'],
    ['object', '100.0', '50.0', '70.0', '60.0'],
    ['average', '100.0', '30.0', '50.0', '40.0'],
  ]);
});

test('categories of objects and settings of grasping: table 2', () => {
  const grasp = (setting: string, object: string, count: number, successes: number): TrialResult[] =>
    trials(`grasp/${setting}-training`, count, successes, { object });
  const tables = tablesOf(
    [
      ...grasp('sparse', 'red apple', 4, 4),
      ...grasp('sparse', 'brown box', 4, 2),
      ...grasp('dense', 'red apple', 4, 3),
      ...grasp('background', 'red apple', 4, 1),
    ],
    { name: 'nano' },
  );
  const table = tables.find(({ title }) => title === 'Grasping, training objects: nano');
  expect(table?.rows.map((row) => row.map((text) => text.split(' ')[0]))).toEqual([
    ['', 'sparse', 'dense', 'background', 'average'],
    ['axisymmetric', '100.0', '75.0', '25.0', '66.7'],
    ['block-like', '50.0', '–', '–', '50.0'],
    ['all', '75.0', '75.0', '25.0', '58.3'],
  ]);
});

test('tasks one below the other, when asked for: tables 10 and 11; several robots', () => {
  const tables = tablesOf([...trials('object/a', 2, 2), ...trials('object/a', 2, 0, { robot: 'ur5e' })], { name: 'nano', perTask: true });
  expect(tables.map(({ title }) => title)).toEqual(['Success by suite', 'Success by task', 'Failures: nano, ur5e']);
  expect(tables[0]?.rows.map(([name]) => name)).toEqual(['', 'nano, panda', 'nano, ur5e']);
  expect(tables[1]?.rows).toEqual([
    ['', 'panda, none', 'ur5e, none'],
    ['object/a', '100.0 (34.2–100.0)', '0.0 (0.0–65.8)'],
  ]);
});

test('as text and as Markdown', () => {
  const table = {
    title: 'Two',
    rows: [
      ['', 'one', 'another'],
      ['longer', '1', '2'],
    ],
  };
  expect(asText([table])).toBe('Two\n          one  another\n  longer    1        2\n');
  expect(asMarkdown([table])).toBe('**Two**\n\n|  | one | another |\n|---|---|---|\n| longer | 1 | 2 |\n');
});
