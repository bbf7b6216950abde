/** `gear import`: a checkpoint from published models. */
import { type Command, Option } from 'commander';
import type { Context } from './context.ts';
import { parseCount } from './usage.ts';

/** Options of the command. */
export interface ImportCommandOptions {
  readonly qwen: string;
  readonly vggt?: string;
  readonly out: string;
  /** A size, or a file of JSON */
  readonly config?: string;
  readonly dtype?: 'f32' | 'bf16';
  readonly seed: number;
  readonly json?: true;
}

/** Adds the command. Exit codes: 0 well, 1 the models cannot be read or do not fit, 2 the command line makes no sense. */
export function addImport(gear: Command, context: Context): void {
  gear
    .command('import')
    .description(
      'make a checkpoint from published ones, by name: Qwen2.5-VL (3B or 7B) and VGGT (1B), folders with config.json and safetensors. ' +
        'Says of every tensor whether it is used, left over or missing; a missing one is an error, and leaves nothing',
    )
    .requiredOption('--qwen <dir>', 'folder of Qwen2.5-VL')
    .option('--vggt <dir>', 'folder of VGGT; not needed for a model without 3D encoder')
    .requiredOption('--out <dir>', 'folder of the new checkpoint')
    .option('--config <config>', 'a size (base-3b, paper-8b) or a JSON file; the size that fits by default')
    .addOption(new Option('--dtype <dtype>', 'of all tensors; each as it was published by default').choices(['f32', 'bf16']))
    .option('--seed <n>', 'of the rows of new tokens', parseCount, 42)
    .option('--json', 'print one JSON object')
    .action(async (options: ImportCommandOptions) => (await import('./import/checkpoint.ts')).importInto(options, context));
}
