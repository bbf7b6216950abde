/** `gear eval`: what is refused before anything is done. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { machine, writeEvaluation } from '../../src/eval/evaluation.ts';
import { savePolicy } from '../../src/model/checkpoint.node.ts';
import { writeSafetensors } from '../../src/tensor/safetensors.node.ts';
import { policyConfig, tinyProcessor, tinyWeights } from '../support/policy.ts';
import { gear } from './support.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-eval-wrong-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  const config = policyConfig();
  await savePolicy(at('policy.safetensors'), tinyProcessor(config), tinyWeights(config));
  const spot = policyConfig((c) => ({ ...c, embodiment: { ...c.embodiment, names: ['spot'] } }));
  await savePolicy(at('spot.safetensors'), tinyProcessor(spot), tinyWeights(spot));
  await writeSafetensors(at('imported.safetensors'), { metadata: { config: JSON.stringify(config) }, tensors: tinyWeights(config) });
  await writeSafetensors(at('other.safetensors'), { metadata: {}, tensors: tinyWeights(config) });
  writeFileSync(at('text.safetensors'), 'this is no checkpoint');
  writeFileSync(at('there.json'), '{}');
  mkdirSync(at('empty'));
  const old = { version: '0.0.1', date: 'then', machine: machine(), policy: 'expert', results: [] };
  const settings = { tasks: ['object/no-such-thing'], robots: ['panda'], perturbations: ['none'], seed: 0, trials: 1, replan: 1, batch: 1 };
  writeFileSync(at('old.json'), JSON.stringify({ format: 'gear-vla evaluation 1', ...old, settings }));
});

const POLICY = at('policy.safetensors');
const CAN = ['--suite', 'object/red-can'];

test.each<[string, string[], number, string]>([
  ['nothing to evaluate', [], 2, 'what is to be evaluated? a checkpoint, expert, random or still'],
  ['a suite that there is not', ['expert', '--suite', 'objects'], 2, 'there is no task or suite "objects": the nearest of'],
  ['a task that there is not', ['expert', '--suite', 'object/red-cn'], 2, 'there is no task or suite "object/red-cn"'],
  ['no suite at all', ['expert', '--suite', ''], 2, 'there is no task or suite ""'],
  ['a robot that there is not', ['expert', '--robot', 'pandas'], 2, 'there is no simulated robot "pandas": there are "panda", '],
  [
    'a robot with too few arms',
    ['expert', '--suite', 'bimanual', '--robot', 'panda'],
    2,
    'takes two arms, which panda has not: choose agilex or ldt-01',
  ],
  [
    'a robot for which there is no task',
    ['expert', ...CAN, '--robot', 'panda,agilex'],
    2,
    'agilex has 2 arms, and none of the tasks takes so many',
  ],
  ['a perturbation that there is not', ['expert', '--perturb', 'rain:3'], 2, 'there is no perturbation "rain"'],
  ['a strength that there is not', ['expert', '--perturb', 'camera:9'], 2, 'expected camera:1 to camera:5'],
  ['no trials', ['expert', '--trials', '0'], 2, 'expected a whole number from 1 up'],
  ['no batch', ['expert', '--batch', '0'], 2, 'expected a whole number from 1 up'],
  ['an --out of another kind', ['expert', '--out', at('eval.txt')], 2, 'an evaluation is a *.json file, and not'],
  ['an --out in a folder that there is not', ['expert', '--out', at('no/eval.json')], 2, 'there is no folder'],
  ['an --out below a file', ['expert', '--out', path.join(at('text.safetensors'), 'eval.json')], 2, 'there is no folder'],
  ['an --out that is there', ['expert', ...CAN, '--out', at('there.json')], 1, 'there.json is there already'],
  ['--videos that cannot be made', ['expert', ...CAN, '--videos', path.join(at('there.json'), 'videos')], 1, 'there.json'],
  ['--markdown of another kind', ['expert', '--markdown', at('eval.html')], 2, 'a file of tables is a *.md file, and not'],
  ['a policy that there is not', [at('nothing.safetensors'), ...CAN], 1, 'there is no checkpoint'],
  ['a file that is no checkpoint', [at('text.safetensors'), ...CAN], 1, 'text.safetensors'],
  ['a folder without one', [at('empty'), ...CAN], 1, 'empty'],
  ['a checkpoint of something else', [at('other.safetensors'), ...CAN], 1, 'it has no configuration'],
  ['a checkpoint without a processor', [at('imported.safetensors'), ...CAN], 1, 'so no policy: train it with `gear train`'],
  ['more steps than a chunk has', [POLICY, ...CAN], 1, 'predicts 5 steps at a time: no more can be carried out than these, not 10'],
  [
    'a robot that the policy does not know',
    [at('spot.safetensors'), ...CAN, '--replan', '5'],
    1,
    'knows no embodiment "panda"; it knows spot',
  ],
  [
    'words that the policy has no room for',
    [POLICY, ...CAN, '--replan', '5', '--perturb', 'language:5'],
    1,
    'object/red-can, seed 1000000, panda, language:5: action prompt: the instruction has',
  ],
  ['an evaluation that there is not', ['--replay', at('nothing.json')], 1, 'nothing.json cannot be read'],
  ['an evaluation that is none', ['--replay', at('there.json')], 1, 'there.json is no evaluation of gear eval: format: '],
  ['an evaluation of tasks that there are not', ['--replay', at('old.json')], 1, 'there is no task "object/no-such-thing"'],
  ['another evaluation than that in the file', ['--replay', at('there.json'), '--trials', '3'], 2, 'leave out --trials'],
  ['tables of a replay', ['--replay', at('there.json'), '--per-task'], 2, 'leave out --per-task'],
])('%s', async (_, args, exit, message) => {
  const { code, err, out } = await gear('eval', ...args);
  expect(err).toContain(message);
  expect({
    code,
    out,
    lines: err
      .trim()
      .split('\n')
      .filter((line) => !line.includes('digits may differ')).length,
  }).toEqual({
    code: exit,
    out: '',
    lines: 1,
  });
  expect(existsSync(at('eval.json.partial'))).toBe(false);
});

test('gear compare: several evaluations in one table', async () => {
  const results = [
    { task: 'object/a', robot: 'panda', perturbation: 'none', seed: 1, instruction: 'go', object: 'red can', success: true, steps: 9 },
  ];
  const settings = { tasks: ['object/a'], robots: ['panda'], perturbations: ['none'], seed: 1, trials: 1, replan: 10, batch: 10 };
  const evaluation = { version: '0.1.0', date: 'today', machine: {}, policy: 'expert' as const, settings, results };
  await writeEvaluation(at('expert.json'), evaluation);
  await writeEvaluation(at('other.json'), {
    ...evaluation,
    results: results.map((one) => ({ ...one, success: false, failure: 'timeout' as const })),
  });
  const { code, out } = await gear('compare', at('expert.json'), `still=${at('other.json')}`, '--markdown', at('table.md'));
  expect(code).toBe(0);
  expect(out).toMatch(/expert +100\.0 .*\n +still +0\.0 /);
  expect(readFileSync(at('table.md'), 'utf8')).toContain('| still | 0.0 (0.0–79.3) |');
  expect(await gear('compare', at('nothing.json'))).toMatchObject({ code: 1, err: expect.stringContaining('nothing.json cannot be read') });
});
