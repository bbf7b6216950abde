/** `importCheckpoint`: published weights arrive where they belong, whole or not at all. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { openModel } from '../../src/model/checkpoint.node.ts';
import type { ModelConfig } from '../../src/model/config.ts';
import { modelSize } from '../../src/model/configs.ts';
import { observationInputs, readSequence } from '../../src/model/gear-vla.ts';
import { geometryFeatures } from '../../src/model/geometry.ts';
import { type ImportOptions, importCheckpoint } from '../../src/model/import.node.ts';
import { ImportMismatch, modelParameters, planImport } from '../../src/model/import.ts';
import { embedTokens, languageModel, logits } from '../../src/model/language.ts';
import { predictionPrograms } from '../../src/model/predict.ts';
import { compile, type ExecutableOptions } from '../../src/tensor/compile.ts';
import { graphOf } from '../../src/tensor/graph.ts';
import { convert, type HostTensor, hostTensor, numbers } from '../../src/tensor/host.ts';
import { slice } from '../../src/tensor/ops/layout.ts';
import { type Parameters, parameters } from '../../src/tensor/parameters.ts';
import { readSafetensors, writeSafetensors } from '../../src/tensor/safetensors.node.ts';
import { constant, type Tensor, type Variable } from '../../src/tensor/tensor.ts';
import { vocabulary } from '../../src/tokens/vocabulary.ts';
import { contentsOf } from '../cli/support.ts';
import { engine } from '../nn/helpers.ts';
import { publish, publishedWeights, qwenJson, vggtJson, type Weights } from './published.ts';
import { feeds, layoutFor, only, prompt, tiny } from './tiny.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-import-'));
afterAll(() => rmSync(folder, { recursive: true }));
let made = 0;
/** A path where nothing is. */
const free = (): string => path.join(folder, `${made++}`);

const config = tiny();
const untied = tiny((c) => ({ ...c, language: { ...c.language, tied: false } }));
const [QWEN, VGGT] = [free(), free()];
const weights = publishedWeights(config);
await publish(QWEN, qwenJson(config), weights.qwen, 3);
await publish(VGGT, vggtJson(config), weights.vggt);

/** Imports the tiny model, with other options. */
const imported = async (options: Partial<ImportOptions> = {}) => {
  const out = free();
  return { out, report: await importCheckpoint({ qwen: QWEN, vggt: VGGT, out, config, ...options }) };
};

/** A folder of Qwen2.5-VL with other tensors, or another configuration. */
async function qwenWith(tensors: Weights, json: unknown = qwenJson(config), files = 2): Promise<string> {
  const at = free();
  await publish(at, json, tensors, files);
  return at;
}

const tensorsIn = async (out: string): Promise<ReadonlyMap<string, HostTensor>> => (await readSafetensors(out)).tensors;

/** What a program computes with some first values. */
async function run(
  outputs: Readonly<Record<string, Tensor>>,
  initial: NonNullable<ExecutableOptions['initial']>,
  given: Readonly<Record<string, HostTensor>> = {},
): Promise<Record<string, HostTensor>> {
  const executable = await compile(engine, { main: { outputs } }, { initial });
  const names = graphOf({ outputs }).inputs.map(({ name }) => name);
  const results = Object.entries(await executable.run('main', only(given, names)));
  const copies = results.map(([name, value]) => [name, { ...value, data: value.data.slice() }] as const);
  return executable.dispose().then(() => Object.fromEntries(copies));
}

const WORDS = vocabulary(config.vocabulary);
const TABLE = 'model.embed_tokens.weight';

describe('what is imported computes what was published', () => {
  test.each([
    ['tied', config],
    ['with an output layer of its own', untied],
  ] as const)('%s: logits are those of the same weights given directly', async (_, model: ModelConfig) => {
    const own = publishedWeights(model);
    const out = free();
    await importCheckpoint({ qwen: await qwenWith(own.qwen, qwenJson(model)), vggt: VGGT, out, config: model });
    const layout = layoutFor(model, false);
    const said = (declared: Parameters): Record<string, Tensor> => {
      const { hidden } = readSequence(declared, observationInputs(1, layout, model), layout, model);
      // Rows of new tokens are no published model's.
      return { said: slice(logits(declared, hidden, model.language), 2, 0, WORDS.text.end) };
    };
    const given = feeds(model, [prompt(model, 3, { targets: false })]);
    const wide = (value: HostTensor, shape: readonly number[]): HostTensor => {
      const all = new Float32Array(shape.reduce((a, b) => a * b, 1));
      all.set(numbers(value));
      return hostTensor('f32', shape, all);
    };
    const declared = parameters({ seed: 4 });
    const outputs = said(declared);
    const direct = await run(
      outputs,
      ({ name, shape }) => {
        const value = own.qwen.get(name) ?? own.vggt.get(name);
        return value && wide(value, shape);
      },
      given,
    );
    const { config: stored, values, close } = await openModel(out);
    expect(stored).toEqual(model);
    const loaded = await run(outputs, values, given).finally(close);
    expect(loaded.said).toEqual(direct.said);
    expect(new Set(numbers(loaded.said as HostTensor)).size).toBeGreaterThan(100);
  });

  test('and it predicts', async () => {
    const { out } = await imported();
    const { values, close } = await openModel(out);
    const declared = parameters({ seed: 4 });
    const programs = predictionPrograms(declared, 1, layoutFor(config, false), config);
    const executable = await compile(engine, { ...programs }, { initial: values }).finally(close);
    const names = graphOf(programs.read).inputs.map(({ name }) => name);
    const { token } = await executable.run('read', only(feeds(config, [prompt(config, 3, { targets: false })]), names));
    expect(Number(token?.data[0])).toSatisfy((id: number) => id >= WORDS.latent.start && id < WORDS.latent.end);
    await executable.dispose();
  });

  test('the goldens of both models, as one', async () => {
    const golden = async (name: string) => {
      const { tensors } = await readSafetensors(fileURLToPath(new URL(`fixtures/${name}.safetensors`, import.meta.url)));
      const under = (prefix: string) =>
        new Map([...tensors].filter(([n]) => n.startsWith(prefix)).map(([n, tensor]) => [n.slice(prefix.length), tensor]));
      return { weights: under('weight.'), of: (n: string) => tensors.get(n) as HostTensor };
    };
    const [qwen, vggt] = [await golden('qwen2_5_vl_tiny'), await golden('vggt_tiny_a')];
    const words = { ...config.vocabulary, textTokens: 160 };
    const both = tiny((c) => ({
      ...c,
      vocabulary: words,
      vision: {
        tower: { ...c.vision.tower, depth: 4, width: 64, heads: 4, hidden: 104, window: 56, fullAttention: [1, 3], out: 64 },
        trainable: false,
      },
      geometry: {
        ...c.geometry,
        encoder: {
          ...c.geometry.encoder,
          ...{ width: 64, depth: 4, heads: 4, mlpRatio: 4, registers: 4 },
          patchEmbed: { kind: 'dino', depth: 2, heads: 4, registers: 4, imageSize: 56 },
        },
      },
      language: {
        ...c.language,
        ...{ vocabulary: vocabulary(words).size, width: 64, layers: 3, heads: 4, groups: 2, headWidth: 16, hidden: 136 },
        ...{ ropeBase: 1e6, tied: false },
      },
      expert: { ...c.expert, heads: 4 },
    }));
    const out = free();
    const folders = { qwen: await qwenWith(qwen.weights, qwenJson(both)), vggt: free() };
    await publish(folders.vggt, vggtJson(both), vggt.weights);
    const report = await importCheckpoint({ ...folders, out, config: both });
    expect(report.leftOver.map(({ published }) => published)).toEqual(['aggregator.patch_embed.mask_token']);
    expect(new Set(report.kept.map(({ name }) => name.split('.')[0]))).toEqual(new Set(['camera_head', 'depth_head']));
    expect(report.used.length + report.kept.length + 1).toBe(qwen.weights.size + vggt.weights.size);

    const declared = parameters({ seed: 0 });
    const ids = qwen.of('input.textonly.input_ids');
    const time = Array.from({ length: ids.shape[1] as number }, (_, i) => i);
    const { hidden } = languageModel(
      declared,
      embedTokens(declared, constant(ids), both.language),
      { positions: [time, time, time] },
      both.language,
    );
    const outputs = {
      logits: slice(logits(declared, hidden, both.language), 2, 0, 160),
      geometry: geometryFeatures(declared.in('aggregator'), constant(vggt.of('input.images')), both.geometry.encoder),
    };
    const { values, close } = await openModel(out);
    const computed = await run(outputs, values).finally(close);
    expect(computed.logits).toBeAllclose(qwen.of('output.textonly.logits'), { atol: 2e-4, rtol: 0 });
    // The last layer's tokens, without the camera's and the registers', on their grid of 4 × 4.
    const last = vggt.of('output.aggregated.3');
    const [batch, views, tokens, width] = last.shape as [number, number, number, number];
    const patches = Float32Array.from(numbers(last).filter((_, i) => Math.floor(i / width) % tokens >= 5));
    expect(computed.geometry).toBeAllclose(hostTensor('f32', [batch, views, 4, 4, width], patches), { atol: 5e-5, rtol: 0 });
  });
});

describe('what is written', () => {
  test('has the published bytes, and nothing that was not published but rows of new tokens', async () => {
    const { out, report } = await imported();
    const tensors = await tensorsIn(out);
    const published = new Map([...weights.qwen, ...weights.vggt]);
    expect([...tensors.keys()].sort()).toEqual([...published.keys()].sort());
    for (const [name, value] of published) if (name !== TABLE) expect(tensors.get(name), name).toEqual(value);
    const table = tensors.get(TABLE) as HostTensor;
    const text = weights.qwen.get(TABLE) as HostTensor;
    expect(table.shape).toEqual([WORDS.size, config.language.width]);
    expect(table.data.slice(0, text.data.length)).toEqual(text.data);
    expect(report.used.filter(({ newRows }) => newRows)).toEqual([
      { name: TABLE, published: TABLE, source: 'qwen', dtype: 'bf16', shape: table.shape, newRows: WORDS.size - WORDS.text.end },
    ]);
    expect(report.bytes).toBe([...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0));
    expect(new Set(report.initial.map(({ name }) => name.split('.')[0]))).toEqual(new Set(['visual', 'state_projectors', 'expert']));
    expect(report.initial.filter(({ name }) => name.startsWith('visual.')).map(({ name }) => name)).toEqual([
      'visual.merger.geometry.weight',
    ]);
    expect(report.used.length + report.initial.length).toBe(modelParameters(config).length);
    expect(readdirSync(out)).toEqual(['model.safetensors']);
    const { metadata } = await readSafetensors(out);
    const stored = new Set([...tensors.keys(), ...JSON.parse(metadata.initial as string)]);
    expect([...stored].sort()).toEqual(
      modelParameters(config)
        .map(({ name }) => name)
        .sort(),
    );
    expect(JSON.parse(metadata.initial as string)).toEqual(report.initial.map(({ name }) => name));
  });

  test('new rows are around the mean of the published ones, each another', async () => {
    const large = tiny((c) => {
      const words = { ...c.vocabulary, textTokens: 512, fastTokens: 2000 };
      return { ...c, vocabulary: words, language: { ...c.language, vocabulary: vocabulary(words).size } };
    });
    const { qwen } = publishedWeights(large, 'f32');
    // Columns with a mean of their own, so that it can be told from that of all.
    const { shape, data } = qwen.get(TABLE) as HostTensor;
    const shifted = Float32Array.from(data as Float32Array, (value, i) => value + (i % 32) / 8);
    qwen.set(TABLE, hostTensor('f32', shape, shifted));
    const out = free();
    await importCheckpoint({ qwen: await qwenWith(qwen, qwenJson(large)), vggt: VGGT, out, config: large });
    const table = numbers((await tensorsIn(out)).get(TABLE) as HostTensor);
    const column = (c: number, from: number, to: number): number[] =>
      Array.from({ length: to - from }, (_, row) => table[(from + row) * 32 + c] as number);
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;
    const deviation = (values: readonly number[]): number => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
    const rows = table.length / 32;
    for (const c of [0, 13, 31]) {
      const [old, fresh] = [column(c, 0, 512), column(c, 512, rows)];
      // A tenth of the deviation 0.3 of the published ones, of which 2,000 rows tell the mean to 0.03/√2000 and the deviation to 2 %.
      expect(Math.abs(mean(fresh) - mean(old))).toBeLessThan(4 * (0.03 / Math.sqrt(rows - 512)));
      expect(deviation(fresh)).toBeCloseTo(0.03, 2);
      expect(Math.abs(deviation(fresh) / 0.03 - 1)).toBeLessThan(0.1);
      expect(new Set(fresh).size).toBeGreaterThan(0.99 * fresh.length);
    }
  });

  test('is the same again, and with another seed but for the new rows', async () => {
    const [one, again, other] = [await imported(), await imported(), await imported({ seed: 7 })];
    expect(contentsOf(again.out)).toEqual(contentsOf(one.out));
    const [a, b] = [await tensorsIn(one.out), await tensorsIn(other.out)];
    expect(
      [...a].filter(([name, { data }]) => !Buffer.from(data.buffer).equals(Buffer.from(b.get(name)?.data.buffer as ArrayBuffer))),
    ).toEqual([[TABLE, a.get(TABLE)]]);
  });

  test('in f32, each value as it was', async () => {
    const { out } = await imported({ dtype: 'f32' });
    const [tensors, asPublished] = [await tensorsIn(out), await tensorsIn((await imported()).out)];
    for (const [name, value] of asPublished) if (name !== TABLE) expect(tensors.get(name), name).toEqual(convert(value, 'f32'));
  });

  test('in files of a certain size, with an index that others can read, too', async () => {
    const { out, report } = await imported({ shardBytes: 50_000 });
    const { weight_map, metadata } = JSON.parse(readFileSync(path.join(out, 'model.safetensors.index.json'), 'utf8'));
    const files = readdirSync(out).filter((name) => name.endsWith('.safetensors'));
    expect(files.length).toBeGreaterThan(2);
    expect(files).toEqual(files.map((_, i) => `model-0000${i + 1}-of-0000${files.length}.safetensors`));
    expect(new Set(Object.values(weight_map))).toEqual(new Set(files));
    expect(metadata.total_size).toBe(report.bytes);
    expect(await tensorsIn(out)).toEqual(await tensorsIn((await imported()).out));
    const { config: stored, close } = await openModel(out);
    expect(stored).toEqual(config);
    await close();
  });
});

test('names of newer library versions are the same tensors', async () => {
  const rename = (name: string): string =>
    name.replace(/^visual\./, 'model.visual.').replace(/^model\.(?!visual)/, 'model.language_model.');
  const newer = new Map([...weights.qwen].map(([name, value]) => [rename(name), value]));
  const { out, report } = await imported({ qwen: await qwenWith(newer) });
  expect(contentsOf(out)).toEqual(contentsOf((await imported()).out));
  expect(report.used.find(({ name }) => name === 'model.norm.weight')?.published).toBe('model.language_model.norm.weight');
  const mixed = new Map([...newer, ...[...weights.qwen].slice(0, 1)]);
  await expect(imported({ qwen: await qwenWith(mixed) })).rejects.toThrow(
    /two versions of its library at once: "visual\.[^"]+" and "model\.visual\.[^"]+"/,
  );
});

test('a convolution may be a matrix; what no policy needs is left over', async () => {
  const conv = 'visual.patch_embed.proj.weight';
  const kernel = weights.qwen.get(conv) as HostTensor;
  const flat = { ...kernel, shape: [32, 3 * 2 * 14 * 14] };
  const rest = hostTensor('f32', [2], [1, 2]);
  const table = weights.qwen.get(TABLE) as HostTensor;
  const qwen = new Map([...weights.qwen, [conv, flat], ['lm_head.weight', table], ['model.layers.0.self_attn.rotary_emb.inv_freq', rest]]);
  const vggt = free();
  await publish(vggt, undefined, new Map([...weights.vggt, ['track_head.x', rest], ['point_head.y', rest], ['camera_head.z', rest]]));
  const { out, report } = await imported({ qwen: await qwenWith(qwen), vggt });
  expect((await tensorsIn(out)).get(conv)).toEqual(kernel);
  expect(report.leftOver.map(({ published }) => published).sort()).toEqual([
    'lm_head.weight',
    'model.layers.0.self_attn.rotary_emb.inv_freq',
    'point_head.y',
    'track_head.x',
  ]);
  expect(report.kept.map(({ name }) => name)).toEqual(['camera_head.z']);
  expect((await tensorsIn(out)).get('camera_head.z')).toEqual(rest);
});

test.each([
  ['a link to a folder', (at: string) => symlinkSync(mkdtempSync(path.join(folder, 'target-')), at)],
  ['an empty folder', (at: string) => mkdirSync(at)],
  ['a folder in folders that are not there', () => undefined],
])('%s becomes the checkpoint', async (_, make) => {
  const at = free();
  make(at);
  const inode = statSync(at, { throwIfNoEntry: false })?.ino;
  const out = inode === undefined ? path.join(at, 'a', 'b') : at;
  await importCheckpoint({ qwen: QWEN, vggt: VGGT, out, config, shardBytes: 50_000 });
  expect(readdirSync(out)).toEqual(readdirSync((await imported({ shardBytes: 50_000 })).out));
  expect(await tensorsIn(out)).toEqual(await tensorsIn((await imported()).out));
  // It is still the same folder: a mounted disk could not be replaced.
  if (inode !== undefined) expect(statSync(out).ino).toBe(inode);
});

test('a model without 3D encoder takes nothing of VGGT, and needs none', async () => {
  const without = tiny((c) => ({ ...c, geometry: { ...c.geometry, use: 'none' } }));
  const { report } = await imported({ config: without });
  expect(report.leftOver.map(({ source }) => source)).toEqual(new Array(weights.vggt.size).fill('vggt'));
  await imported({ config: without, vggt: undefined });
  await expect(imported({ vggt: undefined })).rejects.toThrow('"tiny" has a 3D encoder: say where VGGT is');
});

/** `config.json` as it was published, without what does not matter here. */
const TOWER = {
  ...{ depth: 32, hidden_act: 'silu', hidden_size: 1280, intermediate_size: 3420, num_heads: 16, in_chans: 3, patch_size: 14 },
  ...{ spatial_merge_size: 2, temporal_patch_size: 2, window_size: 112, fullatt_block_indexes: [7, 15, 23, 31] },
};
const QWEN_3B = {
  ...{ model_type: 'qwen2_5_vl', vocab_size: 151936, hidden_size: 2048, intermediate_size: 11008, num_hidden_layers: 36 },
  ...{ num_attention_heads: 16, num_key_value_heads: 2, rms_norm_eps: 1e-6, rope_theta: 1000000.0, hidden_act: 'silu' },
  ...{ rope_scaling: { type: 'mrope', mrope_section: [16, 24, 24] }, tie_word_embeddings: true, image_token_id: 151655 },
  vision_config: { ...TOWER, out_hidden_size: 2048 },
};
/** As newer versions of the library write it. */
const QWEN_7B = {
  ...{ model_type: 'qwen2_5_vl', tie_word_embeddings: false, image_token_id: 151655 },
  text_config: {
    ...{ vocab_size: 152064, hidden_size: 3584, intermediate_size: 18944, num_hidden_layers: 28, num_attention_heads: 28 },
    ...{ num_key_value_heads: 4, rms_norm_eps: 1e-6, rope_theta: 1000000.0 },
    rope_scaling: { mrope_section: [16, 24, 24], rope_type: 'default', type: 'default' },
  },
  vision_config: { ...TOWER, out_hidden_size: 3584 },
};
const VGGT_1B = { img_size: 518, patch_size: 14, embed_dim: 1024 };

test.each([
  ['base-3b', QWEN_3B],
  ['paper-8b', QWEN_7B],
])('%s is found by the published numbers', async (name, json) => {
  // Only configurations are looked at before tensors are.
  const [qwen, vggt] = [await qwenWith(new Map(), json, 1), free()];
  await publish(vggt, VGGT_1B, new Map());
  const lacking = await imported({ qwen, vggt, config: undefined }).catch((error: unknown) => error as Error);
  expect(lacking).toBeInstanceOf(ImportMismatch);
  const { message } = lacking as ImportMismatch;
  expect(message).toContain(`do not fit "${name}": Qwen2.5-VL lacks "visual.patch_embed.proj.weight" f32[1280, 3, 2, 14, 14]; `);
  expect(message).toMatch(/; and \d+ more$/);
  const other = await imported({ qwen, config: undefined }).catch((error: unknown) => error as Error);
  expect((other as Error).message).toContain(`nearest is "${name}": geometry.encoder.width is 1024 in "${name}", but 24 in the published`);
});

test('shapes of the published models: every tensor of Qwen2.5-VL-7B and VGGT-1B has its place', () => {
  const size = modelSize('paper-8b');
  const shapes = (of: (name: string) => boolean) =>
    new Map(
      modelParameters(size)
        .filter(({ name }) => of(name))
        .map(({ name, shape }) => [name, { dtype: 'bf16' as const, shape: /embed_tokens|lm_head/.test(name) ? [152064, 3584] : shape }]),
    );
  const isOurs = (name: string): boolean => /^(visual\.merger\.geometry|state_projectors|expert)\./.test(name);
  const plan = planImport(size, {
    qwen: shapes((name) => !isOurs(name) && !name.startsWith('aggregator.')),
    vggt: shapes((name) => name.startsWith('aggregator.')),
  });
  expect({ missing: plan.missing, wrong: plan.wrong, leftOver: plan.leftOver }).toEqual({ missing: [], wrong: [], leftOver: [] });
  // Published: 729 tensors of Qwen2.5-VL-7B (its index); of the aggregator 18 in each of 48 blocks, 14 in each of DINOv2's 24, and 9 more.
  expect(plan.used.filter(({ source }) => source === 'qwen')).toHaveLength(729);
  expect(plan.used.filter(({ source }) => source === 'vggt')).toHaveLength(18 * 48 + 14 * 24 + 9);
});

test('a checkpoint without its configuration is refused when it is opened, one without a tensor when that is read', async () => {
  const { out } = await imported();
  const { metadata, tensors } = await readSafetensors(out);
  const without = new Map([...tensors].filter(([name]) => name !== 'model.norm.weight'));
  const [bare, lacking] = [free(), `${free()}.safetensors`];
  await publish(bare, undefined, without);
  await expect(openModel(bare)).rejects.toThrow(`${bare}: it has no configuration`);
  await writeSafetensors(lacking, { metadata, tensors: without });
  const { values, close } = await openModel(lacking);
  const norm = modelParameters(config).find(({ name }) => name === 'model.norm.weight') as Variable;
  await expect(async () => values(norm)).rejects.toThrow(`${lacking} has no "model.norm.weight"`);
  await close();
});
