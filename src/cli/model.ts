/** `gear model …`: what a model is. */
import type { Command } from 'commander';
import type { Context } from './context.ts';

/** Adds the commands. Exit codes: 0 well, 1 the configuration is wrong, 2 the command line makes no sense. */
export function addModel(gear: Command, context: Context): void {
  const model = gear.command('model').description('look at a model');
  model
    .command('info <config>')
    .description(
      'parameters by part, bytes, arithmetic of a training step and of a chunk, and how fast a chunk can be at best; nothing is allocated. ' +
        'CONFIG is a size (nano, small, base-3b, paper-8b) or a JSON file',
    )
    .option('--json', 'print one JSON object')
    .action(async (config: string, options: { readonly json?: true }) => (await import('./model/info.ts')).info(config, options, context));
}
