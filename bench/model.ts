/**
 * The nano model against the same network in PyTorch: `npm run bench -- model`.
 *
 * Training steps of 16 samples with AdamW and clipping on two threads, and chunks of one observation on one thread (the prompt read, 16
 * latent tokens decoded, 10 steps of the flow), of the lengths that `gear model info` measures with. Both networks read the same weights
 * and inputs from a file, and the benchmark fails unless the same comes of them. Every measurement runs in a process of its own; ours and
 * theirs take turns; times are medians. torch.compile is beside PyTorch eager; it needs a C++ compiler and minutes. Then how both grow with tokens, layers and views, in steps of 4 samples, against PyTorch eager.
 *
 * PyTorch's network is `reference/nano.py`; the interpreter is $PYTHON, or python3. ROUNDS=1 for a quick look; 3 by default.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ModelConfig } from '../src/model/config.ts';
import { modelSize } from '../src/model/configs.ts';
import type { PromptLengths } from '../src/model/info.ts';
import { randomCase, writeCase } from './model-case.ts';
import type { ModelMeasured } from './model-worker.ts';
import { goal, median, type Report, round } from './report.ts';

const run = promisify(execFile);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const WORKER = fileURLToPath(new URL('model-worker.ts', import.meta.url));
const REFERENCE = fileURLToPath(new URL('../reference/nano.py', import.meta.url));

/** Threads of both sides, and steps that a measurement takes, by what is measured. */
const HOW = { train: ['--threads', '2', '--repeats', '5'], chunk: ['--threads', '1', '--repeats', '15'] } as const;

type Mode = keyof typeof HOW;
type Runner = () => Promise<Measured>;
/** What PyTorch knows as well */
type Measured = Pick<ModelMeasured, 'seconds' | 'value' | 'peakBytes'> & Partial<ModelMeasured>;

/** Runs `model-worker.ts` in a process of its own. */
export async function runModelWorker(mode: Mode, file: string, ...options: readonly string[]): Promise<ModelMeasured> {
  const { stdout } = await run(process.execPath, ['--import', import.meta.resolve('tsx'), WORKER, mode, file, ...HOW[mode], ...options]);
  return JSON.parse(stdout) as ModelMeasured;
}

const ours =
  (mode: Mode, file: string): Runner =>
  () =>
    runModelWorker(mode, file);

const theirs =
  (mode: Mode, file: string, compiled = false): Runner =>
  async () => {
    const how = compiled ? `${mode}-compile` : mode;
    return JSON.parse((await run(process.env.PYTHON ?? 'python3', [REFERENCE, how, file, ...HOW[mode]])).stdout) as Measured;
  };

/** All results of each runner, over rounds in which they take turns. A runner that fails is left out. */
async function takeTurns(runners: Readonly<Record<string, Runner>>, rounds: number): Promise<Map<string, readonly Measured[]>> {
  const results = new Map<string, readonly Measured[]>();
  const failed = new Set<string>();
  for (let turn = 1; turn <= rounds; turn++) {
    for (const [name, runner] of Object.entries(runners)) {
      if (failed.has(name)) continue;
      process.stderr.write(`\r\u001b[Kround ${turn}/${rounds}: ${name}`);
      try {
        results.set(name, [...(results.get(name) ?? []), await runner()]);
      } catch (error) {
        failed.add(name);
        const reason = String((error as { stderr?: string }).stderr || error).trim();
        process.stderr.write(`\r\u001b[K${name} left out: ${reason.split('\n').at(-1)}\n`);
      }
    }
  }
  process.stderr.write('\r\u001b[K');
  return results;
}

/** Medians of what was measured; `undefined` where nothing was. Throws unless all of these networks computed the same. */
function compare(results: ReadonlyMap<string, readonly Measured[]>, names: readonly string[]): (Measured | undefined)[] {
  const found = names.map((name) => results.get(name));
  const values = found.flatMap((all) => (all ?? []).map(({ value }) => value));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (most - least > 1e-3 * Math.abs(most))
    throw new Error(`${names.join(', ')}: not the same network, they computed ${values.join(', ')}`);
  const middle = (all: readonly Measured[], of: (one: Measured) => number): number => median(all.map(of));
  return found.map(
    (all) => all && { ...all[0], value: most, seconds: middle(all, (m) => m.seconds), peakBytes: middle(all, (m) => m.peakBytes) },
  );
}

const ratio = (theirs: Measured | undefined, ours: Measured | undefined): number | undefined =>
  theirs && ours && theirs.seconds / ours.seconds;

const milliseconds = (measured: Measured | undefined): number | string => (measured ? round(measured.seconds * 1000) : '');

/** How the model is made larger: one of tokens, layers and views at a time. */
interface Growth extends PromptLengths {
  readonly layers?: number;
}

const GROWTHS: Readonly<Record<string, Growth>> = {
  nano: {},
  'an instruction four times as long': { instruction: 256 },
  'half the layers': { layers: 3 },
  'twice the layers': { layers: 12 },
  'one view': { views: ['head'] },
  'two views': { views: ['head', 'leftWrist'] },
};

const deepened = (config: ModelConfig, layers: number): ModelConfig => ({
  ...config,
  language: { ...config.language, layers },
  expert: { ...config.expert, layers },
});

/** Runs all measurements of the model. */
export async function model(): Promise<Report> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gear-model-'));
  try {
    const config = modelSize('nano');
    const file = path.join(folder, 'nano.safetensors');
    await writeCase(file, randomCase(config, 16));
    const results = await takeTurns(
      {
        'train, gear-vla': ours('train', file),
        'train, PyTorch eager': theirs('train', file),
        'train, PyTorch compile': theirs('train', file, true),
        'chunk, gear-vla': ours('chunk', file),
        'chunk, PyTorch eager': theirs('chunk', file),
        'chunk, PyTorch compile': theirs('chunk', file, true),
      },
      ROUNDS,
    );
    const sides = ['gear-vla', 'PyTorch eager', 'PyTorch compile'];
    const [train, trainEager, trainCompiled] = compare(
      results,
      sides.map((side) => `train, ${side}`),
    );
    const [chunk, chunkEager, chunkCompiled] = compare(
      results,
      sides.map((side) => `chunk, ${side}`),
    );
    const goals = [
      goal('training, against PyTorch eager', ratio(trainEager, train), '≥', 1.3, '×'),
      goal('chunk, against PyTorch eager', ratio(chunkEager, chunk), '≥', 2, '×'),
      goal('chunk, on one core', chunk && chunk.seconds * 1000, '≤', 60, 'ms'),
    ];
    const row = (what: string, measured: Measured | undefined, samples: number) =>
      measured && {
        what,
        ms: milliseconds(measured),
        'samples/s': round(samples / measured.seconds),
        'GFLOP/s': measured.flops ? round(measured.flops / measured.seconds / 1e9) : '',
        'peak MiB': Math.round(measured.peakBytes / 2 ** 20),
      };
    const measurements = [
      ...[train, trainEager, trainCompiled].map((one, i) => row(`train, ${sides[i]}`, one, 16)),
      ...[chunk, chunkEager, chunkCompiled].map((one, i) => row(`chunk, ${sides[i]}`, one, 1)),
    ].filter((one) => one !== undefined);
    const rounds = results.get('chunk, gear-vla') ?? [];
    const parts = Object.keys(chunk?.parts ?? {}).map((name) => ({
      what: `chunk, gear-vla: ${name}`,
      ms: round(median(rounds.map((one) => one.parts?.[name] as number)) * 1000),
    }));
    return { name: 'model', goals, rows: [...measurements, ...parts, ...(await growth(config, folder))] };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Steps of 4 samples and chunks of larger and smaller models, once each. */
async function growth(config: ModelConfig, folder: string): Promise<Report['rows']> {
  const rows: Report['rows'][number][] = [];
  for (const [name, { layers = config.language.layers, ...lengths }] of Object.entries(GROWTHS)) {
    const file = path.join(folder, 'grown.safetensors');
    const grown = randomCase(deepened(config, layers), 4, lengths);
    await writeCase(file, grown);
    for (const mode of ['train', 'chunk'] as const) {
      const what = mode === 'train' ? `train 4, ${name}` : `chunk, ${name}`;
      const [own, other] = compare(await takeTurns({ [what]: ours(mode, file), [`${what}, PyTorch`]: theirs(mode, file) }, 1), [
        what,
        `${what}, PyTorch`,
      ]);
      const tokens = mode === 'train' ? grown.layout.length : grown.layout.latent?.start;
      const times = ratio(other, own);
      rows.push({
        what,
        ms: milliseconds(own),
        tokens: tokens ?? '',
        'PyTorch eager ms': milliseconds(other),
        'times as fast': times ? round(times) : '',
      });
    }
  }
  return rows;
}
