/**
 * The numeric core against PyTorch and jax-js: `npm run bench -- tensor`.
 *
 * Every measurement runs in a process of its own, so that memory is its own, and ours and theirs take turns, so that a machine
 * that slows down slows both. Times are medians over the rounds. The model is a GPT-like transformer of width 256 with 4 heads
 * of 64: pre-norm blocks, causal attention, GELU; 16 × 230 tokens of a vocabulary of 256. PyTorch's twin of it is
 * `reference/bench_transformer.py`; the interpreter is $PYTHON, or python3.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Goal, goal, median, type Report, round } from './report.ts';
import { type Measured, runWorker } from './worker.ts';

const run = promisify(execFile);
const ROUNDS = 3;

const REFERENCE = fileURLToPath(new URL('../reference/bench_transformer.py', import.meta.url));

type Runner = () => Promise<Measured>;

const ours =
  (mode: string, ...options: string[]): Runner =>
  () =>
    runWorker(mode, ...options);

const theirs =
  (mode: string): Runner =>
  async () =>
    JSON.parse((await run(process.env.PYTHON ?? 'python3', [REFERENCE, mode])).stdout) as Measured;

/** Medians of each runner's time and memory over rounds in which they take turns. A runner that fails is left out. */
async function takeTurns(runners: Readonly<Record<string, Runner>>): Promise<Map<string, Measured>> {
  const results = new Map<string, Measured[]>();
  const failed = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, runner] of Object.entries(runners)) {
      if (failed.has(name)) continue;
      process.stderr.write(`\r\u001b[Kround ${round + 1}/${ROUNDS}: ${name}`);
      try {
        results.set(name, [...(results.get(name) ?? []), await runner()]);
      } catch (error) {
        failed.add(name);
        process.stderr.write(
          `\r\u001b[K${name} left out: ${String((error as { stderr?: string }).stderr || error)
            .trim()
            .split('\n')
            .at(-1)}\n`,
        );
      }
    }
  }
  process.stderr.write('\r\u001b[K');
  return new Map(
    [...results].map(([name, all]) => [
      name,
      {
        seconds: median(all.map((m) => m.seconds)),
        peakBytes: median(all.map((m) => m.peakBytes)),
        flops: all[0]?.flops ?? 0,
        calls: all[0]?.calls ?? 0,
      },
    ]),
  );
}

/** Runs all measurements of the numeric core. */
export async function tensor(): Promise<Report> {
  const results = await takeTurns({
    'matmul, this engine': ours('matmul'),
    'matmul, jax-js (wasm)': ours('matmul-jax-js'),
    'matmul, PyTorch': theirs('matmul'),
    'train, gear-vla': ours('train'),
    'train, gear-vla, checkpoint': ours('train-checkpoint'),
    'train, PyTorch eager': theirs('train'),
    'train, PyTorch compile': theirs('train-compile'),
    'infer, gear-vla': ours('infer'),
    'infer, PyTorch eager': theirs('infer'),
    'infer, PyTorch compile': theirs('infer-compile'),
    'trace + compile, 6 layers': ours('compile', '--layers', '6'),
    'trace + compile, 12 layers': ours('compile', '--layers', '12'),
    'trace + compile, 24 layers': ours('compile', '--layers', '24'),
  });
  const seconds = (name: string): number | undefined => results.get(name)?.seconds;
  const rate = (name: string): number | undefined => ratio(results.get(name)?.flops, seconds(name));
  const megabytes = (name: string): number | undefined => ratio(results.get(name)?.peakBytes, 2 ** 20);
  const goals: Goal[] = [
    goal('training, fraction of the 1024³ matmul rate', ratio(rate('train, gear-vla'), rate('matmul, this engine')), '≥', 0.65, ''),
    goal('training, against PyTorch eager', ratio(seconds('train, PyTorch eager'), seconds('train, gear-vla')), '≥', 1.3, '×'),
    goal('training, against torch.compile', ratio(seconds('train, PyTorch compile'), seconds('train, gear-vla')), '≥', 1, '×'),
    goal('batch-1 inference, against PyTorch eager', ratio(seconds('infer, PyTorch eager'), seconds('infer, gear-vla')), '≥', 2, '×'),
    goal('peak memory, of PyTorch eager', ratio(megabytes('train, gear-vla'), megabytes('train, PyTorch eager')), '≤', 1, '×'),
    goal('trace + compile, 24 layers', seconds('trace + compile, 24 layers'), '≤', 5, 's'),
  ];
  const rows = [...results].map(([what, { seconds: time, flops, peakBytes }]) => ({
    what,
    ms: round(time * 1000),
    'GFLOP/s': flops > 0 ? round(flops / time / 1e9) : '',
    'peak MiB': Math.round(peakBytes / 2 ** 20),
  }));
  return { name: 'tensor', goals, rows };
}

const ratio = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a / b;
