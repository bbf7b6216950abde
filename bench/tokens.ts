/**
 * FAST action tokens against Python (`reference/bench_fast.py`; the interpreter is $PYTHON, or python3): fitting, encoding and
 * decoding the same chunks, in rounds taken in turns; times and ratios are the medians of the rounds' times and ratios. Both sides are
 * checked to give the same tokenizer.json and the same ids.
 *
 * Python encodes and decodes batches with `tokenizers` in parallel and one DCT for all; here a batch is a loop.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ActionChunk } from '../src/tokens/fast.ts';
import { loadFast, saveFast } from '../src/tokens/fast-files.ts';
import { fitFast } from '../src/tokens/fast-fit.ts';
import { type ChunkRecipe, makeChunks } from '../test/tokens/chunks.ts';
import { type Goal, goal, median, type Report, round } from './report.ts';

const ROUNDS = 5;
/** Chunks that are encoded, and decoded, at a time; of these times the median counts. Each chunk has its turn once. */
const PART = 500;
const [SCALE, VOCABULARY] = [10, 2048];

/** The bimanual chunks of the paper; with coefficients that are ASCII characters, and with those of the published tokenizer's range. */
const CASES: Readonly<Record<string, ChunkRecipe>> = {
  '30×20': { seed: 1, count: 4000, horizon: 30, dims: 20, amplitude: 1, noise: 8 },
  '30×20, wide': { seed: 2, count: 4000, horizon: 30, dims: 20, amplitude: 5, noise: 8 },
};

const REFERENCE = fileURLToPath(new URL('../reference/bench_fast.py', import.meta.url));

/** Seconds: for all chunks to fit, and for one to encode and decode. */
interface Times {
  readonly fit: number;
  readonly encode: number;
  readonly decode: number;
}

interface PythonTimes extends Times {
  readonly encodeBatch: number;
  readonly decodeBatch: number;
  readonly versions: string;
}

/** What Python measured; undefined, with a notice, when it is not to be had. */
async function python(folder: string): Promise<PythonTimes | undefined> {
  try {
    return JSON.parse((await promisify(execFile)(process.env.PYTHON ?? 'python3', [REFERENCE, folder])).stdout) as PythonTimes;
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr || error).trim();
    process.stderr.write(`\r\u001b[KPython left out: ${said.split('\n').at(-1)}\n`);
    return undefined;
  }
}

function seconds<T>(f: () => T): { time: number; result: T } {
  const start = performance.now();
  const result = f();
  return { time: (performance.now() - start) / 1000, result };
}

/** Our times; with Python's results in the folder, throws when ours are others. */
async function ours(chunks: readonly ActionChunk[], folder: string, compare: boolean): Promise<Times & { tokens: number }> {
  const { time: fit, result: fitted } = seconds(() => fitFast(chunks, { scale: SCALE, vocabularySize: VOCABULARY }));
  const files = saveFast(fitted);
  const tokenizer = loadFast(files);
  const [encode, decode, ids]: [number[], number[], Int32Array[]] = [[], [], []];
  for (let at = 0; at < chunks.length; at += PART) {
    const encoded = seconds(() => chunks.slice(at, at + PART).map((chunk) => tokenizer.encode(chunk)));
    const decoded = seconds(() => encoded.result.map((one) => tokenizer.decode(one)));
    encode.push(encoded.time / PART);
    decode.push(decoded.time / PART);
    ids.push(...encoded.result);
  }
  if (compare) {
    const theirs = JSON.parse(await readFile(path.join(folder, 'ids.json'), 'utf8')) as number[][];
    if ((await readFile(path.join(folder, 'tokenizer.json'), 'utf8')) !== files.tokenizer)
      throw new Error('Python fitted another tokenizer');
    if (theirs.some((one, i) => `${one}` !== `${ids[i]}`)) throw new Error('Python encoded other ids');
  }
  return { fit, encode: median(encode), decode: median(decode), tokens: ids.reduce((sum, { length }) => sum + length, 0) / ids.length };
}

async function measure(name: string, recipe: ChunkRecipe): Promise<Pick<Report, 'goals' | 'rows'>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gear-bench-'));
  try {
    const { count, horizon, dims } = recipe;
    const about = { count, horizon, dims, scale: SCALE, vocab_size: VOCABULARY, part: PART };
    await writeFile(path.join(folder, 'chunks.json'), JSON.stringify(about));
    const chunks = makeChunks(recipe);
    const data = Float64Array.from(chunks.flatMap((chunk) => Array.from(chunk.data)));
    await writeFile(path.join(folder, 'chunks.f64'), new Uint8Array(data.buffer));
    const [mine, theirs]: [(Times & { tokens: number })[], PythonTimes[]] = [[], []];
    for (let i = 0; i < ROUNDS; i++) {
      process.stderr.write(`\r\u001b[K${name}: round ${i + 1}/${ROUNDS}`);
      const found = i > 0 && theirs.length === 0 ? undefined : await python(folder);
      if (found) theirs.push(found);
      mine.push(await ours(chunks, folder, found !== undefined));
    }
    process.stderr.write('\r\u001b[K');
    const middle = <T>(all: readonly T[], of: (one: T) => number): number | undefined => (all.length > 0 ? median(all.map(of)) : undefined);
    const compared = (
      [
        ['fit 4000', 'fit', 'fit', 1e3, 'ms'],
        ['encode', 'encode', 'encode', 1e6, 'µs'],
        ['encode, batch', 'encode', 'encodeBatch', 1e6, 'µs'],
        ['decode', 'decode', 'decode', 1e6, 'µs'],
        ['decode, batch', 'decode', 'decodeBatch', 1e6, 'µs'],
      ] as const
    ).map(([what, key, theirKey, factor, unit]) => {
      const [time, other] = [middle(mine, (m) => m[key]), middle(theirs, (m) => m[theirKey])];
      // Both sides of a round were measured one after the other, under about the same load.
      const times = middle(theirs, (t) => t[theirKey] / (mine[theirs.indexOf(t)] as Times)[key]);
      return { what, unit, time: (time ?? 0) * factor, other: other && other * factor, times };
    });
    const rows = compared.map(({ what, unit, time, other, times }) => ({
      what: `${what}, ${name}`,
      'gear-vla': `${round(time)} ${unit}`,
      Python: other === undefined ? 'not found' : `${round(other)} ${unit}`,
      ratio: times === undefined ? '' : round(times),
      'tokens per chunk': round(mine[0]?.tokens ?? 0),
      versions: theirs[0]?.versions ?? '',
    }));
    const goals: Goal[] = compared
      .filter(({ what }) => !what.includes('batch'))
      .map(({ what, times }) => goal(`${what}, ${name}, times as fast as Python`, times, '≥', 5, '×'));
    return { goals, rows };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs all measurements of action tokens. */
export async function tokens(): Promise<Report> {
  const found = [];
  for (const [name, recipe] of Object.entries(CASES)) found.push(await measure(name, recipe));
  return { name: 'tokens', goals: found.flatMap(({ goals }) => goals), rows: found.flatMap(({ rows }) => rows) };
}
