/** `gear data doctor` */
import { type DoctorReport, type ExamineOptions, examine } from '../../data/doctor/examine.ts';
import { repair } from '../../data/doctor/repair.ts';
import { formatReport } from '../../data/doctor/report.ts';
import type { Context } from '../context.ts';
import type { DataOptions } from '../data.ts';
import { interruptible } from '../interrupt.ts';
import { progressOf } from '../progress.ts';

/** Examines a dataset, or mends it into a new one and examines that. The exit code is 1 when there are errors (left). */
export async function doctor(dir: string, options: DataOptions & { thorough?: true; repair?: string }, context: Context): Promise<void> {
  const { json, binding, episodes, thorough = false, repair: target } = options;
  const shared = { thorough, ...(binding !== undefined && { binding }) };
  if (target !== undefined) {
    if (episodes) throw new Error('a dataset is mended as a whole: --episodes does not go with --repair');
    await mend(dir, target, shared, json === true, context);
    return;
  }
  const report = await interruptible((signal) =>
    examine(dir, { ...shared, ...(episodes && { episodes }), signal, onProgress: stages(context) }),
  );
  context.print(json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report, context.colors));
  if (!report.ok) context.exitCode = 1;
}

async function mend(
  dir: string,
  target: string,
  shared: Pick<ExamineOptions, 'thorough' | 'binding'>,
  json: boolean,
  context: Context,
): Promise<void> {
  const report = await interruptible((signal) => repair(dir, target, { ...shared, signal, onProgress: stages(context) }));
  if (!report.after.ok) context.exitCode = 1;
  if (json) {
    context.print(`${JSON.stringify(report, null, 2)}\n`);
    return;
  }
  const { mended, dropped, lostColumns, episodes, frames, after } = report;
  const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
  context.print(`${target}: ${count(episodes.length, 'episode')}, ${count(frames, 'frame')}\n`);
  for (const { message, episode } of mended)
    context.print(`  mended${episode === undefined ? '' : ` in episode ${episode}`}: ${message}\n`);
  for (const { episode, reasons, again } of dropped) {
    context.print(`  left out ${again ? 'the second listing of ' : ''}episode ${episode}: ${reasons.join('; ')}\n`);
  }
  if (lostColumns.length > 0) context.print(`  left out columns that info.json does not know: ${lostColumns.join(', ')}\n`);
  context.print(`\n${formatReport(after as DoctorReport, context.colors)}`);
}

/** Progress by stage, each with an ETA of its own. */
function stages(context: Context): (progress: { stage: string; episode: number; episodes: number }) => void {
  let [current, show] = ['', progressOf(context, '')];
  return ({ stage, episode, episodes }) => {
    if (stage !== current) [current, show] = [stage, progressOf(context, `${stage}: episode`)];
    show(episode, episodes);
  };
}
