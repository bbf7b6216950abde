/** `gear nano`: from nothing to a policy and its figures, with one command. */
import { type Command, Option } from 'commander';
import type { Context } from './context.ts';
import { parseNumber } from './usage.ts';

/** As commander reads the command line. */
export interface NanoOptions {
  readonly suite?: string;
  readonly quick?: true;
  readonly out?: string;
  readonly data?: string;
  readonly trials: number;
}

/** Adds the command. Exit codes: 0 well, 1 it failed or was interrupted, 2 the command line makes no sense. */
export function addNano(gear: Command, context: Context): void {
  gear
    .command('nano')
    .description(
      'from nothing to a policy for two cores: demonstrations are recorded, all stages trained, the policy is evaluated. What is finished ' +
        'is not done again, and what was interrupted goes on with the same command',
    )
    .addOption(new Option('--suite <name>', 'one suite instead of all').choices(['object']))
    .option('--quick', 'every stage cut short, to see that all of it works: minutes instead of hours')
    .option('--out <dir>', 'the folder of the run; runs/ and its name unless given')
    .option('--data <dir>', 'the folder of datasets; `data` in that of the run unless given')
    .option('--trials <n>', 'episodes of each task in the evaluation; 2 with --quick', parseNumber, 20)
    .action(async (options: NanoOptions, command: Command) => {
      const trials = options.quick && command.getOptionValueSource('trials') === 'default' ? 2 : options.trials;
      await (await import('./nano/nano.ts')).nano({ ...options, trials }, context);
    });
}
