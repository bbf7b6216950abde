/** Before and after: a policy's open-loop errors on held-out episodes, and the file that keeps them. */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { episodeReader } from '../../data/episodes.ts';
import type { BoundSource } from '../../data/tracks.ts';
import { evaluateOffline, type OfflineSettings } from '../../eval/offline-run.ts';
import type { ErrorCurves, IntervalKind } from '../../eval/offline-summary.ts';
import type { Processor } from '../../model/processor.ts';
import { createPolicy } from '../../policy/policy.ts';
import type { ValueSource } from '../../tensor/compile.ts';
import type { Engine } from '../../tensor/engine.ts';
import { writeFileAtomically } from '../../tensor/files.node.ts';
import type { DataFit } from '../../train/adaptation-fit.ts';
import { packageInfo } from '../package.ts';

/** Errors of policies and baselines about the same moments. */
export interface Measured {
  /** Moments that were looked at */
  readonly moments: number;
  readonly intervals: IntervalKind;
  /** What sees nothing */
  readonly baselines: { readonly still: ErrorCurves; readonly velocity: ErrorCurves };
  /** By when: `before`, and after each stage */
  readonly policies: Readonly<Record<string, ErrorCurves>>;
}

/** All that makes the figures. */
export interface Made {
  /** File, name of the model, and SHA-256 of the checkpoint and of its latent action tokenizer */
  readonly policy: { readonly file: string; readonly model: string; readonly sha256: string; readonly latents: string };
  /** Numbers of episodes */
  readonly data: {
    readonly path: string;
    readonly robot: string;
    readonly training: readonly number[];
    readonly heldOut: readonly number[];
  };
  readonly settings: Readonly<Record<string, unknown>>;
  readonly fit: DataFit;
  readonly warnings: readonly string[];
}

const [FILE, FORMAT] = ['before-after.json', 'gear-vla adaptation 1'];
/** Moments that are predicted together */
const TOGETHER = 10;

/**
 * What a run's folder says of what was measured: nothing is measured twice. Throws when the folder is of a run that was made of something
 * else.
 */
export async function readBeforeAfter(folder: string, made: Made): Promise<Measured | undefined> {
  const file = path.join(folder, FILE);
  if (!existsSync(file)) return undefined;
  const known = JSON.parse(await readFile(file, 'utf8')) as { readonly made: Made; readonly measured: Measured };
  const different = (['policy', 'data', 'settings'] as const).filter(
    (field) => JSON.stringify(known.made[field]) !== JSON.stringify(made[field]),
  );
  if (different.length === 0) return known.measured;
  throw new Error(`${file} is of another adaptation (${different.join(', ')}): go on with the same, or adapt in another folder`);
}

/** Keeps the figures in the folder of a run. */
export async function writeBeforeAfter(folder: string, made: Made, measured: Measured): Promise<void> {
  const units = { translation: 'm', rotation: 'rad', gripper: '0 closed … 1 open', steps: '1/30 s' };
  await mkdir(folder, { recursive: true });
  const figures = { format: FORMAT, version: packageInfo().version, made, units, measured };
  await writeFileAtomically(path.join(folder, FILE), [`${JSON.stringify(figures, null, 2)}\n`]);
}

/** What to measure, and on what. */
export interface MeasureSetting {
  readonly engine: Engine;
  readonly bound: BoundSource;
  readonly settings: OfflineSettings;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, all: number) => void;
}

/** Figures with those of one more policy. Throws as `evaluateOffline` does. */
export async function withPolicy(
  figures: Measured | undefined,
  name: string,
  [processor, values]: readonly [Processor, ValueSource],
  { engine, bound, settings, signal, onProgress }: MeasureSetting,
): Promise<Measured> {
  if (figures?.policies[name]) return figures;
  const policy = await createPolicy(engine, processor, values, { batch: TOGETHER });
  const reader = episodeReader(bound);
  try {
    const { moments, intervals, errors } = await evaluateOffline(reader, policy, settings, { signal, onProgress });
    const baselines = { still: errors.still, velocity: errors.velocity };
    return { moments: moments.length, intervals, baselines, policies: { ...figures?.policies, [name]: errors.policy } };
  } finally {
    reader.close();
    await policy.dispose();
  }
}
