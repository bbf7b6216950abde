/** The page of a run while it is trained, and `gear report`. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { machine } from '../../eval/evaluation.ts';
import type { Experiment } from '../../train/experiment.ts';
import { writeTrainReport } from '../../train/report.node.ts';
import type { RunOrigin } from '../../train/report.ts';
import type { Context } from '../context.ts';
import { packageInfo } from '../package.ts';
import { checkPlace } from '../sim/place.ts';
import type { ReportCommandOptions } from '../train.ts';
import { checkingUsage } from '../usage.ts';

/** How a run that begins now is made. */
export const originOf = (experiment: Experiment): RunOrigin => ({
  experiment,
  version: packageInfo().version,
  commit: commitOf(fileURLToPath(new URL('../../..', import.meta.url))),
  machine: machine(),
  begun: new Date().toISOString(),
});

/** The commit of a checkout, `-dirty` when it is not quite that; undefined where a folder is none, or there is no git. */
function commitOf(folder: string): string | undefined {
  if (!existsSync(path.join(folder, '.git'))) return undefined;
  const { status, stdout } = spawnSync('git', ['describe', '--always', '--dirty', '--exclude=*'], { cwd: folder, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** A run's page, written again as the run goes on. */
export interface LivePage {
  /** Writes it, after what is being written */
  update(): void;
  /** Writes it as it is in the end, if it was ever to be written. */
  settle(): Promise<void>;
}

/** The page of a folder. What goes wrong with it is told once: training is worth more than its page. */
export function livePage(folder: string, context: Context): LivePage {
  let [wanted, told]: [boolean, boolean] = [false, false];
  let writing: Promise<void> | undefined;
  async function write(): Promise<void> {
    while (wanted) {
      wanted = false;
      await writeTrainReport(folder).catch((error: Error) => {
        if (!told) context.complain(`gear: the run's page: ${error.message}\n`);
        told = true;
      });
    }
  }
  const update = (): void => {
    wanted = true;
    writing = (writing ?? Promise.resolve()).then(write);
  };
  return {
    update,
    async settle() {
      if (writing) update();
      await writing;
    },
  };
}

/** `gear report`: writes the page of a run from its folder alone. */
export async function report(folder: string, { out, json }: ReportCommandOptions, context: Context): Promise<void> {
  if (out !== undefined) await checkingUsage(() => checkPlace(out, 'a page', ['.html']));
  const file = await writeTrainReport(folder, out);
  context.print(json ? `${JSON.stringify({ report: file })}\n` : `${file}\n`);
}
