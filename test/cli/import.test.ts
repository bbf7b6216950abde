/** `gear import`: what it prints, and its exit codes. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openModel } from '../../src/model/checkpoint.node.ts';
import { hostTensor } from '../../src/tensor/host.ts';
import { publish, publishedWeights, qwenJson, vggtJson } from '../model/published.ts';
import { tiny } from '../model/tiny.ts';
import { gear } from './support.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-import-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

const config = tiny();
const { qwen, vggt } = publishedWeights(config);
const rest = hostTensor('f32', [2, 3], new Float32Array(6));
const ARGS = ['import', '--qwen', at('qwen'), '--vggt', at('vggt'), '--config', at('tiny.json')];

beforeAll(async () => {
  await publish(at('qwen'), qwenJson(config), qwen, 2);
  await publish(at('vggt'), vggtJson(config), new Map([...vggt, ['track_head.x', rest], ['depth_head.y', rest]]));
  await publish(at('less'), qwenJson(config), new Map([...qwen].filter(([name]) => name !== 'model.norm.weight')));
  writeFileSync(at('tiny.json'), JSON.stringify(config));
});

test('every tensor is listed, those that are alike on one line', async () => {
  const { code, out, err } = await gear(...ARGS, '--out', at('text'));
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const lines = out.split('\n');
  expect(lines[0]).toMatch(/text: tiny, [\d.]+ kB in the dtypes as published$/);
  expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^used, of Qwen2\\.5-VL: ${qwen.size} tensors, [\\d.]+ kB$`)));
  expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^used, of VGGT: ${vggt.size} tensors, [\\d.]+ kB$`)));
  expect(lines).toContain('  3 × model.layers.*.mlp.up_proj.weight bf16[48, 32]');
  expect(lines).toContain('  model.norm.weight bf16[32]');
  expect(lines).toContain("kept, VGGT's heads: 1 tensor, 24 B");
  expect(lines).toContain('  depth_head.y f32[2, 3]');
  expect(lines).toContain('left over: 1 tensor, 24 B');
  expect(lines).toContain('  track_head.x f32[2, 3]');
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}visual\.merger\.geometry\.weight f32\[/));
  expect(lines).toContain('new rows: 56 of model.embed_tokens.weight');
  expect(lines).toContain('missing: none');
  const counts = lines.map((line) => Number(/^ {2}(\d+) × /.exec(line)?.[1] ?? (line.startsWith('  ') ? 1 : 0)));
  const sum = lines.reduce((all, line) => all + Number(/: (\d+) tensors?, /.exec(line)?.[1] ?? 0), 0);
  expect(counts.reduce((a, b) => a + b)).toBe(sum);
});

test('--json has all of it, with counts and bytes', async () => {
  const { code, out } = await gear(...ARGS, '--out', at('json'), '--json', '--dtype', 'f32');
  expect(code).toBe(0);
  const report = JSON.parse(out);
  expect(report).toMatchObject({ out: at('json'), config: 'tiny', missing: { count: 0, tensors: [] }, wrong: [] });
  expect(report.used.count).toBe(qwen.size + vggt.size);
  expect(report.used.bytes + report.kept.bytes).toBe(report.bytes);
  expect(report.used.tensors.find(({ name }: { name: string }) => name === 'model.norm.weight')).toEqual({
    name: 'model.norm.weight',
    source: 'qwen',
    published: 'model.norm.weight',
    dtype: 'f32',
    shape: [32],
    bytes: 128,
  });
  expect(report.leftOver).toEqual({
    count: 1,
    bytes: 24,
    tensors: [{ source: 'vggt', published: 'track_head.x', dtype: 'f32', shape: [2, 3], bytes: 24 }],
  });
  const checkpoint = await openModel(at('json'));
  expect(checkpoint.config).toEqual(config);
  await checkpoint.close();
});

test('a missing tensor is an error that names it', async () => {
  const before = readdirSync(folder);
  const args = ['import', '--qwen', at('less'), '--vggt', at('vggt'), '--config', at('tiny.json'), '--out', at('none')];
  const { code, out, err } = await gear(...args);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toBe('gear: the published models do not fit "tiny": Qwen2.5-VL lacks "model.norm.weight" f32[32]\n');
  const json = await gear(...args, '--json');
  expect(json.code).toBe(1);
  expect(JSON.parse(json.out).missing).toMatchObject({ count: 1, tensors: [{ name: 'model.norm.weight', source: 'qwen' }] });
  expect(readdirSync(folder)).toEqual(before);
});

test.each([
  [['--vggt', 'x', '--out', 'y'], "required option '--qwen <dir>' not specified"],
  [['--qwen', 'x', '--vggt', 'x'], "required option '--out <dir>' not specified"],
  [['--qwen', 'x', '--out', 'y', '--config', 'huge'], 'no model size "huge"'],
  [['--qwen', 'x', '--out', 'y', '--config', 'none.json'], 'there is no file none.json'],
  [['--qwen', 'x', '--out', 'y', '--dtype', 'int4'], 'Allowed choices are f32, bf16'],
])('%j makes no sense', async (args, message) => {
  const { code, err } = await gear('import', ...args);
  expect(err).toContain(message);
  expect(code).toBe(2);
});
