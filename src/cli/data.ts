/** `gear data …`: look into datasets, convert and mend them. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Context } from './context.ts';
import { parseCount, parseSize } from './usage.ts';

/** Options that the subcommands share. */
export interface DataOptions {
  readonly json?: true;
  /** File of a binding */
  readonly binding?: string;
  /** Numbers of episodes, as the dataset calls them; all when not given */
  readonly episodes?: readonly number[];
}

/** Numbers in a range at most: more would be a slip of the hand. */
const MOST_EPISODES = 10_000_000;

/** `0,3,7-9` as numbers, each once. */
function parseEpisodes(text: string): number[] {
  const numbers = text.split(',').flatMap((part) => {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
    const count = Number(last) - Number(first) + 1;
    if (first === undefined || !(count > 0 && count <= MOST_EPISODES)) {
      throw new InvalidArgumentError('expected numbers and ranges such as 0,3,7-9');
    }
    return Array.from({ length: count }, (_, i) => Number(first) + i);
  });
  return [...new Set(numbers)];
}

/** Adds the commands. Exit codes: 0 well, 1 the dataset is broken or cannot be read, 2 the command line makes no sense. */
export function addData(gear: Command, context: Context): void {
  const data = gear
    .command('data')
    .description('look into datasets, convert and mend them (LeRobot v2.1 and v3.0, LIBERO HDF5, folders of videos)');
  const command = (name: string, description: string): Command =>
    data
      .command(name)
      .description(description)
      .option('--binding <file>', 'what the numbers mean for a robot (JSON); shipped bindings are found by themselves')
      .option('--episodes <list>', 'which episodes: 0,3,7-9', parseEpisodes);

  command('info <dir>', 'what a dataset holds: robot, episodes, cameras, features, tasks')
    .option('--json', 'print one JSON object')
    .action(async (dir: string, options: DataOptions) => (await import('./data/info.ts')).info(dir, options, context));

  command('stats <dir>', 'exact statistics of all features, and of canonical states and actions')
    .option('--frames <n>', 'frames of each camera and episode that are counted', parseCount, 16)
    .option('--norm-stats <file>', "write the canonical statistics as openpi's norm_stats.json")
    .option('--fast <folder>', 'write a FAST tokenizer made from canonical actions: tokenizer.json, processor_config.json')
    .option('--json', 'print one JSON object')
    .action(async (dir: string, options: DataOptions & { frames: number; normStats?: string; fast?: string }) =>
      (await import('./data/stats.ts')).stats(dir, options, context),
    );

  command('convert <dir> <target>', 'write as a new LeRobot v3.0 dataset')
    .option('--size <pixels>', 'encode camera frames anew as squares of this size, black around them', parseSize)
    .addOption(
      new Option('--codec <name>', 'codec of the new videos; what has it already is copied, and everything unless given').choices([
        'h264',
        'av1',
      ]),
    )
    .option('--json', 'print one JSON object')
    .action(async (dir: string, target: string, options: DataOptions & { size?: number; codec?: 'h264' | 'av1' }) =>
      (await import('./data/convert.ts')).convertTo(dir, target, options, context),
    );

  command('view <dir>', 'one self-contained HTML page per episode: frames, curves, paths, tokens')
    .option('--out <folder>', 'where the pages go', 'view')
    .option('--json', 'print one JSON object')
    .action(async (dir: string, options: DataOptions & { out: string }) => (await import('./data/view.ts')).view(dir, options, context));

  command('doctor <dir>', 'find what is wrong with a dataset, by episode and frame')
    .option('--thorough', 'decode every frame of every video')
    .option('--repair <target>', 'write a new dataset in which everything is mended that needs no guess')
    .option('--json', 'print one JSON object')
    .action(async (dir: string, options: DataOptions & { thorough?: true; repair?: string }) =>
      (await import('./data/doctor.ts')).doctor(dir, options, context),
    );
}
