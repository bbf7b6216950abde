/** `gear demo` and `gear eval --report`: pages of evaluations that were done. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { probeVideo } from '../../src/data/video/probe.ts';
import { savePolicy } from '../../src/model/checkpoint.node.ts';
import { policyConfig, tinyProcessor, tinyWeights } from '../support/policy.ts';
import { gear } from './support.ts';

// Threads load the sources for themselves.
vi.setConfig({ testTimeout: 120_000 });

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-demo-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

/** The data of a page's script. */
function dataOf(name: string) {
  const [, json = ''] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(readFileSync(at(name), 'utf8')) ?? [];
  return JSON.parse(json) as {
    films: { steps: number; views: string[]; video: string; predictions: { step: number; latents: number[] }[] }[];
  };
}

test('the demo prints tables and writes a page with videos', async () => {
  const tasks = 'object/red-can,bimanual/lift-pot';
  const { code, out, err } = await gear(
    'demo',
    '--policy',
    'expert',
    '--suites',
    tasks,
    '--trials',
    '1',
    '--workers',
    '2',
    '--out',
    at('demo.html'),
  );
  expect(code).toBe(0);
  expect(out).toMatch(/^expert: 2 episodes of 2 tasks in 2 suites; about \d+:\d\d min on 2 threads of a quiet machine$/m);
  expect(out).toMatch(/^ {2}expert( {2}100\.0 \(20\.7–100\.0\)){2} {2}100\.0 \(34\.2–100\.0\)$/m);
  expect(err).toMatch(/^2\/2 episodes {2}object 1\/1 {2}bimanual 1\/1 {2}ETA 0:00$/m);
  const { films } = dataOf('demo.html');
  expect(films.map(({ views }) => views.length)).toEqual([2, 3]);
  for (const [i, { video, steps, views }] of films.entries()) {
    writeFileSync(at(`${i}.mp4`), Buffer.from(video, 'base64'));
    expect(await probeVideo(at(`${i}.mp4`))).toMatchObject({ codec: 'h264', width: views.length * 224, height: 224, length: steps + 1 });
  }
});

test('the page of an evaluation has what a policy predicted', async () => {
  const config = policyConfig();
  await savePolicy(at('policy.safetensors'), tinyProcessor(config), tinyWeights(config));
  const acting = ['--suite', 'object/red-can', '--trials', '1', '--replan', '5', '--workers', '1'];
  const { code, err } = await gear('eval', at('policy.safetensors'), ...acting, '--report', at('eval.html'));
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const { films } = dataOf('eval.html');
  const [{ steps, predictions } = { steps: 0, predictions: [] }] = films;
  expect(predictions.map(({ step }) => step)).toEqual(Array.from({ length: Math.ceil(steps / 5) }, (_, i) => 5 * i));
  expect(new Set(predictions.map(({ latents }) => latents.length)).size).toBe(1);
  expect(readFileSync(at('eval.html'), 'utf8')).toContain(`gear eval ${at('policy.safetensors')} --suite object/red-can --perturb none`);
});
