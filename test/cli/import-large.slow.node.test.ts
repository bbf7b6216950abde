/** `gear import` of a table larger than the memory that it may take, and when it is interrupted: in processes of their own. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openWeights, writeWeights } from '../../src/model/import/files.node.ts';
import { bytesOf, hostTensor } from '../../src/tensor/host.ts';
import { normals, randomStream } from '../../src/tensor/random.ts';
import { sizeOf } from '../../src/tensor/shape.ts';
import { vocabulary } from '../../src/tokens/vocabulary.ts';
import { publish, publishedWeights, qwenJson, vggtJson } from '../model/published.ts';
import { tiny } from '../model/tiny.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-import-large-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);
const GEAR = fileURLToPath(new URL('../../bin/gear.js', import.meta.url));

const TABLE = 'model.embed_tokens.weight';
const MEGABYTE = 2 ** 20;
/** 600 MB of rows, of 32 numbers each */
const ROWS = (600 * MEGABYTE) / (32 * 4);
const words = { ...tiny().vocabulary, textTokens: ROWS };
const config = tiny((c) => ({ ...c, vocabulary: words, language: { ...c.language, vocabulary: vocabulary(words).size } }));

beforeAll(async () => {
  const small = tiny();
  const { qwen, vggt } = publishedWeights(small);
  await publish(at('vggt'), vggtJson(small), vggt);
  mkdirSync(at('qwen'));
  writeFileSync(at('large.json'), JSON.stringify(config));
  writeFileSync(path.join(at('qwen'), 'config.json'), JSON.stringify(qwenJson(config)));
  const some = normals(randomStream(1, 'rows'), MEGABYTE / 4);
  const table = {
    name: TABLE,
    dtype: 'f32' as const,
    shape: [ROWS, 32],
    async *pieces() {
      // Each piece begins elsewhere in the same numbers, so that none can stand in for another.
      const piece = new Float32Array(some.length);
      for (let i = 0; i < 600; i++) {
        piece.set(some.subarray(i));
        piece.set(some.subarray(0, i), some.length - i);
        yield hostTensor('f32', [piece.length], piece);
      }
    },
  };
  const rest = [...qwen].filter(([name]) => name !== TABLE);
  const others = rest.map(([name, value]) => ({
    name,
    ...value,
    async *pieces() {
      yield value;
    },
  }));
  await writeWeights(at('qwen'), [...others, table], { metadata: {}, shardBytes: 5e9 });
});

/** Runs the command; `start` is called with the process. */
async function importing(out: string, start: (kill: () => void) => void = () => undefined) {
  const args = ['import', '--qwen', at('qwen'), '--vggt', at('vggt'), '--config', at('large.json'), '--out', out, '--json'];
  // The most memory that the process had, in KiB: its own, as `getrusage` counts that of the one that started it as well.
  const report = `import { readFileSync } from 'node:fs';
    process.on('exit', () => process.stderr.write('resident ' + /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1] + '\\n'))`;
  const child = spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(report)}`, GEAR, ...args]);
  let err = '';
  child.stdout.resume();
  child.stderr.on('data', (data) => {
    err += data;
  });
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  start(() => child.kill('SIGINT'));
  return { code: await code, err, megabytes: Number(/resident (\d+)/.exec(err)?.[1]) / 1024 };
}

test('memory is bounded, and all bytes arrive', async () => {
  const { code, err, megabytes } = await importing(at('out'));
  expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/^resident \d+\n$/) });
  // What Node, the loader of TypeScript and the traced model take, and a few pieces of 4 MB; the table alone has 600.

  expect(megabytes).toBeLessThan(300);
  const [given, made] = [await openWeights(at('qwen')), await openWeights(at('out'))];
  const arrived = made.pieces(TABLE);
  let compared = 0;
  for await (const piece of given.pieces(TABLE)) {
    const { value } = await arrived.next();
    const bytes = bytesOf(piece);
    // The last piece goes on with rows of new tokens.
    expect(Buffer.compare(bytes, bytesOf(value).subarray(0, bytes.length))).toBe(0);
    compared += bytes.length;
  }
  expect(compared).toBe(600 * MEGABYTE);
  expect(sizeOf(made.tensors.get(TABLE)?.shape ?? [])).toBe(config.language.vocabulary * 32);
  await Promise.all([given.close(), made.close()]);
  rmSync(at('out'), { recursive: true });
});

test('Ctrl-C leaves nothing', async () => {
  const begun = (): boolean => existsSync(at('stopped')) && readdirSync(at('stopped'), { recursive: true }).length > 1;
  const { code, err } = await importing(at('stopped'), (kill) => void vi.waitUntil(begun, { timeout: 60_000, interval: 2 }).then(kill));
  expect(err).toContain('gear: interrupted\n');
  expect(code).toBe(1);
  expect(existsSync(at('stopped'))).toBe(false);
  expect(readdirSync(folder).filter((name) => name.startsWith('stopped'))).toEqual([]);
});
