/** Qwen2.5-VL against transformers (`reference/qwen_goldens.py`), and what is said of files that are not as they should be. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { verifyGolden } from '../../src/model/golden/verify.ts';
import { convert, type HostTensor, hostTensor, numbers } from '../../src/tensor/host.ts';
import { readSafetensors, writeSafetensors } from '../../src/tensor/safetensors.node.ts';
import type { SafetensorsFile } from '../../src/tensor/safetensors.ts';
import { gear } from '../cli/support.ts';
import { engine } from '../nn/helpers.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.safetensors`, import.meta.url));
const TINY = fixture('qwen2_5_vl_tiny');
const tiny = await readSafetensors(TINY);

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-golden-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The golden with some tensors replaced, or left out where undefined. */
function changed(tensors: Readonly<Record<string, HostTensor | undefined>>, file = tiny): SafetensorsFile {
  const all = new Map(file.tensors);
  for (const [name, tensor] of Object.entries(tensors)) {
    if (tensor) all.set(name, tensor);
    else all.delete(name);
  }
  return { metadata: file.metadata, tensors: all };
}

const tensorOf = (name: string): HostTensor => tiny.tensors.get(name) as HostTensor;
const reshaped = (name: string, shape: readonly number[]): HostTensor => ({ ...tensorOf(name), shape });
const CASES = ['input.input_ids', 'input.batch.input_ids', 'input.textonly.input_ids'];
const withConfig = (config: string): SafetensorsFile => ({ ...tiny, metadata: { config } });
const config = (change: (config: Record<string, Record<string, unknown>>) => void): SafetensorsFile => {
  const parsed = JSON.parse(tiny.metadata.config as string);
  change(parsed);
  return withConfig(JSON.stringify(parsed));
};

describe('every output is the reference implementation’s', () => {
  test.each([
    ['qwen2_5_vl_tiny', 24],
    // Ragged windows, grids that differ, one key head for four, a shared table, padding on both sides.
    ['qwen_ragged', 25],
    // Two frames, cells of 3 × 3, no full attention, a flattened patch embedding, newer names, another ε.
    ['qwen_wide', 19],
  ])('%s', async (name, outputs) => {
    const report = await verifyGolden(engine, await readSafetensors(fixture(name)));
    expect(report.outputs.filter(({ passed }) => !passed)).toEqual([]);
    expect(report).toMatchObject({ model: 'Qwen2.5-VL', passed: true, unusedWeights: [] });
    expect(report.outputs).toHaveLength(outputs);
  });

  test('of half-precision weights, too, and whichever way the patch embedding is kept', async () => {
    const kept = 'weight.visual.patch_embed.proj.weight';
    const flat = await verifyGolden(engine, changed({ [kept]: reshaped(kept, [64, 1176]) }));
    expect(flat.passed).toBe(true);
    const norm = 'weight.model.norm.weight';
    const report = await verifyGolden(engine, changed({ [norm]: convert(tensorOf(norm), 'f16') }));
    // Rounded weights give logits that are a little off; the layers before them are as before.
    expect(report.outputs.filter(({ passed }) => !passed).map(({ name }) => name)).toEqual(['logits', 'batch.logits', 'textonly.logits']);
  });
});

describe.each([1e6, Number.POSITIVE_INFINITY, Number.NaN])('logits of padding do not count: %d', (logit) => {
  const name = 'output.batch.logits';
  const mask = numbers(tensorOf('input.batch.attention_mask'));
  const logitsWith = (change: (values: Float32Array) => void): SafetensorsFile => {
    const values = Float32Array.from(numbers(tensorOf(name)));
    const padding = mask.indexOf(0);
    values.fill(logit, padding * 160, (padding + 1) * 160);
    change(values);
    return changed({ [name]: { ...tensorOf(name), data: values } });
  };

  test('neither as errors', async () => {
    expect(
      (
        await verifyGolden(
          engine,
          logitsWith(() => undefined),
        )
      ).passed,
    ).toBe(true);
  });

  test('nor for what is allowed of others', async () => {
    const real = mask.indexOf(1) * 160;
    const off = logitsWith((values) => values.set([(values[real] as number) + 1e-3], real));
    const { outputs } = await verifyGolden(engine, off);
    expect(outputs.filter(({ passed }) => !passed)).toMatchObject([{ name: 'batch.logits', tolerance: 2e-4 }]);
  });
});

test('a golden of text alone needs no pictures', async () => {
  const text = [...tiny.tensors].filter(([name]) => !/^(input|output)\./.test(name) || /^(input|output)\.textonly\./.test(name));
  const report = await verifyGolden(engine, { ...tiny, tensors: new Map(text) });
  expect(report).toMatchObject({ passed: true });
  expect(report.outputs.map(({ name }) => name).sort()).toEqual(['textonly.logits', 'textonly.position_ids', 'textonly.rope_deltas']);
});

describe('an output layer that is the table', async () => {
  const ragged = await readSafetensors(fixture('qwen_ragged'));
  const table = ragged.tensors.get('weight.model.embed_tokens.weight') as HostTensor;

  test('may lie beside it', async () => {
    const report = await verifyGolden(engine, changed({ 'weight.lm_head.weight': table }, ragged));
    expect(report).toMatchObject({ passed: true, unusedWeights: ['lm_head.weight'] });
  });

  test('is no other', async () => {
    const other = Float32Array.from(table.data as Float32Array);
    other[5] = 0.5;
    await expect(verifyGolden(engine, changed({ 'weight.lm_head.weight': { ...table, data: other } }, ragged))).rejects.toThrow(
      'tie_word_embeddings is true, but "lm_head.weight" is another table than "model.embed_tokens.weight"',
    );
  });
});

test.each<[string, string, (values: Float32Array) => void]>([
  ['a weight', 'weight.model.layers.1.self_attn.k_proj.weight', (values) => values.set([(values[7] as number) + 0.1], 7)],
  ['an output', 'output.text.layer.1', (values) => values.set([(values[7] as number) + 1e-3], 7)],
])('%s that is off is found', async (_, name, change) => {
  const values = Float32Array.from(numbers(tensorOf(name)));
  change(values);
  const report = await verifyGolden(engine, changed({ [name]: { ...tensorOf(name), data: values } }));
  expect(report.passed).toBe(false);
  const beyond = report.outputs.filter(({ passed }) => !passed).map(({ name }) => name);
  if (name.startsWith('output.')) expect(beyond).toEqual([name.slice('output.'.length)]);
  else expect(beyond).toContain('logits');
});

describe('what is wrong with a file is said', () => {
  test.each<[string, SafetensorsFile, string | RegExp]>([
    [
      'no weight',
      changed({ 'weight.model.layers.1.mlp.up_proj.weight': undefined }),
      'the golden lacks "weight.model.layers.1.mlp.up_proj.weight" [136, 64]',
    ],
    ['no output layer', changed({ 'weight.lm_head.weight': undefined }), 'the golden lacks "weight.lm_head.weight" [160, 64]'],
    ['no pictures', changed({ 'input.pixel_values': undefined }), 'the golden has no tensor "input.pixel_values"'],
    ['no case', changed(Object.fromEntries(CASES.map((name) => [name, undefined]))), 'the golden has no tensor "input.input_ids"'],
    [
      'an output that is no number',
      changed({ 'output.logits': { ...tensorOf('output.logits'), data: new Float32Array(71 * 160).fill(Number.NaN) } }),
      '"output.logits" should have finite numbers where they count, but one of them is NaN',
    ],
    [
      'an output that is infinite',
      changed({ 'output.text.layer.0': { ...tensorOf('output.text.layer.0'), data: new Float32Array(71 * 64).fill(-Infinity) } }),
      '"output.text.layer.0" should have finite numbers where they count, but one of them is -Infinity',
    ],
    [
      'a grey picture',
      changed({ 'input.image_u8.1': hostTensor('u8', [112, 112], new Uint8Array(112 * 112)) }),
      'a picture of 112×112 pixels has 37632 bytes of RGB, but this one has 12544',
    ],
    ['no grids', changed({ 'input.image_grid_thw': undefined }), 'the golden has no tensor "input.image_grid_thw"'],
    ['no logits', changed({ 'output.batch.logits': undefined }), 'the golden has no tensor "output.batch.logits"'],
    ['one block less', changed({ 'output.vision.block.2': undefined }), 'the golden has no tensor "output.vision.block.2"'],
    [
      'a weight of another shape',
      changed({ 'weight.visual.blocks.0.attn.qkv.weight': reshaped('weight.visual.blocks.0.attn.qkv.weight', [64, 192]) }),
      '"weight.visual.blocks.0.attn.qkv.weight" should be f32[192, 64], but is f32[64, 192]',
    ],
    [
      'an output of another shape',
      changed({ 'output.logits': reshaped('output.logits', [71, 160]) }),
      '"output.logits" should be [1, 71, 160], but is [71, 160]',
    ],
    [
      'pictures of another shape',
      changed({ 'input.pixel_values': reshaped('input.pixel_values', [96, 2352]) }),
      '"input.pixel_values" should have 192 rows, one for each patch, but is [96, 2352]',
    ],
    ['grids of other images', changed({ 'input.image_grid_thw': hostTensor('i32', [2, 3], [1, 8, 16, 1, 8, 8]) }), 'the image at token'],
    [
      'a token that there is not',
      changed({ 'input.textonly.input_ids': hostTensor('i32', [1, 12], Array<number>(12).fill(160)) }),
      '"input.textonly.input_ids" has a token 160, but the vocabulary has 160',
    ],
    ['an unknown output', changed({ 'output.pose': tensorOf('output.logits') }), '"output.pose" is not an output of the network'],
    ['an unknown tensor', changed({ logits: tensorOf('output.logits') }), 'the tensor "logits" is no golden\'s'],
    ['another network', withConfig('{"model_type": "llama", "hidden_size": 64}'), 'its configuration is of no network known here'],
    ['no configuration', { ...tiny, metadata: {} }, 'the file has no configuration'],
    ['a broken configuration', withConfig('{'), "the configuration in the file's metadata is not JSON"],
    [
      'fewer layers than it says',
      config((c) => Object.assign(c.text_config as object, { num_hidden_layers: 4 })),
      'the golden has no tensor',
    ],
    [
      'more layers than it says',
      config((c) => Object.assign(c.vision_config as object, { depth: 3 })),
      '"output.vision.block.3" is not an output',
    ],
    [
      'other sizes than it says',
      config((c) => Object.assign(c.text_config as object, { intermediate_size: 100 })),
      'should be f32[100, 64], but is f32[136, 64]',
    ],
    [
      'an activation that it does not have',
      config((c) => Object.assign(c.vision_config as object, { hidden_act: 'gelu' })),
      'the configuration of Qwen2.5-VL is wrong: vision_config.hidden_act',
    ],
  ])('%s', async (_, file, message) => {
    await expect(verifyGolden(engine, file)).rejects.toThrow(message);
  });
});

describe('gear verify golden', () => {
  test('prints every output beside its tolerance', async () => {
    const { code, out, err } = await gear('verify', 'golden', TINY);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^logits +\[1, 71, 160\] +\d\.\de-\d +2e-4 +ok$/m);
    expect(out).toMatch(/^position_ids +\[3, 1, 71\] +0 +exact +ok$/m);
    expect(out).toMatch(/all 24 outputs within tolerance\n$/);
  });

  test('as JSON; beyond a tolerance the exit code is 1', async () => {
    const file = path.join(folder, 'off.safetensors');
    await writeSafetensors(file, changed({ 'output.rope_deltas': hostTensor('i32', [1, 1], [3]) }));
    const { code, out } = await gear('verify', 'golden', file, '--json');
    expect(code).toBe(1);
    const report = JSON.parse(out);
    expect(report).toMatchObject({ file, model: 'Qwen2.5-VL', passed: false, unusedWeights: [] });
    expect(report.outputs.find(({ name }: { name: string }) => name === 'rope_deltas')).toMatchObject({
      shape: [1, 1],
      tolerance: 0,
      passed: false,
    });
    const { out: text } = await gear('verify', 'golden', file);
    expect(text).toMatch(/^rope_deltas .* exact +BEYOND$/m);
    expect(text).toMatch(/ 1 of 24 outputs beyond tolerance\n$/);
  });

  test('refuses what it cannot verify in one line', async () => {
    const truncated = path.join(folder, 'truncated.safetensors');
    writeFileSync(truncated, readFileSync(TINY).subarray(0, 100_000));
    const lacking = path.join(folder, 'lacking.safetensors');
    await writeSafetensors(lacking, changed({ 'weight.model.norm.weight': undefined }));
    for (const [file, message] of [
      [truncated, 'truncated'],
      [lacking, 'the golden lacks "weight.model.norm.weight" [64]'],
      [path.join(folder, 'nowhere.safetensors'), 'there is no file'],
    ] as const) {
      const { code, out, err } = await gear('verify', 'golden', file);
      expect({ code, out, lines: err.split('\n').length }).toEqual({ code: 1, out: '', lines: 2 });
      expect(err).toContain(file);
      expect(err).toContain(message);
    }
  });
});
