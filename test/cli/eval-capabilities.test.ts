/** `gear eval … --capabilities`, on a dataset. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeImage } from '../../src/data/images.ts';
import { writeReasoning } from '../../src/data/reasoning/files.ts';
import type { ReasoningSample } from '../../src/data/reasoning.ts';
import { savePolicy } from '../../src/model/checkpoint.node.ts';
import { processor } from '../../src/model/processor.ts';
import { policyConfig, tinyProcessor, tinyWeights } from '../support/policy.ts';
import { gear } from './support.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-capabilities-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);
const [POLICY, MUTE, DATA] = [at('policy.safetensors'), at('mute.safetensors'), at('questions')];

beforeAll(async () => {
  const config = policyConfig();
  const { files } = tinyProcessor(config);
  const asking = processor({ ...files, prompt: { ...files.prompt, question: { questionLength: 20, answerLength: 4 } } }, config);
  await savePolicy(POLICY, asking, tinyWeights(config));
  await savePolicy(MUTE, tinyProcessor(config), tinyWeights(config));
  const bytes = await encodeImage({ width: 80, height: 60, data: new Uint8Array(3 * 80 * 60).fill(100) }, 'png');
  const images = [{ bytes, width: 80, height: 60 }];
  await writeReasoning(
    DATA,
    Array.from(
      { length: 6 },
      (_, i): ReasoningSample =>
        i < 4
          ? { kind: 'general-vqa', question: `red ${i}?`, answer: i % 2 === 0 ? 'yes' : 'no', images }
          : { kind: 'grounding-2d', question: `where ${i}?`, boxes: [{ box: [8, 6, 40, 30], label: 'cup' }], images },
    ),
  );
});

test('asks all that a dataset asks, and writes what was said', async () => {
  const [out, markdown] = [at('capabilities.json'), at('tables.md')];
  const outcome = await gear('eval', POLICY, '--capabilities', '--data', DATA, '--samples', '3', '--out', out, '--markdown', markdown);
  expect(outcome).toMatchObject({ code: 0, err: '' });
  expect(outcome.out).toContain('Capabilities: right answers, %');
  expect(outcome.out).toContain('5 questions of');
  const { format, kinds, results, policy, settings } = JSON.parse(readFileSync(out, 'utf8'));
  expect([format, policy.model, settings.samples]).toEqual(['gear-vla capabilities 1', 'tiny', 3]);
  expect(kinds.map(({ kind, samples }: { kind: string; samples: number }) => [kind, samples])).toEqual([
    ['general-vqa', 3],
    ['grounding-2d', 2],
  ]);
  // 80 × 60 pixels become 56 × 42, and 7 black rows above.
  expect(results[3].truth).toContain('[5, 11, 28, 28]');
  expect(Object.keys(results[0].said)).toEqual(['model', 'blind', 'question']);
  expect(readFileSync(markdown, 'utf8')).toContain('| grounding-2d | mean IoU ≥ 0.5 | 2 |');
});

test.each<[string, string[], number, string]>([
  ['no checkpoint', ['--capabilities'], 2, 'what is to be evaluated? a checkpoint'],
  ['an expert', ['expert', '--capabilities'], 1, 'expert answers no questions: give a checkpoint'],
  ['a model without questions', [MUTE, '--capabilities', '--data', DATA], 1, 'the model "tiny" answers no questions'],
  ['what is about acting', [POLICY, '--capabilities', '--suite', 'object'], 2, '--capabilities has nothing to do with --suite'],
  ['what is guided', [POLICY, '--capabilities', '--guided', 'exact'], 2, '--capabilities has nothing to do with --guided'],
  ['samples of nothing', [POLICY, '--samples', '3'], 2, '--samples is about questions: ask them with --capabilities'],
  ['a folder that has none', [POLICY, '--capabilities', '--data', folder], 1, 'has no reasoning.json'],
  ['an --out of another kind', [POLICY, '--capabilities', '--out', at('x.txt')], 2, 'an evaluation is a *.json file'],
])('refused: %s', async (_, args, code, message) => {
  const outcome = await gear('eval', ...args);
  expect(outcome.code).toBe(code);
  expect(outcome.err).toContain(message);
});
