/** The page of an evaluation: `gear eval --report` and `gear demo`. */
import type { EvaluationFile } from '../../eval/evaluation.ts';
import { ofOneRobot, reportOf } from '../../eval/report.ts';
import { filmReport } from '../../eval/report-films.ts';
import type { RunOptions } from '../../eval/run.ts';
import { tablesOf } from '../../eval/tables.ts';
import { writeFileAtomically } from '../../tensor/files.node.ts';
import type { Context } from '../context.ts';
import { progressOf } from '../progress.ts';
import type { FoundPolicy } from './policy.ts';

/** What a page says beside the evaluation, and how its videos are made. */
export interface WriteReportOptions extends Pick<RunOptions, 'workers' | 'signal'> {
  /** The command that makes the same numbers */
  readonly command: string;
  /** What was left out, and why */
  readonly notices?: readonly string[];
}

/** Pixels of a side of each view of its videos */
const FILM_SIZE = 224;

/** Films some trials of an evaluation again, and writes its page. Returns how many videos it has. */
export async function writeReport(
  file: string,
  { source, name }: FoundPolicy,
  evaluation: Omit<EvaluationFile, 'format'>,
  { command, notices = [], ...options }: WriteReportOptions,
  context: Context,
): Promise<number> {
  const report = progressOf(context, 'videos');
  let [done, wanted] = [0, 0];
  const films = await filmReport(source, evaluation.results, {
    ...options,
    size: FILM_SIZE,
    onBegin: (count) => {
      wanted = count;
      report(0, wanted);
    },
    onResult: () => report(++done, wanted),
  });
  const tables = tablesOf(ofOneRobot(evaluation.results), { name, perTask: true });
  await writeFileAtomically(file, [reportOf({ evaluation, tables, films, notices, command })]);
  return films.length;
}
