/** `gear train`: from data to a policy. `gear report`: how that went. `gear replay`: why it did not. */
import type { Command } from 'commander';
import type { Context } from './context.ts';
import { parseNumber } from './usage.ts';

/** As commander reads the command line. */
export interface TrainCommandOptions {
  readonly out: string;
  readonly data?: string;
  readonly set: readonly string[];
  readonly threads?: number;
  readonly workers?: number;
  readonly json?: boolean;
}

/** As commander reads that of `report`. */
export interface ReportCommandOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/** As commander reads that of `replay`. */
export interface ReplayCommandOptions {
  readonly threads?: number;
  readonly json?: boolean;
}

/** Adds `train`, `report` and `replay`. Exit codes: 0 well, 1 training failed or was interrupted, 2 the command line makes no sense. */
export function addTrain(gear: Command, context: Context): void {
  gear
    .command('train <config>')
    .description(
      'train a policy: CONFIG is a file that exports an experiment (configs/*.ts, or JSON). Demonstrations that it wants recorded are, ' +
        'unless they are there; what is finished is not done again, and what was interrupted goes on with the same command',
    )
    .requiredOption('--out <dir>', 'the folder of the run')
    .option('--data <dir>', 'the folder of datasets; `data` in that of the run unless given')
    .option(
      '--set <place=value>',
      'change the experiment: seed=43, stages.0.steps=600, model.geometry.use=none; may be given again',
      (change: string, before: readonly string[]) => [...before, change],
      [],
    )
    .option('--threads <n>', 'of the engine; one for each core unless given', parseNumber)
    .option('--workers <n>', 'threads that record demonstrations; one for each core unless given', parseNumber)
    .option('--json', 'print one JSON object')
    .action(async (config: string, options: TrainCommandOptions) => (await import('./train/train.ts')).train(config, options, context));
  gear
    .command('report <run>')
    .description('write the page of a run of gear train, with its curves, last figures and predictions, from the folder RUN alone')
    .option('--out <file>', 'where to: *.html; `report.html` in the folder of the run unless given')
    .option('--json', 'print one JSON object')
    .action(async (run: string, options: ReportCommandOptions) => (await import('./train/page.ts')).report(run, options, context));
  gear
    .command('replay <file>')
    .description(
      'compute a batch with which training diverged again (diverged.safetensors in the folder of a stage), and say which numbers of it, ' +
        'of parameters and of gradients are not finite, or the largest',
    )
    .option('--threads <n>', 'of the engine; one for each core unless given', parseNumber)
    .option('--json', 'print one JSON object')
    .action(async (file: string, options: ReplayCommandOptions) => (await import('./train/replay.ts')).replay(file, options, context));
}
