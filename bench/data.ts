/**
 * Samples per second of the loader against LeRobot's own in PyTorch (`reference/bench_lerobot.py`; the interpreter is $PYTHON, or
 * python3): the same LeRobot v3.0 dataset in random order, its head view at 224 px, state and chunks of 30 steps, in rounds taken in
 * turns. The dataset is $DATASET, or the small one of the tests. Then the same converted to small views, as `nano` is trained on.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { convert } from '../src/data/convert.ts';
import { findBinding, openDataset } from '../src/data/dataset.ts';
import type { LoaderConfig } from '../src/data/loader/config.ts';
import { createLoader } from '../src/data/loader/loader.ts';
import { letterbox } from '../src/robot/views.ts';
import { goal, median, type Report, round } from './report.ts';

const ROUNDS = 3;
const [BATCHES, BATCH] = [12, 32];
const WARM_UP = 2;
const [SIZE, NANO_SIZE] = [224, 96];
/** Samples a second that one core trains of the smallest policy, as measured when it was planned. */
const NANO_RATE = 530;

const REFERENCE = fileURLToPath(new URL('../reference/bench_lerobot.py', import.meta.url));
const FIXTURE = fileURLToPath(new URL('../test/fixtures/g1-pick-bottle', import.meta.url));

interface Measured {
  readonly samplesPerSecond: number;
  readonly versions: string;
}

/** What LeRobot does; undefined, with a notice, when it is not to be had. */
async function lerobot(folder: string, workers: number): Promise<Measured | undefined> {
  const args = [REFERENCE, folder, ...[workers, BATCHES, BATCH, SIZE].map(String)];
  try {
    return JSON.parse(
      (await promisify(execFile)(process.env.PYTHON ?? 'python3', args)).stdout.trim().split('\n').at(-1) ?? '',
    ) as Measured;
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr || error).trim();
    process.stderr.write(`\r\u001b[KLeRobot left out: ${said.split('\n').at(-1)}\n`);
    return undefined;
  }
}

async function ours(folder: string, workers: number, samples: LoaderConfig['samples'], batches = BATCHES): Promise<number> {
  const config: LoaderConfig = { datasets: [{ name: 'bench', path: folder }], batchSize: BATCH, seed: 1, samples };
  const loader = await createLoader(config, { workers });
  try {
    for (let i = 0; i < WARM_UP; i++) await loader.next();
    const start = performance.now();
    for (let i = 0; i < batches; i++) await loader.next();
    return (1000 * batches * BATCH) / (performance.now() - start);
  } finally {
    await loader.close();
  }
}

/** Writes a dataset as v3.0, its videos as they are or small. */
async function converted(root: string, target: string, size?: number): Promise<void> {
  const source = await openDataset(root);
  const binding = await findBinding(source);
  if (!binding) throw new Error(`${root}: no binding is known for this dataset`);
  await convert(source, target, {
    binding,
    ...(size && { videoCodec: 'h264' as const, resize: { width: size, height: size, apply: (frame) => letterbox(frame, size) } }),
  });
  await source.close();
}

/** Runs all measurements of the loader. */
export async function data(): Promise<Report> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gear-bench-'));
  try {
    const [whole, small] = [path.join(folder, 'whole'), path.join(folder, 'small')];
    const root = process.env.DATASET ?? FIXTURE;
    await converted(root, whole);
    await converted(root, small, NANO_SIZE);
    const workerCounts = [...new Set([1, availableParallelism()])];
    const rows: Record<string, string | number>[] = [];
    const goals = [];
    for (const workers of workerCounts) {
      const [mine, theirs]: [number[], Measured[]] = [[], []];
      const [nano, augmented, latents]: [number[], number[], number[]] = [[], [], []];
      for (let i = 0; i < ROUNDS; i++) {
        process.stderr.write(`\r\u001b[K${workers} workers: round ${i + 1}/${ROUNDS}`);
        mine.push(await ours(whole, workers, { viewSize: SIZE }));
        const found = i > 0 && theirs.length === 0 ? undefined : await lerobot(whole, workers);
        if (found) theirs.push(found);
        nano.push(await ours(small, workers, { viewSize: NANO_SIZE }, 4 * BATCHES));
        augmented.push(await ours(small, workers, { viewSize: NANO_SIZE, augment: {} }, 2 * BATCHES));
        latents.push(await ours(small, workers, { viewSize: NANO_SIZE, latent: { size: NANO_SIZE }, augment: {} }));
      }
      process.stderr.write('\r\u001b[K');
      const [our, their] = [median(mine), theirs.length > 0 ? median(theirs.map((m) => m.samplesPerSecond)) : undefined];
      const what = `${workers} worker${workers === 1 ? '' : 's'}`;
      rows.push(
        {
          what: `640×480 to ${SIZE} px, ${what}`,
          'gear-vla': `${round(our)} samples/s`,
          LeRobot: their === undefined ? 'not found' : `${round(their)} samples/s`,
          ratio: their === undefined ? '' : round(our / their),
          versions: theirs[0]?.versions ?? '',
        },
        { what: `converted to ${NANO_SIZE} px, ${what}`, 'gear-vla': `${round(median(nano))} samples/s` },
        { what: `the same, augmented, ${what}`, 'gear-vla': `${round(median(augmented))} samples/s` },
        { what: `the same, augmented, with 5 latent frames, ${what}`, 'gear-vla': `${round(median(latents))} samples/s` },
      );
      goals.push(goal(`times as fast as LeRobot, ${what}`, their && our / their, '≥', 2, '×'));
      if (workers === 1) goals.push(goal(`samples for training nano, ${what}`, median(nano), '≥', NANO_RATE, 'samples/s'));
    }
    return { name: 'data', goals, rows };
  } finally {
    await rm(folder, { recursive: true });
  }
}
