/** `gear eval CKPT --data DIR`: a policy on recorded data. */
import path from 'node:path';
import pc from 'picocolors';
import { episodeReader } from '../../data/episodes.ts';
import type { BoundSource } from '../../data/tracks.ts';
import { machine } from '../../eval/evaluation.ts';
import { type ErrorKind, METHODS, type Method } from '../../eval/offline.ts';
import { evaluateOffline, type OfflineResult, type OfflineSettings } from '../../eval/offline-run.ts';
import type { ArmOrBoth, ErrorCurves } from '../../eval/offline-summary.ts';
import { trialEngine } from '../../eval/run.ts';
import { asMarkdown, asText, type Table } from '../../eval/tables.ts';
import { openPolicy } from '../../policy/checkpoint.node.ts';
import { createPolicy } from '../../policy/policy.ts';
import { CONTROL_RATE } from '../../robot/canonical.ts';
import { writeFileAtomically } from '../../tensor/files.node.ts';
import type { Context } from '../context.ts';
import { withDataset } from '../data/open.ts';
import type { EvalOptions } from '../eval.ts';
import { interruptible } from '../interrupt.ts';
import { packageInfo } from '../package.ts';
import { progressOf } from '../progress.ts';
import { checkPlace } from '../sim/place.ts';
import { checkingUsage } from '../usage.ts';
import { findPolicy } from './policy.ts';

const FORMAT = 'gear-vla offline evaluation 1';

/** What may be said beside `--data` */
const OFFLINE_OPTIONS = ['data', 'episodes', 'every', 'binding', 'seed', 'batch', 'out', 'markdown', 'json'];

/** Compares a policy's chunks with recorded ones. `given` are the options that somebody gave. */
export async function evaluateRecorded(
  name: string | undefined,
  options: EvalOptions & { readonly data: string },
  given: readonly string[],
  context: Context,
): Promise<void> {
  const { data, out, markdown, batch, seed = 0, every = 10, episodes, binding } = options;
  await checkingUsage(async () => {
    if (name === undefined) throw new Error('what is to be evaluated? a checkpoint');
    const other = given.find((option) => !OFFLINE_OPTIONS.includes(option));
    if (other !== undefined)
      throw new Error(
        `--data has nothing to do with --${other.replace(/[A-Z]/g, '-$&').toLowerCase()}, which is about simulation: leave one out`,
      );
    if (out !== undefined) await checkPlace(out, 'an evaluation', ['.json']);
    if (markdown !== undefined) await checkPlace(markdown, 'a file of tables', ['.md']);
  });
  const { identity, robots } = await findPolicy(name as string, { replan: 1, batch });
  if (typeof identity === 'string') throw new Error(`${identity} acts in simulation only: recorded data are for checkpoints`);
  const which = { ...(episodes && { episodes }), ...(binding !== undefined && { binding }) };
  await withDataset(data, which, async (source, bound, positions) => {
    if (!bound) throw new Error(`${data}: nothing says what its numbers mean for a robot; give a binding (--binding)`);
    const robot = bound.embodiment.name;
    if (!robots?.includes(robot))
      throw new Error(`${data} is of the embodiment "${robot}", but ${name} knows ${robots?.join(', ')}. \`gear adapt\` teaches it one`);
    const settings: OfflineSettings = { episodes: positions, every, seed, side: 'right' };
    const result = await compare(name as string, bound, settings, batch, context);
    context.progress('');
    const numbers = positions.map((position) => source.episodes[position]?.index as number);
    const evaluation = {
      format: FORMAT,
      version: packageInfo().version,
      date: new Date().toISOString(),
      machine: machine(),
      policy: identity,
      data: { path: data, name: source.name, format: source.format, robot, episodes: numbers },
      settings: { every, seed, batch, side: settings.side },
      units: { translation: 'm', rotation: 'rad', gripper: '0 closed … 1 open', seconds: 's after the moment, by step' },
      seconds: Array.from({ length: identity.chunk }, (_, i) => (i + 1) / CONTROL_RATE),
      ...result,
      moments: result.moments.map(({ episode, moment }) => ({ episode: source.episodes[episode]?.index as number, moment })),
    };
    if (out !== undefined) await writeFileAtomically(out, [`${JSON.stringify(evaluation)}\n`]);
    const tables = tablesOf(result, identity.model, identity.chunk);
    if (markdown !== undefined) await writeFileAtomically(markdown, [asMarkdown(tables)]);
    const { bold, dim } = pc.createColors(context.colors);
    const note = `${result.moments.length} moments of ${episodesText(numbers)} of ${path.basename(path.resolve(data))}; means, with 95 % intervals (${result.intervals})`;
    context.print(options.json ? `${JSON.stringify(evaluation, null, 2)}\n` : `${asText(tables, bold)}\n${dim(note)}\n`);
  });
}

/** Opens the checkpoint, and compares it with a dataset. Ctrl-C ends it; nothing is written then. */
async function compare(
  name: string,
  bound: BoundSource,
  settings: OfflineSettings,
  batch: number,
  context: Context,
): Promise<OfflineResult> {
  const checkpoint = await openPolicy(name);
  const reader = episodeReader(bound);
  try {
    const policy = await createPolicy(trialEngine(), checkpoint.processor, checkpoint.values, { batch });
    const onProgress = progressOf(context, 'moments');
    return await interruptible((signal) => evaluateOffline(reader, policy, settings, { signal, onProgress })).finally(policy.dispose);
  } finally {
    reader.close();
    await checkpoint.close();
  }
}

const episodesText = (numbers: readonly number[]): string =>
  numbers.length === 1 ? `episode ${numbers[0]}` : numbers.length <= 10 ? `episodes ${numbers.join(', ')}` : `${numbers.length} episodes`;

/** Seconds of the horizon that tables tell of */
const SHOWN = [0.5, 1];

/** What is shown of it: per kind, a unit of its own. */
const COLUMNS: readonly { readonly kind: ErrorKind; readonly head: string; readonly scale: number; readonly digits: number }[] = [
  { kind: 'translation', head: 'mm', scale: 1000, digits: 1 },
  { kind: 'rotation', head: '°', scale: 180 / Math.PI, digits: 1 },
  { kind: 'gripper', head: 'gripper', scale: 1, digits: 3 },
];

const ROWS: Readonly<Record<Exclude<Method, 'policy'>, string>> = { still: 'stay where you are', velocity: 'repeat the last velocity' };

/** A table for each arm: methods one below the other, and the policy less each baseline. */
function tablesOf({ errors, beyond }: OfflineResult, name: string, chunk: number): Table[] {
  const steps = SHOWN.map((seconds) => seconds * CONTROL_RATE).filter((step) => step <= chunk);
  const shown = steps.length > 0 ? steps : [chunk];
  const row = (label: string, curves: ErrorCurves, arm: ArmOrBoth): string[] => [
    label,
    ...COLUMNS.flatMap(({ kind, scale, digits }) =>
      shown.map((step) => {
        const curve = curves[arm]?.[kind];
        const [value, low, high] = [curve?.value, curve?.low, curve?.high].map((of) =>
          ((of?.[step - 1] ?? Number.NaN) * scale).toFixed(digits),
        );
        return `${value} (${low} to ${high})`;
      }),
    ),
  ];
  const arms = (['both', 'left', 'right'] as const).filter((arm) => errors.policy[arm]);
  return arms.map((arm) => ({
    title: `Open-loop error${arm === 'both' ? ', mean of both arms' : `, ${arm} arm`}`,
    rows: [
      ['', ...COLUMNS.flatMap(({ head }) => shown.map((step) => `${head} at ${Number((step / CONTROL_RATE).toFixed(2))} s`))],
      ...METHODS.map((method) => row(method === 'policy' ? name : ROWS[method], errors[method], arm)),
      ...(['still', 'velocity'] as const).map((method) => row(`${name} − ${ROWS[method]}`, beyond[method], arm)),
    ],
  }));
}
