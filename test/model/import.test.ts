/** `importCheckpoint`: published weights arrive where they belong, whole or not at all. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { openModel } from '../../src/model/checkpoint.node.ts';
import type { ModelConfig } from '../../src/model/config.ts';
import { modelSize } from '../../src/model/configs.ts';
import { embedObservation, observationInputs, readSequence } from '../../src/model/gear-vla.ts';
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
import { readSafetensors } from '../../src/tensor/safetensors.node.ts';
import { constant, type Tensor } from '../../src/tensor/tensor.ts';
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
    const wide = (name: string, value: HostTensor, shape: readonly number[]): HostTensor => {
      const all = new Float32Array(shape.reduce((a, b) => a * b, 1));
      all.set(numbers(value));
      return { ...hostTensor('f32', shape, all), ...(name === '' && {}) };
    };
    const declared = parameters({ seed: 4 });
    const outputs = said(declared);
    const direct = await run(
      outputs,
      ({ name, shape }) => {
        const value = own.qwen.get(name) ?? own.vggt.get(name);
        return value && wide(name, value, shape);
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
          ...{ width: 64, depth: 4, heads: 4, mlpRatio: 4, registers: 4, imageSize: 56 },
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
  const qwen = new Map([...weights.qwen, [conv, flat], ['lm_head.weight', rest], ['model.layers.0.self_attn.rotary_emb.inv_freq', rest]]);
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

test('a model without 3D encoder takes nothing of VGGT, and needs none', async () => {
  const without = tiny((c) => ({ ...c, geometry: { ...c.geometry, use: 'none' } }));
  const { report } = await imported({ config: without });
  expect(report.leftOver.map(({ source }) => source)).toEqual(new Array(weights.vggt.size).fill('vggt'));
  await imported({ config: without, vggt: undefined });
  await expect(imported({ vggt: undefined })).rejects.toThrow('"tiny" has a 3D encoder: say where VGGT is');
});

test.each(['base-3b', 'paper-8b'])('the size is found by its numbers: %s', async (name) => {
  const size = modelSize(name);
  // Only configurations are looked at before tensors are.
  const qwen = await qwenWith(new Map(), qwenJson(size), 1);
  const mismatch = await imported({ qwen, config: undefined }).catch((error: unknown) => error as Error);
  expect(mismatch).toMatchObject({ message: expect.stringContaining(`"geometry.encoder`) });
  const json = free();
  await publish(json, vggtJson(size), new Map());
  const lacking = await imported({ qwen, vggt: json, config: undefined }).catch((error: unknown) => error as ImportMismatch);
  expect(lacking).toBeInstanceOf(ImportMismatch);
  expect((lacking as ImportMismatch).message).toMatch(
    `the published models do not fit "${name}": Qwen2.5-VL lacks "visual.patch_embed.proj.weight" f32[1280, 3, 2, 14, 14]; `,
  );
  expect((lacking as ImportMismatch).message).toMatch(/; and \d+ more$/);
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
  // Published: 729 tensors of Qwen2.5-VL-7B (its index), and of the aggregator those of 24 + 2 × 24 blocks.
  expect(plan.used.filter(({ source }) => source === 'qwen')).toHaveLength(729);
});

describe('nothing is left of what fails', () => {
  const without = (of: ReadonlyMap<string, HostTensor>, name: string) => new Map([...of].filter(([other]) => other !== name));
  const reshaped = (name: string, shape: readonly number[]): Weights =>
    new Map([...weights.qwen, [name, hostTensor('f32', shape, new Float32Array(shape.reduce((a, b) => a * b, 1)))]]);

  async function refused(options: Partial<ImportOptions>, message: RegExp | string): Promise<void> {
    const before = readdirSync(folder).length;
    const out = free();
    await expect(importCheckpoint({ qwen: QWEN, vggt: VGGT, out, config, ...options })).rejects.toThrow(message);
    expect(readdirSync(folder)).toHaveLength(before);
  }

  test('a tensor is missing', async () => {
    const qwen = await qwenWith(without(weights.qwen, 'model.layers.1.mlp.up_proj.weight'));
    await refused({ qwen }, 'do not fit "tiny": Qwen2.5-VL lacks "model.layers.1.mlp.up_proj.weight" f32[48, 32]');
    const vggt = free();
    await publish(vggt, vggtJson(config), without(weights.vggt, 'aggregator.camera_token'));
    await refused({ vggt }, 'VGGT lacks "aggregator.camera_token" f32[1, 2, 1, 24]');
  });

  test('a tensor is of another shape or dtype, or has no place', async () => {
    await refused(
      { qwen: await qwenWith(reshaped('model.norm.weight', [33])) },
      '"model.norm.weight" of Qwen2.5-VL should be f32[32], but is f32[33]',
    );
    await refused(
      { qwen: await qwenWith(reshaped(TABLE, [47, 32])) },
      `"${TABLE}" of Qwen2.5-VL should be f32[48, 32], but is f32[47, 32]`,
    );
    await refused(
      { qwen: await qwenWith(reshaped('model.layers.3.x', [1])) },
      '"model.layers.3.x" f32[1] of Qwen2.5-VL has no place in the model',
    );
    const whole = new Map([...weights.qwen, ['model.norm.weight', hostTensor('i32', [32], new Int32Array(32))]]);
    await refused({ qwen: await qwenWith(whole) }, 'should be f32[32], but is i32[32]');
  });

  test('configurations differ, or make no sense', async () => {
    const json = qwenJson(config);
    const other = (change: object) => qwenWith(weights.qwen, { ...json, ...change });
    await refused({ qwen: await other({ rope_theta: 5 }) }, 'language.ropeBase is 10000 in "tiny", but 5 in the published model');
    await refused({ qwen: await other({ vocab_size: 50 }) }, 'vocabulary.textTokens is 48 in "tiny", but 50 in the published model');
    await refused({ qwen: await other({ hidden_size: 'x' }) }, 'the configuration of Qwen2.5-VL is wrong: hidden_size');
    await refused({ config: undefined }, /no size has the numbers of these models; nearest is "nano": .*is \d+ in "nano", but \d+/);
    await refused({ qwen: await qwenWith(weights.qwen, undefined) }, /has no config\.json$/);
    const vggt = free();
    await publish(vggt, { ...vggtJson(config), embed_dim: 1024 }, weights.vggt);
    await refused({ vggt }, 'geometry.encoder.width is 24 in "tiny", but 1024 in the published model');
    const broken = await qwenWith(weights.qwen);
    writeFileSync(path.join(broken, 'config.json'), '{');
    await refused({ qwen: broken }, /config\.json: .*JSON/);
  });

  test('folders and files are not there, or not whole', async () => {
    await refused({ qwen: path.join(folder, 'nowhere') }, /there is no folder .*nowhere$/);
    await refused({ vggt: path.join(QWEN, 'config.json') }, 'there is no folder');
    const shard = 'model-00002-of-00002.safetensors';
    const cut = await qwenWith(weights.qwen);
    truncateSync(path.join(cut, shard), 5000);
    await refused({ qwen: cut }, new RegExp(`${shard}: .*truncated`));
    const gone = await qwenWith(weights.qwen);
    rmSync(path.join(gone, shard));
    await refused({ qwen: gone }, new RegExp(`its index names a file that is not there: .*${shard}`));
    const empty = free();
    await publish(empty, {}, new Map());
    rmSync(path.join(empty, 'model.safetensors'));
    await refused({ vggt: empty }, 'has neither model.safetensors nor model.safetensors.index.json');
    await refused({ out: QWEN }, 'is not empty');
  });

  test('it was interrupted', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const onProgress = vi.fn((done: number, total: number) => {
      seen.push(done / total);
      if (done > total / 2) controller.abort(new Error('interrupted'));
    });
    await refused({ signal: controller.signal, onProgress }, 'interrupted');
    expect(onProgress).toHaveBeenCalled();
    expect(seen.at(-1)).toBeLessThan(1);
  });
});

test('a checkpoint that lacks what it should have is refused when it is read', async () => {
  const { out } = await imported();
  const { metadata, tensors } = await readSafetensors(out);
  const missing = free();
  await publish(missing, undefined, new Map([...tensors].filter(([name]) => name !== 'model.norm.weight')));
  await expect(openModel(missing)).rejects.toThrow(`${missing}: it has no configuration`);
  expect(existsSync(missing)).toBe(true);
  expect(JSON.parse(metadata.config as string)).toEqual(config);
});
