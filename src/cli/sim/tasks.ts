/** `gear sim tasks` */
import pc from 'picocolors';
import { CONTROL_RATE } from '../../robot/canonical.ts';
import { unknownName } from '../../robot/names.ts';
import { planEpisode } from '../../sim/episode.ts';
import { SUITES, type Task } from '../../sim/tasks/task.ts';
import { allTasks } from '../../sim/tasks/tasks.ts';
import type { Context } from '../context.ts';
import { progressOf } from '../progress.ts';
import type { TasksOptions } from '../sim.ts';
import { checkingUsage } from '../usage.ts';
import { checkPlace } from './place.ts';
import { type Section, SHEETS, wrapped, writeSheet } from './sheet.ts';
import { objectSheet, perturbationSheet, taskSheet } from './sheets.ts';

/** What `--json` prints of a task. */
interface TaskInfo {
  readonly name: string;
  readonly suite: string;
  readonly description: string;
  readonly arms: number;
  /** Control steps after which an episode has failed, and seconds */
  readonly steps: number;
  readonly seconds: number;
  readonly instructions: Task['instructions'];
  /** What is said in the episode of seed 0 */
  readonly example: string;
}

/** Lists the tasks, or those of one suite, and draws a sheet if one is asked for. */
export async function tasks(options: TasksOptions, context: Context): Promise<void> {
  const { suite, sheet, of, json } = options;
  const found = await checkingUsage(async () => {
    if (suite !== undefined && !(SUITES as readonly string[]).includes(suite)) throw unknownName('suite', suite, SUITES);
    if (sheet !== undefined) await checkPlace(sheet, 'a sheet', SHEETS);
    else if (of !== 'tasks') throw new Error(`--of ${of} says what a sheet shows: give --sheet, too`);
    return allTasks().filter((task) => suite === undefined || task.suite === suite);
  });
  if (sheet !== undefined) {
    const { title, sections } = await draw(of, found, context);
    const words = await writeSheet(sheet, title, sections);
    if (!words) context.complain(`gear: no font is installed, so ${sheet} has no words: --sheet *.html has them\n`);
  }
  if (json) {
    context.print(`${JSON.stringify({ tasks: found.map(infoOf), sheet: sheet ?? null }, null, 2)}\n`);
  } else if (sheet !== undefined) context.print(`${sheet}\n`);
  else context.print(format(found.map(infoOf), context.colors));
}

async function draw(of: TasksOptions['of'], found: readonly Task[], context: Context): Promise<{ title: string; sections: Section[] }> {
  const progress = progressOf(context, of);
  switch (of) {
    case 'tasks':
      return { title: `${found.length} tasks`, sections: await taskSheet(found, progress) };
    case 'objects':
      return { title: 'Objects', sections: objectSheet(progress) };
    case 'perturbations': {
      const [task] = found;
      if (!task) throw new Error('there is no task to perturb');
      return { title: `Perturbations of ${task.name}`, sections: await perturbationSheet(task, progress) };
    }
  }
}

const infoOf = (task: Task): TaskInfo => {
  const { name, suite, description, arms, steps, instructions } = task;
  return { name, suite, description, arms, steps, seconds: steps / CONTROL_RATE, instructions, example: planEpisode(task, 0).instruction };
};

function format(found: readonly TaskInfo[], useColors: boolean): string {
  const { bold, dim } = pc.createColors(useColors);
  const suites = [...new Set(found.map(({ suite }) => suite))];
  const lines = suites.flatMap((suite) => {
    const own = found.filter((task) => task.suite === suite);
    return [
      `${bold(suite)}  ${dim(`${own.length} tasks`)}`,
      ...own.flatMap(({ name, description, arms, seconds, example }) => [
        `  ${bold(name)}  ${dim(`${arms === 1 ? 'one arm' : 'two arms'}, ${seconds} s`)}`,
        ...wrapped(description, 110).map((line) => `    ${line}`),
        `    ${dim(`“${example}”`)}`,
      ]),
      '',
    ];
  });
  return lines.join('\n');
}
