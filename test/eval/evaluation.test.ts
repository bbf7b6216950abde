import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { firstDifference, machine, readEvaluation, writeEvaluation } from '../../src/eval/evaluation.ts';
import { trial } from './results.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-evaluation-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

const results = [trial('object/red-can', 5), trial('object/red-can', 6, { failure: 'dropped' })];
const evaluation = {
  version: '0.1.0',
  date: '2026-11-23T00:00:00.000Z',
  machine: machine(),
  policy: {
    file: 'policy.safetensors',
    sha256: 'ab',
    model: 'nano',
    chunk: 30,
    engine: { name: 'onnxruntime-node (cpu)', details: { threads: 1 } },
  },
  settings: { tasks: ['object/red-can'], robots: ['panda'], perturbations: ['none'], seed: 5, trials: 2, replan: 10, batch: 8 },
  results,
} as const;

test('a file has all that was written, one line for each trial', async () => {
  await writeEvaluation(at('eval.json'), evaluation);
  expect(await readEvaluation(at('eval.json'))).toEqual({ format: 'gear-vla evaluation 1', ...evaluation });
  expect(readFileSync(at('eval.json'), 'utf8').match(/^ {4}\{"task":.*\},?$/gm)).toHaveLength(2);
  await writeEvaluation(at('none.json'), { ...evaluation, policy: 'expert', results: [] });
  expect(await readEvaluation(at('none.json'))).toMatchObject({ policy: 'expert', results: [] });
});

test.each([
  ['no JSON', 'what?', 'is no evaluation of gear eval: Invalid input: expected object, received undefined'],
  ['something else', '{"format": "gear-vla demonstrations 1"}', 'is no evaluation of gear eval: format: '],
  ['wrong settings', JSON.stringify({ format: 'gear-vla evaluation 1', ...evaluation, settings: {} }), 'settings.tasks: '],
])('refused: %s', async (_, text, message) => {
  writeFileSync(at('wrong.json'), text);
  await expect(readEvaluation(at('wrong.json'))).rejects.toThrow(message);
});

test('a file that is not there', async () => {
  await expect(readEvaluation(at('nothing.json'))).rejects.toThrow(/nothing\.json cannot be read: ENOENT/);
});

test('the first difference of two evaluations is named', () => {
  expect(firstDifference(results, results.toReversed())).toBeUndefined();
  const [first, second] = results as [(typeof results)[0], (typeof results)[0]];
  const later = { ...second, steps: 11 };
  expect(firstDifference(results, [first, later])).toBe(
    'object/red-can, seed 6, panda failed after 10 steps: dropped (red can), and now failed after 11 steps: dropped (red can)',
  );
  expect(firstDifference(results, [first, { ...second, failure: 'misplaced' }])).toMatch(/dropped \(red can\), and now .* misplaced/);
  expect(firstDifference(results, [{ ...first, instruction: 'sit' }, second])).toMatch(/said "", and now "sit"$/);
  expect(firstDifference(results, [second])).toBe('object/red-can, seed 5, panda is missing');
  expect(firstDifference([first], results)).toBe('object/red-can, seed 6, panda was not there before');
});
