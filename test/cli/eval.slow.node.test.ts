/** `gear eval`: policies and the scripted expert in simulation. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EvaluationFile } from '../../src/eval/evaluation.ts';
import { savePolicy } from '../../src/model/checkpoint.node.ts';
import { policyConfig, tinyProcessor, tinyWeights } from '../support/policy.ts';
import { gear } from './support.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-eval-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);
const read = (name: string): EvaluationFile => JSON.parse(readFileSync(at(name), 'utf8'));
const config = policyConfig();

beforeAll(() => savePolicy(at('policy.safetensors'), tinyProcessor(config), tinyWeights(config)));

test('the expert succeeds, as demonstrations do', { timeout: 60_000 }, async () => {
  const { code, out, err } = await gear('eval', 'expert', '--suite', 'object/red-apple', '--trials', '3', '--out', at('expert.json'));
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^ {2}red-apple\s+100\.0 \(43\.9–100\.0\) {2}3 of 3$/m);
  const { policy, results, settings } = read('expert.json');
  expect(policy).toBe('expert');
  expect(results.map(({ seed, success }) => [seed, success])).toEqual([0, 1, 2].map((i) => [1_000_000 + i, true]));
  expect(settings).toMatchObject({ tasks: ['object/red-apple'], robot: 'panda', trials: 3, perturb: [] });
});

test('a policy does the same again, on however many threads; another does not', { timeout: 120_000 }, async () => {
  const args = [
    'eval',
    at('policy.safetensors'),
    '--suite',
    'object/red-apple,object/red-can',
    '--trials',
    '2',
    '--replan',
    '5',
    '--batch',
    '2',
  ];
  expect(await gear(...args, '--workers', '2', '--out', at('policy.json'))).toMatchObject({ code: 0, err: '' });
  const { policy, results } = read('policy.json');
  expect(policy).toMatchObject({ model: 'tiny', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(results).toHaveLength(4);
  const again = await gear('eval', at('policy.safetensors'), '--replay', at('policy.json'), '--workers', '1');
  expect(again).toMatchObject({ code: 0, err: '' });
  const changed = { ...read('policy.json'), results: results.map((result, i) => (i === 3 ? { ...result, steps: 1 } : result)) };
  writeFileSync(at('changed.json'), JSON.stringify(changed));
  const other = await gear('eval', at('policy.safetensors'), '--replay', at('changed.json'));
  expect(other.code).toBe(1);
  expect(other.err).toMatch(/changed\.json does not repeat: object\/[\w-]+, seed 1000001 \w+ after 1 steps, and now \w+ after \d+ steps/);
});

test.each([
  ['a policy that there is not', ['nothing.safetensors'], 1, 'nothing.safetensors'],
  ['a suite that there is not', ['expert', '--suite', 'objects'], 2, 'there is no task or suite "objects"'],
  ['a robot with too many arms', ['expert', '--robot', 'agilex'], 2, 'takes one arm, which agilex does not have'],
  ['no trials', ['expert', '--trials', '0'], 2, 'expected a whole number from 1 up'],
  ['a perturbation that there is not', ['expert', '--perturb', 'rain:3'], 2, 'rain'],
  ['more steps than a chunk has', [at('policy.safetensors'), '--suite', 'object/red-can'], 1, 'predicts 5 steps at a time'],
  ['a robot that the policy does not know', [at('spot.safetensors'), '--replan', '5'], 1, 'knows no embodiment "panda"; it knows spot'],
])('refused: %s', async (_, args, exit, message) => {
  const spot = policyConfig((c) => ({ ...c, embodiment: { ...c.embodiment, names: ['spot'] } }));
  await savePolicy(at('spot.safetensors'), tinyProcessor(spot), tinyWeights(spot));
  const { code, err } = await gear('eval', ...args);
  expect(err).toContain(message);
  expect(code).toBe(exit);
});
