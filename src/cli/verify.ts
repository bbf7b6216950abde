/** `gear verify …`: is what is computed here what the published implementations compute? */
import type { Command } from 'commander';
import type { Context } from './context.ts';

/** Adds the commands. Exit codes: 0 within tolerance, 1 beyond it or the file cannot be verified, 2 the command line makes no sense. */
export function addVerify(gear: Command, context: Context): void {
  const verify = gear.command('verify').description('compare what is computed here with published implementations');
  verify
    .command('golden <file>')
    .description(
      'build the network that a golden (safetensors with configuration, weights, inputs, outputs) describes, and compare all outputs',
    )
    .option('--json', 'print one JSON object')
    .action(async (file: string, options: { readonly json?: true }) => (await import('./verify/golden.ts')).golden(file, options, context));
}
