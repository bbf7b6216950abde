/** `gear model …`: what a model is. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Context } from './context.ts';
import type { InfoOptions } from './model/info.ts';

/** Adds the commands. Exit codes: 0 well, 1 the configuration is wrong, 2 the command line makes no sense. */
export function addModel(gear: Command, context: Context): void {
  const model = gear.command('model').description('look at a model, make it smaller');
  model
    .command('info <config>')
    .description(
      'parameters by part, bytes, arithmetic of a training step and of a chunk, and how fast a chunk can be at best; nothing is allocated. ' +
        'CONFIG is a size (nano, small, base-3b, paper-8b) or a JSON file',
    )
    .option('--bandwidth <TB/s>', 'bytes a second that the device reads; one H200 in bf16 unless given, as the next two', parsePositive)
    .option('--flops <TFLOP/s>', 'operations a second in products', parsePositive)
    .option('--weight-bytes <n>', 'bytes of a weight: 2 for bf16, 0.5 for int4', parsePositive)
    .option('--json', 'print one JSON object')
    .action(async (config: string, options: InfoOptions) => (await import('./model/info.ts')).info(config, options, context));
  model
    .command('half <checkpoint> <out>')
    .description('write a checkpoint again in half precision (f16), as weights are shipped: *.safetensors')
    .action(async (checkpoint: string, out: string) => (await import('./model/half.ts')).half(checkpoint, out, context));
}

/** A number above 0. */
function parsePositive(text: string): number {
  const number = Number(text);
  if (!(number > 0 && Number.isFinite(number))) throw new InvalidArgumentError('expected a number above 0');
  return number;
}
