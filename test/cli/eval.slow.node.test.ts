/** `gear eval`: policies and what they are compared with, in simulation. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { probeVideo } from '../../src/data/video/probe.ts';
import type { EvaluationFile } from '../../src/eval/evaluation.ts';
import { savePolicy } from '../../src/model/checkpoint.node.ts';
import { type HostTensor, hostTensor, numbers } from '../../src/tensor/host.ts';
import { policyConfig, tinyProcessor, tinyWeights } from '../support/policy.ts';
import { gear } from './support.ts';

// Threads load the sources for themselves.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-eval-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);
const read = (name: string): EvaluationFile => JSON.parse(readFileSync(at(name), 'utf8'));
const config = policyConfig();

beforeAll(async () => {
  await savePolicy(at('policy.safetensors'), tinyProcessor(config), tinyWeights(config));
  const times = (value: HostTensor, factor: number): HostTensor => {
    const data = Float32Array.from(numbers(value), (x) => x * factor);
    return hostTensor('f32', value.shape, data);
  };
  const weightsTimes = (factor: number) => new Map(Array.from(tinyWeights(config), ([name, value]) => [name, times(value, factor)]));
  await savePolicy(at('other.safetensors'), tinyProcessor(config), weightsTimes(0.5));
  await savePolicy(at('diverged.safetensors'), tinyProcessor(config), weightsTimes(Number.NaN));
});

const TASKS = ['--suite', 'object/red-apple,object/red-can'];

test('the expert succeeds, as demonstrations do; robots and conditions are columns of tables', async () => {
  const { code, out, err } = await gear(
    ...['eval', 'expert', ...TASKS, '--robot', 'panda,ur5e', '--perturb', 'none,light:2', '--trials', '1', '--per-task'],
    ...['--out', at('expert.json'), '--markdown', at('expert.md')],
  );
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^ {2}expert, panda {2}100\.0 \(34\.2–100\.0\)$/m);
  expect(out).toMatch(/^ {2}object\/red-apple( {2}100\.0 \(20\.7–100\.0\)){4}$/m);
  expect(readFileSync(at('expert.md'), 'utf8')).toContain('| expert, ur5e | 100.0 (34.2–100.0) |');
  const { policy, results, settings } = read('expert.json');
  expect(policy).toBe('expert');
  expect(results.map(({ seed, success }) => [seed, success])).toEqual(new Array(8).fill([1_000_000, true]));
  expect(settings).toEqual({
    tasks: ['object/red-can', 'object/red-apple'],
    robots: ['panda', 'ur5e'],
    perturbations: ['none', 'light:2'],
    seed: 1_000_000,
    trials: 1,
    replan: 10,
    batch: 10,
  });
  expect(existsSync(at('expert.json.partial'))).toBe(false);
});

test('a policy does the same again, on however many threads; another does not', async () => {
  const acting = ['--trials', '2', '--replan', '5', '--batch', '2'];
  const made = await gear('eval', at('policy.safetensors'), ...TASKS, ...acting, '--workers', '2', '--out', at('policy.json'));
  expect(made).toMatchObject({ code: 0, err: '' });
  expect(made.out).toMatch(/^Failures: tiny$/m);
  const { policy, results } = read('policy.json');
  expect(policy).toMatchObject({
    model: 'tiny',
    chunk: 5,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    engine: { details: { threads: 1 } },
  });
  expect(results).toHaveLength(4);

  // The policy's file is known.
  const again = await gear('eval', '--replay', at('policy.json'), '--workers', '1');
  expect(again).toEqual({ code: 0, out: `${at('policy.json')}: 4 trials, the same again\n`, err: '' });

  const changed = { ...read('policy.json'), results: results.map((result, i) => (i === 3 ? { ...result, steps: 1 } : result)) };
  writeFileSync(at('changed.json'), JSON.stringify(changed));
  const other = await gear('eval', at('other.safetensors'), '--replay', at('changed.json'), '--json');
  expect(other.code).toBe(1);
  expect(other.err).toMatch(/changed\.json is of another policy: [0-9a-f]{64}, and this is [0-9a-f]{64} \(SHA-256\)/);
  expect(other.err).toMatch(/changed\.json does not repeat: object\/[\w-]+, seed 100000\d, panda failed after \d+ steps.*, and now failed/);
  expect(JSON.parse(other.out)).toMatchObject({ trials: 4, same: false, difference: expect.stringContaining('object/red-') });
});

test('a policy whose numbers are none is said to be so, with the trial', async () => {
  const { code, out, err } = await gear('eval', at('diverged.safetensors'), ...TASKS, '--trials', '1', '--replan', '5', '--workers', '1');
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(
    /^gear: object\/red-\w+, seed 1000000, panda: the chunk predicted at step 0 has NaN as number 0 of the right arm in action 0\n$/,
  );
});

test('what was interrupted goes on with the same command, and with no other', async () => {
  const args = ['eval', 'expert', ...TASKS, '--trials', '2', '--workers', '1'];
  expect((await gear(...args, '--out', at('whole.json'))).code).toBe(0);
  process.once('SIGINT', () => undefined);
  const interrupted = gear(...args, '--out', at('part.json'));
  const journal = path.join(at('part.json.partial'), 'trials.jsonl');
  await vi.waitUntil(() => existsSync(journal) && readFileSync(journal, 'utf8').includes('\n'), { timeout: 60_000, interval: 5 });
  process.emit('SIGINT');
  const { code, err } = await interrupted;
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringMatching(/^gear: interrupted; [123] of 4 trials are in .*part\.json\.partial/),
  });

  const changed = await gear('eval', 'expert', ...TASKS, '--trials', '3', '--out', at('part.json'));
  expect(changed).toMatchObject({ code: 1, err: expect.stringContaining('was begun with trials 2, not 3') });

  // As if it had been killed while it wrote
  writeFileSync(journal, '{"task":"object/re', { flag: 'a' });
  const { out } = await gear(...args, '--out', at('part.json'));
  expect(out).toMatch(/^[123] trials in \d+:\d\d, and [123] of an earlier run/m);
  expect(read('part.json').results).toEqual(read('whole.json').results);
  expect(await gear(...args, '--out', at('part.json'))).toMatchObject({
    code: 1,
    err: expect.stringContaining('part.json is there already'),
  });
});

test('videos show the first success and the first failure of each task, all views beside each other', async () => {
  const { code, err } = await gear('eval', 'still', '--suite', 'object/red-can', '--trials', '2', '--videos', at('videos/still'));
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const [name] = readdirSync(at('videos/still'));
  expect(readdirSync(at('videos/still'))).toEqual(['object-red-can_panda_1000000_timeout.mp4']);
  expect(probeVideo(path.join(at('videos/still'), name as string))).toMatchObject({
    width: 2 * 192,
    height: 192,
    length: 241,
    frameRate: 30,
  });
});
