/** `gear sim reason` */
import { unknownName } from '../../robot/names.ts';
import { KINDS, type Kind, STAGES, TABLE_4 } from '../../sim/reasoning/sample.ts';
import type { Context } from '../context.ts';
import { interruptible } from '../interrupt.ts';
import type { ReasonOptions } from '../sim.ts';
import { checkingUsage } from '../usage.ts';
import { reasonDataset } from './reasoner.ts';
import { stagesOf } from './stages.ts';

/** Makes samples of embodied reasoning. Ctrl-C ends it after the draws that are being made, which are kept. */
export async function reason(options: ReasonOptions, context: Context): Promise<void> {
  const { out, samples, split, size, seed, workers } = options;
  const settings = await checkingUsage(() => ({
    split,
    kinds: options.kinds === undefined ? KINDS : chooseKinds(options.kinds.split(',').map((name) => name.trim())),
    size,
    seed,
  }));
  const report = await interruptible((signal) =>
    reasonDataset(out, settings, { samples, signal, onProgress: stagesOf(context, signal), ...(workers !== undefined && { workers }) }),
  );
  if (options.json) {
    context.print(`${JSON.stringify({ ...report, split, size, seed }, null, 2)}\n`);
    return;
  }
  context.print(`${out}: ${samples.toLocaleString('en-US')} samples\n`);
  for (const kind of KINDS)
    if (report.kinds[kind]) context.print(`  ${kind.padEnd(18)}${report.kinds[kind].toLocaleString('en-US').padStart(9)}\n`);
  if (report.resumed > 0) context.print(`${report.resumed.toLocaleString('en-US')} samples of an earlier run were used\n`);
}

/** Kinds, or stages for all of theirs, each once, in the order of table 4. Throws for names of none. */
export function chooseKinds(names: readonly string[]): Kind[] {
  const known: readonly string[] = [...KINDS, ...STAGES];
  for (const name of names) if (!known.includes(name)) throw unknownName('kind of sample', name, known);
  return KINDS.filter((kind) => names.includes(kind) || names.includes(TABLE_4[kind].stage));
}
