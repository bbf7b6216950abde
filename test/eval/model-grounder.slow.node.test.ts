/** `gear eval --guided exact --grounder model`, all the way. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { savePolicy } from '../../src/model/checkpoint.node.ts';
import { processor } from '../../src/model/processor.ts';
import { gear } from '../cli/support.ts';
import { policyConfig, tinyProcessor, tinyWeights } from '../support/policy.ts';

// Threads load the sources for themselves.
vi.setConfig({ testTimeout: 240_000 });

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-grounder-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  const config = policyConfig();
  const { files } = tinyProcessor(config);
  const withPrompt = (prompt: object) =>
    processor({ ...files, prompt: { ...files.prompt, guide: true, instructionLength: 64, ...prompt } }, config);
  await savePolicy(at('asks.safetensors'), withPrompt({ question: { questionLength: 40, answerLength: 3 } }), tinyWeights(config));
  await savePolicy(at('short.safetensors'), withPrompt({ question: { questionLength: 8, answerLength: 3 } }), tinyWeights(config));
  await savePolicy(at('mute.safetensors'), withPrompt({}), tinyWeights(config));
});

const CAN = ['--suite', 'object/red-can', '--trials', '1', '--replan', '5', '--batch', '2', '--workers', '1', '--guided', 'exact'];

test('an untrained model finds nothing: the policy is told the name until the end', async () => {
  const { code, out, err } = await gear('eval', at('asks.safetensors'), ...CAN, '--grounder', 'model');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^ {2}exact mask +0\.0 \(0\.0–79\.3\) +– +1$/m);
});

test.each<[string, string[], number, string]>([
  ['a model without questions', [at('mute.safetensors'), ...CAN], 1, 'answers no questions, and so cannot say where things are'],
  ['too little room for the question', [at('short.safetensors'), ...CAN], 1, 'tokens, but there is room for 8'],
  ['no guide at all', [at('asks.safetensors')], 2, '--grounder says where the boxes of --guided come from'],
  ['another grounder', [at('asks.safetensors'), '--grounder', 'nobody'], 2, 'Allowed choices are exact, model'],
])('refused: %s', async (_, args, code, message) => {
  const outcome = await gear('eval', ...args, ...(args.includes('--grounder') ? [] : ['--grounder', 'model']));
  expect(outcome.code).toBe(code);
  expect(outcome.err).toContain(message);
});
