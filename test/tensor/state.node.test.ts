import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compile } from '../../src/tensor/compile.ts';
import { hostTensor } from '../../src/tensor/host.ts';
import { add } from '../../src/tensor/ops/arithmetic.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { normalInit, parameters } from '../../src/tensor/parameters.ts';
import { readSafetensors, writeSafetensors } from '../../src/tensor/safetensors.node.ts';
import { loadState, saveState } from '../../src/tensor/state.node.ts';
import { CheckpointMismatch } from '../../src/tensor/state.ts';

const run = promisify(execFile);
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gear-state-'));
});
afterEach(() => rm(folder, { recursive: true }));

const sumOf = (seed: number, ...names: string[]) => {
  const scope = parameters({ seed });
  return compile(nodeEngine(), {
    main: { outputs: { sum: names.map((name) => scope.parameter(name, [3], { init: normalInit(1) })).reduce(add) } },
  });
};

describe('state on disk', () => {
  test('comes back as it was, with its metadata', async () => {
    const [saved, loaded] = [await sumOf(1, 'a', 'b'), await sumOf(2, 'a', 'b')];
    const path = join(folder, 'state.safetensors');
    await saveState(path, saved, { step: '7' });
    expect((await loaded.read()).get('a')).not.toEqual((await saved.read()).get('a'));
    expect(await loadState(path, loaded)).toEqual({ step: '7' });
    expect(await loaded.read()).toEqual(await saved.read());
    expect(await readdir(folder)).toEqual(['state.safetensors']);
  });

  test('a parameter missing from the checkpoint and one too many are named, and nothing is loaded', async () => {
    const [saved, loaded] = [await sumOf(1, 'a', 'b'), await sumOf(2, 'a', 'c')];
    const path = join(folder, 'state.safetensors');
    await saveState(path, saved);
    const before = await loaded.read();
    const error = await loadState(path, loaded).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(CheckpointMismatch);
    expect((error as Error).message).toBe(`${path} does not fit: it lacks "c"; it has "b", which the program does not know`);
    expect(await loaded.read()).toEqual(before);
    await loadState(path, loaded, { mayLack: (name) => name === 'c', mayIgnore: (name) => name === 'b' });
    expect((await loaded.read()).get('a')).toEqual((await saved.read()).get('a'));
  });

  test('a parameter of another shape or dtype is named with both', async () => {
    const path = join(folder, 'state.safetensors');
    await writeSafetensors(path, {
      metadata: {},
      tensors: new Map([
        ['a', hostTensor('f32', [4], [1, 2, 3, 4])],
        ['b', hostTensor('f64', [3], [1, 2, 3])],
      ]),
    });
    await expect(loadState(path, await sumOf(1, 'a', 'b'))).rejects.toThrow(
      '"a" should be f32[3], but is f32[4]; "b" should be f32[3], but is f64[3]',
    );
  });

  test('a checkpoint in several files is read through its index, or from its folder', async () => {
    const shard = (...entries: [string, number][]) => ({
      metadata: {},
      tensors: new Map(entries.map(([name, value]) => [name, hostTensor('f32', [3], [value, value, value])])),
    });
    await writeSafetensors(join(folder, 'one.safetensors'), shard(['a', 1]));
    await writeSafetensors(join(folder, 'two.safetensors'), shard(['b', 2]));
    const index = join(folder, 'model.safetensors.index.json');
    const write = (map: Record<string, unknown>) => writeFile(index, JSON.stringify({ metadata: { total_size: 24 }, weight_map: map }));
    await write({ a: 'one.safetensors', b: 'two.safetensors' });
    const executable = await sumOf(1, 'a', 'b');
    await loadState(folder, executable);
    expect((await executable.run('main')).sum).toBeAllclose([3, 3, 3]);
    expect([...(await readSafetensors(index)).tensors.keys()]).toEqual(['a', 'b']);
    await write({ a: 'one.safetensors', b: 'one.safetensors' });
    await expect(loadState(index, executable)).rejects.toThrow('"b" should be in one.safetensors, which does not have it');
    await write({ a: 'one.safetensors', b: '../two.safetensors' });
    await expect(loadState(index, executable)).rejects.toThrow(
      '"b" is said to be in "../two.safetensors", which is no file beside the index',
    );
    await writeSafetensors(join(folder, 'one.safetensors'), shard(['a', 1], ['c', 3]));
    await write({ a: 'one.safetensors', b: 'two.safetensors' });
    await expect(loadState(index, executable)).rejects.toThrow('its files have tensors that it does not list there: c');
  });

  test('saves at the same time each write a whole file', async () => {
    const path = join(folder, 'state.safetensors');
    const constant = (value: number) => ({
      metadata: {},
      tensors: new Map([['x', hostTensor('f32', [50_000], Array(50_000).fill(value))]]),
    });
    await Promise.all([1, 2, 3].map((value) => writeSafetensors(path, constant(value))));
    const { data } = (await readSafetensors(path)).tensors.get('x') as { data: Float32Array };
    expect(new Set(data).size).toBe(1);
    expect(await readdir(folder)).toEqual(['state.safetensors']);
  });

  test('a file cut short is refused', async () => {
    const path = join(folder, 'state.safetensors');
    const executable = await sumOf(1, 'a');
    await saveState(path, executable);
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length - 5));
    await expect(loadState(path, executable)).rejects.toThrow('the tensors need 12 bytes of data, but the file has 7: truncated');
  });

  // The limit on file size makes the write fail half-way just as a full disk does.
  test.skipIf(process.platform === 'win32')('a disk that fills up leaves the old checkpoint and no debris', async () => {
    const path = join(folder, 'state.safetensors');
    const script = join(folder, 'save.mts');
    const module = (name: string): string => JSON.stringify(new URL(`../../src/tensor/${name}`, import.meta.url).href);
    await writeFile(
      script,
      `import { hostZeros } from ${module('host.ts')};
       import { writeSafetensors } from ${module('safetensors.node.ts')};
       const tensors = new Map([['x', hostZeros('f32', [Number(process.argv[3])])]]);
       await writeSafetensors(process.argv[2], { metadata: {}, tensors }).catch((error) => { console.error(error.message); process.exitCode = 3; });`,
    );
    const save = (blocks: string, values: number) =>
      run('bash', [
        '-c',
        `ulimit -f ${blocks}; exec "$@"`,
        'bash',
        process.execPath,
        '--import',
        import.meta.resolve('tsx'),
        script,
        path,
        `${values}`,
      ]);
    await save('unlimited', 100);
    const error = await save('64', 1_000_000).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/could not write .*state\.safetensors: EFBIG.*What was there before is untouched/),
    });
    expect((await readSafetensors(path)).tensors.get('x')?.shape).toEqual([100]);
    expect((await readdir(folder)).sort()).toEqual(['save.mts', 'state.safetensors']);
  });
});
