/** `gear sim …`: the simulated world: its tasks, demonstrations of them, samples of embodied reasoning. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Context } from './context.ts';
import { parseCount, parseNumber, parseSize } from './usage.ts';

/** Options of `gear sim tasks`. */
export interface TasksOptions {
  readonly suite?: string;
  /** File of a contact sheet */
  readonly sheet?: string;
  readonly of: 'tasks' | 'objects' | 'perturbations';
  readonly json?: true;
}

/** Options of commands that act out episodes. */
export interface EpisodesOptions {
  readonly robot?: string;
  readonly seed: number;
  /** Kinds and strengths: `camera:3,light:5` */
  readonly perturb: string;
  readonly calm?: true;
  readonly out: string;
  readonly json?: true;
}

/** Options of `gear sim view`. */
export interface ViewOptions extends EpisodesOptions {
  readonly size: number;
}

/** Options of `gear sim record`. */
export interface RecordOptions extends EpisodesOptions {
  readonly episodes: number;
  readonly size: number;
  readonly keepFailures?: true;
  readonly guides?: true;
  readonly opening?: number;
  readonly workers?: number;
}

/** Options of `gear sim reason`. */
export interface ReasonOptions {
  readonly out: string;
  readonly samples: number;
  readonly split: 'training' | 'heldOut';
  /** Names of kinds, with commas */
  readonly kinds?: string;
  readonly size: number;
  readonly seed: number;
  readonly workers?: number;
  readonly json?: true;
}

/** Options of `gear sim depth`. */
export interface DepthCommandOptions {
  readonly out: string;
  readonly moments: number;
  /** Names, with commas */
  readonly robots: string;
  readonly size: number;
  readonly seed: number;
  readonly workers?: number;
  readonly json?: true;
}

/** Pixels of a side of a picture in which something can be seen. */
function parsePictureSize(text: string): number {
  const size = parseCount(text);
  if (size < SMALLEST) throw new InvalidArgumentError(`expected a whole number from ${SMALLEST} up`);
  return size;
}

/** Pixels of a side of the smallest pictures to ask about */
const SMALLEST = 32;

/** Adds the commands. Exit codes: 0 well, 1 it failed, 2 the command line makes no sense. */
export function addSim(gear: Command, context: Context): void {
  const sim = gear.command('sim').description('the simulated world: tasks, demonstrations, samples of embodied reasoning');
  const command = (name: string, description: string): Command => sim.command(name).description(description);
  const acting = (name: string, description: string): Command =>
    command(name, description)
      .option('--robot <name>', 'panda, ur5e; agilex, ldt-01 (two arms); the first that fits unless given')
      .option('--perturb <list>', 'what is different, and how much: camera:3,light:5 (strengths 1 to 5)', '')
      .option('--calm', 'no disturbances: nothing takes the expert off its way');
  const workers = ['--workers <n>', 'threads; one for each core unless given', parseNumber] as const;
  const json = ['--json', 'print one JSON object'] as const;

  command('tasks', 'all tasks, what they are and what is said; pictures of them on a sheet')
    .option('--suite <name>', 'only those of one suite')
    .option('--sheet <file>', 'draw a contact sheet: *.png, or *.html')
    .addOption(new Option('--of <what>', 'what the sheet shows').choices(['tasks', 'objects', 'perturbations']).default('tasks'))
    .option(...json)
    .action(async (options: TasksOptions) => (await import('./sim/tasks.ts')).tasks(options, context));

  acting('view <task>', 'an HTML page of the expert at work: views, depth, segmentation, paths from above, goals')
    .requiredOption('--out <file>', 'where the page goes: *.html')
    .option('--seed <n>', 'which episode', parseCount, 0)
    .option('--size <pixels>', 'of a side of the views', parseSize, 224)
    .option(...json)
    .action(async (task: string, options: ViewOptions) => (await import('./sim/view.ts')).view(task, options, context));

  acting('record <tasks...>', 'demonstrations as a LeRobot v3.0 dataset; tasks are names, suites or patterns such as spatial/*')
    .requiredOption('--out <dir>', 'where the dataset goes; unfinished, it is in <dir>.partial, and the same command goes on with it')
    .option('--episodes <n>', 'demonstrations in all, shared out to the tasks', parseNumber, 100)
    .option('--seed <n>', 'first seed of each task; those that fail are replaced by later ones', parseCount, 0)
    .option('--size <pixels>', 'of a side of the views', parseSize, 112)
    .option('--keep-failures', 'demonstrations that failed are part of the dataset, too')
    .option('--opening <n>', 'keep the first so many moments of each: many scenes for little, to learn to point in', parseNumber)
    .option('--guides', "also keep the target's mask in each first picture, to train policies that are guided by it")
    .option(...workers)
    .option(...json)
    .action(async (tasks: string[], options: RecordOptions) => (await import('./sim/record.ts')).record(tasks, options, context));

  command('reason', 'samples of embodied reasoning, of the eleven kinds of table 4, with exact labels')
    .requiredOption('--out <dir>', 'where the samples go; unfinished, they are in <dir>.partial, and the same command goes on with them')
    .option('--samples <n>', 'how many', parseNumber, 10_000)
    .addOption(
      new Option('--split <name>', 'objects, rooms and wordings: those of training, or others; both have the same furniture and containers')
        .choices(['training', 'heldOut'])
        .default('training'),
    )
    .option(
      '--kinds <list>',
      'only these kinds (general-vqa,grounding-2d) or stages (spatial-perception); all, as often as in table 4, unless given',
    )
    .option('--size <pixels>', 'of a side of the pictures, at least 32', parsePictureSize, 224)
    .option('--seed <n>', 'of everything that is drawn', parseCount, 0)
    .option(...workers)
    .option(...json)
    .action(async (options: ReasonOptions) => (await import('./sim/reason.ts')).reason(options, context));

  command('depth <tasks...>', 'pictures of all cameras at once, with depth and with where the cameras are: for the 3D encoder')
    .requiredOption('--out <dir>', 'where they go; unfinished, they are in <dir>.partial, and the same command goes on with them')
    .option('--moments <n>', 'how many', parseNumber, 2000)
    .option('--robots <list>', 'whose cameras, in turn', 'panda,agilex')
    .option('--size <pixels>', 'of a side of the views', parseSize, 112)
    .option('--seed <n>', 'of the first scene', parseCount, 0)
    .option(...workers)
    .option(...json)
    .action(async (tasks: string[], options: DepthCommandOptions) => (await import('./sim/depth.ts')).depth(tasks, options, context));
}
