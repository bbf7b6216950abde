/** What `importCheckpoint` refuses: it says why, and leaves nothing. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type ImportOptions, importCheckpoint } from '../../src/model/import.node.ts';
import { convert, type HostTensor, hostTensor } from '../../src/tensor/host.ts';
import { publish, publishedWeights, qwenJson, vggtJson, type Weights } from './published.ts';
import { tiny } from './tiny.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-import-'));
afterAll(() => rmSync(folder, { recursive: true }));
let made = 0;
/** A path where nothing is. */
const free = (): string => path.join(folder, `${made++}`);

const TABLE = 'model.embed_tokens.weight';
const config = tiny();
const [QWEN, VGGT] = [free(), free()];
const weights = publishedWeights(config);
await publish(QWEN, qwenJson(config), weights.qwen, 3);
await publish(VGGT, vggtJson(config), weights.vggt);

/** A folder of Qwen2.5-VL with other tensors, or another configuration. */
async function qwenWith(tensors: Weights, json: unknown = qwenJson(config)): Promise<string> {
  const at = free();
  await publish(at, json, tensors, 2);
  return at;
}

const without = (of: ReadonlyMap<string, HostTensor>, name: string) => new Map([...of].filter(([other]) => other !== name));
const reshaped = (name: string, shape: readonly number[]): Weights =>
  new Map([...weights.qwen, [name, hostTensor('f32', shape, new Float32Array(shape.reduce((a, b) => a * b, 1)))]]);

async function refused(options: Partial<ImportOptions>, message: RegExp | string): Promise<void> {
  const before = readdirSync(folder, { recursive: true });
  const out = free();
  await expect(importCheckpoint({ qwen: QWEN, vggt: VGGT, out, config, ...options })).rejects.toThrow(message);
  expect(readdirSync(folder, { recursive: true })).toEqual(before);
}

/** Options of an import that is interrupted when a share of the bytes are written. */
function interruptedAt(share: number): Pick<ImportOptions, 'signal' | 'onProgress'> & { readonly seen: number[] } {
  const controller = new AbortController();
  const seen: number[] = [];
  const onProgress = (done: number, total: number): void => {
    seen.push(done / total);
    if (done / total > share) controller.abort(new Error('interrupted'));
  };
  return { seen, signal: controller.signal, onProgress };
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
  await refused({ qwen: await qwenWith(reshaped(TABLE, [47, 32])) }, `"${TABLE}" of Qwen2.5-VL should be f32[48, 32], but is f32[47, 32]`);
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
  await refused({ qwen: await other({ model_type: 'qwen2_vl' }) }, 'model_type: expected "qwen2_5_vl", received "qwen2_vl"');
  const yarn = { type: 'yarn', mrope_section: config.language.sections, factor: 4 };
  await refused({ qwen: await other({ rope_scaling: yarn }) }, 'rope_scaling.type: expected "mrope" or "default", received "yarn"');
  await refused({ qwen: await other({ hidden_size: 'x' }) }, 'the configuration of Qwen2.5-VL is wrong: hidden_size');
  await refused({ config: undefined }, /no size has the numbers of these models; nearest is "nano": .*is \d+ in "nano", but \d+/);
  const bare = free();
  await publish(bare, undefined, weights.qwen);
  await refused({ qwen: bare }, /has no config\.json$/);
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

test('an output layer of its own lies beside a table that serves as one', async () => {
  const table = weights.qwen.get(TABLE) as HostTensor;
  const other = table.data.slice();
  other[other.length - 1] = 7;
  const notTied = 'tie_word_embeddings is true, but "lm_head.weight" is another table';
  for (const head of [{ ...table, data: other }, convert(table, 'f32'), { ...table, shape: [32, 48] }]) {
    await refused({ qwen: await qwenWith(new Map([...weights.qwen, ['lm_head.weight', head]])) }, notTied);
  }
});

describe('it was interrupted', () => {
  test('half-way', async () => {
    const { seen, ...options } = interruptedAt(0.5);
    await refused(options, 'interrupted');
    expect(seen.at(-1)).toBeGreaterThan(0.5);
    expect(seen.at(-1)).toBeLessThan(1);
  });

  test('at the first write into a folder in folders that were not there', async () => {
    const { seen, ...options } = interruptedAt(0);
    await refused({ ...options, out: path.join(free(), 'a', 'b', 'c') }, 'interrupted');
    expect(seen).toHaveLength(1);
  });

  test('and the folders that were there stay, and those that others have come to use', async () => {
    const there = free();
    mkdirSync(there);
    await refused({ ...interruptedAt(0.5), out: there }, 'interrupted');
    const { onProgress, signal } = interruptedAt(0);
    const [parent, out] = [path.join(there, 'a'), path.join(there, 'a', 'b')];
    const used: ImportOptions['onProgress'] = (done, total) => {
      writeFileSync(path.join(parent, 'note'), 'mine');
      onProgress?.(done, total);
    };
    await expect(importCheckpoint({ qwen: QWEN, vggt: VGGT, config, out, signal, onProgress: used })).rejects.toThrow('interrupted');
    expect(readdirSync(there, { recursive: true })).toEqual(['a', path.join('a', 'note')]);
  });
});

test('somebody else writes into the folder meanwhile', async () => {
  const out = free();
  const onProgress = (): void => writeFileSync(path.join(out, 'model.safetensors'), 'theirs');
  await expect(importCheckpoint({ qwen: QWEN, vggt: VGGT, config, out, onProgress })).rejects.toThrow('there is model.safetensors in it');
  expect(readdirSync(out)).toEqual(['model.safetensors']);
});

test('the folder is a link to nothing, or in a file', async () => {
  const link = free();
  symlinkSync(path.join(folder, 'nowhere'), link);
  await refused({ out: link }, /is a link to what is not there/);
  await refused({ out: path.join(QWEN, 'config.json', 'a') }, /cannot become a checkpoint: ENOTDIR/);
});

test('the folder cannot be made, but those around it can', async () => {
  await refused({ out: path.join(free(), 'a', 'x'.repeat(300)) }, /ENAMETOOLONG: .*, mkdir /);
});
