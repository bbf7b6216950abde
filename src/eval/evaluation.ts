/** Evaluations: all that made their numbers, in one file that they can be repeated from. */
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import * as z from 'zod';
import type { Engine } from '../tensor/engine.ts';
import { writeFileAtomically } from '../tensor/files.node.ts';
import { SCRIPTED, type Scripted } from './actor.ts';
import { FAILURES } from './failures.ts';
import { type Trial, type TrialPlan, type TrialResult, trialName } from './trial.ts';

const FORMAT = 'gear-vla evaluation 1';

const name = z.string().min(1);
const count = z.int().min(1);

const settings = z.strictObject({
  tasks: z.array(name).min(1),
  robots: z.array(name).min(1),
  perturbations: z.array(name).min(1),
  seed: z.int().min(0),
  trials: count,
  replan: count,
  batch: count,
});

const result = z.strictObject({
  task: name,
  robot: name,
  perturbation: name,
  seed: z.int().min(0),
  instruction: z.string(),
  object: name,
  success: z.boolean(),
  steps: z.int().min(0),
  failure: z.enum(FAILURES).optional(),
  thing: z.string().optional(),
});

const file = z.strictObject({
  format: z.literal(FORMAT),
  version: name,
  date: name,
  machine: z.record(z.string(), z.string()),
  policy: z.union([
    z.enum(SCRIPTED),
    z.strictObject({
      file: name,
      sha256: name,
      model: name,
      chunk: count,
      engine: z.strictObject({ name, details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])) }),
    }),
  ]),
  settings,
  results: z.array(result),
});

/** All that decides an evaluation, beside the policy. */
export interface EvaluationSettings extends TrialPlan {
  /** Steps of a chunk that are carried out before the next one is predicted */
  readonly replan: number;
  /** Observations that are predicted for together: products of other sizes are rounded otherwise */
  readonly batch: number;
}

/** What is evaluated: something scripted, or a checkpoint. */
export type PolicyIdentity =
  | Scripted
  | {
      readonly file: string;
      readonly sha256: string;
      /** Name of its model, and steps of its chunks */
      readonly model: string;
      readonly chunk: number;
      /** What computes it */
      readonly engine: Pick<Engine, 'name' | 'details'>;
    };

/** The file of an evaluation. */
export interface EvaluationFile {
  readonly format: typeof FORMAT;
  /** Of gear-vla */
  readonly version: string;
  /** When it was finished: ISO 8601 */
  readonly date: string;
  /** What else may change the last digit: versions, processor */
  readonly machine: Readonly<Record<string, string>>;
  readonly policy: PolicyIdentity;
  readonly settings: EvaluationSettings;
  readonly results: readonly TrialResult[];
}

/** What is computed on here. */
export const machine = (): Record<string, string> => ({
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  processor: os.cpus()[0]?.model ?? 'unknown',
});

/** Reads one. Throws when it is none. */
export async function readEvaluation(where: string): Promise<EvaluationFile> {
  const text = await readFile(where, 'utf8').catch((error: Error) => {
    throw new Error(`${where} cannot be read: ${error.message}`, { cause: error });
  });
  const { success, data, error } = file.safeParse(jsonOf(text));
  if (success) return data as EvaluationFile;
  const { path = [], message = '' } = error.issues[0] ?? {};
  throw new Error(`${where} is no evaluation of gear eval: ${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Writes one, whole or not at all. */
export async function writeEvaluation(where: string, evaluation: Omit<EvaluationFile, 'format'>): Promise<void> {
  const { results, ...rest } = evaluation;
  const head = JSON.stringify({ format: FORMAT, ...rest }, null, 2).slice(0, -2);
  const rows = results.map((one) => `\n    ${JSON.stringify(one)}`).join(',');
  await writeFileAtomically(where, [`${head},\n  "results": [${rows}\n  ]\n}\n`]);
}

/** Tells trials apart. */
export const keyOf = ({ task, robot, perturbation, seed }: Trial): string => [task, robot, perturbation, seed].join(' ');

/** The first trial in which two evaluations differ, in words; undefined when they are the same. */
export function firstDifference(before: readonly TrialResult[], after: readonly TrialResult[]): string | undefined {
  const again = new Map(after.map((one) => [keyOf(one), one]));
  for (const was of before) {
    const is = again.get(keyOf(was));
    if (!is) return `${trialName(was)} is missing`;
    if (was.instruction !== is.instruction) return `${trialName(was)} said "${was.instruction}", and now "${is.instruction}"`;
    if (outcome(is) !== outcome(was)) return `${trialName(was)} ${outcome(was)}, and now ${outcome(is)}`;
  }
  const known = new Set(before.map(keyOf));
  const extra = after.find((one) => !known.has(keyOf(one)));
  return extra && `${trialName(extra)} was not there before`;
}

/** `failed after 240 steps: dropped (red can)` */
export const outcome = ({ success, steps, failure, thing }: TrialResult): string =>
  `${success ? 'succeeded' : 'failed'} after ${steps} steps${failure ? `: ${failure} (${thing})` : ''}`;
